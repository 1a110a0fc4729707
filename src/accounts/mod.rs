//! Accounts: users, passwords, sessions, the second factor of staff, and address books.

mod actions;
mod address_book;
mod blocked_contacts;
mod current_user;
mod demo;
mod erasure;
pub mod forms;
mod login_throttle;
mod model;
pub mod pages;
mod passwords;
mod queries;
mod rules;
mod second_factor;
mod staff_session;

pub use actions::{
    NameTaken, StaffChange, StaffChangeError, change_staff, create_customer, create_user, disable_user, enable_user,
    record_sign_in, set_password,
};
pub use address_book::{AddressBookFull, add_address, add_address_once, make_default, remove_address, save_address};
pub use blocked_contacts::{
    BlockRefusal, BlockedContact, ContactKind, NewBlockedContact, OrderContacts, block_contact, blocked_contacts,
    blocks_of, phone_key_of, unblock_contact,
};
pub use current_user::{
    AccountLoader, Admin, AdminRequest, OnSignIn, SessionClaim, Shopper, ShopperRequest, Staff, StaffRequest,
    current_user, renew_session, return_path,
};
pub use demo::{DEMO_SIGN_INS, DemoSignIn};
pub use erasure::{ErasedPerson, digest_blocked_contacts, erase_account, is_erased, lock_for_erasure, person_to_erase};
pub use forms::SecondFactorForm;
pub use login_throttle::{PasswordCheck, forget_attempts, verify_own_password};
pub use model::{Address, NewAddress, NewUser, Role, StaffMember, User};
pub use pages::{NeedsPassword, require_password};
pub use passwords::{hash_password, unknown_password_hash};
pub use queries::{
    OrderingUser, address_of, addresses_of, lock_ordering_users, staff_members, staff_user_by_login, staff_users,
    user_by_id, user_by_name, users_by_id,
};
pub use rules::{MAX_ADDRESSES, ParseUsernameError, Username, WeakPassword, check_password};
pub use second_factor::{
    CodeCheck, RecoveryCode, SecondFactor, SecondFactorKey, TotpSecret, lacks_required_second_factor,
    new_recovery_codes, remove_second_factor, second_factor, second_factor_required, set_second_factor_required,
    turn_on_second_factor, verify_code,
};
pub use staff_session::{has_recent_password, staff_session_is_active, staff_session_is_open};
