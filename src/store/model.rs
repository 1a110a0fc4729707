use diesel::prelude::*;

use crate::{kernel::Money, messages::Messages, schema::store_settings};

/// The settings that admins change. Any text may be empty, except one of the shop's two names.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = store_settings)]
pub struct NewSettings {
    pub shop_name_zh: String,
    pub shop_name_en: String,
    pub address: String,
    /// The shop's phone number, as [`Phone`](crate::kernel::Phone) stores it.
    pub contact_phone: String,
    pub contact_email: String,
    pub tax_number: String,
    pub return_recipient: String,
    /// The phone number for parcels that shoppers send back, as [`Phone`](crate::kernel::Phone) stores it.
    pub return_phone: String,
    pub return_address: String,
    /// The name of the sender of emails; if empty, the shop's name is used.
    pub mail_name: String,
    /// The address of the sender of emails; if empty, the address in `MAIL_FROM` is used.
    pub mail_address: String,
    /// The delivery charge of an order whose goods cost less than `free_from`.
    pub freight: Money,
    /// The sum of the goods' prices from which delivery is free.
    pub free_from: Money,
    pub unpaid_minutes: i32,
    pub received_after_days: i32,
    /// The number of days after the receipt of an order in which shoppers may ask for a return; 0: they cannot.
    pub return_days: i32,
    pub review_days: i32,
    /// How many days after the receipt shoppers are asked for a review by email; 0: never.
    pub review_mail_days: i32,
    /// Whether a review appears only after staff have approved it.
    pub reviews_need_approval: bool,
    /// The maximum number of orders of one account for which no money has come in yet; 0 is no limit.
    pub max_open_orders: i32,
    pub max_open_per_sku: i32,
    pub max_open_per_product: i32,
    pub max_expired_orders: i32,
    /// The amount from which a refund asks staff for their password again.
    pub refund_password_from: Money,
    pub stock_password_from: i32,
}

/// The stored settings of the shop, with their version.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = store_settings)]
pub struct Settings {
    /// A number that each change increases.
    pub version: i64,
    #[diesel(embed)]
    pub values: NewSettings,
}

impl Settings {
    /// Returns the phone number and email address of the shop on one line; empty if the settings have neither.
    pub fn contact(&self, t: Messages) -> String {
        let phone = t.phone(&self.contact_phone);
        let all = [phone.as_str(), self.contact_email.as_str()];
        all.into_iter().filter(|way| !way.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

impl std::ops::Deref for Settings {
    type Target = NewSettings;

    fn deref(&self) -> &NewSettings {
        &self.values
    }
}
