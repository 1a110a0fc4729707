//! Emails to members of staff who want them: about new orders, at most once an hour; at once about returns that
//! shoppers ask for, paid orders that they cancel, payments that staff must look at, refunds that are refused or stuck,
//! and questions that wait for an answer.

// Long: the statements of six kinds of emails that share one table.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    dsl::exists,
    prelude::*,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};
use serde_json::{Value, json};

use super::{
    model::{MailReason, NewEvent},
    rules::MAX_AGE,
};
use crate::{
    kernel::{Language, Money, OrderNumber, PayMethod, PaymentId, UserId, codes},
    platform::{
        db::{sql_enum, statement},
        outbox,
    },
    schema::{
        cancellation_requests, order_events, orders, payments, refunds, returns, staff_mail_readers, staff_mails, users,
    },
};

/// The kind of the outbox job that sends an email to a member of staff.
pub const STAFF_MAIL: &str = "staff_mail";

/// The minimum time between two emails about new orders to the same member of staff.
const NEW_ORDERS_EVERY: TimeDelta = TimeDelta::hours(1);
/// The maximum time from placing or paying an order to the commit of the transaction: no order placed or paid longer
/// ago than this can still appear.
const COMMITTED_WITHIN: TimeDelta = TimeDelta::seconds(30);
const MAX_SCHEDULED: i64 = 500;

codes! {
    /// What an email to staff is about.
    pub enum StaffMailKind {
        NewOrders = "new_orders",
        ReturnAsked = "return_asked",
        StrangePayment = "strange_payment",
        /// A shopper has canceled a paid order, or asks to cancel one that is being packed.
        Cancellation = "cancellation",
        /// A refund was refused by the gateway, or its result is unknown after an hour.
        RefundStuck = "refund_stuck",
        /// A question waits for an answer.
        Question = "question",
    }
}

sql_enum!(StaffMailKind);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = staff_mails)]
pub struct StaffMail {
    pub id: i64,
    pub user_id: UserId,
    pub kind: StaffMailKind,
    pub thing: i64,
    pub told_from: Option<DateTime<Utc>>,
    pub told_until: Option<DateTime<Utc>>,
    pub promised_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub skipped: Option<MailReason>,
}

/// Returns which emails a user wants, each with its language.
pub fn staff_mail_languages(conn: &mut PgConnection, user: UserId) -> QueryResult<Vec<(StaffMailKind, Language)>> {
    staff_mail_readers::table
        .filter(staff_mail_readers::user_id.eq(user))
        .order(staff_mail_readers::kind)
        .select((staff_mail_readers::kind, staff_mail_readers::language))
        .load(conn)
}

/// Stores which emails a user wants, all in the same language. Returns those that the user wanted before.
pub fn set_staff_mail_languages(
    conn: &mut PgConnection,
    user: UserId,
    wanted: &[StaffMailKind],
    language: Language,
    now: DateTime<Utc>,
) -> QueryResult<Vec<(StaffMailKind, Language)>> {
    // Waits for a concurrent request with the same form.
    users::table.find(user).select(users::id).for_no_key_update().first::<UserId>(conn)?;
    let before = staff_mail_languages(conn, user)?;
    let codes: Vec<&str> = wanted.iter().map(|kind| kind.code()).collect();
    let others = staff_mail_readers::user_id.eq(user).and(staff_mail_readers::kind.ne_all(&codes));
    diesel::delete(staff_mail_readers::table.filter(others)).execute(conn)?;
    for kind in codes {
        diesel::insert_into(staff_mail_readers::table)
            .values((
                staff_mail_readers::user_id.eq(user),
                staff_mail_readers::kind.eq(kind),
                staff_mail_readers::language.eq(language.code()),
                staff_mail_readers::since.eq(now),
                staff_mail_readers::told_until.eq(now),
            ))
            .on_conflict((staff_mail_readers::user_id, staff_mail_readers::kind))
            .do_update()
            .set(staff_mail_readers::language.eq(language.code()))
            .execute(conn)?;
    }
    Ok(before)
}

/// Unsubscribes a user from a kind of email. Returns false if the user did not get it.
pub fn leave_staff_mails(conn: &mut PgConnection, user: UserId, kind: StaffMailKind) -> QueryResult<bool> {
    Ok(diesel::delete(staff_mail_readers::table.find((user, kind.code()))).execute(conn)? == 1)
}

statement! {
    /// Stores an email about one thing, such as a return, for each member of staff who wants it, unless it was stored
    /// before.
    Told(kind: &'static str as Text, thing: i64 as BigInt, now: DateTime<Utc> as Timestamptz) -> (BigInt,) =
    "insert into staff_mails (user_id, kind, thing, promised_at)
     select r.user_id, r.kind, " thing ", " now "
     from staff_mail_readers r join users u on u.id = r.user_id
     where r.kind = " kind " and u.role <> 'shopper' and u.disabled_at is null
     on conflict do nothing returning id"
}

statement! {
    /// Stores an email about new orders for each member of staff for whom one is due, and records up to which time the
    /// member has been told of new orders.
    NewOrdersTold(
        until: DateTime<Utc> as Timestamptz, hour_ago: DateTime<Utc> as Timestamptz, now: DateTime<Utc> as Timestamptz
    ) -> (BigInt,) =
    "with due as (
        select r.user_id, r.told_until
        from staff_mail_readers r join users u on u.id = r.user_id
        where r.kind = 'new_orders' and u.role <> 'shopper' and u.disabled_at is null
            and not exists (
                select from staff_mails m
                where m.user_id = r.user_id and m.kind = 'new_orders' and m.promised_at > " hour_ago "
            )
            and exists (
                select from orders o
                where o.status = 'unsent' and coalesce(o.paid_at, o.placed_at) > r.told_until
                    and coalesce(o.paid_at, o.placed_at) <= " until "
            )
        for update of r skip locked
     ),
     moved as (
        update staff_mail_readers r set told_until = " until " from due where r.user_id = due.user_id
            and r.kind = 'new_orders'
     )
     insert into staff_mails (user_id, kind, thing, told_from, told_until, promised_at)
     select user_id, 'new_orders', extract(epoch from told_until)::bigint, told_until, " until ", " now " from due
     on conflict do nothing returning id"
}

define_sql_function! {
    /// SQL's `coalesce` of two times: the first that is not null.
    fn coalesce(a: Nullable<Timestamptz>, b: Timestamptz) -> Timestamptz;
}

statement! {
    Strange(since: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> (BigInt,) =
    "select p.id from payments p
     where p.strange is not null and coalesce(p.paid_at, p.created_at) > " since "
        and not exists (select from staff_mails m where m.kind = 'strange_payment' and m.thing = p.id)
        and exists (select from staff_mail_readers r where r.kind = 'strange_payment')
     order by p.id limit " most
}

statement! {
    Stuck(
        since: DateTime<Utc> as Timestamptz, stuck_before: DateTime<Utc> as Timestamptz, most: i64 as BigInt
    ) -> (BigInt,) =
    "select r.id from refunds r
     where (r.status = 'refused' or r.next_attempt_at is not null and r.created_at < " stuck_before ")
        and r.created_at > " since "
        and not exists (select from staff_mails m where m.kind = 'refund_stuck' and m.thing = r.id)
        and exists (select from staff_mail_readers r where r.kind = 'refund_stuck')
     order by r.id limit " most
}

/// Stores the emails about new orders, payments that staff must look at, and refunds that are refused or stuck (stored
/// before `stuck_before` and not done), with the jobs that send them. Returns how many. Several processes may call it
/// at once, each in a transaction.
pub fn schedule_staff_mails(
    conn: &mut PgConnection,
    stuck_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let until = now - COMMITTED_WITHIN;
    let since = now - MAX_AGE;
    let mut mails: Vec<(i64,)> = NewOrdersTold { until, hour_ago: now - NEW_ORDERS_EVERY, now }.load(conn)?;
    let strange: Vec<(i64,)> = Strange { since, most: MAX_SCHEDULED }.load(conn)?;
    let stuck: Vec<(i64,)> = Stuck { since, stuck_before, most: MAX_SCHEDULED }.load(conn)?;
    let strange = strange.into_iter().map(|(payment,)| (StaffMailKind::StrangePayment, payment));
    let stuck = stuck.into_iter().map(|(refund,)| (StaffMailKind::RefundStuck, refund));
    for (kind, thing) in strange.chain(stuck) {
        mails.extend(Told { kind: kind.code(), thing, now }.load::<(i64,)>(conn)?);
    }
    enqueue(conn, &mails, now)?;
    Ok(mails.len())
}

statement! {
    /// Selects those of these events by which a shopper cancels a paid order, or asks to cancel one.
    CancellationEvents(events: Vec<i64> as Array<BigInt>) -> (BigInt,) =
    "select e.id from order_events e join orders o on o.id = e.order_id
     where e.id = any((select " events ")::bigint[]) and (
        e.event = 'cancellation_asked' or e.event = 'canceled' and e.actor = 'shopper' and o.paid_amount > 0
     )
     order by e.id"
}

/// Stores the emails about cancellations by shoppers among these events, with the jobs that send them.
pub(super) fn schedule_cancellations(
    conn: &mut PgConnection,
    events: &[&NewEvent],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let is_asked = |event: &&&NewEvent| matches!(event.event.as_str(), "canceled" | "cancellation_asked");
    let asked: Vec<i64> = events.iter().filter(is_asked).map(|event| event.id).collect();
    if asked.is_empty() {
        return Ok(());
    }
    for (event,) in (CancellationEvents { events: asked }).load::<(i64,)>(conn)? {
        notify_staff(conn, StaffMailKind::Cancellation, event, now)?;
    }
    Ok(())
}

/// Stores an email of this kind about one thing, such as a return, for each member of staff who wants it, with the jobs
/// that send them.
pub fn notify_staff(conn: &mut PgConnection, kind: StaffMailKind, thing: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let told: Vec<(i64,)> = Told { kind: kind.code(), thing, now }.load(conn)?;
    enqueue(conn, &told, now)
}

fn enqueue(conn: &mut PgConnection, mails: &[(i64,)], now: DateTime<Utc>) -> QueryResult<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let payloads = mails.iter().map(|(mail,)| json!({ "mail": mail })).collect();
    outbox::enqueue_mail(conn, STAFF_MAIL, payloads, now).map(drop)
}

/// Loads an email to staff; `None` if there is none with this id.
pub fn staff_mail(conn: &mut PgConnection, id: i64) -> QueryResult<Option<StaffMail>> {
    staff_mails::table.find(id).select(StaffMail::as_select()).first(conn).optional()
}

/// A new order in an email to staff.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct NewOrderLine {
    pub number: OrderNumber,
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub total_amount: Money,
}

/// Loads the orders that became ready to be sent between two times, at most `most`, and the number of all such orders.
pub fn new_orders(
    conn: &mut PgConnection,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    most: i64,
) -> QueryResult<(Vec<NewOrderLine>, i64)> {
    let since = || coalesce(orders::paid_at, orders::placed_at);
    let of_them = || orders::table.filter(orders::status.eq("unsent").and(since().gt(from)).and(since().le(until)));
    let lines =
        of_them().order((orders::placed_at, orders::id)).limit(most).select(NewOrderLine::as_select()).load(conn)?;
    Ok((lines, of_them().count().get_result(conn)?))
}

/// Returns a payment's order and why staff must look at the payment; `None` if staff do not have to look at it any
/// more.
pub fn strange_payment(conn: &mut PgConnection, id: i64) -> QueryResult<Option<(OrderNumber, String)>> {
    payments::table
        .inner_join(orders::table)
        .filter(payments::id.eq(id).and(payments::strange.is_not_null()))
        .select((orders::number, payments::strange.assume_not_null()))
        .first(conn)
        .optional()
}

/// A refund that was refused or that is not done.
#[derive(Clone, Debug, Queryable)]
pub struct StuckRefund {
    pub order: OrderNumber,
    pub payment: PaymentId,
    pub amount: Money,
    pub is_refused: bool,
    /// The gateway's error, or why the gateway could not be asked; `None` if there was no error.
    pub why: Option<String>,
}

/// Loads a refund that was refused or is not done; `None` if it is done.
pub fn stuck_refund(conn: &mut PgConnection, id: i64) -> QueryResult<Option<StuckRefund>> {
    let is_refused = refunds::status.eq("refused");
    refunds::table
        .inner_join(payments::table.inner_join(orders::table))
        .filter(refunds::id.eq(id).and(is_refused.or(refunds::next_attempt_at.is_not_null())))
        .select((orders::number, payments::id, refunds::amount, is_refused, refunds::last_error))
        .first(conn)
        .optional()
}

/// An order that its shopper has canceled, or asked to cancel.
#[derive(Clone, Debug, Queryable)]
pub struct ShopperCancellation {
    pub order: OrderNumber,
    pub details: Value,
    /// When the order was canceled; `None` if the shopper has only asked for it.
    pub canceled_at: Option<DateTime<Utc>>,
}

/// Loads a cancellation by the id of its event; `None` if the shopper asked for it and staff have answered.
pub fn shopper_cancellation(conn: &mut PgConnection, event: i64) -> QueryResult<Option<ShopperCancellation>> {
    let waits = cancellation_requests::table
        .filter(cancellation_requests::order_id.eq(orders::id).and(cancellation_requests::answered_at.is_null()));
    order_events::table
        .inner_join(orders::table)
        .filter(order_events::id.eq(event).and(order_events::event.eq("canceled").or(exists(waits))))
        .select((orders::number, order_events::details, orders::canceled_at))
        .first(conn)
        .optional()
}

/// Returns the number of the order of a return that staff have not answered yet; `None` if they have.
pub fn number_of_return(conn: &mut PgConnection, id: i64) -> QueryResult<Option<OrderNumber>> {
    returns::table
        .inner_join(orders::table)
        .filter(returns::id.eq(id).and(returns::answered_at.is_null()).and(returns::closed_at.is_null()))
        .select(orders::number)
        .first(conn)
        .optional()
}

/// Records that this process begins to send an email; of concurrent calls only one returns true and may send it.
pub fn begin_staff_mail(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> QueryResult<bool> {
    let waiting = staff_mails::table.find(id).filter(staff_mails::begun_at.is_null());
    Ok(diesel::update(waiting).set(staff_mails::begun_at.eq(now)).execute(conn)? == 1)
}

/// Records when the mail server accepted an email; with `None`, that it refused the email, which may be sent again.
pub fn finish_staff_mail(conn: &mut PgConnection, id: i64, sent_at: Option<DateTime<Utc>>) -> QueryResult<()> {
    let begun = staff_mails::table.find(id).filter(staff_mails::sent_at.is_null());
    match sent_at {
        Some(at) => diesel::update(begun).set(staff_mails::sent_at.eq(at)).execute(conn)?,
        None => diesel::update(begun).set(staff_mails::begun_at.eq(None::<DateTime<Utc>>)).execute(conn)?,
    };
    Ok(())
}

/// Records why an email to staff is not sent.
pub fn skip_staff_mail(conn: &mut PgConnection, id: i64, reason: MailReason) -> QueryResult<()> {
    diesel::update(staff_mails::table.find(id).filter(staff_mails::sent_at.is_null()))
        .set(staff_mails::skipped.eq(reason.code()))
        .execute(conn)
        .map(drop)
}
