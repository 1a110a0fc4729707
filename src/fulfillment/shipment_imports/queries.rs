use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

use super::{
    model::{ParcelResult, ShipmentColumns, ShipmentFault, ShipmentImport, ShipmentLine, ShipmentResult},
    rules::{KnownLine, KnownOrder, KnownOrders, LineCells, OrderReference},
};
use crate::{
    fulfillment::all_carriers,
    kernel::{OrderId, OrderLineId, OrderNumber, ShipmentImportId},
    orders::Status,
    platform::db::statement,
    schema::{shipment_import_lines, shipment_imports},
};

/// The maximum number of files in the list for staff, which shows the newest ones.
const MAX_LISTED: i64 = 50;

pub fn shipment_import(conn: &mut PgConnection, id: ShipmentImportId) -> QueryResult<Option<ShipmentImport>> {
    shipment_imports::table.find(id).select(ShipmentImport::as_select()).first(conn).optional()
}

/// Loads the last [`MAX_LISTED`] files with tracking numbers, newest first.
pub fn shipment_imports(conn: &mut PgConnection) -> QueryResult<Vec<ShipmentImport>> {
    let newest = shipment_imports::table.order(shipment_imports::id.desc()).limit(MAX_LISTED);
    newest.select(ShipmentImport::as_select()).load(conn)
}

/// Loads all rows of a file, including those above the heading row.
pub fn shipment_lines(conn: &mut PgConnection, id: ShipmentImportId) -> QueryResult<Vec<ShipmentLine>> {
    let rows: Vec<(i32, Value)> = shipment_import_lines::table
        .filter(shipment_import_lines::import_id.eq(id))
        .order(shipment_import_lines::line)
        .select((shipment_import_lines::line, shipment_import_lines::cells))
        .load(conn)?;
    rows.into_iter().map(|(line, cells)| Ok(ShipmentLine { line, cells: read_json(cells)? })).collect()
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(value: Value) -> QueryResult<T> {
    serde_json::from_value(value).map_err(|error| Error::DeserializationError(error.into()))
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Text)]
    number: OrderNumber,
    #[diesel(sql_type = Text)]
    status: Status,
    #[diesel(sql_type = Nullable<Text>)]
    hold: Option<String>,
    #[diesel(sql_type = Bool)]
    cancellation_asked: bool,
}

statement! {
    /// Selects the orders with these numbers, and those orders to be sent whose numbers end in one of these suffixes.
    NamedOrders(numbers: Vec<String> as Array<Text>, suffixes: Vec<String> as Array<Text>) -> [OrderRow] =
    "select o.id, o.number, o.status, h.reason as hold,
        exists (select from cancellation_requests r where r.order_id = o.id and r.answered_at is null)
            as cancellation_asked
     from (
        select id from orders where number = any((select " numbers ")::text[])
        union
        select id from orders where status = 'unsent' and right(number, 6) = any((select " suffixes ")::text[])
     ) named
     join orders o on o.id = named.id
     left join order_holds h on h.order_id = o.id
     order by o.id"
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = BigInt)]
    order_id: OrderId,
    #[diesel(sql_type = BigInt)]
    id: OrderLineId,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Integer)]
    left: i32,
}

statement! {
    LinesOfOrders(orders: Vec<i64> as Array<BigInt>) -> [LineRow] =
    "select g.order_id, g.id, k.code, g.count - g.withdrawn_count - g.sent_count as left
     from order_goods g join skus k on k.id = g.sku_id
     where g.order_id = any((select " orders ")::bigint[])
     order by g.order_id, g.id"
}

statement! {
    /// Selects (tracking number, number of the order) for each sent parcel with one of these tracking numbers, without
    /// those recorded by mistake.
    SentNumbers(numbers: Vec<String> as Array<Text>) -> (Text, Text) =
    "select s.number, o.number from shipments s join orders o on o.id = s.order_id
     where s.number = any((select " numbers ")::text[]) and s.status in ('sent', 'lost')"
}

/// Loads the orders and the sent tracking numbers that these lines name, and the carriers.
pub(super) fn known_orders(
    conn: &mut PgConnection,
    lines: &[ShipmentLine],
    columns: &ShipmentColumns,
) -> QueryResult<KnownOrders> {
    let (mut numbers, mut suffixes, mut tracking) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let cells = LineCells::of(line, columns);
        match OrderReference::of(&cells.order.text) {
            Some(OrderReference::Whole(number)) => drop(numbers.insert(number.to_string())),
            Some(OrderReference::Suffix(suffix)) => drop(suffixes.insert(suffix)),
            None => {}
        }
        tracking.extend(cells.tracking_number().ok());
    }
    let all = |texts: BTreeSet<String>| texts.into_iter().collect::<Vec<_>>();
    let rows: Vec<OrderRow> = NamedOrders { numbers: all(numbers), suffixes: all(suffixes) }.load(conn)?;
    let ids = rows.iter().filter(|row| row.status == Status::Unsent).map(|row| row.id.0).collect();
    let mut lines_of: HashMap<OrderId, Vec<KnownLine>> = HashMap::new();
    for LineRow { order_id, id, code, left } in (LinesOfOrders { orders: ids }).load::<LineRow>(conn)? {
        lines_of.entry(order_id).or_default().push(KnownLine { id, code, left });
    }
    let mut sent: HashMap<String, Vec<OrderNumber>> = HashMap::new();
    for (number, order) in (SentNumbers { numbers: all(tracking) }).load::<(String, OrderNumber)>(conn)? {
        sent.entry(number).or_default().push(order);
    }
    let mut orders = Vec::with_capacity(rows.len());
    for OrderRow { id, number, status, hold, cancellation_asked } in rows {
        let lines = lines_of.remove(&id).unwrap_or_default();
        orders.push(KnownOrder { id, number, status, hold, cancellation_asked, lines });
    }
    Ok(KnownOrders { orders, sent, carriers: all_carriers(conn)? })
}

#[derive(QueryableByName)]
struct ResultRow {
    #[diesel(sql_type = Integer)]
    line: i32,
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    cells: Value,
    #[diesel(sql_type = Nullable<Text>)]
    found: Option<OrderNumber>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    problem: Option<String>,
    #[diesel(sql_type = Text)]
    detail: String,
}

statement! {
    ResultRows(import: i64 as BigInt) -> [ResultRow] =
    "select l.line, l.cells, o.number as found, p.outcome, coalesce(l.problem, p.problem) as problem,
        case when l.problem is null then coalesce(p.detail, '') else l.detail end as detail
     from shipment_import_lines l
     join shipment_imports i on i.id = l.import_id
     left join shipment_import_parcels p on p.import_id = l.import_id and p.position = l.parcel
     left join orders o on o.id = p.order_id
     where l.import_id = " import " and l.line > i.heading_line
     order by l.line"
}

/// Loads what became of each line of a confirmed file.
pub fn shipment_results(conn: &mut PgConnection, import: &ShipmentImport) -> QueryResult<Vec<ShipmentResult>> {
    let mut results = Vec::new();
    for row in (ResultRows { import: import.id.0 }).load::<ResultRow>(conn)? {
        let ResultRow { line, cells, found, outcome, problem, detail } = row;
        let line = ShipmentLine { line, cells: read_json(cells)? };
        let result = match (problem.and_then(|code| ShipmentFault::of_parts(&code, &detail)), outcome.as_deref()) {
            (Some(fault), _) => ParcelResult::Failed(fault),
            (None, Some("already")) => ParcelResult::Failed(ShipmentFault::Already),
            (None, Some(_)) => ParcelResult::Sent,
            (None, None) => ParcelResult::Waiting,
        };
        let cells = LineCells::of(&line, &import.columns);
        results.push(ShipmentResult {
            line: line.line,
            order: cells.order.text.clone(),
            carrier: cells.carrier().to_owned(),
            number: cells.number.text.clone(),
            found,
            result,
        });
    }
    Ok(results)
}
