//! Pages about accounts: the accounts of all staff (for admins), the second factor of one's own account, and the
//! blocked contacts.

mod blocked_contacts;
mod staff;
mod two_factor;

pub(in crate::admin) use blocked_contacts::{block, refusal as block_refusal};
pub use blocked_contacts::{block_contact, blocked_contacts, unblock_contact};
pub use staff::{change_role, close_account, decide_two_factor, reopen_account, reset_two_factor, staff};
pub(in crate::admin) use two_factor::TWO_FACTOR;
pub use two_factor::{turn_off_two_factor, turn_on_two_factor, two_factor};
