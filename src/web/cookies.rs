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
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.signed_mut(&config.session_key).add(plain.clone());
    let mut signed = jar.get(name).cloned().unwrap_or(plain);
    // Cookies are decoded when they come back, so what is signed has to travel encoded.
    let travelling: String = form_urlencoded::byte_serialize(signed.value().as_bytes()).collect();
    signed.set_value(travelling.replace('+', "%20"));
    signed
}

fn plain(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
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
    let mut jar = CookieJar::new();
    jar.add_original(req.cookie(name)?.into_owned());
    jar.private(&config.session_key).get(name).map(|cookie| cookie.value().to_owned())
}

/// A cookie as [`sign`] makes it, that nobody else can read either: for what is personal. It grows by a third.
pub fn seal(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let plain = plain(config, name, value, max_age);
    let mut jar = CookieJar::new();
    jar.private_mut(&config.session_key).add(plain.clone());
    // Base64 has nothing in it that a cookie may not have.
    jar.get(name).cloned().unwrap_or_else(|| removal(name))
}

/// The cookie that takes another one away.
pub fn removal(name: &'static str) -> Cookie<'static> {
    let mut gone = Cookie::build(name, "").path("/").http_only(true).finish();
    gone.make_removal();
    gone
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
            signed(&sent.to_http_request(), "said")
        };
        let said = r#"{"text": "100% 梅; +1, \"a=b\""}"#;
        let given = sign(&config, "said", said.to_owned(), Duration::minutes(1));
        let pair = format!("said={}", given.value());
        assert_eq!(come_back(&pair), Some(said.to_owned()));
        assert_eq!(come_back(&pair.replace("100", "900")), None);
    }
}
