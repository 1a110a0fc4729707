use diesel::{PgConnection, QueryResult};

use super::{
    model::{ShipmentImport, ShipmentLine, ShipmentPlan},
    queries::known_orders,
    rules,
};

/// Computes what each line of a file below its heading row would send if it were confirmed now.
pub fn shipment_plan(
    conn: &mut PgConnection,
    import: &ShipmentImport,
    lines: &[ShipmentLine],
) -> QueryResult<ShipmentPlan> {
    let first = lines.partition_point(|line| line.line <= import.columns.heading_line);
    let listed = lines.get(first..).unwrap_or_default();
    let known = known_orders(conn, listed, &import.columns)?;
    Ok(rules::plan(listed, &import.columns, import.carrier_id, &known))
}
