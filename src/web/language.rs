//! The languages the shop speaks.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time},
    http::header,
    web::Data,
};

use super::{Fields, PageError, cookies, local_path, see_other};
use crate::{config::Config, platform::clock};

pub use crate::kernel::Language;

impl Language {
    /// What a cookie says was chosen: a code, and after a dot the day on which it was given, counted from 1970.
    pub(super) fn in_cookie(value: &str) -> Option<Self> {
        Self::from_code(value.split('.').next()?)
    }

    /// The cookie that keeps this language for a year from today.
    fn cookie(self, config: &Config) -> Cookie<'static> {
        let value = format!("{}.{}", self.code(), today());
        cookies::plain(config, cookies::LANGUAGE, value, time::Duration::days(365))
    }

    /// The cookie anew that keeps the language that was chosen, where it is of another day.
    pub(super) fn renewed_cookie(req: &HttpRequest) -> Option<Cookie<'static>> {
        let value = cookies::plain_value(req, cookies::LANGUAGE)?;
        let language = Self::in_cookie(&value)?;
        if value.split_once('.').is_some_and(|(_, day)| day.parse() == Ok(today())) {
            return None;
        }
        Some(language.cookie(req.app_data::<Data<Config>>()?))
    }

    /// What the shopper chose, else what the browser asks for first, else the shop's main language, else English.
    pub fn of(req: &HttpRequest) -> Self {
        let chosen = cookies::plain_value(req, cookies::LANGUAGE).and_then(|value| Self::in_cookie(&value));
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
    let language = Language::from_code(fields.raw("language").trim()).ok_or(PageError::BadRequest)?;
    let cookie = language.cookie(&config);
    let mut response = see_other(local_path(fields.get("next")).unwrap_or("/"));
    response.add_cookie(&cookie).map_err(PageError::internal)?;
    Ok(response)
}

/// The day, counted from 1970.
fn today() -> i64 {
    clock::now().timestamp().div_euclid(24 * 3600)
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
