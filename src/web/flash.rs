//! What one request has to say to the page after it, in a signed cookie that lasts until it is shown.

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

/// The most characters: nine bytes each where they are Chinese, and browsers drop cookies above 4096.
const LONGEST: usize = 400;

/// How it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlashLevel {
    /// It worked.
    Success,
    /// Worth knowing.
    Notice,
    /// It did not work.
    Error,
}

impl FlashLevel {
    /// As the style sheet calls it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Notice => "notice",
            Self::Error => "error",
        }
    }
}

/// One message, already in the shopper's language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flash {
    /// How it is meant.
    pub tone: FlashLevel,
    /// What it says; at most a few lines, since it travels in a cookie.
    pub text: String,
    /// Whether the ways to the cart and to the checkout stand beside it.
    #[serde(default)]
    pub leads_to_cart: bool,
    /// What can be done about it with one press.
    #[serde(default)]
    pub button: Option<FlashButton>,
}

/// A form of one button: it posts one field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlashButton {
    /// Where to.
    pub to: String,
    /// As the field `token`.
    pub token: String,
    /// What stands on it.
    pub words: String,
}

impl Flash {
    fn new(tone: FlashLevel, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), leads_to_cart: false, button: None }
    }

    /// It worked.
    pub fn success(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Success, text)
    }

    /// Worth knowing.
    pub fn notice(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Notice, text)
    }

    /// It did not work.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(FlashLevel::Error, text)
    }

    /// The same, with the ways to the cart and to the checkout beside it.
    #[must_use]
    pub fn leading_to_cart(self) -> Self {
        Self { leads_to_cart: true, ..self }
    }

    /// With a button that posts this token to `to`.
    #[must_use]
    pub fn with_button(self, to: &str, token: &str, words: &str) -> Self {
        let button = FlashButton { to: to.to_owned(), token: token.to_owned(), words: words.to_owned() };
        Self { button: Some(button), ..self }
    }

    /// 303 to `path`, which will say this.
    pub fn see_other(self, path: &str, config: &Config) -> HttpResponse {
        let mut response = see_other(path);
        self.add_to(&mut response, config);
        response
    }

    /// The page that this answer leads to will say this.
    pub(super) fn add_to(self, response: &mut HttpResponse, config: &Config) {
        let text: String = self.text.chars().take(LONGEST).collect();
        let said = serde_json::to_string(&Self { text, ..self }).unwrap_or_default();
        let cookie = cookies::sign(config, cookies::FLASH, said, Duration::minutes(10));
        let _ = response.add_cookie(&cookie);
    }
}

/// The page has shown the message, so the cookie can go.
struct Shown;

/// What the last request said; it is shown once.
pub(super) fn take(req: &HttpRequest) -> Vec<Flash> {
    let Some(said) = cookies::read_signed(req, cookies::FLASH) else {
        return Vec::new();
    };
    req.extensions_mut().insert(Shown);
    serde_json::from_str(&said).into_iter().collect()
}

/// Middleware: takes the cookie away once its message was shown, unless the answer brings a new one.
pub async fn flashes(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(req).await?;
    let shown = response.request().extensions().get::<Shown>().is_some();
    if shown && let Some(config) = response.request().app_data::<Data<Config>>().cloned() {
        let gone = cookies::removal(&config, cookies::FLASH);
        let said_again = response.response().cookies().any(|cookie| cookie.name() == gone.name());
        if !said_again {
            response.response_mut().add_cookie(&gone)?;
        }
    }
    Ok(response)
}
