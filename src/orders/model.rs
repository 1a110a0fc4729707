//! Rows of orders and their lines, and what their pages show.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::{collections::HashMap, str::FromStr};

use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, SkuId, SpuId},
    messages::Messages,
    platform::db::sql_enum,
    schema::{order_goods, orders},
};

/// The status of an order. The values are those that Chinese shops use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To be paid.
    Unpaid,
    /// To be sent.
    Unsent,
    /// On its way.
    Unreceived,
    /// Arrived; its shopper may review it.
    Unreviewed,
    /// Received and reviewed.
    Finished,
    /// Canceled; its stock was put back.
    Canceled,
    /// Paid, and the money was returned.
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

    /// The code in the database and in addresses.
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

    /// The name that people read.
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

/// The text is not the code of a status.
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
    /// The name that people read.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay(),
            Self::Cod => t.pay_cod(),
        }
    }

    /// A sentence that explains it to the shopper.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay_words(),
            Self::Cod => t.pay_cod_words(),
        }
    }
}

sql_enum!(PayMethod, |code: &str| code.parse().ok());

/// An order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct Order {
    /// The id.
    pub id: OrderId,
    /// The number that people see.
    pub number: OrderNumber,
    /// Its status.
    pub status: Status,
    /// How it is paid.
    pub pay_method: PayMethod,
    /// The number of units.
    pub total_count: i32,
    /// The sum of its lines.
    pub goods_amount: Money,
    /// The cost of delivery.
    pub freight: Money,
    /// The amount taken off.
    pub discount: Money,
    /// The amount to be paid: goods and freight less discount.
    pub total_amount: Money,
    /// Who receives it.
    pub recipient: String,
    /// The recipient's phone number.
    pub phone: String,
    /// Province, city, district.
    pub region: String,
    /// Street, house, flat.
    pub street: String,
    /// May be empty.
    pub postcode: String,
    /// The shopper's note to the shop.
    pub note: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    pub received_at: Option<DateTime<Utc>>,
    /// When it was finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was canceled.
    pub canceled_at: Option<DateTime<Utc>>,
    /// When the money was returned.
    pub refunded_at: Option<DateTime<Utc>>,
    /// The deadline of its payment.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Order {
    /// The time at which it left a status, if that is stored.
    pub fn left_at(&self, status: Status) -> Option<DateTime<Utc>> {
        match status {
            Status::Unpaid => self.paid_at,
            Status::Unsent => self.sent_at,
            Status::Unreceived => self.received_at,
            _ => None,
        }
    }
}

/// The units in open orders of one shopper. An order is open while no money has come in for it: it is unpaid, or it is paid
/// on delivery, not yet sent, and was placed in the last three days.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The number of open orders.
    pub open: u32,
    /// The number of orders that were not paid in time, in the last 24 hours.
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
    /// The order.
    pub order_id: OrderId,
    /// The SKU.
    pub sku_id: SkuId,
    /// The name of the product.
    pub name: String,
    /// The option values, such as "Blue, M".
    pub options: String,
    /// The name of a file under `pictures/`.
    pub picture: Option<String>,
    /// The color behind the picture.
    pub ground: String,
    /// The price of one unit.
    pub price: Money,
    /// The number of units.
    pub count: i32,
}

impl OrderLine {
    /// Price times count.
    pub fn amount(&self) -> Money {
        Money::new(self.price.amount() * rust_decimal::Decimal::from(self.count)).unwrap_or_default()
    }
}

/// An order with its lines.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Its lines, by SKU id.
    pub goods: Vec<OrderLine>,
}
