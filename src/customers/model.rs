//! Rows of customers, and what the pages about them show.

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
    /// The order of the list of customers; the largest or latest first.
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

/// Where a page of the list begins: after the customer with this value in the sorted column, and this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPosition {
    /// The number of orders, the spend in fen, or the time of the last order in microseconds since 1970.
    pub value: i64,
    pub id: UserId,
}

/// Which customers a list shows.
#[derive(Clone, Debug)]
pub struct CustomerSearch {
    /// Each of them is part of a name, an email address or a phone number.
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

/// A customer as the page about them shows it, with figures of now.
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
    /// Returns what was paid and not refunded.
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
