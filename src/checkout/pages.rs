//! The checkout's pages.

use actix_web::{FromRequest, HttpRequest, HttpResponse, cookie::time, web::Data};
use askama::Template;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

use super::{
    forms, metrics,
    model::{Command, Moved, Outcome, Quote, Refusal, Short, Token},
    queue::Queue,
    rules, settle,
};
use crate::{
    accounts::{self, Address, AddressBookFull, Claim, NewAddress, People, Shopper},
    cart::{self, Begun, Cart, Entry, Owner},
    catalog::Catalog,
    config::Config,
    kernel::{AddressId, Money, OrderNumber, Quantity, UserId},
    orders::PayMethod,
    platform::{
        db::{self, Connection, Db, DbError},
        outbox::Keeping,
        redis::Redis,
    },
    web::{
        Fields, Flash, Form, Language, Page, PageError, Text, cookies, held, html, see_other, unavailable,
        unprocessable,
    },
};

type Answer = Result<HttpResponse, PageError>;

/// How often a cart is asked for that another checkout has, and how long it is waited each time: three seconds in all.
const CLAIMS: u32 = 60;
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
    /// It was about a cart that has changed since.
    Outdated,
    /// Nothing has happened; the same is worth trying again.
    Busy,
    /// Nobody knows whether it has happened; trying again tells.
    Unsure,
}

#[derive(Template)]
#[template(path = "checkout/checkout.html")]
struct CheckoutPage {
    page: Page,
    quote: Quote,
    addresses: Arc<Vec<Address>>,
    form: Form,
    /// The same as far as it is of a new address.
    new_address: Form,
    problem: Problem,
    token: Token,
}

impl CheckoutPage {
    /// The address that was chosen, or the first of the book, which is the default.
    fn is_chosen(&self, address: &Address) -> bool {
        match self.form.value("address_id").parse() {
            Ok(typed) => address.id == AddressId(typed),
            Err(_) => self.addresses.first().is_some_and(|first| first.id == address.id),
        }
    }

    fn chosen_pay_method(&self) -> &str {
        match self.form.value("pay_method") {
            "" if !self.form.has_errors() => PayMethod::Alipay.code(),
            typed => typed,
        }
    }

    fn some_left(&self, short: &[Short]) -> bool {
        short.iter().any(|short| short.left > 0)
    }

    fn can_be_placed(&self) -> bool {
        !self.quote.lines.is_empty() && !self.addresses.is_empty() && !matches!(self.problem, Problem::Short(_))
    }
}

/// `GET /checkout`: the selected entries, and what is needed to order them. `address` by query chooses one.
pub async fn show(req: HttpRequest, shopper: Shopper, page: Page, desk: Desk) -> Answer {
    desk.settle(shopper.0.id).await?;
    let cart = cart::load(&desk.redis, &Owner::User(shopper.0.id)).await?;
    // Such as on the way back from an order that took everything.
    if cart.skus().is_empty() {
        return Ok(see_other("/cart"));
    }
    let entries = cart.selected();
    if entries.is_empty() {
        return Ok(Flash::notice(page.t.checkout_choose_first()).see_other("/cart", &desk.config));
    }
    let screen = desk.screen(page, shopper.0.id, entries, Draft::of(&req)).await?;
    html(&screen)
}

/// `POST /checkout` (checkout_token, address_id, pay_method, expected_total, note): places the order.
pub async fn place(req: HttpRequest, fields: Fields, desk: Desk) -> Answer {
    // The transaction itself asks the database whether the claim holds, so that an order costs one question less.
    let claim = Claim::in_session(&req).ok_or_else(sign_in)?;
    let language = Language::of(&req);
    let mut form = Form::from(fields);
    let Some(typed) = forms::order(&mut form, Text(language)) else {
        return desk.refuse(&req, form, None).await;
    };
    let cart = desk.claim_cart(claim.user(), &typed.token).await?;
    // Its order may have been placed before. Without entries it can lead to no other.
    let held = cart.is_none();
    let (begun, cart) = cart.unwrap_or_default();
    let command = Command {
        claim,
        token: typed.token,
        address: typed.address,
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
        Err(Refusal::NothingSelected) if held => desk.refuse(&req, form, Some(Refusal::Busy)).await,
        Err(refusal) => desk.refuse(&req, form, Some(refusal)).await,
    }
}

/// `POST /checkout/addresses`: a new address for the shopper's book, and back to the checkout with it and with all else that
/// was typed.
pub async fn add_address(shopper: Shopper, page: Page, fields: Fields, desk: Desk) -> Answer {
    let owner = shopper.0.id;
    let typed = Form::from(fields);
    if forms::only_entered(&typed) {
        return Ok(Draft::keep(&typed, typed.value("address_id"), see_other, &desk.config));
    }
    let mut form = typed.clone();
    if let Some(new) = accounts::forms::address(&mut form, page.t) {
        match desk.db.run(move |conn| add(conn, owner, &new)).await? {
            Ok(id) => return Ok(Draft::keep(&typed, &id.to_string(), see_other, &desk.config)),
            Err(AddressBookFull) => form.fail("recipient", page.t.checkout_book_full()),
        }
    }
    let entries = desk.selected(owner).await?;
    let mut screen = desk.screen(page.at("/checkout"), owner, entries, typed).await?;
    screen.new_address = form;
    unprocessable(&screen)
}

fn add(conn: &mut Connection, owner: UserId, new: &NewAddress) -> Result<Result<AddressId, AddressBookFull>, DbError> {
    db::transaction(conn, |conn| Ok(accounts::add_address(conn, owner, new)?))
}

/// `POST /checkout/adjustment` (mode): where there is too little, the cart takes what is left (`left`) or goes without it
/// (`without`). Nothing is ordered; the checkout shows the new total.
pub async fn adjust(req: HttpRequest, shopper: Shopper, fields: Fields, desk: Desk) -> Answer {
    let language = Language::of(&req);
    let take_left = match fields.get("mode") {
        "left" => true,
        "without" => false,
        _ => return Err(PageError::BadRequest),
    };
    let owner = shopper.0.id;
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
    let typed = Form::from(fields);
    let lead_back = |path: &str| match is_adjusted {
        true => Flash::notice(Text(language).checkout_adjusted()).see_other(path, &desk.config),
        false => see_other(path),
    };
    Ok(Draft::keep(&typed, typed.value("address_id"), lead_back, &desk.config))
}

/// What was typed into the order form on the way to another answer than the order, in a signed cookie: the checkout shows it
/// again with the address that it was kept for.
#[derive(Default, Serialize, Deserialize)]
struct Draft {
    address: String,
    pay_method: String,
    note: String,
}

impl Draft {
    const COOKIE: &str = "draft";

    /// The answer that leads to the checkout with this address, and keeps the rest for it.
    fn keep(typed: &Form, address: &str, answer: impl FnOnce(&str) -> HttpResponse, config: &Config) -> HttpResponse {
        let Ok(AddressId(id)) = address.parse().map(AddressId) else { return answer("/checkout") };
        let draft = Self {
            address: id.to_string(),
            pay_method: typed.value("pay_method").chars().take(20).collect(),
            note: typed.value("note").chars().take(forms::MOST_NOTE).collect(),
        };
        let mut response = answer(&format!("/checkout?address={id}"));
        let said = serde_json::to_string(&draft).unwrap_or_default();
        let cookie = cookies::sign(config, Self::COOKIE, said, time::Duration::minutes(10));
        let _ = response.add_cookie(&cookie);
        response
    }

    /// The order form as a request finds it.
    fn of(req: &HttpRequest) -> Form {
        let address = Fields::of_query(req).get("address").to_owned();
        let kept = cookies::signed(req, Self::COOKIE).and_then(|said| serde_json::from_str::<Self>(&said).ok());
        let draft = kept.filter(|draft| draft.address == address).unwrap_or_default();
        Form::filled([("address_id", address), ("pay_method", draft.pay_method), ("note", draft.note)])
    }
}

/// A fault that passes keeps the form.
fn passing(fault: Arc<DbError>) -> Result<Problem, PageError> {
    if !fault.passes() {
        return Err(fault.into());
    }
    tracing::warn!(%fault, "an order has to be sent again");
    Ok(if matches!(*fault, DbError::Lost(_)) { Problem::Unsure } else { Problem::Busy })
}

fn sign_in() -> PageError {
    PageError::SignInNeeded("/checkout".to_owned())
}

/// What the handlers of the checkout reach for.
pub struct Desk {
    config: Data<Config>,
    db: Data<Db>,
    redis: Data<Redis>,
    keeping: Data<Keeping>,
    catalog: Data<Catalog>,
    people: Data<People>,
    queue: Data<Queue>,
}

impl FromRequest for Desk {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let found = || {
            let (config, db, redis, keeping) = (held(req)?, held(req)?, held(req)?, held(req)?);
            Ok(Self { config, db, redis, keeping, catalog: held(req)?, people: held(req)?, queue: held(req)? })
        };
        std::future::ready(found())
    }
}

impl Desk {
    async fn selected(&self, owner: UserId) -> Result<Vec<Entry>, PageError> {
        Ok(cart::load(&self.redis, &Owner::User(owner)).await?.selected())
    }

    async fn quote(&self, entries: Vec<Entry>, language: Language) -> Result<Quote, PageError> {
        let freight = self.config.freight;
        let skus: Vec<_> = entries.iter().map(|entry| entry.sku_id).collect();
        let offers = self.catalog.offers(&skus, language).await?;
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
        let new_address = form.as_typed();
        Ok(CheckoutPage { page, quote, addresses, form, new_address, problem, token })
    }

    /// The token of the cart as it is.
    async fn token(&self, owner: UserId) -> Result<Token, PageError> {
        let fresh = Token::new();
        let kept = cart::checkout_token(&self.redis, &Owner::User(owner), fresh.as_str()).await?;
        Ok(kept.parse().unwrap_or(fresh))
    }

    /// The cart, which no other checkout has meanwhile. Where one has it, its end is waited for.
    async fn claim_cart(&self, owner: UserId, token: &Token) -> Result<Option<(Begun, Cart)>, PageError> {
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
        let (user, token, has_cart) = (command.claim.user(), command.token.clone(), command.has_cart());
        let outcome = self.queue.place(command).await;
        let is_free = match &outcome {
            // Placed before. Whoever placed it may have been stopped before the cart was cleared.
            Ok(placed) => placed.owed.is_none() && self.is_cleared(user, &placed.number).await,
            // Turned away at a full lane, where nobody gives anything back.
            Err(refusal) => matches!(refusal, Refusal::Busy),
        };
        if is_free && has_cart {
            settle::release_carts(&self.redis, &[(user, &token, 1)]).await;
        }
        outcome
    }

    /// Has what this order bought leave the cart, if it has not; says whether it is done.
    async fn is_cleared(&self, owner: UserId, order: &OrderNumber) -> bool {
        let cleared = async {
            Ok::<_, PageError>(
                self.settle(owner).await? && settle::keep_again(&self.db, &self.redis, owner, order).await?,
            )
        };
        cleared.await.unwrap_or(false)
    }

    /// Clears the cart of what was bought and is still in it, so that nobody is asked to buy it again; says whether all of
    /// that is done.
    async fn settle(&self, owner: UserId) -> Result<bool, PageError> {
        let owed = self.db.run(move |conn| Ok::<_, DbError>(settle::owed(conn, owner)?)).await?;
        let mut done = true;
        for promise in owed {
            let id = promise.id;
            match settle::keep(promise, &self.redis).await {
                Ok(()) => self.keeping.kept(id),
                Err(why) => {
                    done = false;
                    tracing::warn!(id, why, "a cart is cleared later");
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
            Err(PageError::SignInNeeded(_)) => return Err(sign_in()),
            shopper => shopper?,
        };
        let page = Page::extract(req).await?.at("/checkout");
        let (t, owner) = (page.t, shopper.0.id);
        let mut found = None;
        match refusal {
            None => {}
            Some(Refusal::NothingSelected) => found = Some(Problem::Outdated),
            Some(Refusal::NotSignedIn) => return Err(sign_in()),
            Some(Refusal::NoAddress) => form.fail("address_id", t.checkout_choose_address()),
            Some(Refusal::TooMuch) => form.fail("expected_total", t.checkout_too_much()),
            Some(Refusal::OutOfStock(short)) => found = Some(Problem::Short(short)),
            Some(Refusal::Changed { lines, before, now }) => found = Some(Problem::Changed { lines, before, now }),
            Some(Refusal::Crowded | Refusal::Held | Refusal::Busy) => found = Some(Problem::Busy),
            Some(Refusal::Unsure) => found = Some(Problem::Unsure),
            Some(Refusal::Fault(fault)) => found = Some(passing(fault)?),
        }
        let again = matches!(found, Some(Problem::Busy | Problem::Unsure));
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
        if again { unavailable(&screen) } else { unprocessable(&screen) }
    }
}
