//! Queries of requests for a fapiao.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Timestamptz},
};

use super::model::{
    FapiaoFile, FapiaoFilter, FapiaoListItem, FapiaoPart, FapiaoRequest, FapiaoStatus, FapiaoView, FileFormat,
    OpenFapiao, OrderToInvoice,
};
use crate::{
    kernel::{FapiaoRequestId, OrderId},
    platform::db::statement,
    schema::{fapiao_files, fapiao_numbers, fapiao_requests, orders},
};

/// Loads what an order has to do with its fapiao.
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

/// Loads a file of a request, with its format; `None` if it does not exist or the request is of another order.
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

/// A position in the list of requests, which is sorted by these fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPosition {
    pub since: DateTime<Utc>,
    pub id: FapiaoRequestId,
}

/// Loads the requests that a filter shows after a position, at most `limit`.
pub fn requests_in_list(
    conn: &mut PgConnection,
    filter: FapiaoFilter,
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<FapiaoListItem>> {
    let (since, id) = (fapiao_requests::status_since, fapiao_requests::id);
    let mut rows = fapiao_requests::table.inner_join(orders::table).into_boxed();
    rows = match filter {
        FapiaoFilter::Open => rows.filter(sql::<Bool>(IS_OPEN)),
        FapiaoFilter::Of(status) => rows.filter(fapiao_requests::status.eq(status.code())),
    };
    if filter.is_oldest_first() {
        if let Some(ListPosition { since: last, id: last_id }) = after {
            rows = rows.filter(since.ge(last).and(since.gt(last).or(id.gt(last_id))));
        }
        rows = rows.order((since, id));
    } else {
        if let Some(ListPosition { since: last, id: last_id }) = after {
            rows = rows.filter(since.le(last).and(since.lt(last).or(id.lt(last_id))));
        }
        rows = rows.order((since.desc(), id.desc()));
    }
    rows.limit(limit).select(FapiaoListItem::as_select()).load(conn)
}

/// [`FapiaoStatus::is_open`](super::FapiaoStatus::is_open), written out as in the partial index.
const IS_OPEN: &str = "fapiao_requests.status in ('requested', 'to_reverse')";

/// The maximum number up to which open requests are counted.
pub const MAX_OPEN_COUNT: i64 = 1_000;

/// Returns how many requests wait for staff, and since when.
pub fn open_fapiao(conn: &mut PgConnection) -> QueryResult<OpenFapiao> {
    let OpenRow { is_on, count, since } = OpenRequests { most: MAX_OPEN_COUNT + 1 }.get_result(conn)?;
    Ok(OpenFapiao { is_on, count, since })
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Bool)]
    is_on: bool,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    since: Option<DateTime<Utc>>,
}

statement! {
    OpenRequests(most: i64 as BigInt) -> [OpenRow] =
    "select s.fapiao as is_on, o.count, o.since
     from invoice_settings s,
        lateral (
            select count(*), min(status_since) as since
            from (
                select status_since from fapiao_requests where status in ('requested', 'to_reverse')
                order by status_since, id limit " most "
            ) open
        ) o"
}
