//! Parses the forms of accounts and addresses. If a field is wrong, a function returns `None` and adds errors to the
//! form.

use super::{
    blocked_contacts::{ContactKind, NewBlockedContact},
    model::NewAddress,
    rules::{self, MAX_PASSWORD_LEN, MAX_USERNAME_LEN, MIN_PASSWORD_LEN, ParseUsernameError, Username, WeakPassword},
};
use crate::{
    kernel::{Email, Phone},
    messages::Messages,
    web::Form,
};

/// Reads the fields of the template `macros/address.html`: `recipient`, `phone`, `region`, `street`, `postcode` and
/// `is_default`.
pub fn address(form: &mut Form, t: Messages) -> Option<NewAddress> {
    let recipient = form.line("recipient", 1..=60, t);
    let phone: Option<Phone> = form.parsed("phone", t.phone_wrong(), t);
    let region = form.line("region", 1..=100, t);
    let street = form.line("street", 1..=200, t);
    let postcode = form.folded("postcode", 0..=12, t)?;
    if !rules::is_postcode(&postcode) {
        form.fail("postcode", t.postcode_wrong());
        return None;
    }
    let is_default = form.ticked("is_default");
    Some(NewAddress { recipient: recipient?, phone: phone?, region: region?, street: street?, postcode, is_default })
}

/// The maximum length of a postal address that is to be blocked, in characters.
const MAX_CONTACT_LEN: usize = 300;
pub const MAX_BLOCK_REASON_LEN: usize = 200;

/// Reads the fields `block_kind`, `contact` and `block_reason` of the form that blocks a contact.
pub fn blocked_contact(form: &mut Form, t: Messages) -> Option<NewBlockedContact> {
    let kind = ContactKind::from_code(form.value("block_kind"));
    if kind.is_none() {
        form.fail("block_kind", t.field_needed());
    }
    let contact = match kind {
        Some(ContactKind::Phone) => {
            form.parsed("contact", t.phone_wrong(), t).map(|phone: Phone| phone.as_str().to_owned())
        }
        Some(ContactKind::Email) => {
            form.parsed("contact", t.email_wrong(), t).map(|email: Email| email.as_str().to_owned())
        }
        Some(ContactKind::Address) | None => form.line("contact", 1..=MAX_CONTACT_LEN, t),
    };
    let reason = form.line("block_reason", 1..=MAX_BLOCK_REASON_LEN, t);
    Some(NewBlockedContact { kind: kind?, contact: contact?, reason: reason? })
}

#[derive(Debug)]
pub(super) struct SignIn {
    /// The typed username or email address in the form in which accounts are looked up ([`rules::sign_in_name`]). There
    /// may be no such account.
    pub(super) name: String,
    pub(super) password: String,
}

/// Reads the fields `username` and `password` of the sign-in form.
pub(super) fn sign_in(form: &mut Form, t: Messages) -> Option<SignIn> {
    // 254 is the maximum length of an email address.
    let name = form.folded("username", 1..=254, t).map(|typed| rules::sign_in_name(&typed));
    let password = entered_password(form, "password", t);
    Some(SignIn { name: name?, password: password? })
}

#[derive(Debug)]
pub(super) struct SignUp {
    pub(super) username: Username,
    pub(super) email: Email,
    pub(super) password: String,
}

/// Reads the fields `username`, `email` and `password` of the sign-up form.
pub(super) fn sign_up(form: &mut Form, t: Messages) -> Option<SignUp> {
    let username = username(form, t);
    let email = form.parsed("email", t.email_wrong(), t);
    let (as_username, as_email) = (form.value("username").to_owned(), form.value("email").to_owned());
    let password = new_password(form, "password", &as_username, &as_email, t);
    Some(SignUp { username: username?, email: email?, password: password? })
}

fn username(form: &mut Form, t: Messages) -> Option<Username> {
    if form.has_controls("username") {
        form.fail("username", t.username_odd_characters());
        return None;
    }
    match form.value("username").parse() {
        Ok(username) => Some(username),
        Err(why) => {
            let words = match why {
                _ if form.value("username").is_empty() => t.field_needed().to_owned(),
                ParseUsernameError::OddCharacters => t.username_odd_characters().to_owned(),
                ParseUsernameError::TooShort => t.field_too_short(3),
                ParseUsernameError::TooLong => t.field_too_long(MAX_USERNAME_LEN),
            };
            form.fail("username", words);
            None
        }
    }
}

#[derive(Debug)]
pub(super) struct ChangePassword {
    pub(super) current: String,
    pub(super) new: String,
}

/// Reads `current_password`, `new_password` and `repeat_password`. `username` and `email` are those of the user; the
/// new password must differ from both.
pub(super) fn change_password(form: &mut Form, username: &str, email: &str, t: Messages) -> Option<ChangePassword> {
    let current = entered_password(form, "current_password", t);
    let new = new_password(form, "new_password", username, email, t);
    let repeat = entered_password(form, "repeat_password", t);
    if rules::normalized(&repeat?) != rules::normalized(form.raw("new_password")) {
        form.fail("repeat_password", t.password_not_repeated());
        return None;
    }
    Some(ChangePassword { current: current?, new: new? })
}

/// Reads the field `code`: six digits from the user's authenticator app, or a recovery code.
pub(super) fn second_factor_code(form: &mut Form, t: Messages) -> Option<String> {
    form.folded("code", 1..=40, t)
}

/// Reads `reauth_password`, and `reauth_code` if `with_code` is true. Returns (password, code).
pub(super) fn reauthentication(form: &mut Form, with_code: bool, t: Messages) -> Option<(String, Option<String>)> {
    let password = entered_password(form, "reauth_password", t);
    let code = if with_code { form.folded("reauth_code", 1..=40, t).map(Some) } else { Some(None) };
    Some((password?, code?))
}

/// The fields of the form that turns the second factor on or off.
#[derive(Debug)]
pub struct SecondFactorForm {
    pub password: String,
    pub code: String,
}

impl SecondFactorForm {
    /// Reads the fields `code` and `password`. Returns `None`, with errors in the form, if one is empty or invalid.
    pub fn read(form: &mut Form, t: Messages) -> Option<Self> {
        let code = second_factor_code(form, t);
        let password = entered_password(form, "password", t);
        Some(Self { password: password?, code: code? })
    }
}

/// Reads the password of an existing account. Adds an error to the form if it is empty or longer than 128 characters.
fn entered_password(form: &mut Form, field: &'static str, t: Messages) -> Option<String> {
    let password = form.raw(field).to_owned();
    if password.is_empty() {
        form.fail(field, t.field_needed());
        return None;
    }
    if rules::password_len(&password) > MAX_PASSWORD_LEN {
        form.fail(field, t.field_too_long(MAX_PASSWORD_LEN));
        return None;
    }
    Some(password)
}

/// Reads the new password of an account. Adds an error to the form if it fails [`rules::check_password`].
fn new_password(form: &mut Form, field: &'static str, username: &str, email: &str, t: Messages) -> Option<String> {
    let password = entered_password(form, field, t)?;
    let words = match rules::check_password(&password, username, email) {
        Ok(()) => return Some(password),
        Err(WeakPassword::TooShort) => t.field_too_short(MIN_PASSWORD_LEN),
        Err(WeakPassword::TooLong) => t.field_too_long(MAX_PASSWORD_LEN),
        Err(WeakPassword::OddCharacters) => t.field_odd_characters().to_owned(),
        Err(WeakPassword::SameAsName) => t.password_same_as_name().to_owned(),
        Err(WeakPassword::Common) => t.password_common().to_owned(),
    };
    form.fail(field, words);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;

    const T: Messages = Messages(Language::En);

    fn wrong_fields(form: &Form) -> Vec<&'static str> {
        form.errors().iter().map(|(field, _)| *field).collect()
    }

    fn typed<const N: usize>(values: [(&str, &str); N]) -> Form {
        Form::filled(values.map(|(name, value)| (name, value.to_owned())))
    }

    #[test]
    fn an_address_is_read_field_by_field() {
        let mut form = typed([
            ("recipient", " Lin Mei "),
            ("phone", "138 0013 8000"),
            ("region", "北京市海淀区"),
            ("street", "27 Zhongguancun Street"),
            ("is_default", "true"),
        ]);
        let address = address(&mut form, T).unwrap();
        assert_eq!((address.recipient.as_str(), address.phone.as_str()), ("Lin Mei", "13800138000"));
        assert_eq!((address.postcode.as_str(), address.is_default), ("", true));
    }

    #[test]
    fn whatever_is_wrong_with_an_address_is_said_at_once() {
        let mut empty = Form::default();
        assert!(address(&mut empty, T).is_none());
        assert_eq!(wrong_fields(&empty), ["recipient", "phone", "region", "street"]);
        let long = "x".repeat(201);
        let mut odd = typed([
            ("recipient", &long[..61]),
            ("phone", "call me"),
            ("region", "Beijing\nHaidian"),
            ("street", &long),
            ("postcode", "100080<"),
        ]);
        assert!(address(&mut odd, T).is_none());
        assert_eq!(wrong_fields(&odd), ["recipient", "phone", "region", "street", "postcode"]);
    }

    #[test]
    fn a_sign_up_needs_all_three() {
        let mut form = Form::default();
        assert!(sign_up(&mut form, T).is_none());
        assert_eq!(wrong_fields(&form), ["username", "email", "password"]);
        let mut form = typed([("username", "lin mei"), ("email", "lin.mei@"), ("password", "1234567")]);
        assert!(sign_up(&mut form, T).is_none());
        assert_eq!(form.error("password"), Some("At least 8 characters, please."));
        let mut form = typed([("username", "林梅"), ("email", "mei@example.com"), ("password", " spaces stay ")]);
        assert_eq!(sign_up(&mut form, T).unwrap().password, " spaces stay ");
    }

    #[test]
    fn a_password_is_not_the_name_and_is_typed_twice() {
        let mut form = typed([("username", "linmei88"), ("email", "mei@example.com"), ("password", "LINMEI88")]);
        assert!(sign_up(&mut form, T).is_none());
        assert_eq!(wrong_fields(&form), ["password"]);
        let mut form = typed([
            ("current_password", "old"),
            ("new_password", "paper lantern"),
            ("repeat_password", "paper lantrn"),
        ]);
        assert!(change_password(&mut form, "mei", "mei@example.com", T).is_none());
        assert_eq!(wrong_fields(&form), ["repeat_password"]);
    }

    #[test]
    fn signing_in_takes_any_name_and_password_but_none() {
        let mut form = typed([("username", "whoever you are"), ("password", " ")]);
        assert_eq!(sign_in(&mut form, T).unwrap().password, " ");
        let mut form = typed([("username", "a\u{7}b"), ("password", "")]);
        assert!(sign_in(&mut form, T).is_none());
        assert_eq!(wrong_fields(&form), ["username", "password"]);
    }
}
