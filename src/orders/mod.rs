//! Being built.

mod books;

pub use books::{Book, Disagreement, Finding, check_books};
