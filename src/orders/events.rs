//! What happens to orders, who causes it, and its records.

use chrono::{DateTime, Utc};
use diesel::Queryable;

use crate::{
    kernel::{UserId, codes},
    platform::db::sql_enum,
};

/// What can happen to an order, see [`rules::next`](super::rules::next).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    Paid,
    /// Paid after it had expired, and its goods could be taken again.
    Revived,
    /// Not paid in time.
    Expired,
    CanceledByShopper,
    CanceledByStaff,
    Sent,
    Received,
    Finished,
    /// The parcel was refused at the door.
    Refused,
    /// All money has gone back after the goods had left.
    Refunded,
}

impl OrderEvent {
    pub const ALL: [Self; 10] = [
        Self::Paid,
        Self::Revived,
        Self::Expired,
        Self::CanceledByShopper,
        Self::CanceledByStaff,
        Self::Sent,
        Self::Received,
        Self::Finished,
        Self::Refused,
        Self::Refunded,
    ];

    /// What `order_events` records of it; who canceled is its actor.
    pub fn kind(self) -> EventKind {
        match self {
            Self::Paid => EventKind::Paid,
            Self::Revived => EventKind::Revived,
            Self::Expired => EventKind::Expired,
            Self::CanceledByShopper | Self::CanceledByStaff => EventKind::Canceled,
            Self::Sent => EventKind::Sent,
            Self::Received => EventKind::Received,
            Self::Finished => EventKind::Finished,
            Self::Refused => EventKind::Refused,
            Self::Refunded => EventKind::Refunded,
        }
    }
}

codes! {
    /// An event as `order_events` records it.
    pub enum EventKind {
        Paid = "paid",
        Revived = "revived",
        Expired = "expired",
        Canceled = "canceled",
        Sent = "sent",
        Received = "received",
        Finished = "finished",
        Refused = "refused",
        Refunded = "refunded",
    }
}

sql_enum!(EventKind);

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Shopper(UserId),
    Staff(UserId),
    Gateway,
    System,
}

impl Actor {
    /// What `order_events` records of it, beside the user.
    pub fn kind(self) -> ActorKind {
        match self {
            Self::Shopper(_) => ActorKind::Shopper,
            Self::Staff(_) => ActorKind::Staff,
            Self::Gateway => ActorKind::Gateway,
            Self::System => ActorKind::System,
        }
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Shopper(user) | Self::Staff(user) => Some(user),
            Self::Gateway | Self::System => None,
        }
    }
}

codes! {
    /// An [`Actor`] without the user.
    pub enum ActorKind {
        Shopper = "shopper",
        Staff = "staff",
        Gateway = "gateway",
        System = "system",
    }
}

sql_enum!(ActorKind);

codes! {
    /// Why an order is canceled.
    pub enum CanceledBy {
        Expiry = "expiry",
        Shopper = "shopper",
        Staff = "staff",
        Refusal = "refusal",
    }
}

impl CanceledBy {
    /// `None` for an event that does not cancel.
    pub fn of(event: OrderEvent) -> Option<Self> {
        match event {
            OrderEvent::Expired => Some(Self::Expiry),
            OrderEvent::CanceledByShopper => Some(Self::Shopper),
            OrderEvent::CanceledByStaff => Some(Self::Staff),
            OrderEvent::Refused => Some(Self::Refusal),
            _ => None,
        }
    }
}

sql_enum!(CanceledBy);

/// A row of `order_events`.
#[derive(Clone, Debug, Queryable)]
pub struct RecordedEvent {
    pub event: EventKind,
    pub actor: ActorKind,
    /// Of a shopper or a member of staff.
    pub username: Option<String>,
    pub details: serde_json::Value,
    pub at: DateTime<Utc>,
}
