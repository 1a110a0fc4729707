//! What any program on PostgreSQL and Redis needs; nothing here depends on the shop.

pub mod batch_loader;
pub mod clock;
pub mod code128;
pub mod cursor;
pub mod db;
pub mod deadline;
pub mod http_client;
pub mod images;
pub mod link_key;
pub mod mail;
pub mod metrics;
pub mod outbox;
pub mod outbox_errors;
pub mod process;
pub mod random;
pub mod redis;
pub mod store_error;
pub mod telemetry;
