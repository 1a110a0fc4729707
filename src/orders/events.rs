//! What can happen to orders, who causes it, and the rows that record it.

use chrono::{DateTime, Utc};
use diesel::Queryable;

use crate::{
    kernel::{UserId, codes},
    platform::db::sql_enum,
};

/// Something that happens to an order and may change its status; [`rules::next`](super::rules::next) says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    Paid,
    /// The order was paid after it had been canceled for non-payment. Its goods were still in stock, so it is valid
    /// again.
    Revived,
    /// The order was not paid by its deadline, so it is canceled.
    Expired,
    CanceledByShopper,
    CanceledByStaff,
    /// The last parcel of the order was sent.
    Sent,
    /// A parcel of a completely sent order was recorded by mistake or lost, so that units have to be sent again.
    Reopened,
    Received,
    Finished,
    /// The recipient of a cash-on-delivery order refused the parcel.
    Refused,
    /// The whole payment was refunded after the goods had been sent.
    Refunded,
}

impl OrderEvent {
    pub const ALL: [Self; 11] = [
        Self::Paid,
        Self::Revived,
        Self::Expired,
        Self::CanceledByShopper,
        Self::CanceledByStaff,
        Self::Sent,
        Self::Reopened,
        Self::Received,
        Self::Finished,
        Self::Refused,
        Self::Refunded,
    ];

    /// Returns the kind under which `order_events` stores this event. The three ways to cancel an order are one kind;
    /// the actor of the event tells them apart.
    pub fn kind(self) -> EventKind {
        match self {
            Self::Paid => EventKind::Paid,
            Self::Revived => EventKind::Revived,
            Self::Expired => EventKind::Expired,
            Self::CanceledByShopper | Self::CanceledByStaff => EventKind::Canceled,
            Self::Sent => EventKind::Sent,
            Self::Reopened => EventKind::ParcelUndone,
            Self::Received => EventKind::Received,
            Self::Finished => EventKind::Finished,
            Self::Refused => EventKind::Refused,
            Self::Refunded => EventKind::Refunded,
        }
    }
}

codes! {
    /// The kind of an event of an order, as `order_events` stores it.
    pub enum EventKind {
        /// Staff placed the order for a caller. If the shopper placed the order, no event is stored.
        Placed = "placed",
        Paid = "paid",
        Revived = "revived",
        Expired = "expired",
        Canceled = "canceled",
        Sent = "sent",
        Received = "received",
        Finished = "finished",
        Refused = "refused",
        Refunded = "refunded",
        Packing = "packing",
        PackingStopped = "packing_stopped",
        ParcelSent = "parcel_sent",
        ParcelCorrected = "parcel_corrected",
        ParcelUndone = "parcel_undone",
        ParcelLost = "parcel_lost",
        /// Units were taken out of the order before it was sent.
        Withdrawn = "withdrawn",
        Held = "held",
        Released = "released",
        Noted = "noted",
        AddressChanged = "address_changed",
        CancellationAsked = "cancellation_asked",
        CancellationDeclined = "cancellation_declined",
        RefundWanted = "refund_wanted",
        RefundDone = "refund_done",
        RefundRefused = "refund_refused",
        ReturnAsked = "return_asked",
        ReturnApproved = "return_approved",
        ReturnDeclined = "return_declined",
        ReturnSentBack = "return_sent_back",
        ReturnArrived = "return_arrived",
        ReturnClosed = "return_closed",
        ReturnWithdrawn = "return_withdrawn",
        FapiaoRequested = "fapiao_requested",
        FapiaoIssued = "fapiao_issued",
        FapiaoRefused = "fapiao_refused",
        FapiaoWithdrawn = "fapiao_withdrawn",
        FapiaoReversed = "fapiao_reversed",
    }
}

sql_enum!(EventKind);

/// Who has caused an event of an order: a user, or the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Shopper(UserId),
    Staff(UserId),
    Gateway,
    System,
}

impl Actor {
    /// Returns the kind of actor that `order_events` stores; a separate column stores which user it was.
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
    /// The kind of an [`Actor`], which does not say which user it was.
    pub enum ActorKind {
        Shopper = "shopper",
        Staff = "staff",
        Gateway = "gateway",
        System = "system",
    }
}

sql_enum!(ActorKind);

codes! {
    /// Why an order was canceled: because it was not paid in time, by the shopper, by staff, or because the recipient
    /// refused the parcel.
    pub enum CanceledBy {
        Expiry = "expiry",
        Shopper = "shopper",
        Staff = "staff",
        Refusal = "refusal",
    }
}

impl CanceledBy {
    /// Returns why this event cancels an order; `None` if it does not cancel it.
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

/// A stored event of an order, with the name of who caused it.
#[derive(Clone, Debug, Queryable)]
pub struct RecordedEvent {
    pub event: EventKind,
    pub actor: ActorKind,
    /// The username of the shopper or the member of staff who caused the event; `None` if the program or the gateway
    /// did.
    pub username: Option<String>,
    pub details: serde_json::Value,
    pub at: DateTime<Utc>,
}
