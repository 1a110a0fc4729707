//! Parses the forms of the cart.

use crate::{
    kernel::{Quantity, SkuId},
    messages::Messages,
    web::Form,
};

/// Reads `sku_id` and `count`, what a form adds to the cart. Returns `None`, with errors in the form, if one is wrong.
pub(super) fn addition(form: &mut Form, t: Messages) -> Option<(SkuId, Quantity)> {
    let sku = form.parsed("sku_id", t.cart_choose_sku(), t);
    let count = count(form, t);
    Some((sku?, count?))
}

pub(super) fn count(form: &mut Form, t: Messages) -> Option<Quantity> {
    form.parsed("count", t.count_wrong(), t)
}

/// Reads `selected`. Returns `None`, with an error in the form, if it is neither `true` nor `false`.
pub(super) fn selected(form: &mut Form, t: Messages) -> Option<bool> {
    form.parsed("selected", t.cart_selected_wrong(), t)
}
