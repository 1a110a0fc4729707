//! What a cart holds, and how a page shows it.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    catalog::SkuOffer,
    kernel::{Money, Quantity, SkuId, UserId},
};

/// Whose cart it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Somebody with an account.
    User(UserId),
    /// Somebody without, known by the random id in a signed cookie.
    Guest(String),
}

/// As the keys in Redis name them.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "u{id}"),
            Self::Guest(id) => write!(f, "g{id}"),
        }
    }
}

/// When a cart was begun, by Redis' clock. An owner has one cart for good, unless Redis loses it; the next one was begun later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CartVersion(pub(super) Option<String>);

/// One SKU in a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The SKU.
    pub sku_id: SkuId,
    /// How many.
    pub count: Quantity,
    /// Whether the next checkout takes it.
    pub selected: bool,
    /// What one cost when it was put in.
    pub seen_price: Option<Money>,
}

/// All entries, by ascending SKU id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    /// At most a hundred, and what merging brought beyond them.
    pub entries: Vec<Entry>,
}

impl Cart {
    /// The entries that the next checkout takes.
    pub fn selected(&self) -> Vec<Entry> {
        self.entries.iter().copied().filter(|entry| entry.selected).collect()
    }

    /// The SKUs in it.
    pub fn skus(&self) -> Vec<SkuId> {
        self.entries.iter().map(|entry| entry.sku_id).collect()
    }
}

/// What there is to say about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It left the shop.
    Gone,
    /// None left.
    SoldOut,
    /// Fewer left than wanted.
    Scarce {
        /// So many.
        left: i32,
    },
    /// It cost something else when it was put in.
    PriceChanged {
        /// This much.
        from: Money,
    },
}

/// An entry as the page shows it.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is, and what it costs now.
    pub offer: SkuOffer,
    /// How many.
    pub count: Quantity,
    /// Whether the next checkout takes it.
    pub selected: bool,
    /// Price times count.
    pub amount: Money,
    /// What there is to say about it, the gravest first.
    pub notices: Vec<Notice>,
}

impl Line {
    /// Whether any of it can be bought now.
    pub fn available(&self) -> bool {
        self.offer.on_sale && self.offer.stock > 0
    }

    /// The most that a field for its count should offer.
    pub fn most(&self) -> i32 {
        self.offer.stock.clamp(1, Quantity::MAX.get())
    }
}

/// A cart as the page shows it. The sums are over what is selected and can be bought.
#[derive(Clone, Debug)]
pub struct View {
    /// In the order of the SKU ids.
    pub lines: Vec<Line>,
    /// How many entries are selected.
    pub selected: usize,
    /// How many pieces are in the sums.
    pub pieces: i32,
    /// Goods alone.
    pub goods: Money,
    /// Their delivery.
    pub freight: Money,
    /// Both.
    pub total: Money,
    /// What is missing until delivery is free.
    pub until_free: Option<Money>,
}

impl View {
    /// The state of the box that selects all: `true`, `false`, or `mixed`, as `aria-checked` says it.
    pub fn all_selected(&self) -> &'static str {
        match self.selected {
            0 => "false",
            n if n == self.lines.len() => "true",
            _ => "mixed",
        }
    }
}

/// What a guest's cart brought to the cart of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Entries that were not there.
    pub added: u32,
    /// Entries that were there with a smaller count.
    pub raised: u32,
}
