//! Pages of shoppers that join several domains.

pub mod fapiao;
pub mod invoices;
pub mod manifest;
mod notification_queue;
pub mod orders;
pub mod pay_link;
pub mod payments;
mod picture_upload;
pub mod product;
pub mod product_reviews;
pub mod questions;
pub mod returns;
pub mod reviews;
pub mod unsubscription;

pub use notification_queue::NotificationQueue;
pub use product::ProductLoader;
