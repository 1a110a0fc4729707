//! Who people are, how they prove it, and where their goods go.

mod address_book;
mod cookie_lifetimes;
mod login_throttle;
mod sessions;
mod sign_in;
mod staff_sessions;
mod two_factor;
