//! Refunds from `REFUND_PASSWORD_FROM` on need the password again.

use crate::{
    accounts::{self, NeedsPassword, StaffRequest},
    kernel::Money,
    web::{Fields, PageError, PageResult},
};

/// Whether a refund of `amount` needs the password: not if it was entered again in the last five minutes.
pub(super) async fn needs_password(staff: &StaffRequest, amount: Money) -> Result<bool, PageError> {
    let is_large = !amount.is_zero() && amount >= staff.config.refund_password_from;
    Ok(is_large && !accounts::has_recent_password(&staff.http).await?)
}

/// A page that asks for the password and then sends `typed` to the same path again. Call it before anything is changed.
pub(super) async fn require_password(staff: StaffRequest, typed: &Fields, amount: Money) -> PageResult {
    accounts::require_password(staff, Some(typed.clone()), NeedsPassword::Amount(amount)).await
}
