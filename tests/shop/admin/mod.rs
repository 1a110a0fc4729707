//! Behind the counter, beside the stock: the books, and what orders still owe.

mod books;
mod outbox;
mod products;
