//! Large refunds need the password again.

use crate::{
    accounts::{self, NeedsPassword, StaffRequest},
    kernel::Money,
    web::{Fields, PageError, PageResult},
};

/// Whether the member of staff must enter the password for a refund of `amount`: if it is large by the shop's settings,
/// and the password was not entered in the last five minutes.
pub(super) async fn needs_password(staff: &StaffRequest, amount: Money) -> Result<bool, PageError> {
    let is_large = !amount.is_zero() && amount >= staff.settings()?.refund_password_from;
    Ok(is_large && !accounts::has_recent_password(&staff.http).await?)
}

/// Responds with a page that asks for the password and then submits the form `typed` to the same path again. Must be
/// called before anything is written.
pub(super) async fn require_password(staff: StaffRequest, typed: &Fields, amount: Money) -> PageResult {
    accounts::require_password(staff, Some(typed.clone()), NeedsPassword::Amount(amount)).await
}
