use super::{
    model::CarrierDetails,
    rules::{is_code, is_link},
};
use crate::{kernel::text, messages::Messages, web::Form};

/// The maximum length of a carrier's name, in characters.
const MAX_NAME_LEN: usize = 60;
const MAX_LINK_LEN: usize = 300;

/// Reads `name_en`, `name_zh`, `link`, `active` and, for a new carrier, `carrier_code`. Returns `None`, with errors in
/// the form, if a field is wrong. A name that is given in only one language is used for both languages.
pub fn carrier_details(form: &mut Form, is_new: bool, t: Messages) -> Option<CarrierDetails> {
    let code = if is_new { code(form, t) } else { Some(String::new()) };
    let (en, zh) = (form.line("name_en", 0..=MAX_NAME_LEN, t), form.line("name_zh", 0..=MAX_NAME_LEN, t));
    let link = form.line("link", 0..=MAX_LINK_LEN, t);
    if link.as_ref().is_some_and(|link| !link.is_empty() && !is_link(link)) {
        form.fail("link", t.carrier_link_wrong());
    }
    if en.as_deref() == Some("") && zh.as_deref() == Some("") {
        form.fail("name_en", t.field_needed());
    }
    if form.has_errors() {
        return None;
    }
    let (en, zh) = (en?, zh?);
    let or = |name: &String, other: &String| if name.is_empty() { other.clone() } else { name.clone() };
    let (name_en, name_zh) = (or(&en, &zh), or(&zh, &en));
    Some(CarrierDetails { code: code?, name_en, name_zh, link: link?, active: form.ticked("active") })
}

fn code(form: &mut Form, t: Messages) -> Option<String> {
    let code = text::fold(&form.line("carrier_code", 1..=20, t)?).to_ascii_lowercase();
    if is_code(&code) {
        return Some(code);
    }
    form.fail("carrier_code", t.carrier_code_wrong());
    None
}
