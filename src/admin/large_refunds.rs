//! Refunds from `REFUND_PASSWORD_FROM` on need the password again.

use actix_web::{HttpRequest, HttpResponse};

use crate::{
    accounts::{self, NeedsPassword, User},
    config::Config,
    kernel::Money,
    platform::db::Db,
    web::{Fields, Page, PageError},
};

/// Whether a refund of `amount` needs the password: not if it was entered again in the last five minutes.
pub(super) async fn needs_password(req: &HttpRequest, amount: Money, config: &Config) -> Result<bool, PageError> {
    let is_large = !amount.is_zero() && amount >= config.refund_password_from;
    Ok(is_large && !accounts::has_recent_password(req).await?)
}

/// A page that asks for the password and then sends `typed` to the same path again. Call it before anything is changed.
pub(super) async fn require_password(
    req: &HttpRequest,
    page: Page,
    person: &User,
    typed: &Fields,
    amount: Money,
    db: &Db,
) -> Result<HttpResponse, PageError> {
    accounts::require_password(req, page, person, Some(typed.clone()), NeedsPassword::Amount(amount), db).await
}
