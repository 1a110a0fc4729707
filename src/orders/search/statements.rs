//! The statements of a search of orders. None is cached, because a plan made for rare words would be used for common
//! ones.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable, Numeric, Timestamptz},
};

use super::sql::{Matches, Plan, Wanted};

/// How a statement finds its orders.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// Finds orders by the filter alone, because the search has no words.
    Filter,
    /// Finds orders by the filter, then by checking each order for the words; holds how many orders are checked at
    /// most.
    FilterThenWords(Wanted),
    /// Finds orders by the words in the newest parts of the search table, then by the filter; holds how many parts are
    /// searched at most.
    Parts(i64),
    /// Finds orders by the words in all parts of the search table at once, then by the filter.
    Matches,
}

impl Source {
    /// Appends a subquery `f` with the found orders.
    fn push<'b>(&'b self, plan: &'b Plan<'_>, wanted: &'b Wanted, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Filter => plan.push_filtered(wanted, out),
            Self::Parts(max) => plan.push_parts(max, wanted, Matches::Allowed, out),
            Self::Matches => {
                out.push_sql("(");
                plan.push_matches("", Matches::Allowed, out)?;
                plan.push_order(("s", "order_id"), wanted, out)?;
                out.push_sql(") f");
                Ok(())
            }
            Self::FilterThenWords(allowed) => {
                out.push_sql("(select f.* from ");
                plan.push_filtered(allowed, out)?;
                out.push_sql(" cross join lateral (select from order_search s where s.order_id = f.id");
                plan.push_words(out)?;
                out.push_sql(" limit 1) s");
                plan.push_order(("f", "id"), wanted, out)?;
                out.push_sql(") f");
                Ok(())
            }
        }
    }
}

/// A query for the ids and times of the orders of a page: oldest first for the page before a cursor, otherwise newest
/// first.
pub(super) struct FindPage<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) source: Source,
    pub(super) wanted: Wanted,
}

impl QueryFragment<Pg> for FindPage<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select f.id, f.placed_at from ");
        self.source.push(self.plan, &self.wanted, &mut out)
    }
}

/// A query for the number of matching orders, counted as far as needed, and the sum of their amounts.
pub(super) struct CountFound<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) source: Source,
    pub(super) wanted: Wanted,
}

impl QueryFragment<Pg> for CountFound<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*), coalesce(sum(f.total_amount), 0) from ");
        self.source.push(self.plan, &self.wanted, &mut out)
    }
}

/// A query that reads as many orders with the words as `read` says, and sorts those that the filter allows. It returns
/// the ids of a page, each with the number of orders read. If more than `max` orders were read, it returns only that
/// number, without an id.
pub(super) struct SortMatches<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) max: i64,
    pub(super) read: Wanted,
    pub(super) wanted: Wanted,
}

impl QueryFragment<Pg> for SortMatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        self.plan.push_read_matches(false, &self.read, &mut out)?;
        out.push_sql(
            ", n as materialized (select count(*) as matches from m)
             select f.id, n.matches from n left join lateral (select m.id, m.placed_at from m",
        );
        self.plan.push_allowed(&mut out)?;
        out.push_sql(" and n.matches <= ");
        out.push_bind_param::<BigInt, _>(&self.max)?;
        self.plan.push_order(("m", "id"), &self.wanted, &mut out)?;
        out.push_sql(") f on true");
        self.plan.push_order(("f", "id"), &self.wanted, &mut out)
    }
}

/// A query that reads at most as many orders with the words as `read` says. It returns (number of these that the filter
/// allows, sum of their amounts, number of orders read).
pub(super) struct CountMatches<'a> {
    pub(super) plan: &'a Plan<'a>,
    /// True to search the parts of the table one after the other, false to search them all at once.
    pub(super) is_by_part: bool,
    pub(super) read: Wanted,
}

impl QueryFragment<Pg> for CountMatches<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        self.plan.push_read_matches(self.is_by_part, &self.read, &mut out)?;
        out.push_sql(" select count(*), coalesce(sum(m.total_amount), 0), (select count(*) from m) from m");
        self.plan.push_allowed(&mut out)
    }
}

/// A query that counts the parts of the search table (stretches of time with some thousand orders each) that overlap
/// the searched days: matching orders can only be in these.
pub(super) struct CountParts<'a>(pub(super) &'a Plan<'a>);

impl QueryFragment<Pg> for CountParts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*) from order_search_parts p where true");
        self.0.push_part_range(&mut out)
    }
}

/// A query for the id and time of the last order in the first `parts` parts of the search table. Parts are counted in
/// the direction of reading, and only those that overlap the searched days. `further` is `parts` + 1: with fewer parts
/// than that, the query returns no row.
pub(super) struct LastOfParts<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) parts: i64,
    pub(super) further: i64,
}

impl QueryFragment<Pg> for LastOfParts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("with p as (select p.begins from order_search_parts p where true");
        self.plan.push_part_range(&mut out)?;
        let is_ascending = self.plan.search.is_ascending();
        out.push_sql(if is_ascending { " order by p.begins limit " } else { " order by p.begins desc limit " });
        out.push_bind_param::<BigInt, _>(&self.further)?;
        out.push_sql(
            "), last as (select count(*) as parts, (array_agg(p.begins order by p.begins desc))[1] as newest,
                (array_agg(p.begins order by p.begins))[2] as oldest from p)
             select o.id, o.placed_at from last cross join lateral (select o.id, o.placed_at from orders o where ",
        );
        // Parts do not overlap: a part has the orders from its beginning to the beginning of the next one.
        out.push_sql(if is_ascending {
            "o.placed_at < last.newest order by o.placed_at desc, o.id desc"
        } else {
            "o.placed_at >= last.oldest order by o.placed_at, o.id"
        });
        out.push_sql(" limit 1) o where last.parts > ");
        out.push_bind_param::<BigInt, _>(&self.parts)
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
    FindPage (BigInt, Timestamptz);
    SortMatches (Nullable<BigInt>, BigInt);
    CountMatches (BigInt, Numeric, BigInt);
    CountParts BigInt;
    LastOfParts (BigInt, Timestamptz);
    CountFound (BigInt, Numeric);
}
