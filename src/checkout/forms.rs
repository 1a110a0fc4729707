//! What is typed into the forms of the checkout.

use std::{collections::HashMap, str::FromStr};

use super::model::Token;
use crate::{
    kernel::{AddressId, Money, SkuId},
    orders::PayMethod,
    web::{Form, Text},
};

/// The most a note may hold, in characters.
pub(super) const MOST_NOTE: usize = 200;

/// What the order form says.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) token: Token,
    pub(super) address: AddressId,
    pub(super) pay_method: PayMethod,
    pub(super) expected_total: Money,
    pub(super) note: String,
}

/// `checkout_token`, `address_id`, `pay_method`, `expected_total`, `note`.
pub(super) fn order(form: &mut Form, t: Text) -> Option<Typed> {
    let token = form.parsed("checkout_token", t.checkout_token_wrong(), t);
    let address = chosen(form, "address_id", t.checkout_choose_address());
    let pay_method = chosen(form, "pay_method", t.checkout_choose_pay_method());
    let expected_total = form.parsed("expected_total", t.checkout_total_wrong(), t);
    let note = form.lines("note", 0..=MOST_NOTE, t);
    Some(Typed {
        token: token?,
        address: address?,
        pay_method: pay_method?,
        expected_total: expected_total?,
        note: note?,
    })
}

/// Whether somebody pressed Enter in the order form, and not in a new address.
pub(super) fn only_entered(form: &Form) -> bool {
    const ADDRESS: [&str; 5] = ["recipient", "phone", "region", "street", "postcode"];
    form.ticked("entered") && ADDRESS.iter().all(|field| form.value(field).is_empty())
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
