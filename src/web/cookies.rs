//! Small cookies, most of them signed, for what a visitor must not make up.
//!
//! Where the shop is at `https`, browsers are given each under a name with `__Host-` before it, which nobody but the shop's
//! own host can set (RFC 6265bis, 4.1.3.2). In the code a cookie goes by its name without that.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    cookie::{Cookie, CookieJar, SameSite, time::Duration},
    http::header::CACHE_CONTROL,
    web::Data,
};
use std::borrow::Cow;

use crate::config::Config;

/// Names the session.
pub(super) const SESSION: &str = "session";
/// Names the cart of somebody without an account.
pub const GUEST: &str = "guest";
/// What one page says to the next.
pub(super) const FLASH: &str = "flash";
/// What was typed at the checkout on its way through another page.
pub const DRAFT: &str = "draft";
/// Which language was chosen.
pub(super) const LANGUAGE: &str = "language";

/// How long a session lasts without being used.
pub(super) const SESSION_AGE: Duration = Duration::days(14);
/// How long a guest's cart lasts without being used.
pub const GUEST_AGE: Duration = Duration::days(30);

/// What browsers call the cookie of this name.
pub(super) fn name_of<'a>(config: &Config, name: &'a str) -> Cow<'a, str> {
    if config.secure() { format!("__Host-{name}").into() } else { name.into() }
}

/// The cookie of this name as it came, whoever wrote it. [`super::own_cookies`] has seen to it that there is one at most.
pub(super) fn plain_value(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    req.cookie(&name_of(config, name)).map(|cookie| cookie.value().to_owned())
}

/// The value of a cookie that we have signed; `None` where there is none, or where it was tampered with.
pub fn read_signed(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    verified(config, req.cookie(&name_of(config, name))?)
}

/// The value of this cookie, where we have signed it.
pub(super) fn verified(config: &Config, cookie: Cookie<'static>) -> Option<String> {
    let name = cookie.name().to_owned();
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    jar.signed(&config.session_key).get(&name).map(|cookie| cookie.value().to_owned())
}

/// The value of this cookie, where we have sealed it.
pub(super) fn unsealed(config: &Config, cookie: Cookie<'static>) -> Option<String> {
    let name = cookie.name().to_owned();
    let mut jar = CookieJar::new();
    jar.add_original(cookie);
    jar.private(&config.session_key).get(&name).map(|cookie| cookie.value().to_owned())
}

/// A signed cookie to give out: not for scripts, not for other sites, Secure where the shop is.
pub fn sign(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.signed_mut(&config.session_key).add(plain.clone());
    travelling(jar.get(plain.name()).cloned().unwrap_or(plain))
}

/// Cookies are decoded when they come back, so what is signed has to travel encoded.
fn travelling(mut cookie: Cookie<'static>) -> Cookie<'static> {
    let encoded: String = form_urlencoded::byte_serialize(cookie.value().as_bytes()).collect();
    cookie.set_value(encoded.replace('+', "%20"));
    cookie
}

/// A cookie to give out, as it is: not for scripts, not for other sites, Secure where the shop is.
pub(super) fn plain(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name_of(config, name), value)
        .path("/")
        .http_only(true)
        .secure(config.secure())
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .finish()
}

/// The value of a cookie that we have sealed; `None` where there is none, or where it was tampered with.
pub fn sealed(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    unsealed(config, req.cookie(&name_of(config, name))?)
}

/// A cookie as [`sign`] makes it, that nobody else can read either: for what is personal. It grows by a third.
pub fn seal(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.private_mut(&config.session_key).add(plain.clone());
    // Base64 has nothing in it that a cookie may not have.
    jar.get(plain.name()).cloned().unwrap_or_else(|| removal(config, name))
}

/// The cookie that takes another one away.
pub fn removal(config: &Config, name: &'static str) -> Cookie<'static> {
    let mut gone = plain(config, name, String::new(), Duration::ZERO);
    gone.make_removal();
    gone
}

/// Cookies that the answer to a request gives anew, because they were used.
#[derive(Default)]
pub(super) struct Renewed(pub(super) Vec<Cookie<'static>>);

/// Has the answer to this request give a cookie anew, so that it lasts from now on; unless the answer sets it itself.
pub fn renew(req: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = req.extensions_mut();
    let mut renewed: Renewed = extensions.remove().unwrap_or_default();
    renewed.0.push(cookie);
    extensions.insert(renewed);
}

/// Has the answer to this request give the cookie of this name anew as it came, which we have signed.
pub(super) fn renew_as_it_came(req: &HttpRequest, name: &'static str, max_age: Duration) {
    let Some(config) = req.app_data::<Data<Config>>() else { return };
    if let Some(value) = plain_value(req, name) {
        renew(req, travelling(plain(config, name, value, max_age)));
    }
}

/// Whether an answer may bring a cookie that was only used: not where somebody may keep it, as they may keep files.
pub(super) fn may_renew(response: &HttpResponse<impl MessageBody>) -> bool {
    response.headers().get(CACHE_CONTROL).is_none_or(|keep| keep == "no-store")
}

/// Gives what was asked for by [`renew`].
pub(super) fn give_renewed(req: &HttpRequest, response: &mut HttpResponse<impl MessageBody>) {
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
