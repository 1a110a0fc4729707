//! Loads one page of the stock list, of up to a million SKUs: [`plan`] chooses how, [`sql`] writes the query.

mod plan;
mod sql;

use diesel::{
    PgConnection, QueryResult, connection::SimpleConnection, pg::Pg, prelude::*, query_builder::QueryFragment,
    sql_types::BigInt,
};

use crate::{
    kernel::SkuId,
    platform::db::{escape_like, statement},
    stock::{forms::StockSearch, model::StockCursor},
};

pub use plan::ScanLimits;
use plan::{Groups, Plan, Strategy, WordPatterns};
use sql::{CountMatches, ScanGroups, ScanIndex, ScanWithMatches, ScannedRows, SortMatches};

/// The number up to which low or sold-out SKUs are counted; a count of one more stands for any larger number.
pub const MAX_BADGE_COUNT: i64 = 1_000;

/// One page of the SKUs that match a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockListPage {
    /// The SKUs of the page, in the order of the list.
    pub skus: Vec<SkuId>,
    /// The number of all SKUs that match; `None` if there are too many to count.
    pub found: Option<i64>,
    /// True if the list has SKUs before this page; `after` is true if it has SKUs after it.
    pub before: bool,
    pub after: bool,
}

/// Loads the page of the stock list at which `search.cursor` points: at most `most` of the matching SKUs, with the
/// number of matches if it was counted.
pub fn stock_page(conn: &mut PgConnection, search: &StockSearch, most: i64) -> QueryResult<StockListPage> {
    stock_page_with_limits(conn, search, most, ScanLimits::DEFAULT)
}

/// Loads a page like [`stock_page`], with other limits on what a query may read. The page is the same, whatever the
/// limits.
pub fn stock_page_with_limits(
    conn: &mut PgConnection,
    search: &StockSearch,
    most: i64,
    limits: ScanLimits,
) -> QueryResult<StockListPage> {
    let page_len = usize::try_from(most).unwrap_or(usize::MAX);
    let words: Vec<WordPatterns> = search.words.iter().map(|word| WordPatterns::of(word, escape_like)).collect();
    // One more than the page holds, to know whether there is another page.
    let plan = Plan { search, words: &words, limit: most.saturating_add(1), limits };
    let FoundSkus { mut skus, matches } = find(conn, plan)?;
    let more = skus.len() > page_len;
    skus.truncate(page_len);
    let (before, after) = match search.cursor {
        StockCursor::First => (false, more),
        StockCursor::After(_) => (true, more),
        StockCursor::Before(_) => {
            skus.reverse();
            (more, true)
        }
    };
    let found = matches.filter(|matches| *matches <= limits.max_joined_matches);
    Ok(StockListPage { skus, found, before, after })
}

/// The SKUs from the cursor on, in reverse order for the page before a cursor, and the number of all matches if it was
/// counted.
struct FoundSkus {
    skus: Vec<SkuId>,
    matches: Option<i64>,
}

/// Finds the SKUs of a page: tries one strategy of the plan after the other.
fn find(conn: &mut PgConnection, plan: Plan<'_>) -> QueryResult<FoundSkus> {
    if let Some(groups) = plan.groups() {
        return scan_groups(conn, plan, groups);
    }
    let (all_skus,): (i64,) = CountSkus { most: plan.limits.max_joined_matches.saturating_add(1) }.get_result(conn)?;
    let mut found_by_short_scan = None;
    for strategy in plan.strategies(all_skus) {
        let found = match strategy {
            Strategy::ShortScan => {
                let scan = ScanIndex { plan, max_scan_rows: plan.short_scan_rows() };
                let skus: Vec<SkuId> = scan.load(conn)?;
                found_by_short_scan = Some(len(&skus));
                let is_page = len(&skus) >= plan.limit || plan.search.is_for_everything();
                is_page.then_some(FoundSkus { skus, matches: None })
            }
            Strategy::SortMatches => sort_matches(conn, plan)?,
            Strategy::LongScan if plan.is_long_scan_hopeless(found_by_short_scan) => None,
            Strategy::LongScan => long_scan(conn, plan)?,
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    find_with_all_matches(conn, plan)
}

fn scan_groups(conn: &mut PgConnection, plan: Plan<'_>, groups: Groups) -> QueryResult<FoundSkus> {
    let max_counted = plan.limits.max_joined_matches;
    let matches: i64 = CountMatches { plan, most: max_counted.saturating_add(1) }.get_result(conn)?;
    let skus = ScanGroups { plan, groups }.load(conn)?;
    Ok(FoundSkus { skus, matches: (matches <= max_counted).then_some(matches) })
}

/// Finds a page by [`Strategy::SortMatches`]; `None` if there are too many matches to sort.
fn sort_matches(conn: &mut PgConnection, plan: Plan<'_>) -> QueryResult<Option<FoundSkus>> {
    let max_matches = plan.max_matches();
    let (matches, skus): (i64, Vec<SkuId>) = SortMatches { plan, max_matches }.get_result(conn)?;
    Ok((matches <= max_matches).then_some(FoundSkus { skus, matches: Some(matches) }))
}

/// Finds a page by [`Strategy::LongScan`]; `None` if the page is not full and the list has rows that were not scanned.
fn long_scan(conn: &mut PgConnection, plan: Plan<'_>) -> QueryResult<Option<FoundSkus>> {
    let scan = ScanIndex { plan, max_scan_rows: plan.long_scan_rows() };
    let skus: Vec<SkuId> = scan.load(conn)?;
    let is_page = len(&skus) >= plan.limit || ScannedRows(scan).get_result::<i64>(conn)? < scan.max_scan_rows;
    Ok(is_page.then_some(FoundSkus { skus, matches: None }))
}

/// Finds a page after all strategies have failed: looks up all matches, however many there are.
fn find_with_all_matches(conn: &mut PgConnection, plan: Plan<'_>) -> QueryResult<FoundSkus> {
    // The matches must fit into memory, or each row of the scan would read them again. Set for the session, because
    // there may be no transaction.
    conn.batch_execute("set work_mem = '64MB'")?;
    let skus = if plan.has_sort_column_in_search_table() {
        SortMatches { plan, max_matches: i64::MAX - 1 }.get_result(conn).map(|(_, skus): (i64, _)| skus)
    } else {
        ScanWithMatches(plan).load(conn)
    };
    let reset = conn.batch_execute("reset work_mem");
    let skus = skus?;
    reset?;
    Ok(FoundSkus { skus, matches: None })
}

fn len(skus: &[SkuId]) -> i64 {
    i64::try_from(skus.len()).unwrap_or(i64::MAX)
}

statement! {
    CountSkus(most: i64 as BigInt) -> (BigInt,) = "select count(*) from (select from sku_figures limit " most ") s"
}

/// Returns the number of SKUs on sale that are low or sold out, counted up to [`MAX_BADGE_COUNT`] + 1.
pub fn count_low_or_out(conn: &mut PgConnection) -> QueryResult<i64> {
    CountLowOrOut { most: MAX_BADGE_COUNT + 1 }.get_result::<(i64,)>(conn).map(|(n,)| n)
}

/// Returns the statement whose column `low_or_out` is what [`count_low_or_out`] returns.
pub fn low_or_out_statement() -> impl QueryFragment<Pg> {
    CountLowOrOut { most: MAX_BADGE_COUNT + 1 }
}

statement! {
    CountLowOrOut(most: i64 as BigInt) -> (BigInt,) =
    "select count(*) as low_or_out from (select from low_stock_skus limit " most ") s"
}
