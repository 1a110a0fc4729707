//! Rows and view structs of the stock pages.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use super::rules::{SalesVelocity, StockStatus};
use crate::{
    catalog::SkuOffer,
    kernel::{OrderNumber, SkuId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::stock_movements,
};

codes! {
    /// The reason of a change of stock other than a sale.
    pub enum Reason {
        Delivery = "delivery",
        /// Goods were found broken or spoiled.
        Damage = "damage",
        Count = "count",
        Return = "return",
        Correction = "correction",
        /// An imported file was applied, or the initial stock was recorded.
        Import = "import",
        /// An order was canceled, so its units are back. Staff cannot choose this reason or the ones below.
        Cancellation = "cancellation",
        /// An order was paid after it had expired, so its units are taken again.
        Revival = "revival",
        /// The recipient refused the parcel, so its units are back.
        Refusal = "refusal",
        /// Units of an order were withdrawn before it was sent.
        Withdrawal = "withdrawal",
    }
}

impl Reason {
    /// The reasons that staff can choose.
    pub const OF_STAFF: [Self; 5] = [Self::Delivery, Self::Damage, Self::Count, Self::Return, Self::Correction];

    /// Returns whether the reason belongs to an order; such a movement cannot be undone by staff.
    pub fn is_of_order(self) -> bool {
        matches!(self, Self::Cancellation | Self::Revival | Self::Refusal | Self::Withdrawal)
    }

    /// Returns the name of the reason that staff read.
    pub fn label(self, t: Messages) -> &'static str {
        match self {
            Self::Delivery => t.reason_delivery(),
            Self::Damage => t.reason_damage(),
            Self::Count => t.reason_count(),
            Self::Return => t.reason_return(),
            Self::Correction => t.reason_correction(),
            Self::Import => t.reason_import(),
            Self::Cancellation => t.reason_cancellation(),
            Self::Revival => t.reason_revival(),
            Self::Refusal => t.reason_refusal(),
            Self::Withdrawal => t.reason_withdrawal(),
        }
    }
}

sql_enum!(Reason);

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = stock_movements)]
pub struct NewMovement {
    pub sku_id: SkuId,
    /// The number of units by which the stock changes; never zero.
    pub delta: i32,
    /// The code of the reason, as from [`Reason::code`].
    pub reason: &'static str,
    pub staff_id: Option<UserId>,
    /// A note about the change, at most 500 characters; may be empty.
    pub note: String,
}

codes! {
    #[derive(Default)]
    pub enum StockFilter {
        #[default]
        All = "all",
        /// SKUs on sale whose stock is low or 0.
        Low = "low",
        /// SKUs on sale whose stock is 0.
        Out = "out",
        /// SKUs that are not on sale: inactive, or of an unpublished SPU.
        Inactive = "inactive",
    }
}

codes! {
    #[derive(Default)]
    pub enum StockSort {
        #[default]
        Code = "code",
        Name = "name",
        /// Sorted by when the SKU was added, the newest first.
        Newest = "newest",
        /// Sorted by stock, the least first, by figures that may be a minute old.
        Stock = "stock",
        /// Sorted by sales in 30 days, the most first, by figures that may be a minute old.
        Sold = "sold",
        /// Sorted by how many days the stock will last, the fewest first, by figures that may be a minute old.
        Days = "days",
    }
}

impl StockSort {
    /// Returns whether the order uses the table `sku_figures`, which is refreshed every minute.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Stock | Self::Sold | Self::Days)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockCursor {
    First,
    /// The page that begins after this SKU.
    After(SkuId),
    /// The page that ends before this SKU.
    Before(SkuId),
}

#[derive(Clone, Debug)]
pub struct StockLine {
    pub code: String,
    pub stock: i32,
    pub sales: i64,
    pub low_stock_at: i32,
    /// Where the SKU lies in the store room; may be empty.
    pub shelf_place: String,
    pub velocity: SalesVelocity,
    pub status: StockStatus,
    pub offer: SkuOffer,
}

/// The position of a page in the ledger of a SKU: it shows movements and sales older than these two ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerCursor {
    pub movement: i64,
    /// The id of an order; the page shows the sales of older orders.
    pub sale: i64,
}

impl LedgerCursor {
    /// The cursor of the first page.
    pub const NEWEST: Self = Self { movement: i64::MAX, sale: i64::MAX };

    /// Returns the cursor of the next page, after a page with these events whose own cursor is `self`.
    #[must_use]
    pub fn after(self, events: &[StockEvent]) -> Self {
        let movement = events.iter().filter_map(|event| event.movement).min();
        let sale = events.iter().filter_map(|event| event.sale).min();
        Self { movement: movement.unwrap_or(self.movement), sale: sale.unwrap_or(self.sale) }
    }
}

impl StockEvent {
    /// Returns whether staff can undo this event: a movement, not of an order, that is not undone yet.
    pub fn can_be_undone(&self) -> bool {
        self.movement.is_some()
            && self.undoes.is_none()
            && !self.undone
            && self.order.is_none()
            && !self.reason.is_some_and(Reason::is_of_order)
    }
}

/// Units of a SKU in unpaid orders. They are no longer in the stock, and come back if the orders are canceled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReservedStock {
    pub count: i64,
    pub orders: i64,
}

impl StockLine {
    /// Returns for how many days the stock will last at the sales of the last 30 days; `None` if nothing was sold.
    pub fn days_left(&self) -> Option<i64> {
        self.velocity.days_left(self.stock)
    }
}

/// A change of a SKU's stock in its ledger: a movement or a sale.
#[derive(Clone, Debug, QueryableByName)]
pub struct StockEvent {
    /// The id of the movement; `None` for a sale.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub movement: Option<i64>,
    /// The id of the order; `None` for a movement.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sale: Option<i64>,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// The stock after this event.
    #[diesel(sql_type = BigInt)]
    pub balance: i64,
    /// The id of the movement that this movement undoes; `None` for others.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub undoes: Option<i64>,
    #[diesel(sql_type = Bool)]
    pub undone: bool,
    #[diesel(sql_type = Integer)]
    pub delta: i32,
    /// The reason of the movement; `None` for a sale.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<Reason>,
    #[diesel(sql_type = Nullable<Text>)]
    pub order: Option<OrderNumber>,
    /// The username of the member of staff who changed the stock, or of the shopper who bought; `None` if nobody did.
    #[diesel(sql_type = Nullable<Text>)]
    pub by: Option<String>,
    #[diesel(sql_type = Text)]
    pub note: String,
}
