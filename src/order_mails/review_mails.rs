//! Emails that ask for a review, some days after the receipt, and the shoppers who do not want them.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Bool, Timestamptz},
};

use super::{
    actions::schedule,
    model::{DueMail, MailKind},
    rules::MAX_AGE,
};
use crate::{
    kernel::{OrderId, UserId},
    platform::db::statement,
    schema::unwanted_mails,
};

/// The maximum number of orders that one transaction looks at.
const MAX_SCHEDULED: i64 = 500;

statement! {
    /// Selects orders that were received between two times and are to be asked for reviews, but were not yet.
    Unreviewed(from: DateTime<Utc> as Timestamptz, to: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> (BigInt,) =
    "select o.id from orders_to_review o
     where o.received_at > " from " and o.received_at <= " to "
        and not exists (select from order_mails m where m.order_id = o.id and m.kind = 'review_asked')
     order by o.received_at, o.id limit " most
}

/// Writes the emails that ask for reviews of orders received `days` days ago, each with its job; none if `days` is 0.
/// Returns how many it wrote. Several processes may call it at once, each in a transaction.
pub fn schedule_review_mails(conn: &mut PgConnection, days: i32, now: DateTime<Utc>) -> QueryResult<usize> {
    if days <= 0 {
        return Ok(0);
    }
    let to = now - TimeDelta::days(days.into());
    let due: Vec<(OrderId,)> = Unreviewed { from: to - MAX_AGE, to, most: MAX_SCHEDULED }.load(conn)?;
    let due: Vec<DueMail> =
        due.into_iter().map(|(order,)| DueMail { order, kind: MailKind::ReviewAsked, thing: 0 }).collect();
    schedule(conn, &due, now)
}

statement! {
    IsWanted(order: i64 as BigInt) -> (Bool,) = "select exists (select from orders_to_review where id = " order ")"
}

/// Returns whether there is still something to review of an order, and its shopper wants to be asked.
pub fn is_review_wanted(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    let (is_wanted,): (bool,) = IsWanted { order: order.0 }.get_result(conn)?;
    Ok(is_wanted)
}

/// Unsubscribes a shopper from emails that ask for a review.
pub fn leave_review_mails(conn: &mut PgConnection, user: UserId) -> QueryResult<()> {
    diesel::insert_into(unwanted_mails::table)
        .values((unwanted_mails::user_id.eq(user), unwanted_mails::kind.eq(MailKind::ReviewAsked.code())))
        .on_conflict_do_nothing()
        .execute(conn)
        .map(drop)
}
