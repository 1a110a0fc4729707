//! Pages of shoppers that join several domains.

mod notification_queue;
pub mod orders;
pub mod pay_link;
pub mod payments;
pub mod returns;
pub mod unsubscription;

pub use notification_queue::NotificationQueue;
