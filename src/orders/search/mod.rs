//! Finds orders for staff, among a million, by words and filters: [`filter`] says what is searched, [`sql`] and
//! [`statements`] write the statements, and this file chooses among them, because no single one is fast for every
//! search.
//!
//! Without words, a page is merged from the indexes of the statuses and pay methods. If the filter leaves few orders,
//! these are checked for the words one by one. Otherwise the words are searched in the newest parts of `order_search`,
//! which have some thousand orders each. That fills the page if the words are common. If the page is not filled, the
//! words are rare among the filtered orders. If they are rare among all orders, all matches are read and sorted. If
//! not, a limited number of parts is searched, and the page says how far. Measured in `docs/performance.md`.

mod filling;
mod filter;
mod sql;
mod statements;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use rust_decimal::Decimal;

use self::{
    sql::{Plan, Position, Wanted},
    statements::{CountFound, CountMatches, CountParts, FindPage, LastOfParts, SortMatches, Source},
};
use crate::{
    kernel::{Money, OrderId},
    platform::cursor::Cursor,
    schema::orders,
};

pub use filling::{fill_search, refresh_search};
pub use filter::{LATE_AFTER, OrderFilter, OrderSearch, WorkList};

/// Matching orders are counted up to this number.
pub const MAX_TOTAL: i64 = 10_000;
/// How much one way to find orders may read before the next one is tried. A part is a piece of the table
/// `order_search`: some thousand orders of a range of times.
#[derive(Clone, Copy, Debug)]
pub struct SearchLimits {
    /// If no more orders than this pass the filter, each of them is checked for the searched words. Totals never check
    /// more orders than this.
    pub max_looked_up: i64,
    /// If more orders than `max_looked_up` pass the filter, this many of the first ones are checked for the words
    /// before the words are searched in the table.
    pub looked_up_first: i64,
    /// If the searched days have no more parts of the table than this, the words are searched in all of these parts.
    pub few_parts: i64,
    /// In how many parts of the table the words are searched for a page of orders before all matches are looked up.
    pub parts_of_page: i64,
    /// In how many of the newest parts of the table matches are counted, to see how common the searched words are.
    pub parts_of_totals: i64,
    /// If the newest `parts_of_totals` parts have fewer matches than this, the words are rare: all matches are read and
    /// sorted.
    pub rare_in_parts: i64,
    /// If the newest `parts_of_totals` parts have this many matches or more, a search without a filter counts all
    /// matches part by part.
    pub many_in_parts: i64,
    /// If the newest `parts_of_totals` parts have this many matches or more, the words are common: to count the matches
    /// of a search with a filter, the orders that pass the filter are checked for the words.
    pub common_in_parts: i64,
    /// The maximum number of parts of the search table that are searched for a page of orders. A page that is not full
    /// then says how far the search went.
    pub max_parts: i64,
    /// The maximum number of orders with the searched words that are read at once. If there are more, a page is
    /// searched part by part, and totals are cut off.
    pub max_matches: i64,
}

impl SearchLimits {
    /// The limits that the shop uses. Words that do not fill a page from three parts are in fewer than one of 300
    /// orders.
    pub const DEFAULT: Self = Self {
        max_looked_up: 10_000,
        looked_up_first: 2_000,
        few_parts: 16,
        parts_of_page: 3,
        parts_of_totals: 4,
        rare_in_parts: 200,
        many_in_parts: 500,
        common_in_parts: 3_000,
        max_parts: 12,
        max_matches: 7_000,
    };
}

/// The orders on one page of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundOrders {
    /// The ids of the orders, newest first.
    pub ids: Vec<OrderId>,
    /// The last order that was searched, if the search stopped before the page was full; a further search can continue
    /// after it. `None` if the page is full, or all orders were searched.
    pub searched_to: Option<SearchedTo>,
}

/// The last order that a search has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchedTo {
    pub id: OrderId,
    pub placed_at: DateTime<Utc>,
}

/// How many orders match a search, and the sum of their amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderTotals {
    /// The number of matching orders, counted up to [`MAX_TOTAL`] + 1, which means "more".
    pub count: i64,
    /// The sum of the total amounts of the counted orders.
    pub amount: Money,
    /// True if counting ended because it had read too much: there may be more orders than `count`.
    pub is_cut_off: bool,
}

impl OrderTotals {
    pub fn are_exact(&self) -> bool {
        self.count <= MAX_TOTAL && !self.is_cut_off
    }
}

/// Returns the ids of at most `limit` orders that match the search, newest first, from the cursor on. A new order can
/// be found by words within a second, without words at once. With fewer matches than `limit`, all orders are searched,
/// which takes up to a quarter of a second for a million orders.
pub fn find_orders(conn: &mut PgConnection, search: &OrderSearch, limit: i64) -> QueryResult<Vec<OrderId>> {
    let limits = SearchLimits { max_parts: i64::MAX, ..SearchLimits::DEFAULT };
    Ok(find_orders_with_limits(conn, search, limit, limits)?.ids)
}

/// Finds the orders of a page like [`find_orders`], but stops after [`SearchLimits::max_parts`] parts of the search
/// table even if the page is not full.
pub fn find_page_of_orders(conn: &mut PgConnection, search: &OrderSearch, limit: i64) -> QueryResult<FoundOrders> {
    find_orders_with_limits(conn, search, limit, SearchLimits::DEFAULT)
}

/// Finds orders like [`find_page_of_orders`], with other limits. The limits do not change which orders match, but a
/// search stops after [`SearchLimits::max_parts`] parts, and a further search must find the rest.
pub fn find_orders_with_limits(
    conn: &mut PgConnection,
    search: &OrderSearch,
    limit: i64,
    limits: SearchLimits,
) -> QueryResult<FoundOrders> {
    let position = match search.cursor {
        Cursor::Newest => None,
        Cursor::OlderThan(id) | Cursor::NewerThan(id) => {
            let Some(placed_at) = orders::table.find(id).select(orders::placed_at).first(conn).optional()? else {
                return Ok(FoundOrders::default());
            };
            Some(Position { placed_at, id })
        }
    };
    let mut found = find_page(conn, Plan::of(search, position), limit, limits)?;
    if search.is_ascending() {
        found.ids.reverse();
    }
    Ok(found)
}

/// Returns the orders of a page in the order in which they are read: oldest first for the page before a cursor,
/// otherwise newest first.
fn find_page(
    conn: &mut PgConnection,
    mut plan: Plan<'_>,
    limit: i64,
    limits: SearchLimits,
) -> QueryResult<FoundOrders> {
    let wanted = Wanted::Page(limit);
    let complete = |ids| Ok(FoundOrders { ids, searched_to: None });
    if !plan.has_words() {
        return complete(page(conn, &plan, Source::Filter, wanted)?);
    }
    if plan.is_filtered() {
        let allowed = Wanted::Some(limits.max_looked_up + 1);
        if count(conn, &plan, Source::Filter, allowed)?.count <= limits.max_looked_up {
            return complete(page(conn, &plan, Source::FilterThenWords(allowed), wanted)?);
        }
        let first = Wanted::Page(limits.looked_up_first);
        let found = page(conn, &plan, Source::FilterThenWords(first), wanted)?;
        if is_full(&found, limit) {
            return complete(found);
        }
        narrow_to_allowed(conn, &mut plan)?;
    }
    if count_parts(conn, &plan)? > limits.few_parts {
        let found = page(conn, &plan, Source::Parts(limits.parts_of_page), wanted)?;
        if is_full(&found, limit) {
            return complete(found);
        }
        let are_rare = !plan.is_filtered() || {
            let some = Wanted::Some(limits.rare_in_parts);
            count_newest(conn, plan.search, limits.parts_of_totals, some)? < limits.rare_in_parts
        };
        if are_rare && let Some(found) = sort_matches(conn, &plan, wanted, limits.max_matches)? {
            return complete(found);
        }
    }
    let ids = page(conn, &plan, Source::Parts(limits.max_parts), wanted)?;
    let searched_to = if is_full(&ids, limit) { None } else { last_searched(conn, &plan, limits.max_parts)? };
    Ok(FoundOrders { ids, searched_to })
}

/// Returns the last order of the first `parts` parts of the search table, whether it matches or not, in the direction
/// of reading; `None` if there are no more parts than that.
fn last_searched(conn: &mut PgConnection, plan: &Plan<'_>, parts: i64) -> QueryResult<Option<SearchedTo>> {
    let last: Option<(OrderId, DateTime<Utc>)> =
        LastOfParts { plan, parts, further: parts.saturating_add(1) }.get_result(conn).optional()?;
    Ok(last.map(|(id, placed_at)| SearchedTo { id, placed_at }))
}

/// Counts the orders that match the search, whatever page its cursor names, and adds up their amounts.
pub fn order_totals(conn: &mut PgConnection, search: &OrderSearch) -> QueryResult<OrderTotals> {
    order_totals_with_limits(conn, search, SearchLimits::DEFAULT)
}

/// Counts orders like [`order_totals`], with other limits on what a statement may read.
pub fn order_totals_with_limits(
    conn: &mut PgConnection,
    search: &OrderSearch,
    limits: SearchLimits,
) -> QueryResult<OrderTotals> {
    let search = OrderSearch { cursor: Cursor::Newest, ..search.clone() };
    let mut plan = Plan::of(&search, None);
    let wanted = Wanted::Some(MAX_TOTAL + 1);
    if !plan.has_words() {
        return count(conn, &plan, Source::Filter, wanted);
    }
    let mut is_cut_off = false;
    if plan.is_filtered() {
        let allowed = Wanted::Some(limits.max_looked_up + 1);
        is_cut_off = count(conn, &plan, Source::Filter, allowed)?.count > limits.max_looked_up;
        if !is_cut_off {
            return count(conn, &plan, Source::FilterThenWords(allowed), wanted);
        }
        narrow_to_allowed(conn, &mut plan)?;
    }
    let common = Wanted::Some(limits.common_in_parts);
    let newest = count_newest(conn, &search, limits.parts_of_totals, common)?;
    let has_few_parts = count_parts(conn, &plan)? <= limits.few_parts;
    if !plan.is_filtered() {
        let is_by_part = newest >= limits.many_in_parts || has_few_parts;
        return count(conn, &plan, if is_by_part { Source::Parts(i64::MAX) } else { Source::Matches }, wanted);
    }
    if newest >= limits.common_in_parts {
        let some = Source::FilterThenWords(Wanted::Some(limits.max_looked_up));
        return Ok(OrderTotals { is_cut_off, ..count(conn, &plan, some, wanted)? });
    }
    count_matches(conn, &plan, has_few_parts, limits.max_matches)
}

fn is_full(found: &[OrderId], limit: i64) -> bool {
    i64::try_from(found.len()).is_ok_and(|found| found >= limit)
}

fn page(conn: &mut PgConnection, plan: &Plan<'_>, source: Source, wanted: Wanted) -> QueryResult<Vec<OrderId>> {
    let rows: Vec<(OrderId, DateTime<Utc>)> = FindPage { plan, source, wanted }.load(conn)?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// Returns the ids of a page by sorting all matches; `None` if the words have more matches than `max`.
fn sort_matches(
    conn: &mut PgConnection,
    plan: &Plan<'_>,
    wanted: Wanted,
    max: i64,
) -> QueryResult<Option<Vec<OrderId>>> {
    let rows: Vec<(Option<OrderId>, i64)> =
        SortMatches { plan, max, read: Wanted::Some(max + 1), wanted }.load(conn)?;
    let are_too_many = rows.first().is_some_and(|(_, matches)| *matches > max);
    Ok((!are_too_many).then(|| rows.into_iter().filter_map(|(id, _)| id).collect()))
}

/// Reads at most `max` orders that have the words, and counts those of them that the filter allows.
fn count_matches(conn: &mut PgConnection, plan: &Plan<'_>, is_by_part: bool, max: i64) -> QueryResult<OrderTotals> {
    let counted = CountMatches { plan, is_by_part, read: Wanted::Some(max + 1) };
    let (count, amount, read): (i64, Decimal, i64) = counted.get_result(conn)?;
    Ok(OrderTotals { count, amount: Money::new(amount).unwrap_or_default(), is_cut_off: read > max })
}

/// Counts the orders that have the words in the newest parts, up to `wanted`, whether or not the filter allows them.
fn count_newest(conn: &mut PgConnection, search: &OrderSearch, parts: i64, wanted: Wanted) -> QueryResult<i64> {
    let words = OrderSearch { show: OrderFilter::All, paid: None, pay_method: None, ..search.clone() };
    let plan = Plan { position: None, ..Plan::of(&words, None) };
    Ok(count(conn, &plan, Source::Parts(parts), wanted)?.count)
}

/// Narrows the plan to the time between the first and the last order that pass the filter, whether they contain the
/// words or not. Orders with most statuses are recent.
fn narrow_to_allowed(conn: &mut PgConnection, plan: &mut Plan<'_>) -> QueryResult<()> {
    let first = first_allowed(conn, plan)?;
    let cursor = if plan.search.is_ascending() { Cursor::Newest } else { Cursor::NewerThan(OrderId(0)) };
    let reversed = OrderSearch { cursor, ..plan.search.clone() };
    let last = first_allowed(conn, &Plan::of(&reversed, None))?;
    plan.narrow(first);
    plan.end_at(last);
    Ok(())
}

/// Returns the position of the first order that the filter allows, whether or not it has the words; `None` if it allows
/// none.
fn first_allowed(conn: &mut PgConnection, plan: &Plan<'_>) -> QueryResult<Option<Position>> {
    let first: Option<(OrderId, DateTime<Utc>)> =
        FindPage { plan, source: Source::Filter, wanted: Wanted::Page(1) }.get_result(conn).optional()?;
    Ok(first.map(|(id, placed_at)| Position { placed_at, id }))
}

fn count(conn: &mut PgConnection, plan: &Plan<'_>, source: Source, wanted: Wanted) -> QueryResult<OrderTotals> {
    let (count, amount): (i64, Decimal) = CountFound { plan, source, wanted }.get_result(conn)?;
    Ok(OrderTotals { count, amount: Money::new(amount).unwrap_or_default(), is_cut_off: false })
}

fn count_parts(conn: &mut PgConnection, plan: &Plan<'_>) -> QueryResult<i64> {
    CountParts(plan).get_result(conn)
}
