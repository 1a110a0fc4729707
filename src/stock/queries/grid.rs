//! Which SKUs a page of the stock room lists, out of a million.
//!
//! Whatever somebody looks for is either rare or not. What is not is met soon by going through the SKUs in the order of the
//! list, which is that of an index, so that is tried for a stretch. What is rare (a category, a brand, a word, what is low) is
//! then looked up, all of it, in an index of its own, and put in order. So a page reads some thousands of rows; only the rare
//! meeting of things that are not rare takes longer stretches, up to all of them. The products of a stretch are asked once
//! each, not for every SKU.

use std::cmp::Reverse;

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
/// How many SKUs are gone through at first.
const STRETCH: i64 = 2_500;
/// How many are then, one after the other, where nothing that is looked for is rare.
const STRETCHES: [i64; 3] = [10_000, 60_000, i64::MAX];
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
    let words: Vec<Word> = search.words.iter().map(|word| Word::of(word)).collect();
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let one_more = most.saturating_add(1);
    let list = List { search, words: &words, base: Base::Stretch(one_more), most: one_more };
    let everything = few(Everything { most: RARE + 1 }.load(conn)?);
    let (mut skus, among): (Vec<SkuId>, _) = if let Some(everything) = everything {
        (List { base: Base::Among(&everything), ..list }.load(conn)?, Some(everything))
    } else if search.is_for_everything() {
        (list.load(conn)?, None)
    } else {
        let mut met: Vec<SkuId> = List { base: Base::Stretch(STRETCH), ..list }.load(conn)?;
        let rare = if met.len() > enough { None } else { rare(conn, search, &words)? };
        if let Some(rare) = &rare {
            met = List { base: Base::Among(rare), ..list }.load(conn)?;
        } else {
            for stretch in STRETCHES {
                if met.len() <= enough {
                    met = List { base: Base::Stretch(stretch), ..list }.load(conn)?;
                }
            }
        }
        (met, rare)
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
        Some(among) => Some(Number(List { base: Base::Among(among), ..list }).get_result(conn)?),
        None => None,
    };
    Ok(Listed { skus, found, before, after })
}

/// The SKUs among which all that is looked for must be, if something of it is rare: what is asked most cheaply first.
fn rare(conn: &mut PgConnection, search: &Search, words: &[Word]) -> QueryResult<Option<Vec<i64>>> {
    let most = RARE + 1;
    let shown = match search.show {
        Show::All => None,
        Show::Low => few(Short { highest: i32::MAX, most }.load(conn)?),
        Show::Out => few(Short { highest: 0, most }.load(conn)?),
        Show::Inactive => few(Inactive { most }.load(conn)?),
    };
    if shown.is_some() {
        return Ok(shown);
    }
    if search.categories.is_some() || search.brand.is_some() {
        let shelf = OfShelf { categories: ids(search.categories.as_deref()), brand: search.brand.map(i64::from), most };
        if let Some(found) = few(shelf.load(conn)?) {
            return Ok(Some(found));
        }
    }
    // A code is rarer than a name, and a long word than a short one.
    let mut words: Vec<&Word> = words.iter().collect();
    words.sort_by_key(|word| Reverse((word.text.contains(|c: char| c.is_ascii_digit()), word.text.len())));
    for word in words {
        let found = match word.kind {
            Kind::Long | Kind::Beginning => WithWord { patterns: word.patterns.clone(), most }.load(conn)?,
            Kind::Characters => WithCharacters { word: word.text.clone(), most }.load(conn)?,
        };
        if let Some(found) = few(found) {
            return Ok(Some(found));
        }
    }
    Ok(None)
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
    /// With one of these in the code or in one of the names.
    WithWord(patterns: Vec<String> as Array<Text>, most: i64 as BigInt) -> (BigInt,) =
    "with asked as (select " patterns "::text[] as patterns)
     (select k.id from skus k where lower(k.code || ' ' || k.name) like any ((select patterns from asked)::text[])
      limit " most ")
     union
     (select k.id from skus k where k.spu_id in (
        select s.id from spus s where lower(s.name) like any ((select patterns from asked)::text[])
        union
        select t.spu_id from texts t
        where t.spu_id is not null and lower(t.name) like any ((select patterns from asked)::text[])
     ) limit " most ")"
}

statement! {
    /// With these one or two characters in a name that is not all Latin.
    WithCharacters(word: String as Text, most: i64 as BigInt) -> (BigInt,) =
    "with asked as (select array[" word "::text] as word)
     (select k.id from skus k
      where octet_length(k.name) > length(k.name) and short_words(k.name) @> (select word from asked) limit " most ")
     union
     (select k.id from skus k where k.spu_id in (
        select s.id from spus s
        where octet_length(s.name) > length(s.name) and short_words(s.name) @> (select word from asked)
        union
        select t.spu_id from texts t
        where t.spu_id is not null and octet_length(t.name) > length(t.name)
            and short_words(t.name) @> (select word from asked)
     ) limit " most ")"
}

statement! {
    /// All there are.
    Everything(most: i64 as BigInt) -> (BigInt,) = "select id from skus limit " most
}

/// A word that is looked for.
struct Word {
    /// In small letters.
    text: String,
    kind: Kind,
    /// One of these fits a text that has it.
    patterns: Vec<String>,
}

/// Where a word must be.
enum Kind {
    /// Anywhere.
    Long,
    /// Too short to be looked up like that: where a word or a part of a code begins.
    Beginning,
    /// As short, but of a script whose words are that short: anywhere.
    Characters,
}

impl Word {
    fn of(typed: &str) -> Self {
        let text = typed.to_lowercase();
        let kind = match text.chars().count() {
            n if n >= SHORTEST_WORD => Kind::Long,
            _ if text.contains(|c: char| c >= '\u{2e80}') => Kind::Characters,
            _ => Kind::Beginning,
        };
        let word = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let patterns = match kind {
            Kind::Long | Kind::Characters => vec![format!("%{word}%")],
            Kind::Beginning => vec![format!("{word}%"), format!("% {word}%"), format!("%-{word}%")],
        };
        Self { text, kind, patterns }
    }
}

/// Among which SKUs a list is.
#[derive(Clone, Copy)]
enum Base<'a> {
    /// The next so many in its order.
    Stretch(i64),
    /// These.
    Among(&'a [i64]),
}

/// The list itself.
#[derive(Clone, Copy)]
struct List<'a> {
    search: &'a Search,
    words: &'a [Word],
    base: Base<'a>,
    most: i64,
}

/// What the columns of the order are called outside of the base.
const PLACES: [&str; 2] = ["place", "second_place"];

impl List<'_> {
    /// What the list is sorted by, and whether from the greatest down. No two SKUs have the same.
    fn order(self) -> (&'static [&'static str], bool) {
        match self.search.sort {
            Sort::Code => (&["k.code"], false),
            Sort::Name => (&["k.name", "k.id"], false),
            Sort::Newest => (&["k.id"], true),
            Sort::Stock => (&["f.stock", "f.sku_id"], false),
            Sort::Sold => (&["f.sold_30", "f.sku_id"], true),
            Sort::Days => (&["f.days_left", "f.sku_id"], false),
        }
    }

    fn tables(self) -> &'static str {
        match self.search.sort {
            Sort::Code | Sort::Name | Sort::Newest => "skus k",
            Sort::Stock | Sort::Sold | Sort::Days => "sku_figures f join skus k on k.id = f.sku_id",
        }
    }

    /// The SKUs the list is among, from its step on if it has one, each with its place in the order; and their products.
    fn push_base<'b>(&'b self, stepping: bool, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (columns, falling) = self.order();
        let down = falling != (stepping && matches!(self.search.step, Step::Before(_)));
        out.push_sql(
            "with base as materialized (select k.id, k.code, k.name, k.spu_id, k.active, k.stock, k.low_stock_at",
        );
        for (column, place) in columns.iter().zip(PLACES) {
            out.push_sql(", ");
            out.push_sql(column);
            out.push_sql(" as ");
            out.push_sql(place);
        }
        out.push_sql(" from ");
        out.push_sql(self.tables());
        out.push_sql(" where true");
        if let Base::Among(among) = &self.base {
            out.push_sql(" and k.id = any(");
            out.push_bind_param::<Array<BigInt>, [i64]>(among)?;
            out.push_sql(")");
        }
        if let (true, Step::After(from) | Step::Before(from)) = (stepping, &self.search.step) {
            out.push_sql(" and (");
            push_columns(columns, "", out);
            out.push_sql(if down { ") < (select " } else { ") > (select " });
            push_columns(columns, "", out);
            out.push_sql(" from ");
            out.push_sql(self.tables());
            out.push_sql(" where k.id = ");
            out.push_bind_param::<BigInt, SkuId>(from)?;
            out.push_sql(")");
        }
        if let Base::Stretch(long) = &self.base {
            out.push_sql(" order by ");
            push_columns(columns, if down { " desc" } else { "" }, out);
            out.push_sql(" limit ");
            out.push_bind_param::<BigInt, i64>(long)?;
        }
        out.push_sql("), goods as materialized (select distinct spu_id from base) ");
        Ok(())
    }

    /// What is asked of products is asked once of each, and kept.
    fn push_conditions<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { search, words, .. } = self;
        out.push_sql(match search.show {
            Show::All => "true",
            Show::Low => "k.active and k.stock <= k.low_stock_at",
            Show::Out => "k.active and k.stock = 0",
            Show::Inactive => "not k.active",
        });
        if let Some(categories) = &search.categories {
            out.push_sql(
                " and k.spu_id in (select s.id from goods g join spus s on s.id = g.spu_id where s.category_id = any(",
            );
            out.push_bind_param::<Array<BigInt>, Vec<CategoryId>>(categories)?;
            out.push_sql("))");
        }
        if let Some(brand) = &search.brand {
            out.push_sql(
                " and k.spu_id in (select s.id from goods g join spus s on s.id = g.spu_id where s.brand_id = ",
            );
            out.push_bind_param::<BigInt, BrandId>(brand)?;
            out.push_sql(")");
        }
        for word in *words {
            out.push_sql(" and (lower(k.code || ' ' || k.name) like any (");
            out.push_bind_param::<Array<Text>, Vec<String>>(&word.patterns)?;
            out.push_sql(
                ") or k.spu_id in (select s.id from goods g join spus s on s.id = g.spu_id
                    left join texts t on t.spu_id = s.id where lower(s.name) like any (",
            );
            out.push_bind_param::<Array<Text>, Vec<String>>(&word.patterns)?;
            out.push_sql(") or lower(t.name) like any (");
            out.push_bind_param::<Array<Text>, Vec<String>>(&word.patterns)?;
            out.push_sql(")))");
        }
        Ok(())
    }
}

fn push_columns(columns: &[&str], behind: &str, out: &mut AstPass<'_, '_, Pg>) {
    for (at, column) in columns.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { "" });
        out.push_sql(column);
        out.push_sql(behind);
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
        let down = falling != matches!(self.search.step, Step::Before(_));
        self.push_base(true, &mut out)?;
        out.push_sql("select k.id from base k where ");
        self.push_conditions(&mut out)?;
        out.push_sql(" order by ");
        let places = PLACES.get(..columns.len()).unwrap_or(&PLACES);
        push_columns(places, if down { " desc" } else { "" }, &mut out);
        out.push_sql(" limit ");
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
        self.0.push_base(false, &mut out)?;
        out.push_sql("select count(*) from base k where ");
        self.0.push_conditions(&mut out)
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
