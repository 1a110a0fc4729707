//! Large changes of stock need the password again, from the number of units set by `STOCK_PASSWORD_FROM` on.

use actix_web::{HttpRequest, HttpResponse};

use crate::{
    accounts::{self, NeedsPassword, User},
    config::Config,
    platform::db::Db,
    web::{Fields, Page, PageError},
};

/// Returns whether a change of `units`, the sum of the absolute differences, needs the password: if it is large, and
/// the password was not entered again in the last five minutes.
pub(super) async fn needs_password(req: &HttpRequest, units: u64, config: &Config) -> Result<bool, PageError> {
    Ok(units >= config.stock_password_from && !accounts::has_recent_password(req).await?)
}

/// Responds with a page that asks for the password and then sends the form `typed` to the same path again. Must be
/// called before anything is changed.
pub(super) async fn require_password(
    req: &HttpRequest,
    page: Page,
    person: &User,
    typed: &Fields,
    units: u64,
    db: &Db,
) -> Result<HttpResponse, PageError> {
    accounts::require_password(req, page, person, Some(typed.clone()), NeedsPassword::Units(units), db).await
}
