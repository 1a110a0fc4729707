//! Large changes of stock, for which staff must type their password again.

use crate::{
    accounts::{self, NeedsPassword, StaffRequest},
    web::{Fields, PageError, PageResult},
};

/// Returns whether staff must type their password again to change stocks by `units`, the sum of the absolute
/// differences: if `units` is large by the shop's settings, and the password was not typed in the last five minutes.
pub(super) async fn needs_password(staff: &StaffRequest, units: u64) -> Result<bool, PageError> {
    let is_large = units >= u64::from(staff.settings()?.stock_password_from.unsigned_abs());
    Ok(is_large && !accounts::has_recent_password(&staff.http).await?)
}

/// Responds with a page that asks for the password and then sends the form `typed` to the same path again. Must be
/// called before anything is changed.
pub(super) async fn require_password(staff: StaffRequest, typed: &Fields, units: u64) -> PageResult {
    accounts::require_password(staff, Some(typed.clone()), NeedsPassword::Units(units)).await
}
