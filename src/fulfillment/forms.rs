//! Parses the forms of parcels and returns. If a field is wrong, a function returns `None` and adds errors to the form.

use super::{
    actions::NewParcel,
    model::tracking_number,
    returns::{NewReturn, ReturnKind, ReturnReason},
};
use crate::{kernel::CarrierId, messages::Messages, orders, web::Form};

const MAX_WORDS_LEN: usize = 500;

/// Reads `carrier`, `number` and the units of each line (`line`, `count`) of a parcel. Without lines, the parcel holds
/// all units that are still to be sent.
pub fn parcel(form: &mut Form, token: &str, t: Messages) -> Option<NewParcel> {
    let carrier_and_number = carrier_and_number(form, t);
    let has_lines = form.all("line").next().is_some();
    let units = orders::forms::units(form, "count", t.refund_count_wrong());
    let (carrier, number) = carrier_and_number?;
    let units = if has_lines { Some(units?) } else { None };
    Some(NewParcel { carrier, number, units, token: token.to_owned() })
}

/// Reads `carrier`, the id of a carrier, and `number`, its tracking number.
pub fn carrier_and_number(form: &mut Form, t: Messages) -> Option<(CarrierId, String)> {
    let carrier: Option<CarrierId> = form.parsed("carrier", t.parcel_carrier_wrong(), t);
    let number = tracking_number(form.value("number")).filter(|_| !form.has_controls("number"));
    if number.is_none() {
        form.fail("number", t.parcel_number_wrong());
    }
    Some((carrier?, number?))
}

/// Reads `kind`, `reason`, `words` and the units of each line (`line`, `count`) of a return that a shopper asks for.
pub fn new_return(form: &mut Form, token: &str, t: Messages) -> Option<NewReturn> {
    let kind = ReturnKind::from_code(form.value("kind"));
    if kind.is_none() {
        form.fail("kind", t.field_needed());
    }
    let reason = ReturnReason::from_code(form.value("reason"));
    if reason.is_none() {
        form.fail("reason", t.field_needed());
    }
    let words = form.lines("words", 0..=MAX_WORDS_LEN, t);
    let units = orders::forms::units(form, "count", t.refund_count_wrong());
    let units = units?.into_iter().filter(|(_, count)| *count > 0).collect();
    let token = token.to_owned();
    Some(NewReturn { kind: kind?, reason: reason?, words: words?, units, token })
}
