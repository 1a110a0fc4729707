//! Which SKUs a page of the stock room lists, out of a million.
//!
//! Whatever somebody looks for is either rare or not. What is not is met soon by going through the SKUs in the order of the
//! list, which is that of an index, so that is tried for a stretch. What is rare (a category, a brand, a word, what is low) is
//! then looked up, all of it, in an index of its own, and put in order. So a page reads some thousands of rows; only a word of one
//! or two letters that is rare, and the rare meeting of two things that are not, take a look at all of them.

use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text},
};

use crate::{
    kernel::{BrandId, CategoryId, SkuId},
    platform::db::statement,
    stock::{
        forms::Search,
        model::{Show, Sort, Step},
    },
};

/// More than so many are not rare.
const RARE: i64 = 5_000;
/// How many SKUs are gone through for each that is wanted.
const STRETCH: i64 = 60;
/// An index of three letters in a row is of no use for a shorter word.
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
    let patterns: Vec<String> = search.words.iter().map(|word| like(word)).collect();
    let everything = few(Everything { most: RARE + 1 }.load(conn)?);
    let all = List { search, patterns: &patterns, among: None, stretch: None, most: most.saturating_add(1) };
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut skus, among): (Vec<SkuId>, _) = if let Some(everything) = everything {
        (List { among: Some(&everything), ..all }.load(conn)?, Some(everything))
    } else if search.is_for_everything() {
        (all.load(conn)?, None)
    } else {
        let near: Vec<SkuId> = List { stretch: Some(most.saturating_mul(STRETCH)), ..all }.load(conn)?;
        if near.len() > enough {
            (near, None)
        } else {
            let rare = rare(conn, search)?;
            (List { among: rare.as_deref(), ..all }.load(conn)?, rare)
        }
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
    let found = match among.as_deref() {
        Some(among) => Some(Number(List { among: Some(among), ..all }).get_result(conn)?),
        None => None,
    };
    Ok(Listed { skus, found, before, after })
}

/// The SKUs among which all that is looked for must be, if they are few.
fn rare(conn: &mut PgConnection, search: &Search) -> QueryResult<Option<Vec<i64>>> {
    let mut fewest: Option<Vec<i64>> = None;
    let mut keep = |found: Vec<(i64,)>| {
        if let Some(found) = few(found)
            && fewest.as_ref().is_none_or(|fewest| found.len() < fewest.len())
        {
            fewest = Some(found);
        }
    };
    let most = RARE + 1;
    match search.show {
        Show::All => {}
        Show::Low => keep(Short { highest: i32::MAX, most }.load(conn)?),
        Show::Out => keep(Short { highest: 0, most }.load(conn)?),
        Show::Inactive => keep(Inactive { most }.load(conn)?),
    }
    if search.categories.is_some() || search.brand.is_some() {
        let shelf = OfShelf { categories: ids(search.categories.as_deref()), brand: search.brand.map(i64::from), most };
        keep(shelf.load(conn)?);
    }
    let (long, short): (Vec<_>, Vec<_>) = search.words.iter().partition(|word| word.chars().count() >= SHORTEST_WORD);
    for word in long {
        keep(WithWord { word: like(word), most }.load(conn)?);
    }
    if fewest.is_none()
        && let Some(word) = short.first()
    {
        fewest = few(WithWord { word: like(word), most }.load(conn)?);
    }
    Ok(fewest)
}

/// These, unless they are more than few.
fn few(found: Vec<(i64,)>) -> Option<Vec<i64>> {
    let few = i64::try_from(found.len()).is_ok_and(|n| n <= RARE);
    few.then(|| found.into_iter().map(|(id,)| id).collect())
}

fn ids(categories: Option<&[CategoryId]>) -> Option<Vec<i64>> {
    categories.map(|all| all.iter().map(|id| id.0).collect())
}

statement! {
    /// Low or sold out, by the list that every change of stock keeps.
    Short(highest: i32 as diesel::sql_types::Integer, most: i64 as BigInt) -> (BigInt,) =
    "select sku_id from short_skus where stock <= " highest " limit " most
}

statement! {
    /// Not on sale.
    Inactive(most: i64 as BigInt) -> (BigInt,) = "select id from skus where not active limit " most
}

statement! {
    /// In one of these categories and of this brand; none means any.
    OfShelf(
        categories: Option<Vec<i64>> as diesel::sql_types::Nullable<Array<BigInt>>,
        brand: Option<i64> as diesel::sql_types::Nullable<BigInt>, most: i64 as BigInt
    ) -> (BigInt,) =
    "with asked as (select " categories "::bigint[] as categories, " brand "::bigint as brand)
     select k.id from asked a
     join spus s on (a.categories is null or s.category_id = any(a.categories)) and (a.brand is null or s.brand_id = a.brand)
     join skus k on k.spu_id = s.id
     limit " most
}

statement! {
    /// With this word in the code or in one of the names.
    WithWord(word: String as Text, most: i64 as BigInt) -> (BigInt,) =
    "with asked as (select " word "::text as word)
     (select k.id from skus k where lower(k.code || ' ' || k.name) like (select word from asked) limit " most ")
     union
     (select k.id from skus k where k.spu_id in (
        select s.id from spus s where lower(s.name) like (select word from asked)
        union
        select t.spu_id from texts t where t.spu_id is not null and lower(t.name) like (select word from asked)
     ) limit " most ")"
}

statement! {
    /// All there are.
    Everything(most: i64 as BigInt) -> (BigInt,) = "select id from skus limit " most
}

/// A pattern for text that has this word somewhere.
fn like(word: &str) -> String {
    let word = word.to_lowercase();
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// The list itself.
#[derive(Clone, Copy)]
struct List<'a> {
    search: &'a Search,
    patterns: &'a [String],
    among: Option<&'a [i64]>,
    /// How many SKUs are gone through at most.
    stretch: Option<i64>,
    most: i64,
}

impl List<'_> {
    /// What the list is sorted by, and whether from the greatest down. No two SKUs have the same.
    fn order(self) -> (&'static str, bool) {
        match self.search.sort {
            Sort::Code => ("k.code", false),
            Sort::Name => ("k.name, k.id", false),
            Sort::Newest => ("k.id", true),
            Sort::Stock => ("f.stock, f.sku_id", false),
            Sort::Sold => ("f.sold_30, f.sku_id", true),
            Sort::Days => ("f.days_left, f.sku_id", false),
        }
    }

    fn tables(self) -> &'static str {
        match self.search.sort {
            Sort::Code | Sort::Name | Sort::Newest => "skus k",
            Sort::Stock | Sort::Sold | Sort::Days => "sku_figures f join skus k on k.id = f.sku_id",
        }
    }

    /// Whatever is looked for up in another table stands in a select that gives one value: that cannot be turned into a join
    /// which reads all of it first.
    fn conditions<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { search, patterns, among, .. } = self;
        out.push_sql(match search.show {
            Show::All => "true",
            Show::Low => "k.active and k.stock <= k.low_stock_at",
            Show::Out => "k.active and k.stock = 0",
            Show::Inactive => "not k.active",
        });
        if let Some(among) = among {
            out.push_sql(" and k.id = any(");
            out.push_bind_param::<Array<BigInt>, [i64]>(among)?;
            out.push_sql(")");
        }
        if let Some(categories) = &search.categories {
            out.push_sql(" and (select s.category_id = any(");
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql(") from spus s where s.id = k.spu_id)");
        }
        if let Some(brand) = &search.brand {
            out.push_sql(" and (select s.brand_id = ");
            out.push_bind_param::<BigInt, BrandId>(brand)?;
            out.push_sql(" from spus s where s.id = k.spu_id)");
        }
        for word in *patterns {
            out.push_sql(" and (lower(k.code || ' ' || k.name) like ");
            out.push_bind_param::<Text, String>(word)?;
            out.push_sql(" or (select lower(s.name) like ");
            out.push_bind_param::<Text, String>(word)?;
            out.push_sql(" from spus s where s.id = k.spu_id) or (select bool_or(lower(t.name) like ");
            out.push_bind_param::<Text, String>(word)?;
            out.push_sql(") from texts t where t.spu_id = k.spu_id))");
        }
        Ok(())
    }
}

impl QueryId for List<'_> {
    type QueryId = ();

    /// Its text depends on what is looked for.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for List<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (columns, falling) = self.order();
        if self.stretch.is_some() {
            // What the conditions ask for, of the SKUs of the stretch.
            out.push_sql("select k.id from (select k.*, row_number() over () as place from (");
        }
        out.push_sql(if self.stretch.is_some() { "select k.* from " } else { "select k.id from " });
        out.push_sql(self.tables());
        out.push_sql(" where ");
        if self.stretch.is_some() {
            out.push_sql("true");
        } else {
            self.conditions(&mut out)?;
        }
        let backwards = matches!(self.search.step, Step::Before(_));
        let down = falling != backwards;
        if let Step::After(from) | Step::Before(from) = &self.search.step {
            out.push_sql(" and (");
            out.push_sql(columns);
            out.push_sql(if down { ") < (select " } else { ") > (select " });
            out.push_sql(columns);
            out.push_sql(" from ");
            out.push_sql(self.tables());
            out.push_sql(" where k.id = ");
            out.push_bind_param::<BigInt, SkuId>(from)?;
            out.push_sql(")");
        }
        out.push_sql(" order by ");
        for (at, column) in columns.split(", ").enumerate() {
            out.push_sql(if at > 0 { ", " } else { "" });
            out.push_sql(column);
            out.push_sql(if down { " desc" } else { "" });
        }
        out.push_sql(" limit ");
        if let Some(stretch) = &self.stretch {
            out.push_bind_param::<BigInt, i64>(stretch)?;
            out.push_sql(") k) k where ");
            self.conditions(&mut out)?;
            out.push_sql(" order by k.place limit ");
        }
        out.push_bind_param::<BigInt, i64>(&self.most)
    }
}

impl Query for List<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for List<'_> {}

/// How many the list has in all.
struct Number<'a>(List<'a>);

impl QueryId for Number<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Number<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("select count(*) from skus k where ");
        self.0.conditions(&mut out)
    }
}

impl Query for Number<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for Number<'_> {}

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
