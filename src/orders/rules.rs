//! How an order moves through its life.

use chrono::{DateTime, Utc};

use super::model::{Order, Status};
use crate::kernel::PayMethod;

/// What a new order waits for.
pub fn first_status(pay_method: PayMethod) -> Status {
    match pay_method {
        PayMethod::Alipay => Status::Unpaid,
        PayMethod::Cod => Status::Unsent,
    }
}

/// Whether an order that is paid like this waits to be paid first.
pub fn waits_to_be_paid(pay_method: PayMethod) -> bool {
    first_status(pay_method) == Status::Unpaid
}

/// The way of an order that goes well, for its page.
pub fn way(pay_method: PayMethod) -> &'static [Status] {
    match pay_method {
        PayMethod::Alipay => &[Status::Unpaid, Status::Unsent, Status::Unreceived, Status::Unreviewed],
        PayMethod::Cod => &[Status::Unsent, Status::Unreceived, Status::Unreviewed],
    }
}

/// Until when an order could be paid that was canceled because it was not.
pub fn expired_at(order: &Order) -> Option<DateTime<Utc>> {
    let canceled_at = order.canceled_at.filter(|_| order.status == Status::Canceled && order.paid_at.is_none())?;
    order.expires_at.filter(|until| *until <= canceled_at)
}
