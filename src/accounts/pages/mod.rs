//! The pages of the accounts room.

mod account;
mod address_book;
mod again;
mod code;
mod entrance;

pub use account::{account, change_password, password_page};
pub use address_book::{
    add_to_address_book, address_book, address_page, default_of_address_book, remove_from_address_book,
    save_in_address_book,
};
pub use again::{NeedsPassword, again_page, ask_password, sign_in_again};
pub use code::{code_page, give_code};
pub use entrance::{sign_in, sign_in_page, sign_out, sign_up, sign_up_page};
