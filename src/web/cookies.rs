//! Cookies, most of them signed, so that clients cannot forge them. With `https` their names have the prefix `__Host-`,
//! so that only this host can set them (RFC 6265bis, 4.1.3.2); functions take names without the prefix.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    cookie::{Cookie, CookieJar, SameSite, time::Duration},
    http::header::CACHE_CONTROL,
    web::Data,
};
use std::borrow::Cow;

use crate::config::Config;

pub(super) const SESSION: &str = "session";
/// The name of the cookie that identifies the cart of a visitor who is not signed in.
pub const GUEST: &str = "guest";
pub(super) const FLASH: &str = "flash";
/// The name of the cookie that holds what was typed into the checkout while the shopper visits another page.
pub const DRAFT: &str = "draft";
pub(super) const LANGUAGE: &str = "language";
/// The name of the cookie with the products that the visitor has seen.
pub const SEEN: &str = "seen";

/// How long the session cookie lasts after its last use.
pub(super) const SESSION_AGE: Duration = Duration::days(14);
pub const GUEST_AGE: Duration = Duration::days(30);
pub const SEEN_AGE: Duration = Duration::days(30);

/// Returns the full name of a cookie: with the prefix `__Host-` if the shop is reached by `https`, otherwise `name`
/// itself.
pub(super) fn name_of<'a>(config: &Config, name: &'a str) -> Cow<'a, str> {
    if config.secure() { format!("__Host-{name}").into() } else { name.into() }
}

/// Returns the value of a cookie of the request without checking a signature; `None` if the request has no such cookie.
/// [`super::own_cookies()`] has removed duplicates before.
pub(super) fn plain_value(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    req.cookie(&name_of(config, name)).map(|cookie| cookie.value().to_owned())
}

/// Returns the value of a signed cookie of the request; `None` if it is missing or its signature is wrong.
pub fn read_signed(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    verified(config, req.cookie(&name_of(config, name))?)
}

/// Returns the value of a signed cookie; `None` if its signature is wrong.
pub(super) fn verified(config: &Config, cookie: Cookie<'static>) -> Option<String> {
    let name = cookie.name().to_owned();
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    jar.signed(&config.session_key).get(&name).map(|cookie| cookie.value().to_owned())
}

pub(super) fn unsealed(config: &Config, cookie: Cookie<'static>) -> Option<String> {
    let name = cookie.name().to_owned();
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    jar.private(&config.session_key).get(&name).map(|cookie| cookie.value().to_owned())
}

/// Makes a signed cookie: HttpOnly, SameSite=Lax, and Secure with `https`.
pub fn sign(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.signed_mut(&config.session_key).add(plain.clone());
    travelling(jar.get(plain.name()).cloned().unwrap_or(plain))
}

/// Percent-encodes the value of a signed cookie, because the server decodes the values of cookies before it checks
/// signatures.
fn travelling(mut cookie: Cookie<'static>) -> Cookie<'static> {
    let encoded: String = form_urlencoded::byte_serialize(cookie.value().as_bytes()).collect();
    cookie.set_value(encoded.replace('+', "%20"));
    cookie
}

/// Makes an unsigned cookie: HttpOnly, SameSite=Lax, and Secure with `https`.
pub(super) fn plain(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name_of(config, name), value)
        .path("/")
        .http_only(true)
        .secure(config.secure())
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .finish()
}

/// Decrypts the value of a cookie of the request; `None` if it is missing or was changed.
pub fn sealed(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    unsealed(config, req.cookie(&name_of(config, name))?)
}

/// Makes an encrypted and signed cookie, for personal data. The value grows by a third.
pub fn seal(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.private_mut(&config.session_key).add(plain.clone());
    // Base64 needs no encoding.
    jar.get(plain.name()).cloned().unwrap_or_else(|| removal(config, name))
}

/// Makes a cookie whose arrival deletes the browser's cookie of this name.
pub fn removal(config: &Config, name: &'static str) -> Cookie<'static> {
    let mut gone = plain(config, name, String::new(), Duration::ZERO);
    gone.make_removal();
    gone
}

#[derive(Default)]
pub(super) struct Renewed(pub(super) Vec<Cookie<'static>>);

/// Adds a cookie to the response that this request will get, unless caches may store that response, or the response
/// itself sets a cookie with this name.
pub fn renew(req: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = req.extensions_mut();
    let mut renewed: Renewed = extensions.remove().unwrap_or_default();
    renewed.0.push(cookie);
    extensions.insert(renewed);
}

/// Sends a cookie of the request back, signature included, with a new maximum age. Does nothing if the request has no
/// such cookie.
pub(super) fn renew_unchanged(req: &HttpRequest, name: &'static str, max_age: Duration) {
    let Some(config) = req.app_data::<Data<Config>>() else { return };
    if let Some(value) = plain_value(req, name) {
        renew(req, travelling(plain(config, name, value, max_age)));
    }
}

/// Returns whether a response may carry cookies that only extend the age of others: not if caches may store the
/// response.
pub(super) fn may_renew(response: &HttpResponse<impl MessageBody>) -> bool {
    response.headers().get(CACHE_CONTROL).is_none_or(|keep| keep == "no-store")
}

pub(super) fn add_renewed(req: &HttpRequest, response: &mut HttpResponse<impl MessageBody>) {
    let Some(Renewed(renewed)) = req.extensions_mut().remove() else { return };
    if !may_renew(response) {
        return;
    }
    for cookie in renewed {
        let is_set = response.cookies().any(|set| set.name() == cookie.name());
        if !is_set {
            let _ = response.add_cookie(&cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Env;
    use actix_web::test::TestRequest;

    fn config() -> Config {
        let find = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://till@localhost/till".to_owned()),
            "REDIS_URL" => Some("redis://localhost".to_owned()),
            _ => None,
        };
        Config::read(&Env(&find)).unwrap()
    }

    #[test]
    fn what_was_signed_comes_back_and_what_was_changed_does_not() {
        let config = Data::new(config());
        let come_back = |cookie: &str| {
            let sent = TestRequest::default().app_data(config.clone()).insert_header(("cookie", cookie));
            read_signed(&sent.to_http_request(), "said")
        };
        let said = r#"{"text": "100% 梅; +1, \"a=b\""}"#;
        let given = sign(&config, "said", said.to_owned(), Duration::minutes(1));
        let pair = format!("said={}", given.value());
        assert_eq!(come_back(&pair), Some(said.to_owned()));
        assert_eq!(come_back(&pair.replace("100", "900")), None);
    }
}
