//! The second factor of staff: a time-based code from an app (TOTP, RFC 6238), or one of ten single-use recovery codes.

mod recovery_codes;
mod store;
mod totp;
mod verify;

pub use recovery_codes::{RecoveryCode, new_recovery_codes};
pub(super) use store::has_second_factor;
pub use store::{
    SecondFactor, lacks_required_second_factor, remove_second_factor, second_factor, second_factor_required,
    set_second_factor_required, turn_on_second_factor,
};
pub use totp::{SecondFactorKey, TotpSecret};
pub use verify::{CodeCheck, verify_code};
