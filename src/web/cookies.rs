//! Small signed cookies, for what a visitor must not make up.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, CookieJar, SameSite, time::Duration},
    web::Data,
};

use crate::config::Config;

/// The value of a cookie that we have signed; `None` where there is none, or where it was tampered with.
pub fn signed(req: &HttpRequest, name: &str) -> Option<String> {
    let config = req.app_data::<Data<Config>>()?;
    let mut jar = CookieJar::new();
    jar.add_original(req.cookie(name)?.into_owned());
    jar.signed(&config.session_key).get(name).map(|cookie| cookie.value().to_owned())
}

/// A signed cookie to give out: not for scripts, not for other sites, Secure where the shop is.
pub fn sign(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(config.secure())
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .finish();
    let mut jar = CookieJar::new();
    jar.signed_mut(&config.session_key).add(plain.clone());
    jar.get(name).cloned().unwrap_or(plain)
}

/// The cookie that takes another one away.
pub fn removal(name: &'static str) -> Cookie<'static> {
    let mut gone = Cookie::build(name, "").path("/").http_only(true).finish();
    gone.make_removal();
    gone
}
