//! The books: sums that must always agree. Each is one statement that gives the rows that do not; the sums are made in
//! the database, and only disagreeing rows come over.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, BigInt},
};
use serde::{Deserialize, Serialize};

use crate::{kernel::Language, messages::Messages};

/// One of the books.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    /// Which promise of the shop it watches, in the order of `docs/checkout.md`.
    pub number: u8,
    /// What to call it: short, and always the same.
    pub name: &'static str,
    rule: fn(Messages) -> &'static str,
    of: fn(Messages) -> &'static str,
    /// What is compared: the name of what a row says of itself, and of what the sums say of it.
    compared: (&'static str, &'static str),
    /// The rows that disagree: `what` it is, what the row says of itself (`there`), and what the sums say (`sums`).
    disagreeing: &'static str,
}

impl Book {
    /// The book of this name.
    pub fn named(name: &str) -> Option<Self> {
        BOOKS.into_iter().find(|book| book.name == name)
    }

    /// What must be true, in plain words.
    pub fn rule(&self, t: Messages) -> &'static str {
        (self.rule)(t)
    }

    /// What its rows are about: "SKU", "Order".
    pub fn of(&self, t: Messages) -> &'static str {
        (self.of)(t)
    }
}

/// A row that disagrees with a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// Which of the kind that the book is about: "AUR-BLU", "2026...".
    pub what: String,
    /// What it says of itself.
    pub there: String,
    /// What the sums say it should.
    pub sums: String,
}

/// A book and the rows that disagree with it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which book.
    pub book: Book,
    /// How many rows disagree.
    pub count: i64,
    /// The first of them.
    pub rows: Vec<Disagreement>,
}

impl Finding {
    /// A row that disagrees, as a sentence in English.
    pub fn in_words(&self, row: &Disagreement) -> String {
        let (there, sums) = self.book.compared;
        let of = self.book.of(Messages(Language::En));
        format!("{of} {}: {there} {}, {sums} {}", row.what, row.there, row.sums)
    }
}

/// All books that the database can be asked about. What an order is paid with joins them with the payments.
const BOOKS: [Book; 9] = [
    Book {
        number: 1,
        name: "stock-not-negative",
        rule: Messages::check_stock_not_negative,
        of: Messages::check_key_sku,
        compared: ("stock is", "but never less than"),
        disagreeing: "select code as what, stock::text as there, '0' as sums from skus where stock < 0",
    },
    Book {
        number: 2,
        name: "sku-stock",
        rule: Messages::check_sku_stock,
        of: Messages::check_key_sku,
        compared: ("stock is", "movements less order goods are"),
        // Over all order goods: canceling an order writes a movement and leaves its goods.
        disagreeing: "select k.code as what, k.stock::text as there,
                (coalesce(m.moved, 0) - coalesce(g.sold, 0))::text as sums
             from skus k
             left join (select sku_id, sum(delta) as moved from stock_movements group by sku_id) m on m.sku_id = k.id
             left join (select sku_id, sum(count) as sold from order_goods group by sku_id) g on g.sku_id = k.id
             where k.stock <> coalesce(m.moved, 0) - coalesce(g.sold, 0)",
    },
    Book {
        number: 2,
        name: "cancellations",
        rule: Messages::check_cancellations,
        of: Messages::check_key_order_and_sku,
        compared: ("put back are", "to be put back are"),
        disagreeing: "select o.number || ', ' || k.code as what,
                coalesce(m.back, 0)::text as there, coalesce(g.owed, 0)::text as sums
             from (
                select g.order_id, g.sku_id, g.count as owed
                from order_goods g join orders o on o.id = g.order_id
                where o.status = 'canceled'
             ) g
             full join (
                select order_id, sku_id, sum(delta) as back
                from stock_movements where order_id is not null
                group by order_id, sku_id
             ) m on m.order_id = g.order_id and m.sku_id = g.sku_id
             join orders o on o.id = coalesce(g.order_id, m.order_id)
             join skus k on k.id = coalesce(g.sku_id, m.sku_id)
             where coalesce(m.back, 0) <> coalesce(g.owed, 0)",
    },
    Book {
        number: 3,
        name: "sku-sales",
        rule: Messages::check_sku_sales,
        of: Messages::check_key_sku,
        compared: ("sales are", "goods in orders not canceled are"),
        disagreeing: "select k.code as what, k.sales::text as there, coalesce(g.sold, 0)::text as sums
             from skus k
             left join (
                select g.sku_id, sum(g.count) as sold
                from order_goods g join orders o on o.id = g.order_id
                where o.status <> 'canceled'
                group by g.sku_id
             ) g on g.sku_id = k.id
             where k.sales <> coalesce(g.sold, 0)",
    },
    Book {
        number: 3,
        name: "spu-sales",
        rule: Messages::check_spu_sales,
        of: Messages::check_key_spu,
        compared: ("sales are", "those of its SKUs are"),
        disagreeing: "select s.slug as what, s.sales::text as there, coalesce(k.sales, 0)::text as sums
             from spus s
             left join (select spu_id, sum(sales) as sales from skus group by spu_id) k on k.spu_id = s.id
             where s.sales <> coalesce(k.sales, 0)",
    },
    Book {
        number: 4,
        name: "order-sums",
        rule: Messages::check_order_sums,
        of: Messages::check_key_order,
        compared: ("count, goods and total are", "its goods make"),
        disagreeing: "select o.number as what,
                concat_ws(' / ', o.total_count, o.goods_amount, o.total_amount) as there,
                concat_ws(' / ', g.count, g.amount, g.amount + o.freight - o.discount) as sums
             from orders o
             join (
                select order_id, sum(count) as count, sum(price * count) as amount from order_goods group by order_id
             ) g on g.order_id = o.id
             where (o.total_count, o.goods_amount, o.total_amount)
                is distinct from (g.count, g.amount, g.amount + o.freight - o.discount)",
    },
    Book {
        number: 4,
        name: "order-goods",
        rule: Messages::check_order_goods,
        of: Messages::check_key_order,
        compared: ("count is", "its goods are"),
        disagreeing: "select o.number as what, o.total_count::text as there, '0' as sums
             from orders o
             where not exists (select from order_goods g where g.order_id = o.id)",
    },
    Book {
        number: 5,
        name: "one-order-per-checkout",
        rule: Messages::check_one_order_per_checkout,
        of: Messages::check_key_checkout,
        compared: ("orders are", "but never more than"),
        disagreeing: "select u.username || ', ' || o.checkout_token as what, o.orders::text as there, '1' as sums
             from (
                select user_id, checkout_token, count(*) as orders
                from orders group by user_id, checkout_token having count(*) > 1
             ) o join users u on u.id = o.user_id",
    },
    Book {
        number: 7,
        name: "cart-promises",
        rule: Messages::check_cart_clearing,
        of: Messages::check_key_order,
        compared: ("SKUs and counts promised are", "those bought are"),
        // As `checkout` writes the promise: the order, and pairs of SKU and count by ascending SKU. One is looked at until a
        // day after it was kept.
        disagreeing: "select coalesce(p.payload ->> 'order', 'outbox ' || p.id) as what,
                coalesce(p.payload ->> 'bought', '?') as there, coalesce(g.bought, '[]') as sums
             from outbox p
             left join orders o on o.number = p.payload ->> 'order'
             cross join lateral (
                select '[' || string_agg('[' || sku_id || ', ' || count || ']', ', ' order by sku_id) || ']' as bought
                from order_goods where order_id = o.id
             ) g
             where p.kind = 'clear_cart' and (p.done_at is null or p.done_at > now() - interval '1 day')
                and coalesce(p.payload ->> 'bought', '?') <> coalesce(g.bought, '[]')",
    },
];

/// Asks every book, and gives of each at most `most` of the rows that disagree. To be called inside
/// [`db::snapshot`](crate::platform::db::snapshot): books read at different moments would disagree with each other.
pub fn check_books(conn: &mut PgConnection, most: u32) -> QueryResult<Vec<Finding>> {
    // Room for the sums of 100,000 SKUs, so that they need not be made on disk; and compiling a statement that runs once
    // takes longer than it saves.
    diesel::sql_query("set local work_mem = '16MB'").execute(conn)?;
    diesel::sql_query("set local jit = off").execute(conn)?;
    BOOKS.into_iter().map(|book| check(conn, book, most)).collect()
}

fn check(conn: &mut PgConnection, book: Book, most: u32) -> QueryResult<Finding> {
    // One row at least, since each row carries how many there are.
    let statement = Disagreeing { book, most: i64::from(most.max(1)) };
    let found: Vec<(String, String, String, i64)> = statement.load(conn)?;
    let count = found.first().map_or(0, |(.., count)| *count);
    let rows = found.into_iter().map(|(what, there, sums, _)| Disagreement { what, there, sums });
    Ok(Finding { book, count, rows: rows.take(usize::try_from(most).unwrap_or(usize::MAX)).collect() })
}

/// A book's statement, cut to the first rows, each with how many there are in all.
struct Disagreeing {
    book: Book,
    most: i64,
}

impl QueryId for Disagreeing {
    type QueryId = ();

    /// Its text is the book's.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Disagreeing {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        // Materialized: the limit must not make the planner look for the first few disagreeing rows one by one, when as a
        // rule there are none and all are looked at.
        out.push_sql("with disagreeing as materialized (");
        out.push_sql(self.book.disagreeing);
        out.push_sql(") select what, there, sums, count(*) over () from disagreeing order by what limit ");
        out.push_bind_param::<BigInt, _>(&self.most)
    }
}

impl Query for Disagreeing {
    type SqlType = (sql_types::Text, sql_types::Text, sql_types::Text, BigInt);
}

impl RunQueryDsl<PgConnection> for Disagreeing {}

#[cfg(test)]
mod tests {
    use super::BOOKS;
    use std::collections::HashSet;

    #[test]
    fn each_book_has_a_name_of_its_own() {
        let names: HashSet<&str> = BOOKS.iter().map(|book| book.name).collect();
        assert_eq!(names.len(), BOOKS.len());
    }
}
