use diesel::prelude::*;

use crate::{kernel::Money, schema::store_settings};

/// The settings that admins change. A text may be empty, but for one of the two names.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = store_settings)]
pub struct NewSettings {
    pub shop_name_zh: String,
    pub shop_name_en: String,
    pub address: String,
    /// A phone number as [`Phone`](crate::kernel::Phone) stores it.
    pub contact_phone: String,
    pub contact_email: String,
    pub tax_number: String,
    pub return_recipient: String,
    /// A phone number as [`Phone`](crate::kernel::Phone) stores it.
    pub return_phone: String,
    pub return_address: String,
    /// The name of the sender of emails; if empty, that of the shop.
    pub mail_name: String,
    /// The address of the sender of emails; if empty, that of `MAIL_FROM`.
    pub mail_address: String,
    /// The delivery charge of an order.
    pub freight: Money,
    /// The amount of goods from which delivery is free.
    pub free_from: Money,
    pub unpaid_minutes: i32,
    pub received_after_days: i32,
    /// For how many days after the receipt shoppers may ask for a return; 0: not at all.
    pub return_days: i32,
    pub review_days: i32,
    /// How many days after the receipt shoppers are asked for a review by email; 0: never.
    pub review_mail_days: i32,
    /// Whether a review appears only after staff have approved it.
    pub reviews_need_approval: bool,
    /// The limits of one account's open and expired orders; 0 is no limit.
    pub max_open_orders: i32,
    pub max_open_per_sku: i32,
    pub max_open_per_product: i32,
    pub max_expired_orders: i32,
    /// Refunds of this amount, and stock changes of so many units, ask staff for the password again.
    pub refund_password_from: Money,
    pub stock_password_from: i32,
}

/// The settings of the shop, as all its parts read them.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = store_settings)]
pub struct Settings {
    /// Increases with each change.
    pub version: i64,
    #[diesel(embed)]
    pub values: NewSettings,
}

impl std::ops::Deref for Settings {
    type Target = NewSettings;

    fn deref(&self) -> &NewSettings {
        &self.values
    }
}
