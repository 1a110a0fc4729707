//! Decides how a page of the stock list is found, without any SQL.
//!
//! A shop may have a million SKUs, and no single query is fast for every search. If only the SKUs of a few categories
//! or of one brand are asked for, the page is merged from the indexes of these [`Groups`]. Otherwise one [`Strategy`]
//! after the other is tried, each within [`ScanLimits`], until one finds the page. If none does, all matches are looked
//! up, however many, and the index of the sort order is scanned for them: the last resort when matches are common but
//! none is near the start of the order.

use crate::stock::{
    forms::StockSearch,
    model::{StockCursor, StockFilter, StockSort},
};

/// If a search asks for more categories than this, the index of the whole list is scanned, because many SKUs match.
const MAX_GROUPS: usize = 20;
/// A search word with fewer letters is found only at the start of a word, because a trigram index needs three.
const MIN_INFIX_LEN: usize = 3;

/// How much one strategy to find the SKUs of a page may read before the next strategy is tried.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimits {
    /// The maximum number of matches that are counted and sorted if the column to sort by is not in `sku_search`, the
    /// table that is searched.
    pub max_joined_matches: i64,
    /// The maximum number of matches that are counted and sorted if the table `sku_search` has the column to sort by.
    pub max_sorted_matches: i64,
    /// How many rows a [`Strategy::ShortScan`] may read for each SKU of the page.
    pub short_scan_factor: i64,
    /// How many rows a [`Strategy::LongScan`] may read for each SKU of the page.
    pub long_scan_factor: i64,
    /// The factor by which a scan may read more rows if no other table has to be read to filter these rows.
    pub cheap_row_factor: i64,
}

impl ScanLimits {
    /// The limits that the shop uses. With them each strategy takes about ten milliseconds at most
    /// (docs/performance.md).
    pub const DEFAULT: Self = Self {
        max_joined_matches: 10_000,
        max_sorted_matches: 50_000,
        short_scan_factor: 40,
        long_scan_factor: 200,
        cheap_row_factor: 4,
    };
}

/// The SQL `like` patterns for one word of the search. A text that matches one of them contains the word.
pub(super) struct WordPatterns(pub(super) Vec<String>);

impl WordPatterns {
    pub(super) fn of(typed: &str, escape_like: fn(&str) -> String) -> Self {
        let text = typed.to_lowercase();
        let word = escape_like(&text);
        Self(if text.chars().count() >= MIN_INFIX_LEN {
            vec![format!("%{word}%")]
        } else if text.contains(|c: char| c >= '\u{2e80}') {
            // Chinese, Japanese or Korean: `sku_search.words` repeats such text so that each character begins a word.
            vec![format!("% {word}%")]
        } else {
            vec![format!("% {word}%"), format!("%-{word}%")]
        })
    }

    fn has_digit(&self) -> bool {
        self.0.iter().any(|pattern| pattern.contains(|c: char| c.is_ascii_digit()))
    }
}

/// The columns by which the list is sorted. All are columns of `table`, identify a row together, and are sorted in the
/// same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SortOrder {
    pub(super) table: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) is_descending: bool,
}

/// A way to find a page. It gives up early if it does not suit the search; then the next one is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Scans the first rows of the index of the sort order for matches. Suits common matches, which fill the page after
    /// a few hundred rows. Gives up if they do not fill it.
    ShortScan,
    /// Looks up all matches by the word and category indexes of `sku_search`, counts and sorts them. Suits rare
    /// matches. Gives up if there are too many.
    SortMatches,
    /// Scans more rows of the index of the sort order, because there are many matches. Gives up if the page is not full
    /// then.
    LongScan,
}

/// The few categories, or the one brand, to which a search is limited. For each column by which the stock list can be
/// sorted, an index has the SKUs of a category (or brand) in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    /// The column with which these indexes begin: `category_id` or `brand_id`.
    pub(super) column: &'static str,
    pub(super) ids: Vec<i64>,
}

/// A search of the stock list, and the values on which the choice of a strategy (how to find its SKUs) depends.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) search: &'a StockSearch,
    pub(super) words: &'a [WordPatterns],
    /// The number of SKUs to find: one more than a page has.
    pub(super) limit: i64,
    pub(super) limits: ScanLimits,
}

impl Plan<'_> {
    pub(super) fn order(self) -> SortOrder {
        let (table, columns, is_descending): (_, &[_], _) = match self.search.sort {
            StockSort::Code => ("sku_search", &["code"], false),
            StockSort::Name => ("sku_search", &["name", "sku_id"], false),
            StockSort::Newest => ("sku_search", &["sku_id"], true),
            StockSort::Stock => ("sku_figures", &["stock", "sku_id"], false),
            StockSort::Sold => ("sku_figures", &["sold_30", "sku_id"], true),
            StockSort::Days => ("sku_figures", &["days_left", "sku_id"], false),
        };
        SortOrder { table, columns, is_descending }
    }

    /// Returns whether rows are read in descending order. A page before the cursor is read against the order of the
    /// list.
    pub(super) fn is_read_descending(self) -> bool {
        self.order().is_descending != matches!(self.search.cursor, StockCursor::Before(_))
    }

    pub(super) fn asks_for_low_stock(self) -> bool {
        matches!(self.search.show, StockFilter::Low | StockFilter::Out)
    }

    /// Returns whether the table `low_stock_skus` alone answers the search: for low stock, perhaps of a category or
    /// brand, without words.
    fn is_answered_by_low_stock_skus(self) -> bool {
        self.asks_for_low_stock() && self.words.is_empty()
    }

    /// Returns whether the table that is scanned in the sort order has all columns by which the search filters, apart
    /// from low stock.
    pub(super) fn filters_in_scanned_table(self) -> bool {
        self.order().table == "sku_search"
    }

    /// Returns whether `sku_search` has the column to sort by, so that matches are sorted without reading another
    /// table.
    pub(super) fn has_sort_column_in_search_table(self) -> bool {
        self.filters_in_scanned_table() && !self.is_answered_by_low_stock_skus()
    }

    /// Returns the strategies in the order in which they are tried.
    pub(super) fn strategies(self, all_skus: i64) -> Vec<Strategy> {
        let mut strategies = Vec::new();
        if self.are_matches_likely_common(all_skus) {
            strategies.push(Strategy::ShortScan);
        }
        strategies.extend([Strategy::SortMatches, Strategy::LongScan]);
        strategies
    }

    /// Returns the few categories, or the one brand, from whose indexes the page is merged; `None` unless they are the
    /// only condition of the search, and the indexes have the column to sort by.
    pub(super) fn groups(self) -> Option<Groups> {
        let StockSearch { show, categories, brand, .. } = self.search;
        if *show != StockFilter::All || !self.words.is_empty() || !self.filters_in_scanned_table() {
            return None;
        }
        let (column, ids) = match (categories, brand) {
            (Some(categories), None) if categories.len() <= MAX_GROUPS => {
                ("category_id", categories.iter().map(|id| id.0).collect())
            }
            (None, Some(brand)) => ("brand_id", vec![brand.0]),
            _ => return None,
        };
        Some(Groups { column, ids })
    }

    /// Returns whether a short scan is likely to fill the page. False in a small shop, and if matches are rare (codes,
    /// which have digits) or stand close together in the sort order (low, sold out, not on sale).
    fn are_matches_likely_common(self, all_skus: i64) -> bool {
        all_skus > self.limits.max_joined_matches
            && self.search.show == StockFilter::All
            && !self.words.iter().any(WordPatterns::has_digit)
    }

    pub(super) fn short_scan_rows(self) -> i64 {
        self.max_scan_rows(self.limits.short_scan_factor)
    }

    pub(super) fn long_scan_rows(self) -> i64 {
        self.max_scan_rows(self.limits.long_scan_factor)
    }

    fn max_scan_rows(self, factor: i64) -> i64 {
        let row_factor = if self.filters_in_scanned_table() { self.limits.cheap_row_factor } else { 1 };
        self.limit.saturating_mul(factor.saturating_mul(row_factor))
    }

    /// Returns whether a long scan is unlikely to fill the page, judging by how many matches the short scan found;
    /// false if there was no short scan.
    pub(super) fn is_long_scan_hopeless(self, found_by_short_scan: Option<i64>) -> bool {
        let ScanLimits { short_scan_factor, long_scan_factor, .. } = self.limits;
        found_by_short_scan
            .is_some_and(|found| found.saturating_mul(long_scan_factor) < self.limit.saturating_mul(short_scan_factor))
    }

    /// Returns the maximum number of matches that [`Strategy::SortMatches`] sorts.
    pub(super) fn max_matches(self) -> i64 {
        if self.has_sort_column_in_search_table() {
            self.limits.max_sorted_matches
        } else {
            self.limits.max_joined_matches
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Strategy::*, *};
    use crate::web::Fields;

    fn with_plan<T>(query: &str, check: impl Fn(Plan<'_>) -> T) -> T {
        let search = StockSearch::read(&Fields::of_query_string(query));
        let words: Vec<WordPatterns> = search.words.iter().map(|word| WordPatterns::of(word, str::to_owned)).collect();
        check(Plan { search: &search, words: &words, limit: 51, limits: ScanLimits::DEFAULT })
    }

    #[test]
    fn only_common_matches_are_scanned_for_first() {
        let (scanned, sorted) = (vec![ShortScan, SortMatches, LongScan], vec![SortMatches, LongScan]);
        for (query, tried) in [
            ("q=teapot", &scanned),
            ("q=A-12", &sorted),
            ("show=low", &sorted),
            ("show=inactive", &sorted),
            ("", &scanned),
        ] {
            assert_eq!(with_plan(query, |plan| plan.strategies(1_000_000)), *tried, "{query}");
            assert_eq!(with_plan(query, |plan| plan.strategies(10_000)), sorted, "a small shop");
        }
    }

    #[test]
    fn a_long_scan_is_not_tried_if_the_short_one_found_next_to_nothing() {
        for (found, is_hopeless) in [(None, false), (Some(0), true), (Some(10), true), (Some(11), false)] {
            assert_eq!(with_plan("q=teapot", |plan| plan.is_long_scan_hopeless(found)), is_hopeless, "{found:?}");
        }
    }

    #[test]
    fn matches_are_sorted_where_they_are_found_if_the_search_table_has_the_column() {
        for (query, max) in [("sort=name", 50_000), ("sort=stock", 10_000), ("show=low", 10_000)] {
            assert_eq!(with_plan(query, |plan| plan.max_matches()), max, "{query}");
        }
    }
}
