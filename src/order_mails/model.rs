use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    kernel::{Language, Money, OrderId, OrderNumber, UserId, codes},
    orders::{CanceledBy, OrderView},
    platform::db::sql_enum,
    schema::{order_events, order_mails, outbox},
};

codes! {
    /// What an email to a shopper is about.
    pub enum MailKind {
        /// The shopper has placed the order; if it is paid online, that must still be done.
        Placed = "placed",
        /// The order is canceled in ten minutes if it is not paid.
        PayReminder = "pay_reminder",
        Expired = "expired",
        Paid = "paid",
        /// The order was paid after it had been canceled for non-payment. Its goods were still in stock, so it is valid
        /// again.
        Revived = "revived",
        ParcelSent = "parcel_sent",
        Canceled = "canceled",
        RefundDone = "refund_done",
        /// The order was paid after it had been canceled for non-payment, and its goods were no longer in stock.
        PaidLate = "paid_late",
        /// The order was paid more than once, and the surplus is refunded.
        PaidTwice = "paid_twice",
        ReturnAsked = "return_asked",
        ReturnApproved = "return_approved",
        ReturnDeclined = "return_declined",
        ReturnArrived = "return_arrived",
        ReturnClosed = "return_closed",
        /// The order will count as received in two days.
        DeliverySoon = "delivery_soon",
        /// The shopper is asked for a review: some days after the order was received, if something of it can still be
        /// reviewed.
        ReviewAsked = "review_asked",
        FapiaoIssued = "fapiao_issued",
        FapiaoRefused = "fapiao_refused",
        /// A red fapiao reverses the one that was issued, because money went back.
        FapiaoReversed = "fapiao_reversed",
    }
}

sql_enum!(MailKind);

codes! {
    /// Why an email is not sent.
    pub enum MailReason {
        NoAddress = "no_address",
        /// What the email would say is not true any more, or it happened too long ago.
        Outdated = "outdated",
    }
}

sql_enum!(MailReason);

/// An email that is due: the order, what it says, and the row that it is about, such as a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueMail {
    pub(super) order: OrderId,
    pub(super) kind: MailKind,
    pub(super) thing: i64,
}

/// An event of an order for which no emails were stored yet. Not every kind of event leads to an email, so the kind is
/// a text.
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
    /// When a process began to send the email; `None` if no process has.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the mail server accepted the email; `None` if it has not.
    pub sent_at: Option<DateTime<Utc>>,
    pub skipped: Option<MailReason>,
}

impl MailKind {
    /// Returns whether the email goes to an address that the shopper typed for it, instead of the account's address.
    pub fn has_own_address(self) -> bool {
        matches!(self, Self::FapiaoIssued | Self::FapiaoRefused | Self::FapiaoReversed)
    }
}

/// How far an email to a shopper has come, as its row and its job say.
#[derive(Clone, Debug)]
pub struct MailProgress {
    pub promised_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub skipped: Option<MailReason>,
    /// The job that sends it; `None` if it is done and was deleted.
    pub job: Option<MailJob>,
}

/// A job that sends an email: how often it was attempted, and why the last attempt failed; `None` if none has.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct MailJob {
    pub id: i64,
    pub attempts: i32,
    pub last_error: Option<String>,
}

/// An email as the page of its order shows it to staff.
#[derive(Clone, Debug)]
pub struct SentOrderMail {
    pub kind: MailKind,
    pub progress: MailProgress,
}

/// Whether an email was sent, and what became of it if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    Waiting,
    /// Sending has failed; the job will try again.
    Retried,
    /// Sending has failed too often; the job waits for staff.
    Failed,
    /// The text was given to the mail server, but the server's answer is unknown.
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
    /// The email address of the shopper's account; empty if there is none.
    pub email: String,
    /// Why the order was canceled, as staff or the shopper wrote it; empty if they wrote nothing.
    pub cancel_reason: String,
    pub canceled_by: Option<CanceledBy>,
    /// True if staff placed the order for the shopper, who may have no password.
    pub is_by_staff: bool,
}

/// Goods in a parcel or a return, as an email lists them.
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
    /// The URL of the carrier's page that shows where the parcel is; `None` if there is none.
    pub link: Option<String>,
    pub goods: Vec<MailedGoods>,
    /// True if more parcels of the order are still to be sent.
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
    /// What staff answered to the shopper's wish for a return; may be empty.
    pub answer: String,
    pub goods: Vec<MailedGoods>,
}

/// The data of a fapiao for the email about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedFapiao {
    /// The email address that the shopper typed with the request for the fapiao.
    pub email: String,
    /// The numbers of the issued fapiao, separated by commas; empty if the request was refused.
    pub numbers: String,
    /// The numbers of the red fapiao that reverse it, separated by commas; empty if it is not reversed.
    pub reversal_numbers: String,
    /// The reason why staff refused the request; empty if the fapiao was issued.
    pub refusal: String,
}

/// The number of an order and its shopper's language: for emails that need no other data of the order.
#[derive(Clone, Debug, Queryable)]
pub(super) struct NamedOrder {
    pub(super) id: OrderId,
    pub(super) number: OrderNumber,
    pub(super) language: Language,
}
