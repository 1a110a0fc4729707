//! Writes the clauses of which the statements of a search consist.

use chrono::{DateTime, Utc};
use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::AstPass,
    sql_types::{Array, BigInt, Text, Timestamptz},
};

use super::filter::{Groups, OrderSearch, WorkList};
use crate::kernel::{OrderId, OrderNumber};

/// A position in the list of orders: the time and id of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) placed_at: DateTime<Utc>,
    pub(super) id: OrderId,
}

/// A search of orders, and the values that its SQL statements bind.
pub(super) struct Plan<'a> {
    pub(super) search: &'a OrderSearch,
    pub(super) groups: Option<Groups>,
    pub(super) number: Option<OrderNumber>,
    pub(super) patterns: Vec<String>,
    /// The position of the order that the cursor names, before or after which the page is; `None` for the first page.
    pub(super) position: Option<Position>,
    /// All matching orders were placed from the time `oldest` to the time `newest`; `None` if no such time is known.
    pub(super) oldest: Option<DateTime<Utc>>,
    pub(super) newest: Option<DateTime<Utc>>,
}

/// How many of the found orders a statement returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The first orders in the order of the list; holds how many.
    Page(i64),
    /// Any orders, because they are only counted; holds how many.
    Some(i64),
}

/// Which of the orders that have the words of a search are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matches {
    /// All of them, whether or not the filter allows them.
    All,
    /// Only those that the filter allows.
    Allowed,
}

impl Wanted {
    fn limit(&self) -> &i64 {
        match self {
            Self::Page(n) | Self::Some(n) => n,
        }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(search: &'a OrderSearch, position: Option<Position>) -> Self {
        let number = search.number();
        let patterns = if number.is_some() { Vec::new() } else { search.patterns() };
        let mut plan = Self {
            search,
            groups: search.groups(),
            number,
            patterns,
            position,
            oldest: search.from,
            newest: search.to,
        };
        plan.narrow(position);
        plan
    }

    /// Limits the search to times from this position on: to later times for the page before a cursor, otherwise to
    /// earlier ones.
    pub(super) fn narrow(&mut self, from: Option<Position>) {
        let Some(Position { placed_at, .. }) = from else { return };
        if self.search.is_ascending() { self.begin_with(placed_at) } else { self.end_with(placed_at) }
    }

    /// Limits the search to times up to this position, in the direction in which orders are read.
    pub(super) fn end_at(&mut self, to: Option<Position>) {
        let Some(Position { placed_at, .. }) = to else { return };
        if self.search.is_ascending() { self.end_with(placed_at) } else { self.begin_with(placed_at) }
    }

    fn begin_with(&mut self, oldest: DateTime<Utc>) {
        self.oldest = Some(self.oldest.map_or(oldest, |at| at.max(oldest)));
    }

    fn end_with(&mut self, newest: DateTime<Utc>) {
        self.newest = Some(self.newest.map_or(newest, |at| at.min(newest)));
    }

    pub(super) fn has_words(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Returns whether the search has conditions other than words and times.
    pub(super) fn is_filtered(&self) -> bool {
        self.groups.is_some() || self.search.work_list().is_some()
    }
}

impl Plan<'_> {
    /// Appends the conditions on the time at which an order was placed; `table` is the table's alias, `id` its column
    /// with the order id.
    fn push_times<'b>(&'b self, table: &str, id: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(from) = &self.search.from {
            push(&[" and ", table, ".placed_at >= "], out);
            out.push_bind_param::<Timestamptz, _>(from)?;
        }
        if let Some(to) = &self.search.to {
            push(&[" and ", table, ".placed_at < "], out);
            out.push_bind_param::<Timestamptz, _>(to)?;
        }
        if let Some(position) = &self.position {
            let than = if self.search.is_ascending() { ") > (" } else { ") < (" };
            push(&[" and (", table, ".placed_at, ", table, ".", id, than], out);
            out.push_bind_param::<Timestamptz, _>(&position.placed_at)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, OrderId>(&position.id)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// Appends the condition that the order `o` is late, if the search is for late orders.
    fn push_late(&self, out: &mut AstPass<'_, '_, Pg>) {
        if let Some(before) = self.search.late_before() {
            // Written into the text, because nothing outlives this function that it could be bound to.
            let before = format!("'{}'::timestamptz", before.to_rfc3339());
            push(&[" and o.placed_at < ", &before, " and coalesce(o.paid_at, o.placed_at) < ", &before], out);
        }
    }

    /// Appends the conditions on the order `o` that do not concern words and times.
    fn push_filter<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(groups) = &self.groups {
            out.push_sql(" and o.status = any(");
            out.push_bind_param::<Array<Text>, _>(&groups.statuses)?;
            out.push_sql(") and o.pay_method = any(");
            out.push_bind_param::<Array<Text>, _>(&groups.pay_methods)?;
            out.push_sql(")");
            out.push_sql(match groups.paid {
                Some(true) => " and o.paid_at is not null",
                Some(false) => " and o.paid_at is null",
                None => "",
            });
        }
        if let Some(list) = self.search.work_list() {
            push(&[" and o.id in (", orders_of(list), ")"], out);
        }
        self.push_late(out);
        Ok(())
    }

    /// Appends the condition that the row `s` of the search table has all words.
    pub(super) fn push_words<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for pattern in &self.patterns {
            out.push_sql(" and s.words like ");
            out.push_bind_param::<Text, _>(pattern)?;
        }
        Ok(())
    }

    /// Appends the sort order of the list and the limit; `table` is the alias, `id` its column with the order id. If
    /// any orders will do, appends only the limit.
    pub(super) fn push_order<'b>(
        &'b self,
        (table, id): (&str, &str),
        wanted: &'b Wanted,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        if matches!(wanted, Wanted::Page(_)) {
            let direction = if self.search.is_ascending() { "" } else { " desc" };
            push(&[" order by ", table, ".placed_at", direction, ", ", table, ".", id, direction], out);
        }
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(wanted.limit())
    }

    /// Appends a subquery `f` with the orders that the filter allows, whether or not they have the words.
    pub(super) fn push_filtered<'b>(&'b self, wanted: &'b Wanted, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(select f.id, f.placed_at, f.total_amount from (");
        match (&self.number, &self.groups) {
            (None, Some(groups)) if self.search.work_list().is_none() => self.push_groups(groups, wanted, out)?,
            (number, _) => {
                out.push_sql("select o.id, o.placed_at, o.total_amount from orders o where true");
                if let Some(number) = number {
                    out.push_sql(" and o.number = ");
                    out.push_bind_param::<Text, OrderNumber>(number)?;
                }
                self.push_filter(out)?;
                self.push_times("o", "id", out)?;
            }
        }
        out.push_sql(") f");
        self.push_order(("f", "id"), wanted, out)?;
        out.push_sql(") f");
        Ok(())
    }

    /// Appends the orders of each combination of status and pay method. From each combination, as many orders are read
    /// as are wanted in total.
    fn push_groups<'b>(
        &'b self,
        groups: &'b Groups,
        wanted: &'b Wanted,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let kinds = [(true, " and o.paid_at is not null"), (false, " and o.paid_at is null")];
        let kinds = kinds.into_iter().filter(|(is_paid, _)| groups.paid.is_none_or(|paid| paid == *is_paid));
        for (at, (_, condition)) in kinds.enumerate() {
            out.push_sql(if at == 0 { "" } else { " union all " });
            out.push_sql("select o.* from unnest(");
            out.push_bind_param::<Array<Text>, _>(&groups.statuses)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(&groups.pay_methods)?;
            out.push_sql(
                ") as g (status, pay_method) cross join lateral (select o.id, o.placed_at, o.total_amount from orders o
                 where o.status = g.status and o.pay_method = g.pay_method",
            );
            out.push_sql(condition);
            self.push_late(out);
            self.push_times("o", "id", out)?;
            self.push_order(("o", "id"), wanted, out)?;
            out.push_sql(") o");
        }
        Ok(())
    }

    /// Appends a subquery `f` with the orders that have the words, from the newest `max_parts` parts of the search
    /// table. Each part is searched by the word index, one after the other in the order of the list, until enough
    /// orders are found.
    pub(super) fn push_parts<'b>(
        &'b self,
        max_parts: &'b i64,
        wanted: &'b Wanted,
        matches: Matches,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        out.push_sql(
            "(select f.id, f.placed_at, f.total_amount from (select p.id from order_search_parts p where true",
        );
        self.push_part_range(out)?;
        out.push_sql(if self.search.is_ascending() { " order by p.begins" } else { " order by p.begins desc" });
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(max_parts)?;
        // A join with a subselect that depends on the part is always a loop over the parts, in their order.
        out.push_sql(") p cross join lateral (");
        self.push_matches(" and s.part = p.id", matches, out)?;
        self.push_order(("s", "order_id"), wanted, out)?;
        out.push_sql(") f limit ");
        out.push_bind_param::<BigInt, i64>(wanted.limit())?;
        out.push_sql(") f");
        Ok(())
    }

    /// Appends the conditions on the parts `p` of the search table in which matching orders can be.
    pub(super) fn push_part_range<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(newest) = &self.newest {
            out.push_sql(" and p.begins <= ");
            out.push_bind_param::<Timestamptz, _>(newest)?;
        }
        if let Some(oldest) = &self.oldest {
            out.push_sql(" and p.id >= (select max(id) from order_search_parts where begins <= ");
            out.push_bind_param::<Timestamptz, _>(oldest)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// Appends a select of the orders that have the words and meet `condition`; with [`Matches::Allowed`], only those
    /// that the filter allows.
    pub(super) fn push_matches<'b>(
        &'b self,
        condition: &str,
        matches: Matches,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let is_filtered = matches == Matches::Allowed && self.is_filtered();
        out.push_sql("select s.order_id as id, s.placed_at, s.total_amount from order_search s");
        if is_filtered {
            out.push_sql(" join orders o on o.id = s.order_id");
        }
        push(&[" where true", condition], out);
        self.push_words(out)?;
        self.push_times("s", "order_id", out)?;
        if is_filtered {
            self.push_filter(out)?;
        }
        Ok(())
    }

    /// Appends a subquery `m` with as many orders as `read` says that have the words, whether or not the filter allows
    /// them.
    pub(super) fn push_read_matches<'b>(
        &'b self,
        is_by_part: bool,
        read: &'b Wanted,
        out: &mut AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        out.push_sql("with m as materialized (");
        if is_by_part {
            out.push_sql("select f.* from ");
            self.push_parts(&i64::MAX, read, Matches::All, out)?;
        } else {
            self.push_matches("", Matches::All, out)?;
            self.push_order(("s", "order_id"), read, out)?;
        }
        out.push_sql(")");
        Ok(())
    }

    /// Appends a join and conditions to a query of `m`, so that only orders remain that the filter allows.
    pub(super) fn push_allowed<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(if self.is_filtered() { " join orders o on o.id = m.id where true" } else { " where true" });
        if self.is_filtered() {
            self.push_filter(out)?;
        }
        Ok(())
    }
}

fn orders_of(list: WorkList) -> &'static str {
    match list {
        WorkList::CancellationAsked => "select order_id from cancellation_requests where answered_at is null",
        WorkList::ReturnAsked => "select order_id from returns where status = 'asked' and closed_at is null",
        WorkList::ReturnArrived => "select order_id from returns where status = 'arrived' and closed_at is null",
        WorkList::Held => "select order_id from order_holds",
    }
}

fn push(parts: &[&str], out: &mut AstPass<'_, '_, Pg>) {
    for part in parts {
        out.push_sql(part);
    }
}
