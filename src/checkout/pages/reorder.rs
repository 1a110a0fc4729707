//! Puts the goods of an order into the cart again.

use actix_web::{HttpRequest, web::Path};

use super::CheckoutContext;
use crate::{
    accounts::Shopper,
    cart::{self, Owner},
    checkout::rules::{self, Reorder},
    kernel::{Language, OrderNumber},
    messages::Messages,
    orders::{self, Status},
    platform::db::DbError,
    web::{Asker, Flash, Limit, PageError, PageResult},
};

/// The maximum number of characters of the product names in a message about an order whose goods are put into the cart
/// again. The message is sent in a cookie.
const MAX_NAMES_LEN: usize = 150;

/// `POST /orders/{number}/cart-entries`: puts the goods of the shopper's order into the cart again, at most as many as
/// are in stock.
///
/// # Errors
/// [`PageError::NotFound`] if the shopper has no such order or it still waits to be paid; [`PageError::TooMany`].
pub async fn reorder(
    req: HttpRequest,
    Shopper(shopper): Shopper,
    number: Path<String>,
    context: CheckoutContext,
) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (owner, language) = (shopper.id, Language::of(&req));
    Limit::Cart.hit_or_refuse(&req, &context.service.redis, Asker::User(owner)).await?;
    let found = context.service.db.run(move |conn| Ok::<_, DbError>(orders::order_of(conn, owner, &number)?)).await?;
    let view = found.filter(|view| view.order.status != Status::Unpaid).ok_or(PageError::NotFound)?;
    let skus: Vec<_> = view.goods.iter().map(|line| line.sku_id).collect();
    let offers = context.catalog.sku_offers(&skus, language).await?;
    let mut reorder = rules::reorder(&view.goods, &offers);
    let full = cart::put_back(&context.service.redis, &Owner::User(owner), &reorder.entries).await?;
    reorder.entries.retain(|entry| !full.contains(&entry.sku_id));
    let left_out = view.goods.iter().filter(|line| full.contains(&line.sku_id)).map(|line| line.name.clone());
    let flash = flash(&reorder, &left_out.collect::<Vec<_>>(), Messages(language));
    Ok(flash.see_other("/cart", &context.config))
}

/// Returns the message that says what was put back into the cart; `left_out` are the names of goods for which the cart
/// had no room.
fn flash(reorder: &Reorder, left_out: &[String], t: Messages) -> Flash {
    let mut sentences = Vec::new();
    if !reorder.entries.is_empty() {
        sentences.push(t.reorder_done().to_owned());
    }
    if !reorder.fewer.is_empty() {
        let fewer: Vec<String> = reorder.fewer.iter().map(|(name, left)| t.count_of_name(name, left)).collect();
        sentences.push(t.reorder_fewer(named(&fewer, t)));
    }
    if !reorder.gone.is_empty() {
        sentences.push(t.reorder_gone(named(&reorder.gone, t)));
    }
    if !left_out.is_empty() {
        sentences.push(t.reorder_full(named(left_out, t)));
    }
    let text = sentences.join(if t.language() == Language::Zh { "" } else { " " });
    match sentences.len() {
        1 if !reorder.entries.is_empty() => Flash::success(text),
        _ => Flash::notice(text),
    }
}

/// Joins names of products to at most [`MAX_NAMES_LEN`] characters, and says how many are left out.
fn named(names: &[String], t: Messages) -> String {
    let mut listed = String::new();
    for (place, name) in names.iter().enumerate() {
        let separator = if place == 0 { "" } else { t.list_separator() };
        if place > 0 && listed.chars().count() + name.chars().count() > MAX_NAMES_LEN {
            return t.and_more(listed, names.len() - place);
        }
        listed.push_str(separator);
        listed.extend(name.chars().take(MAX_NAMES_LEN));
    }
    listed
}
