//! Pages of the cart, for users and guests.

use actix_web::{
    HttpRequest,
    cookie::Cookie,
    web::{Data, Path},
};
use askama::Template;
use futures_util::future::try_join;
use std::{future::Future, pin::Pin, time::Duration};

use super::{
    checkout_claims, forms,
    model::{Cart, Line, Merged, Notice, Owner, View},
    rules,
    store::{self, Added},
};
use crate::{
    accounts,
    catalog::{Catalog, ProductCard, SelectedSku, SkuOffer, seen_before},
    config::Config,
    kernel::{Language, SkuId, SpuId, UserId},
    messages::Messages,
    platform::{random, redis::Redis},
    store::settings_of,
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, PageResult, app_data, cookies, html, see_other,
        unprocessable,
    },
};

/// A hook that is called before a user's cart is shown. It removes from the cart what was ordered while Redis was
/// unavailable. `app` sets it, because the module of the cart may not import that of the checkout.
pub struct OnShowCart(pub Box<dyn Fn(HttpRequest, UserId) -> CartClearingFuture + Send + Sync>);

type CartClearingFuture = Pin<Box<dyn Future<Output = Result<(), PageError>>>>;

/// For this long after an outage of Redis, [`OnShowCart`] is called each time a user's cart is shown. After that it is
/// not needed, because background workers have removed all ordered entries from carts.
const OWED_AFTER_OUTAGE: Duration = Duration::from_secs(10 * 60);

#[derive(Template)]
#[template(path = "cart/cart.html")]
struct CartPage {
    page: Page,
    view: View,
    form: Form,
    refused: Option<SkuId>,
    beside: Beside,
}

/// Products shown below the cart as suggestions.
#[derive(Default)]
struct Beside {
    /// Products that others have bought with the products in the cart; bestsellers if the cart is empty.
    others: Vec<ProductCard>,
    /// Products whose pages the visitor has opened before.
    seen: Vec<ProductCard>,
}

impl CartPage {
    /// Returns the value of an entry's count field: what was typed if this entry's form was not accepted, otherwise its
    /// count.
    fn typed(&self, line: &Line) -> String {
        if self.refused == Some(line.offer.sku_id) {
            self.form.value("count").to_owned()
        } else {
            line.count.to_string()
        }
    }

    fn error(&self, line: &Line) -> Option<&str> {
        if self.refused == Some(line.offer.sku_id) { self.form.error("count") } else { None }
    }
}

/// `GET /cart`: the cart page.
pub async fn show(req: HttpRequest, page: Page, service: CartService) -> PageResult {
    let view = service.view(&req, page.language()).await?;
    let beside = service.beside(&req, &view, page.language()).await?;
    html(&CartPage { page, view, form: Form::default(), refused: None, beside })
}

/// `POST /cart/entries`: adds `count` units of `sku_id` to the cart and redirects to the product. If the field `was` is
/// not empty, the form was sent without JavaScript: then the SKU is the one with the chosen option values, not
/// `sku_id`.
pub async fn add(req: HttpRequest, fields: Fields, service: CartService) -> PageResult {
    service.count_change(&req).await?;
    let language = Language::of(&req);
    let t = Messages(language);
    let mut form = Form::from(fields);
    let Some((shown, count)) = forms::addition(&mut form, t) else { return service.refuse(&req, form, None).await };
    let mut offer = service.offer(shown, language).await?.filter(|offer| offer.on_sale);
    if let Some(words) = &offer
        && !form.value("was").is_empty()
    {
        offer = match service.catalog.selected_sku(words.spu_id, form.fields(), language).await? {
            SelectedSku::Sku(sku) if sku == shown => offer,
            SelectedSku::Sku(sku) => service.offer(sku, language).await?.filter(|offer| offer.on_sale),
            SelectedSku::NotOffered(page) => return Ok(see_other(&page)),
        };
    }
    let Some(offer) = offer else {
        form.fail("sku_id", t.cart_no_such_sku());
        return service.refuse(&req, form, None).await;
    };
    let sku = offer.sku_id;
    let (owner, cookie) = service.owner_or_guest(&req).await?;
    match store::add(&service.redis, &owner, sku, count, offer.price).await? {
        Added::CartFull => form.fail("sku_id", t.cart_full(store::MAX_ENTRIES)),
        Added::TooMany => form.fail("count", t.cart_too_many()),
        Added::Count(count) => {
            let back = format!("{}?sku={sku}", offer.address());
            let mut response = added(&offer, count.get(), t).see_other(&back, &service.config);
            if let Some(cookie) = cookie {
                response.add_cookie(&cookie).map_err(PageError::internal)?;
            }
            return Ok(response);
        }
    }
    service.refuse(&req, form, None).await
}

/// Returns the message after adding, where `count` is the new count of the entry. It warns if that is more than the
/// stock, which a cart may hold but a checkout refuses.
fn added(offer: &SkuOffer, count: i32, t: Messages) -> Flash {
    match offer.stock {
        0 => Flash::notice(t.cart_added_sold_out(&offer.name)),
        left if left < count => Flash::notice(t.cart_added_scarce(&offer.name, left)),
        _ => Flash::success(t.cart_added(&offer.name)),
    }
    .leading_to_cart()
}

/// `POST /cart/entries/{sku_id}`: sets the count of an entry to `count`.
pub async fn set(req: HttpRequest, sku: Path<i64>, fields: Fields, service: CartService) -> PageResult {
    service.count_change(&req).await?;
    let sku = SkuId(*sku);
    let t = Messages(Language::of(&req));
    let mut form = Form::from(fields);
    let Some(count) = forms::count(&mut form, t) else { return service.refuse(&req, form, Some(sku)).await };
    let owner = service.owner(&req).await?.ok_or(PageError::NotFound)?;
    let was_there = store::set(&service.redis, &owner, sku, count).await?;
    was_there.then(|| see_other("/cart")).ok_or(PageError::NotFound)
}

/// `POST /cart/entries/{sku_id}/removal`: removes an entry.
pub async fn remove(req: HttpRequest, sku: Path<i64>, service: CartService) -> PageResult {
    service.count_change(&req).await?;
    if let Some(owner) = service.owner(&req).await? {
        store::remove(&service.redis, &owner, SkuId(*sku)).await?;
    }
    Ok(Flash::success(Messages(Language::of(&req)).cart_removed()).see_other("/cart", &service.config))
}

/// `POST /cart/entries/{sku_id}/selection`: selects or deselects an entry, as `selected` says.
pub async fn select(req: HttpRequest, sku: Path<i64>, fields: Fields, service: CartService) -> PageResult {
    service.count_change(&req).await?;
    let mut form = Form::from(fields);
    let Some(selected) = forms::selected(&mut form, Messages(Language::of(&req))) else {
        return service.refuse(&req, form, None).await;
    };
    let owner = service.owner(&req).await?.ok_or(PageError::NotFound)?;
    let was_there = store::select(&service.redis, &owner, SkuId(*sku), selected).await?;
    was_there.then(|| see_other("/cart")).ok_or(PageError::NotFound)
}

/// `POST /cart/selection` (`selected`): selects all entries if `selected` is `true`, otherwise none.
pub async fn select_all(req: HttpRequest, fields: Fields, service: CartService) -> PageResult {
    service.count_change(&req).await?;
    let mut form = Form::from(fields);
    let Some(selected) = forms::selected(&mut form, Messages(Language::of(&req))) else {
        return service.refuse(&req, form, None).await;
    };
    if let Some(owner) = service.owner(&req).await? {
        store::select_all(&service.redis, &owner, selected).await?;
    }
    Ok(see_other("/cart"))
}

/// Returns the number of entries of the visitor's cart, for the header of every page. Renews the expiry of a guest's
/// cart and cookie.
pub async fn count(req: &HttpRequest, user: Option<UserId>, redis: &Redis) -> Result<u32, PageError> {
    match user.map(Owner::User).or_else(|| guest(req)) {
        Some(Owner::Guest(id)) => {
            let used = store::use_of_guest(redis, &Owner::Guest(id.clone())).await?;
            if used.is_renewed {
                cookies::renew(req, guest_cookie(app_data::<Config>(req)?.get_ref(), id));
            }
            Ok(used.entries)
        }
        Some(owner) => Ok(store::size(redis, &owner).await?),
        None => Ok(0),
    }
}

/// Merges the guest's cart into the account's cart at sign-in. Returns the message for the next page if anything
/// changed.
pub async fn merge_guest(
    req: &HttpRequest,
    user: UserId,
    redis: &Redis,
    t: Messages,
) -> Result<Option<Flash>, PageError> {
    let Some(guest) = guest(req) else { return Ok(None) };
    let Merged { added, raised } = checkout_claims::merge(redis, &guest, &Owner::User(user)).await?;
    let added = (added > 0).then(|| t.cart_merged_added(added));
    let raised = (raised > 0).then(|| t.cart_merged_raised(raised));
    let words: Vec<String> = added.into_iter().chain(raised).collect();
    Ok((!words.is_empty()).then(|| Flash::notice(words.join(" "))))
}

fn guest(req: &HttpRequest) -> Option<Owner> {
    cookies::read_signed(req, cookies::GUEST).filter(|id| random::is_token(id)).map(Owner::Guest)
}

fn guest_cookie(config: &Config, id: String) -> Cookie<'static> {
    cookies::sign(config, cookies::GUEST, id, cookies::GUEST_AGE)
}

pub struct CartService {
    config: Data<Config>,
    catalog: Data<Catalog>,
    redis: Data<Redis>,
}

impl actix_web::FromRequest for CartService {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let found = || Ok(Self { config: app_data(req)?, catalog: app_data(req)?, redis: app_data(req)? });
        std::future::ready(found())
    }
}

impl CartService {
    /// Returns the owner of the cart that the request is about: the signed-in user, or else the guest whose id is in
    /// the cookie; `None` if there is neither.
    async fn owner(&self, req: &HttpRequest) -> Result<Option<Owner>, PageError> {
        let user = accounts::current_user(req).await?.map(|person| Owner::User(person.id));
        Ok(user.or_else(|| guest(req)))
    }

    /// Counts a change of a cart against the rate limits of its owner and of the client's address; fails if a limit is
    /// reached.
    async fn count_change(&self, req: &HttpRequest) -> Result<(), PageError> {
        let owner = self.owner(req).await?;
        let by = match &owner {
            Some(Owner::User(id)) => Asker::User(*id),
            Some(Owner::Guest(cart)) => Asker::Guest(cart),
            None => Asker::Nobody,
        };
        Limit::Cart.hit_or_refuse(req, &self.redis, by).await
    }

    /// Returns the owner of the cart that the request is about. Without a signed-in user it is a guest, perhaps a new
    /// one, with the cookie to set.
    async fn owner_or_guest(&self, req: &HttpRequest) -> Result<(Owner, Option<Cookie<'static>>), PageError> {
        if let Some(Owner::User(id)) = self.owner(req).await? {
            return Ok((Owner::User(id), None));
        }
        let id =
            cookies::read_signed(req, cookies::GUEST).filter(|_| guest(req).is_some()).unwrap_or_else(random::token);
        // Renewed each time, so that the cookie lasts as long as the cart.
        let cookie = guest_cookie(&self.config, id.clone());
        Ok((Owner::Guest(id), Some(cookie)))
    }

    async fn offer(&self, sku: SkuId, language: Language) -> Result<Option<SkuOffer>, PageError> {
        let found = self.catalog.sku_offers(&[sku], language).await?;
        Ok(found.into_iter().next())
    }

    async fn view(&self, req: &HttpRequest, language: Language) -> Result<View, PageError> {
        let owner = self.owner(req).await?;
        if let Some(Owner::User(id)) = owner
            && self.redis.was_away_within(OWED_AFTER_OUTAGE)
            && let Some(clear) = req.app_data::<Data<OnShowCart>>()
        {
            (clear.0)(req.clone(), id).await?;
        }
        let cart = match owner {
            Some(owner) => store::load(&self.redis, &owner).await?,
            None => Cart::default(),
        };
        let skus = cart.skus();
        let offers = if skus.is_empty() { Vec::new() } else { self.catalog.sku_offers(&skus, language).await? };
        Ok(rules::view(&cart, offers, settings_of(req)?.freight_terms()))
    }

    async fn beside(&self, req: &HttpRequest, view: &View, language: Language) -> Result<Beside, PageError> {
        let spus: Vec<SpuId> = view.lines.iter().map(|line| line.offer.spu_id).collect();
        let others = async {
            match spus.as_slice() {
                [] => self.catalog.bestsellers(language).await,
                spus => self.catalog.bought_with(spus, language).await,
            }
        };
        let (others, seen) = try_join(others, self.catalog.cards(seen_before(req, &spus), language)).await?;
        Ok(Beside { others, seen })
    }

    /// Returns the cart page with status 422, the errors of `form`, and the typed values in the row of the SKU
    /// `refused`.
    async fn refuse(&self, req: &HttpRequest, form: Form, refused: Option<SkuId>) -> PageResult {
        use actix_web::FromRequest;
        let page = Page::extract(req).await?.at("/cart");
        let view = self.view(req, page.language()).await?;
        unprocessable(&CartPage { page, view, form, refused, beside: Beside::default() })
    }
}
