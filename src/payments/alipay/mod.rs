//! Alipay, public key mode: computer page and phone page, query, close, refund, refund query, notifications.
//!
//! What is known of its protocol, with sources: docs/payments.md.

mod call;
mod keys;
mod notification;
mod response;
#[cfg(test)]
mod tests;

pub use call::{Alipay, AlipaySettings, PayPage};
pub use keys::{PrivateKey, PublicKey};
pub use notification::{MAX_NOTIFICATION_LEN, Notification, NotificationError, notification_fields};
