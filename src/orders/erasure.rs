//! Erases a shopper's data in their orders. Numbers, times, amounts, goods and units stay, so that no figure changes.

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
    /// Why an order keeps its shopper from being erased.
    pub enum OpenReason {
        /// The order is not paid, not sent, or not received yet.
        Status = "status",
        /// The order is cash on delivery, and the money has not come in yet.
        CashDue = "cash_due",
        /// A payment attempt may still be paid, or staff must decide about it.
        Payment = "payment",
        /// Money of the order is to be refunded, but that is not completed.
        Refund = "refund",
        /// A return request is not closed.
        Return = "return",
    }
}

sql_enum!(OpenReason);

/// An order that keeps its shopper from being erased, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub struct OpenOrder {
    #[diesel(sql_type = Text)]
    pub number: OrderNumber,
    #[diesel(sql_type = Text)]
    pub status: Status,
    #[diesel(sql_type = Text)]
    pub reason: OpenReason,
}

/// Locks the rows of all orders of a shopper in ascending order of their ids. Returns their numbers.
pub fn lock_orders_of(conn: &mut PgConnection, shopper: UserId) -> QueryResult<Vec<OrderNumber>> {
    let rows: Vec<(OrderNumber,)> = LockOrders { shopper }.load(conn)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

statement! {
    LockOrders(shopper: UserId as BigInt) -> (Text,) =
    "select number from orders where user_id = " shopper " order by id for no key update"
}

/// Returns at most `most` orders that keep a shopper from being erased, oldest first, each with one reason.
pub fn open_orders_of(conn: &mut PgConnection, shopper: UserId, most: i64) -> QueryResult<Vec<OpenOrder>> {
    OpenOrders { shopper, most }.load(conn)
}

statement! {
    /// A payment attempt that expired an hour ago or earlier counts as unpaid, even if the gateway has not confirmed
    /// that.
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

/// Erases the addresses and texts in the orders of a shopper, and the texts in their events. Goods, times, amounts and
/// kinds of events stay. The orders must be locked, and none of them may be open.
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
    /// Removes the reasons from events, because they may be typed text. The reason in an event that the shopper has
    /// finished the order is written by the program, and stays.
    EraseEvents(shopper: UserId as BigInt) -> () =
    "update order_events e set details = e.details - 'reason'
     from orders o
     where o.user_id = " shopper " and e.order_id = o.id and e.details ? 'reason'
        and not (e.event = 'finished' and e.actor = 'shopper')"
}

statement! {
    /// Updates the search table, which also contains the username. Run it after the account was erased.
    RefreshSearch(shopper: UserId as BigInt) -> () =
    "select refresh_order_search(array(
        select o.id from orders o join order_search s on s.order_id = o.id where o.user_id = " shopper "
     ))"
}

/// Updates the rows of the search table for a shopper's orders. Call it after the account was erased, because these
/// rows contain the username. The returned row count can be ignored.
pub fn refresh_search_of(conn: &mut PgConnection, shopper: UserId) -> QueryResult<usize> {
    RefreshSearch { shopper }.execute(conn)
}
