//! Rows of orders and order lines, and view models of their pages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::collections::HashMap;

use crate::{
    kernel::{Money, OrderId, OrderLineId, OrderNumber, PayMethod, SkuId, SpuId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::{order_goods, orders},
};

codes! {
    /// The status of an order, as usual in Chinese shops. An order is unpaid until it is paid or expires (cash on delivery
    /// skips this), unsent until it is sent, unreceived until it arrives, unreviewed until it is reviewed.
    pub enum Status {
        Unpaid = "unpaid",
        Unsent = "unsent",
        Unreceived = "unreceived",
        Unreviewed = "unreviewed",
        Finished = "finished",
        Canceled = "canceled",
        Refunded = "refunded",
    }
}

impl Status {
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

sql_enum!(Status);

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

    /// What `order_events` records of it; who canceled is its actor.
    pub fn kind(self) -> EventKind {
        match self {
            Self::Paid => EventKind::Paid,
            Self::Revived => EventKind::Revived,
            Self::Expired => EventKind::Expired,
            Self::CanceledByShopper | Self::CanceledByStaff => EventKind::Canceled,
            Self::Sent => EventKind::Sent,
            Self::Received => EventKind::Received,
            Self::Finished => EventKind::Finished,
            Self::Refused => EventKind::Refused,
            Self::Refunded => EventKind::Refunded,
        }
    }
}

codes! {
    /// An event as `order_events` records it.
    pub enum EventKind {
        Paid = "paid",
        Revived = "revived",
        Expired = "expired",
        Canceled = "canceled",
        Sent = "sent",
        Received = "received",
        Finished = "finished",
        Refused = "refused",
        Refunded = "refunded",
    }
}

sql_enum!(EventKind);

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Shopper(UserId),
    Staff(UserId),
    Gateway,
    System,
}

impl Actor {
    /// What `order_events` records of it, beside the user.
    pub fn kind(self) -> ActorKind {
        match self {
            Self::Shopper(_) => ActorKind::Shopper,
            Self::Staff(_) => ActorKind::Staff,
            Self::Gateway => ActorKind::Gateway,
            Self::System => ActorKind::System,
        }
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Shopper(user) | Self::Staff(user) => Some(user),
            Self::Gateway | Self::System => None,
        }
    }
}

codes! {
    /// An [`Actor`] without the user.
    pub enum ActorKind {
        Shopper = "shopper",
        Staff = "staff",
        Gateway = "gateway",
        System = "system",
    }
}

sql_enum!(ActorKind);

codes! {
    /// Why an order is canceled.
    pub enum CanceledBy {
        Expiry = "expiry",
        Shopper = "shopper",
        Staff = "staff",
        Refusal = "refusal",
    }
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
}

sql_enum!(CanceledBy);

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
    pub event: EventKind,
    pub actor: ActorKind,
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
