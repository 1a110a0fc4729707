//! Rows of customers, and the data of the pages about them.

use chrono::{DateTime, Utc};
use diesel::{
    Queryable, QueryableByName,
    sql_types::{BigInt, Nullable, Numeric, Text, Timestamptz},
};

use crate::{
    kernel::{CustomerNoteId, Money, OrderNumber, QuestionId, ReviewId, Stars, UserId, codes},
    messages::Messages,
    orders::Status,
    questions::QuestionStatus,
    reviews::ReviewStatus,
};

codes! {
    /// The sort order of the list of customers; the largest value or the latest time comes first.
    #[derive(Default)]
    pub enum CustomerSort {
        #[default]
        Newest = "newest",
        LastOrder = "last_order",
        Spend = "spend",
        Orders = "orders",
    }
}

impl CustomerSort {
    pub fn label(self, t: &Messages) -> &'static str {
        match self {
            Self::Newest => t.customers_newest(),
            Self::LastOrder => t.customers_last_order(),
            Self::Spend => t.customers_spend(),
            Self::Orders => t.customers_orders(),
        }
    }
}

/// The last customer of a page, after which the next page begins: the value in the sorted column, and the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPosition {
    /// The number of orders, the spend in fen, or the time of the last order in microseconds since 1970 (UTC; 0 without
    /// orders). Always 0 if the list is sorted by sign-up, for which the id is enough.
    pub value: i64,
    pub id: UserId,
}

/// Which customers a list shows, in which order, and after which one the page begins.
#[derive(Clone, Debug)]
pub struct CustomerSearch {
    /// Searched words. Each must occur in the username, the email address, or a recipient or phone number of the
    /// customer.
    pub words: Vec<String>,
    pub sort: CustomerSort,
    pub after: Option<CustomerPosition>,
}

/// A customer in the list.
#[derive(Clone, Debug, QueryableByName)]
pub struct CustomerListItem {
    #[diesel(sql_type = BigInt)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub disabled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    #[diesel(sql_type = Numeric)]
    pub spend: Money,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_order_at: Option<DateTime<Utc>>,
    /// The value of the column by which the list is sorted; see [`CustomerPosition`].
    #[diesel(sql_type = BigInt)]
    pub place: i64,
}

/// A customer with present figures, as the customer's page shows them.
#[derive(Clone, Debug, QueryableByName)]
pub struct Customer {
    #[diesel(sql_type = BigInt)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub disabled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub erased_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    #[diesel(sql_type = Numeric)]
    pub paid: Money,
    #[diesel(sql_type = Numeric)]
    pub refunded: Money,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_order_at: Option<DateTime<Utc>>,
}

impl Customer {
    /// Returns the sum of all payments less the sum of all refunds.
    pub fn spend(&self) -> Money {
        Money::new(self.paid.amount() - self.refunded.amount()).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Queryable)]
pub struct CustomerOrder {
    pub number: OrderNumber,
    pub status: Status,
    pub total_amount: Money,
    pub placed_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable)]
pub struct CustomerReview {
    pub id: ReviewId,
    pub stars: Stars,
    pub status: ReviewStatus,
    pub words: String,
    pub written_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable)]
pub struct CustomerQuestion {
    pub id: QuestionId,
    pub status: QuestionStatus,
    pub asked_at: DateTime<Utc>,
}

/// A note of staff about a customer.
#[derive(Clone, Debug, Queryable)]
pub struct CustomerNote {
    pub id: CustomerNoteId,
    pub staff_id: UserId,
    pub staff: String,
    pub words: String,
    pub written_at: DateTime<Utc>,
}
