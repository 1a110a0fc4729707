//! What was typed about accounts and addresses.

use super::{model::NewAddress, rules};
use crate::{
    kernel::Phone,
    web::{Form, Text},
};

/// An address: `recipient`, `phone`, `region`, `street`, `postcode`, `is_default`. `None` where something is wrong,
/// which the form then says. `macros/address.html` asks for it.
pub fn address(form: &mut Form, t: Text) -> Option<NewAddress> {
    let recipient = form.line("recipient", 1..=60, t);
    let phone: Option<Phone> = form.parsed("phone", t.phone_wrong(), t);
    let region = form.line("region", 1..=100, t);
    let street = form.line("street", 1..=200, t);
    let postcode = form.line("postcode", 0..=12, t);
    if postcode.as_deref().is_some_and(|typed| !rules::is_postcode(typed)) {
        form.fail("postcode", t.postcode_wrong());
        return None;
    }
    let is_default = form.ticked("is_default");
    Some(NewAddress {
        recipient: recipient?,
        phone: phone?,
        region: region?,
        street: street?,
        postcode: postcode?,
        is_default,
    })
}
