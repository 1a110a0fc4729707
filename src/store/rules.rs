//! Rules about the shop's settings: first values, and which value applies where a text is empty.

use std::time::Duration;

use super::model::NewSettings;
use crate::{
    config::{FirstSettings, OrderLimits},
    kernel::{Freight, Language},
};

/// The English name of a shop that nobody has named yet.
const FIRST_NAME_EN: &str = "Till";
const FIRST_NAME_ZH: &str = "Till 商店";
const RECEIVED_AFTER_DAYS: i32 = 10;
const RETURN_DAYS: i32 = 7;
const REVIEW_DAYS: i32 = 15;
const REVIEW_MAIL_DAYS: i32 = 3;

impl NewSettings {
    /// Returns the settings that the first start of a new shop stores.
    pub fn first(first: &FirstSettings) -> Self {
        let limit = |most: u32| i32::try_from(most).unwrap_or(i32::MAX);
        let OrderLimits { open, per_sku, per_product, expired } = first.order_limits;
        let sender = first.sender.as_ref();
        Self {
            shop_name_zh: FIRST_NAME_ZH.to_owned(),
            shop_name_en: FIRST_NAME_EN.to_owned(),
            address: String::new(),
            contact_phone: String::new(),
            contact_email: String::new(),
            tax_number: String::new(),
            return_recipient: String::new(),
            return_phone: String::new(),
            return_address: String::new(),
            mail_name: sender.and_then(|from| from.name.clone()).unwrap_or_default(),
            mail_address: sender.map(|from| from.email.to_string()).unwrap_or_default(),
            freight: first.freight.charge,
            free_from: first.freight.free_from,
            unpaid_minutes: first.unpaid_minutes,
            received_after_days: RECEIVED_AFTER_DAYS,
            return_days: RETURN_DAYS,
            review_days: REVIEW_DAYS,
            review_mail_days: REVIEW_MAIL_DAYS,
            reviews_need_approval: false,
            max_open_orders: limit(open),
            max_open_per_sku: limit(per_sku),
            max_open_per_product: limit(per_product),
            max_expired_orders: limit(expired),
            refund_password_from: first.refund_password_from,
            stock_password_from: first.stock_password_from,
        }
    }

    /// Returns the shop's name in this language; if it has no name in it, the name in the other language.
    pub fn shop_name(&self, language: Language) -> &str {
        let (wanted, other) = match language {
            Language::En => (&self.shop_name_en, &self.shop_name_zh),
            Language::Zh => (&self.shop_name_zh, &self.shop_name_en),
        };
        if wanted.is_empty() { other } else { wanted }
    }

    /// Returns the name of the sender of emails in this language.
    pub fn sender_name(&self, language: Language) -> &str {
        if self.mail_name.is_empty() { self.shop_name(language) } else { &self.mail_name }
    }

    pub fn freight_terms(&self) -> Freight {
        Freight { charge: self.freight, free_from: self.free_from }
    }

    /// Returns the time in which an order must be paid after it was placed.
    pub fn pay_within(&self) -> Duration {
        Duration::from_secs(u64::from(self.unpaid_minutes.unsigned_abs()) * 60)
    }

    pub fn order_limits(&self) -> OrderLimits {
        OrderLimits {
            open: self.max_open_orders.unsigned_abs(),
            per_sku: self.max_open_per_sku.unsigned_abs(),
            per_product: self.max_open_per_product.unsigned_abs(),
            expired: self.max_expired_orders.unsigned_abs(),
        }
    }
}
