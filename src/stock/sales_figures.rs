//! Units sold by day, without extra work when an order is placed: `skus.sales` counts all units ever sold, and
//! `sku_sales` stores that number at the start of each day.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Date, Integer},
};

use super::rules::SalesVelocity;
use crate::{
    platform::db::{self, statement},
    schema::{sku_sales, sku_sales_days},
};

/// When the first day is stored, the numbers for this many earlier days are computed from orders.
const DAYS_BEFORE: u64 = 31;
/// Rows of `sku_sales` for days more than this many days ago are deleted, except the last row of each SKU.
const DAYS_KEPT: u64 = 400;

/// Stores the number of units ever sold of each SKU at the start of today, unless that is stored already; the first
/// time, also stores the numbers for earlier days, computed from the orders. Returns whether it stored anything. Sales
/// between midnight and this call count as yesterday's, so call it often. Deletes stored days after today, which a
/// clock that was ahead has written.
pub fn record_day_start(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<bool> {
    let day = now.with_timezone(&zone).date_naive();
    delete_days_after(conn, day)?;
    if sku_sales_days::table.find(day).select(sku_sales_days::day).first::<NaiveDate>(conn).optional()?.is_some() {
        return Ok(false);
    }
    db::transaction(conn, |conn| {
        let first = sku_sales_days::table.select(sku_sales_days::day).first::<NaiveDate>(conn).optional()?.is_none();
        // Waits for a concurrent call.
        let written = diesel::insert_into(sku_sales_days::table)
            .values(sku_sales_days::day.eq(day))
            .on_conflict_do_nothing()
            .execute(conn)?;
        if written == 0 {
            return Ok(false);
        }
        if first {
            let from = day.checked_sub_days(Days::new(DAYS_BEFORE)).unwrap_or(day);
            SalesOfDaysBefore { from, day, offset: zone.local_minus_utc() }.execute(conn)?;
        } else {
            SalesToday { day }.execute(conn)?;
            ForgetDays { day: day.checked_sub_days(Days::new(DAYS_KEPT)).unwrap_or(day) }.execute(conn)?;
        }
        Ok(true)
    })
}

fn delete_days_after(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<()> {
    db::transaction(conn, |conn| {
        let days = diesel::delete(sku_sales_days::table.filter(sku_sales_days::day.gt(day))).execute(conn)?;
        if days > 0 {
            // Reads the whole table, which has no index by day.
            diesel::delete(sku_sales::table.filter(sku_sales::day.gt(day))).execute(conn)?;
        }
        Ok(())
    })
}

statement! {
    /// Stores for today the units ever sold of each SKU whose number has changed since it was last stored.
    SalesToday(day: NaiveDate as Date) -> () =
    "with last as (select distinct on (sku_id) sku_id, sales from sku_sales order by sku_id, day desc)
     insert into sku_sales (sku_id, day, sales)
     select k.id, " day ", k.sales from skus k left join last l on l.sku_id = k.id where k.sales <> coalesce(l.sales, 0)"
}

statement! {
    /// Stores the units ever sold at the start of each earlier day: today's number less the units of later orders.
    SalesOfDaysBefore(from: NaiveDate as Date, offset: i32 as Integer, day: NaiveDate as Date) -> () =
    "with asked as (select " from "::date as first, " offset "::integer as seconds, " day "::date as today),
     sold as (
        select g.sku_id, (o.placed_at at time zone 'utc' + make_interval(secs => a.seconds))::date as day, sum(g.count) as n
        from asked a
        join orders o on o.placed_at >= (a.first - make_interval(secs => a.seconds)) at time zone 'utc'
        join order_goods g on g.order_id = o.id
        where o.status <> 'canceled'
        group by 1, 2
     ),
     stood as (
        select k.id, k.sales - coalesce(sum(s.n), 0) as sales from skus k left join sold s on s.sku_id = k.id group by k.id
     )
     insert into sku_sales (sku_id, day, sales)
     select id, a.first, greatest(sales, 0) from stood, asked a where sales > 0
     union all
     select s.sku_id, s.day + 1, greatest(st.sales + sum(s.n) over (partition by s.sku_id order by s.day), 0)
     from sold s join stood st on st.id = s.sku_id, asked a where s.day < a.today"
}

statement! {
    /// Deletes the rows of `sku_sales` before `day`, except each SKU's last row up to `day`: differences to later days
    /// need that one.
    ForgetDays(day: NaiveDate as Date) -> () =
    "delete from sku_sales d using (
        select sku_id, max(day) as last from sku_sales where day <= " day " group by sku_id
     ) l where d.sku_id = l.sku_id and d.day < l.last"
}

/// Updates the table `sku_figures`, by which the stock list is sorted. Returns how many SKUs have changed in it.
pub fn refresh_sales_figures(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<usize> {
    let today = now.with_timezone(&zone).date_naive();
    let (week, month) = (SalesVelocity::first_day_of_week(today), SalesVelocity::first_day_of_month(today));
    WriteFigures { month, week, thirty: 30 }.execute(conn)
}

statement! {
    WriteFigures(month: NaiveDate as Date, week: NaiveDate as Date, thirty: i64 as BigInt) -> () =
    "with stood as (
        select distinct on (sku_id) sku_id, sales from sku_sales where day <= " month " order by sku_id, day desc
     ),
     stood_later as (
        select distinct on (sku_id) sku_id, sales from sku_sales where day <= " week " order by sku_id, day desc
     ),
     figures as (
        select k.id, k.stock, greatest(k.sales - coalesce(s.sales, 0), 0) as sold,
            greatest(k.sales - coalesce(l.sales, 0), 0) as sold_7
        from skus k left join stood s on s.sku_id = k.id left join stood_later l on l.sku_id = k.id
     )
     update sku_figures f
     set stock = n.stock, sold_30 = n.sold, sold_7 = n.sold_7,
        days_left = case when n.sold > 0 then least(n.stock * " thirty " / n.sold, 2147483647) else 2147483647 end
     from figures n
     where f.sku_id = n.id and (f.stock <> n.stock or f.sold_30 <> n.sold or f.sold_7 <> n.sold_7)"
}
