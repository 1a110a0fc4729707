//! What the application holds on to, for those who are given only a request.

use actix_web::{HttpRequest, web::Data};
use std::any::type_name;

use super::PageError;

/// The one of its kind that `app` has put in.
///
/// # Errors
/// The application was put together without it.
pub fn app_data<T: 'static>(req: &HttpRequest) -> Result<Data<T>, PageError> {
    let missing = || PageError::internal(format!("the shop was put together without {}", type_name::<T>()));
    req.app_data::<Data<T>>().cloned().ok_or_else(missing)
}
