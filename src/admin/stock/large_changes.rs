//! Large changes of stock need the password again, from the number of units set by `STOCK_PASSWORD_FROM` on.

use crate::{
    accounts::{self, NeedsPassword, StaffRequest},
    web::{Fields, PageError, PageResult},
};

/// Returns whether a change of `units`, the sum of the absolute differences, needs the password: if it is large, and
/// the password was not entered again in the last five minutes.
pub(super) async fn needs_password(staff: &StaffRequest, units: u64) -> Result<bool, PageError> {
    Ok(units >= staff.config.stock_password_from && !accounts::has_recent_password(&staff.http).await?)
}

/// Responds with a page that asks for the password and then sends the form `typed` to the same path again. Must be
/// called before anything is changed.
pub(super) async fn require_password(staff: StaffRequest, typed: &Fields, units: u64) -> PageResult {
    accounts::require_password(staff, Some(typed.clone()), NeedsPassword::Units(units)).await
}
