//! What a SKU is offered at, as the cart and the checkout need to know it.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};

use crate::{
    kernel::{Language, Money, SkuId, SpuId},
    platform::db::statement,
};

/// A SKU as it can be bought now, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuOffer {
    /// The SKU.
    pub sku_id: SkuId,
    /// The product it belongs to.
    pub spu_id: SpuId,
    /// The product's name in the shopper's language.
    pub name: String,
    /// What tells it apart, in the shopper's language: "Blue, 256 GB" or "蓝色 / 256 GB". Empty where the product has no options.
    pub options: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The ground behind the picture.
    pub ground: String,
    /// For one.
    pub price: Money,
    /// How many there are.
    pub stock: i32,
    /// Whether it can be bought at all: the SKU is active and its SPU published.
    pub on_sale: bool,
}

#[cfg(test)]
impl SkuOffer {
    /// Something to buy, for the tests of rules: so many at this price.
    pub(crate) fn sample(id: i64, price: &str, stock: i32) -> Self {
        Self {
            sku_id: SkuId(id),
            spu_id: SpuId(id),
            name: "Teapot".into(),
            options: String::new(),
            picture: None,
            ground: "mint".into(),
            price: price.parse().unwrap(),
            stock,
            on_sale: true,
        }
    }
}

/// The offers of these SKUs, by ascending SKU id; a SKU that does not exist is left out.
pub fn sku_offers(conn: &mut PgConnection, skus: &[SkuId], language: Language) -> QueryResult<Vec<SkuOffer>> {
    type Row = (SkuId, SpuId, String, String, Option<String>, String, Money, i32, bool);
    let statement = Offers {
        skus: skus.iter().map(|id| id.0).collect(),
        language: language.code(),
        separator: language.option_separator(),
    };
    let rows: Vec<Row> = statement.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(sku_id, spu_id, name, options, picture, ground, price, stock, on_sale)| SkuOffer {
            sku_id,
            spu_id,
            name,
            options,
            picture,
            ground,
            price,
            stock,
            on_sale,
        })
        .collect())
}

statement! {
    /// What these SKUs are offered at, in this language.
    Offers(skus: Vec<i64> as Array<BigInt>, language: &'static str as Text, separator: &'static str as Text) -> (
        BigInt, BigInt, Text, Text, Nullable<Text>, Text, Numeric, Integer, Bool
    ) =
    "select k.id, k.spu_id, coalesce(st.name, s.name),
        coalesce((
            select string_agg(coalesce(vt.name, v.name), (select " separator ") order by o.position)
            from sku_option_values kv
            join options o on o.id = kv.option_id
            join option_values v on v.id = kv.option_value_id
            left join texts vt on vt.option_value_id = v.id and vt.language = (select " language ")
            where kv.sku_id = k.id
        ), ''),
        (select i.file from images i where i.spu_id = s.id
         order by case when i.option_value_id is null then 1
            when exists (select from sku_option_values kv
                where kv.sku_id = k.id and kv.option_value_id = i.option_value_id) then 0
            else 2 end, i.position limit 1),
        s.ground, k.price, k.stock, k.active and s.published
     from skus k
     join spus s on s.id = k.spu_id
     left join texts st on st.spu_id = s.id and st.language = (select " language ")
     where k.id = any((select " skus ")::bigint[])
     order by k.id"
}
