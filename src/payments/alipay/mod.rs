//! Alipay, public key mode: computer page and phone page, query, close, refund, refund query, notifications, bills.
//!
//! What is known of its protocol, with sources: docs/payments.md.

mod bill;
mod call;
mod keys;
mod notification;
mod response;
#[cfg(test)]
mod tests;

pub(super) use bill::BILL_TIME;
pub use call::{Alipay, AlipaySettings, PayPage, beijing};
pub use keys::{PrivateKey, PublicKey};
pub use notification::{MAX_NOTIFICATION_LEN, Notification, NotificationError, notification_fields};
