//! Product pages. One statement loads any number of them.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Record, Text},
};
use std::collections::HashMap;

use crate::{
    catalog::model::{CategoryLink, Picture, Product, ProductOption, Sku, Value},
    kernel::{Language, Money, OptionId, OptionValueId, SkuId, SpuId},
    platform::db::statement,
};

statement! {
    /// Selects the published ones of `spus`, each in the language at the same index, with active SKUs, options,
    /// pictures and the path of categories. One statement, so that stock and sales are of the same moment. Translations
    /// are subselects: for a join, the planner overestimates their number and reads the whole table. The arrays are in
    /// subselects, which hide their length from the planner: otherwise it makes a new plan each time, which takes
    /// longer than the query.
    Products(spus: Vec<i64> as Array<BigInt>, languages: Vec<&'static str> as Array<Text>) -> (
        BigInt, BigInt, Text, Text, Text, Text, BigInt,
        Array<Record<(BigInt, Text, Numeric, Nullable<Numeric>, Integer, Integer, Array<BigInt>)>>,
        Array<Record<(BigInt, Text, BigInt, Text)>>,
        Array<Record<(Nullable<BigInt>, Text, Text)>>,
        Array<Record<(Text, Text)>>
    ) =
    "select wanted.place, s.id, coalesce(t.name, s.name), coalesce(nullif(t.description, ''), s.description),
        coalesce((select name from texts where brand_id = b.id and language = wanted.language), b.name, ''),
        s.background, s.sales,
        array(
            select row(k.id, k.code, k.price, k.list_price, k.stock, k.low_stock_at,
                array(select kv.option_value_id from sku_option_values kv where kv.sku_id = k.id))
            from skus k where k.spu_id = s.id and k.active
            order by k.id
        ),
        array(
            select row(
                o.id,
                coalesce((select name from texts where option_id = o.id and language = wanted.language), o.name),
                v.id,
                coalesce((select name from texts where option_value_id = v.id and language = wanted.language), v.name)
            )
            from options o join option_values v on v.option_id = o.id
            where o.spu_id = s.id
            order by o.position, v.position
        ),
        array(select row(i.option_value_id, i.file, case wanted.language when 'zh' then coalesce(nullif(i.alt_zh, ''), i.alt)
            else coalesce(nullif(i.alt, ''), i.alt_zh) end) from images i where i.spu_id = s.id order by i.position),
        array(
            with recursive up (id, parent_id, slug, name, height) as (
                select id, parent_id, slug, name, 0 from categories where id = s.category_id
                union all
                select c.id, c.parent_id, c.slug, c.name, up.height + 1
                from up join categories c on c.id = up.parent_id where up.height < 20
            )
            select row(
                slug,
                coalesce((select name from texts where category_id = up.id and language = wanted.language), up.name)
            )
            from up order by height desc
        )
     from unnest((select " spus "), (select " languages ")) with ordinality as wanted (spu_id, language, place)
     join spus s on s.id = wanted.spu_id and s.published
     left join brands b on b.id = s.brand_id
     left join texts t on t.spu_id = s.id and t.language = wanted.language"
}

type SkuRow = (SkuId, String, Money, Option<Money>, i32, i32, Vec<i64>);
type ValueRow = (OptionId, String, OptionValueId, String);
/// Option value, if it is not for all SKUs; file; alternative text.
type PictureRow = (Option<OptionValueId>, String, String);
type CategoryLinkRow = (String, String);
/// Index in the request, from 1; SPU; name, description, brand, background, sales; SKUs, option values, pictures,
/// categories.
type ProductRow = (
    i64,
    SpuId,
    String,
    String,
    String,
    String,
    i64,
    Vec<SkuRow>,
    Vec<ValueRow>,
    Vec<PictureRow>,
    Vec<CategoryLinkRow>,
);

/// Loads these products, each in its language. One that is not published or has no active SKU is left out.
pub(crate) fn products(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), Product>> {
    let spus = wanted.iter().map(|(spu, _)| spu.0).collect();
    let languages = wanted.iter().map(|(_, language)| language.code()).collect();
    let rows: Vec<ProductRow> = Products { spus, languages }.load(conn)?;
    let mut products = HashMap::with_capacity(rows.len());
    for (place, id, name, description, brand, background, sales, skus, values, pictures, path) in rows {
        let asked = usize::try_from(place - 1).ok().and_then(|place| wanted.get(place));
        let Some(asked) = asked.filter(|_| !skus.is_empty()) else {
            continue;
        };
        let skus: Vec<Sku> = skus.into_iter().map(sku).collect();
        let product = Product {
            id,
            name,
            description,
            brand,
            background,
            sales,
            path: path.into_iter().map(|(slug, name)| CategoryLink { slug, name }).collect(),
            options: options(values, &skus),
            skus,
            pictures: pictures.into_iter().map(|(shows, file, alt)| Picture { file, alt, shows }).collect(),
        };
        products.insert(*asked, product);
    }
    Ok(products)
}

fn sku((id, code, price, list_price, stock, low_stock_at, values): SkuRow) -> Sku {
    Sku {
        id,
        code,
        price,
        list_price: list_price.filter(|list_price| *list_price > price),
        stock,
        low_stock_at,
        values: values.into_iter().map(OptionValueId).collect(),
    }
}

/// Groups the values by option. A value that none of `skus` has is left out.
fn options(rows: Vec<ValueRow>, skus: &[Sku]) -> Vec<ProductOption> {
    let mut options: Vec<ProductOption> = Vec::new();
    for (id, name, value, value_name) in rows {
        if !skus.iter().any(|sku| sku.values.contains(&value)) {
            continue;
        }
        let value = Value { id: value, name: value_name };
        match options.last_mut() {
            Some(option) if option.id == id => option.values.push(value),
            _ => options.push(ProductOption { id, name, values: vec![value] }),
        }
    }
    options
}
