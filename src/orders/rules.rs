//! Rules about the status of an order.

use chrono::{DateTime, Utc};

use super::model::{Order, Status};
use crate::kernel::PayMethod;

/// The status of a new order.
pub fn first_status(pay_method: PayMethod) -> Status {
    match pay_method {
        PayMethod::Alipay => Status::Unpaid,
        PayMethod::Cod => Status::Unsent,
    }
}

/// Whether a new order with this pay method must be paid before it is sent.
pub fn waits_to_be_paid(pay_method: PayMethod) -> bool {
    first_status(pay_method) == Status::Unpaid
}

/// The statuses of an order without cancellation or refund.
pub fn status_sequence(pay_method: PayMethod) -> &'static [Status] {
    match pay_method {
        PayMethod::Alipay => &[Status::Unpaid, Status::Unsent, Status::Unreceived, Status::Unreviewed],
        PayMethod::Cod => &[Status::Unsent, Status::Unreceived, Status::Unreviewed],
    }
}

/// The deadline of an order that was canceled because it was not paid in time; none for other orders.
pub fn expired_at(order: &Order) -> Option<DateTime<Utc>> {
    let canceled_at = order.canceled_at.filter(|_| order.status == Status::Canceled && order.paid_at.is_none())?;
    order.expires_at.filter(|until| *until <= canceled_at)
}
