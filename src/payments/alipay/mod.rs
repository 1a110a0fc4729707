//! The gateway of Alipay in public key mode: pages on which buyers pay with a computer or phone, queries, closing,
//! refunds, notifications and bills.
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
