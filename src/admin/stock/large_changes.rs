//! A change of stock from a set bound on takes the password again, whatever form or file it comes with.

use actix_web::{HttpRequest, HttpResponse};

use crate::{
    accounts::{self, NeedsPassword, User},
    config::Config,
    platform::db::Db,
    web::{Fields, Page, PageError},
};

/// Whether the password must be given before so many units may change: the differences added up, each without its sign.
/// Where it was given again in the last five minutes it need not be.
pub(super) async fn needs_password(req: &HttpRequest, units: u64, config: &Config) -> Result<bool, PageError> {
    Ok(units >= config.stock_password_from && !accounts::has_recent_password(req).await?)
}

/// The answer where it must: a page that asks for it and, when it was right, has the browser send `typed` to this address
/// again. Nothing may have been changed yet.
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
