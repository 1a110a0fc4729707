use lettre::message::Mailbox;

use super::{AMOUNT, ConfigError, Env, OrderLimits, mail, yuan};
use crate::kernel::{Freight, Money};

/// The settings that the environment gives to a new shop. Its first start stores them in the database; from then on the
/// stored ones count, which admins change at `/admin/settings`.
#[derive(Clone, Debug)]
pub struct FirstSettings {
    /// `FREIGHT`: the delivery charge, 10.00 if unset. `FREIGHT_FREE_FROM`: the sum of the goods' prices from which
    /// delivery is free, 199.00 if unset.
    pub freight: Freight,
    /// `UNPAID_MINUTES`: minutes after which an order that is not paid is canceled, 30 if unset.
    pub unpaid_minutes: i32,
    pub order_limits: OrderLimits,
    /// `STOCK_PASSWORD_FROM`: staff must type their password again to change a stock by this many units, 10,000 if
    /// unset.
    pub stock_password_from: i32,
    /// `REFUND_PASSWORD_FROM`: staff must type their password again to refund this amount or more, 500.00 if unset.
    pub refund_password_from: Money,
    /// `MAIL_FROM`: the sender of emails; `None` if it is not set.
    pub sender: Option<Mailbox>,
}

impl FirstSettings {
    pub(super) fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        let charge = env.parse_or("FREIGHT", yuan(10), AMOUNT, |_| true)?;
        let free_from = env.parse_or("FREIGHT_FREE_FROM", yuan(199), AMOUNT, |_| true)?;
        let minutes = "a number of minutes from 1 to 10080";
        let units = "a number of units from 1 to 1000000000";
        Ok(Self {
            freight: Freight { charge, free_from },
            unpaid_minutes: env.parse_or("UNPAID_MINUTES", 30, minutes, |n| (1..=10_080).contains(n))?,
            order_limits: OrderLimits::read(env)?,
            stock_password_from: env
                .parse_or("STOCK_PASSWORD_FROM", 10_000, units, |n| (1..=1_000_000_000).contains(n))?,
            refund_password_from: env.parse_or(
                "REFUND_PASSWORD_FROM",
                yuan(500),
                "an amount such as 500.00",
                |_| true,
            )?,
            sender: mail::sender(env)?,
        })
    }
}
