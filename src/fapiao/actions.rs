//! Writes requests for a fapiao, inside the caller's transaction. Whoever changes the requests of an order has locked
//! the order.

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
    /// The waiting request says the same; nothing was written.
    Unchanged,
    /// Nothing was written.
    Refused(RequestRefusal),
}

/// Stores a shopper's request for the fapiao of an order, or changes the one that waits.
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

/// A fapiao as staff have issued it on the tax platform.
#[derive(Clone, Debug)]
pub struct IssuedFapiao {
    pub numbers: Vec<String>,
    pub format: FileFormat,
    pub file: Vec<u8>,
    /// The version of the request, and the amount, that the page of staff has shown.
    pub seen: i32,
    pub amount: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueOutcome {
    Issued,
    /// Somebody else was faster; nothing was written. The request has this status.
    Over(FapiaoStatus),
    /// The shopper has changed the request, or money went back, since the page was loaded; nothing was written.
    Stale,
    /// This number belongs to another fapiao; the caller must roll back.
    NumberTaken(String),
}

/// Stores the fapiao that staff have issued for a request.
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

/// Stores numbers of the tax platform. Returns a number that another fapiao has already; `None` if there is none.
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
    /// Somebody else was faster; nothing was written. The request has this status.
    Over(FapiaoStatus),
    /// The shopper has changed the request since the page was loaded; nothing was written.
    Stale,
}

/// Stores why staff issue no fapiao for a request. `seen` is the version of the request that the page has shown.
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

/// The red fapiao that staff have issued on the tax platform, which reverses another one.
#[derive(Clone, Debug)]
pub struct Reversal {
    pub numbers: Vec<String>,
    pub file: Option<(FileFormat, Vec<u8>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReverseOutcome {
    Reversed,
    /// Somebody else was faster, or it need not be reversed; nothing was written. The request has this status.
    Over(FapiaoStatus),
    /// This number belongs to another fapiao; the caller must roll back.
    NumberTaken(String),
}

/// Stores the red fapiao of an issued one.
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

/// Marks the issued fapiao of an order as to be reversed if less than its amount is left with the shop. The caller has
/// recorded a refund.
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

/// Erases what names a shopper in the requests for all their orders, with the files: at once where no fapiao was
/// issued, and after the years of the settings for which the law wants issued ones kept. Doing it twice changes nothing.
/// Returns how many requests were erased.
pub fn erase_requests(conn: &mut PgConnection, shopper: UserId, now: DateTime<Utc>) -> QueryResult<usize> {
    EraseRequests { shopper: shopper.0, now }.execute(conn)
}

/// Does the same for at most `most` requests of erased shoppers that have become old enough. Returns how many.
pub fn erase_due(conn: &mut PgConnection, most: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    EraseDue { most, now }.execute(conn)
}

statement! {
    EraseRequests(shopper: i64 as BigInt, now: DateTime<Utc> as Timestamptz) -> () =
    "with due as (
        select f.id
        from orders o join fapiao_requests f on f.order_id = o.id, invoice_settings s
        where o.user_id = " shopper " and f.erased_at is null
            and (f.issued_at is null or f.issued_at < now() - make_interval(years => s.retention_years))
     ), files as (
        delete from fapiao_files where request_id in (select id from due)
     )
     update fapiao_requests set title = '', taxpayer_number = '', address = '', phone = '', bank = '',
        bank_account = '', email = '', refusal = '', erased_at = " now ",
        status = case status when 'requested' then 'refused' else status end
     where id in (select id from due)"
}

statement! {
    /// Reads the requests of all erased shoppers.
    EraseDue(most: i64 as BigInt, now: DateTime<Utc> as Timestamptz) -> () =
    "with due as materialized (
        select f.id
        from invoice_settings s
        cross join users u
        join orders o on o.user_id = u.id
        join fapiao_requests f on f.order_id = o.id
        where u.erased_at is not null and f.erased_at is null
            and (f.issued_at is null or f.issued_at < now() - make_interval(years => s.retention_years))
        limit " most "
     ), files as (
        delete from fapiao_files where request_id in (select id from due)
     )
     update fapiao_requests set title = '', taxpayer_number = '', address = '', phone = '', bank = '',
        bank_account = '', email = '', refusal = '', erased_at = " now ",
        status = case status when 'requested' then 'refused' else status end
     where id in (select id from due)"
}
