//! Orders: what was bought, by whom, for how much, and what becomes of it. An order keeps its own copy of names, prices
//! and address: it says for ever what its shopper read.

mod actions;
mod admin_queries;
mod daily_revenue;
mod model;
pub mod pages;
mod queries;
mod reconciliation;
mod rules;

pub use actions::{NewGoods, NewOrder, cancel_expired, save_orders};
pub use admin_queries::{
    AnybodysOrder, ListedOrder, OrderSearch, ShowOrders, Waiting, anybodys_order, found_orders, waiting_orders,
};
pub use daily_revenue::{Stretch, Takings, forget_days, keep_days, last_days, takings, takings_of_days};
pub use model::{Goods, Holdings, Order, OrderView, Status};
pub use queries::{OrderHistory, numbers_of, order_history, order_of, was_placed_since};
pub use reconciliation::{
    Asked, Book, Disagreement, Entry, Finding, MOST_KEPT_ROWS, Reconciliation, Standing, ask_books,
    begin_reconciliation, books_are_being_asked, check_books, keep_reconciliation, last_reconciliations,
    standing_of_books, take_turn_at_books,
};
pub use rules::waits_to_be_paid;
