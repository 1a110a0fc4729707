//! How an order moves through its life.

use super::model::Status;
use crate::kernel::PayMethod;

/// What a new order waits for.
pub fn first_status(pay_method: PayMethod) -> Status {
    match pay_method {
        PayMethod::Alipay => Status::Unpaid,
        PayMethod::Cod => Status::Unsent,
    }
}

/// The way of an order that goes well, for its page.
pub fn way(pay_method: PayMethod) -> &'static [Status] {
    match pay_method {
        PayMethod::Alipay => &[Status::Unpaid, Status::Unsent, Status::Unreceived, Status::Unreviewed],
        PayMethod::Cod => &[Status::Unsent, Status::Unreceived, Status::Unreviewed],
    }
}
