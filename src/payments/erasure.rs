//! Erases a shopper's data in payments, for example in the notifications of gateways, which name the buyer.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use crate::{kernel::UserId, platform::db::statement};

/// Erases the bodies of gateway notifications about a shopper's orders, and the texts of payments and refunds. Numbers,
/// amounts, times and results stay. The body of a later notification is not stored. Returns the numbers of the payments
/// and refunds.
pub fn erase_payments(conn: &mut PgConnection, shopper: UserId) -> QueryResult<Vec<String>> {
    EraseNotifications { shopper }.execute(conn)?;
    EraseErrors { shopper }.execute(conn)?;
    EraseRefunds { shopper }.execute(conn)?;
    let numbers: Vec<(String,)> = Numbers { shopper }.load(conn)?;
    Ok(numbers.into_iter().map(|(number,)| number).collect())
}

statement! {
    Numbers(shopper: UserId as BigInt) -> (Text,) =
    "select p.number from orders o join payments p on p.order_id = o.id where o.user_id = " shopper "
     union all
     select r.number from orders o join payments p on p.order_id = o.id join refunds r on r.payment_id = p.id
     where o.user_id = " shopper
}

statement! {
    EraseNotifications(shopper: UserId as BigInt) -> () =
    "update payment_notifications n set body = ''
     from orders o join payments p on p.order_id = o.id
     where o.user_id = " shopper " and n.payment_id = p.id and n.body <> ''"
}

statement! {
    EraseErrors(shopper: UserId as BigInt) -> () =
    "update payments p set last_error = null
     from orders o
     where o.user_id = " shopper " and p.order_id = o.id and p.last_error is not null"
}

statement! {
    EraseRefunds(shopper: UserId as BigInt) -> () =
    "update refunds r set note = '', last_error = null
     from orders o join payments p on p.order_id = o.id
     where o.user_id = " shopper " and r.payment_id = p.id and (r.note <> '' or r.last_error is not null)"
}
