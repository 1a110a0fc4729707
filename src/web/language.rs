use actix_web::{
    HttpRequest,
    cookie::{Cookie, time},
    http::header,
    web::Data,
};

use super::{Fields, PageError, PageResult, cookies, local_path, see_other};
use crate::{config::Config, kernel::Language, platform::clock};

/// The query parameter that selects the language of a page, so that a page has a URL of its own in each language.
const PARAMETER: &str = "lang=";

impl Language {
    /// Parses the value of the language cookie: a language code, a dot, and the day on which the cookie was set, in
    /// days since 1970. `None` for an unknown language.
    pub(super) fn in_cookie(value: &str) -> Option<Self> {
        Self::from_code(value.split('.').next()?)
    }

    /// Makes the cookie that stores this language for a year.
    fn cookie(self, config: &Config) -> Cookie<'static> {
        let value = format!("{}.{}", self.code(), today());
        cookies::plain(config, cookies::LANGUAGE, value, time::Duration::days(365))
    }

    /// Returns the request's language cookie with a new age of a year; `None` if it was set today, is missing or
    /// invalid.
    pub(super) fn renewed_cookie(req: &HttpRequest) -> Option<Cookie<'static>> {
        let value = cookies::plain_value(req, cookies::LANGUAGE)?;
        let language = Self::in_cookie(&value)?;
        if value.split_once('.').is_some_and(|(_, day)| day.parse() == Ok(today())) {
            return None;
        }
        Some(language.cookie(req.app_data::<Data<Config>>()?))
    }

    /// Returns the main language of the shop: `SHOP_LANGUAGE`, or English if that is unset. URLs without `lang` are
    /// those of the main language for search engines.
    pub fn main(config: &Config) -> Self {
        config.shop_language.unwrap_or(Self::En)
    }

    /// Returns the language that a query string selects; `None` if it selects no known one.
    pub fn in_query(query: &str) -> Option<Self> {
        query.split('&').find_map(|pair| Self::from_code(pair.strip_prefix(PARAMETER)?))
    }

    /// Returns the language of the page: that in the query (`?lang=zh`), else in the cookie, else the best in
    /// `Accept-Language`, else the main language. The query does not change the cookie.
    pub fn of(req: &HttpRequest) -> Self {
        let addressed = || Self::in_query(req.query_string());
        let chosen = || cookies::plain_value(req, cookies::LANGUAGE).and_then(|value| Self::in_cookie(&value));
        let asked =
            || req.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| Self::preferred(value.to_str().ok()?));
        let main = || req.app_data::<Data<Config>>().map_or(Self::En, |config| Self::main(config));
        addressed().or_else(chosen).or_else(asked).unwrap_or_else(main)
    }
}

/// `POST /language`: stores the chosen `language` in a cookie and redirects to the path in `next`; 400 for an unknown
/// language.
pub async fn change_language(fields: Fields, config: Data<Config>) -> PageResult {
    let language = Language::from_code(fields.raw("language").trim()).ok_or(PageError::BadRequest)?;
    let cookie = language.cookie(&config);
    let mut response = see_other(local_path(fields.get("next")).unwrap_or("/"));
    response.add_cookie(&cookie).map_err(PageError::internal)?;
    Ok(response)
}

/// Returns the days from 1970-01-01 to today.
fn today() -> i64 {
    clock::now().timestamp().div_euclid(24 * 3600)
}
