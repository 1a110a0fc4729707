//! Downloads of orders and order lines: all to which the list is filtered.

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{LIST, list};
use crate::{
    accounts::StaffRequest,
    admin::{
        audit_context::AuditContext,
        exports::{Batch, Export},
    },
    audit::AuditAction,
    catalog,
    kernel::{Language, Money, OrderId, SkuId, codes},
    messages::Messages,
    orders::{self, ExportedLine, ExportedOrder, OrderSearch},
    platform::{
        clock,
        cursor::Cursor,
        db::{Connection, DbError},
    },
    web::{Cell, Fields, PageError, PageResult, SheetFormat},
};

/// The number of orders that one query loads.
const BATCH_SIZE: i64 = 1_000;

codes! {
    enum ExportKind {
        Orders = "orders",
        Lines = "lines",
    }
}

/// `POST /admin/orders/exports`: a file with all orders that match the filters of the list, or with all lines of these
/// orders; the fields `kind` and `format` say which. The audit log records who has downloaded it.
pub async fn export_orders(staff: StaffRequest, fields: Fields) -> PageResult {
    let kind = ExportKind::from_code(fields.get("kind")).ok_or(PageError::NotFound)?;
    let format = SheetFormat::from_code(fields.get("format")).ok_or(PageError::NotFound)?;
    let (zone, language, t) = (staff.config.zone, staff.page.language(), staff.page.t);
    let search = list::search(&fields, zone);
    let file = format!("{}-{}.{}", kind.code(), clock::today(zone).format("%Y-%m-%d"), format.code());
    let filter = LIST.address(&fields, &[]);
    let (audit, after) = (AuditContext::of(&staff), json!({ "file": file, "filter": filter }));
    audit.record_download(&staff.db, AuditAction::ExportOrders, kind.code().to_owned(), after).await?;
    let name = file.trim_end_matches(format.code()).trim_end_matches('.').to_owned();
    let start = OrderSearch { cursor: Cursor::Newest, ..search };
    match kind {
        ExportKind::Orders => {
            let export = Export { name, format, head: order_head(t) };
            export.send(&staff.db, start, move |conn, search| order_rows(conn, search, t, zone))
        }
        ExportKind::Lines => {
            let export = Export { name, format, head: line_head(t) };
            export.send(&staff.db, start, move |conn, search| line_rows(conn, search, (t, language), zone))
        }
    }
}

/// Returns the ids of the orders of a batch, and the search that finds the next batch; `None` after the last one.
fn batch(conn: &mut Connection, search: OrderSearch) -> Result<(Vec<OrderId>, Option<OrderSearch>), DbError> {
    let ids = orders::find_orders(conn, &search, BATCH_SIZE)?;
    let is_full = i64::try_from(ids.len()) == Ok(BATCH_SIZE);
    let last = ids.last().filter(|_| is_full).copied();
    Ok((ids, last.map(|last| OrderSearch { cursor: Cursor::OlderThan(last), ..search })))
}

fn order_rows(
    conn: &mut Connection,
    search: OrderSearch,
    t: Messages,
    zone: FixedOffset,
) -> Result<Batch<OrderSearch>, DbError> {
    let (ids, next) = batch(conn, search)?;
    let mut numbers = orders::tracking_numbers(conn, &ids)?;
    let found = orders::exported_orders(conn, &ids)?;
    let row = |order: ExportedOrder| {
        let parcels = numbers.remove(&order.id).unwrap_or_default();
        order_row(order, &parcels, t, zone)
    };
    Ok(Batch { rows: found.into_iter().map(row).collect(), next })
}

fn line_rows(
    conn: &mut Connection,
    search: OrderSearch,
    (t, language): (Messages, Language),
    zone: FixedOffset,
) -> Result<Batch<OrderSearch>, DbError> {
    let (ids, next) = batch(conn, search)?;
    let mut lines = orders::exported_lines(conn, &ids)?;
    let mut skus: Vec<SkuId> = lines.iter().map(|line| line.sku_id).collect();
    skus.sort_unstable();
    skus.dedup();
    let offers = catalog::sku_offers(conn, &skus, language)?;
    for line in &mut lines {
        if let Ok(at) = offers.binary_search_by_key(&line.sku_id, |offer| offer.sku_id)
            && let Some(offer) = offers.get(at)
        {
            (line.name, line.options) = (offer.name.clone(), offer.options.clone());
        }
    }
    Ok(Batch { rows: lines.into_iter().map(|line| line_row(line, t, zone)).collect(), next })
}

fn order_head(t: Messages) -> Vec<&'static str> {
    vec![
        t.orders_number(),
        t.orders_placed(),
        t.orders_status(),
        t.orders_by(),
        t.export_recipient(),
        t.export_phone(),
        t.export_region(),
        t.export_street(),
        t.export_postcode(),
        t.export_note(),
        t.orders_method(),
        t.orders_pieces(),
        t.export_goods_amount(),
        t.export_freight(),
        t.order_discount(),
        t.orders_total(),
        t.export_paid_amount(),
        t.export_refunded_amount(),
        t.export_paid_at(),
        t.export_sent_at(),
        t.export_received_at(),
        t.export_finished_at(),
        t.export_canceled_at(),
        t.export_tracking_numbers(),
    ]
}

fn order_row(order: ExportedOrder, parcels: &[String], t: Messages, zone: FixedOffset) -> Vec<Cell> {
    let second = |at: Option<DateTime<Utc>>| Cell::of(at.map(|at| clock::second(at, zone)));
    vec![
        Cell::text(order.number.as_str()),
        second(Some(order.placed_at)),
        Cell::text(order.status.name(&t)),
        Cell::Text(order.username),
        Cell::Text(order.recipient),
        Cell::Text(order.phone),
        Cell::Text(order.region),
        Cell::Text(order.street),
        Cell::Text(order.postcode),
        Cell::Text(order.note),
        Cell::text(order.pay_method.name(&t)),
        Cell::Count(order.total_count.into()),
        amount(order.goods_amount),
        amount(order.freight),
        amount(order.discount),
        amount(order.total_amount),
        amount(order.paid_amount),
        amount(order.refunded_amount),
        second(order.paid_at),
        second(order.sent_at),
        second(order.received_at),
        second(order.finished_at),
        second(order.canceled_at),
        Cell::Text(parcels.join(", ")),
    ]
}

fn line_head(t: Messages) -> Vec<&'static str> {
    vec![
        t.orders_number(),
        t.orders_placed(),
        t.orders_status(),
        t.stock_code(),
        t.export_product(),
        t.export_options(),
        t.export_price(),
        t.orders_pieces(),
        t.order_discount(),
        t.export_line_amount(),
        t.export_sent_count(),
        t.export_withdrawn_count(),
        t.export_returned_count(),
        t.export_refunded_amount(),
    ]
}

fn line_row(line: ExportedLine, t: Messages, zone: FixedOffset) -> Vec<Cell> {
    let gross = line.price.amount() * rust_decimal::Decimal::from(line.count);
    vec![
        Cell::text(line.number.as_str()),
        Cell::Text(clock::second(line.placed_at, zone)),
        Cell::text(line.status.name(&t)),
        Cell::Text(line.code),
        Cell::Text(line.name),
        Cell::Text(line.options),
        amount(line.price),
        Cell::Count(line.count.into()),
        amount(line.discount),
        Cell::Amount(gross - line.discount.amount()),
        Cell::Count(line.sent_count.into()),
        Cell::Count(line.withdrawn_count.into()),
        Cell::Count(line.returned_count.into()),
        amount(line.refunded_amount),
    ]
}

fn amount(money: Money) -> Cell {
    Cell::Amount(money.amount())
}
