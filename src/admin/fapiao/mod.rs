//! `/admin/fapiao`: what shoppers ask for, and what staff issue, refuse or reverse.

mod list;
mod request;

pub use list::requests;
pub use request::{file, issue, refuse_request, request, reverse};

/// Returns the URL of the list of requests that wait for staff.
pub(super) fn open_list() -> String {
    list::PATH.to_owned()
}
