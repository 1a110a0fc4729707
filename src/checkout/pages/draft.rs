//! What was typed at the checkout on its way to another answer than the order, in a sealed cookie: the checkout shows it again.

use actix_web::{HttpRequest, HttpResponse, cookie::time::Duration};
use serde::{Deserialize, Serialize};

use super::forms;
use crate::{
    config::Config,
    kernel::UserId,
    messages::Messages,
    web::{Fields, Flash, Form, cookies},
};

const CHECKOUT: &str = "/checkout";
const MAX_AGE: Duration = Duration::minutes(30);

/// The fields that are kept, each with the most characters of it: 690 and a few in all, so that the cookie stays below the 4096 bytes
/// that browsers take, also where each character has four of them.
const KEPT: [(&str, usize); 10] = [
    ("address_id", 20),
    ("new_address", 5),
    ("pay_method", 10),
    ("note", forms::MAX_NOTE),
    ("recipient", 60),
    ("phone", 30),
    ("region", 100),
    ("street", 200),
    ("postcode", 12),
    ("is_default", 5),
];

/// What was typed, and by whom.
#[derive(Serialize, Deserialize)]
pub(super) struct Draft {
    owner: Option<i64>,
    /// The token of the form, which is that of its shopper's cart: it tells whose this is where nobody is signed in.
    token: String,
    /// In the order of [`KEPT`].
    typed: Vec<String>,
}

impl Draft {
    /// What this form says; by nobody where the session is over.
    pub(super) fn of(form: &Form, owner: Option<UserId>) -> Self {
        let typed = |(field, most): &(&str, usize)| form.value(field).chars().take(*most).collect();
        Self {
            owner: owner.map(|owner| owner.0),
            token: form.value("checkout_token").chars().take(64).collect(),
            typed: KEPT.iter().map(typed).collect(),
        }
    }

    /// The answer that leads to the checkout, which shows this again.
    pub(super) fn see_other(self, config: &Config, answer: impl FnOnce(&str) -> HttpResponse) -> HttpResponse {
        let address = self.address();
        if address.is_empty() {
            return answer(CHECKOUT);
        }
        let mut response = answer(&format!("{CHECKOUT}?address={address}"));
        self.give(config, &mut response);
        response
    }

    /// What the query of the checkout says of the address where this is to be shown: its id, or that it is a new one; empty
    /// where it is neither.
    fn address(&self) -> String {
        // It is asked for by the plain path that signing in leads to.
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

    /// The answer of a checkout whose session is over: what was typed waits until the same shopper has signed in.
    pub(super) fn until_sign_in(form: &Form, config: &Config, t: Messages) -> HttpResponse {
        let draft = Self::of(form, None);
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", CHECKOUT).finish();
        let mut response = Flash::notice(t.checkout_signed_out()).see_other(&format!("/sign-in?{query}"), config);
        draft.give(config, &mut response);
        response
    }

    fn give(&self, config: &Config, response: &mut HttpResponse) {
        let said = serde_json::to_string(self).unwrap_or_default();
        let _ = response.add_cookie(&cookies::seal(config, cookies::DRAFT, said, MAX_AGE));
    }

    /// What a request brings with it, where it asks for the checkout with the address that was chosen.
    fn in_request(req: &HttpRequest, address: &str) -> Option<Self> {
        let draft: Self = serde_json::from_str(&cookies::sealed(req, cookies::DRAFT)?).ok()?;
        (draft.address() == address).then_some(draft)
    }

    /// The order form as a request of this shopper finds it. `token` gives that of their cart.
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
        for ((field, _), value) in KEPT.iter().zip(&self.typed) {
            form.set(field, value.as_str());
        }
        form
    }
}
