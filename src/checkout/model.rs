//! A checkout as it is submitted, and its outcome.

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

/// Identifies a submitted form: one token leads to at most one order, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// Generates a random token.
    pub fn new() -> Self {
        Self(random::token())
    }

    /// Returns the token as it is in the form and in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

/// The text is not a checkout token: 16 to 64 ASCII letters, digits, `-` or `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTokenError;

impl FromStr for Token {
    type Err = ParseTokenError;

    fn from_str(s: &str) -> Result<Self, ParseTokenError> {
        let shaped =
            (16..=64).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        shaped.then(|| Self(s.to_owned())).ok_or(ParseTokenError)
    }
}

/// A submitted checkout. Equal ones are one form sent twice. Those with the same token may differ, if one was sent from
/// an older page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub claim: SessionClaim,
    pub token: Token,
    pub address: AddressId,
    /// [`Address::digest`](crate::accounts::Address::digest) of the address as the page showed it, if the form has it.
    pub shown_address: Option<String>,
    pub pay_method: PayMethod,
    /// The total that the page showed.
    pub expected_total: Money,
    /// The shopper's note for the staff who pack the order; may be empty.
    pub note: String,
    /// The version of the cart that was claimed; the default if the cart could not be claimed.
    pub cart: CartVersion,
    /// The selected entries of the cart.
    pub entries: Vec<Entry>,
    /// The prices that the page showed.
    pub shown_prices: HashMap<SkuId, Money>,
    /// The shopper's language, in which the order stores names.
    pub language: Language,
}

impl Command {
    /// Returns whether the cart was claimed, and so must be released.
    pub fn has_cart(&self) -> bool {
        self.cart != CartVersion::default()
    }
}

/// The terms of the shop that apply to every order.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub freight: Freight,
    /// An order that is not paid within this time is canceled.
    pub pay_within: Duration,
    /// Bounds on what one shopper may order without paying.
    pub limits: OrderLimits,
    /// The time zone of the shop, for the date in order numbers.
    pub zone: FixedOffset,
    /// Returns random bytes for the last part of an order number.
    pub chance: fn() -> [u8; 6],
}

/// One line of a quote.
#[derive(Clone, Debug)]
pub struct QuoteLine {
    pub offer: SkuOffer,
    pub count: Quantity,
    /// Price times count.
    pub amount: Money,
}

/// The current cost of the selected entries.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The lines, by ascending SKU id.
    pub lines: Vec<QuoteLine>,
    /// The sum of the lines, without freight.
    pub goods: Money,
    pub freight: Money,
    pub total: Money,
}

/// A SKU that has too little stock for a checkout, or is no longer sold.
#[derive(Clone, Debug)]
pub struct Shortage {
    pub offer: SkuOffer,
    pub wanted: Quantity,
    /// The stock; 0 if it is no longer sold.
    pub left: i32,
}

/// A SKU whose price is not the one that the page showed.
#[derive(Clone, Debug)]
pub struct PriceChange {
    /// The offer with the current price.
    pub offer: SkuOffer,
    /// The price that the page showed.
    pub before: Money,
}

/// A bound on what one shopper may order without paying, which a checkout would exceed.
#[derive(Clone, Debug)]
pub enum Bound {
    /// The bound on the number of open orders.
    OpenOrders(u32),
    /// The bound on the number of orders in 24 hours that were not paid in time.
    Expired(u32),
    /// The bounds on the units of a SKU or a product in open orders: all that would be exceeded.
    Pieces(Vec<Excess>),
}

impl Bound {
    /// Returns its name in logs and in the list of reached limits.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OpenOrders(_) => "open_orders",
            Self::Expired(_) => "expired_orders",
            Self::Pieces(_) => "open_pieces",
        }
    }
}

/// A SKU or product of which a shopper would have too many units in open orders.
#[derive(Clone, Debug)]
pub struct Excess {
    /// The offer of the SKU, or of one of the SKUs of the product.
    pub offer: SkuOffer,
    /// Whether the bound is that of a product, all of whose SKUs are counted together.
    pub of_product: bool,
    pub most: u32,
    /// Units in open orders.
    pub held: u32,
    /// Units in this checkout.
    pub wanted: u32,
}

impl Excess {
    /// Returns the number of units that may still be ordered.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.held)
    }
}

pub type Outcome = Result<Placed, Refusal>;

/// What happens to the cart after a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartAfter<'a> {
    /// Remove these purchased goods from the cart, and release the checkout's claim on it.
    Clear(&'a Owed),
    /// The claim is released: nothing was ordered.
    Release,
    /// The claim stays: an order may have been saved, or was saved before and its goods may still be in the cart.
    Keep,
}

/// Why nothing was ordered.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The session has ended, or the account is disabled.
    NotSignedIn,
    NothingSelected,
    /// The address is not in the shopper's book.
    NoAddress,
    /// The address differs from the one that the page showed.
    AddressChanged,
    /// The typed address does not fit into the shopper's book.
    AddressBookFull,
    OutOfStock(Vec<Shortage>),
    /// The total or a price differs from the one that the page showed.
    Changed {
        lines: Vec<PriceChange>,
        /// The total that the page showed.
        before: Money,
        now: Money,
    },
    /// The total is above [`Money::MAX`].
    TooMuch,
    Bound(Bound),
    /// The form was sent too often; the value is the seconds until it may be sent again.
    TooOften(u64),
    /// Other orders changed the same rows at each attempt, or another checkout has the cart.
    Contention,
    /// The rows of the goods are locked for longer than a batch waits.
    LockTimeout,
    /// Too many checkouts wait.
    QueueFull,
    /// The order takes too long. It may have been placed, or still be placed: sending the token again tells.
    OutcomeUnknown,
    /// An error of the database.
    Fault(Arc<DbError>),
}

/// An order that was saved, by this call or an earlier one.
#[derive(Clone, Debug)]
pub struct Placed {
    pub number: OrderNumber,
    /// What to remove from the cart; `None` if not this call but an earlier one has saved the order.
    pub owed: Option<Owed>,
}

/// What must still be removed from the cart of a saved order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The id of the job in the outbox.
    pub job: i64,
    pub purchase: Purchase,
}

impl Terms {
    pub fn pay_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.pay_within
    }
}
