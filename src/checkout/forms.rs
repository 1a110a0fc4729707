//! What is typed into the forms of the checkout.

use std::{collections::HashMap, str::FromStr};

use super::model::Token;
use crate::{
    accounts::{self, NewAddress},
    kernel::{AddressId, Money, PayMethod, PayMethods, SkuId},
    messages::Messages,
    web::Form,
};

/// The most a note may hold, in characters.
pub(super) const MAX_NOTE: usize = 200;

/// The fields of a new address that make it one; its tick alone does not.
const ADDRESS: [&str; 5] = ["recipient", "phone", "region", "street", "postcode"];

/// Where the order goes.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    /// An address of the shopper's book.
    Kept(AddressId),
    /// One that was typed, and is not in the book yet.
    New(NewAddress),
}

/// What the order form says.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) token: Token,
    pub(super) destination: Destination,
    pub(super) pay_method: PayMethod,
    pub(super) expected_total: Money,
    pub(super) note: String,
}

/// `checkout_token`, `address_id` or the fields of a new address (`new_address` says that there is to be one), `pay_method` (one of those that are offered),
/// `expected_total`, `note`.
pub(super) fn order(form: &mut Form, offered: &PayMethods, t: Messages) -> Option<Typed> {
    let token = form.parsed("checkout_token", t.checkout_token_wrong(), t);
    let destination = destination(form, t);
    let pay_method = pay_method(form, offered, t);
    let expected_total = form.parsed("expected_total", t.checkout_total_wrong(), t);
    let note = form.lines("note", 0..=MAX_NOTE, t);
    Some(Typed {
        token: token?,
        destination: destination?,
        pay_method: pay_method?,
        expected_total: expected_total?,
        note: note?,
    })
}

/// What was typed wins, also where an address of the book is still chosen: without JavaScript nothing unselects that.
fn destination(form: &mut Form, t: Messages) -> Option<Destination> {
    if wants_new_address(form) {
        return accounts::forms::address(form, t).map(Destination::New);
    }
    chosen(form, "address_id", t.checkout_choose_address()).map(Destination::Kept)
}

/// Whether the order goes to an address that is typed here.
pub(super) fn wants_new_address(form: &Form) -> bool {
    form.ticked("new_address") || types_address(form)
}

/// Whether anything of a new address was typed.
fn types_address(form: &Form) -> bool {
    ADDRESS.iter().any(|field| !form.value(field).is_empty())
}

/// The form as that of an order to this address of the book, which was typed until now.
pub(super) fn choose(form: &mut Form, address: AddressId) {
    form.clear(&ADDRESS);
    form.clear(&["is_default", "new_address"]);
    form.set("address_id", address.to_string());
}

/// Whether somebody pressed Enter in the order form, and not in a new address.
pub(super) fn only_entered(form: &Form) -> bool {
    form.ticked("entered") && !types_address(form)
}

/// What the page showed of this address, as its digest: `address_seen`, as often as there are addresses.
pub(super) fn address_seen(form: &Form, address: AddressId) -> Option<String> {
    let pairs = form.all("address_seen").filter_map(|seen| seen.split_once(':'));
    let mut seen = pairs.filter(|(id, _)| id.parse() == Ok(address.0)).map(|(_, digest)| digest.to_owned());
    seen.next()
}

fn pay_method(form: &mut Form, offered: &PayMethods, t: Messages) -> Option<PayMethod> {
    let method = chosen(form, "pay_method", t.checkout_choose_pay_method())?;
    if !offered.contains(method) {
        form.fail("pay_method", t.checkout_pay_method_not_offered());
        return None;
    }
    Some(method)
}

/// One of a few; none of them is answered like one that there is not.
fn chosen<T: FromStr>(form: &mut Form, field: &'static str, words: &str) -> Option<T> {
    let value = form.value(field).parse().ok();
    if value.is_none() {
        form.fail(field, words);
    }
    value
}

/// `seen`, as often as there are goods: `{sku id}:{price}` as the page showed it. It only serves to show old prices beside
/// new ones, so what cannot be read is left out.
pub(super) fn seen(form: &Form) -> HashMap<SkuId, Money> {
    let pair = |seen: &str| {
        let (sku, price) = seen.split_once(':')?;
        Some((sku.parse().ok()?, price.parse().ok()?))
    };
    form.all("seen").filter_map(pair).collect()
}
