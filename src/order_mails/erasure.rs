use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_types::BigInt};

use crate::{kernel::UserId, platform::db::statement};

/// Marks unsent emails about a shopper's orders as never to be sent. Records of sent emails stay, because they contain
/// no text and no address. Returns how many were marked.
pub fn erase_order_mails(conn: &mut PgConnection, shopper: UserId) -> QueryResult<usize> {
    SkipUnsent { shopper }.execute(conn)
}

statement! {
    SkipUnsent(shopper: UserId as BigInt) -> () =
    "update order_mails m set skipped = 'no_address'
     from orders o
     where o.user_id = " shopper " and m.order_id = o.id and m.begun_at is null and m.skipped is null"
}
