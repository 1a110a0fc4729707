//! Product cards: the short form of a product in lists of products.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};

use crate::{
    catalog::model::{Availability, ProductCard},
    kernel::{Language, Money, Rating, SpuId},
    platform::db::statement,
};

statement! {
    /// Selects the cards of these SPUs in the order of `spus`, without those that are not on sale. The subselect hides
    /// the length of the array from the planner, which would otherwise make a new plan each time.
    Cards(spus: Vec<i64> as Array<BigInt>, language: &'static str as Text) -> [CardRow] =
    "select s.id, s.slug, coalesce(t.name, s.name) as name, coalesce(bt.name, b.name, '') as brand, s.background,
        (select i.file from images i where i.spu_id = s.id order by i.position limit 1) as picture,
        s.sales, k.lowest as price, k.list_price, k.highest > k.lowest as has_price_range, k.stock, k.low_stock_at,
        coalesce(f.review_count, 0) as review_count, coalesce(f.star_sum, 0) as star_sum
     from unnest((select " spus ")) with ordinality as wanted (id, place)
     join spus s on s.id = wanted.id
     left join brands b on b.id = s.brand_id
     left join review_figures f on f.spu_id = s.id
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

#[derive(QueryableByName)]
struct CardRow {
    #[diesel(sql_type = BigInt)]
    id: SpuId,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    brand: String,
    #[diesel(sql_type = Text)]
    background: String,
    #[diesel(sql_type = Nullable<Text>)]
    picture: Option<String>,
    #[diesel(sql_type = BigInt)]
    sales: i64,
    #[diesel(sql_type = Numeric)]
    price: Money,
    #[diesel(sql_type = Nullable<Numeric>)]
    list_price: Option<Money>,
    #[diesel(sql_type = Bool)]
    has_price_range: bool,
    #[diesel(sql_type = BigInt)]
    stock: i64,
    #[diesel(sql_type = Integer)]
    low_stock_at: i32,
    #[diesel(sql_type = Integer)]
    review_count: i32,
    #[diesel(sql_type = BigInt)]
    star_sum: i64,
}

impl From<CardRow> for ProductCard {
    fn from(row: CardRow) -> Self {
        Self {
            spu_id: row.id,
            slug: row.slug,
            name: row.name,
            brand: row.brand,
            background: row.background,
            picture: row.picture,
            price: row.price,
            list_price: row.list_price.filter(|list_price| *list_price > row.price),
            has_price_range: row.has_price_range,
            availability: Availability::of(row.stock, row.low_stock_at),
            sales: row.sales,
            rating: Rating { count: row.review_count.into(), star_sum: row.star_sum },
        }
    }
}

/// Loads the cards of these SPUs in this order; an SPU that is not on sale is left out.
pub(crate) fn cards(conn: &mut PgConnection, spus: &[SpuId], language: Language) -> QueryResult<Vec<ProductCard>> {
    let statement = Cards { spus: spus.iter().map(|id| id.0).collect(), language: language.code() };
    let rows: Vec<CardRow> = statement.load(conn)?;
    Ok(rows.into_iter().map(ProductCard::from).collect())
}
