//! What a checkout is told, and what it answers.

use chrono::{DateTime, FixedOffset, Utc};
use std::{collections::HashMap, str::FromStr, sync::Arc, time::Duration};

use crate::{
    accounts::SessionClaim,
    cart::{CartVersion, Entry, Purchase},
    catalog::SkuOffer,
    config::OrderLimits,
    kernel::{AddressId, Freight, Language, Money, OrderNumber, PayMethod, Quantity, SkuId},
    platform::{db::DbError, random},
};

/// Which press of which button this is: one token leads to one order, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// One that nobody has had.
    pub fn new() -> Self {
        Self(random::token())
    }

    /// As it stands in the form and in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

/// What was sent is no checkout token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAToken;

impl FromStr for Token {
    type Err = NotAToken;

    fn from_str(s: &str) -> Result<Self, NotAToken> {
        let shaped =
            (16..=64).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        shaped.then(|| Self(s.to_owned())).ok_or(NotAToken)
    }
}

/// An order as a shopper wants it. Two that are alike are one press that came twice; the same press may also say something
/// else, where it was sent by an older page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who says they are who.
    pub claim: SessionClaim,
    /// Which press of which button.
    pub token: Token,
    /// Where to.
    pub address: AddressId,
    /// [`Address::digest`](crate::accounts::Address::digest) of what the page showed of it; none where it does not say.
    pub address_seen: Option<String>,
    /// How it is paid.
    pub pay_method: PayMethod,
    /// What the page said it would cost.
    pub expected_total: Money,
    /// A word to those who pack it.
    pub note: String,
    /// Which cart it comes from.
    pub cart: CartVersion,
    /// What to buy: the selected entries of the cart.
    pub entries: Vec<Entry>,
    /// What the page said one of each would cost.
    pub seen: HashMap<SkuId, Money>,
    /// What the shopper reads, and so what the order keeps.
    pub language: Language,
}

impl Command {
    /// Whether it came with the cart, which then must be given back.
    pub fn has_cart(&self) -> bool {
        self.cart != CartVersion::default()
    }
}

/// What the shop says about every order.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What delivery costs.
    pub freight: Freight,
    /// How long an order waits to be paid.
    pub pay_within: Duration,
    /// What one shopper may hold without paying.
    pub limits: OrderLimits,
    /// The shop's time zone, for order numbers.
    pub zone: FixedOffset,
    /// Where the last part of an order's number comes from.
    pub chance: fn() -> [u8; 6],
}

/// One line of a quote.
#[derive(Clone, Debug)]
pub struct QuoteLine {
    /// What it is, and what it costs now.
    pub offer: SkuOffer,
    /// How many are wanted.
    pub count: Quantity,
    /// Price times count.
    pub amount: Money,
}

/// What the selected entries come to now.
#[derive(Clone, Debug)]
pub struct Quote {
    /// By ascending SKU id.
    pub lines: Vec<QuoteLine>,
    /// Goods alone.
    pub goods: Money,
    /// Their delivery.
    pub freight: Money,
    /// What is to be paid.
    pub total: Money,
}

/// A SKU of which there is too little.
#[derive(Clone, Debug)]
pub struct Short {
    /// Which.
    pub offer: SkuOffer,
    /// So many were wanted.
    pub wanted: Quantity,
    /// So many can be had; none where it is no longer sold.
    pub left: i32,
}

/// A SKU whose price is not what the page said.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Which, with the price as it is.
    pub offer: SkuOffer,
    /// The price as it was.
    pub before: Money,
}

/// A bound on what one shopper may hold without paying.
#[derive(Clone, Debug)]
pub enum Bound {
    /// So many open orders.
    OpenOrders(u32),
    /// So many orders that were not paid in time, in 24 hours.
    Expired(u32),
    /// So many pieces.
    Pieces(Vec<Excess>),
}

impl Bound {
    /// What logs and lists call it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OpenOrders(_) => "open_orders",
            Self::Expired(_) => "expired_orders",
            Self::Pieces(_) => "open_pieces",
        }
    }
}

/// Goods of which somebody wants more than they may hold.
#[derive(Clone, Debug)]
pub struct Excess {
    /// Which; of a product one of its SKUs.
    pub offer: SkuOffer,
    /// Whether all SKUs of the product are counted together.
    pub of_product: bool,
    /// So many may be held.
    pub most: u32,
    /// So many are.
    pub held: u32,
    /// So many more were wanted.
    pub wanted: u32,
}

impl Excess {
    /// How many may still be ordered.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.held)
    }
}

/// What became of a checkout.
pub type Outcome = Result<Placed, Refusal>;

/// Why nothing was ordered.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The session is over, or the account closed.
    NotSignedIn,
    /// Nothing in the cart is selected.
    NothingSelected,
    /// The address is not, or no longer, in the shopper's book.
    NoAddress,
    /// The address says something else than the page showed.
    AddressChanged,
    /// The address was typed anew, and the shopper's book has no room for it.
    AddressBookFull,
    /// Too little stock.
    OutOfStock(Vec<Short>),
    /// It would cost something else than the page said.
    Changed {
        /// Whose prices moved.
        lines: Vec<Moved>,
        /// The total the page said.
        before: Money,
        /// The total now.
        now: Money,
    },
    /// More money than an order can hold.
    TooMuch,
    /// More than one shopper may hold without paying.
    Bound(Bound),
    /// The button was pressed too often; so many seconds until it may be pressed again.
    TooOften(u64),
    /// Others were quicker again and again while we looked.
    Contention,
    /// Somebody holds the goods' rows for longer than a batch waits.
    LockTimeout,
    /// Too many wait already.
    QueueFull,
    /// It takes too long. It may have led to an order yet, or still will: its token tells.
    OutcomeUnknown,
    /// The machine's fault.
    Fault(Arc<DbError>),
}

/// An order that exists.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What people call it.
    pub number: OrderNumber,
    /// What is still to leave the cart, where this very call has saved the order.
    pub owed: Option<Owed>,
}

/// What a saved order owes its cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The job in the outbox.
    pub job: i64,
    /// What is to leave the cart.
    pub purchase: Purchase,
}

impl Terms {
    /// Until when an order placed now waits to be paid.
    pub fn pay_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.pay_within
    }
}
