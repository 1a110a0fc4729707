//! The pages of the checkout.

mod draft;
mod reorder;
mod screen;

pub use reorder::reorder;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use std::{
    future::{Ready, ready},
    sync::Arc,
};

use self::{draft::Draft, screen::CheckoutPage};
use super::{
    batch_queue::BatchQueue,
    cart_clearing::CartClearingLoader,
    forms,
    model::{Refusal, Shortage},
    rules,
    service::{CheckoutService, Submission},
};
use crate::{
    accounts::{self, AccountLoader, AddressBookFull, SessionClaim, Shopper, ShopperRequest},
    cart::{self, Owner},
    catalog::Catalog,
    config::Config,
    kernel::{Language, Quantity, UserId},
    messages::Messages,
    platform::{
        db::{self, Db, DbError},
        outbox::CompletionBuffer,
        redis::Redis,
    },
    store::{Settings, settings_of},
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, PageResult, RateLimit, app_data, html,
        is_session_unreadable, see_other, unprocessable,
    },
};

/// The services that the handlers of the checkout use.
pub struct CheckoutContext {
    service: CheckoutService,
    config: Data<Config>,
    catalog: Data<Catalog>,
    accounts: Data<AccountLoader>,
    settings: Arc<Settings>,
}

impl FromRequest for CheckoutContext {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl CheckoutContext {
    fn of(req: &HttpRequest) -> Result<Self, PageError> {
        let service = CheckoutService {
            db: app_data::<Db>(req)?.into_inner(),
            redis: app_data::<Redis>(req)?.into_inner(),
            completions: app_data::<CompletionBuffer>(req)?.into_inner(),
            queue: app_data::<BatchQueue>(req)?.into_inner(),
            clearings: app_data::<CartClearingLoader>(req)?.into_inner(),
        };
        Ok(Self {
            service,
            config: app_data(req)?,
            catalog: app_data(req)?,
            accounts: app_data(req)?,
            settings: settings_of(req)?,
        })
    }
}

/// `GET /checkout`: the checkout page, with the selected entries of the cart, address and pay method. The query
/// parameter `address` chooses an address.
pub async fn show(shopper: ShopperRequest, context: CheckoutContext) -> PageResult {
    let (service, owner) = (&context.service, shopper.user.id);
    service.clear_owed(owner).await?;
    let cart = cart::load(&service.redis, &Owner::User(owner)).await?;
    // For example after going back from an order that took everything.
    if cart.skus().is_empty() {
        return Ok(see_other("/cart"));
    }
    let entries = cart.selected();
    if entries.is_empty() {
        return Ok(Flash::notice(shopper.page.t.checkout_choose_first()).see_other("/cart", &shopper.config));
    }
    let token = async || Ok::<_, PageError>(service.token(owner).await?.as_str().to_owned());
    let form = Draft::form_of(&shopper.http, owner, token).await?;
    html(&CheckoutPage::of(&context, shopper.page, owner, entries, form).await?)
}

/// `POST /checkout`: places the order and redirects to its page; [`forms::order`] lists the fields.
pub async fn place(req: HttpRequest, fields: Fields, context: CheckoutContext) -> PageResult {
    let language = Language::of(&req);
    let mut form = Form::from(fields);
    if is_session_unreadable(&req) {
        return Err(PageError::Unavailable("the session cannot be read".into()));
    }
    // The transaction checks whether the claim holds, which saves a query.
    let Some(claim) = SessionClaim::in_session(&req) else {
        return Ok(Draft::until_sign_in(&form, &context.config, Messages(language)));
    };
    let Some(input) = forms::order(&mut form, &context.config.pay_methods, Messages(language)) else {
        return context.refuse(&req, form, None).await;
    };
    let submission = Submission {
        claim,
        input,
        shown_addresses: forms::shown_addresses(&form),
        shown_prices: forms::shown_prices(&form),
        language,
    };
    let admission = async {
        Ok::<_, PageError>(
            match Limit::Checkout.hit(&req, &context.service.redis, Asker::User(claim.user_id())).await? {
                RateLimit::Allowed => None,
                RateLimit::Wait(seconds) => Some(Refusal::TooOften(seconds)),
            },
        )
    };
    let result = context.service.place(submission, admission).await?;
    match result.outcome {
        Ok(placed) => Ok(see_other(&format!("/orders/{}?placed=now", placed.number))),
        Err(refusal) => {
            if let Some(address) = result.address {
                forms::choose(&mut form, address);
            }
            context.refuse(&req, form, Some(refusal)).await
        }
    }
}

/// `POST /checkout/addresses`: adds an address, and redirects to the checkout, which still shows what was typed.
pub async fn add_address(
    shopper: Result<Shopper, PageError>,
    page: Page,
    fields: Fields,
    context: CheckoutContext,
) -> PageResult {
    let mut form = Form::from(fields);
    let owner = match shopper {
        Err(PageError::SignInNeeded(_)) => return Ok(Draft::until_sign_in(&form, &context.config, page.t)),
        shopper => shopper?.0.id,
    };
    if forms::only_entered(&form) {
        return Ok(Draft::of(&form, Some(owner)).see_other(&context.config, see_other));
    }
    if let Some(new) = accounts::forms::address(&mut form, page.t) {
        let added = context.service.db.run(move |conn| {
            db::transaction(conn, |conn| Ok::<_, DbError>(accounts::add_address_once(conn, owner, &new)?))
        });
        match added.await? {
            Ok(id) => {
                forms::choose(&mut form, id);
                return Ok(Draft::of(&form, Some(owner)).see_other(&context.config, see_other));
            }
            Err(AddressBookFull) => form.fail("recipient", page.t.checkout_book_full(accounts::MAX_ADDRESSES)),
        }
    }
    let entries = context.service.selected(owner).await?;
    unprocessable(&CheckoutPage::of(&context, page.at("/checkout"), owner, entries, form).await?)
}

/// `POST /checkout/adjustment`: changes the cart for selected goods with too little stock. With the `mode` `left`,
/// reduces their counts to the stock; with `without`, deselects them. Then redirects to the checkout.
pub async fn adjust(
    req: HttpRequest,
    shopper: Result<Shopper, PageError>,
    fields: Fields,
    context: CheckoutContext,
) -> PageResult {
    let language = Language::of(&req);
    let form = Form::from(fields);
    let owner = match shopper {
        Err(PageError::SignInNeeded(_)) => {
            return Ok(Draft::until_sign_in(&form, &context.config, Messages(language)));
        }
        shopper => shopper?.0.id,
    };
    let take_left = match form.value("mode") {
        "left" => true,
        "without" => false,
        _ => return Err(PageError::BadRequest),
    };
    let redis = &context.service.redis;
    Limit::Cart.hit_or_refuse(&req, redis, Asker::User(owner)).await?;
    let entries = context.service.selected(owner).await?;
    let shortages = rules::shortages(&context.quote(entries, language).await?);
    // There may be enough again since the page was shown.
    let is_adjusted = !shortages.is_empty();
    let cart = Owner::User(owner);
    for Shortage { offer, left, .. } in shortages {
        match Quantity::new(left.into()).filter(|_| take_left) {
            Some(left) => cart::set(redis, &cart, offer.sku_id, left).await?,
            None => cart::select(redis, &cart, offer.sku_id, false).await?,
        };
    }
    Ok(Draft::of(&form, Some(owner)).see_other(&context.config, |path| {
        if is_adjusted {
            Flash::notice(Messages(language).checkout_adjusted()).see_other(path, &context.config)
        } else {
            see_other(path)
        }
    }))
}

/// Removes ordered goods from their owner's cart, if that could not be done before because Redis was unavailable.
pub async fn clear_owed_cart(req: &HttpRequest, owner: UserId) -> Result<(), PageError> {
    CheckoutContext::of(req)?.service.clear_owed(owner).await?;
    Ok(())
}
