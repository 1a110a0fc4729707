//! Rows of users and addresses.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::rules::Username;
use crate::{
    kernel::{AddressId, Email, Phone, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::{addresses, users},
};

codes! {
    /// What a user may do. Each role includes the ones before it.
    #[derive(PartialOrd, Ord)]
    pub enum Role {
        /// A customer, who can buy.
        Shopper = "shopper",
        /// An employee, who can also work on stock and orders.
        Staff = "staff",
        /// An employee who can also manage the accounts of staff and the shop's settings.
        Admin = "admin",
    }
}

impl Role {
    /// Returns the name of the role for pages, in the language of `t`.
    pub fn label(self, t: Messages) -> &'static str {
        match self {
            Self::Shopper => t.role_shopper(),
            Self::Staff => t.role_staff(),
            Self::Admin => t.role_admin(),
        }
    }
}

sql_enum!(Role);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub(super) role: Role,
    /// When the account was disabled; `None` if it is enabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When the password was last changed, or all sessions were ended. Sessions that began before this time are
    /// invalid.
    pub password_changed_at: DateTime<Utc>,
}

impl User {
    pub fn role(&self) -> Role {
        self.role
    }
}

#[derive(Clone, Debug)]
pub struct StaffMember {
    pub user: User,
    /// The time of the last sign-in; `None` if the member of staff has never signed in.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// True if the member of staff has turned on the second factor.
    pub second_factor: bool,
}

#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = addresses)]
pub struct Address {
    pub id: AddressId,
    pub recipient: String,
    /// The phone number of the recipient, in the form that [`Phone`] stores.
    pub phone: String,
    /// Province, city and district of the address.
    pub region: String,
    /// Street, house and flat of the address.
    pub street: String,
    /// The postcode; may be empty.
    pub postcode: String,
    /// True for the address that a checkout selects at first.
    pub is_default: bool,
}

impl Address {
    /// Returns a hash of the fields, 16 hexadecimal digits, by which a form notices that the address has changed since
    /// its page was shown.
    pub fn digest(&self) -> String {
        let fields = [&self.recipient, &self.phone, &self.region, &self.street, &self.postcode];
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update(field);
            hasher.update([0]);
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Clone, Debug)]
pub struct NewUser {
    pub username: Username,
    pub email: Email,
    /// The password hash, a result of [`hash_password`](super::hash_password).
    pub password_hash: String,
    pub role: Role,
}

/// An address as typed in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddress {
    /// The name of the recipient: 1 to 60 characters.
    pub recipient: String,
    pub phone: Phone,
    /// Province, city and district; 1 to 100 characters.
    pub region: String,
    /// Street, house and flat; 1 to 200 characters.
    pub street: String,
    /// The postcode: at most 12 characters; may be empty.
    pub postcode: String,
    /// True to make it the default address.
    pub is_default: bool,
}
