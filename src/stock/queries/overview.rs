//! Queries of the stock for the start page of staff (dashboard).

use diesel::{PgConnection, QueryResult, prelude::*, sql_types::BigInt};

use super::list::MAX_BADGE_COUNT;
use crate::{kernel::SkuId, platform::db::statement, schema::sku_figures};

/// A period for which sales are added up; its days are those of the shop's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SalesPeriod {
    /// The 7 days that end today.
    Week,
    /// The 30 days that end today.
    Month,
}

/// Loads the SKUs with the most units sold in a period, at most `most`; the numbers may be a minute old. SKUs without
/// sales are left out.
pub fn bestsellers(conn: &mut PgConnection, span: SalesPeriod, most: i64) -> QueryResult<Vec<SkuId>> {
    let all = sku_figures::table.select(sku_figures::sku_id).limit(most);
    match span {
        SalesPeriod::Week => all
            .filter(sku_figures::sold_7.gt(0))
            .order((sku_figures::sold_7.desc(), sku_figures::sku_id.desc()))
            .load(conn),
        SalesPeriod::Month => all
            .filter(sku_figures::sold_30.gt(0))
            .order((sku_figures::sold_30.desc(), sku_figures::sku_id.desc()))
            .load(conn),
    }
}

/// Returns the number of SKUs on sale that are sold out, counted up to [`MAX_BADGE_COUNT`] + 1.
pub fn count_sold_out(conn: &mut PgConnection) -> QueryResult<i64> {
    CountSoldOut { most: MAX_BADGE_COUNT + 1 }.get_result::<(i64,)>(conn).map(|(n,)| n)
}

statement! {
    CountSoldOut(most: i64 as BigInt) -> (BigInt,) =
    "select count(*) from (select from low_stock_skus where stock = 0 limit " most ") s"
}
