//! Parses the forms of questions. If a field is wrong, a function returns `None` and adds errors to the form.

use super::rules::MAX_WORDS_LEN;
use crate::{
    kernel::{Email, OrderNumber},
    messages::Messages,
    web::Form,
};

/// The maximum length of a guest's name, in characters.
pub const MAX_NAME_LEN: usize = 60;

/// A question as typed into the contact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedQuestion {
    /// The number of the order that the question is about; it is not looked up yet, so there may be no such order.
    pub order: Option<OrderNumber>,
    pub words: String,
}

/// Reads the fields `order`, which may be empty, and `question`.
pub fn question(form: &mut Form, t: Messages) -> Option<TypedQuestion> {
    let order = if form.value("order").is_empty() && !form.has_controls("order") {
        Some(None)
    } else {
        form.parsed("order", t.question_order_wrong(), t).map(Some)
    };
    let words = words(form, "question", t);
    Some(TypedQuestion { order: order?, words: words? })
}

/// Reads the fields `email` and `guest_name` of a guest, whose name may be empty.
pub fn guest(form: &mut Form, t: Messages) -> Option<(Email, String)> {
    let email = form.parsed("email", t.email_wrong(), t);
    let name = form.line("guest_name", 0..=MAX_NAME_LEN, t);
    Some((email?, name?))
}

/// Reads a message of at most [`MAX_WORDS_LEN`] characters.
pub fn words(form: &mut Form, field: &'static str, t: Messages) -> Option<String> {
    form.lines(field, 1..=MAX_WORDS_LEN, t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;

    const T: Messages = Messages(Language::En);

    #[test]
    fn a_question_has_words_and_perhaps_the_number_of_an_order() {
        let form =
            |order: &str, words: &str| Form::filled([("order", order.to_owned()), ("question", words.to_owned())]);
        let typed = question(&mut form(" ", " Where\r\nis it? "), T).unwrap();
        assert_eq!(typed, TypedQuestion { order: None, words: "Where\nis it?".to_owned() });
        let mut wrong = form("no number", "");
        assert_eq!(question(&mut wrong, T), None);
        assert_eq!(wrong.error("order"), Some(T.question_order_wrong()));
        assert_eq!(wrong.error("question"), Some(T.field_needed()));
        let mut long = form("", &"林".repeat(MAX_WORDS_LEN + 1));
        assert_eq!(question(&mut long, T), None);
        assert!(question(&mut form("", &"林".repeat(MAX_WORDS_LEN)), T).is_some());
    }
}
