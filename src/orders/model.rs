//! Rows of the orders room, and what its pages show of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::{collections::HashMap, str::FromStr};

use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, SkuId, SpuId},
    messages::Messages,
    platform::db::kept_as_code,
    schema::{order_goods, orders},
};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits to be paid.
    Unpaid,
    /// Waits to be sent.
    Unsent,
    /// On its way.
    Unreceived,
    /// Arrived; its shopper may review it.
    Unreviewed,
    /// Nothing is left to do.
    Finished,
    /// Will not happen; the goods went back on the shelf.
    Canceled,
    /// Was paid, and the money went back.
    Refunded,
}

impl Status {
    /// All of them, in the order of an order's life.
    pub const ALL: [Self; 7] = [
        Self::Unpaid,
        Self::Unsent,
        Self::Unreceived,
        Self::Unreviewed,
        Self::Finished,
        Self::Canceled,
        Self::Refunded,
    ];

    /// As the database and addresses call it.
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

    /// As a shopper calls it.
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

    /// The look of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Unpaid => "badge-low",
            Self::Unsent | Self::Unreceived => "badge-accent",
            _ => "",
        }
    }
}

/// What was given is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseStatusError;

impl FromStr for Status {
    type Err = ParseStatusError;

    fn from_str(code: &str) -> Result<Self, ParseStatusError> {
        Self::ALL.into_iter().find(|status| status.code() == code).ok_or(ParseStatusError)
    }
}

kept_as_code!(Status, |code: &str| code.parse().ok());

impl PayMethod {
    /// As a shopper calls it.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay(),
            Self::Cod => t.pay_cod(),
        }
    }

    /// What it means for the shopper.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay_words(),
            Self::Cod => t.pay_cod_words(),
        }
    }
}

kept_as_code!(PayMethod, |code: &str| code.parse().ok());

/// An order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct Order {
    /// Which.
    pub id: OrderId,
    /// What people call it.
    pub number: OrderNumber,
    /// How far it has come.
    pub status: Status,
    /// How it is paid.
    pub pay_method: PayMethod,
    /// Pieces in all.
    pub total_count: i32,
    /// Its goods alone.
    pub goods_amount: Money,
    /// Their delivery.
    pub freight: Money,
    /// What was taken off.
    pub discount: Money,
    /// What is to be paid.
    pub total_amount: Money,
    /// Who receives it.
    pub recipient: String,
    /// How to reach them.
    pub phone: String,
    /// Province, city, district.
    pub region: String,
    /// Street, house, flat.
    pub street: String,
    /// May be empty.
    pub postcode: String,
    /// The shopper's word to those who pack it.
    pub note: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    pub received_at: Option<DateTime<Utc>>,
    /// When nothing was left to do.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was canceled.
    pub canceled_at: Option<DateTime<Utc>>,
    /// When the money went back.
    pub refunded_at: Option<DateTime<Utc>>,
    /// Until when it waits to be paid.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Order {
    /// When it left a status behind, where that is known.
    pub fn left_at(&self, status: Status) -> Option<DateTime<Utc>> {
        match status {
            Status::Unpaid => self.paid_at,
            Status::Unsent => self.sent_at,
            Status::Unreceived => self.received_at,
            _ => None,
        }
    }
}

/// What one shopper holds in open orders: those for which no money has come in. Such an order waits to be paid; or it is paid
/// on delivery, was not sent yet, and was placed in the last three days.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// Open orders.
    pub open: u32,
    /// Orders that were not paid in time, in the last 24 hours.
    pub expired: u32,
    skus: HashMap<SkuId, u32>,
    spus: HashMap<SpuId, u32>,
}

impl Holdings {
    /// So many more pieces of a SKU, of this product.
    pub fn hold(&mut self, sku: SkuId, spu: SpuId, count: i32) {
        let count = count.unsigned_abs();
        for held in [self.skus.entry(sku).or_default(), self.spus.entry(spu).or_default()] {
            *held = held.saturating_add(count);
        }
    }

    /// Pieces of one SKU.
    pub fn of_sku(&self, sku: SkuId) -> u32 {
        self.skus.get(&sku).copied().unwrap_or_default()
    }

    /// Pieces of one product, whichever SKUs they are of.
    pub fn of_product(&self, spu: SpuId) -> u32 {
        self.spus.get(&spu).copied().unwrap_or_default()
    }
}

/// A line of an order, as it was bought.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct OrderLine {
    /// Of which order.
    pub order_id: OrderId,
    /// Which SKU.
    pub sku_id: SkuId,
    /// What its shopper read.
    pub name: String,
    /// What told it apart.
    pub options: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The ground behind it.
    pub ground: String,
    /// For one.
    pub price: Money,
    /// How many.
    pub count: i32,
}

impl OrderLine {
    /// Price times count.
    pub fn amount(&self) -> Money {
        Money::new(self.price.amount() * rust_decimal::Decimal::from(self.count)).unwrap_or_default()
    }
}

/// An order with its goods: what both pages show.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Its lines, by SKU id.
    pub goods: Vec<OrderLine>,
}
