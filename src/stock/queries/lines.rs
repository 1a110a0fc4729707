//! SKUs on the stock pages, with their current stock and sales.

use chrono::NaiveDate;
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text},
};
use std::collections::HashMap;

use crate::{
    catalog,
    kernel::{Language, Money, SkuId},
    platform::db::statement,
    stock::{
        model::StockLine,
        rules::{SalesVelocity, StockStatus},
    },
};

#[derive(QueryableByName)]
struct StockRow {
    #[diesel(sql_type = BigInt)]
    id: SkuId,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Integer)]
    stock: i32,
    #[diesel(sql_type = BigInt)]
    sales: i64,
    #[diesel(sql_type = Bool)]
    on_sale: bool,
    #[diesel(sql_type = Integer)]
    low_stock_at: i32,
    #[diesel(sql_type = Text)]
    shelf_place: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    cost: Option<Money>,
    /// Units sold in the last 7 days; `month` has those of the last 30 days.
    #[diesel(sql_type = BigInt)]
    week: i64,
    #[diesel(sql_type = BigInt)]
    month: i64,
}

statement! {
    /// Selects SKUs with stock and sales. Sales since a day are the units ever sold, less those that were sold before
    /// the day began.
    StockLineRows(ids: Vec<i64> as Array<BigInt>, week: NaiveDate as Date, month: NaiveDate as Date) -> [StockRow] =
    "select k.id, k.code, k.stock, k.sales, k.active and s.published as on_sale, k.low_stock_at, k.shelf_place, k.cost,
        greatest(k.sales - coalesce((
            select d.sales from sku_sales d where d.sku_id = k.id and d.day <= " week "
            order by d.day desc limit 1
        ), 0), 0) as week,
        greatest(k.sales - coalesce((
            select d.sales from sku_sales d where d.sku_id = k.id and d.day <= " month "
            order by d.day desc limit 1
        ), 0), 0) as month
     from skus k join spus s on s.id = k.spu_id where k.id = any((select " ids ")::bigint[])"
}

/// Loads these SKUs in this order, with their stock and sales; unknown SKUs are left out. `today` is in the shop's time
/// zone.
pub fn stock_lines(
    conn: &mut PgConnection,
    skus: &[SkuId],
    language: Language,
    today: NaiveDate,
) -> QueryResult<Vec<StockLine>> {
    let ids: Vec<i64> = skus.iter().map(|sku| sku.0).collect();
    let (week, month) = (SalesVelocity::first_day_of_week(today), SalesVelocity::first_day_of_month(today));
    let mut rows: Vec<StockRow> = StockLineRows { ids, week, month }.load(conn)?;
    let places: HashMap<SkuId, usize> = skus.iter().copied().zip(0..).collect();
    rows.sort_by_key(|row| places.get(&row.id).copied());
    let offers = catalog::sku_offers(conn, skus, language)?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let offer = offers.binary_search_by_key(&row.id, |offer| offer.sku_id).ok().and_then(|at| offers.get(at));
        let Some(offer) = offer else { continue };
        lines.push(StockLine {
            code: row.code,
            stock: row.stock,
            sales: row.sales,
            low_stock_at: row.low_stock_at,
            shelf_place: row.shelf_place,
            cost: row.cost,
            velocity: SalesVelocity { week: row.week, month: row.month },
            status: StockStatus::of(row.stock, row.low_stock_at, row.on_sale),
            offer: offer.clone(),
        });
    }
    Ok(lines)
}

/// Loads one SKU with its stock and sales; `None` if there is no such SKU. `today` is in the shop's time zone.
pub fn stock_line(
    conn: &mut PgConnection,
    id: SkuId,
    language: Language,
    today: NaiveDate,
) -> QueryResult<Option<StockLine>> {
    Ok(stock_lines(conn, &[id], language, today)?.pop())
}
