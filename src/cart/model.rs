//! A cart and its entries, and what the cart page shows.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    catalog::SkuOffer,
    kernel::{Money, Quantity, SkuId, UserId},
};

/// The owner of a cart. `Display` writes it as Redis keys contain it: `u` for a user or `g` for a guest, and the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    User(UserId),
    /// A visitor who is not signed in, identified by the random id in a signed cookie.
    Guest(String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "u{id}"),
            Self::Guest(id) => write!(f, "g{id}"),
        }
    }
}

/// The time at which Redis created the cart; `None` if there is no cart. An owner keeps the same cart unless Redis
/// loses it, so a different version means that the data was lost in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CartVersion(pub(super) Option<String>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub sku_id: SkuId,
    pub count: Quantity,
    /// True if the next checkout orders this entry; other entries stay in the cart.
    pub selected: bool,
    /// The unit price of the SKU when the shopper last added it; `None` if unknown.
    pub price_when_added: Option<Money>,
}

/// All entries of a cart, by ascending SKU id: at most 100, and possibly more after a guest's cart was merged into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    pub entries: Vec<Entry>,
}

impl Cart {
    /// Returns the selected entries, which the next checkout orders.
    pub fn selected(&self) -> Vec<Entry> {
        self.entries.iter().copied().filter(|entry| entry.selected).collect()
    }

    /// Returns the SKUs of all entries, ascending.
    pub fn skus(&self) -> Vec<SkuId> {
        self.entries.iter().map(|entry| entry.sku_id).collect()
    }
}

/// A warning about an entry on the cart page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Gone,
    SoldOut,
    Scarce {
        left: i32,
    },
    /// The unit price has changed since the shopper added the SKU to the cart.
    PriceChanged {
        from: Money,
    },
}

/// An entry with the current name, price and stock of its SKU, as the cart page shows it.
#[derive(Clone, Debug)]
pub struct Line {
    pub offer: SkuOffer,
    pub count: Quantity,
    pub selected: bool,
    pub amount: Money,
    /// Warnings: about the stock first, then about the price.
    pub notices: Vec<Notice>,
}

impl Line {
    /// Returns whether at least one unit of the SKU can be bought now.
    pub fn available(&self) -> bool {
        self.offer.on_sale && self.offer.stock > 0
    }

    /// Returns the highest number that the count field accepts: the stock, but not below 1 or above 999.
    pub fn most(&self) -> i32 {
        self.offer.stock.clamp(1, Quantity::MAX.get())
    }
}

/// A cart as its page shows it, lines by SKU id. `pieces` (number of units) and the amounts include only lines that are
/// selected and available.
#[derive(Clone, Debug)]
pub struct View {
    pub lines: Vec<Line>,
    /// The number of selected lines, including unavailable ones.
    pub selected: usize,
    pub pieces: i32,
    pub goods: Money,
    pub freight: Money,
    pub total: Money,
    /// The amount that is missing for free delivery; `None` if nothing is missing, or if no line is selected and
    /// available.
    pub until_free: Option<Money>,
}

impl View {
    /// Returns the state of the "select all" checkbox, as a value of `aria-checked`: `true`, `false` or `mixed`.
    pub fn all_selected(&self) -> &'static str {
        match self.selected {
            0 => "false",
            n if n == self.lines.len() => "true",
            _ => "mixed",
        }
    }
}

/// The result of merging a guest's cart into that of an account: how many entries were added, and of how many the count
/// was raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub added: u32,
    pub raised: u32,
}
