//! Pages of accounts.

mod account;
mod address_book;
mod reauthenticate;
mod second_factor;
mod sign_in;
mod sign_up;

pub use account::{account, change_password, password_page};
pub use address_book::{
    address_book, address_page, create_address, delete_address, make_default_address, update_address,
};
pub use reauthenticate::{NeedsPassword, reauthenticate, reauthenticate_page, require_password};
pub use second_factor::{check_second_factor, second_factor_page};
pub use sign_in::{sign_in, sign_in_page, sign_out};
pub use sign_up::{sign_up, sign_up_page};
