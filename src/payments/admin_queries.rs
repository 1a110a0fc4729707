//! Queries of admin pages: payment attempts of all orders, what staff have to do, and stored notifications.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, sql},
    prelude::*,
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
    /// Which attempts a list shows.
    #[derive(Default)]
    pub enum PaymentFilter {
        #[default]
        All = "",
        Open = "open",
        /// Attempts that staff must look at, because something does not fit the order.
        Strange = "strange",
        /// Attempts that paid an expired order whose goods were sold meanwhile.
        OutOfStock = "out_of_stock",
        /// Attempts with a refund that was refused, or is not done after an hour.
        Refunds = "refunds",
    }
}

#[derive(Clone, Debug)]
pub struct PaymentSearch {
    /// The number of an order or of an attempt, or the gateway's trade number.
    pub words: Option<String>,
    pub show: PaymentFilter,
    pub cursor: Cursor<PaymentId>,
    /// A refund that was asked for before this time and is not done counts as stuck.
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

/// Loads at most `limit` attempts that match, newest first.
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

/// The numbers of payments and refunds that staff have to do something about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct PaymentTasks {
    #[diesel(sql_type = BigInt)]
    pub strange: i64,
    /// When the oldest strange attempt began; so also below.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub strange_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub out_of_stock: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub out_of_stock_since: Option<DateTime<Utc>>,
    /// The number of stuck refunds, and of refused ones whose amount can still be refunded.
    #[diesel(sql_type = BigInt)]
    pub refunds: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub refunds_since: Option<DateTime<Utc>>,
    /// How many checks of the last bill found mismatches, -1 if it could not be compared; `None` if there is no bill.
    #[diesel(sql_type = Nullable<Integer>)]
    bill: Option<i32>,
}

impl PaymentTasks {
    /// Returns the result of the latest bill whose comparison was made or failed; `None` if there is none yet.
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

/// Counts what waits for staff, from partial indexes only, and looks at the last bill: in one statement, because every
/// page of staff needs it.
pub fn payment_tasks(conn: &mut PgConnection, stuck_before: DateTime<Utc>) -> QueryResult<PaymentTasks> {
    let waiting = Waiting { out_of_stock: OUT_OF_STOCK, stuck_before };
    waiting.get_result(conn)
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

/// The numbers of open attempts and refunds, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct PaymentFigures {
    /// The number of attempts about which a gateway is still queried.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
    #[diesel(sql_type = BigInt)]
    pub wanted: i64,
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
    #[diesel(sql_type = BigInt)]
    pub refused: i64,
}

/// Counts open attempts, and refunds that are not done, from partial indexes only.
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

/// Loads an attempt and the number of its order; `None` if there is none.
pub fn admin_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<(Payment, OrderNumber)>> {
    let found = payments::table.find(id).inner_join(orders::table);
    found.select((Payment::as_select(), orders::number)).first(conn).optional()
}

/// A notification as it was received.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_notifications)]
pub struct StoredNotification {
    pub body: Vec<u8>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub times: i32,
    /// The code of the outcome of the notification.
    pub outcome: String,
}

/// Loads the newest `most` notifications about an attempt.
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
    /// The username of the member of staff who asked for it; `None` if the shop itself did.
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
