//! The checkout's pages.

mod draft;
mod reorder;

pub use reorder::reorder;

use actix_web::{FromRequest, HttpRequest, HttpResponse, web::Data};
use askama::Template;
use std::{sync::Arc, time::Duration};

use self::draft::Draft;
use super::{
    batch_queue::BatchQueue,
    cart_clearing,
    forms::{self, Destination},
    metrics,
    model::{Bound, Command, Moved, Outcome, Quote, Refusal, Short, Token},
    rules,
};
use crate::{
    accounts::{self, AccountLoader, Address, AddressBookFull, NewAddress, SessionClaim, Shopper},
    cart::{self, Cart, CartVersion, Entry, Owner},
    catalog::Catalog,
    config::Config,
    kernel::{AddressId, Language, Money, OrderNumber, PayMethod, PayMethods, Quantity, UserId},
    messages::Messages,
    orders,
    platform::{
        db::{self, Connection, Db, DbError},
        deadline,
        outbox::CompletionBuffer,
        redis::Redis,
    },
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, RateLimit, app_data, html, is_session_unreadable,
        see_other, stops, too_many, unavailable, unprocessable,
    },
};

type Answer = Result<HttpResponse, PageError>;

/// How often a cart is asked for that another checkout has, and how long it is waited each time: two seconds in all.
const CLAIMS: u32 = 40;
const BETWEEN_CLAIMS: Duration = Duration::from_millis(50);

/// What stands in the way of an order, at the top of the page.
enum Problem {
    Nothing,
    NothingSelected,
    Short(Vec<Short>),
    Changed {
        lines: Vec<Moved>,
        before: Money,
        now: Money,
    },
    /// More than one shopper may hold without paying.
    Bound(Bound),
    /// It was about a cart that has changed since.
    Outdated,
    /// The button was pressed too often; so many minutes until it may be pressed again.
    TooOften(u64),
    /// Nothing has happened; the same is worth trying again.
    TryAgain,
    /// Nobody knows whether it has happened; trying again tells.
    OutcomeUnknown,
}

#[derive(Template)]
#[template(path = "checkout/checkout.html")]
struct CheckoutPage {
    page: Page,
    quote: Quote,
    addresses: Arc<Vec<Address>>,
    pay_methods: PayMethods,
    form: Form,
    problem: Problem,
    token: Token,
}

impl CheckoutPage {
    /// The address that was chosen, or the first of the book, which is the default.
    fn is_chosen(&self, address: &Address) -> bool {
        match self.form.value("address_id").parse() {
            Ok(typed) => address.id == AddressId(typed),
            Err(_) if self.form.ticked("new_address") => false,
            Err(_) => self.addresses.first().is_some_and(|first| first.id == address.id),
        }
    }

    /// Whether the fields of a new address are there to be typed into.
    fn is_new_open(&self) -> bool {
        self.addresses.is_empty() || forms::wants_new_address(&self.form)
    }

    fn is_book_full(&self) -> bool {
        self.addresses.len() >= accounts::MAX_ADDRESSES
    }

    /// What was chosen; where that is none that is offered, the only one, or the first of a page that was not sent yet.
    fn is_chosen_pay_method(&self, method: &PayMethod) -> bool {
        let typed: Option<PayMethod> = self.form.value("pay_method").parse().ok();
        let chosen = typed.filter(|typed| self.pay_methods.contains(*typed)).or_else(|| match self.form.has_errors() {
            true => self.pay_methods.only(),
            false => self.pay_methods.iter().next(),
        });
        chosen == Some(*method)
    }

    fn some_left(&self, short: &[Short]) -> bool {
        short.iter().any(|short| short.left > 0)
    }

    fn can_be_placed(&self) -> bool {
        !self.quote.lines.is_empty() && !matches!(self.problem, Problem::Short(_))
    }
}

/// `GET /checkout`: the selected entries, and what is needed to order them. `address` by query chooses one.
pub async fn show(req: HttpRequest, shopper: Shopper, page: Page, desk: CheckoutService) -> Answer {
    desk.clear_owed(shopper.0.id).await?;
    let cart = cart::load(&desk.redis, &Owner::User(shopper.0.id)).await?;
    // Such as on the way back from an order that took everything.
    if cart.skus().is_empty() {
        return Ok(see_other("/cart"));
    }
    let entries = cart.selected();
    if entries.is_empty() {
        return Ok(Flash::notice(page.t.checkout_choose_first()).see_other("/cart", &desk.config));
    }
    let token = async || Ok::<_, PageError>(desk.token(shopper.0.id).await?.as_str().to_owned());
    let form = Draft::form_of(&req, shopper.0.id, token).await?;
    let screen = desk.screen(page, shopper.0.id, entries, form).await?;
    html(&screen)
}

/// `POST /checkout` (checkout_token, address_id or a new address, pay_method, expected_total, note): places the order. An
/// address that was typed is written into the shopper's book first, and stays there whatever becomes of the order.
pub async fn place(req: HttpRequest, fields: Fields, desk: CheckoutService) -> Answer {
    // The transaction itself asks the database whether the claim holds, so that an order costs one question less.
    let language = Language::of(&req);
    let mut form = Form::from(fields);
    if is_session_unreadable(&req) {
        return Err(PageError::Unavailable("the session cannot be read".into()));
    }
    let Some(claim) = SessionClaim::in_session(&req) else {
        return Ok(Draft::until_sign_in(&form, &desk.config, Messages(language)));
    };
    let Some(typed) = forms::order(&mut form, &desk.config.pay_methods, Messages(language)) else {
        return desk.refuse(&req, form, None).await;
    };
    // One round trip for both.
    let user = claim.user_id();
    let (verdict, claimed) =
        tokio::join!(Limit::Checkout.hit(&req, &desk.redis, Asker::User(user)), desk.claim_cart(user, &typed.token));
    let (verdict, cart) = (verdict?, claimed?);
    let address = match (verdict, typed.destination) {
        (RateLimit::Wait(seconds), _) => Err(Refusal::TooOften(seconds)),
        (RateLimit::Allowed, Destination::Kept(id)) => Ok(id),
        (RateLimit::Allowed, Destination::New(new)) => {
            desk.keep_address(claim, &typed.token, new).await.inspect(|id| forms::choose(&mut form, *id))
        }
    };
    let address = match address {
        Ok(address) => address,
        Err(refusal) => {
            if cart.is_some() {
                cart_clearing::release_carts(&desk.redis, &[(user, &typed.token, 1)]).await;
            }
            return desk.refuse(&req, form, Some(refusal)).await;
        }
    };
    // That has a time limit of its own, and so has the queue.
    deadline::restart();
    // Its order may have been placed before. Without entries it can lead to no other.
    let held = cart.is_none();
    let (begun, cart) = cart.unwrap_or_default();
    let command = Command {
        claim,
        token: typed.token,
        address,
        address_seen: forms::address_seen(&form, address),
        pay_method: typed.pay_method,
        expected_total: typed.expected_total,
        note: typed.note,
        cart: begun,
        entries: cart.selected(),
        seen: forms::seen(&form),
        language,
    };
    match desk.order(command).await {
        Ok(placed) => Ok(see_other(&format!("/orders/{}?placed=now", placed.number))),
        Err(Refusal::NothingSelected) if held => desk.refuse(&req, form, Some(Refusal::QueueFull)).await,
        Err(refusal) => desk.refuse(&req, form, Some(refusal)).await,
    }
}

/// `POST /checkout/addresses`: a new address for the shopper's book, and back to the checkout with it and with all else that
/// was typed.
pub async fn add_address(
    shopper: Result<Shopper, PageError>,
    page: Page,
    fields: Fields,
    desk: CheckoutService,
) -> Answer {
    let mut form = Form::from(fields);
    let owner = match shopper {
        Err(PageError::SignInNeeded(_)) => return Ok(Draft::until_sign_in(&form, &desk.config, page.t)),
        shopper => shopper?.0.id,
    };
    if forms::only_entered(&form) {
        return Ok(Draft::of(&form, Some(owner)).see_other(&desk.config, see_other));
    }
    if let Some(new) = accounts::forms::address(&mut form, page.t) {
        let added = desk
            .db
            .run(move |conn| {
                db::transaction(conn, |conn| Ok::<_, DbError>(accounts::add_address_once(conn, owner, &new)?))
            })
            .await?;
        match added {
            Ok(id) => {
                forms::choose(&mut form, id);
                return Ok(Draft::of(&form, Some(owner)).see_other(&desk.config, see_other));
            }
            Err(AddressBookFull) => form.fail("recipient", page.t.checkout_book_full(accounts::MAX_ADDRESSES)),
        }
    }
    let entries = desk.selected(owner).await?;
    let screen = desk.screen(page.at("/checkout"), owner, entries, form).await?;
    unprocessable(&screen)
}

/// The address in the shopper's book that says what was typed for this press of the button. A press that has led to an order
/// writes nothing any more; then whatever the answer says, the token leads to that order.
fn keep_address(
    conn: &mut Connection,
    claim: SessionClaim,
    token: &Token,
    new: &NewAddress,
) -> Result<Result<AddressId, Refusal>, DbError> {
    let owner = claim.user_id();
    db::transaction(conn, |conn| {
        let person = accounts::user_by_id(conn, owner)?;
        if !person.is_some_and(|person| claim.holds_for(&person)) {
            return Ok(Err(Refusal::NotSignedIn));
        }
        let known = orders::numbers_of(conn, &[(owner, token.as_str())])?;
        if known.iter().any(Option::is_some) {
            return Ok(Ok(AddressId(0)));
        }
        Ok(accounts::add_address_once(conn, owner, new)?.map_err(|AddressBookFull| Refusal::AddressBookFull))
    })
}

/// `POST /checkout/adjustment` (mode): where there is too little, the cart takes what is left (`left`) or goes without it
/// (`without`). Nothing is ordered; the checkout shows the new total.
pub async fn adjust(
    req: HttpRequest,
    shopper: Result<Shopper, PageError>,
    fields: Fields,
    desk: CheckoutService,
) -> Answer {
    let language = Language::of(&req);
    let form = Form::from(fields);
    let owner = match shopper {
        Err(PageError::SignInNeeded(_)) => {
            return Ok(Draft::until_sign_in(&form, &desk.config, Messages(language)));
        }
        shopper => shopper?.0.id,
    };
    let take_left = match form.value("mode") {
        "left" => true,
        "without" => false,
        _ => return Err(PageError::BadRequest),
    };
    Limit::Cart.hit_or_refuse(&req, &desk.redis, Asker::User(owner)).await?;
    let entries = desk.selected(owner).await?;
    let quote = desk.quote(entries, language).await?;
    let short = rules::shortages(&quote);
    // Nothing is, where it has come back since the page was shown.
    let is_adjusted = !short.is_empty();
    let cart = Owner::User(owner);
    for Short { offer, left, .. } in short {
        match Quantity::new(left.into()).filter(|_| take_left) {
            Some(left) => cart::set(&desk.redis, &cart, offer.sku_id, left).await?,
            None => cart::select(&desk.redis, &cart, offer.sku_id, false).await?,
        };
    }
    let draft = Draft::of(&form, Some(owner));
    let lead_back = |path: &str| match is_adjusted {
        true => Flash::notice(Messages(language).checkout_adjusted()).see_other(path, &desk.config),
        false => see_other(path),
    };
    Ok(draft.see_other(&desk.config, lead_back))
}

/// Clears the cart of what its owner has bought, where Redis was away when that was to be done. The cart page asks for it.
pub async fn clear_owed_cart(req: &HttpRequest, owner: UserId) -> Result<(), PageError> {
    let desk = CheckoutService::extract(req).await?;
    desk.clear_owed(owner).await.map(drop)
}

/// A fault that passes keeps the form.
fn passing(fault: Arc<DbError>) -> Result<Problem, PageError> {
    if !fault.passes() {
        return Err(fault.into());
    }
    tracing::warn!(%fault, "an order has to be sent again");
    Ok(if matches!(*fault, DbError::Lost(_)) { Problem::OutcomeUnknown } else { Problem::TryAgain })
}

/// What the handlers of the checkout reach for.
pub struct CheckoutService {
    config: Data<Config>,
    db: Data<Db>,
    redis: Data<Redis>,
    completions: Data<CompletionBuffer>,
    catalog: Data<Catalog>,
    people: Data<AccountLoader>,
    queue: Data<BatchQueue>,
}

impl FromRequest for CheckoutService {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let found = || {
            let (config, db, redis, completions) = (app_data(req)?, app_data(req)?, app_data(req)?, app_data(req)?);
            Ok(Self {
                config,
                db,
                redis,
                completions,
                catalog: app_data(req)?,
                people: app_data(req)?,
                queue: app_data(req)?,
            })
        };
        std::future::ready(found())
    }
}

impl CheckoutService {
    async fn selected(&self, owner: UserId) -> Result<Vec<Entry>, PageError> {
        Ok(cart::load(&self.redis, &Owner::User(owner)).await?.selected())
    }

    async fn quote(&self, entries: Vec<Entry>, language: Language) -> Result<Quote, PageError> {
        let freight = self.config.freight;
        let skus: Vec<_> = entries.iter().map(|entry| entry.sku_id).collect();
        let offers = self.catalog.sku_offers(&skus, language).await?;
        Ok(rules::quote(&entries, offers, freight))
    }

    /// The page of a checkout that has not been sent yet.
    async fn screen(
        &self,
        page: Page,
        owner: UserId,
        entries: Vec<Entry>,
        form: Form,
    ) -> Result<CheckoutPage, PageError> {
        let quote = self.quote(entries, page.language()).await?;
        let addresses = self.people.address_book(owner).await?;
        let short = rules::shortages(&quote);
        let problem = match quote.lines.is_empty() {
            true => Problem::NothingSelected,
            false if !short.is_empty() => Problem::Short(short),
            false => Problem::Nothing,
        };
        let token = match form.value("checkout_token").parse() {
            Ok(sent) => sent,
            Err(_) => self.token(owner).await?,
        };
        let pay_methods = self.config.pay_methods.clone();
        Ok(CheckoutPage { page, quote, addresses, pay_methods, form, problem, token })
    }

    /// The address that was typed for this press of the button, as it now stands in the shopper's book.
    async fn keep_address(&self, claim: SessionClaim, token: &Token, new: NewAddress) -> Result<AddressId, Refusal> {
        let token = token.clone();
        let kept = self.db.run(move |conn| keep_address(conn, claim, &token, &new)).await;
        kept.unwrap_or_else(|fault| Err(Refusal::Fault(Arc::new(fault))))
    }

    /// The token of the cart as it is.
    async fn token(&self, owner: UserId) -> Result<Token, PageError> {
        let fresh = Token::new();
        let kept = cart::checkout_token(&self.redis, &Owner::User(owner), fresh.as_str()).await?;
        Ok(kept.parse().unwrap_or(fresh))
    }

    /// The cart, which no other checkout has meanwhile. Where one has it, its end is waited for.
    async fn claim_cart(&self, owner: UserId, token: &Token) -> Result<Option<(CartVersion, Cart)>, PageError> {
        for _ in 0..CLAIMS {
            let claimed = cart::claim(&self.redis, &Owner::User(owner), token.as_str()).await?;
            if claimed.is_some() {
                return Ok(claimed);
            }
            tokio::time::sleep(BETWEEN_CLAIMS).await;
        }
        Ok(None)
    }

    /// Places the order, and sees to it that its goods have left the cart.
    async fn order(&self, command: Command) -> Outcome {
        let (user, token, has_cart) = (command.claim.user_id(), command.token.clone(), command.has_cart());
        let outcome = self.queue.place(command).await;
        deadline::restart();
        let is_free = match &outcome {
            // Placed before. Whoever placed it may have been stopped before the cart was cleared.
            Ok(placed) => placed.owed.is_none() && self.is_cleared(user, &placed.number).await,
            // Turned away at a full lane, where nobody gives anything back.
            Err(refusal) => matches!(refusal, Refusal::QueueFull),
        };
        if is_free && has_cart {
            cart_clearing::release_carts(&self.redis, &[(user, &token, 1)]).await;
        }
        outcome
    }

    /// Has what this order bought leave the cart, if it has not; says whether it is done.
    async fn is_cleared(&self, owner: UserId, order: &OrderNumber) -> bool {
        let cleared = async {
            Ok::<_, PageError>(
                self.clear_owed(owner).await?
                    && cart_clearing::clear_cart_again(&self.db, &self.redis, owner, order).await?,
            )
        };
        cleared.await.unwrap_or(false)
    }

    /// Clears the cart of what was bought and is still in it, so that nobody is asked to buy it again; says whether all of
    /// that is done.
    async fn clear_owed(&self, owner: UserId) -> Result<bool, PageError> {
        let owed = self.db.run(move |conn| Ok::<_, DbError>(cart_clearing::owed(conn, owner)?)).await?;
        let mut done = true;
        for job in owed {
            let id = job.id;
            match cart_clearing::clear_cart(job, &self.redis).await {
                Ok(()) => self.completions.done(id),
                Err(why) => {
                    done = false;
                    tracing::warn!(id, %why, "a cart is cleared later");
                }
            }
        }
        Ok(done)
    }

    /// 422: nothing was ordered, and the page says why, with everything that was typed; 503 where the same may well work in a
    /// moment.
    async fn refuse(&self, req: &HttpRequest, mut form: Form, refusal: Option<Refusal>) -> Answer {
        metrics::refused(refusal.as_ref());
        let shopper = match Shopper::extract(req).await {
            Err(PageError::SignInNeeded(_)) => {
                return Ok(Draft::until_sign_in(&form, &self.config, Messages(Language::of(req))));
            }
            shopper => shopper?,
        };
        let page = Page::extract(req).await?.at("/checkout");
        let (t, owner) = (page.t, shopper.0.id);
        let (mut found, mut wait) = (None, None);
        match refusal {
            None => {}
            Some(Refusal::NothingSelected) => found = Some(Problem::Outdated),
            Some(Refusal::NotSignedIn) => return Ok(Draft::until_sign_in(&form, &self.config, t)),
            Some(Refusal::NoAddress) => form.fail("address_id", t.checkout_address_gone()),
            Some(Refusal::AddressChanged) => form.fail("address_id", t.checkout_address_changed()),
            Some(Refusal::AddressBookFull) => {
                form.fail("recipient", t.checkout_book_full(accounts::MAX_ADDRESSES));
            }
            Some(Refusal::TooMuch) => form.fail("expected_total", t.checkout_too_much()),
            Some(Refusal::Bound(bound)) => {
                stops::note(req, &self.redis, bound.code(), Some(owner)).await;
                found = Some(Problem::Bound(bound));
            }
            Some(Refusal::TooOften(seconds)) => {
                (found, wait) = (Some(Problem::TooOften(seconds.div_ceil(60))), Some(seconds))
            }
            Some(Refusal::OutOfStock(short)) => found = Some(Problem::Short(short)),
            Some(Refusal::Changed { lines, before, now }) => found = Some(Problem::Changed { lines, before, now }),
            Some(Refusal::Contention | Refusal::LockTimeout | Refusal::QueueFull) => found = Some(Problem::TryAgain),
            Some(Refusal::OutcomeUnknown) => found = Some(Problem::OutcomeUnknown),
            Some(Refusal::Fault(fault)) => found = Some(passing(fault)?),
        }
        let again = matches!(found, Some(Problem::TryAgain | Problem::OutcomeUnknown));
        let entries = self.selected(owner).await?;
        if again && entries.is_empty() {
            return Err(PageError::Unavailable("the cart was emptied while its checkout was busy".into()));
        }
        let mut screen = self.screen(page, owner, entries, form).await?;
        // What stands against the cart as it is now says more than that it has changed.
        match (found, &screen.problem) {
            (Some(Problem::Outdated), Problem::Short(_) | Problem::NothingSelected) | (None, _) => {}
            (Some(found), _) => screen.problem = found,
        }
        match wait {
            Some(seconds) => too_many(&screen, seconds),
            None if again => unavailable(&screen),
            None => unprocessable(&screen),
        }
    }
}
