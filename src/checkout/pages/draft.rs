//! What was typed into the checkout, in an encrypted cookie, so that it can be shown again after a redirect.

use actix_web::{HttpRequest, HttpResponse, cookie::time::Duration};
use serde::{Deserialize, Serialize};

use crate::{
    checkout::forms,
    config::Config,
    kernel::UserId,
    messages::Messages,
    web::{Fields, Flash, Form, cookies},
};

const CHECKOUT: &str = "/checkout";
const MAX_AGE: Duration = Duration::minutes(30);

/// The fields of the order form that a draft keeps, each with the maximum length of its value in characters. Together
/// they stay below the 4096 bytes that browsers accept for a cookie, even with four bytes for each character.
const FIELDS: [(&str, usize); 10] = [
    ("address_id", 20),
    ("new_address", 5),
    ("pay_method", 10),
    ("note", forms::MAX_NOTE_LEN),
    ("recipient", 60),
    ("phone", 30),
    ("region", 100),
    ("street", 200),
    ("postcode", 12),
    ("is_default", 5),
];

#[derive(Serialize, Deserialize)]
pub(super) struct Draft {
    owner: Option<i64>,
    /// The checkout token of the form. If the draft has no owner, because the session had ended, it belongs to the
    /// shopper whose cart has this token.
    token: String,
    /// The values of the fields, in the order of [`FIELDS`].
    values: Vec<String>,
}

impl Draft {
    /// Copies the values of the form. `owner` is the shopper; `None` if the session has ended.
    pub(super) fn of(form: &Form, owner: Option<UserId>) -> Self {
        let value = |(field, max_len): &(&str, usize)| form.value(field).chars().take(*max_len).collect();
        Self {
            owner: owner.map(|owner| owner.0),
            token: form.value("checkout_token").chars().take(64).collect(),
            values: FIELDS.iter().map(value).collect(),
        }
    }

    /// Calls `redirect` with the path of the checkout on which this draft will be shown, and adds the cookie with the
    /// draft to its response.
    pub(super) fn see_other(self, config: &Config, redirect: impl FnOnce(&str) -> HttpResponse) -> HttpResponse {
        let address = self.address();
        if address.is_empty() {
            return redirect(CHECKOUT);
        }
        let mut response = redirect(&format!("{CHECKOUT}?address={address}"));
        self.add_cookie(config, &mut response);
        response
    }

    /// Returns the query parameter `address` of the checkout on which this draft will be shown: an address id, `new`,
    /// or empty.
    fn address(&self) -> String {
        // After signing in, the checkout is requested without a query.
        if self.owner.is_none() {
            return String::new();
        }
        let form = self.form();
        match form.value("address_id").parse::<i64>() {
            _ if forms::wants_new_address(&form) => "new".to_owned(),
            Ok(id) => id.to_string(),
            Err(_) => String::new(),
        }
    }

    /// Redirects to the sign-in page, because the session has ended. The draft is shown once the same shopper has
    /// signed in.
    pub(super) fn until_sign_in(form: &Form, config: &Config, t: Messages) -> HttpResponse {
        let draft = Self::of(form, None);
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", CHECKOUT).finish();
        let mut response = Flash::notice(t.checkout_signed_out()).see_other(&format!("/sign-in?{query}"), config);
        draft.add_cookie(config, &mut response);
        response
    }

    fn add_cookie(&self, config: &Config, response: &mut HttpResponse) {
        let json = serde_json::to_string(self).unwrap_or_default();
        let _ = response.add_cookie(&cookies::seal(config, cookies::DRAFT, json, MAX_AGE));
    }

    /// Returns the draft in the cookie of a request; `None` if it was made for another value of the query parameter
    /// `address`.
    fn in_request(req: &HttpRequest, address: &str) -> Option<Self> {
        let draft: Self = serde_json::from_str(&cookies::sealed(req, cookies::DRAFT)?).ok()?;
        (draft.address() == address).then_some(draft)
    }

    /// Returns the order form, filled from the draft if the draft is this shopper's. `token` loads the token of the
    /// shopper's cart.
    pub(super) async fn form_of<E>(
        req: &HttpRequest,
        shopper: UserId,
        token: impl AsyncFnOnce() -> Result<String, E>,
    ) -> Result<Form, E> {
        let address = Fields::of_query(req).get("address").to_owned();
        if let Some(draft) = Self::in_request(req, &address) {
            let is_theirs = match draft.owner {
                Some(owner) => owner == shopper.0,
                None => !draft.token.is_empty() && draft.token == token().await?,
            };
            if is_theirs {
                return Ok(draft.form());
            }
        }
        Ok(Form::filled([("address_id", address)]))
    }

    fn form(&self) -> Form {
        let mut form = Form::default();
        for ((field, _), value) in FIELDS.iter().zip(&self.values) {
            form.set(field, value.as_str());
        }
        form
    }
}
