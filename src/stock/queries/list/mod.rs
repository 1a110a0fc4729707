//! Which SKUs a page of the stock room lists, out of a million.
//!
//! What is common (a category, a word of one name in ten) fills a page after some steps through the list, in its own order, which is
//! that of an index. What is few is all looked up in `sku_search`, where one
//! index or two of them meet, however common each part is, and put in order. Between both the list is gone through for longer; and
//! only what is common and yet nowhere near (a word of which nothing has little stock, by stock) has everything looked up.
//! A category or a brand alone stands in its own order in an index of its own.

use diesel::{
    PgConnection, QueryResult,
    connection::SimpleConnection,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text},
};

use crate::{
    kernel::{BrandId, CategoryId, SkuId},
    platform::db::{literally, statement},
    stock::{
        forms::StockSearch,
        model::{StockCursor, StockFilter, StockSort},
    },
};

/// How much is looked at on one way before the next is tried.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimits {
    /// So many are looked up, counted and put in order by what changes all the time, each in another table.
    pub few: i64,
    /// So many by what stands beside it.
    pub sorted: i64,
    /// How far a list is gone through at first, for each SKU that a page has room for.
    pub near: i64,
    /// And how far then.
    pub far: i64,
    /// So many times as far where each row of the list itself says what is looked for.
    pub lighter: i64,
}

impl ScanLimits {
    /// Each way takes some ten milliseconds at most in a shop of a million (docs/performance.md).
    pub const USUAL: Self = Self { few: 10_000, sorted: 50_000, near: 40, far: 200, lighter: 4 };
}

/// Of more categories the list itself is gone through: one of many is never far.
const SHELVES: usize = 20;
/// A word that is shorter is found only where one begins: an index of three letters in a row is of no use for it.
const SHORTEST_WORD: usize = 3;
/// A number above this is not told.
const MOST_SHORT: i64 = 1_000;

/// One page of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockListPage {
    /// In the order of the list.
    pub skus: Vec<SkuId>,
    /// How many are found in all, where they had to be counted.
    pub found: Option<i64>,
    /// Whether there are some before these.
    pub before: bool,
    /// Whether there are more after these.
    pub after: bool,
}

/// The page of the search that its step leads to, with at most so many SKUs.
pub fn stock_page(conn: &mut PgConnection, search: &StockSearch, most: i64) -> QueryResult<StockListPage> {
    stock_page_with_limits(conn, search, most, ScanLimits::USUAL)
}

/// The same, whatever the bounds.
pub fn stock_page_with_limits(
    conn: &mut PgConnection,
    search: &StockSearch,
    most: i64,
    bounds: ScanLimits,
) -> QueryResult<StockListPage> {
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let words: Vec<Word> = search.words.iter().map(|word| Word::of(word)).collect();
    let list = List { search, words: &words, most: most.saturating_add(1) };
    let (mut skus, found) = list.met(conn, bounds)?;
    let more = skus.len() > enough;
    skus.truncate(enough);
    let (before, after) = match search.cursor {
        StockCursor::First => (false, more),
        StockCursor::After(_) => (true, more),
        StockCursor::Before(_) => {
            skus.reverse();
            (more, true)
        }
    };
    let found = found.filter(|found| *found <= bounds.few);
    Ok(StockListPage { skus, found, before, after })
}

statement! {
    /// How many SKUs there are.
    Everything(most: i64 as BigInt) -> (BigInt,) = "select count(*) from (select from sku_figures limit " most ") s"
}

/// A word that is looked for: what a text that has it is like, one of these.
struct Word(Vec<String>);

impl Word {
    fn has_digit(&self) -> bool {
        self.0.iter().any(|pattern| pattern.contains(|c: char| c.is_ascii_digit()))
    }

    fn of(typed: &str) -> Self {
        let text = typed.to_lowercase();
        let word = literally(&text);
        Self(if text.chars().count() >= SHORTEST_WORD {
            vec![format!("%{word}%")]
        } else if text.contains(|c: char| c >= '\u{2e80}') {
            // Of a script whose words are that short: `search_words` says each once more.
            vec![format!("% {word}%")]
        } else {
            vec![format!("% {word}%"), format!("%-{word}%")]
        })
    }
}

/// The list: what a search finds, in order.
#[derive(Clone, Copy)]
struct List<'a> {
    search: &'a StockSearch,
    words: &'a [Word],
    /// How many of the next are asked for.
    most: i64,
}

impl List<'_> {
    /// The next of the list, as it goes, and how many are found in all.
    fn met(self, conn: &mut PgConnection, bounds: ScanLimits) -> QueryResult<(Vec<SkuId>, Option<i64>)> {
        let ScanLimits { few, sorted, near, far, lighter } = bounds;
        let is_full = |met: &[SkuId]| count(met) >= self.most;
        if let Some(shelf) = Shelf::of(self) {
            let found: i64 = Count { list: self, most: few.saturating_add(1) }.get_result(conn)?;
            return Ok((shelf.load(conn)?, Some(found).filter(|found| *found <= few)));
        }
        let (light, sorts) = (self.says_what_is_found(), if self.knows_order() { sorted } else { few });
        let walk = |each: i64| Walk {
            list: self,
            far: self.most.saturating_mul(each.saturating_mul(if light { lighter } else { 1 })),
        };
        let (everything,): (i64,) = Everything { most: few.saturating_add(1) }.get_result(conn)?;
        // What is low, sold out or not on sale is soon counted, and stands together in some orders. A code is rare.
        let may_be_near = self.search.show == StockFilter::All && !self.words.iter().any(Word::has_digit);
        let mut is_hopeless = false;
        if everything > few && may_be_near {
            let met: Vec<SkuId> = walk(near).load(conn)?;
            if is_full(&met) || self.search.is_for_everything() {
                return Ok((met, None));
            }
            is_hopeless = count(&met).saturating_mul(far) < self.most.saturating_mul(near);
        }
        let (found, met): (i64, Vec<SkuId>) = Few { list: self, few: sorts }.get_result(conn)?;
        if found <= sorts {
            return Ok((met, Some(found)));
        }
        let walk = walk(far);
        if !is_hopeless {
            let met: Vec<SkuId> = walk.load(conn)?;
            if is_full(&met) || Length(walk).get_result::<i64>(conn)? < walk.far {
                return Ok((met, None));
            }
        }
        // What was found is kept in memory, or each step would go through it. Not for a transaction alone: there may be one or none.
        conn.batch_execute("set work_mem = '64MB'")?;
        let met = if self.knows_order() {
            Few { list: self, few: i64::MAX - 1 }.get_result(conn).map(|(_, met): (i64, _)| met)
        } else {
            Whole(self).load(conn)
        };
        let reset = conn.batch_execute("reset work_mem");
        met.and_then(|met| reset.map(|()| (met, None)))
    }

    /// Whether the table in whose order the list is also says what is looked for, but for what is low.
    fn says_what_is_found(self) -> bool {
        self.order().0 == "sku_search"
    }

    /// Whether where a SKU stands in the list is known where it is found.
    fn knows_order(self) -> bool {
        self.says_what_is_found() && !self.asks_only_what_is_low()
    }

    /// The table in whose order the list is, by which columns, and whether from the greatest down. No two SKUs have the same.
    fn order(self) -> (&'static str, &'static [&'static str], bool) {
        match self.search.sort {
            StockSort::Code => ("sku_search", &["code"], false),
            StockSort::Name => ("sku_search", &["name", "sku_id"], false),
            StockSort::Newest => ("sku_search", &["sku_id"], true),
            StockSort::Stock => ("sku_figures", &["stock", "sku_id"], false),
            StockSort::Sold => ("sku_figures", &["sold_30", "sku_id"], true),
            StockSort::Days => ("sku_figures", &["days_left", "sku_id"], false),
        }
    }

    /// Whether the list goes down from where its step begins.
    fn falls(self) -> bool {
        self.order().2 != matches!(self.search.cursor, StockCursor::Before(_))
    }

    /// Whether what is low or sold out is asked, alone or with more.
    fn asks_for_low(self) -> bool {
        matches!(self.search.show, StockFilter::Low | StockFilter::Out)
    }

    /// Whether nothing is asked but what is low, and of which category and brand: `short_skus` knows that by itself.
    fn asks_only_what_is_low(self) -> bool {
        self.asks_for_low() && self.words.is_empty()
    }

    /// The tables with what is found, and the conditions.
    fn push_found<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(match self.search.show {
            StockFilter::All | StockFilter::Inactive => "sku_search s where true",
            StockFilter::Low if self.words.is_empty() => "short_skus s where true",
            StockFilter::Out if self.words.is_empty() => "short_skus s where s.stock = 0",
            StockFilter::Low => "short_skus x join sku_search s on s.sku_id = x.sku_id where true",
            StockFilter::Out => "short_skus x join sku_search s on s.sku_id = x.sku_id where x.stock = 0",
        });
        // Of what is low few are asked for their words.
        let is_joined = self.asks_for_low() && !self.words.is_empty();
        self.push_conditions(if is_joined { "x." } else { "s." }, "s.", out)
    }

    /// The conditions on where a SKU stands, and on its words.
    fn push_conditions<'b>(&'b self, shelf: &str, said: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { search, words, .. } = self;
        let column = |before: &str, row: &str, name: &str, out: &mut AstPass<'_, 'b, Pg>| {
            out.push_sql(before);
            out.push_sql(row);
            out.push_sql(name);
        };
        if search.show == StockFilter::Inactive {
            column(" and not ", shelf, "active", out);
        }
        if let Some(categories) = &search.categories {
            column(" and ", shelf, "category_id = any(", out);
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql(")");
        }
        if let Some(brand) = &search.brand {
            column(" and ", shelf, "brand_id = ", out);
            out.push_bind_param::<BigInt, BrandId>(brand)?;
        }
        for Word(patterns) in *words {
            for (at, pattern) in patterns.iter().enumerate() {
                column(if at == 0 { " and (" } else { " or " }, said, "words like ", out);
                out.push_bind_param::<Text, String>(pattern)?;
            }
            out.push_sql(")");
        }
        Ok(())
    }

    /// That a row of `t` is behind where the step begins.
    fn push_step<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (table, columns, _) = self.order();
        if let StockCursor::After(from) | StockCursor::Before(from) = &self.search.cursor {
            out.push_sql(" and (");
            push_columns(columns, "t.", "", out);
            out.push_sql(if self.falls() { ") < (select " } else { ") > (select " });
            push_columns(columns, "", "", out);
            out.push_sql(" from ");
            out.push_sql(table);
            out.push_sql(" where sku_id = ");
            out.push_bind_param::<BigInt, SkuId>(from)?;
            out.push_sql(")");
        }
        Ok(())
    }

    /// So many rows of `t`, in the order of the list.
    fn push_order<'b>(&'b self, most: &'b i64, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" order by ");
        push_columns(self.order().1, "t.", if self.falls() { " desc" } else { "" }, out);
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(most)
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

fn count(met: &[SkuId]) -> i64 {
    i64::try_from(met.len()).unwrap_or(i64::MAX)
}

/// The next of what stands in some categories, or is of a brand, where nothing else is asked: of each, in its own order.
struct Shelf<'a> {
    list: List<'a>,
    column: &'static str,
    ids: Vec<i64>,
}

impl<'a> Shelf<'a> {
    fn of(list: List<'a>) -> Option<Self> {
        let StockSearch { show, categories, brand, .. } = list.search;
        if *show != StockFilter::All || !list.words.is_empty() || !list.says_what_is_found() {
            return None;
        }
        let (column, ids) = match (categories, brand) {
            (Some(categories), None) if categories.len() <= SHELVES => {
                ("category_id", categories.iter().map(|id| id.0).collect())
            }
            (None, Some(brand)) => ("brand_id", vec![brand.0]),
            _ => return None,
        };
        Some(Self { list, column, ids })
    }
}

impl QueryFragment<Pg> for Shelf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select t.sku_id from unnest(");
        out.push_bind_param::<Array<BigInt>, Vec<i64>>(&self.ids)?;
        out.push_sql(") as shelf cross join lateral (select * from sku_search t where t.");
        out.push_sql(self.column);
        out.push_sql(" = shelf");
        self.list.push_step(&mut out)?;
        self.list.push_order(&self.list.most, &mut out)?;
        out.push_sql(") t");
        self.list.push_order(&self.list.most, &mut out)
    }
}

/// How many are found, up to a bound.
struct Count<'a> {
    list: List<'a>,
    most: i64,
}

impl QueryFragment<Pg> for Count<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*) from (select from ");
        self.list.push_found(&mut out)?;
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(&self.most)?;
        out.push_sql(") s");
        Ok(())
    }
}

/// How many are found, up to one more than a few; and the next of them, if they are few.
struct Few<'a> {
    list: List<'a>,
    few: i64,
}

impl QueryFragment<Pg> for Few<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { list, few } = self;
        let ((table, columns, _), knows_order) = (list.order(), list.knows_order());
        // Each is planned for what it looks for, and as if for all of it: a plan for a few of many would go through the table.
        out.unsafe_to_cache_prepared();
        out.push_sql("with found as materialized (select s.sku_id");
        for column in columns.iter().filter(|column| knows_order && **column != "sku_id") {
            out.push_sql(", s.");
            out.push_sql(column);
        }
        out.push_sql(" from ");
        list.push_found(&mut out)?;
        out.push_sql("), few as materialized (select * from found limit ");
        out.push_bind_param::<BigInt, i64>(few)?;
        out.push_sql(
            " + 1), counted as materialized (select count(*) as n from few) select n, array(select t.sku_id from few ",
        );
        if knows_order {
            out.push_sql("t");
        } else {
            // One after the other: for thousands a plan would go through the whole table instead.
            out.push_sql("f cross join lateral (select * from ");
            out.push_sql(table);
            out.push_sql(" t where t.sku_id = f.sku_id limit 1) t");
        }
        out.push_sql(" where n <= ");
        out.push_bind_param::<BigInt, i64>(few)?;
        list.push_step(&mut out)?;
        list.push_order(&list.most, &mut out)?;
        out.push_sql(") from counted");
        Ok(())
    }
}

/// The list, gone through from where its step begins for so far, and what is found on the way.
#[derive(Clone, Copy)]
struct Walk<'a> {
    list: List<'a>,
    far: i64,
}

impl Walk<'_> {
    /// The rows it goes through, in order, as `t`.
    fn push_rows<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(select * from ");
        out.push_sql(self.list.order().0);
        out.push_sql(" t where true");
        self.list.push_step(out)?;
        self.list.push_order(&self.far, out)?;
        out.push_sql(") t");
        Ok(())
    }
}

impl QueryFragment<Pg> for Walk<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select t.sku_id from ");
        self.push_rows(&mut out)?;
        // What the rows do not say themselves is asked of one after the other, until the page is full.
        if self.list.says_what_is_found() {
            out.push_sql(match self.list.search.show {
                StockFilter::All | StockFilter::Inactive => " where true",
                StockFilter::Low => " cross join lateral (select from short_skus x where x.sku_id = t.sku_id limit 1) x where true",
                StockFilter::Out => {
                    " cross join lateral (select from short_skus x where x.sku_id = t.sku_id and x.stock = 0 limit 1) x where true"
                }
            });
            self.list.push_conditions("t.", "t.", &mut out)?;
        } else if !self.list.search.is_for_everything() {
            out.push_sql(" cross join lateral (select from ");
            self.list.push_found(&mut out)?;
            out.push_sql(" and s.sku_id = t.sku_id limit 1) s");
        }
        self.list.push_order(&self.list.most, &mut out)
    }
}

/// How many rows a walk goes through.
struct Length<'a>(Walk<'a>);

impl QueryFragment<Pg> for Length<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select count(*) from ");
        self.0.push_rows(&mut out)
    }
}

/// The same as far as it takes, knowing all that is found.
struct Whole<'a>(List<'a>);

impl QueryFragment<Pg> for Whole<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("with found as materialized (select s.sku_id from ");
        self.0.push_found(&mut out)?;
        out.push_sql(") select t.sku_id from ");
        out.push_sql(self.0.order().0);
        // A condition and no join, which would leave the order.
        out.push_sql(" t where (t.sku_id in (select sku_id from found)) is true");
        self.0.push_step(&mut out)?;
        self.0.push_order(&self.0.most, &mut out)
    }
}

/// Statements whose text depends on what is looked for.
macro_rules! built {
    ($($name:ident $kind:ty;)+) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl Query for $name<'_> {
            type SqlType = $kind;
        }

        impl RunQueryDsl<PgConnection> for $name<'_> {}
    )+};
}

built! {
    Count BigInt;
    Few (BigInt, Array<BigInt>);
    Shelf BigInt;
    Walk BigInt;
    Length BigInt;
    Whole BigInt;
}

/// How many SKUs on sale are low or sold out; counted up to a thousand and one.
pub fn count_low_or_out(conn: &mut PgConnection) -> QueryResult<i64> {
    CountShort { most: MOST_SHORT + 1 }.get_result::<(i64,)>(conn).map(|(n,)| n)
}

statement! {
    CountShort(most: i64 as BigInt) -> (BigInt,) =
    "select count(*) from (select from short_skus limit " most ") s"
}
