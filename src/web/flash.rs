//! Flash messages: shown on the next page, stored in a signed cookie until then.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    cookie::time::Duration,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use serde::{Deserialize, Serialize};

use super::{cookies, see_other};
use crate::config::Config;

/// The maximum length of a flash message in characters. One takes up to nine bytes in the cookie, and browsers drop
/// cookies above 4096 bytes.
const MAX_TEXT_LEN: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlashLevel {
    Success,
    Notice,
    Error,
}

impl FlashLevel {
    /// Returns the CSS class of the message.
    pub fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Notice => "notice",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flash {
    pub level: FlashLevel,
    /// The text of the message. Only its first `MAX_TEXT_LEN` characters are shown.
    pub text: String,
    /// True if links to the cart and to the checkout are shown below the message.
    #[serde(default)]
    pub leads_to_cart: bool,
    #[serde(default)]
    pub button: Option<FlashButton>,
}

/// A button in a flash message: a form that posts `token` to the path `to`. `words` is the label.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlashButton {
    pub to: String,
    pub token: String,
    pub words: String,
}

impl Flash {
    fn new(level: FlashLevel, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), leads_to_cart: false, button: None }
    }

    pub fn success(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Success, text)
    }

    pub fn notice(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Notice, text)
    }

    pub fn error(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Error, text)
    }

    #[must_use]
    pub fn leading_to_cart(self) -> Self {
        Self { leads_to_cart: true, ..self }
    }

    /// Adds a button with the label `words` that posts `token` to the path `to`.
    #[must_use]
    pub fn with_button(self, to: &str, token: &str, words: &str) -> Self {
        let button = FlashButton { to: to.to_owned(), token: token.to_owned(), words: words.to_owned() };
        Self { button: Some(button), ..self }
    }

    /// Redirects (303) to `path`; the page there shows this message.
    pub fn see_other(self, path: &str, config: &Config) -> HttpResponse {
        let mut response = see_other(path);
        self.add_to(&mut response, config);
        response
    }

    /// Adds the cookie with this message to the response; the next page shows it.
    pub(super) fn add_to(self, response: &mut HttpResponse, config: &Config) {
        let text: String = self.text.chars().take(MAX_TEXT_LEN).collect();
        let json = serde_json::to_string(&Self { text, ..self }).unwrap_or_default();
        let cookie = cookies::sign(config, cookies::FLASH, json, Duration::minutes(10));
        let _ = response.add_cookie(&cookie);
    }
}

/// Marks a request whose page shows a flash message, so that the middleware [`flashes`] deletes its cookie.
struct ShownFlash;

/// Returns the flash message in the request's cookie, if any, and marks the request so that the middleware [`flashes`]
/// deletes the cookie.
pub(super) fn take(req: &HttpRequest) -> Vec<Flash> {
    let Some(json) = cookies::read_signed(req, cookies::FLASH) else {
        return Vec::new();
    };
    req.extensions_mut().insert(ShownFlash);
    serde_json::from_str(&json).into_iter().collect()
}

/// Middleware: deletes the cookie of a flash message that was shown, unless the response sets a new one.
pub async fn flashes(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(req).await?;
    let shown = response.request().extensions().get::<ShownFlash>().is_some();
    if shown && let Some(config) = response.request().app_data::<Data<Config>>().cloned() {
        let removal = cookies::removal(&config, cookies::FLASH);
        let sets_another = response.response().cookies().any(|cookie| cookie.name() == removal.name());
        if !sets_another {
            response.response_mut().add_cookie(&removal)?;
        }
    }
    Ok(response)
}
