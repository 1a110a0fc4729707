//! Plays Alipay's gateway on this machine with keys of its own, so that people can try the shop and pay without money.
//! It shares no code with the shop, because the tests of both would not notice a mistake in shared code.

pub mod amount;
pub mod bill;
pub mod clock;
pub mod config;
pub mod control;
pub mod delivery;
pub mod faults;
pub mod gateway;
pub mod html;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod methods;
pub mod notification;
pub mod overview;
pub mod pay_page;
pub mod random;
pub mod request;
pub mod response;
pub mod server;
pub mod signature;
pub mod state;
pub mod trade;
