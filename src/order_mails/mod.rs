//! Emails about orders: which of them are due, to shoppers and to staff, and whether they were sent. Each is a row and
//! a job of the outbox, stored in the same transaction; the texts are made when the job sends it.

mod actions;
mod erasure;
mod model;
mod queries;
mod review_mails;
mod rules;
mod staff_mails;
mod unsubscribe;

pub use actions::{begin_order_mail, finish_order_mail, schedule_due, schedule_events, skip_order_mail};
pub use erasure::erase_order_mails;
pub use model::{
    MailJob, MailKind, MailProgress, MailReason, MailState, MailedFapiao, MailedGoods, MailedOrder, MailedParcel,
    MailedRefund, MailedReturn, OrderMail, SentOrderMail,
};
pub use queries::{
    fapiao_of_mail, has_open_return, mail_jobs, mailed_order, mails_of_order, order_mail, parcel_of_mail,
    payment_of_mail, refund_of_mail, return_of_mail,
};
pub use rules::{SEND_TIMEOUT, is_outdated};
pub use staff_mails::{
    NewOrderLine, STAFF_MAIL, ShopperCancellation, StaffMail, StaffMailKind, StuckRefund, begin_staff_mail,
    finish_staff_mail, leave_staff_mails, new_orders, notify_staff, number_of_return, schedule_staff_mails,
    set_staff_mail_languages, shopper_cancellation, skip_staff_mail, staff_mail, staff_mail_languages, strange_payment,
    stuck_refund,
};

pub use review_mails::{is_review_wanted, leave_review_mails, schedule_review_mails};
pub use unsubscribe::{MailList, UnsubscribeKey};

/// The kind of the outbox job that sends an email about an order to a shopper.
pub const ORDER_MAIL: &str = "order_mail";
