//! The languages the shop speaks.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    http::header,
    web::Data,
};

use super::{Fields, PageError, local_path, see_other};
use crate::config::Config;

pub use crate::kernel::Language;

const COOKIE: &str = "language";

impl Language {
    /// What the shopper chose, else what the browser asks for first, else the shop's main language, else English.
    pub fn of(req: &HttpRequest) -> Self {
        let chosen = req.cookie(COOKIE).and_then(|cookie| Self::from_code(cookie.value()));
        let asked = || req.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| preferred(value.to_str().ok()?));
        let main = || req.app_data::<Data<Config>>().and_then(|config| config.shop_language);
        chosen.or_else(asked).or_else(main).unwrap_or(Self::En)
    }
}

/// The known language with the highest weight in an `Accept-Language` (RFC 9110, 12.5.4); the first among equals. Space
/// and tabs may stand around each part, and nothing depends on capitals.
fn preferred(accepted: &str) -> Option<Language> {
    let weighed = accepted.split(',').filter_map(weighed);
    weighed.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

/// One language of the list, with its weight; none of an unknown one, or of one that is not wanted.
fn weighed(range: &str) -> Option<(Language, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.to_ascii_lowercase();
    let language = Language::from_code(tag.split(['-', '_']).next()?)?;
    let weight = parts.find_map(|part| {
        let (name, weight) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| weight.trim().parse::<f32>())
    });
    let weight = weight.unwrap_or(Ok(1.0)).ok().filter(|weight| *weight > 0.0 && *weight <= 1.0)?;
    Some((language, weight))
}

/// `POST /language`: remembers the choice for a year and goes back to where the shopper was.
pub async fn change_language(fields: Fields, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let language = Language::from_code(fields.get("language")).ok_or(PageError::BadRequest)?;
    let cookie = Cookie::build(COOKIE, language.code())
        .path("/")
        .http_only(true)
        .secure(config.secure())
        .same_site(SameSite::Lax)
        .max_age(time::Duration::days(365))
        .finish();
    let mut response = see_other(local_path(fields.get("next")).unwrap_or("/"));
    response.add_cookie(&cookie).map_err(PageError::internal)?;
    Ok(response)
}

/// Whether a text has Chinese characters in it: an address does, for one, that goes from the large to the small.
pub fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_known_language_is_spoken() {
        assert_eq!(preferred("zh-CN,zh;q=0.9,en;q=0.8"), Some(Language::Zh));
        assert_eq!(preferred("fr, en-GB;q=0.7, zh;q=0.3"), Some(Language::En));
        for spaced in
            ["fr ; q=0.9 , zh ; q=0.8,en;q=0.7", "en\t;\tQ = 0.5,\tZH-hant", "EN;q=0,  Zh-CN ; q=0.001", "*, zh_CN"]
        {
            assert_eq!(preferred(spaced), Some(Language::Zh), "{spaced:?}");
        }
        assert_eq!(preferred("en ; q=0, fr"), None);
        assert_eq!(preferred("zhx, english"), None, "other languages that begin alike");
        assert_eq!(preferred("fr"), None);
        assert_eq!(preferred("中;q=x,,;q="), None);
    }
}
