//! Rows of the stock room.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::rules::Level;
use crate::{
    catalog::Offer,
    kernel::{OrderNumber, SkuId, UserId},
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
}

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
pub enum Show {
    /// All of them.
    All,
    /// Those on sale with little or nothing left.
    Low,
    /// Those on sale with nothing left.
    Out,
}

impl Show {
    /// All of them, in the order a page offers them.
    pub const ALL: [Self; 3] = [Self::All, Self::Low, Self::Out];

    /// As the query string calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Low => "low",
            Self::Out => "out",
        }
    }

    /// Everything, where nobody knows the code.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.code() == code).unwrap_or(Self::All)
    }
}

/// How many SKUs a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub all: i64,
    /// [`Show::Low`].
    pub low: i64,
    /// [`Show::Out`].
    pub out: i64,
}

impl Counts {
    /// How many of them are shown.
    pub fn of(self, show: Show) -> i64 {
        match show {
            Show::All => self.all,
            Show::Low => self.low,
            Show::Out => self.out,
        }
    }
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
    /// How its stock is doing.
    pub level: Level,
    /// What shoppers see of it.
    pub offer: Offer,
}

/// One change of a SKU's stock, as its history tells it.
#[derive(Clone, Debug)]
pub struct StockEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// How many came (above zero) or went (below).
    pub delta: i32,
    /// Why; `None` for a sale.
    pub reason: Option<Reason>,
    /// The order that was placed or canceled.
    pub order: Option<OrderNumber>,
    /// The member of staff who did it.
    pub by: Option<String>,
    /// In their own words; may be empty.
    pub note: String,
}
