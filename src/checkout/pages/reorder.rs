//! The goods of an order that came to nothing go back into the cart.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use super::{
    CheckoutService,
    rules::{self, Again},
};
use crate::{
    accounts::Shopper,
    cart::{self, Owner},
    kernel::{Language, OrderNumber},
    messages::Messages,
    orders::{self, Status},
    platform::db::DbError,
    web::{Asker, Flash, Limit, PageError},
};

/// The most characters of the goods that a message names; it travels in a cookie.
const MAX_NAMED: usize = 150;

/// `POST /orders/{number}/cart-entries`: puts the goods of a canceled order of one's own back into the cart, as many as there
/// are, and leads there. What is in the cart already is not put in twice.
///
/// # Errors
///
/// [`PageError::NotFound`] if there is no such order, it is somebody else's, or it is not canceled;
/// [`PageError::TooMany`].
pub async fn reorder(
    req: HttpRequest,
    Shopper(shopper): Shopper,
    number: Path<String>,
    desk: CheckoutService,
) -> Result<HttpResponse, PageError> {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (owner, language) = (shopper.id, Language::of(&req));
    Limit::Cart.hit_or_refuse(&req, &desk.redis, Asker::User(owner)).await?;
    let found = desk.db.run(move |conn| Ok::<_, DbError>(orders::order_of(conn, owner, &number)?)).await?;
    let view = found.filter(|view| view.order.status == Status::Canceled).ok_or(PageError::NotFound)?;
    let skus: Vec<_> = view.goods.iter().map(|line| line.sku_id).collect();
    let offers = desk.catalog.sku_offers(&skus, language).await?;
    let mut again = rules::again(&view.goods, &offers);
    let full = cart::put_back(&desk.redis, &Owner::User(owner), &again.entries).await?;
    again.entries.retain(|entry| !full.contains(&entry.sku_id));
    let left_out = view.goods.iter().filter(|line| full.contains(&line.sku_id)).map(|line| line.name.clone());
    let said = said(&again, &left_out.collect::<Vec<_>>(), Messages(language));
    Ok(said.see_other("/cart", &desk.config))
}

fn said(again: &Again, left_out: &[String], t: Messages) -> Flash {
    let mut said = Vec::new();
    if !again.entries.is_empty() {
        said.push(t.reorder_done().to_owned());
    }
    if !again.fewer.is_empty() {
        let fewer: Vec<String> = again.fewer.iter().map(|(name, left)| t.count_of_name(name, left)).collect();
        said.push(t.reorder_fewer(named(&fewer, t)));
    }
    if !again.gone.is_empty() {
        said.push(t.reorder_gone(named(&again.gone, t)));
    }
    if !left_out.is_empty() {
        said.push(t.reorder_full(named(left_out, t)));
    }
    let text = said.join(if t.language() == Language::Zh { "" } else { " " });
    match said.len() {
        1 if !again.entries.is_empty() => Flash::success(text),
        _ => Flash::notice(text),
    }
}

/// These names, as many as a message holds, and how many more there are.
fn named(names: &[String], t: Messages) -> String {
    let mut listed = String::new();
    for (place, name) in names.iter().enumerate() {
        let separator = if place == 0 { "" } else { t.list_separator() };
        if place > 0 && listed.chars().count() + name.chars().count() > MAX_NAMED {
            return t.and_more(listed, names.len() - place);
        }
        listed.push_str(separator);
        listed.extend(name.chars().take(MAX_NAMED));
    }
    listed
}
