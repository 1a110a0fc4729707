//! Writes requests for a fapiao inside the caller's transaction. The caller must have locked the order first.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Timestamptz},
};
use serde_json::json;

use super::{
    model::{FapiaoPart, FapiaoRequest, FapiaoStatus, FileFormat, NewFapiaoRequest},
    queries,
    rules::{self, RequestRefusal},
};
use crate::{
    invoices::InvoiceSettings,
    kernel::{FapiaoRequestId, Money, OrderId, UserId},
    orders::{self, Actor, EventKind},
    platform::db::statement,
    schema::{fapiao_files, fapiao_numbers, fapiao_requests},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    Requested,
    Changed,
    /// The request that waits has the same content; nothing was written.
    Unchanged,
    /// The shopper cannot ask for a fapiao now; nothing was written.
    Refused(RequestRefusal),
}

/// Stores a shopper's request for the fapiao of an order, or changes the request that waits for staff.
pub fn request_fapiao(
    conn: &mut PgConnection,
    order: OrderId,
    (new, shopper): (&NewFapiaoRequest, UserId),
    settings: &InvoiceSettings,
    now: DateTime<Utc>,
) -> QueryResult<RequestOutcome> {
    let latest = queries::latest_request(conn, order)?;
    let to_invoice = queries::order_to_invoice(conn, order)?;
    if let Err(refusal) = rules::check_request(settings, &to_invoice, latest.as_ref().map(|it| it.status), now) {
        return Ok(RequestOutcome::Refused(refusal));
    }
    let typed = (
        fapiao_requests::kind.eq(new.kind.code()),
        fapiao_requests::title_kind.eq(new.title_kind.code()),
        fapiao_requests::title.eq(&new.title),
        fapiao_requests::taxpayer_number.eq(&new.taxpayer_number),
        fapiao_requests::address.eq(&new.address),
        fapiao_requests::phone.eq(&new.phone),
        fapiao_requests::bank.eq(&new.bank),
        fapiao_requests::bank_account.eq(&new.bank_account),
        fapiao_requests::email.eq(&new.email),
    );
    match latest.filter(|latest| latest.status == FapiaoStatus::Requested) {
        Some(waiting) if waiting.typed == *new => Ok(RequestOutcome::Unchanged),
        Some(waiting) => {
            diesel::update(fapiao_requests::table.find(waiting.id))
                .set((typed, fapiao_requests::version.eq(fapiao_requests::version + 1)))
                .execute(conn)?;
            Ok(RequestOutcome::Changed)
        }
        None => {
            let since = (fapiao_requests::status_since.eq(now), fapiao_requests::requested_at.eq(now));
            let id: FapiaoRequestId = diesel::insert_into(fapiao_requests::table)
                .values((fapiao_requests::order_id.eq(order), since, typed))
                .returning(fapiao_requests::id)
                .get_result(conn)?;
            record(conn, order, EventKind::FapiaoRequested, (Actor::Shopper(shopper), id))?;
            Ok(RequestOutcome::Requested)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawOutcome {
    Withdrawn,
    /// It waits no more; nothing was written. The request has this status.
    Over(FapiaoStatus),
    /// The order has no such request; nothing was written.
    Missing,
}

/// Withdraws a request of an order that still waits for staff.
pub fn withdraw_request(
    conn: &mut PgConnection,
    order: OrderId,
    (id, shopper): (FapiaoRequestId, UserId),
    now: DateTime<Utc>,
) -> QueryResult<WithdrawOutcome> {
    let Some(status) = queries::request_status(conn, order, id)? else { return Ok(WithdrawOutcome::Missing) };
    if status != FapiaoStatus::Requested {
        return Ok(WithdrawOutcome::Over(status));
    }
    diesel::update(fapiao_requests::table.find(id))
        .set((fapiao_requests::status.eq(FapiaoStatus::Withdrawn.code()), fapiao_requests::status_since.eq(now)))
        .execute(conn)?;
    record(conn, order, EventKind::FapiaoWithdrawn, (Actor::Shopper(shopper), id))?;
    Ok(WithdrawOutcome::Withdrawn)
}

fn record(
    conn: &mut PgConnection,
    order: OrderId,
    event: EventKind,
    (actor, id): (Actor, FapiaoRequestId),
) -> QueryResult<usize> {
    orders::record_event(conn, order, event, (actor, &json!({ "fapiao": id.0 })))
}

/// A fapiao that staff have issued on the tax platform, with its numbers and its file.
#[derive(Clone, Debug)]
pub struct IssuedFapiao {
    pub numbers: Vec<String>,
    pub format: FileFormat,
    pub file: Vec<u8>,
    /// The version of the request that the page has shown, to detect changes by the shopper since.
    pub seen: i32,
    pub amount: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueOutcome {
    Issued,
    /// The request does not wait any more, for example because a colleague was faster; it has this status. Nothing was
    /// written.
    Over(FapiaoStatus),
    /// The shopper has changed the request, or money was refunded, since the page was loaded; nothing was written.
    Stale,
    /// Another fapiao has this number already. The caller must roll back.
    NumberTaken(String),
}

/// Stores the fapiao that staff have issued for a request that waits.
pub fn issue_fapiao(
    conn: &mut PgConnection,
    request: &FapiaoRequest,
    (issued, staff): (&IssuedFapiao, UserId),
    now: DateTime<Utc>,
) -> QueryResult<IssueOutcome> {
    if request.status != FapiaoStatus::Requested {
        return Ok(IssueOutcome::Over(request.status));
    }
    let left = queries::order_to_invoice(conn, request.order_id)?.left();
    if request.version != issued.seen || left != issued.amount || left.is_zero() {
        return Ok(IssueOutcome::Stale);
    }
    diesel::update(fapiao_requests::table.find(request.id))
        .set((
            fapiao_requests::status.eq(FapiaoStatus::Issued.code()),
            fapiao_requests::status_since.eq(now),
            fapiao_requests::amount.eq(issued.amount),
            fapiao_requests::issued_at.eq(now),
        ))
        .execute(conn)?;
    if let Some(taken) = insert_numbers(conn, request.id, FapiaoPart::Fapiao, &issued.numbers)? {
        return Ok(IssueOutcome::NumberTaken(taken));
    }
    insert_file(conn, request.id, FapiaoPart::Fapiao, (issued.format, &issued.file))?;
    record(conn, request.order_id, EventKind::FapiaoIssued, (Actor::Staff(staff), request.id))?;
    Ok(IssueOutcome::Issued)
}

/// Stores the numbers that the tax platform has given to a fapiao. Returns the first one that another fapiao has
/// already; `None` if all are new.
fn insert_numbers(
    conn: &mut PgConnection,
    request: FapiaoRequestId,
    part: FapiaoPart,
    numbers: &[String],
) -> QueryResult<Option<String>> {
    let mut rows = Vec::with_capacity(numbers.len());
    for number in numbers {
        rows.push((
            fapiao_numbers::number.eq(number),
            fapiao_numbers::request_id.eq(request),
            fapiao_numbers::part.eq(part.code()),
        ));
    }
    let inserted: Vec<String> = diesel::insert_into(fapiao_numbers::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(fapiao_numbers::number)
        .get_results(conn)?;
    Ok(numbers.iter().find(|number| !inserted.contains(number)).cloned())
}

fn insert_file(
    conn: &mut PgConnection,
    request: FapiaoRequestId,
    part: FapiaoPart,
    (format, body): (FileFormat, &[u8]),
) -> QueryResult<usize> {
    diesel::insert_into(fapiao_files::table)
        .values((
            fapiao_files::request_id.eq(request),
            fapiao_files::part.eq(part.code()),
            fapiao_files::format.eq(format.code()),
            fapiao_files::body.eq(body),
        ))
        .execute(conn)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefuseOutcome {
    Refused,
    /// The request does not wait any more, for example because a colleague was faster; it has this status. Nothing was
    /// written.
    Over(FapiaoStatus),
    /// The shopper has changed the request since the page was loaded; nothing was written.
    Stale,
}

/// Refuses a request; the shopper reads the reason in `words`. `seen` is the version of the request that the page has
/// shown.
pub fn refuse_request(
    conn: &mut PgConnection,
    request: &FapiaoRequest,
    (seen, words, staff): (i32, &str, UserId),
    now: DateTime<Utc>,
) -> QueryResult<RefuseOutcome> {
    if request.status != FapiaoStatus::Requested {
        return Ok(RefuseOutcome::Over(request.status));
    }
    if request.version != seen {
        return Ok(RefuseOutcome::Stale);
    }
    diesel::update(fapiao_requests::table.find(request.id))
        .set((
            fapiao_requests::status.eq(FapiaoStatus::Refused.code()),
            fapiao_requests::status_since.eq(now),
            fapiao_requests::refusal.eq(words),
        ))
        .execute(conn)?;
    record(conn, request.order_id, EventKind::FapiaoRefused, (Actor::Staff(staff), request.id))?;
    Ok(RefuseOutcome::Refused)
}

/// A red fapiao that staff have issued on the tax platform to reverse another fapiao, with its numbers and, if there is
/// one, its file.
#[derive(Clone, Debug)]
pub struct Reversal {
    pub numbers: Vec<String>,
    pub file: Option<(FileFormat, Vec<u8>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReverseOutcome {
    Reversed,
    /// The fapiao need not be reversed, or a colleague has done it already; the request has this status. Nothing was
    /// written.
    Over(FapiaoStatus),
    /// Another fapiao has this number already. The caller must roll back.
    NumberTaken(String),
}

/// Stores the red fapiao that reverses the issued fapiao of a request.
pub fn reverse_fapiao(
    conn: &mut PgConnection,
    request: &FapiaoRequest,
    (reversal, staff): (&Reversal, UserId),
    now: DateTime<Utc>,
) -> QueryResult<ReverseOutcome> {
    if request.status != FapiaoStatus::ToReverse {
        return Ok(ReverseOutcome::Over(request.status));
    }
    diesel::update(fapiao_requests::table.find(request.id))
        .set((
            fapiao_requests::status.eq(FapiaoStatus::Reversed.code()),
            fapiao_requests::status_since.eq(now),
            fapiao_requests::reversed_at.eq(now),
        ))
        .execute(conn)?;
    if let Some(taken) = insert_numbers(conn, request.id, FapiaoPart::Reversal, &reversal.numbers)? {
        return Ok(ReverseOutcome::NumberTaken(taken));
    }
    if let Some((format, body)) = &reversal.file {
        insert_file(conn, request.id, FapiaoPart::Reversal, (*format, body))?;
    }
    record(conn, request.order_id, EventKind::FapiaoReversed, (Actor::Staff(staff), request.id))?;
    Ok(ReverseOutcome::Reversed)
}

/// Sets the status of the order's issued fapiao to `to_reverse` if its amount exceeds what is left of the order's
/// payment. Call it after a refund was recorded. Returns the number of rows changed.
pub fn mark_to_reverse(conn: &mut PgConnection, order: OrderId, now: DateTime<Utc>) -> QueryResult<usize> {
    MarkToReverse { order: order.0, now }.execute(conn)
}

statement! {
    MarkToReverse(order: i64 as BigInt, now: DateTime<Utc> as Timestamptz) -> () =
    "update fapiao_requests f set status = 'to_reverse', status_since = " now "
     from orders o
     where o.id = " order " and f.order_id = o.id and f.status = 'issued'
        and f.amount > o.paid_amount - o.refunded_amount"
}
