//! A submitted checkout, and its outcome.

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

/// The random id of a checkout form. One token leads to at most one order, however often the form is sent.
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

/// The text is no checkout token, which has 16 to 64 ASCII letters, digits, `-` or `_`.
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

/// The user who places an order. The transaction of the checkout checks that the user's session is still valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlacedBy {
    /// The shopper, who orders from the cart.
    Shopper(SessionClaim),
    Staff(PlacedByStaff),
}

/// A member of staff who places an order for a customer who calls. No cart belongs to the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedByStaff {
    pub staff: SessionClaim,
    /// The customer for whom the order is placed.
    pub shopper: UserId,
    /// The IP address of the request, for the audit log.
    pub ip_address: String,
}

impl PlacedBy {
    /// Returns the user to whom the order will belong.
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

/// A submitted checkout. Two equal commands are one form that was sent twice. If two have the same token and differ,
/// one may come from an older page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub placed_by: PlacedBy,
    pub token: Token,
    pub address: AddressId,
    /// The digest ([`Address::digest`](crate::accounts::Address::digest)) of the address as the page showed it; `None`
    /// if unknown.
    pub shown_address: Option<String>,
    pub pay_method: PayMethod,
    /// The total amount that the page showed.
    pub expected_total: Money,
    /// The shopper's message to the staff who pack the order; may be empty.
    pub note: String,
    /// The version of the claimed cart; the default value for an order by staff, or if the cart could not be claimed.
    pub cart: CartVersion,
    /// The ordered SKUs and counts: the selected entries of the cart, or the lines that staff have typed.
    pub entries: Vec<Entry>,
    /// The unit prices that the page showed.
    pub shown_prices: HashMap<SkuId, Money>,
    /// The language of the shopper, in which names are stored in the order.
    pub language: Language,
}

impl Command {
    /// Returns whether the cart was claimed for this command, so that the claim has to be released.
    pub fn has_cart(&self) -> bool {
        self.cart != CartVersion::default()
    }
}

/// The settings of the shop that apply to every order.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub freight: Freight,
    /// The time in which an order must be paid; after it the order is canceled.
    pub pay_within: Duration,
    /// The limits on what one shopper can order without paying.
    pub limits: OrderLimits,
    /// The shop's time zone, in which order numbers state the time.
    pub zone: FixedOffset,
    /// Returns the random bytes for the suffix of an order number.
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
    /// The sum of the prices of all lines, without freight.
    pub goods: Money,
    pub freight: Money,
    pub total: Money,
}

/// A SKU of which the checkout wants more units than the stock has, or that is not sold any more.
#[derive(Clone, Debug)]
pub struct Shortage {
    pub offer: SkuOffer,
    pub wanted: Quantity,
    /// The stock; 0 if the SKU is not sold any more.
    pub left: i32,
}

/// A SKU whose current price differs from the one that the page showed.
#[derive(Clone, Debug)]
pub struct PriceChange {
    pub offer: SkuOffer,
    pub before: Money,
}

/// A limit on what one shopper can order without paying, which the checkout would exceed.
#[derive(Clone, Debug)]
pub enum Bound {
    /// The shopper has too many unpaid orders, as [`Holdings`](crate::orders::Holdings) counts them; holds the maximum.
    OpenOrders(u32),
    /// In the last 24 hours, too many orders of the shopper were canceled because they were not paid in time; holds the
    /// maximum.
    Expired(u32),
    /// The shopper would have too many units of a SKU or product in unpaid orders; holds each SKU and product that
    /// exceeds its limit.
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

/// A SKU or product of which the shopper would have too many units in unpaid orders.
#[derive(Clone, Debug)]
pub struct Excess {
    /// The SKU; if the limit applies to a product, one of its SKUs.
    pub offer: SkuOffer,
    /// True if the limit applies to a product, and so to all its SKUs together.
    pub of_product: bool,
    pub most: u32,
    /// The number of units that the shopper already has in unpaid orders, as [`Holdings`](crate::orders::Holdings)
    /// counts them.
    pub held: u32,
    /// The number of units in this checkout.
    pub wanted: u32,
}

impl Excess {
    /// Returns the number of units that the shopper may still order.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.held)
    }
}

pub type Outcome = Result<Placed, Refusal>;

/// What to do with the claimed cart after a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartAfter<'a> {
    /// Remove these ordered goods from the cart, and release the claim on it.
    Clear(&'a Owed),
    /// Release the claim, because nothing was ordered.
    Release,
    /// Leave the claim as it is, because an order may have been saved, or its goods may still be in the cart.
    Keep,
}

/// Why nothing was ordered.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The session has ended, or the account is disabled. For an order by staff: the user is not a member of staff any
    /// more.
    NotSignedIn,
    /// The account of the customer for whom staff place the order is disabled.
    AccountClosed,
    /// A contact of the shopper or of the delivery address is on the list of blocked contacts; holds the kind of that
    /// contact.
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
    /// The shopper or the client's address has sent too many checkouts; holds the seconds to wait.
    TooOften(u64),
    /// Each attempt failed because of concurrent orders, or another checkout holds the claim on the cart.
    Contention,
    /// The rows of the goods stayed locked by other transactions for longer than the batch waits.
    LockTimeout,
    /// The queue of checkouts is full.
    QueueFull,
    /// There was no outcome in time. The order may exist, or come to exist: sending the same token again tells.
    OutcomeUnknown,
    Fault(Arc<DbError>),
}

/// An order that exists, saved by this call or an earlier one with the same token.
#[derive(Clone, Debug)]
pub struct Placed {
    pub number: OrderNumber,
    /// True if this call saved the order; false if an earlier call did.
    pub is_new: bool,
    /// What to remove from the cart; `None` if an earlier call saved the order, or staff placed the order.
    pub owed: Option<Owed>,
}

impl Placed {
    pub fn before(number: OrderNumber) -> Self {
        Self { number, is_new: false, owed: None }
    }
}

/// The goods of a saved order that have not been removed from the cart yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The id of the outbox job that removes these goods.
    pub job: i64,
    pub purchase: Purchase,
}

impl Terms {
    /// Returns the terms for orders according to the shop's settings.
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
