//! A checkout as it is submitted, and its outcome.

use chrono::{DateTime, FixedOffset, Utc};
use std::{collections::HashMap, str::FromStr, sync::Arc, time::Duration};

use crate::{
    accounts::{ContactKind, SessionClaim},
    cart::{CartVersion, Entry, Purchase},
    catalog::SkuOffer,
    config::OrderLimits,
    kernel::{AddressId, Freight, Language, Money, OrderNumber, PayMethod, Quantity, SkuId, UserId},
    platform::{db::DbError, random},
    store::Settings,
};

/// The random id of a checkout form: one token leads to at most one order, however often the form is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    pub fn new() -> Self {
        Self(random::token())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Token {
    fn default() -> Self {
        Self::new()
    }
}

/// The text is no checkout token: those have 16 to 64 ASCII letters, digits, `-` or `_`.
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

/// Who places an order. The transaction of the checkout checks that the session is still valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlacedBy {
    /// The shopper, from their own cart.
    Shopper(SessionClaim),
    Staff(PlacedByStaff),
}

/// A member of staff who places an order for a caller. No cart belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedByStaff {
    pub staff: SessionClaim,
    /// Whose order it becomes.
    pub shopper: UserId,
    /// The address of the request, for the audit log.
    pub ip_address: String,
}

impl PlacedBy {
    /// Returns the user whose order it becomes.
    pub fn shopper(&self) -> UserId {
        match self {
            Self::Shopper(claim) => claim.user_id(),
            Self::Staff(by) => by.shopper,
        }
    }

    pub fn staff(&self) -> Option<&PlacedByStaff> {
        match self {
            Self::Shopper(_) => None,
            Self::Staff(by) => Some(by),
        }
    }
}

/// A submitted checkout. Equal ones are one form sent twice; with the same token, one may be from an older page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub placed_by: PlacedBy,
    pub token: Token,
    pub address: AddressId,
    /// [`Address::digest`](crate::accounts::Address::digest) of the address as the page showed it; `None` if unknown.
    pub shown_address: Option<String>,
    pub pay_method: PayMethod,
    /// The total amount that the page showed.
    pub expected_total: Money,
    /// The shopper's message to the staff who pack the order; may be empty.
    pub note: String,
    /// The version of the claimed cart; the default if the cart could not be claimed, and for an order of staff.
    pub cart: CartVersion,
    /// What is ordered: the entries of the cart that the shopper has selected.
    pub entries: Vec<Entry>,
    /// The unit prices that the page showed.
    pub shown_prices: HashMap<SkuId, Money>,
    /// The language of the shopper, in which the order stores names.
    pub language: Language,
}

impl Command {
    /// Returns whether the cart was claimed and has to be released.
    pub fn has_cart(&self) -> bool {
        self.cart != CartVersion::default()
    }
}

/// The settings of the shop that apply to every order.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub freight: Freight,
    /// An order that is not paid within this time is canceled.
    pub pay_within: Duration,
    /// Limits on what one shopper may order without paying.
    pub limits: OrderLimits,
    /// The shop's time zone, for the time in order numbers.
    pub zone: FixedOffset,
    /// Returns the random bytes for the last part of an order number.
    pub chance: fn() -> [u8; 6],
}

#[derive(Clone, Debug)]
pub struct QuoteLine {
    pub offer: SkuOffer,
    pub count: Quantity,
    pub amount: Money,
}

/// The lines and amounts of an order at current prices.
#[derive(Clone, Debug)]
pub struct Quote {
    pub lines: Vec<QuoteLine>,
    /// The sum of the lines, without freight.
    pub goods: Money,
    pub freight: Money,
    pub total: Money,
}

/// A SKU with too little stock for a checkout, or that is no longer sold.
#[derive(Clone, Debug)]
pub struct Shortage {
    pub offer: SkuOffer,
    pub wanted: Quantity,
    /// The stock; 0 if the SKU is no longer sold.
    pub left: i32,
}

/// A SKU whose price is not the one that the page showed.
#[derive(Clone, Debug)]
pub struct PriceChange {
    pub offer: SkuOffer,
    pub before: Money,
}

/// A limit on what one shopper may order without paying, which a checkout would exceed.
#[derive(Clone, Debug)]
pub enum Bound {
    /// Too many open orders; holds the maximum.
    OpenOrders(u32),
    /// Too many orders in 24 hours that were not paid in time; holds the maximum.
    Expired(u32),
    /// Too many units of SKUs or products in open orders; holds all that are too many.
    Pieces(Vec<Excess>),
}

impl Bound {
    /// Returns the name of the limit in logs, in metrics and in the list of reached limits.
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
    /// The SKU; if the limit is that of a product, one of its SKUs.
    pub offer: SkuOffer,
    /// Whether the limit is that of a product, over all its SKUs.
    pub of_product: bool,
    pub most: u32,
    /// The units that the shopper has in open orders.
    pub held: u32,
    /// The units in this checkout.
    pub wanted: u32,
}

impl Excess {
    /// Returns the number of units that the shopper may still order.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.held)
    }
}

pub type Outcome = Result<Placed, Refusal>;

/// What to do with the cart after a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartAfter<'a> {
    /// Remove these bought goods from the cart, and release the claim on it.
    Clear(&'a Owed),
    /// Release the claim, because nothing was ordered.
    Release,
    /// Leave the claim in place: an order may have been saved, or its goods may still be in the cart.
    Keep,
}

/// Why nothing was ordered.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The session has ended, or the account is disabled. For an order of staff: they are not staff any more.
    NotSignedIn,
    /// The account of the caller is disabled.
    AccountClosed,
    /// The shop takes no orders from this contact of the shopper or of the address.
    Blocked(ContactKind),
    NothingSelected,
    /// The address does not exist, or belongs to somebody else.
    NoAddress,
    /// The address differs from the one that the page showed.
    AddressChanged,
    /// The typed address cannot be saved, because the address book is full.
    AddressBookFull,
    OutOfStock(Vec<Shortage>),
    /// The total or a price differs from the one that the page showed.
    Changed {
        lines: Vec<PriceChange>,
        before: Money,
        now: Money,
    },
    /// The total would exceed [`Money::MAX`].
    TooMuch,
    Bound(Bound),
    /// The shopper or the client's address has made too many checkouts; holds the seconds to wait.
    TooOften(u64),
    /// Each attempt failed because of concurrent orders, or another checkout has claimed the cart.
    Contention,
    /// The rows of the goods stayed locked for longer than the batch waits.
    LockTimeout,
    /// The queue of checkouts is full.
    QueueFull,
    /// There was no answer in time. The order may exist, or come to exist: sending the same token again tells.
    OutcomeUnknown,
    Fault(Arc<DbError>),
}

/// An order that exists, saved by this call or an earlier one with the same token.
#[derive(Clone, Debug)]
pub struct Placed {
    pub number: OrderNumber,
    /// Whether this call saved the order.
    pub is_new: bool,
    /// What to remove from the cart; `None` if an earlier call saved the order, or staff placed it.
    pub owed: Option<Owed>,
}

impl Placed {
    pub fn before(number: OrderNumber) -> Self {
        Self { number, is_new: false, owed: None }
    }
}

/// The goods of a saved order that must still be removed from the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The id of the outbox job that removes them.
    pub job: i64,
    pub purchase: Purchase,
}

impl Terms {
    /// Returns the terms of the shop's settings.
    pub fn of(settings: &Settings, zone: FixedOffset) -> Self {
        Self {
            freight: settings.freight_terms(),
            pay_within: settings.pay_within(),
            limits: settings.order_limits(),
            zone,
            chance: random::random_bytes,
        }
    }

    pub fn pay_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.pay_within
    }
}
