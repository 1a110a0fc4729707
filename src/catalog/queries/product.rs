//! Product pages: many at once, always by the same five statements.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text},
};
use std::collections::HashMap;

use crate::{
    catalog::model::{Product, ProductOption, Shelf, Sku, Value},
    kernel::{Money, OptionId, OptionValueId, SkuId, SpuId},
    platform::db::statement,
    schema::images,
    web::Language,
};

statement! {
    /// The published ones among these SPUs, each in the language at the same place of the other array.
    Heads(spus: Vec<i64> as Array<BigInt>, languages: Vec<&'static str> as Array<Text>) -> (
        BigInt, BigInt, Text, Text, Text, Text, BigInt
    ) =
    "select wanted.place, s.id, coalesce(t.name, s.name), coalesce(nullif(t.description, ''), s.description),
        coalesce(bt.name, b.name), s.ground, s.sales
     from unnest(" spus ", " languages ") with ordinality as wanted (spu_id, language, place)
     join spus s on s.id = wanted.spu_id and s.published
     join brands b on b.id = s.brand_id
     left join texts t on t.spu_id = s.id and t.language = wanted.language
     left join texts bt on bt.brand_id = b.id and bt.language = wanted.language"
}

statement! {
    /// The categories that these SPUs stand in, from the root down.
    Paths(spus: Vec<i64> as Array<BigInt>, languages: Vec<&'static str> as Array<Text>) -> (BigInt, Text, Text) =
    "with recursive up (place, language, id, parent_id, height) as (
        select wanted.place, wanted.language, c.id, c.parent_id, 0
        from unnest(" spus ", " languages ") with ordinality as wanted (spu_id, language, place)
        join spus s on s.id = wanted.spu_id
        join categories c on c.id = s.category_id
        union all
        select up.place, up.language, c.id, c.parent_id, up.height + 1
        from up join categories c on c.id = up.parent_id where up.height < 20
     )
     select up.place, c.slug, coalesce(t.name, c.name)
     from up join categories c on c.id = up.id
     left join texts t on t.category_id = c.id and t.language = up.language
     order by up.height desc"
}

statement! {
    /// The options of these SPUs with the values that an active SKU has, in their order.
    Options(spus: Vec<i64> as Array<BigInt>, languages: Vec<&'static str> as Array<Text>) -> (
        BigInt, BigInt, Text, BigInt, Text
    ) =
    "select wanted.place, o.id, coalesce(ot.name, o.name), v.id, coalesce(vt.name, v.name)
     from unnest(" spus ", " languages ") with ordinality as wanted (spu_id, language, place)
     join options o on o.spu_id = wanted.spu_id
     join option_values v on v.option_id = o.id
     left join texts ot on ot.option_id = o.id and ot.language = wanted.language
     left join texts vt on vt.option_value_id = v.id and vt.language = wanted.language
     where exists (
        select from sku_option_values kv join skus k on k.id = kv.sku_id and k.active where kv.option_value_id = v.id
     )
     order by wanted.place, o.position, v.position"
}

statement! {
    /// The active SKUs of these SPUs with their values in the order of the options.
    Skus(spus: Vec<i64> as Array<BigInt>) -> (
        BigInt, BigInt, Text, Numeric, Nullable<Numeric>, Integer, Integer, Array<BigInt>
    ) =
    "select k.spu_id, k.id, k.code, k.price, k.list_price, k.stock, k.low_stock_at,
        array(
            select kv.option_value_id from sku_option_values kv join options o on o.id = kv.option_id
            where kv.sku_id = k.id order by o.position
        )
     from skus k
     where k.spu_id = any(" spus ") and k.active
     order by k.id"
}

/// The products of these ids, each in its language. One that is not published or has no active SKU is left out.
///
/// # Errors
/// The database's own.
pub(crate) fn products(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), Product>> {
    let spus: Vec<i64> = wanted.iter().map(|(spu, _)| spu.0).collect();
    let languages: Vec<&'static str> = wanted.iter().map(|(_, language)| language.code()).collect();
    let heads: Vec<Head> = Heads { spus: spus.clone(), languages: languages.clone() }.load(conn)?;
    let mut paths = paths_by_place(Paths { spus: spus.clone(), languages: languages.clone() }.load(conn)?);
    let mut options = options_by_place(Options { spus: spus.clone(), languages }.load(conn)?);
    let pictures = images::table
        .filter(images::spu_id.eq_any(&spus))
        .order(images::position)
        .select((images::spu_id, images::sku_id, images::file))
        .load(conn)?;
    let (pictures, of_skus) = pictures_by_owner(pictures);
    let skus = skus_by_spu(Skus { spus }.load(conn)?, of_skus);

    let mut products = HashMap::with_capacity(heads.len());
    for (place, id, name, description, brand, ground, sales) in heads {
        let asked = usize::try_from(place - 1).ok().and_then(|place| wanted.get(place));
        let (Some(asked), Some(skus)) = (asked, skus.get(&id)) else {
            continue;
        };
        let product = Product {
            id,
            name,
            description,
            brand,
            ground,
            sales,
            path: paths.remove(&place).unwrap_or_default(),
            options: options.remove(&place).unwrap_or_default(),
            skus: skus.clone(),
            pictures: pictures.get(&id).cloned().unwrap_or_default(),
        };
        products.insert(*asked, product);
    }
    Ok(products)
}

/// Where in the question it stands, counted from 1; the SPU; name, description, brand, ground, sales.
type Head = (i64, SpuId, String, String, String, String, i64);

fn paths_by_place(rows: Vec<(i64, String, String)>) -> HashMap<i64, Vec<Shelf>> {
    let mut paths: HashMap<i64, Vec<Shelf>> = HashMap::new();
    for (place, slug, name) in rows {
        paths.entry(place).or_default().push(Shelf { slug, name });
    }
    paths
}

fn options_by_place(rows: Vec<(i64, OptionId, String, OptionValueId, String)>) -> HashMap<i64, Vec<ProductOption>> {
    let mut options: HashMap<i64, Vec<ProductOption>> = HashMap::new();
    for (place, id, name, value, value_name) in rows {
        let value = Value { id: value, name: value_name };
        let of_product = options.entry(place).or_default();
        match of_product.last_mut() {
            Some(option) if option.id == id => option.values.push(value),
            _ => of_product.push(ProductOption { id, name, values: vec![value] }),
        }
    }
    options
}

type Pictures<Owner> = HashMap<Owner, Vec<String>>;

fn pictures_by_owner(rows: Vec<(SpuId, Option<SkuId>, String)>) -> (Pictures<SpuId>, Pictures<SkuId>) {
    let (mut of_spus, mut of_skus) = (Pictures::new(), Pictures::new());
    for (spu, sku, file) in rows {
        match sku {
            Some(sku) => of_skus.entry(sku).or_insert_with(Vec::new).push(file),
            None => of_spus.entry(spu).or_insert_with(Vec::new).push(file),
        }
    }
    (of_spus, of_skus)
}

type SkuRow = (SpuId, SkuId, String, Money, Option<Money>, i32, i32, Vec<i64>);

fn skus_by_spu(rows: Vec<SkuRow>, mut pictures: Pictures<SkuId>) -> HashMap<SpuId, Vec<Sku>> {
    let mut skus: HashMap<SpuId, Vec<Sku>> = HashMap::new();
    for (spu, id, code, price, list_price, stock, low_stock_at, values) in rows {
        let values = values.into_iter().map(OptionValueId).collect();
        let pictures = pictures.remove(&id).unwrap_or_default();
        let sku = Sku { id, code, price, list_price, stock, low_stock_at, values, pictures };
        skus.entry(spu).or_default().push(sku);
    }
    skus
}
