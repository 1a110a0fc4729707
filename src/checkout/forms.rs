//! What is typed into the forms of the checkout.

use std::collections::HashMap;

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
    let address = form.parsed("address_id", t.checkout_choose_address(), t);
    let pay_method = form.parsed("pay_method", t.checkout_choose_pay_method(), t);
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

/// `seen`, as often as there are goods: `{sku id}:{price}` as the page showed it. It only serves to show old prices beside
/// new ones, so what cannot be read is left out.
pub(super) fn seen(form: &Form) -> HashMap<SkuId, Money> {
    let pair = |seen: &str| {
        let (sku, price) = seen.split_once(':')?;
        Some((sku.parse().ok()?, price.parse().ok()?))
    };
    form.all("seen").filter_map(pair).collect()
}
