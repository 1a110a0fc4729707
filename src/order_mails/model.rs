use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    kernel::{Language, Money, OrderId, OrderNumber, UserId, codes},
    orders::{CanceledBy, OrderView},
    platform::db::sql_enum,
    schema::{order_events, order_mails},
};

codes! {
    /// What an email to a shopper says.
    pub enum MailKind {
        /// The order was placed; an online order must still be paid.
        Placed = "placed",
        /// The order expires in ten minutes.
        PayReminder = "pay_reminder",
        Expired = "expired",
        Paid = "paid",
        /// The order had expired, was paid nevertheless, and its goods were still there.
        Revived = "revived",
        ParcelSent = "parcel_sent",
        Canceled = "canceled",
        RefundDone = "refund_done",
        /// The order had expired, was paid nevertheless, and its goods are sold.
        PaidLate = "paid_late",
        /// A payment that the order does not need goes back.
        PaidTwice = "paid_twice",
        ReturnAsked = "return_asked",
        ReturnApproved = "return_approved",
        ReturnDeclined = "return_declined",
        ReturnArrived = "return_arrived",
        ReturnClosed = "return_closed",
        /// In two days the order counts as received.
        DeliverySoon = "delivery_soon",
        /// Some days after the receipt, if something of the order can still be reviewed.
        ReviewAsked = "review_asked",
    }
}

sql_enum!(MailKind);

codes! {
    /// Why an email is not sent.
    pub enum MailReason {
        NoAddress = "no_address",
        /// What it would say is not true any more, or it is too late for it.
        Outdated = "outdated",
    }
}

sql_enum!(MailReason);

/// An email that is due, with the row that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueMail {
    pub(super) order: OrderId,
    pub(super) kind: MailKind,
    pub(super) thing: i64,
}

/// An event of an order whose emails were not looked at yet. Not each kind of event has an email, so the kind is a text.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_events)]
pub(super) struct NewEvent {
    pub(super) id: i64,
    pub(super) order_id: OrderId,
    pub(super) event: String,
    pub(super) details: Value,
    pub(super) at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_mails)]
pub struct OrderMail {
    pub id: i64,
    pub order_id: OrderId,
    pub kind: MailKind,
    pub thing: i64,
    pub language: Language,
    pub promised_at: DateTime<Utc>,
    /// When a process began to send the email; `None` if none has.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the mail server accepted the email; `None` if it has not.
    pub sent_at: Option<DateTime<Utc>>,
    pub skipped: Option<MailReason>,
}

/// An email on the page of its order.
#[derive(Clone, Debug)]
pub struct SentOrderMail {
    pub mail: OrderMail,
    /// How often the job has failed or is being tried, and its last error; `None` if the job is done and forgotten.
    pub attempts: Option<i32>,
    pub last_error: Option<String>,
}

/// How far an email is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    Waiting,
    /// Sending has failed, and is tried again.
    Retried,
    /// Sending has failed too often; it waits for staff.
    Failed,
    /// The text was sent, but whether it arrived is unknown.
    Unknown,
    Sent,
    Skipped(MailReason),
}

/// An order as its emails show it.
#[derive(Clone, Debug)]
pub struct MailedOrder {
    pub view: OrderView,
    pub user: UserId,
    pub username: String,
    /// The address of the shopper's account; empty if there is none.
    pub email: String,
    /// Why the order was canceled, as staff or the shopper wrote it; empty if they wrote nothing.
    pub cancel_reason: String,
    pub canceled_by: Option<CanceledBy>,
}

/// Goods in a parcel or a return.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct MailedGoods {
    pub name: String,
    pub options: String,
    pub count: i32,
}

#[derive(Clone, Debug)]
pub struct MailedParcel {
    pub carrier: String,
    pub number: String,
    /// The page of the carrier that follows the parcel; `None` if there is none.
    pub link: Option<String>,
    pub goods: Vec<MailedGoods>,
    /// Whether parcels are still to come.
    pub is_part: bool,
}

#[derive(Clone, Debug)]
pub struct MailedRefund {
    pub amount: Money,
    pub is_by_gateway: bool,
}

#[derive(Clone, Debug)]
pub struct MailedReturn {
    pub status: String,
    pub is_goods_back: bool,
    /// What staff answered; may be empty.
    pub answer: String,
    pub goods: Vec<MailedGoods>,
}

/// What a job needs to know of an order to name it.
#[derive(Clone, Debug, Queryable)]
pub(super) struct NamedOrder {
    pub(super) id: OrderId,
    pub(super) number: OrderNumber,
    pub(super) language: Language,
}
