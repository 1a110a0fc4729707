//! Rows of the stock room.

use diesel::prelude::*;

use crate::{
    kernel::{SkuId, UserId},
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
}

/// A movement to be written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = stock_movements)]
pub struct NewMovement {
    /// What moved.
    pub sku_id: SkuId,
    /// How many came (above zero) or went (below). Never zero.
    pub delta: i32,
    /// [`Reason::code`].
    pub reason: &'static str,
    /// Who did it.
    pub staff_id: Option<UserId>,
    /// In their own words, at most 500 characters.
    pub note: String,
}
