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
        /// Broken or spoiled goods.
        Damage = "damage",
        Count = "count",
        Return = "return",
        Correction = "correction",
        /// An imported file was applied, or the initial stock was recorded.
        Import = "import",
        /// A canceled order. This one and those below move the stock of an order; staff cannot choose them.
        Cancellation = "cancellation",
        /// An order that was paid after it had expired takes its goods again.
        Revival = "revival",
        /// A parcel that was refused at the door.
        Refusal = "refusal",
        /// Units of an order that will not be sent.
        Withdrawal = "withdrawal",
    }
}

impl Reason {
    /// The reasons that staff can choose.
    pub const OF_STAFF: [Self; 5] = [Self::Delivery, Self::Damage, Self::Count, Self::Return, Self::Correction];

    /// Returns whether it moves the stock of an order, which staff cannot undo.
    pub fn is_of_order(self) -> bool {
        matches!(self, Self::Cancellation | Self::Revival | Self::Refusal | Self::Withdrawal)
    }

    /// Returns the name that staff read.
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
    /// The change of the stock; never zero.
    pub delta: i32,
    /// The code of the reason, as from [`Reason::code`].
    pub reason: &'static str,
    pub staff_id: Option<UserId>,
    /// At most 500 characters.
    pub note: String,
}

codes! {
    #[derive(Default)]
    pub enum StockFilter {
        #[default]
        All = "all",
        /// SKUs on sale that are low or sold out.
        Low = "low",
        /// SKUs on sale that are sold out.
        Out = "out",
        /// SKUs that are not on sale.
        Inactive = "inactive",
    }
}

codes! {
    #[derive(Default)]
    pub enum StockSort {
        #[default]
        Code = "code",
        Name = "name",
        /// Newest first.
        Newest = "newest",
        /// Least stock first, as of about a minute ago.
        Stock = "stock",
        /// Most sold in 30 days first, as of about a minute ago.
        Sold = "sold",
        /// Fewest days left first, as of about a minute ago.
        Days = "days",
    }
}

impl StockSort {
    /// Returns whether it sorts by `sku_figures`, which is refreshed every minute.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Stock | Self::Sold | Self::Days)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockCursor {
    First,
    /// The page after this SKU.
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
    pub velocity: SalesVelocity,
    pub status: StockStatus,
    pub offer: SkuOffer,
}

/// The cursor of a page in the ledger of a SKU: the page has events older than both ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerCursor {
    pub movement: i64,
    /// The id of an order, older than which are the sales of the page.
    pub sale: i64,
}

impl LedgerCursor {
    /// The cursor of the first page.
    pub const NEWEST: Self = Self { movement: i64::MAX, sale: i64::MAX };

    /// Returns the cursor after a page that has these events and begins at `self`.
    #[must_use]
    pub fn after(self, events: &[StockEvent]) -> Self {
        let movement = events.iter().filter_map(|event| event.movement).min();
        let sale = events.iter().filter_map(|event| event.sale).min();
        Self { movement: movement.unwrap_or(self.movement), sale: sale.unwrap_or(self.sale) }
    }
}

impl StockEvent {
    /// Returns whether the movement can be undone.
    pub fn can_be_undone(&self) -> bool {
        self.movement.is_some()
            && self.undoes.is_none()
            && !self.undone
            && !self.reason.is_some_and(Reason::is_of_order)
    }
}

/// Units of a SKU in unpaid orders. They are deducted from the stock, and return if the orders are canceled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReservedStock {
    pub count: i64,
    pub orders: i64,
}

impl StockLine {
    /// Returns the days that the stock lasts at the sales of the last 30 days; `None` if none was sold.
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
    /// The stock after this change.
    #[diesel(sql_type = BigInt)]
    pub balance: i64,
    /// The id of the movement that this one undoes.
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
    /// The name of the member of staff, or of the shopper of the order.
    #[diesel(sql_type = Nullable<Text>)]
    pub by: Option<String>,
    #[diesel(sql_type = Text)]
    pub note: String,
}
