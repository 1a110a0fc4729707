//! Erasure of a shopper's data in their orders. Numbers, times, amounts, goods and units stay, so that every figure is
//! as before.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::model::Status;
use crate::{
    kernel::{OrderNumber, UserId, codes},
    platform::db::{sql_enum, statement},
};

codes! {
    /// Why the data of an order cannot be erased yet.
    pub enum OpenReason {
        /// It is not paid, not sent, or not received yet.
        Status = "status",
        /// It was paid on delivery, and the money has not come in.
        CashDue = "cash_due",
        /// A payment attempt may still be paid, or waits for staff.
        Payment = "payment",
        /// Money has still to go back.
        Refund = "refund",
        /// A return is not closed.
        Return = "return",
    }
}

sql_enum!(OpenReason);

/// An order because of which its shopper cannot be erased yet.
#[derive(Clone, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub struct OpenOrder {
    #[diesel(sql_type = Text)]
    pub number: OrderNumber,
    #[diesel(sql_type = Text)]
    pub status: Status,
    #[diesel(sql_type = Text)]
    pub reason: OpenReason,
}

/// Locks all orders of a shopper, by id. Returns their numbers.
pub fn lock_orders_of(conn: &mut PgConnection, shopper: UserId) -> QueryResult<Vec<OrderNumber>> {
    let rows: Vec<(OrderNumber,)> = LockOrders { shopper }.load(conn)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

statement! {
    LockOrders(shopper: UserId as BigInt) -> (Text,) =
    "select number from orders where user_id = " shopper " order by id for no key update"
}

/// Returns the orders of a shopper that are not over, oldest first, each with the first reason; at most `most`.
pub fn open_orders_of(conn: &mut PgConnection, shopper: UserId, most: i64) -> QueryResult<Vec<OpenOrder>> {
    OpenOrders { shopper, most }.load(conn)
}

statement! {
    /// An attempt that has ended an hour ago cannot be paid any more, whether the gateway has said so or not.
    OpenOrders(shopper: UserId as BigInt, most: i64 as BigInt) -> [OpenOrder] =
    "select number, status, reason
     from (
        select o.id, o.number, o.status, case
            when o.status in ('unpaid', 'unsent', 'unreceived') then 'status'
            when o.status in ('unreviewed', 'finished') and o.pay_method = 'cod' and o.paid_at is null
                and o.total_amount > o.waived_amount then 'cash_due'
            when exists (
                select from payments p where p.order_id = o.id and (p.strange is not null and p.settled is null
                    or p.status = 'open' and p.expires_at > now() - interval '1 hour')
            ) then 'payment'
            when exists (
                select from payments p join refunds r on r.payment_id = p.id
                where p.order_id = o.id and r.status in ('wanted', 'sent', 'refused')
            ) then 'refund'
            when exists (select from returns t where t.order_id = o.id and t.closed_at is null) then 'return'
        end as reason
        from orders o where o.user_id = " shopper "
     ) o
     where reason is not null
     order by id
     limit " most
}

/// Erases the address and the words in the orders of a shopper, whose orders are locked and over: what they ordered,
/// when, and for how much stays. Words of events go; what happened stays.
pub fn erase_orders(conn: &mut PgConnection, shopper: UserId) -> QueryResult<()> {
    EraseOrders { shopper }.execute(conn)?;
    EraseEvents { shopper }.execute(conn).map(drop)
}

statement! {
    EraseOrders(shopper: UserId as BigInt) -> () =
    "update orders set recipient = '', phone = '', region = '', street = '', postcode = '', note = ''
     where user_id = " shopper " and recipient <> ''"
}

statement! {
    /// A reason is a text that somebody typed, except in events that the program records.
    EraseEvents(shopper: UserId as BigInt) -> () =
    "update order_events e set details = e.details - 'reason'
     from orders o
     where o.user_id = " shopper " and e.order_id = o.id and e.details ? 'reason'
        and not (e.event = 'finished' and e.actor = 'shopper')"
}

statement! {
    /// After the name of the account was erased, which the search table has too.
    RefreshSearch(shopper: UserId as BigInt) -> () =
    "select refresh_order_search(array(
        select o.id from orders o join order_search s on s.order_id = o.id where o.user_id = " shopper "
     ))"
}

/// Writes the search rows of a shopper's orders again, after the account was erased.
pub fn refresh_search_of(conn: &mut PgConnection, shopper: UserId) -> QueryResult<usize> {
    RefreshSearch { shopper }.execute(conn)
}
