//! Edits of carriers, each inside the caller's transaction.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
};

use super::model::{Carrier, CarrierChange, CarrierDetails, CarrierRefusal};
use crate::{kernel::CarrierId, platform::db, schema::carriers};

/// Creates a carrier, and returns its id; the inner `Err` if another carrier has its code.
pub fn create_carrier(
    conn: &mut PgConnection,
    details: &CarrierDetails,
) -> QueryResult<Result<CarrierId, CarrierRefusal>> {
    let created = db::savepoint(conn, |conn| {
        diesel::insert_into(carriers::table).values(details).returning(carriers::id).get_result(conn)
    });
    match created {
        Ok(id) => Ok(Ok(id)),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(Err(CarrierRefusal::CodeTaken)),
        Err(error) => Err(error),
    }
}

/// Saves the names, the link and the state of a carrier; `None` if nothing differs from what is stored. The code never
/// changes, because files name the carrier by it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such carrier.
pub fn save_carrier(
    conn: &mut PgConnection,
    id: CarrierId,
    details: &CarrierDetails,
) -> QueryResult<Option<CarrierChange>> {
    let before = details_of(lock(conn, id)?);
    let after = CarrierDetails { code: before.code.clone(), ..details.clone() };
    if before == after {
        return Ok(None);
    }
    diesel::update(carriers::table.find(id)).set(&after).execute(conn)?;
    Ok(Some(CarrierChange { before, after }))
}

/// Removes a carrier and returns its fields for the audit log; the inner `Err` if parcels were sent with it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such carrier.
pub fn remove_carrier(conn: &mut PgConnection, id: CarrierId) -> QueryResult<Result<CarrierDetails, CarrierRefusal>> {
    let before = details_of(lock(conn, id)?);
    match db::savepoint(conn, |conn| diesel::delete(carriers::table.find(id)).execute(conn)) {
        Ok(_) => Ok(Ok(before)),
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(Err(CarrierRefusal::HasParcels)),
        Err(error) => Err(error),
    }
}

fn lock(conn: &mut PgConnection, id: CarrierId) -> QueryResult<Carrier> {
    carriers::table.find(id).select(Carrier::as_select()).for_update().first(conn)
}

fn details_of(carrier: Carrier) -> CarrierDetails {
    let Carrier { code, name_en, name_zh, link, active, .. } = carrier;
    CarrierDetails { code, name_en, name_zh, link, active }
}
