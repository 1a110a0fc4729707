//! Customers: the export and erasure of all data about a shopper, the list of customers with their figures, and the
//! notes of staff about them.

mod erasure;
mod export;
pub mod forms;
mod model;
mod notes;
pub mod pages;
mod queries;
mod refreshing;
mod service;

pub use erasure::{ErasureOutcome, OpenMatters, erase_customer, erased_name};
pub use export::{ExportedData, exported_data};
pub use model::{
    Customer, CustomerListItem, CustomerNote, CustomerOrder, CustomerPosition, CustomerQuestion, CustomerReview,
    CustomerSearch, CustomerSort,
};
pub use notes::{NoteRemoval, add_note, notes_of, remove_note};
pub use queries::{customer, customer_by_id, customers_matching, latest_orders, latest_questions, latest_reviews};
pub use refreshing::follow_customers;
pub use service::{erase, erase_later, zip_of};

/// The kind of the outbox job that completes the erasure of a customer.
pub const ERASE_CUSTOMER: &str = "erase_customer";
