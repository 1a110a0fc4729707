use super::{ConfigError, Env};

/// Rate limits for each account and for each IP address. The value 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `CHECKOUT_RATE_PER_ACCOUNT`, `CHECKOUT_RATE_PER_ADDRESS`: checkouts per minute; 60 and 20,000 if unset.
    pub checkout: Rate,
    /// `CART_RATE_PER_ACCOUNT`, `CART_RATE_PER_ADDRESS`: cart changes per minute; 600 and 60,000 if unset.
    pub cart: Rate,
    /// `SEARCH_RATE_PER_ACCOUNT`, `SEARCH_RATE_PER_ADDRESS`: searches per minute; 240 and 20,000 if unset.
    pub search: Rate,
    /// `SIGN_UP_RATE_PER_ADDRESS`: new accounts per hour; 2,000 if unset, enough for a school behind one address.
    pub sign_ups: u32,
    /// `QUESTION_RATE_PER_ACCOUNT`, `QUESTION_RATE_PER_ADDRESS`: questions, replies, pictures and requests for a fapiao
    /// per hour; 30 and 200 if unset.
    pub question: Rate,
    /// `REVIEW_RATE_PER_ACCOUNT`, `REVIEW_RATE_PER_ADDRESS`: reviews, edits and pictures per hour; 120 and 4,000 if
    /// unset.
    pub review: Rate,
    /// `CUSTOMER_RATE_PER_STAFF`: how many pages with customers' data (the list, or one customer) one member of staff
    /// may open per hour; 200 if unset.
    pub customers: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The maximum number of requests of one account, or of one guest (recognized by the guest's cart), in the period
    /// of the limit: a minute or an hour.
    pub per_account: u32,
    /// The maximum number of requests from one IP address in the period of the limit (a minute or an hour): enough for
    /// a whole office, or for a flash sale.
    pub per_address: u32,
}

/// Limits on what one account can order without paying. Open orders are those for which no money has come in yet. The
/// value 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderLimits {
    /// `MAX_OPEN_ORDERS`: maximum number of open (unpaid) orders of one account, 10 if unset.
    pub open: u32,
    /// `MAX_OPEN_PER_SKU`: maximum number of units of one SKU in an account's open (unpaid) orders, 10 if unset.
    pub per_sku: u32,
    /// `MAX_OPEN_PER_PRODUCT`: maximum number of units of one SPU in an account's open (unpaid) orders, 20 if unset.
    pub per_product: u32,
    /// `MAX_EXPIRED_ORDERS`, 5 if unset: if at least this many orders of an account were canceled in the last 24 hours
    /// because they were not paid in time, the account cannot place another order that must be paid before it is sent.
    pub expired: u32,
}

impl OrderLimits {
    pub(super) fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            open: bound(env, "MAX_OPEN_ORDERS", 10)?,
            per_sku: bound(env, "MAX_OPEN_PER_SKU", 10)?,
            per_product: bound(env, "MAX_OPEN_PER_PRODUCT", 20)?,
            expired: bound(env, "MAX_EXPIRED_ORDERS", 5)?,
        })
    }

    pub fn are_on(&self) -> bool {
        *self != Self::default()
    }
}

impl Limits {
    pub(super) fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            checkout: rate(env, ("CHECKOUT_RATE_PER_ACCOUNT", 60), ("CHECKOUT_RATE_PER_ADDRESS", 20_000))?,
            cart: rate(env, ("CART_RATE_PER_ACCOUNT", 600), ("CART_RATE_PER_ADDRESS", 60_000))?,
            search: rate(env, ("SEARCH_RATE_PER_ACCOUNT", 240), ("SEARCH_RATE_PER_ADDRESS", 20_000))?,
            review: rate(env, ("REVIEW_RATE_PER_ACCOUNT", 120), ("REVIEW_RATE_PER_ADDRESS", 4_000))?,
            customers: bound(env, "CUSTOMER_RATE_PER_STAFF", 200)?,
            sign_ups: bound(env, "SIGN_UP_RATE_PER_ADDRESS", 2_000)?,
            question: rate(env, ("QUESTION_RATE_PER_ACCOUNT", 30), ("QUESTION_RATE_PER_ADDRESS", 200))?,
        })
    }
}

fn bound(env: &Env<'_>, name: &'static str, unset: u32) -> Result<u32, ConfigError> {
    env.parse_or(name, unset, "a number from 0 (no bound) to 1000000000", |n| *n <= 1_000_000_000)
}

/// Reads the limits for accounts and for IP addresses from two settings, each given as (name, default value).
fn rate(
    env: &Env<'_>,
    (account, per_account): (&'static str, u32),
    (address, per_address): (&'static str, u32),
) -> Result<Rate, ConfigError> {
    Ok(Rate { per_account: bound(env, account, per_account)?, per_address: bound(env, address, per_address)? })
}
