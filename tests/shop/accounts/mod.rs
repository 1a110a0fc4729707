//! Accounts: sign-up and sign-in, sessions, the second factor, address books.

mod address_book;
mod cookie_lifetimes;
mod login_throttle;
mod sessions;
mod sign_in;
mod staff_sessions;
mod two_factor;
