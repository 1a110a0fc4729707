//! Rules about which statuses an order can have, one after the other.

use chrono::{DateTime, Utc};

use super::{
    events::OrderEvent,
    model::{Order, Status},
};
use crate::kernel::{Money, PayMethod};

/// Returns the status of an order after an event; `None` if the event cannot happen to an order in this status. A
/// status changes in no other way.
pub fn next(status: Status, event: OrderEvent) -> Option<Status> {
    match (status, event) {
        (Status::Unpaid, OrderEvent::Paid) | (Status::Canceled, OrderEvent::Revived) => Some(Status::Unsent),
        (Status::Unpaid, OrderEvent::Expired)
        | (Status::Unpaid | Status::Unsent, OrderEvent::CanceledByShopper | OrderEvent::CanceledByStaff)
        | (Status::Unreceived | Status::Unreviewed, OrderEvent::Refused) => Some(Status::Canceled),
        (Status::Unsent, OrderEvent::Sent) => Some(Status::Unreceived),
        (Status::Unreceived, OrderEvent::Reopened) => Some(Status::Unsent),
        (Status::Unreceived, OrderEvent::Received) => Some(Status::Unreviewed),
        (Status::Unreviewed, OrderEvent::Finished) => Some(Status::Finished),
        // What never left the shop ends as canceled, with its refund beside it.
        (Status::Unreceived | Status::Unreviewed | Status::Finished, OrderEvent::Refunded) => Some(Status::Refunded),
        _ => None,
    }
}

/// Returns the status of a new order: unsent if it is paid on delivery or costs nothing, otherwise unpaid.
pub fn first_status(pay_method: PayMethod, total: Money) -> Status {
    match pay_method {
        PayMethod::Alipay if !total.is_zero() => Status::Unpaid,
        PayMethod::Alipay | PayMethod::Cod => Status::Unsent,
    }
}

/// Returns whether an order with this pay method must be paid before it is sent.
pub fn waits_to_be_paid(pay_method: PayMethod) -> bool {
    pay_method == PayMethod::Alipay
}

/// Returns the statuses that an order has one after the other if it is neither canceled nor refunded.
pub fn status_sequence(pay_method: PayMethod) -> &'static [Status] {
    match pay_method {
        PayMethod::Alipay => &[Status::Unpaid, Status::Unsent, Status::Unreceived, Status::Unreviewed],
        PayMethod::Cod => &[Status::Unsent, Status::Unreceived, Status::Unreviewed],
    }
}

/// Returns the payment deadline of an order that was canceled because it was not paid by this deadline; `None` for
/// other orders.
pub fn expired_at(order: &Order) -> Option<DateTime<Utc>> {
    let canceled_at = order.canceled_at.filter(|_| order.status == Status::Canceled && order.paid_at.is_none())?;
    order.expires_at.filter(|until| *until <= canceled_at)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn events() -> impl Strategy<Value = Vec<OrderEvent>> {
        prop::collection::vec(select(&OrderEvent::ALL[..]), 0..40)
    }

    proptest! {
        #[test]
        fn whatever_happens_an_order_goes_only_the_ways_there_are(first in select(vec![Status::Unpaid, Status::Unsent]), events in events()) {
            let (mut status, mut paid, mut sent) = (first, first == Status::Unsent, false);
            for event in events {
                let Some(after) = next(status, event) else { continue };
                prop_assert_ne!(after, status, "{:?}", event);
                prop_assert_ne!(status, Status::Refunded, "refunded is the end");
                paid |= matches!(event, OrderEvent::Paid | OrderEvent::Revived);
                sent |= event == OrderEvent::Sent;
                match after {
                    Status::Unpaid => prop_assert!(false, "nothing becomes unpaid again"),
                    Status::Unsent => prop_assert!(paid),
                    Status::Unreceived | Status::Unreviewed | Status::Finished | Status::Refunded => {
                        prop_assert!(paid && sent, "goods leave only a shop that was paid, or collects")
                    }
                    Status::Canceled => {}
                }
                status = after;
            }
        }
    }

    #[test]
    fn each_move_is_one_of_these() {
        let moves: Vec<(Status, OrderEvent)> = Status::ALL
            .into_iter()
            .flat_map(|status| OrderEvent::ALL.map(|event| (status, event)))
            .filter(|(status, event)| next(*status, *event).is_some())
            .collect();
        assert_eq!(moves.len(), 16);
        assert_eq!(next(Status::Unsent, OrderEvent::Expired), None, "a paid order does not expire");
        assert_eq!(next(Status::Canceled, OrderEvent::Paid), None, "it is revived, or the money goes back");
        assert_eq!(next(Status::Unreceived, OrderEvent::CanceledByStaff), None, "it is under way");
    }
}
