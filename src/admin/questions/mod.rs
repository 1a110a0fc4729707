//! `/admin/questions`: what shoppers and guests ask, and the answers of staff.

mod list;
mod thread;

pub use list::questions;
pub use thread::{answer, close, picture, question};

/// Returns the URL of the list of questions that wait for an answer.
pub(super) fn open_list() -> String {
    list::PATH.to_owned()
}
