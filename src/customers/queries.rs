//! Queries of customers.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Text},
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

/// Loads the account of a customer; `None` if there is none, or if it is one of staff.
pub fn customer_by_id(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    Ok(accounts::user_by_id(conn, id)?.filter(|user| user.role() == Role::Shopper))
}

/// Loads a customer with the figures of now; `None` if there is none, or if the account is one of staff.
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

/// Loads at most `limit` customers. Without words, a page is one range of an index.
pub fn customers_matching(
    conn: &mut PgConnection,
    search: &CustomerSearch,
    limit: i64,
) -> QueryResult<Vec<CustomerListItem>> {
    let CustomerPosition { value, id } =
        search.after.clone().unwrap_or(CustomerPosition { value: i64::MAX, id: UserId(i64::MAX) });
    let words: Vec<String> = search.words.iter().map(|word| pattern(word)).collect();
    match search.sort {
        CustomerSort::Newest => Newest { words, id, limit }.load(conn),
        CustomerSort::Orders => MostOrders { words, value, id, limit }.load(conn),
        CustomerSort::Spend => MostSpend { words, value, id, limit }.load(conn),
        CustomerSort::LastOrder => LastOrders { words, value, id, limit }.load(conn),
    }
}

/// Returns the pattern of a part of a word. The table repeats pairs of Chinese characters as words, because an index of
/// trigrams cannot find one or two characters.
fn pattern(word: &str) -> String {
    let escaped = escape_like(&word.to_lowercase());
    let is_short_chinese = word.chars().count() <= 2 && !word.is_ascii();
    if is_short_chinese { format!("% {escaped}%") } else { format!("%{escaped}%") }
}

statement! {
    Newest(words: Vec<String> as Array<Text>, id: UserId as BigInt, limit: i64 as BigInt) -> [CustomerListItem] =
    "select u.id, u.username, u.email, u.created_at, u.disabled_at, c.orders, c.spend, c.last_order_at,
        0::bigint as place
     from customers c join users u on u.id = c.user_id
     where c.words like all(" words "::text[]) and c.user_id < " id "
     order by c.user_id desc limit " limit
}

statement! {
    MostOrders(words: Vec<String> as Array<Text>, value: i64 as BigInt, id: UserId as BigInt, limit: i64 as BigInt)
        -> [CustomerListItem] =
    "select u.id, u.username, u.email, u.created_at, u.disabled_at, c.orders, c.spend, c.last_order_at,
        c.orders as place
     from customers c join users u on u.id = c.user_id
     where c.words like all(" words "::text[]) and (c.orders, c.user_id) < (" value ", " id ")
     order by c.orders desc, c.user_id desc limit " limit
}

statement! {
    MostSpend(words: Vec<String> as Array<Text>, value: i64 as BigInt, id: UserId as BigInt, limit: i64 as BigInt)
        -> [CustomerListItem] =
    "select u.id, u.username, u.email, u.created_at, u.disabled_at, c.orders, c.spend, c.last_order_at,
        (c.spend * 100)::bigint as place
     from customers c join users u on u.id = c.user_id
     where c.words like all(" words "::text[]) and (c.spend, c.user_id) < (" value "::bigint::numeric / 100, " id ")
     order by c.spend desc, c.user_id desc limit " limit
}

statement! {
    /// Customers without orders come last.
    LastOrders(words: Vec<String> as Array<Text>, value: i64 as BigInt, id: UserId as BigInt, limit: i64 as BigInt)
        -> [CustomerListItem] =
    "select u.id, u.username, u.email, u.created_at, u.disabled_at, c.orders, c.spend, c.last_order_at,
        coalesce((extract(epoch from c.last_order_at) * 1000000)::bigint, 0) as place
     from customers c join users u on u.id = c.user_id
     where c.words like all(" words "::text[])
        and (coalesce(c.last_order_at, '-infinity'), c.user_id) < (
            case " value "::bigint when 9223372036854775807 then 'infinity'::timestamptz
                when 0 then '-infinity'::timestamptz
                else 'epoch'::timestamptz + " value "::bigint * interval '1 microsecond' end, " id ")
     order by coalesce(c.last_order_at, '-infinity') desc, c.user_id desc limit " limit
}

/// Loads the newest orders of a customer.
pub fn latest_orders(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerOrder>> {
    orders::table
        .filter(orders::user_id.eq(id))
        .order(orders::id.desc())
        .limit(limit)
        .select((orders::number, orders::status, orders::total_amount, orders::placed_at))
        .load(conn)
}

/// Loads the newest reviews of a customer.
pub fn latest_reviews(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerReview>> {
    reviews::table
        .filter(reviews::user_id.eq(id))
        .order(reviews::id.desc())
        .limit(limit)
        .select((reviews::id, reviews::stars, reviews::status, reviews::words, reviews::written_at))
        .load(conn)
}

/// Loads the newest questions of a customer.
pub fn latest_questions(conn: &mut PgConnection, id: UserId, limit: i64) -> QueryResult<Vec<CustomerQuestion>> {
    questions::table
        .filter(questions::user_id.eq(id))
        .order(questions::id.desc())
        .limit(limit)
        .select((questions::id, questions::status, questions::asked_at))
        .load(conn)
}
