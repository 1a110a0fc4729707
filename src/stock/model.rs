//! Rows and view structs of the stock pages.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use super::rules::{SalesVelocity, StockStatus};
use crate::{
    catalog::SkuOffer,
    kernel::{Money, OrderNumber, SkuId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::stock_movements,
};

codes! {
    /// Why the stock changed, if not by a sale.
    pub enum Reason {
        Delivery = "delivery",
        /// Goods were found broken or spoiled.
        Damage = "damage",
        Count = "count",
        Return = "return",
        Correction = "correction",
        /// An imported file was applied, or the initial stock was recorded.
        Import = "import",
        /// An order was canceled, so its units are back in the stock. Staff cannot choose this reason
        /// ([`Reason::OF_STAFF`]).
        Cancellation = "cancellation",
        /// An order was paid after it had been canceled for non-payment, so its units are taken from the stock again.
        Revival = "revival",
        /// The recipient refused the parcel, so its units are back in the stock.
        Refusal = "refusal",
        /// Units were taken out of an order before it was sent, so they are back in the stock.
        Withdrawal = "withdrawal",
    }
}

impl Reason {
    /// The reasons that staff can choose.
    pub const OF_STAFF: [Self; 5] = [Self::Delivery, Self::Damage, Self::Count, Self::Return, Self::Correction];

    /// Returns whether a stock movement with this reason belongs to an order; staff cannot undo such a movement.
    pub fn is_of_order(self) -> bool {
        matches!(self, Self::Cancellation | Self::Revival | Self::Refusal | Self::Withdrawal)
    }

    /// Returns the name of the reason for staff.
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
    /// The code of the reason, a result of [`Reason::code`].
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
        /// Sorted by stock, the lowest first; the numbers may be a minute old.
        Stock = "stock",
        /// Sorted by units sold in 30 days, the most first; the numbers may be a minute old.
        Sold = "sold",
        /// Sorted by how many days the stock will last, the fewest first; the numbers may be a minute old.
        Days = "days",
    }
}

impl StockSort {
    /// Returns whether the list is sorted by a column of the table `sku_figures`, which is updated every minute.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Stock | Self::Sold | Self::Days)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockCursor {
    First,
    /// Show the page that begins after this SKU.
    After(SkuId),
    /// Show the page that ends before this SKU.
    Before(SkuId),
}

#[derive(Clone, Debug)]
pub struct StockLine {
    pub code: String,
    pub stock: i32,
    pub sales: i64,
    pub low_stock_at: i32,
    /// The place of the SKU in the store room; may be empty.
    pub shelf_place: String,
    /// The cost of a unit for the shop; `None` if it is not known.
    pub cost: Option<Money>,
    pub velocity: SalesVelocity,
    pub status: StockStatus,
    pub offer: SkuOffer,
}

/// The position of a page in the ledger of a SKU (all changes of its stock): the page shows movements and sales with
/// smaller ids than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerCursor {
    pub movement: i64,
    /// The id of an order; the page shows the sales of orders with smaller ids.
    pub sale: i64,
}

impl LedgerCursor {
    /// The cursor of the first page.
    pub const NEWEST: Self = Self { movement: i64::MAX, sale: i64::MAX };

    /// Returns the cursor of the page that follows a page with the cursor `self` and these events.
    #[must_use]
    pub fn after(self, events: &[StockEvent]) -> Self {
        let movement = events.iter().filter_map(|event| event.movement).min();
        let sale = events.iter().filter_map(|event| event.sale).min();
        Self { movement: movement.unwrap_or(self.movement), sale: sale.unwrap_or(self.sale) }
    }
}

impl StockEvent {
    /// Returns whether staff can undo this event: it is a stock movement, does not belong to an order, and is not
    /// undone yet.
    pub fn can_be_undone(&self) -> bool {
        self.movement.is_some()
            && self.undoes.is_none()
            && !self.undone
            && self.order.is_none()
            && !self.reason.is_some_and(Reason::is_of_order)
    }
}

/// Units of a SKU in orders that wait to be paid. They are no longer in the stock, and come back if the orders are
/// canceled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReservedStock {
    pub count: i64,
    pub orders: i64,
}

impl StockLine {
    /// Returns for how many days the stock will last at the speed of sales of the last 30 days; `None` if nothing was
    /// sold.
    pub fn days_left(&self) -> Option<i64> {
        self.velocity.days_left(self.stock)
    }
}

/// A change of a SKU's stock in its ledger: a stock movement or a sale.
#[derive(Clone, Debug, QueryableByName)]
pub struct StockEvent {
    /// The id of the stock movement; `None` for a sale.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub movement: Option<i64>,
    /// The id of the order; `None` for a stock movement.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sale: Option<i64>,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// The stock after this event.
    #[diesel(sql_type = BigInt)]
    pub balance: i64,
    /// The id of the movement that this one undoes; `None` if it undoes none.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub undoes: Option<i64>,
    #[diesel(sql_type = Bool)]
    pub undone: bool,
    #[diesel(sql_type = Integer)]
    pub delta: i32,
    /// The reason of the stock movement; `None` for a sale.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<Reason>,
    #[diesel(sql_type = Nullable<Text>)]
    pub order: Option<OrderNumber>,
    /// The username of the member of staff who changed the stock, or of the shopper who ordered; `None` for a change by
    /// the program.
    #[diesel(sql_type = Nullable<Text>)]
    pub by: Option<String>,
    #[diesel(sql_type = Text)]
    pub note: String,
}
