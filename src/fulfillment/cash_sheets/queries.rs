use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};
use std::collections::BTreeSet;

use super::{
    model::{CashFault, CashPlan, CashResult, CashSheet, CashSheetLine, RecordedCash},
    rules::{self, KnownOrder, KnownOrders},
};
use crate::{
    kernel::{CashSheetId, Money, OrderId, OrderNumber, PayMethod},
    orders::Status,
    platform::db::statement,
    schema::{cash_sheet_lines, cash_sheets},
};

/// The maximum number of sheets in the list for staff, which shows the newest ones.
const MAX_LISTED: i64 = 50;

pub fn cash_sheet(conn: &mut PgConnection, id: CashSheetId) -> QueryResult<Option<CashSheet>> {
    cash_sheets::table.find(id).select(CashSheet::as_select()).first(conn).optional()
}

/// Loads the last [`MAX_LISTED`] sheets with collected cash, newest first.
pub fn cash_sheets(conn: &mut PgConnection) -> QueryResult<Vec<CashSheet>> {
    cash_sheets::table.order(cash_sheets::id.desc()).limit(MAX_LISTED).select(CashSheet::as_select()).load(conn)
}

pub fn cash_lines(conn: &mut PgConnection, id: CashSheetId) -> QueryResult<Vec<CashSheetLine>> {
    cash_sheet_lines::table
        .filter(cash_sheet_lines::sheet_id.eq(id))
        .order(cash_sheet_lines::line)
        .select(CashSheetLine::as_select())
        .load(conn)
}

/// Computes what each line of a sheet would record if it were confirmed now.
pub fn cash_plan(conn: &mut PgConnection, lines: Vec<CashSheetLine>) -> QueryResult<CashPlan> {
    let known = known_orders(conn, &lines)?;
    Ok(rules::plan(lines, &known))
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Text)]
    number: OrderNumber,
    #[diesel(sql_type = Text)]
    status: Status,
    #[diesel(sql_type = Text)]
    pay_method: PayMethod,
    #[diesel(sql_type = Numeric)]
    due: Money,
    #[diesel(sql_type = Bool)]
    is_paid: bool,
}

statement! {
    OrdersById(orders: Vec<i64> as Array<BigInt>) -> [OrderRow] =
    "select o.id, o.number, o.status, o.pay_method, o.total_amount - o.waived_amount as due,
        exists (select from payments p where p.order_id = o.id and p.counts) as is_paid
     from orders o where o.id = any((select " orders ")::bigint[])"
}

statement! {
    IdsOfNumbers(numbers: Vec<String> as Array<Text>) -> (BigInt, Text) =
    "select id, number from orders where number = any((select " numbers ")::text[])"
}

statement! {
    /// Selects (tracking number, order) for each sent parcel with one of these tracking numbers, without those recorded
    /// by mistake.
    OrdersOfParcels(numbers: Vec<String> as Array<Text>) -> (Text, BigInt) =
    "select distinct number, order_id from shipments
     where number = any((select " numbers ")::text[]) and status in ('sent', 'lost')
     order by number, order_id"
}

fn known_orders(conn: &mut PgConnection, lines: &[CashSheetLine]) -> QueryResult<KnownOrders> {
    let (mut parcels, mut numbers, mut ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in lines {
        parcels.extend(line.tracking_number());
        numbers.extend(line.order().map(|number| number.to_string()));
    }
    let mut known = KnownOrders::default();
    let numbers = numbers.into_iter().collect();
    for (id, number) in (IdsOfNumbers { numbers }).load::<(OrderId, OrderNumber)>(conn)? {
        known.by_number.insert(number, id);
        ids.insert(id.0);
    }
    let numbers = parcels.into_iter().collect();
    for (number, id) in (OrdersOfParcels { numbers }).load::<(String, OrderId)>(conn)? {
        known.by_parcel.entry(number).or_default().push(id);
        ids.insert(id.0);
    }
    let orders = ids.into_iter().collect();
    for row in (OrdersById { orders }).load::<OrderRow>(conn)? {
        let OrderRow { id, number, status, pay_method, due, is_paid } = row;
        known.orders.insert(id, KnownOrder { id, number, status, pay_method, due, is_paid });
    }
    Ok(known)
}

#[derive(QueryableByName)]
struct ResultRow {
    #[diesel(sql_type = Integer)]
    line: i32,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = Text)]
    amount: String,
    #[diesel(sql_type = Bool)]
    is_number_lost: bool,
    #[diesel(sql_type = Nullable<Text>)]
    problem: Option<String>,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Nullable<Text>)]
    found: Option<OrderNumber>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<RecordedCash>,
}

statement! {
    ResultRows(sheet: CashSheetId as BigInt) -> [ResultRow] =
    "select l.line, l.number, l.order_number, l.amount, l.is_number_lost, l.problem, l.detail, o.number as found,
        c.outcome
     from cash_sheet_lines l
     left join cash_sheet_orders c on c.sheet_id = l.sheet_id and c.order_id = l.order_id
     left join orders o on o.id = l.order_id
     where l.sheet_id = " sheet "
     order by l.line"
}

/// Loads what became of each line of a confirmed sheet.
pub fn cash_results(conn: &mut PgConnection, sheet: CashSheetId) -> QueryResult<Vec<CashResult>> {
    let mut results = Vec::new();
    for row in (ResultRows { sheet }).load::<ResultRow>(conn)? {
        let ResultRow { line, number, order_number, amount, is_number_lost, problem, detail, found, outcome } = row;
        let result = match problem.and_then(|code| CashFault::of_parts(&code, &detail)) {
            Some(fault) => Err(fault),
            None => Ok(outcome),
        };
        let line = CashSheetLine { line, number, order_number, amount, is_number_lost };
        results.push(CashResult { line, found, result });
    }
    Ok(results)
}
