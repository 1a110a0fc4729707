//! The page of one payment attempt: its notifications, its refunds, and what staff can do with it.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::labels;
use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, nav_badges::NavBadges},
    kernel::{Money, OrderNumber, PaymentId, RefundId},
    payments::{self, AdminRefund, OUT_OF_STOCK, Payment, PaymentStatus, RefundStatus, StoredNotification},
    platform::{clock, db::DbError},
    web::{self, Form, PageError, PageResult},
};

/// The maximum number of notifications that the page shows.
const MAX_NOTIFICATIONS: i64 = 50;

#[derive(Template)]
#[template(path = "admin/payments/payment.html")]
pub(super) struct PaymentPage {
    page: AdminPage,
    payment: Payment,
    order: OrderNumber,
    notifications: Vec<StoredNotification>,
    /// The refunds of this attempt, in any status.
    refunds: Vec<AdminRefund>,
    /// The amount of the payment less its refunds; refunds that the gateway refused are not subtracted.
    left: Money,
    form: Form,
    /// The refund whose form was not accepted; `None` if `form` is that of the payment attempt.
    failed: Option<RefundId>,
    zone: FixedOffset,
}

/// `GET /admin/payments/{id}`: the page of a payment attempt.
pub async fn payment(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let id = PaymentId(id.into_inner());
    web::html(&PaymentPage::load(staff, id, (Form::default(), None)).await?)
}

impl PaymentPage {
    pub(super) async fn load(
        staff: StaffRequest,
        id: PaymentId,
        (form, failed): (Form, Option<RefundId>),
    ) -> Result<Self, PageError> {
        let (badges, (payment, order), notifications, mut refunds) = staff
            .db
            .run(move |conn| {
                let found = payments::admin_payment(conn, id)?.ok_or(DbError::Missing)?;
                let notifications = payments::notifications_of(conn, id, MAX_NOTIFICATIONS)?;
                let refunds = payments::admin_refunds(conn, found.0.order_id)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, found, notifications, refunds))
            })
            .await?;
        refunds.retain(|refund| refund.refund.payment_id == id);
        let taken = refunds.iter().map(|refund| &refund.refund).filter(|refund| refund.status != RefundStatus::Refused);
        let taken: Money = taken.map(|refund| refund.amount).sum();
        let left = Money::new(payment.amount.amount() - taken.amount()).unwrap_or_default();
        let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
        Ok(Self { page, payment, order, notifications, refunds, left, form, failed, zone })
    }

    /// Returns the form that marks the payment attempt as looked at: as typed if it was not accepted, otherwise empty.
    fn settlement(&self) -> Form {
        if self.failed.is_none() { self.form.clone() } else { Form::default() }
    }

    fn counts_words(&self) -> &'static str {
        if self.payment.counts { self.page.t.payments_counts() } else { self.page.t.payments_counts_not() }
    }

    fn status(&self) -> &'static str {
        labels::status(&self.page.t, self.payment.status)
    }

    fn is_open(&self) -> bool {
        self.payment.status == PaymentStatus::Open
    }

    fn is_out_of_stock(&self) -> bool {
        self.payment.strange.as_deref() == Some(OUT_OF_STOCK)
    }

    fn strange(&self, why: &str) -> String {
        labels::strange(&self.page.t, why)
    }

    fn outcome<'a>(&self, notification: &'a StoredNotification) -> &'a str {
        labels::outcome(&self.page.t, &notification.outcome)
    }

    fn fields(&self, notification: &StoredNotification) -> Vec<(String, String)> {
        payments::notification_fields(&notification.body)
    }

    fn refund_status(&self, refund: &AdminRefund) -> (&'static str, &'static str) {
        let status = refund.refund.status;
        (labels::refund_class(status), labels::refund_status(&self.page.t, status))
    }

    fn refund_words(&self, refund: &AdminRefund) -> String {
        let (t, reason) = (self.page.t, labels::refund_reason(&self.page.t, refund.refund.reason));
        t.refund_words(reason, labels::refund_by(&t, refund), self.second(&refund.refund.created_at))
    }

    /// Returns whether the gateway refused the refund and it can be sent again, because its amount was not refunded in
    /// another way.
    fn is_refused(&self, refund: &AdminRefund) -> bool {
        refund.refund.status == RefundStatus::Refused && refund.refund.amount <= self.left
    }

    fn can_be_retried(&self, refund: &AdminRefund) -> bool {
        self.is_refused(refund) || matches!(refund.refund.status, RefundStatus::Wanted | RefundStatus::Sent)
    }

    /// Returns (note that was typed for this refund, its error message); empty and `None` unless this refund's form was
    /// not accepted.
    fn typed_of(&self, refund: &AdminRefund) -> (&str, Option<&str>) {
        if self.failed == Some(refund.refund.id) {
            (self.form.value("note"), self.form.error("note"))
        } else {
            ("", None)
        }
    }

    fn second(&self, at: &DateTime<Utc>) -> String {
        clock::second(*at, self.zone)
    }
}
