//! Issues the documents that are due. Several processes may try at the same time; only one of them works.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    actions::{Issuer, issue_credit_note, issue_invoice},
    model::{DocumentKind, InvoiceSettings},
    queries::{self, DueDocument},
    settings,
};
use crate::{
    kernel::RefundId,
    platform::{
        clock,
        db::{self, DbError},
    },
    store::Settings,
};

/// A transaction that records a payment or refund is assumed to commit within this time after the time that it records.
/// Documents older than this are therefore not looked for again.
const COMMITTED_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// How long a process may work on one call before another process can take over.
const CLAIM_TIMEOUT: TimeDelta = TimeDelta::minutes(2);

/// The result of [`issue_due`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IssueStep {
    pub issued: usize,
    /// The number of documents that could not be issued. A later call tries them again.
    pub failed: usize,
    /// True if more documents are due.
    pub has_more: bool,
}

/// Issues at most `most` invoices that are due, in the order of the payments, and at most as many credit notes. Each
/// document has a transaction of its own.
pub fn issue_due(
    conn: &mut PgConnection,
    (shop, zone): (&Settings, FixedOffset),
    most: i64,
    now: DateTime<Utc>,
) -> Result<IssueStep, DbError> {
    let invoices = settings::invoice_settings(conn)?;
    let mut done = IssueStep::default();
    for kind in DocumentKind::ALL {
        let Some(through) = settings::claim(conn, kind, now + CLAIM_TIMEOUT, now)? else { continue };
        let from = through - COMMITTED_WITHIN;
        let issuer = Issuer { shop, settings: &invoices, zone };
        // An invoice that was issued is corrected also when no more are issued.
        let is_on = kind == DocumentKind::CreditNote || issuer.is_ready();
        let step = if is_on { issue_kind(conn, kind, (from, most), issuer, now) } else { Ok(IssueStep::default()) };
        let is_complete = is_on && step.as_ref().is_ok_and(|step| step.failed == 0 && !step.has_more);
        settings::release(conn, kind, (through, is_complete.then_some(now)))?;
        let step = step?;
        done.issued += step.issued;
        done.failed += step.failed;
        done.has_more |= step.has_more;
    }
    Ok(done)
}

fn issue_kind(
    conn: &mut PgConnection,
    kind: DocumentKind,
    (from, most): (DateTime<Utc>, i64),
    issuer: Issuer<'_>,
    now: DateTime<Utc>,
) -> Result<IssueStep, DbError> {
    let due = match kind {
        DocumentKind::Invoice => queries::due_invoices(conn, from.max(first_time(issuer.settings, issuer.zone)), most)?,
        DocumentKind::CreditNote => queries::due_credit_notes(conn, from, most)?,
    };
    let mut step = IssueStep { has_more: i64::try_from(due.len()) == Ok(most), ..IssueStep::default() };
    for DueDocument { order_id, thing } in due {
        let issued: Result<bool, DbError> = db::transaction(conn, |conn| {
            Ok(match kind {
                DocumentKind::Invoice => issue_invoice(conn, order_id, issuer, now)?.is_ok_and(|one| !one.is_repeated),
                DocumentKind::CreditNote => issue_credit_note(conn, (order_id, RefundId(thing)), issuer, now)?,
            })
        });
        match issued {
            Ok(is_new) => step.issued += usize::from(is_new),
            // One order must not keep all others from their documents.
            Err(DbError::Query(error)) => {
                step.failed += 1;
                tracing::warn!(%error, order = order_id.0, "a document could not be issued");
            }
            Err(error) => return Err(error),
        }
    }
    // What has failed is found again; do not try it again at once.
    step.has_more &= step.failed == 0;
    Ok(step)
}

/// Returns whether the shop issues invoices.
pub fn are_issued(conn: &mut PgConnection, shop: &Settings, zone: FixedOffset) -> QueryResult<bool> {
    let settings = settings::invoice_settings(conn)?;
    Ok(Issuer { shop, settings: &settings, zone }.is_ready())
}

/// Returns the beginning of the first day of which paid orders get an invoice; the latest possible time if the shop
/// issues no invoices.
pub fn first_time(settings: &InvoiceSettings, zone: FixedOffset) -> DateTime<Utc> {
    let day = settings.invoices_from.and_then(|day| clock::day_range(day, zone));
    day.map_or(DateTime::<Utc>::MAX_UTC, |(begins, _)| begins)
}
