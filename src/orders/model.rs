//! Rows of orders and order lines, and view models of their pages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::{collections::HashMap, str::FromStr};

use crate::{
    kernel::{Money, OrderId, OrderLineId, OrderNumber, PayMethod, SkuId, SpuId, UserId},
    messages::Messages,
    platform::db::sql_enum,
    schema::{order_goods, orders},
};

/// The status of an order, as usual in Chinese shops. An order is unpaid until it is paid or expires (cash on delivery
/// skips this), unsent until it is sent, unreceived until it arrives, unreviewed until it is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Unpaid,
    Unsent,
    Unreceived,
    Unreviewed,
    Finished,
    Canceled,
    Refunded,
}

impl Status {
    /// All of them, in the order of their progress.
    pub const ALL: [Self; 7] = [
        Self::Unpaid,
        Self::Unsent,
        Self::Unreceived,
        Self::Unreviewed,
        Self::Finished,
        Self::Canceled,
        Self::Refunded,
    ];

    /// The code in the database and in URLs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Unsent => "unsent",
            Self::Unreceived => "unreceived",
            Self::Unreviewed => "unreviewed",
            Self::Finished => "finished",
            Self::Canceled => "canceled",
            Self::Refunded => "refunded",
        }
    }

    /// The displayed name.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Unpaid => t.order_unpaid(),
            Self::Unsent => t.order_unsent(),
            Self::Unreceived => t.order_unreceived(),
            Self::Unreviewed => t.order_unreviewed(),
            Self::Finished => t.order_finished(),
            Self::Canceled => t.order_canceled(),
            Self::Refunded => t.order_refunded(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseStatusError;

impl FromStr for Status {
    type Err = ParseStatusError;

    fn from_str(code: &str) -> Result<Self, ParseStatusError> {
        Self::ALL.into_iter().find(|status| status.code() == code).ok_or(ParseStatusError)
    }
}

sql_enum!(Status, |code: &str| code.parse().ok());

impl PayMethod {
    /// The displayed name.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay(),
            Self::Cod => t.pay_cod(),
        }
    }

    /// The explanation for the shopper.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay_words(),
            Self::Cod => t.pay_cod_words(),
        }
    }
}

sql_enum!(PayMethod, |code: &str| code.parse().ok());

/// What can happen to an order, see [`rules::next`](super::rules::next).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    Paid,
    /// Paid after it had expired, and its goods could be taken again.
    Revived,
    /// Not paid in time.
    Expired,
    CanceledByShopper,
    CanceledByStaff,
    Sent,
    Received,
    Finished,
    /// The parcel was refused at the door.
    Refused,
    /// All money has gone back after the goods had left.
    Refunded,
}

impl OrderEvent {
    pub const ALL: [Self; 10] = [
        Self::Paid,
        Self::Revived,
        Self::Expired,
        Self::CanceledByShopper,
        Self::CanceledByStaff,
        Self::Sent,
        Self::Received,
        Self::Finished,
        Self::Refused,
        Self::Refunded,
    ];

    /// The code in `order_events`; who canceled is its actor.
    pub fn code(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Revived => "revived",
            Self::Expired => "expired",
            Self::CanceledByShopper | Self::CanceledByStaff => "canceled",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Finished => "finished",
            Self::Refused => "refused",
            Self::Refunded => "refunded",
        }
    }
}

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Shopper(UserId),
    Staff(UserId),
    Gateway,
    System,
}

impl Actor {
    pub fn code(self) -> &'static str {
        match self {
            Self::Shopper(_) => "shopper",
            Self::Staff(_) => "staff",
            Self::Gateway => "gateway",
            Self::System => "system",
        }
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Shopper(user) | Self::Staff(user) => Some(user),
            Self::Gateway | Self::System => None,
        }
    }
}

/// Why an order is canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanceledBy {
    Expiry,
    Shopper,
    Staff,
    Refusal,
}

impl CanceledBy {
    /// `None` for an event that does not cancel.
    pub fn of(event: OrderEvent) -> Option<Self> {
        match event {
            OrderEvent::Expired => Some(Self::Expiry),
            OrderEvent::CanceledByShopper => Some(Self::Shopper),
            OrderEvent::CanceledByStaff => Some(Self::Staff),
            OrderEvent::Refused => Some(Self::Refusal),
            _ => None,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Shopper => "shopper",
            Self::Staff => "staff",
            Self::Refusal => "refusal",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Expiry, Self::Shopper, Self::Staff, Self::Refusal].into_iter().find(|by| by.code() == code)
    }
}

sql_enum!(CanceledBy, CanceledBy::from_code);

/// An order whose row this transaction has locked.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct LockedOrder {
    pub id: OrderId,
    pub number: OrderNumber,
    pub user_id: UserId,
    pub status: Status,
    pub pay_method: PayMethod,
    pub freight: Money,
    pub total_amount: Money,
    pub paid_amount: Money,
    pub refunded_amount: Money,
    pub placed_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub canceled_by: Option<CanceledBy>,
}

impl LockedOrder {
    /// What was paid and does not go back.
    pub fn left(&self) -> Money {
        Money::new(self.paid_amount.amount() - self.refunded_amount.amount()).unwrap_or_default()
    }
}

/// The amounts of an order line, for refunds.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct RefundableLine {
    pub id: OrderLineId,
    pub name: String,
    pub options: String,
    pub price: Money,
    pub count: i32,
    /// The line's share of the order's discount.
    pub discount: Money,
    /// What goes back of it, done or on its way.
    pub refunded_amount: Money,
}

impl RefundableLine {
    /// Price times count less discount.
    pub fn net(&self) -> Money {
        let gross = self.price.amount() * rust_decimal::Decimal::from(self.count);
        Money::new(gross - self.discount.amount()).unwrap_or_default()
    }
}

/// A row of `order_events`.
#[derive(Clone, Debug, Queryable)]
pub struct RecordedEvent {
    /// The code of an [`OrderEvent`].
    pub event: String,
    /// The code of an [`Actor`].
    pub actor: String,
    /// Of a shopper or a member of staff.
    pub username: Option<String>,
    pub details: serde_json::Value,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct Order {
    pub id: OrderId,
    pub number: OrderNumber,
    pub status: Status,
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub goods_amount: Money,
    pub freight: Money,
    pub discount: Money,
    /// Goods and freight less discount.
    pub total_amount: Money,
    pub recipient: String,
    pub phone: String,
    /// Province, city, district.
    pub region: String,
    pub street: String,
    pub postcode: String,
    pub note: String,
    pub placed_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub received_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub canceled_at: Option<DateTime<Utc>>,
    pub refunded_at: Option<DateTime<Utc>>,
    /// The payment deadline.
    pub expires_at: Option<DateTime<Utc>>,
    /// What payments that count have brought in: nothing, or all.
    pub paid_amount: Money,
    /// What goes back of it, done or on its way.
    pub refunded_amount: Money,
}

impl Order {
    /// The stored time at which it left this status, if any.
    pub fn left_at(&self, status: Status) -> Option<DateTime<Utc>> {
        match status {
            Status::Unpaid => self.paid_at,
            Status::Unsent => self.sent_at,
            Status::Unreceived => self.received_at,
            _ => None,
        }
    }
}

/// One shopper's units in open orders: those for which no money has come in. They are unpaid, or cash on delivery, not
/// yet sent and placed in the last three days.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub open: u32,
    /// The number of orders that expired unpaid in the last 24 hours.
    pub expired: u32,
    skus: HashMap<SkuId, u32>,
    spus: HashMap<SpuId, u32>,
}

impl Holdings {
    /// Adds units of a SKU of a product.
    pub fn hold(&mut self, sku: SkuId, spu: SpuId, count: i32) {
        let count = count.unsigned_abs();
        for held in [self.skus.entry(sku).or_default(), self.spus.entry(spu).or_default()] {
            *held = held.saturating_add(count);
        }
    }

    /// Units of a SKU.
    pub fn of_sku(&self, sku: SkuId) -> u32 {
        self.skus.get(&sku).copied().unwrap_or_default()
    }

    /// Units of all SKUs of a product.
    pub fn of_product(&self, spu: SpuId) -> u32 {
        self.spus.get(&spu).copied().unwrap_or_default()
    }
}

/// A line of an order, with a copy of what the shopper saw.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct OrderLine {
    pub order_id: OrderId,
    pub sku_id: SkuId,
    pub name: String,
    /// The option values, such as "Blue, M".
    pub options: String,
    /// The name of a file under `pictures/`.
    pub picture: Option<String>,
    /// The background color of the picture.
    pub background: String,
    pub price: Money,
    pub count: i32,
}

impl OrderLine {
    /// Price times count.
    pub fn amount(&self) -> Money {
        Money::new(self.price.amount() * rust_decimal::Decimal::from(self.count)).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub struct OrderView {
    pub order: Order,
    /// By ascending SKU id.
    pub goods: Vec<OrderLine>,
}
