//! Rows of the accounts room.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::rules::Username;
use crate::{
    kernel::{AddressId, Email, Phone, UserId},
    platform::db::kept_as_code,
    schema::{addresses, users},
};

/// What somebody may do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Buys.
    Shopper,
    /// Also does stock and orders.
    Staff,
    /// Also manages people.
    Admin,
}

impl Role {
    /// As the database calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// `None` where nobody knows the code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "shopper" => Some(Self::Shopper),
            "staff" => Some(Self::Staff),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

kept_as_code!(Role, Role::from_code);

/// Somebody with an account.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// What to call them.
    pub username: String,
    /// Where to write to.
    pub email: String,
    pub(super) role: Role,
    /// Since when they may not come in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Sessions begun before this are over.
    pub password_changed_at: DateTime<Utc>,
}

impl User {
    /// What they may do here.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// Somebody who may come behind the counter, as admins see them.
#[derive(Clone, Debug)]
pub struct StaffMember {
    /// Who.
    pub person: User,
    /// When they last signed in.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// Whether they have a second factor.
    pub second_factor: bool,
}

/// An entry of somebody's address book.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = addresses)]
pub struct Address {
    /// Which.
    pub id: AddressId,
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
    /// The one a checkout starts with.
    pub is_default: bool,
}

impl Address {
    /// A digest of what it says, in 16 letters and digits: a page that was shown it can tell whether it has changed since.
    pub fn digest(&self) -> String {
        let said = [&self.recipient, &self.phone, &self.region, &self.street, &self.postcode];
        let mut hasher = Sha256::new();
        for line in said {
            hasher.update(line);
            hasher.update([0]);
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Somebody about to have an account.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What to call them.
    pub username: Username,
    /// Where to write to.
    pub email: Email,
    /// From [`hash_password`](super::hash_password).
    pub password_hash: String,
    /// What they may do here.
    pub role: Role,
}

/// An address as it was typed, for an address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddress {
    /// Who receives it; 1 to 60 characters.
    pub recipient: String,
    /// How to reach them.
    pub phone: Phone,
    /// Province, city, district; 1 to 100 characters.
    pub region: String,
    /// Street, house, flat; 1 to 200 characters.
    pub street: String,
    /// At most 12 characters; may be empty.
    pub postcode: String,
    /// Whether it becomes the one a checkout starts with.
    pub is_default: bool,
}
