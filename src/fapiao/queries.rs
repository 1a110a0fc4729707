//! Queries of requests for a fapiao.

use diesel::{
    PgConnection, QueryResult,
    dsl::sql,
    pg::Pg,
    prelude::*,
    query_builder::QueryFragment,
    sql_types::{BigInt, Bool},
};

use super::model::{
    FapiaoFile, FapiaoFilter, FapiaoListItem, FapiaoPart, FapiaoRequest, FapiaoStatus, FapiaoView, FileFormat,
    OpenFapiao, OrderToInvoice,
};
use crate::{
    kernel::{FapiaoRequestId, OrderId},
    platform::{cursor::TimePosition, db::statement},
    schema::{fapiao_files, fapiao_numbers, fapiao_requests, orders},
};

/// Loads the data of an order that decides about its fapiao.
pub fn order_to_invoice(conn: &mut PgConnection, order: OrderId) -> QueryResult<OrderToInvoice> {
    orders::table.find(order).select(OrderToInvoice::as_select()).first(conn)
}

/// Loads the latest request of an order; `None` if it has none.
pub(super) fn latest_request(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<FapiaoRequest>> {
    fapiao_requests::table
        .filter(fapiao_requests::order_id.eq(order))
        .order(fapiao_requests::id.desc())
        .select(FapiaoRequest::as_select())
        .first(conn)
        .optional()
}

/// Returns the status of a request of an order; `None` if it has none with this id.
pub(super) fn request_status(
    conn: &mut PgConnection,
    order: OrderId,
    id: FapiaoRequestId,
) -> QueryResult<Option<FapiaoStatus>> {
    fapiao_requests::table
        .filter(fapiao_requests::id.eq(id).and(fapiao_requests::order_id.eq(order)))
        .select(fapiao_requests::status)
        .first(conn)
        .optional()
}

/// Loads all requests of an order, newest first.
pub fn requests_of_order(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<FapiaoView>> {
    let requests: Vec<FapiaoRequest> = fapiao_requests::table
        .filter(fapiao_requests::order_id.eq(order))
        .order(fapiao_requests::id.desc())
        .select(FapiaoRequest::as_select())
        .load(conn)?;
    let mut views = Vec::with_capacity(requests.len());
    for request in requests {
        views.push(view(conn, request)?);
    }
    Ok(views)
}

/// Loads a request; `None` if there is none with this id.
pub fn request_with_id(conn: &mut PgConnection, id: FapiaoRequestId) -> QueryResult<Option<FapiaoView>> {
    let request = fapiao_requests::table.find(id).select(FapiaoRequest::as_select()).first(conn).optional()?;
    request.map(|request| view(conn, request)).transpose()
}

fn view(conn: &mut PgConnection, request: FapiaoRequest) -> QueryResult<FapiaoView> {
    let (mut numbers, mut reversal_numbers, mut files) = (Vec::new(), Vec::new(), Vec::new());
    // Before staff have issued it, there is neither.
    if request.issued_at.is_some() {
        let stored: Vec<(FapiaoPart, String)> = fapiao_numbers::table
            .filter(fapiao_numbers::request_id.eq(request.id))
            .order((fapiao_numbers::part, fapiao_numbers::number))
            .select((fapiao_numbers::part, fapiao_numbers::number))
            .load(conn)?;
        for (part, number) in stored {
            match part {
                FapiaoPart::Fapiao => numbers.push(number),
                FapiaoPart::Reversal => reversal_numbers.push(number),
            }
        }
        let stored: Vec<(FapiaoPart, FileFormat)> = fapiao_files::table
            .filter(fapiao_files::request_id.eq(request.id))
            .order(fapiao_files::part)
            .select((fapiao_files::part, fapiao_files::format))
            .load(conn)?;
        files.extend(stored.into_iter().map(|(part, format)| FapiaoFile { part, format }));
    }
    Ok(FapiaoView { request, numbers, reversal_numbers, files })
}

/// Loads the file of a request as (format, content); `None` if there is no such file, or the request belongs to another
/// order.
pub fn fapiao_file(
    conn: &mut PgConnection,
    order: OrderId,
    id: FapiaoRequestId,
    part: FapiaoPart,
) -> QueryResult<Option<(FileFormat, Vec<u8>)>> {
    fapiao_files::table
        .inner_join(fapiao_requests::table)
        .filter(fapiao_requests::order_id.eq(order).and(fapiao_requests::id.eq(id)))
        .filter(fapiao_files::part.eq(part.code()))
        .select((fapiao_files::format, fapiao_files::body))
        .first(conn)
        .optional()
}

/// Loads the requests that a filter shows after a position, at most `limit`.
pub fn requests_in_list(
    conn: &mut PgConnection,
    filter: FapiaoFilter,
    after: Option<TimePosition<FapiaoRequestId>>,
    limit: i64,
) -> QueryResult<Vec<FapiaoListItem>> {
    let (since, id) = (fapiao_requests::status_since, fapiao_requests::id);
    let mut rows = fapiao_requests::table.inner_join(orders::table).into_boxed();
    rows = match filter {
        FapiaoFilter::Open => rows.filter(sql::<Bool>(IS_OPEN)),
        FapiaoFilter::Of(status) => rows.filter(fapiao_requests::status.eq(status.code())),
    };
    if filter.is_oldest_first() {
        if let Some(TimePosition { since: last, id: last_id }) = after {
            rows = rows.filter(since.ge(last).and(since.gt(last).or(id.gt(last_id))));
        }
        rows = rows.order((since, id));
    } else {
        if let Some(TimePosition { since: last, id: last_id }) = after {
            rows = rows.filter(since.le(last).and(since.lt(last).or(id.lt(last_id))));
        }
        rows = rows.order((since.desc(), id.desc()));
    }
    rows.limit(limit).select(FapiaoListItem::as_select()).load(conn)
}

/// The SQL form of [`FapiaoStatus::is_open`](super::FapiaoStatus::is_open), with the same text as in the partial index,
/// so that PostgreSQL can use that index.
const IS_OPEN: &str = "fapiao_requests.status in ('requested', 'to_reverse')";

/// The number up to which waiting requests are counted exactly.
pub const MAX_OPEN_COUNT: i64 = 1_000;

/// Returns the statement whose row is [`OpenFapiao`].
pub fn open_fapiao_statement() -> impl QueryFragment<Pg> {
    OpenRequests { most: MAX_OPEN_COUNT + 1 }
}

statement! {
    OpenRequests(most: i64 as BigInt) -> [OpenFapiao] =
    "select s.fapiao as has_fapiao, o.open_fapiao, o.open_fapiao_since
     from invoice_settings s,
        lateral (
            select count(*) as open_fapiao, min(status_since) as open_fapiao_since
            from (
                select status_since from fapiao_requests where status in ('requested', 'to_reverse')
                order by status_since, id limit " most "
            ) open
        ) o"
}
