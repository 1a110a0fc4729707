//! How much one account, or one address, may do.

use super::{ConfigError, Env};

/// All of them. Where a number is 0 there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What one shopper may hold without paying.
    pub orders: OrderLimits,
    /// `CHECKOUT_RATE_PER_ACCOUNT`, `CHECKOUT_RATE_PER_ADDRESS`: presses of "Place order" in a minute; 60 and 20,000 if unset.
    pub checkout: Rate,
    /// `CART_RATE_PER_ACCOUNT`, `CART_RATE_PER_ADDRESS`: changes of a cart in a minute; 600 and 60,000 if unset.
    pub cart: Rate,
    /// `SEARCH_RATE_PER_ACCOUNT`, `SEARCH_RATE_PER_ADDRESS`: searches in a minute; 240 and 20,000 if unset.
    pub search: Rate,
    /// `SIGN_UP_RATE_PER_ADDRESS`: accounts opened from one address in an hour; 2,000 if unset. A school or an office may stand
    /// behind it, a script would want more.
    pub sign_ups: u32,
}

/// How often something may be done in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// By one account; of a guest's cart by that.
    pub per_account: u32,
    /// From one address: so generous that an office, or a flash sale behind one address, passes.
    pub per_address: u32,
}

/// What one shopper may hold in open orders: those for which no money has come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderLimits {
    /// `MAX_OPEN_ORDERS`: open orders at once, 10 if unset.
    pub open: u32,
    /// `MAX_OPEN_PER_SKU`: pieces of one SKU in open orders, 10 if unset.
    pub per_sku: u32,
    /// `MAX_OPEN_PER_PRODUCT`: pieces of one product in open orders, 20 if unset.
    pub per_product: u32,
    /// `MAX_EXPIRED_ORDERS`: orders that were not paid in time in the last 24 hours, 5 if unset; from then on no further one
    /// may wait to be paid.
    pub expired: u32,
}

impl OrderLimits {
    /// Whether there is any bound.
    pub fn are_on(&self) -> bool {
        *self != Self::default()
    }
}

impl Limits {
    /// # Errors
    /// The first setting that is wrong.
    pub(super) fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        let bound = |name, unset: u32| {
            env.parse_or(name, unset, "a number from 0 (no bound) to 1000000000", |n| *n <= 1_000_000_000)
        };
        let rate = |(account, per_account), (address, per_address)| {
            Ok::<_, ConfigError>(Rate {
                per_account: bound(account, per_account)?,
                per_address: bound(address, per_address)?,
            })
        };
        Ok(Self {
            orders: OrderLimits {
                open: bound("MAX_OPEN_ORDERS", 10)?,
                per_sku: bound("MAX_OPEN_PER_SKU", 10)?,
                per_product: bound("MAX_OPEN_PER_PRODUCT", 20)?,
                expired: bound("MAX_EXPIRED_ORDERS", 5)?,
            },
            checkout: rate(("CHECKOUT_RATE_PER_ACCOUNT", 60), ("CHECKOUT_RATE_PER_ADDRESS", 20_000))?,
            cart: rate(("CART_RATE_PER_ACCOUNT", 600), ("CART_RATE_PER_ADDRESS", 60_000))?,
            search: rate(("SEARCH_RATE_PER_ACCOUNT", 240), ("SEARCH_RATE_PER_ADDRESS", 20_000))?,
            sign_ups: bound("SIGN_UP_RATE_PER_ADDRESS", 2_000)?,
        })
    }
}
