//! The books of a test's shop.

use till::orders::{BOOKS, check_book};

use super::Database;

impl Database {
    /// Every book agrees; says which does not, and about what.
    #[track_caller]
    pub fn books_agree(&self) {
        let conn = &mut self.connect();
        for book in BOOKS {
            let found = check_book(conn, book, 5).unwrap();
            let said: Vec<String> = found.rows.iter().map(|row| found.in_words(row)).collect();
            assert!(found.count == 0, "{}\n{}", found.book.rule, said.join("\n"));
        }
    }
}
