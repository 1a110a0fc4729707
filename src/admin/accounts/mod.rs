//! Pages about accounts: those of all staff for admins, and one's own second factor.

mod staff;
mod two_factor;

pub use staff::{change_role, close_account, decide_two_factor, reopen_account, reset_two_factor, staff};
pub(in crate::admin) use two_factor::TWO_FACTOR;
pub use two_factor::{turn_off_two_factor, turn_on_two_factor, two_factor};
