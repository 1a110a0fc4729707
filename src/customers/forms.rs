//! Parses the forms for the export and erasure of data, and for notes about a customer.

use crate::{messages::Messages, web::Form};

/// The maximum length of a note about a customer, in characters.
const MAX_NOTE_LEN: usize = 1000;
const MAX_REASON_LEN: usize = 200;
const MAX_PASSWORD_LEN: usize = 128;

/// Returns the password typed into `field`, which the caller must verify; `None`, with an error in the form, if the
/// field is empty.
pub fn password(form: &mut Form, field: &'static str, t: Messages) -> Option<String> {
    let typed = form.raw(field).to_owned();
    if typed.is_empty() {
        form.fail(field, t.field_needed());
        return None;
    }
    Some(typed.chars().take(MAX_PASSWORD_LEN + 1).collect())
}

/// Returns the password that a shopper typed to erase their own data; `None`, with errors in the form, if it is empty
/// or the checkbox that confirms the erasure is not ticked.
pub fn own_erasure(form: &mut Form, t: Messages) -> Option<String> {
    let password = password(form, "erasure_password", t);
    if !form.ticked("confirmed") {
        form.fail("confirmed", t.account_data_erase_unconfirmed());
        return None;
    }
    password
}

/// Returns the text of a note; `None`, with an error in the form, if it is empty or too long.
pub fn note(form: &mut Form, t: Messages) -> Option<String> {
    form.lines("customer_note", 1..=MAX_NOTE_LEN, t)
}

/// Returns the reason for which an admin erases a customer; `None`, with errors in the form, if the reason is missing
/// or the typed username is not the customer's.
pub fn erasure(form: &mut Form, username: &str, t: Messages) -> Option<String> {
    let reason = form.line("erasure_reason", 1..=MAX_REASON_LEN, t);
    if form.value("erasure_username").trim() != username {
        form.fail("erasure_username", t.customer_erase_username_wrong());
        return None;
    }
    reason
}
