//! Rows of the stock room.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::rules::{SalesVelocity, StockStatus};
use crate::{
    catalog::SkuOffer,
    kernel::{OrderNumber, SkuId, UserId},
    messages::Messages,
    platform::db::kept_as_code,
    schema::stock_movements,
};

/// Why stock changed without a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Goods came in.
    Delivery,
    /// Goods broke or spoiled.
    Damage,
    /// Somebody counted the shelf.
    Count,
    /// A customer brought something back.
    Return,
    /// An earlier entry was wrong.
    Correction,
    /// Read from a file, or there from the start.
    Import,
    /// An order was canceled; written by the shop itself.
    Cancellation,
}

impl Reason {
    /// Those that staff can give.
    pub const OF_STAFF: [Self; 5] = [Self::Delivery, Self::Damage, Self::Count, Self::Return, Self::Correction];

    const ALL: [Self; 7] =
        [Self::Delivery, Self::Damage, Self::Count, Self::Return, Self::Correction, Self::Import, Self::Cancellation];

    /// As the database and a form call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Damage => "damage",
            Self::Count => "count",
            Self::Return => "return",
            Self::Correction => "correction",
            Self::Import => "import",
            Self::Cancellation => "cancellation",
        }
    }

    /// `None` where nobody knows the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The name that staff read.
    pub fn label(self, t: Messages) -> &'static str {
        match self {
            Self::Delivery => t.reason_delivery(),
            Self::Damage => t.reason_damage(),
            Self::Count => t.reason_count(),
            Self::Return => t.reason_return(),
            Self::Correction => t.reason_correction(),
            Self::Import => t.reason_import(),
            Self::Cancellation => t.reason_cancellation(),
        }
    }
}

kept_as_code!(Reason, Reason::from_code);

/// A movement to be written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = stock_movements)]
pub struct NewMovement {
    /// What moved.
    pub sku_id: SkuId,
    /// How many came (above zero) or went (below). Never zero: the database refuses it.
    pub delta: i32,
    /// [`Reason::code`].
    pub reason: &'static str,
    /// Who did it.
    pub staff_id: Option<UserId>,
    /// In their own words, at most 500 characters.
    pub note: String,
}

/// Which SKUs the stock page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockFilter {
    /// All of them.
    All,
    /// Those on sale with little or nothing left.
    Low,
    /// Those on sale with nothing left.
    Out,
    /// Those that are not on sale.
    Inactive,
}

impl StockFilter {
    /// All of them, in the order a page offers them.
    pub const ALL: [Self; 4] = [Self::All, Self::Low, Self::Out, Self::Inactive];

    /// As the query string calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Low => "low",
            Self::Out => "out",
            Self::Inactive => "inactive",
        }
    }

    /// Everything, where nobody knows the code.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.code() == code).unwrap_or(Self::All)
    }
}

/// What the stock page is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockSort {
    /// By code.
    Code,
    /// By name.
    Name,
    /// The newest first.
    Newest,
    /// The least stock first, as it was a moment ago.
    Stock,
    /// What sold most in 30 days first, as it was a moment ago.
    Sold,
    /// What will be gone soonest first, as it was a moment ago.
    Days,
}

impl StockSort {
    /// All of them, in the order a page offers them.
    pub const ALL: [Self; 6] = [Self::Code, Self::Name, Self::Newest, Self::Stock, Self::Sold, Self::Days];

    /// As the query string calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Newest => "newest",
            Self::Stock => "stock",
            Self::Sold => "sold",
            Self::Days => "days",
        }
    }

    /// By code, where nobody knows this one.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.code() == code).unwrap_or(Self::Code)
    }

    /// Whether what it sorts by is kept, and counted anew every minute: it changes with each order.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Stock | Self::Sold | Self::Days)
    }
}

/// Where in a list a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockCursor {
    /// At its start.
    First,
    /// After this SKU.
    After(SkuId),
    /// So that this SKU is the next.
    Before(SkuId),
}

/// A SKU on the stock page.
#[derive(Clone, Debug)]
pub struct StockLine {
    /// What is printed on its label.
    pub code: String,
    /// How many there are.
    pub stock: i32,
    /// How many were sold.
    pub sales: i64,
    /// At how many it is low.
    pub low_stock_at: i32,
    /// How it sells.
    pub velocity: SalesVelocity,
    /// How its stock is doing.
    pub status: StockStatus,
    /// What shoppers see of it.
    pub offer: SkuOffer,
}

/// Where in the history of a SKU a page begins: with what is older than both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerCursor {
    /// Older than this movement.
    pub movement: i64,
    /// Older than the sale of this order.
    pub sale: i64,
}

impl LedgerCursor {
    /// Where the newest are.
    pub const NEWEST: Self = Self { movement: i64::MAX, sale: i64::MAX };

    /// Where the page after these begins, if they begin here.
    #[must_use]
    pub fn after(self, events: &[StockEvent]) -> Self {
        let movement = events.iter().filter_map(|event| event.movement).min();
        let sale = events.iter().filter_map(|event| event.sale).min();
        Self { movement: movement.unwrap_or(self.movement), sale: sale.unwrap_or(self.sale) }
    }
}

impl StockEvent {
    /// Whether its reverse may be written.
    pub fn can_be_undone(&self) -> bool {
        self.movement.is_some() && self.undoes.is_none() && !self.undone && self.reason != Some(Reason::Cancellation)
    }
}

/// What open orders that are not paid yet hold of a SKU: it is off the shelf, and comes back if they are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReservedStock {
    /// How many.
    pub count: i64,
    /// By how many orders.
    pub orders: i64,
}

impl StockLine {
    /// For how many days there is enough at the pace of the last 30; none where none was sold.
    pub fn days_left(&self) -> Option<i64> {
        self.velocity.days_left(self.stock)
    }
}

/// One change of a SKU's stock, as its history tells it.
#[derive(Clone, Debug)]
pub struct StockEvent {
    /// The movement; none for a sale.
    pub movement: Option<i64>,
    /// The order whose sale it is; none for a movement.
    pub sale: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
    /// The stock after it.
    pub balance: i64,
    /// Which movement it undoes.
    pub undoes: Option<i64>,
    /// Whether it was undone.
    pub undone: bool,
    /// How many came (above zero) or went (below).
    pub delta: i32,
    /// Why; `None` for a sale.
    pub reason: Option<Reason>,
    /// The order that was placed or canceled.
    pub order: Option<OrderNumber>,
    /// Who did it: a member of staff, or the shopper whose order it is.
    pub by: Option<String>,
    /// In their own words; may be empty.
    pub note: String,
}
