//! The books of a test's shop.

use till::{
    orders::check_books,
    platform::db,
    web::{Language, Text},
};

use super::Database;

impl Database {
    /// Every book agrees; says which does not, and about what.
    #[track_caller]
    pub fn books_agree(&self) {
        let findings = db::snapshot(&mut self.connect(), |conn| check_books(conn, 5)).unwrap();
        for found in findings {
            let said: Vec<String> = found.rows.iter().map(|row| found.in_words(row)).collect();
            assert!(found.count == 0, "{}\n{}", found.book.rule(Text(Language::En)), said.join("\n"));
        }
    }
}
