use actix_web::{HttpRequest, web::Data};
use std::any::type_name;

use super::PageError;

/// Returns the value of the type `T` that `app` registered as app data, for code that has only the request; an error if
/// none was registered.
pub fn app_data<T: 'static>(req: &HttpRequest) -> Result<Data<T>, PageError> {
    let missing = || PageError::internal(format!("the shop was put together without {}", type_name::<T>()));
    req.app_data::<Data<T>>().cloned().ok_or_else(missing)
}
