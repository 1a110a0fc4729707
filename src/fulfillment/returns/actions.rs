//! Writes returns of goods. The caller has locked the order.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{ArrivedUnits, Return, ReturnKind, ReturnPicture, ReturnReason, ReturnStatus};
use crate::{
    kernel::{OrderId, OrderLineId, ReturnId},
    schema::{return_goods, return_pictures, returns},
};

/// A return of goods, or only of money, that a shopper asks for.
#[derive(Clone, Debug)]
pub struct NewReturn {
    pub kind: ReturnKind,
    pub reason: ReturnReason,
    pub words: String,
    /// The units to return, as (order line, number of units), at least one.
    pub units: Vec<(OrderLineId, i32)>,
    /// The idempotency token of the form: the form sent twice stores one return.
    pub token: String,
}

pub fn save_return(
    conn: &mut PgConnection,
    order: OrderId,
    new: &NewReturn,
    now: DateTime<Utc>,
) -> QueryResult<Return> {
    let saved: Return = diesel::insert_into(returns::table)
        .values((
            returns::order_id.eq(order),
            returns::kind.eq(new.kind.code()),
            returns::reason.eq(new.reason.code()),
            returns::words.eq(&new.words),
            returns::token.eq(&new.token),
            returns::asked_at.eq(now),
        ))
        .returning(Return::as_returning())
        .get_result(conn)?;
    let mut lines = Vec::with_capacity(new.units.len());
    for (line, count) in &new.units {
        lines.push((
            return_goods::return_id.eq(saved.id),
            return_goods::order_goods_id.eq(line),
            return_goods::count.eq(count),
        ));
    }
    diesel::insert_into(return_goods::table).values(lines).execute(conn)?;
    Ok(saved)
}

/// The maximum number of pictures of a return.
pub const MAX_RETURN_PICTURES: i64 = 5;

/// Adds a picture to a return. Returns false, with nothing written, if it has [`MAX_RETURN_PICTURES`] already.
pub fn add_return_picture(conn: &mut PgConnection, id: ReturnId, picture: &ReturnPicture) -> QueryResult<bool> {
    let of_return = return_pictures::table.filter(return_pictures::return_id.eq(id));
    let before: i64 = of_return.count().get_result(conn)?;
    if before >= MAX_RETURN_PICTURES {
        return Ok(false);
    }
    diesel::insert_into(return_pictures::table)
        .values((
            return_pictures::return_id.eq(id),
            return_pictures::position.eq(i32::try_from(before + 1).unwrap_or(i32::MAX)),
            return_pictures::kind.eq(&picture.kind),
            return_pictures::body.eq(&picture.body),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Locks a return of this order; `None` if it does not exist or belongs to another order.
pub fn lock_return(conn: &mut PgConnection, order: OrderId, id: ReturnId) -> QueryResult<Option<Return>> {
    let of_order = returns::table.filter(returns::order_id.eq(order).and(returns::id.eq(id)));
    of_order.select(Return::as_select()).for_no_key_update().first(conn).optional()
}

/// Stores whether staff approve a return, and what they answer.
pub fn answer_return(
    conn: &mut PgConnection,
    id: ReturnId,
    is_approved: bool,
    answer: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let status = if is_approved { ReturnStatus::Approved } else { ReturnStatus::Declined };
    diesel::update(returns::table.find(id))
        .set((
            returns::status.eq(status.code()),
            returns::answer.eq(answer),
            returns::answered_at.eq(now),
            returns::closed_at.eq((!is_approved).then_some(now)),
        ))
        .execute(conn)
}

/// Stores the carrier and the tracking number with which the shopper sends the goods back.
pub fn record_sent_back(
    conn: &mut PgConnection,
    id: ReturnId,
    (carrier, tracking_number): (&str, &str),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(returns::table.find(id))
        .set((
            returns::status.eq(ReturnStatus::SentBack.code()),
            returns::carrier.eq(carrier),
            returns::tracking_number.eq(tracking_number),
            returns::sent_back_at.eq(now),
        ))
        .execute(conn)
}

/// Stores which units of a return came back.
pub fn record_arrival(
    conn: &mut PgConnection,
    id: ReturnId,
    arrived: &[ArrivedUnits],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    for units in arrived {
        diesel::update(return_goods::table.find((id, units.line)))
            .set((return_goods::sellable_count.eq(units.sellable), return_goods::damaged_count.eq(units.damaged)))
            .execute(conn)?;
    }
    diesel::update(returns::table.find(id))
        .set((returns::status.eq(ReturnStatus::Arrived.code()), returns::arrived_at.eq(now)))
        .execute(conn)
}

/// Closes a return, with a last answer of staff if `answer` is not empty.
pub fn close_return(conn: &mut PgConnection, id: ReturnId, answer: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    let row = diesel::update(returns::table.find(id));
    let closed = (returns::status.eq(ReturnStatus::Closed.code()), returns::closed_at.eq(now));
    if answer.is_empty() {
        row.set(closed).execute(conn)
    } else {
        row.set((closed, returns::answer.eq(answer))).execute(conn)
    }
}

/// Stores that the shopper does not want the return any more.
pub fn withdraw_return(conn: &mut PgConnection, id: ReturnId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(returns::table.find(id))
        .set((returns::status.eq(ReturnStatus::Withdrawn.code()), returns::closed_at.eq(now)))
        .execute(conn)
}
