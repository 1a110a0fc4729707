//! Being built.

mod books;

pub use books::{BOOKS, Book, Disagreement, Finding, check as check_book};
