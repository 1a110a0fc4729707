//! Which SKUs a page of the stock room lists, out of a million.
//!
//! All that is looked for is asked of `sku_search` (and, for what is low, of `short_skus`), where one index or a few of them
//! meet, however common each part is. If no more than [`FEW`] are found they are put in order, and counted. Of more, one in a
//! hundred or so, a page is met soon by going through the list in its order, which is that of an index; a single category or
//! brand has such an index of its own. Only what is common and yet not met there (a word that nothing with little stock has) has
//! all that was found put in order.

use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, Text},
};

use crate::{
    kernel::{BrandId, CategoryId, SkuId},
    platform::db::statement,
    stock::{
        forms::Search,
        model::{Show, Sort, Step},
    },
};

/// So many are counted and put in order; of more, pages are met by going through the list.
const FEW: i64 = 10_000;
/// How far a list is gone through for each SKU a page has room for; half as far where each step reads a second table.
const FAR: i64 = 200;
/// A word that is shorter is found only where one begins: an index of three letters in a row is of no use for it.
const SHORTEST_WORD: usize = 3;
/// A number above this is not told.
const MOST_SHORT: i64 = 1_000;

/// One page of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// In the order of the list.
    pub skus: Vec<SkuId>,
    /// How many are found in all, unless they are too many to be counted.
    pub found: Option<i64>,
    /// Whether there are some before these.
    pub before: bool,
    /// Whether there are more after these.
    pub after: bool,
}

/// The page of the search that its step leads to, with at most so many SKUs.
///
/// # Errors
/// The database's own.
pub fn stock_page(conn: &mut PgConnection, search: &Search, most: i64) -> QueryResult<Listed> {
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let words: Vec<Word> = search.words.iter().map(|word| Word::of(word)).collect();
    let found = Found { search, words: &words };
    let list = List { found, source: Source::All, most: most.saturating_add(1) };
    let few: Option<Vec<i64>> = Few(found).get_result(conn)?;
    let mut skus = if let Some(few) = &few {
        List { source: Source::These(few), ..list }.load(conn)?
    } else {
        let walk = Walk::of(list);
        let met: Vec<SkuId> = walk.load(conn)?;
        let is_all = met.len() > enough || walk.meets_all() || Length(walk).get_result::<i64>(conn)? < walk.far();
        if is_all { met } else { list.load(conn)? }
    };
    let more = skus.len() > enough;
    skus.truncate(enough);
    let (before, after) = match search.step {
        Step::First => (false, more),
        Step::After(_) => (true, more),
        Step::Before(_) => {
            skus.reverse();
            (more, true)
        }
    };
    let found = few.map(|few| i64::try_from(few.len()).unwrap_or(FEW));
    Ok(Listed { skus, found, before, after })
}

/// A word that is looked for: what a text that has it is like, one of these.
struct Word(Vec<String>);

impl Word {
    fn of(typed: &str) -> Self {
        let text = typed.to_lowercase();
        let word = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
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

/// All that a search finds.
#[derive(Clone, Copy)]
struct Found<'a> {
    search: &'a Search,
    words: &'a [Word],
}

impl Found<'_> {
    /// The tables with what is looked for, and the conditions.
    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { search, words } = self;
        out.push_sql(match search.show {
            Show::All => "sku_search s where true",
            Show::Low if words.is_empty() && search.categories.is_none() && search.brand.is_none() => {
                "short_skus s where true"
            }
            Show::Inactive => "sku_search s where not s.active",
            Show::Low => "short_skus x join sku_search s on s.sku_id = x.sku_id where true",
            Show::Out => "short_skus x join sku_search s on s.sku_id = x.sku_id where x.stock = 0",
        });
        if let Some(categories) = &search.categories {
            out.push_sql(" and s.category_id = any(");
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql(")");
        }
        if let Some(brand) = &search.brand {
            out.push_sql(" and s.brand_id = ");
            out.push_bind_param::<BigInt, BrandId>(brand)?;
        }
        for Word(patterns) in *words {
            for (at, pattern) in patterns.iter().enumerate() {
                out.push_sql(if at == 0 { " and (s.words like " } else { " or s.words like " });
                out.push_bind_param::<Text, String>(pattern)?;
            }
            out.push_sql(")");
        }
        Ok(())
    }
}

/// All of them, in no order, if they are few.
struct Few<'a>(Found<'a>);

impl QueryFragment<Pg> for Few<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Each is planned for what it looks for, as if for all: a plan for a few of many would go through the table.
        out.unsafe_to_cache_prepared();
        out.push_sql("with found as materialized (select s.sku_id from ");
        self.0.push(&mut out)?;
        out.push_sql(") select case when count(*) <= ");
        out.push_bind_param::<BigInt, i64>(&FEW)?;
        out.push_sql(" then coalesce(array_agg(sku_id), '{}') end from (select sku_id from found limit ");
        out.push_bind_param::<BigInt, i64>(&(FEW + 1))?;
        out.push_sql(") f");
        Ok(())
    }
}

/// The list: what was found, in order.
#[derive(Clone, Copy)]
struct List<'a> {
    found: Found<'a>,
    source: Source<'a>,
    most: i64,
}

/// What a list puts in order.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// All that is found.
    All,
    /// These, which are all.
    These(&'a [i64]),
}

impl List<'_> {
    /// The table in whose order the list is, by which columns, and whether from the greatest down. No two SKUs have the same.
    fn order(self) -> (&'static str, &'static [&'static str], bool) {
        match self.found.search.sort {
            Sort::Code => ("sku_search", &["code"], false),
            Sort::Name => ("sku_search", &["name", "sku_id"], false),
            Sort::Newest => ("sku_search", &["sku_id"], true),
            Sort::Stock => ("sku_figures", &["stock", "sku_id"], false),
            Sort::Sold => ("sku_figures", &["sold_30", "sku_id"], true),
            Sort::Days => ("sku_figures", &["days_left", "sku_id"], false),
        }
    }

    /// Whether the list goes down from where its step begins.
    fn falls(self) -> bool {
        self.order().2 != matches!(self.found.search.step, Step::Before(_))
    }

    /// That a row of the table is behind where the step begins.
    fn push_step<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (table, columns, _) = self.order();
        if let Step::After(from) | Step::Before(from) = &self.found.search.step {
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

impl QueryFragment<Pg> for List<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("with found as materialized (select ");
        match &self.source {
            Source::These(ids) => {
                out.push_sql("unnest(");
                out.push_bind_param::<Array<BigInt>, [i64]>(ids)?;
                out.push_sql(") as sku_id");
            }
            Source::All => {
                out.push_sql("s.sku_id from ");
                self.found.push(&mut out)?;
            }
        }
        // One after the other: for thousands a plan would go through the whole table instead.
        out.push_sql(") select t.sku_id from found f cross join lateral (select * from ");
        out.push_sql(self.order().0);
        out.push_sql(" t where t.sku_id = f.sku_id limit 1) t where true");
        self.push_step(&mut out)?;
        self.push_order(&self.most, &mut out)
    }
}

/// The list, gone through from where its step begins for so far, and what was found on the way.
#[derive(Clone, Copy)]
struct Walk<'a> {
    list: List<'a>,
    along: Along,
    far: i64,
}

/// What a list is gone through along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Along {
    Everything,
    OneCategory,
    /// Each of some, and nothing else is looked for.
    Categories,
    Brand,
}

impl<'a> Walk<'a> {
    fn of(list: List<'a>) -> Self {
        let Search { words, show, categories, brand, .. } = list.found.search;
        let is_bare = words.is_empty() && *show == Show::All;
        let along = match (brand, categories.as_deref()) {
            (Some(_), _) => Along::Brand,
            (None, Some([_])) => Along::OneCategory,
            (None, Some(_)) if is_bare => Along::Categories,
            (None, _) => Along::Everything,
        };
        let asks_nothing_else = is_bare && (along != Along::Brand || categories.is_none());
        let each = match list.order().0 {
            _ if asks_nothing_else => 1,
            "sku_search" => FAR,
            _ => FAR / 2,
        };
        Self { list, along, far: list.most.saturating_mul(each) }
    }

    /// How far it is gone through.
    const fn far(self) -> i64 {
        self.far
    }

    /// Whether whatever it goes along is what was looked for.
    const fn meets_all(self) -> bool {
        self.far == self.list.most
    }

    /// The rows of `t` that it goes through, in order.
    fn push_way<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Search { categories, brand, .. } = self.list.found.search;
        if let (Along::Categories, Some(categories)) = (self.along, categories) {
            out.push_sql("select t.* from unnest(");
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql(") as c (id) cross join lateral (");
        }
        out.push_sql("select * from ");
        out.push_sql(self.list.order().0);
        out.push_sql(" t where true");
        match (self.along, brand, categories.as_deref()) {
            (Along::Categories, ..) => out.push_sql(" and t.category_id = c.id"),
            (Along::Brand, Some(brand), _) => {
                out.push_sql(" and t.brand_id = ");
                out.push_bind_param::<BigInt, BrandId>(brand)?;
            }
            (Along::OneCategory, _, Some([category])) => {
                out.push_sql(" and t.category_id = ");
                out.push_bind_param::<BigInt, CategoryId>(category)?;
            }
            _ => {}
        }
        self.list.push_step(out)?;
        self.list.push_order(&self.far, out)?;
        if self.along == Along::Categories {
            out.push_sql(") t");
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for Walk<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("select t.sku_id from (");
        self.push_way(&mut out)?;
        out.push_sql(") t");
        if !self.meets_all() {
            // Asked of one after the other, until the page is full.
            out.push_sql(" cross join lateral (select from ");
            self.list.found.push(&mut out)?;
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
        out.push_sql("select count(*) from (");
        self.0.push_way(&mut out)?;
        out.push_sql(") t");
        Ok(())
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
    Few Nullable<Array<BigInt>>;
    List BigInt;
    Walk BigInt;
    Length BigInt;
}

/// How many SKUs on sale are low or sold out; counted up to a thousand and one.
///
/// # Errors
/// The database's own.
pub fn count_short(conn: &mut PgConnection) -> QueryResult<i64> {
    CountShort { most: MOST_SHORT + 1 }.get_result::<(i64,)>(conn).map(|(n,)| n)
}

statement! {
    CountShort(most: i64 as BigInt) -> (BigInt,) =
    "select count(*) from (select from short_skus limit " most ") s"
}
