//! Queries of customers.

use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Text, Untyped},
};

use super::model::{
    Customer, CustomerListItem, CustomerOrder, CustomerPosition, CustomerQuestion, CustomerReview, CustomerSearch,
    CustomerSort,
};
use crate::{
    accounts::{self, Role, User},
    kernel::UserId,
    platform::db::{escape_like, statement},
    schema::{orders, questions, reviews},
};

/// Loads the account of a customer; `None` if there is no such account, or if it belongs to staff.
pub fn customer_by_id(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    Ok(accounts::user_by_id(conn, id)?.filter(|user| user.role() == Role::Shopper))
}

/// Loads a customer with present figures; `None` if there is no such account, or if it belongs to staff.
pub fn customer(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<Customer>> {
    OneCustomer { id }.get_result(conn).optional()
}

statement! {
    OneCustomer(id: UserId as BigInt) -> [Customer] =
    "select u.id, u.username, u.email, u.created_at, u.disabled_at, u.erased_at, f.*
     from users u
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.paid_amount), 0) as paid,
            coalesce(sum(o.refunded_amount), 0) as refunded, max(o.placed_at) as last_order_at
        from orders o where o.user_id = u.id
     ) f
     where u.id = " id " and u.role = 'shopper'"
}

/// Loads at most `limit` customers in the order of the search, after its position. Without words, the query reads one
/// range of an index.
pub fn customers_matching(
    conn: &mut PgConnection,
    search: &CustomerSearch,
    limit: i64,
) -> QueryResult<Vec<CustomerListItem>> {
    let after = search.after.clone().unwrap_or(CustomerPosition { value: i64::MAX, id: UserId(i64::MAX) });
    let patterns = search.words.iter().map(|word| pattern(word)).collect();
    FindCustomers { patterns, sort: search.sort, after, limit }.load(conn)
}

/// Returns the `like` pattern that finds a word. One or two Chinese characters are too short for the trigram index, so
/// the table also stores each pair of Chinese characters as a word, and the pattern looks for the beginning of a word.
fn pattern(word: &str) -> String {
    let escaped = escape_like(&word.to_lowercase());
    let is_short_chinese = word.chars().count() <= 2 && !word.is_ascii();
    if is_short_chinese { format!("% {escaped}%") } else { format!("%{escaped}%") }
}

/// The query for a page of customers. Its plan is not cached, because a plan made for rare words would be slow for
/// common ones. Each word is a condition of its own, so that the index on words can be used for it.
struct FindCustomers {
    patterns: Vec<String>,
    sort: CustomerSort,
    after: CustomerPosition,
    limit: i64,
}

impl FindCustomers {
    /// Appends the condition that a customer comes after the position in the list.
    fn push_after<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let CustomerPosition { value, id } = &self.after;
        let column = match self.sort {
            CustomerSort::Newest => {
                out.push_sql("c.user_id < ");
                return out.push_bind_param::<BigInt, _>(id);
            }
            CustomerSort::Orders => "c.orders",
            CustomerSort::Spend => "c.spend",
            CustomerSort::LastOrder => LAST_ORDER,
        };
        out.push_sql("(");
        out.push_sql(column);
        out.push_sql(", c.user_id) < (");
        match self.sort {
            CustomerSort::Spend => {
                out.push_bind_param::<BigInt, _>(value)?;
                out.push_sql("::bigint::numeric / 100");
            }
            CustomerSort::LastOrder => {
                out.push_sql("case ");
                out.push_bind_param::<BigInt, _>(value)?;
                out.push_sql("::bigint when 9223372036854775807 then 'infinity' when 0 then '-infinity' ");
                out.push_sql("else 'epoch'::timestamptz + ");
                out.push_bind_param::<BigInt, _>(value)?;
                out.push_sql("::bigint * interval '1 microsecond' end");
            }
            CustomerSort::Newest | CustomerSort::Orders => out.push_bind_param::<BigInt, _>(value)?,
        }
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(id)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The SQL expression to sort by the last order: customers without orders come last.
const LAST_ORDER: &str = "coalesce(c.last_order_at, '-infinity')";

impl QueryFragment<Pg> for FindCustomers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (place, order) = match self.sort {
            CustomerSort::Newest => ("0::bigint", "c.user_id desc"),
            CustomerSort::Orders => ("c.orders", "c.orders desc, c.user_id desc"),
            CustomerSort::Spend => ("(c.spend * 100)::bigint", "c.spend desc, c.user_id desc"),
            CustomerSort::LastOrder => (
                "coalesce((extract(epoch from c.last_order_at) * 1000000)::bigint, 0)",
                "coalesce(c.last_order_at, '-infinity') desc, c.user_id desc",
            ),
        };
        out.push_sql("select u.id, u.username, u.email, u.created_at, u.disabled_at, c.orders, c.spend, ");
        out.push_sql("c.last_order_at, ");
        out.push_sql(place);
        out.push_sql(" as place from customers c join users u on u.id = c.user_id where ");
        self.push_after(&mut out)?;
        for pattern in &self.patterns {
            out.push_sql(" and c.words like ");
            out.push_bind_param::<Text, _>(pattern)?;
        }
        out.push_sql(" order by ");
        out.push_sql(order);
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl QueryId for FindCustomers {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for FindCustomers {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for FindCustomers {}

/// Loads the `limit` newest orders of a customer.
pub fn latest_orders(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerOrder>> {
    orders::table
        .filter(orders::user_id.eq(id))
        .order(orders::id.desc())
        .limit(limit)
        .select((orders::number, orders::status, orders::total_amount, orders::placed_at))
        .load(conn)
}

/// Loads the `limit` newest reviews of a customer.
pub fn latest_reviews(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerReview>> {
    reviews::table
        .filter(reviews::user_id.eq(id))
        .order(reviews::id.desc())
        .limit(limit)
        .select((reviews::id, reviews::stars, reviews::status, reviews::words, reviews::written_at))
        .load(conn)
}

/// Loads the `limit` newest questions of a customer, newest first.
pub fn latest_questions(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerQuestion>> {
    questions::table
        .filter(questions::user_id.eq(id))
        .order(questions::id.desc())
        .limit(limit)
        .select((questions::id, questions::status, questions::asked_at))
        .load(conn)
}
