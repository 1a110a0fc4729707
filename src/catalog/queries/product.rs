//! Queries of product pages. One statement loads any number of products.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text},
};
use std::collections::HashMap;

use crate::{
    catalog::model::{CategoryLink, Picture, Product, ProductOption, Sku, Value},
    kernel::{Language, Money, OptionId, OptionValueId, Rating, SkuId, SpuId},
    platform::db::{sql_record, statement},
};

statement! {
    /// Selects the published ones of `spus`, each in the language at the same index, with SKUs on sale, options,
    /// pictures and the path of categories. One statement, so that stock and sales are of the same moment. Translations
    /// are subselects: for a join, the planner overestimates their number and reads the whole table. The arrays are in
    /// subselects, which hide their length from the planner: otherwise it makes a new plan each time, which takes
    /// longer than the query.
    Products(spus: Vec<i64> as Array<BigInt>, languages: Vec<&'static str> as Array<Text>) -> [ProductRow] =
    include_str!("product.sql")
}

sql_record! {
    struct SkuRow as SkuRecord {
        id: SkuId as BigInt,
        code: String as Text,
        price: Money as Numeric,
        list_price: Option<Money> as Nullable<Numeric>,
        stock: i32 as Integer,
        low_stock_at: i32 as Integer,
        values: Vec<i64> as Array<BigInt>,
    }
}

sql_record! {
    struct ValueRow as ValueRecord {
        option_id: OptionId as BigInt,
        option: String as Text,
        id: OptionValueId as BigInt,
        name: String as Text,
    }
}

sql_record! {
    struct PictureRow as PictureRecord {
        /// The option value whose SKUs the picture shows; `None` if it shows all SKUs.
        shows: Option<OptionValueId> as Nullable<BigInt>,
        file: String as Text,
        alt: String as Text,
    }
}

sql_record! {
    struct CategoryRow as CategoryRecord {
        slug: String as Text,
        name: String as Text,
    }
}

#[derive(QueryableByName)]
struct ProductRow {
    /// The index in `spus` and `languages` of the statement at which this product was requested, from 1.
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    id: SpuId,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Text)]
    brand: String,
    #[diesel(sql_type = Text)]
    background: String,
    #[diesel(sql_type = BigInt)]
    sales: i64,
    #[diesel(sql_type = Integer)]
    review_count: i32,
    #[diesel(sql_type = BigInt)]
    star_sum: i64,
    #[diesel(sql_type = Array<SkuRecord>)]
    skus: Vec<SkuRow>,
    #[diesel(sql_type = Array<ValueRecord>)]
    option_values: Vec<ValueRow>,
    #[diesel(sql_type = Array<PictureRecord>)]
    pictures: Vec<PictureRow>,
    #[diesel(sql_type = Nullable<Array<Integer>>)]
    picture_size: Option<Vec<i32>>,
    #[diesel(sql_type = Array<CategoryRecord>)]
    path: Vec<CategoryRow>,
}

/// Loads these products, each in its language. A product that is not published or has no SKU on sale is left out.
pub(crate) fn products(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), Product>> {
    let spus = wanted.iter().map(|(spu, _)| spu.0).collect();
    let languages = wanted.iter().map(|(_, language)| language.code()).collect();
    let rows: Vec<ProductRow> = Products { spus, languages }.load(conn)?;
    let mut products = HashMap::with_capacity(rows.len());
    for row in rows {
        let asked = usize::try_from(row.place - 1).ok().and_then(|place| wanted.get(place));
        let Some(asked) = asked.filter(|_| !row.skus.is_empty()) else {
            continue;
        };
        products.insert(*asked, product(row));
    }
    Ok(products)
}

fn product(row: ProductRow) -> Product {
    let skus: Vec<Sku> = row.skus.into_iter().map(sku).collect();
    let links = row.path.into_iter().map(|CategoryRow { slug, name }| CategoryLink { slug, name });
    let pictures = row.pictures.into_iter().map(|PictureRow { shows, file, alt }| Picture { file, alt, shows });
    Product {
        id: row.id,
        slug: row.slug,
        name: row.name,
        description: row.description,
        brand: row.brand,
        background: row.background,
        sales: row.sales,
        rating: Rating { count: row.review_count.into(), star_sum: row.star_sum },
        path: links.collect(),
        options: options(row.option_values, &skus),
        skus,
        pictures: pictures.collect(),
        picture_size: picture_size(row.picture_size.as_deref()),
    }
}

fn picture_size(columns: Option<&[i32]>) -> Option<(i32, i32)> {
    match columns? {
        [width, height] => Some((*width, *height)),
        _ => None,
    }
}

fn sku(row: SkuRow) -> Sku {
    Sku {
        id: row.id,
        code: row.code,
        price: row.price,
        list_price: row.list_price.filter(|list_price| *list_price > row.price),
        stock: row.stock,
        low_stock_at: row.low_stock_at,
        values: row.values.into_iter().map(OptionValueId).collect(),
    }
}

/// Groups option values by option. Leaves out values that none of `skus` has.
fn options(rows: Vec<ValueRow>, skus: &[Sku]) -> Vec<ProductOption> {
    let mut options: Vec<ProductOption> = Vec::new();
    for row in rows {
        if !skus.iter().any(|sku| sku.values.contains(&row.id)) {
            continue;
        }
        let value = Value { id: row.id, name: row.name };
        match options.last_mut() {
            Some(option) if option.id == row.option_id => option.values.push(value),
            _ => options.push(ProductOption { id: row.option_id, name: row.option, values: vec![value] }),
        }
    }
    options
}
