//! Money that came in and went out in some days, as a file for accounting with one row for each payment, refund and
//! fee.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::json;

use crate::{
    accounts::StaffRequest,
    admin::{
        audit_context::AuditContext,
        exports::{Batch, Export},
    },
    audit::AuditAction,
    messages::Messages,
    payments::{self, MoneyMove, MoneyMoveKind, MovePlace},
    platform::clock,
    web::{Cell, Fields, PageError, PageResult, SheetFormat},
};

/// The number of rows that one query loads.
const BATCH_SIZE: i64 = 1_000;

/// `POST /admin/payments/exports`: a file with the money that came in and went out from the day `from` to the day `to`,
/// both included. Without `from` the file begins with the first payment, without `to` it ends now. The audit log
/// records who has downloaded it.
pub async fn export_payments(staff: StaffRequest, fields: Fields) -> PageResult {
    let format = SheetFormat::from_code(fields.get("format")).ok_or(PageError::NotFound)?;
    let (zone, t) = (staff.config.zone, staff.page.t);
    let day = |name| fields.get(name).parse().ok().and_then(|day: NaiveDate| clock::day_range(day, zone));
    let from = day("from").map_or(DateTime::UNIX_EPOCH, |(begins, _)| begins);
    let to = day("to").map_or_else(clock::now, |(_, ends)| ends);
    let name = format!("accounting-{}", clock::today(zone).format("%Y-%m-%d"));
    let after = json!({
        "file": format!("{name}.{}", format.code()),
        "filter": format!("{} – {}", fields.get("from"), fields.get("to")).chars().take(100).collect::<String>(),
    });
    let audit = AuditContext::of(&staff);
    audit.record_download(&staff.db, AuditAction::ExportPayments, "accounting".to_owned(), after).await?;
    let export = Export { name, format, head: head(t) };
    export.send(&staff.db, MovePlace::at(from), move |conn, place| {
        let moves = payments::money_moves(conn, place, to, payments::beijing(), BATCH_SIZE)?;
        let is_full = i64::try_from(moves.len()) == Ok(BATCH_SIZE);
        let next = moves.last().filter(|_| is_full).map(MoneyMove::place);
        Ok(Batch { rows: moves.into_iter().map(|row| cells(row, t, zone)).collect(), next })
    })
}

fn head(t: Messages) -> Vec<&'static str> {
    vec![
        t.export_date(),
        t.export_kind(),
        t.orders_number(),
        t.payments_method(),
        t.export_number(),
        t.export_trade_no(),
        t.export_gross(),
        t.export_fee(),
        t.export_net(),
        t.export_currency(),
    ]
}

fn cells(row: MoneyMove, t: Messages, zone: FixedOffset) -> Vec<Cell> {
    let kind = match row.kind {
        MoneyMoveKind::Payment => t.export_payment(),
        MoneyMoveKind::Cash => t.export_cash(),
        MoneyMoveKind::Refund => t.export_refund(),
        MoneyMoveKind::Fee => t.export_fee(),
    };
    let net = row.net();
    vec![
        Cell::Text(clock::second(row.at, zone)),
        Cell::text(kind),
        Cell::of(row.order_number.map(|number| number.to_string())),
        Cell::text(row.pay_method.name(&t)),
        Cell::Text(row.number),
        Cell::of(row.trade_no),
        Cell::Amount(row.gross),
        Cell::Amount(row.fee),
        Cell::Amount(net),
        Cell::text("CNY"),
    ]
}
