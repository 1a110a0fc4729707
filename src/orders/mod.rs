//! Orders: what was bought, by whom, for how much, and what becomes of it. An order keeps its own copy of names, prices
//! and address: it says for ever what its shopper read.

mod actions;
mod books;
mod model;
pub mod pages;
mod queries;
mod reconciliations;
mod rules;

pub use actions::{NewGoods, NewOrder, cancel_expired, save_goods, save_orders};
pub use books::{Book, Disagreement, Finding, check_books};
pub use model::{PayMethod, Status};
pub use queries::numbers_of;
pub use reconciliations::{
    Asked, Entry, MOST_KEPT_ROWS, Reconciliation, Standing, ask_books, begin_reconciliation, books_are_being_asked,
    keep_reconciliation, last_reconciliations, standing_of_books, take_turn_at_books,
};
