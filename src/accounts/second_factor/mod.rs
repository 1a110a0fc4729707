//! The second factor of staff: beside the password, a code that changes every half minute (TOTP, RFC 6238), or one of ten
//! recovery codes that work once each. Who has one is signed in only when a code was right.

mod keeping;
mod recovery;
mod secret;
mod trying;

pub(super) use keeping::has_second_factor;
pub use keeping::{
    SecondFactor, misses_second_factor, remove_second_factor, require_second_factor, second_factor,
    second_factor_required, turn_on_second_factor,
};
pub use recovery::{RecoveryCode, draw_recovery_codes};
pub use secret::{FactorKey, FactorSecret};
pub use trying::{TriedCode, try_code};
