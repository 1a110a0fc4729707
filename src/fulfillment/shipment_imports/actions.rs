//! Writes of uploaded files with tracking numbers, inside the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use serde_json::Value;
use std::collections::BTreeMap;

use super::{
    columns::recognize,
    model::{ClaimedParcel, ParcelResult, ShipmentColumns, ShipmentFault, ShipmentImport},
    planning::shipment_plan,
    queries::{read_json, shipment_lines},
};
use crate::{
    fulfillment::carrier_file::CarrierFileState,
    kernel::{CarrierId, OrderId, OrderLineId, ShipmentImportId, UserId},
    platform::db::statement,
    schema::{shipment_import_lines, shipment_import_parcels, shipment_imports},
    stock::FileRow,
};

/// The maximum number of lines or parcels that one statement inserts.
const ROWS_PER_INSERT: usize = 1_000;

#[derive(Clone, Debug)]
pub struct NewShipmentImport {
    /// The idempotency token of the form: the form sent twice stores one file.
    pub token: String,
    pub staff: UserId,
    pub file_name: String,
    /// The carrier of those lines of the file that name none; `None` if each has to name one.
    pub carrier: Option<CarrierId>,
    pub rows: Vec<FileRow>,
}

/// Stores an uploaded file. Returns (its id, true); or (id of the file that the same form has stored before, false).
pub fn store_shipment_import(
    conn: &mut PgConnection,
    new: &NewShipmentImport,
) -> QueryResult<(ShipmentImportId, bool)> {
    let made: Option<ShipmentImportId> = diesel::insert_into(shipment_imports::table)
        .values((
            shipment_imports::token.eq(&new.token),
            shipment_imports::staff_id.eq(new.staff),
            shipment_imports::file_name.eq(&new.file_name),
            shipment_imports::carrier_id.eq(new.carrier),
            recognize(&new.rows),
        ))
        .on_conflict(shipment_imports::token)
        .do_nothing()
        .returning(shipment_imports::id)
        .get_result(conn)
        .optional()?;
    let Some(id) = made else {
        let before = shipment_imports::table.filter(shipment_imports::token.eq(&new.token));
        return Ok((before.select(shipment_imports::id).first(conn)?, false));
    };
    for rows in new.rows.chunks(ROWS_PER_INSERT) {
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            values.push((
                shipment_import_lines::import_id.eq(id),
                shipment_import_lines::line.eq(row.line),
                shipment_import_lines::cells.eq(json(&row.cells)?),
            ));
        }
        diesel::insert_into(shipment_import_lines::table).values(values).execute(conn)?;
    }
    Ok((id, true))
}

fn json(value: &impl serde::Serialize) -> QueryResult<Value> {
    serde_json::to_value(value).map_err(|error| Error::SerializationError(error.into()))
}

/// Stores which columns of a file are read. Returns false if the file was confirmed or discarded before.
pub fn change_columns(
    conn: &mut PgConnection,
    id: ShipmentImportId,
    columns: ShipmentColumns,
    carrier: Option<CarrierId>,
) -> QueryResult<bool> {
    let ready = shipment_imports::state.eq(CarrierFileState::Ready.code());
    diesel::update(shipment_imports::table.find(id).filter(ready))
        .set((
            columns,
            shipment_imports::carrier_id.eq(carrier),
            shipment_imports::revision.eq(shipment_imports::revision + 1),
        ))
        .execute(conn)
        .map(|rows| rows > 0)
}

pub fn discard_shipment_import(conn: &mut PgConnection, id: ShipmentImportId) -> QueryResult<bool> {
    let ready = shipment_imports::state.eq(CarrierFileState::Ready.code());
    diesel::update(shipment_imports::table.find(id).filter(ready))
        .set(shipment_imports::state.eq(CarrierFileState::Discarded.code()))
        .execute(conn)
        .map(|rows| rows > 0)
}

/// The outcome of confirming a file with tracking numbers. Only `Confirmed` has written anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmShipmentsOutcome {
    /// Holds the number of parcels that will be sent.
    Confirmed(usize),
    /// The file was confirmed or discarded before.
    Already,
    /// Somebody has changed the chosen columns of the file since the page was shown.
    Stale,
    /// No line of the file sends a parcel.
    Nothing,
}

/// Confirms a file: stores its parcels, which a job then sends, and for each line without a parcel the reason.
///
/// # Errors
/// [`Error::NotFound`] if there is no such file.
pub fn confirm_shipment_import(
    conn: &mut PgConnection,
    (id, revision): (ShipmentImportId, i32),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ConfirmShipmentsOutcome> {
    let row = shipment_imports::table.find(id).select(ShipmentImport::as_select());
    let import: ShipmentImport = row.for_no_key_update().first(conn)?;
    if import.state != CarrierFileState::Ready {
        return Ok(ConfirmShipmentsOutcome::Already);
    }
    if import.revision != revision {
        return Ok(ConfirmShipmentsOutcome::Stale);
    }
    let lines = shipment_lines(conn, id)?;
    let plan = shipment_plan(conn, &import, &lines)?;
    if plan.parcels.is_empty() {
        return Ok(ConfirmShipmentsOutcome::Nothing);
    }
    let mut values = Vec::with_capacity(plan.parcels.len());
    for (position, parcel) in (0_i32..).zip(&plan.parcels) {
        let units = parcel.units.as_ref().map(|units| json(&stored_units(units))).transpose()?;
        values.push((
            shipment_import_parcels::import_id.eq(id),
            shipment_import_parcels::position.eq(position),
            shipment_import_parcels::order_id.eq(parcel.order),
            shipment_import_parcels::carrier_id.eq(parcel.carrier),
            shipment_import_parcels::number.eq(parcel.number.clone()),
            shipment_import_parcels::units.eq(units),
        ));
    }
    for rows in values.chunks(ROWS_PER_INSERT) {
        diesel::insert_into(shipment_import_parcels::table).values(rows.to_vec()).execute(conn)?;
    }
    let mut planned =
        SetPlannedLines { import: id.0, lines: vec![], parcels: vec![], problems: vec![], details: vec![] };
    for line in &plan.lines {
        planned.lines.push(line.line);
        planned.parcels.push(line.parcel.as_ref().ok().and_then(|at| i32::try_from(*at).ok()));
        let (problem, detail) = line.parcel.as_ref().err().map(ShipmentFault::parts).unzip();
        planned.problems.push(problem.map(str::to_owned));
        planned.details.push(detail.unwrap_or_default());
    }
    planned.execute(conn)?;
    diesel::update(shipment_imports::table.find(id))
        .set((
            shipment_imports::state.eq(CarrierFileState::Applying.code()),
            shipment_imports::confirmed_by.eq(staff),
            shipment_imports::confirmed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(ConfirmShipmentsOutcome::Confirmed(plan.parcels.len()))
}

statement! {
    SetPlannedLines(
        import: i64 as BigInt, lines: Vec<i32> as Array<Integer>, parcels: Vec<Option<i32>> as Array<Nullable<Integer>>,
        problems: Vec<Option<String>> as Array<Nullable<Text>>, details: Vec<String> as Array<Text>
    ) -> () =
    "update shipment_import_lines l set parcel = p.parcel, problem = p.problem, detail = p.detail
     from unnest((select " lines "), (select " parcels "), (select " problems "), (select " details "))
        as p (line, parcel, problem, detail)
     where l.import_id = " import " and l.line = p.line"
}

/// Returns the units of a parcel as pairs (id of the order line, number of units), which are stored as JSON.
fn stored_units(units: &BTreeMap<OrderLineId, i32>) -> Vec<(i64, i32)> {
    units.iter().map(|(line, count)| (line.0, *count)).collect()
}

#[derive(QueryableByName)]
struct ParcelRow {
    #[diesel(sql_type = BigInt)]
    import_id: ShipmentImportId,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = BigInt)]
    order_id: OrderId,
    #[diesel(sql_type = BigInt)]
    carrier_id: CarrierId,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    units: Option<Value>,
    #[diesel(sql_type = BigInt)]
    staff: UserId,
}

statement! {
    /// Locks the next parcel that is neither sent nor failed and that no other transaction has locked. The row of its
    /// file is not locked, so that several processes can send parcels of one file.
    NextParcel() -> [ParcelRow] =
    "select p.import_id, p.position, p.order_id, p.carrier_id, p.number, p.units, i.confirmed_by as staff
     from shipment_import_parcels p join shipment_imports i on i.id = p.import_id
     where i.state = 'applying' and p.outcome is null
     order by p.import_id, p.position
     limit 1
     for no key update of p skip locked"
}

/// Locks the next parcel that is to be sent and returns it, without waiting for those that other processes send; `None`
/// if no parcel is left.
pub fn claim_parcel(conn: &mut PgConnection) -> QueryResult<Option<ClaimedParcel>> {
    let waiting: Option<ParcelRow> = NextParcel {}.get_result(conn).optional()?;
    let Some(row) = waiting else { return Ok(None) };
    let units: Option<Vec<(i64, i32)>> = row.units.map(read_json).transpose()?;
    Ok(Some(ClaimedParcel {
        import: row.import_id,
        position: row.position,
        order: row.order_id,
        carrier: row.carrier_id,
        number: row.number,
        units: units.map(|units| units.into_iter().map(|(line, count)| (OrderLineId(line), count)).collect()),
        staff: row.staff,
    }))
}

/// Stores whether a claimed parcel was sent, or why not.
pub fn finish_parcel(conn: &mut PgConnection, parcel: &ClaimedParcel, result: &ParcelResult) -> QueryResult<()> {
    let (outcome, fault) = match result {
        ParcelResult::Waiting => return Ok(()),
        ParcelResult::Sent => ("sent", None),
        ParcelResult::Failed(ShipmentFault::Already) => ("already", None),
        ParcelResult::Failed(fault) => ("failed", Some(fault.parts())),
    };
    let (problem, detail) = fault.unzip();
    diesel::update(shipment_import_parcels::table.find((parcel.import, parcel.position)))
        .set((
            shipment_import_parcels::outcome.eq(outcome),
            shipment_import_parcels::problem.eq(problem),
            shipment_import_parcels::detail.eq(detail.unwrap_or_default()),
        ))
        .execute(conn)?;
    Ok(())
}

statement! {
    /// Marks confirmed files as done if none of their parcels is still to be sent.
    FinishImports(now: DateTime<Utc> as Timestamptz) -> () =
    "update shipment_imports i set state = 'done', finished_at = " now "
     where i.state = 'applying' and not exists (
        select from shipment_import_parcels p where p.import_id = i.id and p.outcome is null
     )"
}

/// Marks confirmed files as done if all their parcels were sent or failed; returns how many it marked.
pub fn finish_shipment_imports(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    FinishImports { now }.execute(conn)
}
