//! Rows of orders and order lines, and view models of their pages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::collections::HashMap;

use super::events::CanceledBy;
use crate::{
    kernel::{Money, OrderId, OrderLineId, OrderNumber, PayMethod, SkuId, SpuId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::{order_goods, orders},
};

codes! {
    /// The status of an order, as usual in Chinese shops. An order is unpaid until it is paid (cash on delivery skips
    /// this), unsent until it is sent, unreceived until it arrives, unreviewed until it is reviewed. It is canceled if
    /// it is not paid in time.
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
    /// Returns the name of the status for pages.
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
    /// Returns the name of the pay method for pages.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay(),
            Self::Cod => t.pay_cod(),
        }
    }

    /// Returns the explanation of the pay method for shoppers.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Alipay => t.pay_alipay_words(),
            Self::Cod => t.pay_cod_words(),
        }
    }
}

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
    /// The part of the amount that the courier does not collect, because units were taken out of the order.
    pub waived_amount: Money,
    pub paid_amount: Money,
    pub refunded_amount: Money,
    pub placed_at: DateTime<Utc>,
    pub received_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub canceled_by: Option<CanceledBy>,
    /// When staff began to pack the order; `None` if they have not.
    pub packing_at: Option<DateTime<Utc>>,
    /// True if the shopper was erased. The order then has no recipient, and no action on it is possible any more.
    #[diesel(select_expression = orders::recipient.eq(""))]
    pub is_erased: bool,
}

impl LockedOrder {
    /// Returns the amount that is to be paid: the total, without the part that the courier does not collect.
    pub fn due(&self) -> Money {
        Money::new(self.total_amount.amount() - self.waived_amount.amount()).unwrap_or_default()
    }

    /// Returns how much was paid and is not refunded.
    pub fn left(&self) -> Money {
        Money::new(self.paid_amount.amount() - self.refunded_amount.amount()).unwrap_or_default()
    }
}

/// Where an order is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = orders)]
pub struct DeliveryAddress {
    pub recipient: String,
    pub phone: String,
    pub region: String,
    pub street: String,
    pub postcode: String,
}

/// How many units of an order line were taken out before sending, sent and returned, and the line's amounts.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct LineState {
    pub id: OrderLineId,
    pub sku_id: SkuId,
    pub name: String,
    pub options: String,
    pub price: Money,
    pub count: i32,
    /// The number of units that were taken out of the order and will not be sent.
    pub withdrawn_count: i32,
    /// The number of units in parcels.
    pub sent_count: i32,
    /// The number of units that came back after they were sent.
    pub returned_count: i32,
    /// The line's share of the order's discount.
    pub discount: Money,
    /// The worth of the units that were taken out of the order, if the courier collects less because of that; otherwise
    /// 0.
    pub waived_amount: Money,
    /// The sum of the refunds of this line, including those in progress.
    pub refunded_amount: Money,
}

impl LineState {
    /// Returns the amount of the line: price times count, less its discount.
    pub fn net(&self) -> Money {
        let gross = self.price.amount() * rust_decimal::Decimal::from(self.count);
        Money::new(gross - self.discount.amount()).unwrap_or_default()
    }

    /// Returns how many units are still to be sent.
    pub fn unsent(&self) -> i32 {
        self.count - self.withdrawn_count - self.sent_count
    }
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
    /// What the shopper pays: goods and freight, less the discount.
    pub total_amount: Money,
    pub recipient: String,
    pub phone: String,
    /// Province, city and district of the delivery address.
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
    /// The payment deadline; `None` for an order that need not be paid before it is sent.
    pub expires_at: Option<DateTime<Utc>>,
    /// When staff began to pack the order; `None` if they have not.
    pub packing_at: Option<DateTime<Utc>>,
    /// The worth of units that were taken out of a cash-on-delivery order, so that the courier collects less.
    pub waived_amount: Money,
    /// The amount that was paid: 0, or the total amount less `waived_amount`.
    pub paid_amount: Money,
    /// The sum of the refunds of this order, including those in progress.
    pub refunded_amount: Money,
}

impl Order {
    /// Returns whether the shopper was erased, in which case the order has no recipient.
    pub fn is_erased(&self) -> bool {
        self.recipient.is_empty()
    }

    /// Returns the amount that is to be paid: the total, without the part that the courier does not collect.
    pub fn due(&self) -> Money {
        Money::new(self.total_amount.amount() - self.waived_amount.amount()).unwrap_or_default()
    }

    /// Returns how much was paid and is not refunded.
    pub fn left(&self) -> Money {
        Money::new(self.paid_amount.amount() - self.refunded_amount.amount()).unwrap_or_default()
    }

    /// Returns when the order left this status; `None` if it has not, or if that time is not stored.
    pub fn left_at(&self, status: Status) -> Option<DateTime<Utc>> {
        match status {
            Status::Unpaid => self.paid_at,
            Status::Unsent => self.sent_at,
            Status::Unreceived => self.received_at,
            _ => None,
        }
    }
}

/// What one shopper has ordered and not paid, which is limited: unpaid orders, and cash-on-delivery orders of the last
/// three days that are not sent yet.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub open: u32,
    /// The number of the shopper's orders that were canceled in the last 24 hours because they were not paid in time.
    pub expired: u32,
    skus: HashMap<SkuId, u32>,
    spus: HashMap<SpuId, u32>,
}

impl Holdings {
    /// Adds units of a SKU to what the shopper has ordered and not paid, for the SKU and for its product.
    pub fn hold(&mut self, sku: SkuId, spu: SpuId, count: i32) {
        let count = count.unsigned_abs();
        for held in [self.skus.entry(sku).or_default(), self.spus.entry(spu).or_default()] {
            *held = held.saturating_add(count);
        }
    }

    /// Returns how many units of a SKU the shopper has ordered and not paid.
    pub fn of_sku(&self, sku: SkuId) -> u32 {
        self.skus.get(&sku).copied().unwrap_or_default()
    }

    /// Returns how many units of all SKUs of a product the shopper has ordered and not paid.
    pub fn of_product(&self, spu: SpuId) -> u32 {
        self.spus.get(&spu).copied().unwrap_or_default()
    }
}

/// A line of an order, with name, options and price as they were when the order was placed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct OrderLine {
    pub order_id: OrderId,
    pub sku_id: SkuId,
    pub name: String,
    /// The option values, such as "Blue, M".
    pub options: String,
    /// The file name of the picture, below `pictures/`; `None` if the product had none.
    pub picture: Option<String>,
    /// The CSS class of the color behind the picture.
    pub background: String,
    pub price: Money,
    pub count: i32,
}

impl OrderLine {
    /// Returns price times count.
    pub fn amount(&self) -> Money {
        Money::new(self.price.amount() * rust_decimal::Decimal::from(self.count)).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub struct OrderView {
    pub order: Order,
    /// The lines of the order, by ascending SKU id.
    pub goods: Vec<OrderLine>,
}
