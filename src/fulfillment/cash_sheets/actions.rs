//! Writes of uploaded sheets with collected cash, inside the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz},
};
use std::collections::HashSet;

use super::{
    model::{CashFault, CashSheet, CashSheetLine, ClaimedCash, PlannedOrder, RecordedCash},
    queries::{cash_lines, cash_plan},
};
use crate::{
    fulfillment::carrier_file::CarrierFileState,
    kernel::{CashSheetId, Money, OrderId, UserId},
    platform::db::statement,
    schema::{cash_sheet_lines, cash_sheet_orders, cash_sheets},
};

/// The maximum number of rows that one statement inserts.
const ROWS_PER_INSERT: usize = 1_000;

#[derive(Clone, Debug)]
pub struct NewCashSheet {
    /// The idempotency token of the form.
    pub token: String,
    pub staff: UserId,
    pub file_name: String,
    pub lines: Vec<CashSheetLine>,
}

/// Stores an uploaded sheet. Returns (its id, true); or (id of the sheet that the same form has stored before, false).
pub fn store_cash_sheet(conn: &mut PgConnection, new: &NewCashSheet) -> QueryResult<(CashSheetId, bool)> {
    let made: Option<CashSheetId> = diesel::insert_into(cash_sheets::table)
        .values((
            cash_sheets::token.eq(&new.token),
            cash_sheets::staff_id.eq(new.staff),
            cash_sheets::file_name.eq(&new.file_name),
        ))
        .on_conflict(cash_sheets::token)
        .do_nothing()
        .returning(cash_sheets::id)
        .get_result(conn)
        .optional()?;
    let Some(id) = made else {
        let before = cash_sheets::table.filter(cash_sheets::token.eq(&new.token));
        return Ok((before.select(cash_sheets::id).first(conn)?, false));
    };
    for lines in new.lines.chunks(ROWS_PER_INSERT) {
        let values: Vec<_> = lines.iter().map(|line| (cash_sheet_lines::sheet_id.eq(id), line.clone())).collect();
        diesel::insert_into(cash_sheet_lines::table).values(values).execute(conn)?;
    }
    Ok((id, true))
}

/// Discards a sheet that was not confirmed. Returns false, with nothing changed, if the sheet was confirmed or
/// discarded before.
pub fn discard_cash_sheet(conn: &mut PgConnection, id: CashSheetId) -> QueryResult<bool> {
    let ready = cash_sheets::state.eq(CarrierFileState::Ready.code());
    diesel::update(cash_sheets::table.find(id).filter(ready))
        .set(cash_sheets::state.eq(CarrierFileState::Discarded.code()))
        .execute(conn)
        .map(|rows| rows > 0)
}

/// The outcome of confirming a sheet with collected cash. Only `Confirmed` has written anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmCashOutcome {
    /// Holds the number of orders whose amount will be recorded.
    Confirmed(usize),
    /// The sheet was confirmed or discarded before.
    Already,
    /// No line of the sheet records anything.
    Nothing,
}

/// Confirms a sheet: stores the sum of the amounts of each order, which a job then records, and for each line that
/// records nothing the reason. A sum that differs from the amount to be collected is stored only if `with_differences`
/// is true.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such sheet.
pub fn confirm_cash_sheet(
    conn: &mut PgConnection,
    (id, with_differences): (CashSheetId, bool),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ConfirmCashOutcome> {
    let sheet: CashSheet =
        cash_sheets::table.find(id).select(CashSheet::as_select()).for_no_key_update().first(conn)?;
    if sheet.state != CarrierFileState::Ready {
        return Ok(ConfirmCashOutcome::Already);
    }
    let lines = cash_lines(conn, id)?;
    let plan = cash_plan(conn, lines)?;
    let orders: Vec<&PlannedOrder> = plan.orders.iter().filter(|order| order.is_exact || with_differences).collect();
    if orders.is_empty() {
        return Ok(ConfirmCashOutcome::Nothing);
    }
    for orders in orders.chunks(ROWS_PER_INSERT) {
        let row = |order: &&PlannedOrder| {
            (
                cash_sheet_orders::sheet_id.eq(id),
                cash_sheet_orders::order_id.eq(order.order),
                cash_sheet_orders::amount.eq(order.amount),
            )
        };
        diesel::insert_into(cash_sheet_orders::table)
            .values(orders.iter().map(row).collect::<Vec<_>>())
            .execute(conn)?;
    }
    let recorded: HashSet<OrderId> = orders.iter().map(|order| order.order).collect();
    let mut planned = SetPlannedLines { sheet: id, lines: vec![], orders: vec![], problems: vec![], details: vec![] };
    for line in &plan.lines {
        let order = match (line.order, &line.found) {
            (Err(CashFault::Differs(_)), Some((order, _))) if recorded.contains(order) => Ok(*order),
            (order, _) => order,
        };
        let (problem, detail) = order.err().map(CashFault::parts).unzip();
        planned.lines.push(line.line.line);
        planned.orders.push(order.ok().map(|order| order.0));
        planned.problems.push(problem.map(str::to_owned));
        planned.details.push(detail.unwrap_or_default());
    }
    planned.execute(conn)?;
    diesel::update(cash_sheets::table.find(id))
        .set((
            cash_sheets::state.eq(CarrierFileState::Applying.code()),
            cash_sheets::confirmed_by.eq(staff),
            cash_sheets::confirmed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(ConfirmCashOutcome::Confirmed(orders.len()))
}

statement! {
    SetPlannedLines(
        sheet: CashSheetId as BigInt, lines: Vec<i32> as Array<Integer>, orders: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        problems: Vec<Option<String>> as Array<Nullable<Text>>, details: Vec<String> as Array<Text>
    ) -> () =
    "update cash_sheet_lines l set order_id = p.order_id, problem = p.problem, detail = p.detail
     from unnest((select " lines "), (select " orders "), (select " problems "), (select " details "))
        as p (line, order_id, problem, detail)
     where l.sheet_id = " sheet " and l.line = p.line"
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = BigInt)]
    sheet: CashSheetId,
    #[diesel(sql_type = BigInt)]
    order_id: OrderId,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = BigInt)]
    staff: UserId,
}

statement! {
    /// Locks the next order of a confirmed sheet whose amount is still to be recorded and that no other transaction has
    /// locked.
    NextOrder() -> [ClaimedRow] =
    "select c.sheet_id as sheet, c.order_id, c.amount, s.confirmed_by as staff
     from cash_sheet_orders c join cash_sheets s on s.id = c.sheet_id
     where s.state = 'applying' and c.outcome is null
     order by c.sheet_id, c.order_id
     limit 1
     for no key update of c skip locked"
}

/// Locks and returns the next order of a confirmed sheet whose collected amount is still to be recorded, skipping
/// orders that other processes have locked; `None` if no order is left.
pub fn claim_cash(conn: &mut PgConnection) -> QueryResult<Option<ClaimedCash>> {
    let row: Option<ClaimedRow> = NextOrder {}.get_result(conn).optional()?;
    Ok(row.map(|ClaimedRow { sheet, order_id, amount, staff }| ClaimedCash { sheet, order: order_id, amount, staff }))
}

/// Stores what became of the amount of a claimed order.
pub fn finish_cash(conn: &mut PgConnection, cash: &ClaimedCash, outcome: RecordedCash) -> QueryResult<()> {
    diesel::update(cash_sheet_orders::table.find((cash.sheet, cash.order)))
        .set(cash_sheet_orders::outcome.eq(outcome.code()))
        .execute(conn)
        .map(drop)
}

statement! {
    /// Marks confirmed sheets as done if none of their amounts is still to be recorded.
    FinishSheets(now: DateTime<Utc> as Timestamptz) -> () =
    "update cash_sheets s set state = 'done', finished_at = " now "
     where s.state = 'applying' and not exists (
        select from cash_sheet_orders c where c.sheet_id = s.id and c.outcome is null
     )"
}

/// Marks confirmed sheets as done if all their amounts were recorded or refused; returns how many it marked.
pub fn finish_cash_sheets(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    FinishSheets { now }.execute(conn)
}
