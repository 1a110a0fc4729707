//! The queries of the strategies in [`super::plan`]. Their text depends on the search, and none is cached: a plan made
//! for rare matches would be used for common ones.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text},
};

use super::plan::{Groups, Plan, WordPatterns};
use crate::{
    kernel::{BrandId, CategoryId, SkuId},
    stock::model::{StockCursor, StockFilter},
};

impl Plan<'_> {
    /// Appends the table that has the matches, as `s`, joined with `low_stock_skus` if needed, and the conditions of
    /// the search.
    fn push_matches<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(match self.search.show {
            StockFilter::All | StockFilter::Inactive => "sku_search s where true",
            StockFilter::Low if self.words.is_empty() => "low_stock_skus s where true",
            StockFilter::Out if self.words.is_empty() => "low_stock_skus s where s.stock = 0",
            StockFilter::Low => "low_stock_skus x join sku_search s on s.sku_id = x.sku_id where true",
            StockFilter::Out => "low_stock_skus x join sku_search s on s.sku_id = x.sku_id where x.stock = 0",
        });
        // Category and brand are checked in `low_stock_skus`, so that few rows are joined for their words.
        let is_joined = self.asks_for_low_stock() && !self.words.is_empty();
        self.push_conditions(if is_joined { "x." } else { "s." }, "s.", out)
    }

    /// Appends the conditions of the search. Columns of category, brand and sale get the prefix `sku` (such as `s.`),
    /// those of words the prefix `text`.
    fn push_conditions<'b>(&'b self, sku: &str, text: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { search, words, .. } = self;
        if search.show == StockFilter::Inactive {
            push([" and not ", sku, "active"], out);
        }
        if let Some(categories) = &search.categories {
            push([" and ", sku, "category_id = any("], out);
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql(")");
        }
        if let Some(brand) = &search.brand {
            push([" and ", sku, "brand_id = "], out);
            out.push_bind_param::<BigInt, BrandId>(brand)?;
        }
        for WordPatterns(patterns) in *words {
            for (at, pattern) in patterns.iter().enumerate() {
                push([if at == 0 { " and (" } else { " or " }, text, "words like "], out);
                out.push_bind_param::<Text, String>(pattern)?;
            }
            out.push_sql(")");
        }
        Ok(())
    }

    /// Appends the condition that a row of `t` comes after the cursor, or before it for the page before a cursor.
    fn push_cursor<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let order = self.order();
        if let StockCursor::After(from) | StockCursor::Before(from) = &self.search.cursor {
            out.push_sql(" and (");
            push_columns(order.columns, "t.", "", out);
            out.push_sql(if self.is_read_descending() { ") < (select " } else { ") > (select " });
            push_columns(order.columns, "", "", out);
            out.push_sql(" from ");
            out.push_sql(order.table);
            out.push_sql(" where sku_id = ");
            out.push_bind_param::<BigInt, SkuId>(from)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// Appends `order by` for the rows of `t`, and `limit`.
    fn push_order<'b>(&'b self, limit: &'b i64, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" order by ");
        push_columns(self.order().columns, "t.", if self.is_read_descending() { " desc" } else { "" }, out);
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(limit)
    }
}

fn push(parts: [&str; 3], out: &mut AstPass<'_, '_, Pg>) {
    for part in parts {
        out.push_sql(part);
    }
}

fn push_columns(columns: &[&str], before: &str, behind: &str, out: &mut AstPass<'_, '_, Pg>) {
    for (at, column) in columns.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { "" });
        out.push_sql(before);
        out.push_sql(column);
        out.push_sql(behind);
    }
}

/// A query for the page of a search in a few categories or one brand, merged from the index of each.
pub(super) struct ScanGroups<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) groups: Groups,
}

impl QueryFragment<Pg> for ScanGroups<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select t.sku_id from unnest(");
        out.push_bind_param::<Array<BigInt>, Vec<i64>>(&self.groups.ids)?;
        out.push_sql(") as group_id cross join lateral (select * from sku_search t where t.");
        out.push_sql(self.groups.column);
        out.push_sql(" = group_id");
        self.plan.push_cursor(&mut out)?;
        self.plan.push_order(&self.plan.limit, &mut out)?;
        out.push_sql(") t");
        self.plan.push_order(&self.plan.limit, &mut out)
    }
}

/// A query for the number of matches; it stops counting at `most`.
pub(super) struct CountMatches<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) most: i64,
}

impl QueryFragment<Pg> for CountMatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*) from (select from ");
        self.plan.push_matches(&mut out)?;
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(&self.most)?;
        out.push_sql(") s");
        Ok(())
    }
}

/// A query for the number of matches, counted up to `max_matches + 1`, and for the page, unless there are more than
/// `max_matches`.
pub(super) struct SortMatches<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) max_matches: i64,
}

impl QueryFragment<Pg> for SortMatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { plan, max_matches } = self;
        let (order, has_sort_column) = (plan.order(), plan.has_sort_column_in_search_table());
        out.unsafe_to_cache_prepared();
        // Materialized, so that it is planned as if all matches were read: for a few of many, PostgreSQL would scan the
        // whole table.
        out.push_sql("with found as materialized (select s.sku_id");
        for column in order.columns.iter().filter(|column| has_sort_column && **column != "sku_id") {
            out.push_sql(", s.");
            out.push_sql(column);
        }
        out.push_sql(" from ");
        plan.push_matches(&mut out)?;
        out.push_sql("), few as materialized (select * from found limit ");
        out.push_bind_param::<BigInt, i64>(max_matches)?;
        out.push_sql(
            " + 1), counted as materialized (select count(*) as n from few) select n, array(select t.sku_id from few ",
        );
        if has_sort_column {
            out.push_sql("t");
        } else {
            // A lateral lookup for each row: a join of thousands would scan the whole table instead.
            out.push_sql("f cross join lateral (select * from ");
            out.push_sql(order.table);
            out.push_sql(" t where t.sku_id = f.sku_id limit 1) t");
        }
        out.push_sql(" where n <= ");
        out.push_bind_param::<BigInt, i64>(max_matches)?;
        plan.push_cursor(&mut out)?;
        plan.push_order(&plan.limit, &mut out)?;
        out.push_sql(") from counted");
        Ok(())
    }
}

/// A query for the matches among the `max_scan_rows` rows that follow the cursor in the order of the list.
#[derive(Clone, Copy)]
pub(super) struct ScanIndex<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) max_scan_rows: i64,
}

impl ScanIndex<'_> {
    /// Appends a subquery named `t`: the `max_scan_rows` rows after the cursor in the order of the list, whether they
    /// match or not.
    fn push_rows<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(select * from ");
        out.push_sql(self.plan.order().table);
        out.push_sql(" t where true");
        self.plan.push_cursor(out)?;
        self.plan.push_order(&self.max_scan_rows, out)?;
        out.push_sql(") t");
        Ok(())
    }
}

impl QueryFragment<Pg> for ScanIndex<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select t.sku_id from ");
        self.push_rows(&mut out)?;
        // Conditions on another table are looked up row by row, until the page is full.
        if self.plan.filters_in_scanned_table() {
            out.push_sql(match self.plan.search.show {
                StockFilter::All | StockFilter::Inactive => " where true",
                StockFilter::Low => {
                    " cross join lateral (select from low_stock_skus x where x.sku_id = t.sku_id limit 1) x where true"
                }
                StockFilter::Out => {
                    " cross join lateral (select from low_stock_skus x where x.sku_id = t.sku_id and x.stock = 0 limit 1) x
                      where true"
                }
            });
            self.plan.push_conditions("t.", "t.", &mut out)?;
        } else if !self.plan.search.is_for_everything() {
            out.push_sql(" cross join lateral (select from ");
            self.plan.push_matches(&mut out)?;
            out.push_sql(" and s.sku_id = t.sku_id limit 1) s");
        }
        self.plan.push_order(&self.plan.limit, &mut out)
    }
}

/// A query for the number of rows that the scan reads: fewer than `max_scan_rows` if the list ends earlier.
pub(super) struct ScannedRows<'a>(pub(super) ScanIndex<'a>);

impl QueryFragment<Pg> for ScannedRows<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*) from ");
        self.0.push_rows(&mut out)
    }
}

/// A query for the page: looks up all matches, and then scans the index of the sort order for them.
pub(super) struct ScanWithMatches<'a>(pub(super) Plan<'a>);

impl QueryFragment<Pg> for ScanWithMatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("with found as materialized (select s.sku_id from ");
        self.0.push_matches(&mut out)?;
        out.push_sql(") select t.sku_id from ");
        out.push_sql(self.0.order().table);
        // A condition and not a join, which would lose the order of the index.
        out.push_sql(" t where (t.sku_id in (select sku_id from found)) is true");
        self.0.push_cursor(&mut out)?;
        self.0.push_order(&self.0.limit, &mut out)
    }
}

/// Implements what Diesel needs to run a query whose text is built by hand.
macro_rules! built_queries {
    ($($name:ident $sql_type:ty;)+) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl Query for $name<'_> {
            type SqlType = $sql_type;
        }

        impl RunQueryDsl<PgConnection> for $name<'_> {}
    )+};
}

built_queries! {
    CountMatches BigInt;
    SortMatches (BigInt, Array<BigInt>);
    ScanGroups BigInt;
    ScanIndex BigInt;
    ScannedRows BigInt;
    ScanWithMatches BigInt;
}
