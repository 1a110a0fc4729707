//! SKU offers: name, price and stock, as the cart and the checkout need them.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};

use crate::{
    kernel::{Language, Money, SkuId, SpuId},
    platform::db::statement,
};

/// A SKU with its current price and stock, in one language.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct SkuOffer {
    #[diesel(sql_type = BigInt)]
    pub sku_id: SkuId,
    #[diesel(sql_type = BigInt)]
    pub spu_id: SpuId,
    /// The slug of the product.
    #[diesel(sql_type = Text)]
    pub slug: String,
    /// The name of the product in the language of the page.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The option values of the SKU: "Blue, 256 GB" or "蓝色 / 256 GB". Empty if the product has no options.
    #[diesel(sql_type = Text)]
    pub options: String,
    /// The file name of the picture that shows the SKU, if the product has pictures: one for the SKU's option values if
    /// possible.
    #[diesel(sql_type = Nullable<Text>)]
    pub picture: Option<String>,
    #[diesel(sql_type = Text)]
    pub background: String,
    #[diesel(sql_type = Numeric)]
    pub price: Money,
    #[diesel(sql_type = Integer)]
    pub stock: i32,
    /// True if the SKU is active and its SPU published.
    #[diesel(sql_type = Bool)]
    pub on_sale: bool,
}

#[cfg(test)]
impl SkuOffer {
    /// Returns the offer of an active SKU of a published SPU, for tests.
    pub(crate) fn sample(id: i64, price: &str, stock: i32) -> Self {
        Self {
            sku_id: SkuId(id),
            spu_id: SpuId(id),
            slug: "teapot".into(),
            name: "Teapot".into(),
            options: String::new(),
            picture: None,
            background: "mint".into(),
            price: price.parse().unwrap(),
            stock,
            on_sale: true,
        }
    }
}

/// Loads (code, id) of each SKU that has one of these codes; upper and lower case are the same.
pub fn skus_with_codes(conn: &mut PgConnection, codes: &[String]) -> QueryResult<Vec<(String, SkuId)>> {
    SkusWithCodes { codes: codes.to_vec() }.load(conn)
}

statement! {
    SkusWithCodes(codes: Vec<String> as Array<Text>) -> (Text, BigInt) =
    "select k.code, k.id from skus k
     where lower(k.code) = any(array(select lower(code) from unnest((select " codes ")::text[]) as asked (code)))
     order by k.id"
}

/// Loads the offers of these SKUs, on sale or not, in ascending order of their ids. An unknown SKU is left out.
pub fn sku_offers(conn: &mut PgConnection, skus: &[SkuId], language: Language) -> QueryResult<Vec<SkuOffer>> {
    let statement = OffersOfSkus {
        skus: skus.iter().map(|id| id.0).collect(),
        language: language.code(),
        separator: language.option_separator(),
    };
    statement.load(conn)
}

statement! {
    OffersOfSkus(skus: Vec<i64> as Array<BigInt>, language: &'static str as Text, separator: &'static str as Text) -> [SkuOffer] =
    "select k.id as sku_id, k.spu_id, s.slug, coalesce(st.name, s.name) as name,
        coalesce((
            select string_agg(coalesce(vt.name, v.name), (select " separator ") order by o.position)
            from sku_option_values kv
            join options o on o.id = kv.option_id
            join option_values v on v.id = kv.option_value_id
            left join texts vt on vt.option_value_id = v.id and vt.language = (select " language ")
            where kv.sku_id = k.id
        ), '') as options,
        (select i.file from images i where i.spu_id = s.id
         order by case when i.option_value_id is null then 1
            when exists (select from sku_option_values kv
                where kv.sku_id = k.id and kv.option_value_id = i.option_value_id) then 0
            else 2 end, i.position limit 1) as picture,
        s.background, k.price, k.stock, k.active and s.published as on_sale
     from skus k
     join spus s on s.id = k.spu_id
     left join texts st on st.spu_id = s.id and st.language = (select " language ")
     where k.id = any((select " skus ")::bigint[])
     order by k.id"
}
