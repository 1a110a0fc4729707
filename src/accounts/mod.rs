//! Accounts: who people are, how they prove it, and where their goods go.

mod actions;
mod address_book;
mod attempts;
pub mod forms;
mod model;
pub mod pages;
mod passwords;
mod queries;
mod rules;
mod visitor;

pub use actions::{
    NotChanged, StaffChange, Taken, change_staff, create_person, disable, enable, note_sign_in, set_password,
};
pub use address_book::{AddressBookFull, add_address, make_default, remove_address, save_address};
pub use model::{Address, NewAddress, NewPerson, Person, Role, StaffMember};
pub use passwords::hash_password;
pub use queries::{
    address_books, address_of, addresses_of, one_behind_the_counter, people, people_behind_the_counter, person,
    staff_members,
};
pub use rules::{MOST_ADDRESSES, NotAUsername, Username, WeakPassword, check_password};
pub use visitor::{Admin, Claim, OnSignIn, People, Shopper, Staff, who};
