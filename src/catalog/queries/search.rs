//! Queries of the product search.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Text},
};

use crate::{
    kernel::SpuId,
    platform::db::{escape_like, statement},
};

statement! {
    /// Selects the SPUs on sale that match every pattern, or all if there is none. A pattern matches, in any language,
    /// the name, the description, the name of the brand, of the category or of its ancestors, or the code of a SKU.
    MatchingSpus(patterns: Vec<String> as Array<Text>) -> (BigInt,) =
    "with recursive words as (
        select pattern, n from unnest(" patterns ") with ordinality as given (pattern, n)
     ),
     matched_categories (category_id, n) as (
        select c.id, w.n from categories c join words w on c.name ilike w.pattern
        union
        select t.category_id, w.n from texts t join words w on t.name ilike w.pattern where t.category_id is not null
        union
        select c.id, s.n from matched_categories s join categories c on c.parent_id = s.category_id
     ),
     matched_brands (brand_id, n) as (
        select b.id, w.n from brands b join words w on b.name ilike w.pattern
        union
        select t.brand_id, w.n from texts t join words w on t.name ilike w.pattern where t.brand_id is not null
     ),
     found (spu_id, n) as (
        select s.id, w.n from spus s join words w on s.name ilike w.pattern or s.description ilike w.pattern
        union
        select t.spu_id, w.n from texts t join words w on t.name ilike w.pattern or t.description ilike w.pattern
        where t.spu_id is not null
        union
        select k.spu_id, w.n from skus k join words w on k.code ilike w.pattern where k.active
        union
        select s.id, m.n from spus s join matched_brands m on m.brand_id = s.brand_id
        union
        select s.id, h.n from spus s join matched_categories h on h.category_id = s.category_id
     )
     select s.id
     from spus s left join found f on f.spu_id = s.id
     where s.published and exists (select from skus k where k.spu_id = s.id and k.active)
     group by s.id
     having count(f.n) = (select count(*) from words)"
}

/// Loads the SPUs on sale that match all words, in no order; all SPUs on sale if there are no words.
pub(crate) fn spus_with(conn: &mut PgConnection, words: &[String]) -> QueryResult<Vec<SpuId>> {
    let rows: Vec<(SpuId,)> = MatchingSpus { patterns: words.iter().map(|word| pattern(word)).collect() }.load(conn)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Returns a `like` pattern that matches texts with this word anywhere.
fn pattern(word: &str) -> String {
    format!("%{}%", escape_like(word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_pattern_would_read_otherwise_stands_for_itself() {
        assert_eq!(super::pattern("50%_\\茶"), "%50\\%\\_\\\\茶%");
    }
}
