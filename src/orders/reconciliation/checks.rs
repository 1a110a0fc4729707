//! The checks of a reconciliation. Each is one statement that returns only mismatches.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, BigInt},
};
use serde::{Deserialize, Serialize};

use crate::{kernel::Language, messages::Messages};

/// A rule that must hold for all rows, and the statement that finds those that break it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The number of the guarantee in `docs/checkout.md`.
    pub number: u8,
    /// Stored with each run, so it must never change.
    pub name: &'static str,
    rule: fn(Messages) -> &'static str,
    key_label: fn(Messages) -> &'static str,
    /// Labels of the actual and of the expected value.
    value_labels: (&'static str, &'static str),
    /// Selects the rows that break the rule, as `key`, `actual` and `expected`.
    sql: &'static str,
}

impl Check {
    pub fn by_name(name: &str) -> Option<Self> {
        CHECKS.into_iter().find(|check| check.name == name)
    }

    /// The rule as a sentence.
    pub fn rule(&self, t: Messages) -> &'static str {
        (self.rule)(t)
    }

    /// What the key of a mismatch names, such as "SKU" or "Order".
    pub fn key_label(&self, t: Messages) -> &'static str {
        (self.key_label)(t)
    }
}

/// A row that breaks the rule of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The code of the SKU, the number of the order, and so on.
    pub key: String,
    pub actual: String,
    /// The value that follows from other rows.
    pub expected: String,
}

#[derive(Clone, Debug)]
pub struct CheckResult {
    pub check: Check,
    /// The number of all mismatches.
    pub count: i64,
    pub mismatches: Vec<Mismatch>,
}

impl CheckResult {
    /// A mismatch as a sentence in English.
    pub fn describe(&self, row: &Mismatch) -> String {
        let (actual, expected) = self.check.value_labels;
        let key_label = self.check.key_label(Messages(Language::En));
        format!("{key_label} {}: {actual} {}, {expected} {}", row.key, row.actual, row.expected)
    }
}

const CHECKS: [Check; 20] = [
    Check {
        number: 1,
        name: "stock-not-negative",
        rule: Messages::check_stock_not_negative,
        key_label: Messages::check_key_sku,
        value_labels: ("stock is", "but never less than"),
        sql: "select code as key, stock::text as actual, '0' as expected from skus where stock < 0",
    },
    Check {
        number: 2,
        name: "sku-stock",
        rule: Messages::check_sku_stock,
        key_label: Messages::check_key_sku,
        value_labels: ("stock is", "movements less order goods are"),
        // Of all orders: canceling one writes a movement and keeps its lines.
        sql: "select k.code as key, k.stock::text as actual,
                (coalesce(m.moved, 0) - coalesce(g.sold, 0))::text as expected
             from skus k
             left join (select sku_id, sum(delta) as moved from stock_movements group by sku_id) m on m.sku_id = k.id
             left join (select sku_id, sum(count) as sold from order_goods group by sku_id) g on g.sku_id = k.id
             where k.stock <> coalesce(m.moved, 0) - coalesce(g.sold, 0)",
    },
    Check {
        number: 2,
        name: "cancellations",
        rule: Messages::check_cancellations,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("put back are", "to be put back are"),
        sql: "select o.number || ', ' || k.code as key,
                coalesce(m.back, 0)::text as actual, coalesce(g.owed, 0)::text as expected
             from (
                select g.order_id, g.sku_id, g.count - g.withdrawn_count as owed
                from order_goods g join orders o on o.id = g.order_id
                where o.status = 'canceled'
             ) g
             full join (
                select order_id, sku_id, sum(delta) as back
                from stock_movements where reason in ('cancellation', 'revival', 'refusal')
                group by order_id, sku_id
             ) m on m.order_id = g.order_id and m.sku_id = g.sku_id
             join orders o on o.id = coalesce(g.order_id, m.order_id)
             join skus k on k.id = coalesce(g.sku_id, m.sku_id)
             where coalesce(m.back, 0) <> coalesce(g.owed, 0)",
    },
    Check {
        number: 2,
        name: "withdrawals",
        rule: Messages::check_withdrawals,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("put back are", "withdrawn are"),
        sql: "select o.number || ', ' || k.code as key,
                coalesce(m.back, 0)::text as actual, g.withdrawn_count::text as expected
             from order_goods g
             left join (
                select order_id, sku_id, sum(delta) as back
                from stock_movements where reason = 'withdrawal'
                group by order_id, sku_id
             ) m on m.order_id = g.order_id and m.sku_id = g.sku_id
             join orders o on o.id = g.order_id
             join skus k on k.id = g.sku_id
             where coalesce(m.back, 0) <> g.withdrawn_count",
    },
    Check {
        number: 3,
        name: "sku-sales",
        rule: Messages::check_sku_sales,
        key_label: Messages::check_key_sku,
        value_labels: ("sales are", "goods in orders not canceled are"),
        sql: "select k.code as key, k.sales::text as actual, coalesce(g.sold, 0)::text as expected
             from skus k
             left join (
                select g.sku_id, sum(g.count - g.withdrawn_count) as sold
                from order_goods g join orders o on o.id = g.order_id
                where o.status <> 'canceled'
                group by g.sku_id
             ) g on g.sku_id = k.id
             where k.sales <> coalesce(g.sold, 0)",
    },
    Check {
        number: 3,
        name: "spu-sales",
        rule: Messages::check_spu_sales,
        key_label: Messages::check_key_spu,
        value_labels: ("sales are", "those of its SKUs are"),
        sql: "select s.slug as key, s.sales::text as actual, coalesce(k.sales, 0)::text as expected
             from spus s
             left join (select spu_id, sum(sales) as sales from skus group by spu_id) k on k.spu_id = s.id
             where s.sales <> coalesce(k.sales, 0)",
    },
    Check {
        number: 4,
        name: "order-sums",
        rule: Messages::check_order_sums,
        key_label: Messages::check_key_order,
        value_labels: ("count, goods and total are", "its goods make"),
        sql: "select o.number as key,
                concat_ws(' / ', o.total_count, o.goods_amount, o.total_amount) as actual,
                concat_ws(' / ', g.count, g.amount, g.amount + o.freight - o.discount) as expected
             from orders o
             join (
                select order_id, sum(count) as count, sum(price * count) as amount from order_goods group by order_id
             ) g on g.order_id = o.id
             where (o.total_count, o.goods_amount, o.total_amount)
                is distinct from (g.count, g.amount, g.amount + o.freight - o.discount)",
    },
    Check {
        number: 4,
        name: "order-goods",
        rule: Messages::check_order_goods,
        key_label: Messages::check_key_order,
        value_labels: ("count is", "its goods are"),
        sql: "select o.number as key, o.total_count::text as actual, '0' as expected
             from orders o
             where not exists (select from order_goods g where g.order_id = o.id)",
    },
    Check {
        number: 5,
        name: "one-order-per-checkout",
        rule: Messages::check_one_order_per_checkout,
        key_label: Messages::check_key_checkout,
        value_labels: ("orders are", "but never more than"),
        sql: "select u.username || ', ' || o.checkout_token as key, o.orders::text as actual, '1' as expected
             from (
                select user_id, checkout_token, count(*) as orders
                from orders group by user_id, checkout_token having count(*) > 1
             ) o join users u on u.id = o.user_id",
    },
    Check {
        number: 6,
        name: "order-paid",
        rule: Messages::check_order_paid,
        key_label: Messages::check_key_order,
        value_labels: ("paid are", "its payment is"),
        // What was to be paid online is paid before it is sent; cash on delivery once it is finished.
        sql: "select o.number as key, o.paid_amount::text as actual,
                case
                    when o.status = 'unpaid' then 0.00
                    when o.paid_amount <> coalesce(p.paid, 0) then coalesce(p.paid, 0.00)
                    else o.total_amount
                end::text as expected
             from orders o
             left join (
                select order_id, sum(amount) as paid from payments where counts group by order_id
             ) p on p.order_id = o.id
             where o.paid_amount <> coalesce(p.paid, 0) or o.paid_amount not in (0, o.total_amount)
                or o.status = 'unpaid' and o.paid_amount > 0
                or o.paid_amount <> o.total_amount and (
                    o.status in ('finished', 'refunded')
                    or o.pay_method <> 'cod' and o.status in ('unsent', 'unreceived', 'unreviewed')
                )",
    },
    Check {
        number: 6,
        name: "one-payment-counts",
        rule: Messages::check_one_payment_counts,
        key_label: Messages::check_key_order,
        value_labels: ("payments that count are", "but never more than"),
        sql: "select o.number as key, count(*)::text as actual, '1' as expected
             from payments p join orders o on o.id = p.order_id
             where p.counts
             group by o.number having count(*) > 1",
    },
    Check {
        number: 6,
        name: "paid-trades",
        rule: Messages::check_paid_trades,
        key_label: Messages::check_key_payment,
        value_labels: ("trade and time are", "expected are"),
        sql: "select p.number as key,
                concat_ws(' / ', coalesce(p.trade_no, '?'), case when p.paid_at is null then '?' else 'paid' end) as actual,
                case when others > 1 then 'a trade of its own' else 'trade / paid' end as expected
             from (
                select number, status, pay_method, trade_no, paid_at,
                    count(*) over (partition by pay_method, trade_no) as others
                from payments
             ) p
             where p.trade_no is not null and p.others > 1
                or p.status = 'paid' and (p.paid_at is null or p.pay_method <> 'cod' and p.trade_no is null)",
    },
    Check {
        number: 6,
        name: "paid-exactly",
        rule: Messages::check_paid_exactly,
        key_label: Messages::check_key_payment,
        value_labels: ("amount is", "total of the order is"),
        sql: "select p.number as key, p.amount::text as actual, o.total_amount::text as expected
             from payments p join orders o on o.id = p.order_id
             where p.counts and p.amount <> o.total_amount",
    },
    Check {
        number: 6,
        name: "surplus-goes-back",
        rule: Messages::check_surplus_goes_back,
        key_label: Messages::check_key_payment,
        value_labels: ("refunds are", "paid was"),
        // A refund that the gateway refused waits for staff, as an attempt that is marked does.
        sql: "select p.number as key, coalesce(r.amount, 0.00)::text as actual, p.amount::text as expected
             from payments p
             left join (select payment_id, sum(amount) as amount from refunds group by payment_id) r
                on r.payment_id = p.id
             where p.status = 'paid' and not p.counts and p.strange is null and p.settled is null
                and coalesce(r.amount, 0) <> p.amount",
    },
    Check {
        number: 7,
        name: "cart-clearing-jobs",
        rule: Messages::check_cart_clearing,
        key_label: Messages::check_key_order,
        value_labels: ("SKUs and counts of its job are", "those bought are"),
        // The payload as `checkout` writes it: the order, and pairs of SKU and count by ascending SKU. Only jobs that
        // are pending or were done within a day.
        sql: "select coalesce(p.payload ->> 'order', 'outbox ' || p.id) as key,
                coalesce(p.payload ->> 'bought', '?') as actual, coalesce(g.bought, '[]') as expected
             from outbox p
             left join orders o on o.number = p.payload ->> 'order'
             cross join lateral (
                select '[' || string_agg('[' || sku_id || ', ' || count || ']', ', ' order by sku_id) || ']' as bought
                from order_goods where order_id = o.id
             ) g
             where p.kind = 'clear_cart' and (p.done_at is null or p.done_at > now() - interval '1 day')
                and coalesce(p.payload ->> 'bought', '?') <> coalesce(g.bought, '[]')",
    },
    Check {
        number: 8,
        name: "refunds-within",
        rule: Messages::check_refunds_within,
        key_label: Messages::check_key_payment,
        value_labels: ("refunds are", "but never more than"),
        sql: "select p.number as key, r.amount::text as actual, p.amount::text as expected
             from payments p
             join (
                select payment_id, sum(amount) as amount from refunds where status <> 'refused' group by payment_id
             ) r on r.payment_id = p.id
             where r.amount > p.amount or p.status <> 'paid'",
    },
    Check {
        number: 8,
        name: "order-refunds",
        rule: Messages::check_order_refunds,
        key_label: Messages::check_key_order,
        value_labels: ("refunded are", "refunds of its payment are"),
        sql: "select o.number as key, o.refunded_amount::text as actual, coalesce(r.amount, 0.00)::text as expected
             from orders o
             left join (
                select p.order_id, sum(r.amount) as amount
                from refunds r join payments p on p.id = r.payment_id
                where p.counts and r.status <> 'refused'
                group by p.order_id
             ) r on r.order_id = o.id
             where o.refunded_amount <> coalesce(r.amount, 0)",
    },
    Check {
        number: 8,
        name: "line-refunds",
        rule: Messages::check_line_refunds,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("refunded are", "its refunds, within its net, are"),
        sql: "select o.number || ', ' || k.code as key, g.refunded_amount::text as actual,
                least(coalesce(r.amount, 0.00), g.price * g.count - g.discount)::text as expected
             from order_goods g
             left join (
                select l.order_goods_id, sum(l.amount) as amount, sum(l.count) as count
                from refund_goods l
                join refunds r on r.id = l.refund_id
                where r.status <> 'refused'
                group by l.order_goods_id
             ) r on r.order_goods_id = g.id
             join orders o on o.id = g.order_id
             join skus k on k.id = g.sku_id
             where g.refunded_amount <> least(coalesce(r.amount, 0), g.price * g.count - g.discount)
                or coalesce(r.count, 0) > g.count",
    },
    Check {
        number: 8,
        name: "refund-parts",
        rule: Messages::check_refund_parts,
        key_label: Messages::check_key_refund,
        value_labels: ("goods and freight are", "but never more than"),
        sql: "select r.number as key, (r.freight + l.amount)::text as actual, r.amount::text as expected
             from refunds r
             join (select refund_id, sum(amount) as amount from refund_goods group by refund_id) l on l.refund_id = r.id
             where r.freight + l.amount > r.amount",
    },
    Check {
        number: 8,
        name: "refunded-status",
        rule: Messages::check_refunded_status,
        key_label: Messages::check_key_order,
        value_labels: ("status and refunds are", "expected are"),
        // A refund that the gateway refused waits for staff, whatever the order is.
        sql: "select o.number as key, concat_ws(' / ', o.status, coalesce(r.returned, 0.00)) as actual,
                case
                    when o.status = 'canceled' then 'canceled / ' || o.paid_amount
                    when o.status = 'refunded' then 'refunded / ' || o.paid_amount
                    else 'refunded'
                end as expected
             from orders o
             left join (
                select p.order_id, sum(r.amount) filter (where r.status in ('done', 'elsewhere')) as returned,
                    sum(r.amount) filter (where r.status <> 'refused') as wanted,
                    bool_or(r.status = 'refused') as waits
                from refunds r join payments p on p.id = r.payment_id
                where p.counts
                group by p.order_id
             ) r on r.order_id = o.id
             where o.paid_amount > 0 and case
                when o.status = 'canceled' then coalesce(r.wanted, 0) <> o.paid_amount and not coalesce(r.waits, false)
                when o.status = 'refunded' then coalesce(r.returned, 0) <> o.paid_amount
                else o.status in ('unreceived', 'unreviewed', 'finished') and coalesce(r.returned, 0) = o.paid_amount
             end",
    },
];

/// Runs all checks; each returns at most `limit` mismatches. Call it inside
/// [`db::snapshot`](crate::platform::db::snapshot): checks that see the tables at different times report false
/// mismatches.
pub fn run_checks(conn: &mut PgConnection, limit: u32) -> QueryResult<Vec<CheckResult>> {
    // Memory to aggregate 100,000 SKUs without temporary files. JIT compilation costs more than it saves in statements
    // that run once.
    diesel::sql_query("set local work_mem = '16MB'").execute(conn)?;
    diesel::sql_query("set local jit = off").execute(conn)?;
    CHECKS.into_iter().map(|check| run(conn, check, limit)).collect()
}

fn run(conn: &mut PgConnection, check: Check, limit: u32) -> QueryResult<CheckResult> {
    // At least one row, because each carries the total count.
    let statement = Mismatches { check, limit: i64::from(limit.max(1)) };
    let found: Vec<(String, String, String, i64)> = statement.load(conn)?;
    let count = found.first().map_or(0, |(.., count)| *count);
    let all = found.into_iter().map(|(key, actual, expected, _)| Mismatch { key, actual, expected });
    let mismatches = all.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    Ok(CheckResult { check, count, mismatches })
}

/// The statement of a check, limited to the first rows, each with the total count.
struct Mismatches {
    check: Check,
    limit: i64,
}

impl QueryId for Mismatches {
    type QueryId = ();

    /// The text differs from check to check.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Mismatches {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        // Materialized, so that the planner does not optimize for a fast first row: usually there is none.
        out.push_sql("with mismatches as materialized (");
        out.push_sql(self.check.sql);
        out.push_sql(") select key, actual, expected, count(*) over () from mismatches order by key limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl Query for Mismatches {
    type SqlType = (sql_types::Text, sql_types::Text, sql_types::Text, BigInt);
}

impl RunQueryDsl<PgConnection> for Mismatches {}

#[cfg(test)]
mod tests {
    use super::CHECKS;
    use std::collections::HashSet;

    #[test]
    fn each_book_has_a_name_of_its_own() {
        let names: HashSet<&str> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
    }
}
