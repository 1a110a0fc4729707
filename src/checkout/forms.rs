//! Reads the forms of the checkout.

use std::{collections::HashMap, str::FromStr};

use super::model::Token;
use crate::{
    accounts::{self, Address, NewAddress},
    kernel::{AddressId, Money, PayMethod, PayMethods, SkuId},
    messages::Messages,
    web::Form,
};

/// The maximum length of the shopper's note, in characters.
pub const MAX_NOTE_LEN: usize = 200;

/// The fields of a new address. If any of them is not empty, the shopper has typed an address.
const ADDRESS_FIELDS: [&str; 5] = ["recipient", "phone", "region", "street", "postcode"];

#[derive(Clone, Debug)]
pub enum Destination {
    /// An address in the shopper's address book.
    Saved(AddressId),
    /// A typed address that is perhaps not in the address book yet.
    New(NewAddress),
}

#[derive(Clone, Debug)]
pub struct OrderInput {
    pub token: Token,
    pub destination: Destination,
    pub pay_method: PayMethod,
    pub expected_total: Money,
    pub note: String,
}

/// Reads the order form: `checkout_token`, `address_id` or the fields of a new address, `pay_method` (one of
/// `offered`), `expected_total` and `note`. Returns `None`, with errors in the form, if one is wrong.
pub fn order(form: &mut Form, offered: &PayMethods, t: Messages) -> Option<OrderInput> {
    let token = form.parsed("checkout_token", t.checkout_token_wrong(), t);
    let destination = destination(form, t);
    let pay_method = pay_method(form, offered, t);
    let expected_total = form.parsed("expected_total", t.checkout_total_wrong(), t);
    let note = form.lines("note", 0..=MAX_NOTE_LEN, t);
    Some(OrderInput {
        token: token?,
        destination: destination?,
        pay_method: pay_method?,
        expected_total: expected_total?,
        note: note?,
    })
}

/// Reads the address of the order. A typed one is used even if another is chosen, because without JavaScript an address
/// of the book stays chosen while a new one is typed.
fn destination(form: &mut Form, t: Messages) -> Option<Destination> {
    if wants_new_address(form) {
        return accounts::forms::address(form, t).map(Destination::New);
    }
    chosen(form, "address_id", t.checkout_choose_address()).map(Destination::Saved)
}

/// Returns the address of the book that the form chooses: the first one, which is the default, if none was chosen;
/// `None` if the order is for another address.
pub fn chosen_address(form: &Form, book: &[Address]) -> Option<AddressId> {
    match form.value("address_id").parse() {
        Ok(typed) => Some(AddressId(typed)),
        Err(_) if form.ticked("new_address") => None,
        Err(_) => book.first().map(|first| first.id),
    }
}

/// Returns whether the order is for a typed address instead of one in the address book.
pub fn wants_new_address(form: &Form) -> bool {
    form.ticked("new_address") || types_address(form)
}

fn types_address(form: &Form) -> bool {
    ADDRESS_FIELDS.iter().any(|field| !form.value(field).is_empty())
}

/// Changes the form so that this address of the address book is chosen instead of a typed one.
pub(super) fn choose(form: &mut Form, address: AddressId) {
    form.clear(&ADDRESS_FIELDS);
    form.clear(&["is_default", "new_address"]);
    form.set("address_id", address.to_string());
}

/// Returns whether the shopper has only pressed the Enter key in the form (field `entered`), and not typed an address.
pub(super) fn only_entered(form: &Form) -> bool {
    form.ticked("entered") && !types_address(form)
}

/// Returns the digests of the addresses that the page showed, by address id, from the fields `address_seen` (`{address
/// id}:{digest}`).
pub fn shown_addresses(form: &Form) -> HashMap<AddressId, String> {
    let pairs = form.all("address_seen").filter_map(|shown| shown.split_once(':'));
    pairs.filter_map(|(id, digest)| Some((AddressId(id.parse().ok()?), digest.to_owned()))).collect()
}

fn pay_method(form: &mut Form, offered: &PayMethods, t: Messages) -> Option<PayMethod> {
    let method = chosen(form, "pay_method", t.checkout_choose_pay_method())?;
    if !offered.contains(method) {
        form.fail("pay_method", t.checkout_pay_method_not_offered());
        return None;
    }
    Some(method)
}

/// Reads a field in which one of several values is chosen. Returns `None`, with the error `words` in the form, if
/// nothing or an unknown value was chosen.
fn chosen<T: FromStr>(form: &mut Form, field: &'static str, words: &str) -> Option<T> {
    let value = form.value(field).parse().ok();
    if value.is_none() {
        form.fail(field, words);
    }
    value
}

/// Returns the prices that the page showed, by SKU, from the fields `seen` (`{sku id}:{price}`). Ignores invalid ones.
pub fn shown_prices(form: &Form) -> HashMap<SkuId, Money> {
    let pairs = form.all("seen").filter_map(|shown| shown.split_once(':'));
    pairs.filter_map(|(sku, price)| Some((sku.parse().ok()?, price.parse().ok()?))).collect()
}
