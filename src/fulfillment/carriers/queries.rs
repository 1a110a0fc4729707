use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::Carrier;
use crate::{kernel::CarrierId, schema::carriers};

/// Loads all carriers; those that staff can choose for new parcels come first.
pub fn all_carriers(conn: &mut PgConnection) -> QueryResult<Vec<Carrier>> {
    carriers::table.order((carriers::active.desc(), carriers::id)).select(Carrier::as_select()).load(conn)
}

/// Loads the carriers that staff can choose for new parcels.
pub fn active_carriers(conn: &mut PgConnection) -> QueryResult<Vec<Carrier>> {
    carriers::table.filter(carriers::active).order(carriers::id).select(Carrier::as_select()).load(conn)
}

/// Loads a carrier.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such carrier.
pub fn carrier(conn: &mut PgConnection, id: CarrierId) -> QueryResult<Carrier> {
    carriers::table.find(id).select(Carrier::as_select()).first(conn)
}
