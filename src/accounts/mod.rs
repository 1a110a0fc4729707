//! Accounts: who people are, how they prove it, and where their goods go.

mod actions;
mod address_book;
mod attempts;
mod demo;
pub mod forms;
mod model;
pub mod pages;
mod passwords;
mod queries;
mod rules;
mod second_factor;
mod shift;
mod visitor;

pub use actions::{
    NotChanged, StaffChange, Taken, change_staff, create_person, disable, enable, note_sign_in, set_password,
};
pub use address_book::{AddressBookFull, add_address, add_address_once, make_default, remove_address, save_address};
pub use attempts::{Tried, try_own_password};
pub use demo::{DEMO_SIGN_INS, DemoSignIn};
pub use forms::FactorForm;
pub use model::{Address, NewAddress, NewPerson, Person, Role, StaffMember};
pub use pages::{NeedsPassword, ask_password};
pub use passwords::hash_password;
pub use queries::{
    address_books, address_of, addresses_of, one_behind_the_counter, people, people_behind_the_counter, people_in_turn,
    person, staff_members,
};
pub use rules::{MOST_ADDRESSES, NotAUsername, Username, WeakPassword, check_password};
pub use second_factor::{
    FactorKey, FactorSecret, RecoveryCode, SecondFactor, TriedCode, draw_recovery_codes, misses_second_factor,
    remove_second_factor, require_second_factor, second_factor, second_factor_required, try_code,
    turn_on_second_factor,
};
pub use shift::{password_given_lately, shift_goes_on};
pub use visitor::{Admin, Claim, OnSignIn, People, Shopper, Staff, go_on, way_back, who};
