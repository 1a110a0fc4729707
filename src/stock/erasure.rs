use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_types::BigInt};

use crate::{kernel::UserId, platform::db::statement};

/// Erases the notes of stock movements that belong to orders of a shopper; the movements stay. Returns how many notes
/// were erased. Must be called after [`audit::allow_erasing`](crate::audit::allow_erasing) in the same transaction.
pub fn erase_movement_notes(conn: &mut PgConnection, shopper: UserId) -> QueryResult<usize> {
    EraseNotes { shopper }.execute(conn)
}

statement! {
    EraseNotes(shopper: UserId as BigInt) -> () =
    "update stock_movements m set note = ''
     from orders o
     where o.user_id = " shopper " and m.order_id = o.id and m.note <> ''"
}
