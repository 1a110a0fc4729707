//! Reconciliation: checks that stock, sales and the amounts of orders add up, and a record of each run.

mod checks;
mod runs;

pub use checks::{Book, Disagreement, Finding, check_books};
pub use runs::{
    Asked, Entry, MOST_KEPT_ROWS, Reconciliation, Standing, ask_books, begin_reconciliation, books_are_being_asked,
    keep_reconciliation, last_reconciliations, standing_of_books, take_turn_at_books,
};
