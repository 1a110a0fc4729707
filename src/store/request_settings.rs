use actix_web::HttpRequest;
use std::sync::Arc;

use super::{model::Settings, service::SettingsCache};
use crate::web::{PageError, PageRequest, app_data};

/// Returns the settings of the shop, for code that has only the request.
pub fn settings_of(req: &HttpRequest) -> Result<Arc<Settings>, PageError> {
    Ok(app_data::<SettingsCache>(req)?.get())
}

impl<Audience> PageRequest<Audience> {
    /// Returns the settings of the shop.
    pub fn settings(&self) -> Result<Arc<Settings>, PageError> {
        settings_of(&self.http)
    }
}
