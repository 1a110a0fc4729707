//! Loads related products, and counts how many shoppers bought two products together.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer},
};
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    catalog::{
        cards::cards,
        model::{ProductCard, RelatedGoods},
    },
    kernel::{Language, SpuId},
    platform::db::statement,
};

statement! {
    FollowRelated(lines: i32 as Integer, checked: i32 as Integer) -> (Integer,) =
    "select follow_related(" lines ", " checked ")"
}

/// Updates the counts of products bought together: for the products of at most `lines` new order lines, and for
/// `checked` products in turn, because orders may have been canceled since. Returns how many order lines were read; 0
/// if another process is doing it.
pub fn follow_related(conn: &mut PgConnection, lines: i32, checked: i32) -> QueryResult<i32> {
    let (read,): (i32,) = FollowRelated { lines, checked }.get_result(conn)?;
    Ok(read)
}

statement! {
    /// Selects for each product at most five products bought together with it, and five bestsellers of its category or,
    /// if these are too few, of the category above; all in stock. Rows are (product, other product, whether bought
    /// together). Only the first 20 products of a category are read, so that many sold-out ones do not slow the query.
    RelatedSpus(spus: Vec<i64> as Array<BigInt>) -> (BigInt, BigInt, Bool) =
    "select w.id, r.other_id, r.is_together
     from unnest((select " spus ")) w (id)
     join spus s on s.id = w.id
     join categories c on c.id = s.category_id
     cross join lateral (
        (select r.other_id, true as is_together
         from related_products r
         join listings l on l.spu_id = r.other_id and l.category_id = 0 and l.until = 9223372036854775807
         where r.spu_id = w.id and l.in_stock
         order by r.shoppers desc, r.other_id limit 5)
        union all
        (select near.spu_id, false
         from (
            (select l.spu_id, l.in_stock, l.sold_30, 0 as above from listings l
             where l.category_id = c.id and l.until = 9223372036854775807
             order by l.sold_30 desc, l.spu_id desc limit 20)
            union all
            (select l.spu_id, l.in_stock, l.sold_30, 1 from listings l
             where l.category_id = c.parent_id and l.until = 9223372036854775807
             order by l.sold_30 desc, l.spu_id desc limit 20)
         ) near
         where near.in_stock and near.spu_id <> w.id
            and not exists (select from related_products r where r.spu_id = w.id and r.other_id = near.spu_id)
         group by near.spu_id
         order by min(near.above), max(near.sold_30) desc, near.spu_id desc limit 5)
     ) r"
}

/// Loads the related products of each of these products, in the language given with it.
pub fn related_goods(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), RelatedGoods>> {
    let spus: BTreeSet<i64> = wanted.iter().map(|(spu, _)| spu.0).collect();
    let rows: Vec<(SpuId, SpuId, bool)> = RelatedSpus { spus: spus.into_iter().collect() }.load(conn)?;
    let mut others: HashSet<(SpuId, Language)> = HashSet::new();
    for (spu, language) in wanted {
        others.extend(rows.iter().filter(|row| row.0 == *spu).map(|row| (row.1, *language)));
    }
    let cards = cards_by_language(conn, &others.into_iter().collect::<Vec<_>>())?;
    let mut related: HashMap<(SpuId, Language), RelatedGoods> = HashMap::new();
    for (spu, language) in wanted {
        let goods = related.entry((*spu, *language)).or_default();
        for (_, other, is_together) in rows.iter().filter(|row| row.0 == *spu) {
            let list = if *is_together { &mut goods.together } else { &mut goods.similar };
            list.extend(cards.get(&(*other, *language)).cloned());
        }
    }
    Ok(related)
}

statement! {
    /// Selects products in stock that were bought together with these: (product, other product, number of shoppers).
    BoughtTogether(spus: Vec<i64> as Array<BigInt>) -> (BigInt, BigInt, Integer) =
    "select r.spu_id, r.other_id, r.shoppers
     from related_products r
     join listings l on l.spu_id = r.other_id and l.category_id = 0 and l.until = 9223372036854775807
     where r.spu_id = any((select " spus ")::bigint[]) and l.in_stock"
}

/// Loads, for each of these products, the products in stock that were bought together with it, as (product, number of
/// shoppers who bought both).
pub(in crate::catalog) fn bought_together(
    conn: &mut PgConnection,
    spus: &[SpuId],
) -> QueryResult<HashMap<SpuId, Vec<(SpuId, i32)>>> {
    let rows: Vec<(SpuId, SpuId, i32)> = BoughtTogether { spus: spus.iter().map(|spu| spu.0).collect() }.load(conn)?;
    let mut together: HashMap<SpuId, Vec<(SpuId, i32)>> = HashMap::new();
    for (spu, other, shoppers) in rows {
        together.entry(spu).or_default().push((other, shoppers));
    }
    Ok(together)
}

/// Loads the cards of these products, each in the language given with it. Products that are not on sale are left out.
pub(in crate::catalog) fn cards_by_language(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), ProductCard>> {
    let mut found = HashMap::new();
    for language in Language::ALL {
        let spus: Vec<SpuId> = wanted.iter().filter(|(_, of)| *of == language).map(|(spu, _)| *spu).collect();
        if !spus.is_empty() {
            found.extend(cards(conn, &spus, language)?.into_iter().map(|card| ((card.spu_id, language), card)));
        }
    }
    Ok(found)
}
