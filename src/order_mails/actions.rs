use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Timestamptz},
};
use serde_json::json;
use std::collections::HashMap;

use super::{
    ORDER_MAIL,
    model::{DueMail, MailKind, MailReason, NamedOrder, NewEvent},
    rules::{DELIVERY_SOON_DAYS, MAX_AGE, PLACED_DELAY, REMIND_BEFORE, REMIND_IF_LONGER, is_outdated, mail_of_event},
    staff_mails::{self, StaffMailKind},
};
use crate::{
    kernel::OrderId,
    platform::{db::statement, outbox},
    schema::{order_events, order_mail_cursor, order_mails, orders},
};

/// The maximum number of events, orders or payments that one query for due emails returns.
const MAX_SCHEDULED: i64 = 500;
/// The maximum time from placing an order to the commit of its transaction: no order placed longer ago than this can
/// still appear.
const COMMITTED_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// Stores the emails that events of orders lead to, with the jobs that send them, and marks the events as done. Returns
/// how many events it marked; if `wanted` is false, it stores no emails. Several processes may call it at once, each in
/// a transaction.
pub fn schedule_events(conn: &mut PgConnection, wanted: bool, now: DateTime<Utc>) -> QueryResult<usize> {
    let events: Vec<NewEvent> = order_events::table
        .filter(order_events::mails_at.is_null())
        .order(order_events::id)
        .limit(MAX_SCHEDULED)
        .select(NewEvent::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(conn)?;
    if events.is_empty() {
        return Ok(0);
    }
    let mut due = Vec::new();
    let told: Vec<&NewEvent> = events.iter().filter(|event| wanted && !is_outdated(event.at, now)).collect();
    staff_mails::schedule_cancellations(conn, &told, now)?;
    for event in told {
        let Some((kind, thing)) = mail_of_event(&event.event, &event.details) else { continue };
        due.push(DueMail { order: event.order_id, kind, thing });
        if kind == MailKind::ReturnAsked {
            staff_mails::notify_staff(conn, StaffMailKind::ReturnAsked, thing, now)?;
        }
    }
    schedule(conn, &due, now)?;
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    diesel::update(order_events::table.filter(order_events::id.eq_any(ids)))
        .set(order_events::mails_at.eq(now))
        .execute(conn)?;
    Ok(events.len())
}

/// Stores the emails that no event leads to, with the jobs that send them: about new orders, orders that must be paid
/// soon or soon count as received, and payments that do not pay their order. Returns how many; none if `wanted` is
/// false. Several processes may call it at once, each in a transaction.
pub fn schedule_due(
    conn: &mut PgConnection,
    received_after_days: i32,
    wanted: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let placed = placed(conn, wanted, now)?;
    if !wanted {
        return Ok(0);
    }
    let (soon, long) = (now + REMIND_BEFORE, REMIND_IF_LONGER.num_seconds());
    let long = i32::try_from(long).unwrap_or(i32::MAX);
    let reminders: Vec<(OrderId,)> = Reminders { now, soon, long, most: MAX_SCHEDULED }.load(conn)?;
    let reminders = reminders.into_iter().map(|(order,)| DueMail { order, kind: MailKind::PayReminder, thing: 0 });
    let days = received_after_days - DELIVERY_SOON_DAYS;
    let mut soon_received: Vec<(OrderId,)> = Vec::new();
    if days > 0 {
        let from = now - TimeDelta::days(received_after_days.into());
        let to = now - TimeDelta::days(days.into());
        soon_received = SoonReceived { from, to, most: MAX_SCHEDULED }.load(conn)?;
    }
    let received = soon_received.into_iter().map(|(order,)| DueMail { order, kind: MailKind::DeliverySoon, thing: 0 });
    let surplus: Vec<(OrderId, i64, bool)> = Surplus { since: now - MAX_AGE, most: MAX_SCHEDULED }.load(conn)?;
    let surplus = surplus.into_iter().map(|(order, thing, is_late)| {
        let kind = if is_late { MailKind::PaidLate } else { MailKind::PaidTwice };
        DueMail { order, kind, thing }
    });
    let due: Vec<DueMail> = placed.into_iter().chain(reminders).chain(received).chain(surplus).collect();
    schedule(conn, &due, now)
}

/// Returns the orders for which an email of the kind [`MailKind::Placed`] is due and not stored yet. Stores the time up
/// to which all orders have been looked at.
fn placed(conn: &mut PgConnection, wanted: bool, now: DateTime<Utc>) -> QueryResult<Vec<DueMail>> {
    // Another process that looks at the same orders is enough.
    let cursor = order_mail_cursor::table.select(order_mail_cursor::placed_at).for_update().skip_locked();
    let Some(cursor) = cursor.first::<DateTime<Utc>>(conn).optional()? else { return Ok(Vec::new()) };
    let after = cursor.max(now - MAX_AGE);
    let mut due = Vec::new();
    let mut looked_until = now - COMMITTED_WITHIN;
    if wanted {
        let found: Vec<(OrderId, DateTime<Utc>)> =
            Placed { after, unpaid_until: now - PLACED_DELAY, most: MAX_SCHEDULED }.load(conn)?;
        if i64::try_from(found.len()) == Ok(MAX_SCHEDULED)
            && let Some((_, last)) = found.last()
        {
            looked_until = looked_until.min(*last);
        }
        due.extend(found.into_iter().map(|(order, _)| DueMail { order, kind: MailKind::Placed, thing: 0 }));
    }
    if looked_until > cursor {
        diesel::update(order_mail_cursor::table).set(order_mail_cursor::placed_at.eq(looked_until)).execute(conn)?;
    }
    Ok(due)
}

statement! {
    /// Selects (order, time) of orders that were placed after the time `after` and have no email about that, earliest
    /// first: orders that need not be paid online, and orders placed until `unpaid_until` that are still unpaid.
    Placed(
        after: DateTime<Utc> as Timestamptz, unpaid_until: DateTime<Utc> as Timestamptz, most: i64 as BigInt
    ) -> (BigInt, Timestamptz) =
    "select o.id, o.placed_at from orders o
     where o.placed_at > " after " and o.status in ('unpaid', 'unsent')
        and (o.expires_at is null or o.status = 'unpaid' and o.placed_at <= " unpaid_until ")
        and not exists (select from order_mails m where m.order_id = o.id and m.kind = 'placed')
     order by o.placed_at, o.id limit " most
}

statement! {
    /// Selects unpaid orders whose payment deadline is between two times, if the shopper had more than `long` seconds
    /// to pay.
    Reminders(
        now: DateTime<Utc> as Timestamptz, soon: DateTime<Utc> as Timestamptz, long: i32 as Integer, most: i64 as BigInt
    ) -> (BigInt,) =
    "select o.id from orders o
     where o.status = 'unpaid' and o.expires_at > " now " and o.expires_at <= " soon "
        and o.expires_at - o.placed_at > make_interval(secs => " long ")
        and not exists (select from order_mails m where m.order_id = o.id and m.kind = 'pay_reminder')
     order by o.expires_at limit " most
}

statement! {
    /// Selects orders on their way to the shopper that were sent between two times, without those with an open return.
    SoonReceived(from: DateTime<Utc> as Timestamptz, to: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> (BigInt,) =
    "select o.id from orders o
     where o.status = 'unreceived' and o.sent_at > " from " and o.sent_at <= " to "
        and not exists (select from returns r where r.order_id = o.id and r.closed_at is null)
        and not exists (select from order_mails m where m.order_id = o.id and m.kind = 'delivery_soon')
     order by o.sent_at, o.id limit " most
}

statement! {
    /// Selects payments since a time that do not pay their order: (order, payment, whether the payment came after the
    /// order had been canceled for non-payment and its goods were no longer in stock).
    Surplus(since: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> (BigInt, BigInt, diesel::sql_types::Bool) =
    "select p.order_id, p.id, p.strange is not distinct from 'out_of_stock' from payments p
     where p.status = 'paid' and not p.counts and p.paid_at > " since "
        and (p.strange = 'out_of_stock'
            or exists (select from refunds r where r.payment_id = p.id and r.reason = 'surplus'))
        and not exists (
            select from order_mails m
            where m.order_id = p.order_id and m.thing = p.id and m.kind in ('paid_late', 'paid_twice'))
     order by p.paid_at limit " most
}

/// Stores those of these emails that were not stored before, each with the job that sends it. Returns how many.
pub(super) fn schedule(conn: &mut PgConnection, due: &[DueMail], now: DateTime<Utc>) -> QueryResult<usize> {
    if due.is_empty() {
        return Ok(0);
    }
    let orders: Vec<OrderId> = due.iter().map(|mail| mail.order).collect();
    let named: Vec<NamedOrder> = orders::table
        .filter(orders::id.eq_any(orders))
        .select((orders::id, orders::number, orders::language))
        .load(conn)?;
    let named: HashMap<OrderId, NamedOrder> = named.into_iter().map(|order| (order.id, order)).collect();
    let mut rows = Vec::new();
    for mail in due {
        let Some(order) = named.get(&mail.order) else { continue };
        rows.push((
            order_mails::order_id.eq(mail.order),
            order_mails::kind.eq(mail.kind.code()),
            order_mails::thing.eq(mail.thing),
            order_mails::language.eq(order.language.code()),
            order_mails::promised_at.eq(now),
        ));
    }
    let written: Vec<(i64, OrderId)> = diesel::insert_into(order_mails::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning((order_mails::id, order_mails::order_id))
        .get_results(conn)?;
    let number = |order: &OrderId| named.get(order).map(|order| order.number.to_string());
    let payloads = written.iter().map(|(id, order)| json!({ "mail": id, "order": number(order) })).collect();
    let jobs = outbox::enqueue_mail(conn, ORDER_MAIL, payloads, now)?;
    let mails: Vec<i64> = written.iter().map(|(id, _)| *id).collect();
    SetJobs { mails, jobs }.execute(conn)?;
    Ok(written.len())
}

statement! {
    SetJobs(mails: Vec<i64> as Array<BigInt>, jobs: Vec<i64> as Array<BigInt>) -> () =
    "update order_mails m set job_id = j.job
     from unnest((select " mails "), (select " jobs ")) as j (mail, job) where m.id = j.mail"
}

/// Records that this process begins to send an email about an order; of concurrent calls only one returns true and may
/// send it.
pub fn begin_order_mail(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> QueryResult<bool> {
    let waiting = order_mails::table.find(id).filter(order_mails::begun_at.is_null());
    Ok(diesel::update(waiting).set(order_mails::begun_at.eq(now)).execute(conn)? == 1)
}

/// Records when the mail server accepted an email about an order; with `None`, that the server refused it, so that it
/// may be sent again.
pub fn finish_order_mail(conn: &mut PgConnection, id: i64, sent_at: Option<DateTime<Utc>>) -> QueryResult<()> {
    let begun = order_mails::table.find(id).filter(order_mails::sent_at.is_null());
    match sent_at {
        Some(at) => diesel::update(begun).set(order_mails::sent_at.eq(at)).execute(conn)?,
        None => diesel::update(begun).set(order_mails::begun_at.eq(None::<DateTime<Utc>>)).execute(conn)?,
    };
    Ok(())
}

/// Records why an email about an order is not sent.
pub fn skip_order_mail(conn: &mut PgConnection, id: i64, reason: MailReason) -> QueryResult<()> {
    diesel::update(order_mails::table.find(id).filter(order_mails::sent_at.is_null()))
        .set(order_mails::skipped.eq(reason.code()))
        .execute(conn)
        .map(drop)
}
