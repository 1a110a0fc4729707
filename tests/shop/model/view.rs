//! The observable state of the real shop.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Array, BigInt, Text},
};
use redis::Commands;
use std::collections::BTreeMap;

use super::{
    harness::Harness,
    operation::PEOPLE,
    state::{cart_in_words, in_all},
};

impl Harness {
    /// The observable state of the shop, in the format of [`ModelState::view`].
    pub fn view(&mut self) -> BTreeMap<String, String> {
        let mut view = BTreeMap::new();
        let people: Vec<i64> = self.shoppers.iter().map(|shopper| shopper.id.0).collect();
        for (name, id) in PEOPLE.iter().zip(&people) {
            view.insert(format!("{name}'s cart"), self.cart(&format!("u{id}")));
        }
        let guests: Vec<String> = self.redis.keys("cart:{g*").unwrap();
        let guests = guests.iter().map(|key| self.cart(&key["cart:{".len()..key.len() - 1])).collect();
        view.insert("the carts of guests".to_owned(), in_all(guests));
        let (skus, spus) = self.before;
        let rows: Vec<Row> = self.shop.with(|conn| {
            let asked = sql_query(VIEW).bind::<BigInt, _>(skus).bind::<BigInt, _>(spus);
            asked.bind::<Array<BigInt>, _>(&people).load(conn)
        });
        view.extend(rows.into_iter().map(|row| (row.what, row.is)));
        view
    }

    fn cart(&mut self, owner: &str) -> String {
        let counts: BTreeMap<i64, u32> = self.redis.hgetall(format!("cart:{{{owner}}}")).unwrap();
        let selected: Vec<i64> = self.redis.smembers(format!("selected:{{{owner}}}")).unwrap();
        let entry = |(sku, count)| (sku - self.before.0, count, selected.contains(&sku));
        cart_in_words(counts.into_iter().map(entry))
    }
}

/// The tables in the format of [`ModelState::view`]: SKUs after the first id, SPUs after the second, and the orders of
/// these users.
const VIEW: &str = "
    select 'the stock of SKU ' || id - $1 as what, stock::text as is from skus where id > $1
    union all select 'the sales of SKU ' || id - $1, sales::text from skus where id > $1
    union all select 'the sales of SPU ' || id - $2, sales::text from spus where id > $2
    union all
    select 'the movements of SKU ' || id - $1,
        (select string_agg(m, ', ' order by m collate \"C\")
         from (select to_char(delta, 'SGFM999990') || ' ' || reason from stock_movements where sku_id = skus.id) q (m))
    from skus where id > $1
    union all
    select 'order ' || o.number,
        initcap(u.username) || '''s, ' || o.status || coalesce(' by ' || o.canceled_by, '') || ', ' || o.pay_method || ': ' || coalesce((
            select string_agg(
                g.count || ' of SKU ' || g.sku_id - $1 || ' at ¥' || to_char(g.price, 'FM999,990.00'), ', '
                order by g.sku_id)
            from order_goods g where g.order_id = o.id
        ), 'nothing')
        || '; goods ¥' || to_char(o.goods_amount, 'FM999,990.00') || ', freight ¥' || to_char(o.freight, 'FM999,990.00')
        || ', total ¥' || to_char(o.total_amount, 'FM999,990.00')
        || ', paid ¥' || to_char(o.paid_amount, 'FM999,990.00')
        || ', refunded ¥' || to_char(o.refunded_amount, 'FM999,990.00') || coalesce((
            select string_agg(
                '; ' || case when p.counts then 'counts' when p.strange = 'out_of_stock' then 'waits' else p.status end
                || coalesce((
                    select string_agg(' ¥' || to_char(r.amount, 'FM999,990.00') || ' ' || r.status, '' order by r.id)
                    from refunds r where r.payment_id = p.id
                ), ''), '' order by p.id)
            from payments p where p.order_id = o.id
        ), '')
    from orders o join users u on u.id = o.user_id where u.id = any($3)";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    is: String,
}
