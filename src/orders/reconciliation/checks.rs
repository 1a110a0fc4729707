//! The checks of a reconciliation (do the stored amounts and numbers add up?). Each check is one statement that returns
//! only rows for which they do not.
// Long: some lines for each check.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Text, Untyped},
};
use serde::{Deserialize, Serialize};

use crate::{kernel::Language, messages::Messages};

/// A rule that must hold for all rows, and the query that finds the rows for which it does not.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The number of the guarantee in `docs/checkout.md` that this check verifies.
    pub number: u8,
    /// The name of the check. It is stored with the result of each run, so it must never change.
    pub name: &'static str,
    rule: fn(Messages) -> &'static str,
    key_label: fn(Messages) -> &'static str,
    /// The names of the two compared values: (the stored value, the value that should be stored).
    value_labels: (&'static str, &'static str),
    /// A query for the rows for which the rule does not hold, with the columns `key`, `actual` and `expected`. The file
    /// with the query can also be run by psql.
    sql: &'static str,
}

impl Check {
    pub fn by_name(name: &str) -> Option<Self> {
        CHECKS.into_iter().find(|check| check.name == name)
    }

    /// Returns the rule as a sentence for staff.
    pub fn rule(&self, t: Messages) -> &'static str {
        (self.rule)(t)
    }

    /// Returns what the key of a mismatch of this check is, such as "SKU" or "Order".
    pub fn key_label(&self, t: Messages) -> &'static str {
        (self.key_label)(t)
    }
}

/// A row for which the rule of a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What identifies the row: the code of a SKU, the number of an order, and so on.
    pub key: String,
    pub actual: String,
    /// The value that the row should have, computed from other rows.
    pub expected: String,
}

#[derive(Clone, Debug)]
pub struct CheckResult {
    pub check: Check,
    /// The number of all mismatches; `mismatches` may have fewer.
    pub count: i64,
    pub mismatches: Vec<Mismatch>,
}

impl CheckResult {
    /// Returns a mismatch as an English sentence.
    pub fn describe(&self, row: &Mismatch) -> String {
        let (actual, expected) = self.check.value_labels;
        let key_label = self.check.key_label(Messages(Language::En));
        format!("{key_label} {}: {actual} {}, {expected} {}", row.key, row.actual, row.expected)
    }
}

const CHECKS: [Check; 33] = [
    Check {
        number: 1,
        name: "stock-not-negative",
        rule: Messages::check_stock_not_negative,
        key_label: Messages::check_key_sku,
        value_labels: ("stock is", "but never less than"),
        sql: include_str!("checks/stock-not-negative.sql"),
    },
    Check {
        number: 2,
        name: "sku-stock",
        rule: Messages::check_sku_stock,
        key_label: Messages::check_key_sku,
        value_labels: ("stock is", "movements less order goods are"),
        sql: include_str!("checks/sku-stock.sql"),
    },
    Check {
        number: 2,
        name: "cancellations",
        rule: Messages::check_cancellations,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("put back are", "to be put back are"),
        sql: include_str!("checks/cancellations.sql"),
    },
    Check {
        number: 2,
        name: "withdrawals",
        rule: Messages::check_withdrawals,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("put back are", "withdrawn are"),
        sql: include_str!("checks/withdrawals.sql"),
    },
    Check {
        number: 3,
        name: "sku-sales",
        rule: Messages::check_sku_sales,
        key_label: Messages::check_key_sku,
        value_labels: ("sales are", "goods in orders not canceled are"),
        sql: include_str!("checks/sku-sales.sql"),
    },
    Check {
        number: 3,
        name: "spu-sales",
        rule: Messages::check_spu_sales,
        key_label: Messages::check_key_spu,
        value_labels: ("sales are", "those of its SKUs are"),
        sql: include_str!("checks/spu-sales.sql"),
    },
    Check {
        number: 4,
        name: "order-sums",
        rule: Messages::check_order_sums,
        key_label: Messages::check_key_order,
        value_labels: ("count, goods and total are", "its goods make"),
        sql: include_str!("checks/order-sums.sql"),
    },
    Check {
        number: 4,
        name: "order-goods",
        rule: Messages::check_order_goods,
        key_label: Messages::check_key_order,
        value_labels: ("count is", "its goods are"),
        sql: include_str!("checks/order-goods.sql"),
    },
    Check {
        number: 5,
        name: "one-order-per-checkout",
        rule: Messages::check_one_order_per_checkout,
        key_label: Messages::check_key_checkout,
        value_labels: ("orders are", "but never more than"),
        sql: include_str!("checks/one-order-per-checkout.sql"),
    },
    Check {
        number: 6,
        name: "order-paid",
        rule: Messages::check_order_paid,
        key_label: Messages::check_key_order,
        value_labels: ("paid are", "its payment is"),
        sql: include_str!("checks/order-paid.sql"),
    },
    Check {
        number: 6,
        name: "one-payment-counts",
        rule: Messages::check_one_payment_counts,
        key_label: Messages::check_key_order,
        value_labels: ("payments that count are", "but never more than"),
        sql: include_str!("checks/one-payment-counts.sql"),
    },
    Check {
        number: 6,
        name: "paid-trades",
        rule: Messages::check_paid_trades,
        key_label: Messages::check_key_payment,
        value_labels: ("trade and time are", "expected are"),
        sql: include_str!("checks/paid-trades.sql"),
    },
    Check {
        number: 6,
        name: "paid-exactly",
        rule: Messages::check_paid_exactly,
        key_label: Messages::check_key_payment,
        value_labels: ("amount is", "total of the order is"),
        sql: include_str!("checks/paid-exactly.sql"),
    },
    Check {
        number: 6,
        name: "surplus-goes-back",
        rule: Messages::check_surplus_goes_back,
        key_label: Messages::check_key_payment,
        value_labels: ("refunds are", "paid was"),
        sql: include_str!("checks/surplus-goes-back.sql"),
    },
    Check {
        number: 7,
        name: "cart-clearing-jobs",
        rule: Messages::check_cart_clearing,
        key_label: Messages::check_key_order,
        value_labels: ("SKUs and counts of its job are", "those bought are"),
        sql: include_str!("checks/cart-clearing-jobs.sql"),
    },
    Check {
        number: 8,
        name: "refunds-within",
        rule: Messages::check_refunds_within,
        key_label: Messages::check_key_payment,
        value_labels: ("refunds are", "but never more than"),
        sql: include_str!("checks/refunds-within.sql"),
    },
    Check {
        number: 8,
        name: "order-refunds",
        rule: Messages::check_order_refunds,
        key_label: Messages::check_key_order,
        value_labels: ("refunded are", "refunds of its payment are"),
        sql: include_str!("checks/order-refunds.sql"),
    },
    Check {
        number: 8,
        name: "line-refunds",
        rule: Messages::check_line_refunds,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("refunded are", "its refunds, within its net, are"),
        sql: include_str!("checks/line-refunds.sql"),
    },
    Check {
        number: 8,
        name: "refund-parts",
        rule: Messages::check_refund_parts,
        key_label: Messages::check_key_refund,
        value_labels: ("goods and freight are", "but never more than"),
        sql: include_str!("checks/refund-parts.sql"),
    },
    Check {
        number: 8,
        name: "refunded-status",
        rule: Messages::check_refunded_status,
        key_label: Messages::check_key_order,
        value_labels: ("status and refunds are", "expected are"),
        sql: include_str!("checks/refunded-status.sql"),
    },
    Check {
        number: 9,
        name: "parcels",
        rule: Messages::check_parcels,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("sent are", "in its parcels are"),
        sql: include_str!("checks/parcels.sql"),
    },
    Check {
        number: 9,
        name: "sent-status",
        rule: Messages::check_sent_status,
        key_label: Messages::check_key_order,
        value_labels: ("status, sent and unsent units are", "expected is:"),
        sql: include_str!("checks/sent-status.sql"),
    },
    Check {
        number: 9,
        name: "returns",
        rule: Messages::check_returns,
        key_label: Messages::check_key_order_and_sku,
        value_labels: ("returned, and back in stock, are", "by its returns"),
        sql: include_str!("checks/returns.sql"),
    },
    Check {
        number: 9,
        name: "waived-amounts",
        rule: Messages::check_waived_amounts,
        key_label: Messages::check_key_order,
        value_labels: ("waived are", "its lines waive"),
        sql: include_str!("checks/waived-amounts.sql"),
    },
    Check {
        number: 10,
        name: "review-figures",
        rule: Messages::check_review_figures,
        key_label: Messages::check_key_spu,
        value_labels: ("reviews, stars and those with pictures are", "its shown reviews make"),
        sql: include_str!("checks/review-figures.sql"),
    },
    Check {
        number: 10,
        name: "review-orders",
        rule: Messages::check_review_orders,
        key_label: Messages::check_key_review,
        value_labels: ("order, user, SPU and pictures are", "of its line they are"),
        sql: include_str!("checks/review-orders.sql"),
    },
    Check {
        number: 11,
        name: "invoice-series",
        rule: Messages::check_invoice_series,
        key_label: Messages::check_key_series,
        value_labels: ("documents, first and last number are", "expected are"),
        sql: include_str!("checks/invoice-series.sql"),
    },
    Check {
        number: 11,
        name: "invoice-amounts",
        rule: Messages::check_invoice_amounts,
        key_label: Messages::check_key_document,
        value_labels: ("net, tax and gross are", "its lines, and its order or refund, make"),
        sql: include_str!("checks/invoice-amounts.sql"),
    },
    Check {
        number: 11,
        name: "credit-notes",
        rule: Messages::check_credit_notes,
        key_label: Messages::check_key_document,
        value_labels: ("credited of a line are", "but never more than"),
        sql: include_str!("checks/credit-notes.sql"),
    },
    Check {
        number: 12,
        name: "month-closings",
        rule: Messages::check_month_closings,
        key_label: Messages::check_key_month,
        value_labels: ("sales, refunds and tax are", "its lines make"),
        sql: include_str!("checks/month-closings.sql"),
    },
    Check {
        number: 13,
        name: "listings",
        rule: Messages::check_listings,
        key_label: Messages::check_key_listing,
        value_labels: ("the list says", "the product is"),
        sql: include_str!("checks/listings.sql"),
    },
    Check {
        number: 13,
        name: "listing-counts",
        rule: Messages::check_listing_counts,
        key_label: Messages::check_key_listing_count,
        value_labels: ("products counted are", "in the list are"),
        sql: include_str!("checks/listing-counts.sql"),
    },
    Check {
        number: 14,
        name: "customers",
        rule: Messages::check_customers,
        key_label: Messages::check_key_customer,
        value_labels: ("orders and spend are", "in the orders they are"),
        sql: include_str!("checks/customers.sql"),
    },
];

/// Runs all checks; each returns at most `limit` mismatches. Call it inside
/// [`db::snapshot`](crate::platform::db::snapshot): if checks see the tables at different times, they report mismatches
/// that do not exist.
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
    let found: Vec<MismatchRow> = statement.load(conn)?;
    let count = found.first().map_or(0, |row| row.count);
    let all = found.into_iter().map(|MismatchRow { key, actual, expected, .. }| Mismatch { key, actual, expected });
    let mismatches = all.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    Ok(CheckResult { check, count, mismatches })
}

#[derive(QueryableByName)]
struct MismatchRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    actual: String,
    #[diesel(sql_type = Text)]
    expected: String,
    /// The number of all mismatches of the check, of which the query returns only the first.
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The query of a check, limited to the first mismatches; each row also has the number of all mismatches.
struct Mismatches {
    check: Check,
    limit: i64,
}

impl QueryId for Mismatches {
    type QueryId = ();

    /// False, so that Diesel does not cache the statement by its type: the SQL differs from check to check.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Mismatches {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        // Materialized, so that the planner does not optimize for a fast first row: usually there is none.
        out.push_sql("with mismatches as materialized (");
        out.push_sql(self.check.sql.trim_end().trim_end_matches(';'));
        out.push_sql(") select key, actual, expected, count(*) over () as count from mismatches order by key limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl Query for Mismatches {
    type SqlType = Untyped;
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
