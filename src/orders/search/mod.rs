//! Finds orders for staff, among a million, by words and filters: [`filter`] says what is searched, [`sql`] and
//! [`statements`] write the statements, and this file chooses among them, because no single one is fast for every
//! search.
//!
//! Without words, a page is merged from the indexes of the statuses and pay methods. Few orders that the filter allows
//! are looked up for their words one by one. Otherwise the words are searched in the newest parts of `order_search`,
//! which fills the page if they are common. If it does not, they are rare, and all matches are sorted. Measured in
//! `docs/performance.md`.

mod filling;
mod filter;
mod sql;
mod statements;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use rust_decimal::Decimal;

use self::{
    sql::{Plan, Position, Wanted},
    statements::{CountFound, CountMatches, CountParts, FindPage, SortMatches, Source},
};
use crate::{
    kernel::{Money, OrderId},
    platform::cursor::Cursor,
    schema::orders,
};

pub use filling::{fill_search, refresh_search};
pub use filter::{LATE_AFTER, OrderFilter, OrderSearch, WorkList};

/// The largest number of found orders that is counted.
pub const MAX_TOTAL: i64 = 10_000;
/// How much one way to find orders may read before the next is tried.
#[derive(Clone, Copy, Debug)]
pub struct SearchLimits {
    /// If the filter allows no more orders than this, each is looked up for its words. For totals no more are.
    pub max_looked_up: i64,
    /// If it allows more, as many of the first ones are looked up before the words are searched.
    pub looked_up_first: i64,
    /// If the days that are searched have no more parts than this, all of them are searched.
    pub few_parts: i64,
    /// How many parts are searched for a page before all matches are looked up.
    pub parts_of_page: i64,
    /// In how many parts the words are counted, to see how common they are.
    pub parts_of_totals: i64,
    /// With fewer matches in these parts, words are rare: all matches are read and sorted.
    pub rare_in_parts: i64,
    /// With so many matches in these parts, the totals of words alone are counted part by part.
    pub many_in_parts: i64,
    /// With so many, the orders that the filter allows are looked up for them.
    pub common_in_parts: i64,
    /// How many matches of words are read at most; with more, the search goes on part by part, and totals end.
    pub max_matches: i64,
}

impl SearchLimits {
    /// The limits in use. Words that do not fill a page within three parts are in less than one of 300 orders.
    pub const DEFAULT: Self = Self {
        max_looked_up: 10_000,
        looked_up_first: 2_000,
        few_parts: 16,
        parts_of_page: 3,
        parts_of_totals: 4,
        rare_in_parts: 200,
        many_in_parts: 500,
        common_in_parts: 3_000,
        max_matches: 7_000,
    };
}

/// How many orders were found, and their amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderTotals {
    /// At most [`MAX_TOTAL`] + 1, which means "more".
    pub count: i64,
    /// The sum of the total amounts, if all were counted.
    pub amount: Money,
    /// Counting ended because it read too much: there may be more than `count`.
    pub is_cut_off: bool,
}

impl OrderTotals {
    pub fn are_exact(&self) -> bool {
        self.count <= MAX_TOTAL && !self.is_cut_off
    }
}

/// Returns the ids of at most `limit` orders that match the search, newest first: those beside the cursor. An order is
/// found by its words within a second after it was placed, and without words at once.
pub fn find_orders(conn: &mut PgConnection, search: &OrderSearch, limit: i64) -> QueryResult<Vec<OrderId>> {
    find_orders_with_limits(conn, search, limit, SearchLimits::DEFAULT)
}

/// Does what [`find_orders`] does, with other limits on what is read. The orders are the same, whatever the limits.
pub fn find_orders_with_limits(
    conn: &mut PgConnection,
    search: &OrderSearch,
    limit: i64,
    limits: SearchLimits,
) -> QueryResult<Vec<OrderId>> {
    let position = match search.cursor {
        Cursor::Newest => None,
        Cursor::OlderThan(id) | Cursor::NewerThan(id) => {
            let Some(placed_at) = orders::table.find(id).select(orders::placed_at).first(conn).optional()? else {
                return Ok(Vec::new());
            };
            Some(Position { placed_at, id })
        }
    };
    let mut found = find_page(conn, Plan::of(search, position), limit, limits)?;
    if search.is_ascending() {
        found.reverse();
    }
    Ok(found)
}

/// Returns the ids of a page, in the order in which they are read.
fn find_page(
    conn: &mut PgConnection,
    mut plan: Plan<'_>,
    limit: i64,
    limits: SearchLimits,
) -> QueryResult<Vec<OrderId>> {
    let wanted = Wanted::Page(limit);
    if !plan.has_words() {
        return page(conn, &plan, Source::Filter, wanted);
    }
    if plan.is_filtered() {
        let allowed = Wanted::Some(limits.max_looked_up + 1);
        if count(conn, &plan, Source::Filter, allowed)?.count <= limits.max_looked_up {
            return page(conn, &plan, Source::FilterThenWords(allowed), wanted);
        }
        let first = Wanted::Page(limits.looked_up_first);
        let found = page(conn, &plan, Source::FilterThenWords(first), wanted)?;
        if is_full(&found, limit) {
            return Ok(found);
        }
        narrow_to_allowed(conn, &mut plan)?;
    }
    if count_parts(conn, &plan)? > limits.few_parts {
        let found = page(conn, &plan, Source::Parts(limits.parts_of_page), wanted)?;
        if is_full(&found, limit) {
            return Ok(found);
        }
        let are_rare = !plan.is_filtered() || {
            let some = Wanted::Some(limits.rare_in_parts);
            count_newest(conn, plan.search, limits.parts_of_totals, some)? < limits.rare_in_parts
        };
        if are_rare && let Some(found) = sort_matches(conn, &plan, wanted, limits.max_matches)? {
            return Ok(found);
        }
    }
    page(conn, &plan, Source::Parts(i64::MAX), wanted)
}

/// Counts the orders that match the search, whatever its cursor, and adds up their amounts.
pub fn order_totals(conn: &mut PgConnection, search: &OrderSearch) -> QueryResult<OrderTotals> {
    order_totals_with_limits(conn, search, SearchLimits::DEFAULT)
}

/// Does what [`order_totals`] does, with other limits on what is read.
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

/// Returns the page, sorted from all matches; `None` if the words have more than `max`.
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

/// Reads at most `max` matches of the words, and counts those that the filter allows.
fn count_matches(conn: &mut PgConnection, plan: &Plan<'_>, is_by_part: bool, max: i64) -> QueryResult<OrderTotals> {
    let counted = CountMatches { plan, is_by_part, read: Wanted::Some(max + 1) };
    let (count, amount, read): (i64, Decimal, i64) = counted.get_result(conn)?;
    Ok(OrderTotals { count, amount: Money::new(amount).unwrap_or_default(), is_cut_off: read > max })
}

/// Counts the matches of the words in the newest parts, whatever the filter.
fn count_newest(conn: &mut PgConnection, search: &OrderSearch, parts: i64, wanted: Wanted) -> QueryResult<i64> {
    let words = OrderSearch { show: OrderFilter::All, paid: None, pay_method: None, ..search.clone() };
    let plan = Plan { position: None, ..Plan::of(&words, None) };
    Ok(count(conn, &plan, Source::Parts(parts), wanted)?.count)
}

/// Narrows the plan to the times between the first and the last order that the filter allows, whatever their words:
/// orders of most statuses are recent.
fn narrow_to_allowed(conn: &mut PgConnection, plan: &mut Plan<'_>) -> QueryResult<()> {
    let first = first_allowed(conn, plan)?;
    let cursor = if plan.search.is_ascending() { Cursor::Newest } else { Cursor::NewerThan(OrderId(0)) };
    let reversed = OrderSearch { cursor, ..plan.search.clone() };
    let last = first_allowed(conn, &Plan::of(&reversed, None))?;
    plan.narrow(first);
    plan.end_at(last);
    Ok(())
}

/// Returns the place of the first order that the filter allows, whatever its words; `None` if it allows none.
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
