//! Removes cookies of other programs, and duplicates, from requests. Other programs on the same host may set cookies
//! with the shop's names, or cookies that no parser accepts; that must not end a session.

use actix_web::{
    Error,
    body::MessageBody,
    cookie::{Cookie, time::Duration},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{COOKIE, HeaderMap, HeaderValue},
    middleware::Next,
    web::Data,
};

use super::{
    cookies::{self, DRAFT, FLASH, GUEST, GUEST_AGE, LANGUAGE, SEEN, SESSION, SESSION_AGE},
    session::is_bound_to_host,
};
use crate::{config::Config, kernel::Language};

/// The maximum number of cookies with the same name that are checked; further ones are removed.
const MAX_CANDIDATES: usize = 50;

const OURS: [&str; 6] = [SESSION, GUEST, FLASH, DRAFT, LANGUAGE, SEEN];

/// Middleware, outside of all middlewares that read cookies: removes all cookies from the request but those that the
/// shop has issued. Of several with the same name, the first that the shop has issued stays.
pub async fn own_cookies(
    mut req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(config) = req.app_data::<Data<Config>>().cloned()
        && req.headers().contains_key(COOKIE)
    {
        let own = own(&config, req.headers());
        req.headers_mut().remove(COOKIE);
        if let Ok(header) = HeaderValue::from_str(&own.header)
            && !header.is_empty()
        {
            req.headers_mut().insert(COOKIE, header);
        }
        for (name, max_age) in own.under_old_name {
            cookies::renew_unchanged(req.request(), name, max_age);
        }
    }
    next.call(req).await
}

#[derive(Debug, Default, PartialEq, Eq)]
struct OwnCookie {
    /// The header `Cookie` without the removed cookies.
    header: String,
    /// Cookies whose name lacks the prefix `__Host-`, from before the shop used `https`, each as (name, maximum age).
    under_old_name: Vec<(&'static str, Duration)>,
}

fn own(config: &Config, headers: &HeaderMap) -> OwnCookie {
    let pairs: Vec<(&str, &str)> = headers
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.is_ascii())?.trim().split_once('='))
        .collect();
    let mut own = OwnCookie::default();
    for name in OURS {
        let given = cookies::name_of(config, name);
        let current = values_of(&pairs, &given);
        let value = match current.as_slice() {
            // A single one is verified by whoever reads it.
            [only] => Some(*only),
            several => several.iter().copied().find(|value| is_ours(config, name, value, false)),
        };
        let mut old = None;
        if value.is_none() && config.secure() {
            old = values_of(&pairs, name).into_iter().find(|value| is_ours(config, name, value, true));
        }
        if let Some(value) = value.or(old) {
            let separator = if own.header.is_empty() { "" } else { "; " };
            own.header.push_str(&format!("{separator}{given}={value}"));
        }
        match name {
            SESSION if old.is_some() => own.under_old_name.push((SESSION, SESSION_AGE)),
            GUEST if old.is_some() => own.under_old_name.push((GUEST, GUEST_AGE)),
            _ => {}
        }
    }
    own
}

fn values_of<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1).take(MAX_CANDIDATES).collect()
}

/// Returns whether the shop issued a cookie with this value. With `is_old_name` the cookie's name lacks the prefix
/// `__Host-`, so that programs on neighboring hosts could have set it: then sessions that began under the prefixed name
/// are rejected.
fn is_ours(config: &Config, name: &'static str, value: &str, is_old_name: bool) -> bool {
    let parsed = Cookie::parse_encoded(format!("{}={value}", cookies::name_of(config, name)));
    let Ok(cookie) = parsed.map(Cookie::into_owned) else { return false };
    match name {
        LANGUAGE => Language::in_cookie(cookie.value()).is_some(),
        DRAFT => cookies::unsealed(config, cookie).is_some(),
        SESSION => cookies::verified(config, cookie).is_some_and(|id| !(is_old_name && is_bound_to_host(&id))),
        _ => cookies::verified(config, cookie).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Env;

    fn config(public_url: &str) -> Config {
        let find = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://till@localhost/till".to_owned()),
            "REDIS_URL" => Some("redis://localhost".to_owned()),
            "PUBLIC_URL" => Some(public_url.to_owned()),
            "SESSION_SECRET" => Some("0123456789".repeat(7)),
            _ => None,
        };
        Config::read(&Env(&find)).unwrap()
    }

    fn came(config: &Config, cookies: &[&[u8]]) -> OwnCookie {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_bytes(cookie).unwrap());
        }
        own(config, &headers)
    }

    fn read_signed(config: &Config, name: &'static str, value: &str) -> String {
        cookies::sign(config, name, value.to_owned(), Duration::days(1)).value().to_owned()
    }

    #[test]
    fn of_several_of_one_name_it_is_the_one_that_we_have_signed() {
        let config = config("http://localhost");
        let mine = read_signed(&config, SESSION, "key");
        let sent = format!("session=theirs; a; =b; session={mine}; session=; other=1; language=fr; language=zh");
        let own = came(&config, &[b"\xff\xfe=1; guest=\xff", sent.as_bytes()]);
        assert_eq!(own.header, format!("session={mine}; language=zh"));
    }

    #[test]
    fn at_https_the_host_has_names_of_its_own_and_the_old_ones_are_still_read() {
        let config = config("https://shop.example");
        let (old, new) = (read_signed(&config, SESSION, "old"), read_signed(&config, SESSION, "H.new"));
        let own = came(&config, &[format!("session={old}").as_bytes()]);
        assert_eq!(own.header, format!("__Host-session={old}"));
        assert_eq!(own.under_old_name, [(SESSION, SESSION_AGE)]);
        let own = came(&config, &[format!("session={old}; __Host-session={new}").as_bytes()]);
        assert_eq!((own.header, own.under_old_name.len()), (format!("__Host-session={new}"), 0));
        assert_eq!(came(&config, &[format!("session={new}").as_bytes()]).header, "", "planted by a neighbour");
    }
}
