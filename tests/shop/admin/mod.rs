//! Behind the counter, beside the stock: who may come, what was done, the books, and what orders still owe.

mod audit_log;
mod books;
mod doors;
mod first_shop;
mod hostile;
mod orders;
mod outbox;
mod overview;
mod people;
mod pictures;
mod products;
mod shelves;
