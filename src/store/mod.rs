//! The settings of the shop that admins change on a page: its name and contacts, terms of orders, and which acts of
//! staff ask for their password again. One row of the database holds them; each process has a copy, at most about a
//! second old.

mod actions;
mod forms;
mod model;
mod queries;
mod request_settings;
mod rules;
mod service;

pub use actions::{create, save};
pub use model::{NewSettings, Settings};
pub use queries::settings_or_first;
pub use request_settings::settings_of;
pub use service::SettingsCache;
