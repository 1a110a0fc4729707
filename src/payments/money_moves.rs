//! Money that came in or went out, for accounting: payments, cash that couriers collected, refunds, and the fees of
//! gateways.

use chrono::{DateTime, FixedOffset, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Numeric, Text, Timestamptz},
};
use rust_decimal::Decimal;

use crate::{
    kernel::{OrderNumber, PayMethod, codes},
    platform::db::{sql_enum, statement},
};

codes! {
    pub enum MoneyMoveKind {
        Payment = "payment",
        /// Cash on delivery that the courier has collected.
        Cash = "cash",
        Refund = "refund",
        /// The sum of the fees that a gateway has charged on a day, according to its bill. The shop does not store the
        /// fees of single orders.
        Fee = "fee",
    }
}

sql_enum!(MoneyMoveKind);

#[derive(Clone, Debug, QueryableByName)]
pub struct MoneyMove {
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub kind: MoneyMoveKind,
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub order_number: Option<OrderNumber>,
    #[diesel(sql_type = Text)]
    pub pay_method: PayMethod,
    /// The number of the payment attempt or of the refund.
    #[diesel(sql_type = Text)]
    pub number: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub trade_no: Option<String>,
    /// The amount before fees: positive if it came in, negative if it was paid back.
    #[diesel(sql_type = Numeric)]
    pub gross: Decimal,
    #[diesel(sql_type = Numeric)]
    pub fee: Decimal,
}

impl MoneyMove {
    pub fn net(&self) -> Decimal {
        self.gross - self.fee
    }

    /// Returns the position in the sorted rows just after this row.
    pub fn place(&self) -> MovePlace {
        MovePlace { at: self.at, kind: self.kind.code(), id: self.id }
    }
}

/// A position in the list of all payments and refunds, which are sorted by these fields.
#[derive(Clone, Copy, Debug)]
pub struct MovePlace {
    at: DateTime<Utc>,
    kind: &'static str,
    id: i64,
}

impl MovePlace {
    /// Returns the position before the first row of this time.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self { at, kind: "", id: 0 }
    }
}

/// Loads at most `limit` rows after this position and before the time `to`, oldest first. A fee has the time at which
/// its day ends in the zone `bill_zone`. Every payment attempt that was paid is a row, even if it was refunded since.
pub fn money_moves(
    conn: &mut PgConnection,
    after: MovePlace,
    to: DateTime<Utc>,
    bill_zone: FixedOffset,
    limit: i64,
) -> QueryResult<Vec<MoneyMove>> {
    let MovePlace { at, kind, id } = after;
    let offset = f64::from(bill_zone.local_minus_utc());
    Moves { at, kind, id, to, offset, limit }.load(conn)
}

statement! {
    Moves(
        at: DateTime<Utc> as Timestamptz, kind: &'static str as Text, id: i64 as BigInt,
        to: DateTime<Utc> as Timestamptz, offset: f64 as diesel::sql_types::Double, limit: i64 as BigInt
    ) -> [MoneyMove] =
    "select m.at, m.kind, m.id, m.order_number, m.pay_method, m.number, m.trade_no, m.gross, m.fee
     from (
        (
            select p.paid_at as at, case p.pay_method when 'cod' then 'cash' else 'payment' end as kind, p.id,
                o.number as order_number, p.pay_method, p.number, p.trade_no, p.amount as gross, 0::numeric as fee
            from payments p join orders o on o.id = p.order_id
            where p.status = 'paid' and p.paid_at >= " at " and p.paid_at < " to "
                and (p.paid_at, case p.pay_method when 'cod' then 'cash' else 'payment' end, p.id)
                    > (" at ", " kind "::text, " id ")
            order by p.paid_at, 2, p.id limit " limit "
        )
        union all
        (
            select r.done_at, 'refund', r.id, o.number, p.pay_method, r.number, p.trade_no, -r.amount, 0
            from refunds r join payments p on p.id = r.payment_id join orders o on o.id = p.order_id
            where r.status = 'done' and r.done_at >= " at " and r.done_at < " to "
                and (r.done_at, 'refund', r.id) > (" at ", " kind "::text, " id ")
            order by r.done_at, r.id limit " limit "
        )
        union all
        (
            select r.done_at, 'refund', r.id, o.number, p.pay_method, r.number, p.trade_no, -r.amount, 0
            from refunds r join payments p on p.id = r.payment_id join orders o on o.id = p.order_id
            where r.status = 'elsewhere' and r.done_at >= " at " and r.done_at < " to "
                and (r.done_at, 'refund', r.id) > (" at ", " kind "::text, " id ")
            order by r.done_at, r.id limit " limit "
        )
        union all
        (
            select f.at, 'fee', f.id, null, f.pay_method, f.number, null, 0, f.fee
            from (
                select (b.day + 1)::timestamp at time zone 'UTC' - make_interval(secs => " offset ")
                        - interval '1 second' as at,
                    b.day - '2000-01-01'::date as id, b.pay_method, b.day::text as number, b.fees as fee
                from gateway_bills b where b.fees <> 0
            ) f
            where f.at < " to " and (f.at, 'fee', f.id) > (" at ", " kind "::text, " id ")
            order by f.at, f.id limit " limit "
        )
     ) m
     order by m.at, m.kind, m.id limit " limit
}
