//! Queries of the stock history of a SKU.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    kernel::SkuId,
    platform::db::statement,
    stock::{
        history::{StockHistoryEntry, start_of_day},
        model::Reason,
    },
};

/// If a SKU has more changes than this, they are summed up by day and reason; otherwise each is an entry of the
/// history.
const MAX_ENTRIES: usize = 1_000;

/// Loads the stock changes of a SKU since `from`, newest first. If there are more than [`MAX_ENTRIES`], they are summed
/// up by day and reason, without canceled orders. `now` is used as the time of today's sums.
pub fn history_entries(
    conn: &mut PgConnection,
    sku: SkuId,
    (from, now): (DateTime<Utc>, DateTime<Utc>),
    zone: FixedOffset,
) -> QueryResult<Vec<StockHistoryEntry>> {
    let most = i64::try_from(MAX_ENTRIES).unwrap_or(i64::MAX).saturating_add(1);
    let rows: Vec<(DateTime<Utc>, i64, Option<Reason>)> = NewestEntries { sku: sku.0, most }.load(conn)?;
    let all = rows.len() <= MAX_ENTRIES || rows.last().is_some_and(|(at, ..)| *at < from);
    if all {
        let moves = rows.into_iter().filter(|(at, ..)| *at >= from);
        return Ok(moves.map(|(at, delta, reason)| StockHistoryEntry { at, delta, reason }).collect());
    }
    let (first, today) = (from.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive());
    let days = Daily { sku: sku.0, first, today, from, offset: zone.local_minus_utc() };
    let days: Vec<(NaiveDate, i64, Option<Reason>)> = days.load(conn)?;
    let mut entries = Vec::with_capacity(days.len());
    for (day, delta, reason) in days {
        let next = day.succ_opt().and_then(|next| start_of_day(next, zone));
        let at = next.map_or(now, |next| (next - TimeDelta::seconds(1)).min(now));
        entries.push(StockHistoryEntry { at, delta, reason });
    }
    Ok(entries)
}

statement! {
    /// Selects (time, change, reason) of the newest stock movements and sales, merged by time. The reason of a sale is
    /// null.
    NewestEntries(sku: i64 as BigInt, most: i64 as BigInt) -> (Timestamptz, BigInt, Nullable<Text>) =
    "with asked as (select " sku "::bigint as sku, " most "::bigint as most)
     select at, delta::bigint, reason
     from (
        (select at, delta, reason, 0 as kind, id from stock_movements where sku_id = (select sku from asked)
         order by id desc limit (select most from asked))
        union all
        (select o.placed_at, -g.count, null::text, 1, g.order_id
         from (
            select order_id, count from order_goods where sku_id = (select sku from asked)
            order by order_id desc limit (select most from asked)
         ) g join orders o on o.id = g.order_id)
     ) m
     order by at desc, kind, id desc limit (select most from asked)"
}

statement! {
    /// Selects (day, change, reason): the sums of stock movements by day and reason, without those of orders, and the
    /// sales of each day less canceled ones, with a null reason. Sales are the difference between the numbers of units
    /// ever sold that `sku_sales` stores for the starts of days; orders are not read.
    Daily(
        sku: i64 as BigInt, first: NaiveDate as Date, today: NaiveDate as Date, from: DateTime<Utc> as Timestamptz,
        offset: i32 as Integer
    ) -> (Date, BigInt, Nullable<Text>) =
    "with asked as (
        select " sku "::bigint as sku, " first "::date as first, " today "::date as today, " from "::timestamptz as since,
            " offset "::integer as seconds
     ),
     stood as (
        select d.day, d.sales from asked a join sku_sales d on d.sku_id = a.sku and d.day > a.first
        union all
        select a.today + 1, k.sales from asked a join skus k on k.id = a.sku
     ),
     sold as (
        select s.day - 1 as day, s.sales - lag(s.sales, 1, coalesce((
            select d.sales from asked a join sku_sales d on d.sku_id = a.sku and d.day <= a.first order by d.day desc limit 1
        ), 0)) over (order by s.day) as n
        from stood s
     )
     select day, delta, reason
     from (
        select (m.at at time zone 'utc' + make_interval(secs => a.seconds))::date as day, sum(m.delta)::bigint as delta, m.reason
        from asked a join stock_movements m on m.sku_id = a.sku and m.at >= a.since
        where m.reason not in ('cancellation', 'revival', 'refusal', 'withdrawal')
        group by 1, 3
        union all
        select day, -n, null::text from sold where n <> 0
     ) d
     order by day desc, reason"
}
