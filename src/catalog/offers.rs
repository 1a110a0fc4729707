//! What a SKU is offered at, as the cart and the checkout need to know it.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text},
};

use crate::{
    kernel::{Money, SkuId, SpuId},
    web::Language,
};

/// A SKU as it can be bought now, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The SKU.
    pub sku_id: SkuId,
    /// The product it belongs to.
    pub spu_id: SpuId,
    /// The product's name in the shopper's language.
    pub name: String,
    /// What tells it apart, in the shopper's language: "Blue, 256 GB". Empty where the product has no options.
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
impl Offer {
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
///
/// # Errors
/// The database's own.
pub fn offers(conn: &mut PgConnection, skus: &[SkuId], language: Language) -> QueryResult<Vec<Offer>> {
    type Row = (SkuId, SpuId, String, String, Option<String>, String, Money, i32, bool);
    let statement = Offers { skus: skus.iter().map(|id| id.0).collect(), language: language.code() };
    let rows: Vec<Row> = statement.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(sku_id, spu_id, name, options, picture, ground, price, stock, on_sale)| Offer {
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

/// One statement for all SKUs; a type of its own, so that Diesel prepares it once for each connection. What is asked for
/// stands in selects of its own: where the planner sees it, it plans anew each time, which takes longer than the reading.
#[derive(QueryId)]
struct Offers {
    skus: Vec<i64>,
    language: &'static str,
}

impl QueryFragment<Pg> for Offers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "select k.id, k.spu_id, coalesce(st.name, s.name),
                coalesce((
                    select string_agg(coalesce(vt.name, v.name), ', ' order by o.position)
                    from sku_option_values kv
                    join options o on o.id = kv.option_id
                    join option_values v on v.id = kv.option_value_id
                    left join texts vt on vt.option_value_id = v.id and vt.language = (select ",
        );
        out.push_bind_param::<Text, _>(self.language)?;
        out.push_sql(
            ")
                    where kv.sku_id = k.id
                ), ''),
                (select i.file from images i where i.spu_id = s.id and (i.sku_id = k.id or i.sku_id is null)
                 order by i.sku_id nulls last, i.position limit 1),
                s.ground, k.price, k.stock, k.active and s.published
             from skus k
             join spus s on s.id = k.spu_id
             left join texts st on st.spu_id = s.id and st.language = (select ",
        );
        out.push_bind_param::<Text, _>(self.language)?;
        out.push_sql(") where k.id = any((select ");
        out.push_bind_param::<Array<BigInt>, _>(&self.skus)?;
        out.push_sql(")::bigint[]) order by k.id");
        Ok(())
    }
}

impl Query for Offers {
    type SqlType = (BigInt, BigInt, Text, Text, Nullable<Text>, Text, Numeric, Integer, Bool);
}

impl RunQueryDsl<PgConnection> for Offers {}
