//! Queries of admin pages: attempts to pay orders, payments and refunds that staff have to look at, and stored
//! notifications.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, sql},
    pg::Pg,
    prelude::*,
    query_builder::QueryFragment,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use super::model::{OUT_OF_STOCK, Payment, PaymentStatus, Refund};
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, PaymentId, RefundId, codes},
    orders::ReconciliationStatus,
    platform::{cursor::Cursor, db::statement},
    schema::{orders, payment_notifications, payments, refunds, users},
};

codes! {
    /// Which payment attempts a list shows.
    #[derive(Default)]
    pub enum PaymentFilter {
        #[default]
        All = "",
        Open = "open",
        /// Attempts that staff must look at, because something does not fit the order.
        Strange = "strange",
        /// Attempts that paid an order after it had been canceled for non-payment, when its goods were no longer in
        /// stock.
        OutOfStock = "out_of_stock",
        /// Attempts with a refund that the gateway refused, or that is not done after an hour.
        Refunds = "refunds",
    }
}

#[derive(Clone, Debug)]
pub struct PaymentSearch {
    /// The number of an order or of a payment attempt, or the gateway's number of a payment.
    pub words: Option<String>,
    pub show: PaymentFilter,
    pub cursor: Cursor<PaymentId>,
    /// A refund that was stored before this time and is not done is stuck.
    pub stuck_before: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable)]
pub struct PaymentListItem {
    pub id: PaymentId,
    pub number: String,
    pub order: OrderNumber,
    pub pay_method: PayMethod,
    pub amount: Money,
    pub status: PaymentStatus,
    pub counts: bool,
    pub strange: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Loads at most `limit` payment attempts that match the search, newest first.
pub fn payments_matching(
    conn: &mut PgConnection,
    search: &PaymentSearch,
    limit: i64,
) -> QueryResult<Vec<PaymentListItem>> {
    let mut found = payments::table
        .inner_join(orders::table)
        .select((
            payments::id,
            payments::number,
            orders::number,
            payments::pay_method,
            payments::amount,
            payments::status,
            payments::counts,
            payments::strange,
            payments::created_at,
        ))
        .limit(limit)
        .into_boxed();
    if let Some(words) = &search.words {
        found = match words.to_uppercase().parse::<OrderNumber>() {
            Ok(number) => found.filter(orders::number.eq(number)),
            Err(_) => found.filter(payments::number.eq(words).or(payments::trade_no.eq(words))),
        };
    }
    match search.show {
        PaymentFilter::All => {}
        PaymentFilter::Open => found = found.filter(payments::status.eq(PaymentStatus::Open.code())),
        PaymentFilter::Strange => found = found.filter(payments::strange.ne(OUT_OF_STOCK)),
        PaymentFilter::OutOfStock => found = found.filter(payments::strange.eq(OUT_OF_STOCK)),
        PaymentFilter::Refunds => {
            // As `Waiting` counts them.
            let waiting = sql::<Bool>(
                "payments.id in (
                    select r.payment_id from refunds r join payments p on p.id = r.payment_id
                    where r.status = 'refused' and r.amount <= p.amount - (
                        select coalesce(sum(s.amount), 0) from refunds s
                        where s.payment_id = p.id and s.status <> 'refused'
                    )
                    union all
                    select r.payment_id from refunds r where r.next_attempt_at is not null and r.created_at < ",
            );
            found = found.filter(waiting.bind::<Timestamptz, _>(search.stuck_before).sql(")"));
        }
    }
    match search.cursor {
        Cursor::Newest => found.order(payments::id.desc()).load(conn),
        Cursor::OlderThan(id) => found.filter(payments::id.lt(id)).order(payments::id.desc()).load(conn),
        Cursor::NewerThan(id) => {
            let mut found = found.filter(payments::id.gt(id)).order(payments::id).load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

/// How many payments and refunds staff have to do something about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct PaymentTasks {
    #[diesel(sql_type = BigInt)]
    pub strange: i64,
    /// When the oldest strange payment attempt was created. The other fields that end in `_since` are such times, too.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub strange_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub out_of_stock: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub out_of_stock_since: Option<DateTime<Utc>>,
    /// The number of refunds that are not done after an hour, and of those that the gateway refused and that can still
    /// be made in another way.
    #[diesel(sql_type = BigInt)]
    pub refunds: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub refunds_since: Option<DateTime<Utc>>,
    /// How many checks of a gateway's last bill found mismatches, -1 if the bill could not be compared; `None` if there
    /// is no bill.
    #[diesel(sql_type = Nullable<Integer>)]
    bill: Option<i32>,
}

impl PaymentTasks {
    /// Returns the result of comparing a gateway's last bill with the shop's payments, or that it failed; `None` if no
    /// bill was compared yet.
    pub fn bill_status(self) -> Option<ReconciliationStatus> {
        self.bill.map(|failed_checks| match failed_checks {
            ..0 => ReconciliationStatus::Failed,
            0 => ReconciliationStatus::Passed,
            n => ReconciliationStatus::Mismatched(n),
        })
    }

    pub fn total(self) -> i64 {
        self.strange + self.out_of_stock + self.refunds
    }
}

/// Counts the payments and refunds that wait for staff, from partial indexes only, and looks at the gateway's last
/// bill.
pub fn payment_tasks(conn: &mut PgConnection, stuck_before: DateTime<Utc>) -> QueryResult<PaymentTasks> {
    waiting(stuck_before).get_result(conn)
}

/// Returns the statement whose row is what [`payment_tasks`] returns.
pub fn payment_tasks_statement(stuck_before: DateTime<Utc>) -> impl QueryFragment<Pg> {
    waiting(stuck_before)
}

fn waiting(stuck_before: DateTime<Utc>) -> Waiting {
    Waiting { out_of_stock: OUT_OF_STOCK, stuck_before }
}

statement! {
    Waiting(
        out_of_stock: &'static str as Text, stuck_before: DateTime<Utc> as Timestamptz
    ) -> [PaymentTasks] =
    "with stuck as (
        select r.created_at from refunds r join payments p on p.id = r.payment_id
        where r.status = 'refused' and r.amount <= p.amount - (
            select coalesce(sum(s.amount), 0) from refunds s
            where s.payment_id = p.id and s.status <> 'refused'
        )
        union all
        select created_at from refunds where next_attempt_at is not null and created_at < " stuck_before "
     )
     select count(*) filter (where strange <> " out_of_stock ") as strange,
        min(created_at) filter (where strange <> " out_of_stock ") as strange_since,
        count(*) filter (where strange = " out_of_stock ") as out_of_stock,
        min(created_at) filter (where strange = " out_of_stock ") as out_of_stock_since,
        (select count(*) from stuck) as refunds, (select min(created_at) from stuck) as refunds_since,
        (
            select coalesce(failed_checks, -1) from gateway_bills
            where compared_at is not null or failure is not null
            order by day desc limit 1
        ) as bill
     from payments where strange is not null"
}

/// How many payment attempts are still open, and how many refunds are not done, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct PaymentFigures {
    /// The number of payment attempts about which a gateway is still asked.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
    #[diesel(sql_type = BigInt)]
    pub wanted: i64,
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
    #[diesel(sql_type = BigInt)]
    pub refused: i64,
}

/// Counts open payment attempts, and refunds that are not done, from partial indexes only.
pub fn payment_figures(conn: &mut PgConnection) -> QueryResult<PaymentFigures> {
    Figures {}.get_result(conn)
}

statement! {
    Figures() -> [PaymentFigures] =
    "select (select count(*) from payments where next_query_at is not null) as open,
        count(*) filter (where status = 'wanted') as wanted, count(*) filter (where status = 'sent') as sent,
        (select count(*) from refunds where status = 'refused') as refused
     from refunds where next_attempt_at is not null"
}

/// Loads a payment attempt and the number of its order; `None` if there is no such attempt.
pub fn admin_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<(Payment, OrderNumber)>> {
    let found = payments::table.find(id).inner_join(orders::table);
    found.select((Payment::as_select(), orders::number)).first(conn).optional()
}

/// A notification of a gateway as it was received.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_notifications)]
pub struct StoredNotification {
    pub body: Vec<u8>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub times: i32,
    /// The code of what the notification led to.
    pub outcome: String,
}

/// Loads the newest notifications about a payment attempt, at most `most`.
pub fn notifications_of(
    conn: &mut PgConnection,
    payment: PaymentId,
    most: i64,
) -> QueryResult<Vec<StoredNotification>> {
    let about = payment_notifications::table.filter(payment_notifications::payment_id.eq(payment));
    about.order(payment_notifications::id.desc()).limit(most).select(StoredNotification::as_select()).load(conn)
}

/// A refund as admin pages show it.
#[derive(Clone, Debug, Queryable)]
pub struct AdminRefund {
    pub refund: Refund,
    /// The username of the member of staff who asked for the refund; `None` if the program did.
    pub staff: Option<String>,
}

/// Loads the refunds of an order, oldest first.
pub fn admin_refunds(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<AdminRefund>> {
    refunds::table
        .inner_join(payments::table)
        .left_join(users::table)
        .filter(payments::order_id.eq(order))
        .order(refunds::id)
        .select((Refund::as_select(), users::username.nullable()))
        .load(conn)
}

/// Returns whether a refund belongs to this payment.
pub fn is_refund_of(conn: &mut PgConnection, refund: RefundId, payment: PaymentId) -> QueryResult<bool> {
    let of_payment = refunds::table.find(refund).filter(refunds::payment_id.eq(payment));
    diesel::select(exists(of_payment)).get_result(conn)
}
