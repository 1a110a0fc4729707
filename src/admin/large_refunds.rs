//! Large refunds, for which staff must type their password again.

use crate::{
    accounts::{self, NeedsPassword, StaffRequest},
    kernel::Money,
    web::{Fields, PageError, PageResult},
};

/// Returns whether the member of staff must type the password again for a refund of `amount`: if the amount is large by
/// the shop's settings, and the password was not typed in the last five minutes.
pub(super) async fn needs_password(staff: &StaffRequest, amount: Money) -> Result<bool, PageError> {
    let is_large = !amount.is_zero() && amount >= staff.settings()?.refund_password_from;
    Ok(is_large && !accounts::has_recent_password(&staff.http).await?)
}

/// Responds with a page that asks for the password and then sends the form `typed` to the same path again. Call it
/// before anything is written.
pub(super) async fn require_password(staff: StaffRequest, typed: &Fields, amount: Money) -> PageResult {
    accounts::require_password(staff, Some(typed.clone()), NeedsPassword::Amount(amount)).await
}
