//! Product cards of lists.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};

use crate::{
    catalog::{
        model::{Availability, ProductCard},
        rules::Sort,
    },
    kernel::{Language, Money, SpuId},
    platform::db::statement,
};

statement! {
    /// Selects the cards of those of these SPUs that are on sale, in order. The subselect hides the length of the array
    /// from the planner, which would otherwise make a new plan each time.
    Cards(spus: Vec<i64> as Array<BigInt>, language: &'static str as Text) -> (
        BigInt, Text, Text, Text, Nullable<Text>, BigInt, Numeric, Nullable<Numeric>, Bool, BigInt, Integer
    ) =
    "select s.id, coalesce(t.name, s.name), coalesce(bt.name, b.name, ''), s.background,
        (select i.file from images i where i.spu_id = s.id order by i.position limit 1),
        s.sales, k.lowest, k.list_price, k.highest > k.lowest, k.stock, k.low_stock_at
     from unnest((select " spus ")) with ordinality as wanted (id, place)
     join spus s on s.id = wanted.id
     left join brands b on b.id = s.brand_id
     left join texts t on t.spu_id = s.id and t.language = " language "
     left join texts bt on bt.brand_id = b.id and bt.language = " language "
     cross join lateral (
        select min(price) as lowest, max(price) as highest, sum(stock) as stock, max(low_stock_at) as low_stock_at,
            (array_agg(list_price order by price, id))[1] as list_price
        from skus where spu_id = s.id and active
     ) k
     where s.published and k.lowest is not null
     order by wanted.place"
}

/// Loads the cards of these SPUs in this order; one that is not on sale is left out.
pub(super) fn cards(conn: &mut PgConnection, spus: &[SpuId], language: Language) -> QueryResult<Vec<ProductCard>> {
    type CardRow = (SpuId, String, String, String, Option<String>, i64, Money, Option<Money>, bool, i64, i32);
    let statement = Cards { spus: spus.iter().map(|id| id.0).collect(), language: language.code() };
    let rows: Vec<CardRow> = statement.load(conn)?;
    let card = |(
        spu_id,
        name,
        brand,
        background,
        picture,
        sales,
        price,
        list_price,
        has_price_range,
        stock,
        low_at,
    ): CardRow| {
        ProductCard {
            spu_id,
            name,
            brand,
            background,
            picture,
            price,
            list_price: list_price.filter(|list_price| *list_price > price),
            has_price_range,
            availability: Availability::of(stock, low_at),
            sales,
        }
    };
    Ok(rows.into_iter().map(card).collect())
}

statement! {
    Sorted(
        spus: Vec<i64> as Array<BigInt>, sort: &'static str as Text, limit: i64 as BigInt, offset: i64 as BigInt
    ) -> (BigInt,) =
    "select s.id
     from spus s
     cross join lateral (select min(price) as lowest from skus where spu_id = s.id and active) k
     where s.id = any(" spus ")
     order by case " sort "
            when 'bestselling' then -s.sales
            when 'price_up' then k.lowest
            when 'price_down' then -k.lowest
            else -extract(epoch from s.created_at)
        end, s.id desc
     limit " limit " offset " offset
}

/// Sorts these SPUs and loads the cards of one page of them (`limit` and `offset`).
pub(crate) fn sorted_cards(
    conn: &mut PgConnection,
    spus: &[SpuId],
    sort: Sort,
    (limit, offset): (i64, i64),
    language: Language,
) -> QueryResult<Vec<ProductCard>> {
    let on_page = sorted(conn, spus, sort, (limit, offset))?;
    cards(conn, &on_page, language)
}

pub(super) fn sorted(
    conn: &mut PgConnection,
    spus: &[SpuId],
    sort: Sort,
    (limit, offset): (i64, i64),
) -> QueryResult<Vec<SpuId>> {
    let spus = spus.iter().map(|id| id.0).collect();
    let rows: Vec<(SpuId,)> = Sorted { spus, sort: sort.code(), limit, offset }.load(conn)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
