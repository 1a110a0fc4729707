//! Queries of the pages on which staff edit products.

// Long: the list is found in two ways, without words and with them.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text},
};
use std::collections::HashMap;

use super::model::{
    CategoryChoice, EditableOption, EditableOptionValue, EditableProduct, EditableSku, PriceChange, ProductDetails,
    ProductFilter, ProductListItem, ProductSearch,
};
use crate::{
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId, Language, Money, OptionId, OptionValueId, SkuId, SpuId},
    platform::db::{escape_like, statement},
    schema::{
        brands, category_ancestors, option_values, options, price_changes, sku_option_values, skus, spus, texts, users,
    },
};

/// Returns how many products match a search, and the page with the number `page` of them (from 1), newest first. For a
/// page beyond the last one, returns the last page.
pub fn product_list(
    conn: &mut PgConnection,
    search: &ProductSearch,
    (page, per_page): (i64, i64),
    language: Language,
) -> QueryResult<(i64, Vec<ProductListItem>)> {
    let page = (page.max(1), per_page);
    let (total, ids) = if search.words.is_empty() { listed(conn, search, page)? } else { found(conn, search, page)? };
    let rows: Vec<ProductListRow> = ProductListLines { ids, language: language.code() }.load(conn)?;
    Ok((total, rows.into_iter().map(ProductListItem::from).collect()))
}

/// Whether a list shows only products that shoppers see (`true`), or only others (`false`).
fn shown(filter: ProductFilter) -> Option<bool> {
    match filter {
        ProductFilter::All => None,
        show => Some(show == ProductFilter::Published),
    }
}

/// Selects how many products the filters of a list show, and the ids of those on one page. Each is a range of an index;
/// only the count grows with the catalog.
fn listed(
    conn: &mut PgConnection,
    search: &ProductSearch,
    (page, per_page): (i64, i64),
) -> QueryResult<(i64, Vec<i64>)> {
    let of_filters = || {
        let mut listed = spus::table.into_boxed();
        if let Some(category) = search.category {
            let below = category_ancestors::table.filter(category_ancestors::ancestor_id.eq(category.0));
            listed = listed.filter(spus::category_id.eq_any(below.select(category_ancestors::category_id)));
        }
        if let Some(brand) = search.brand {
            listed = listed.filter(spus::brand_id.eq(brand));
        }
        if let Some(published) = shown(search.show) {
            listed = listed.filter(spus::published.eq(published));
        }
        listed
    };
    let total: i64 = of_filters().count().get_result(conn)?;
    let last_page = (total - 1).max(0) / per_page;
    let offset = (page - 1).min(last_page) * per_page;
    let ids = of_filters().order(spus::id.desc()).offset(offset).limit(per_page).select(spus::id);
    Ok((total, ids.load(conn)?))
}

fn found(
    conn: &mut PgConnection,
    search: &ProductSearch,
    (page, per_page): (i64, i64),
) -> QueryResult<(i64, Vec<i64>)> {
    let rarest = search.words.iter().max_by_key(|word| word.chars().count());
    let found = Found {
        rarest: rarest.map_or_else(String::new, |word| found_by(word)),
        patterns: search.words.iter().map(|word| like(word)).collect(),
        category: search.category.map(|id| id.0),
        brand: search.brand.map(|id| id.0),
        published: shown(search.show),
        page,
        per_page,
    };
    found.get_result(conn)
}

/// Returns a `like` pattern for texts that contain this word; both are in lowercase.
fn like(word: &str) -> String {
    format!("%{}%", escape_like(&word.to_lowercase()))
}

/// Returns a `like` pattern that matches texts with this word. A word of less than three letters is too short for the
/// trigram index: its pattern matches only words that start with it.
fn found_by(word: &str) -> String {
    let like = like(word);
    if word.chars().count() < 3 { like.replacen('%', "% ", 1) } else { like }
}

statement! {
    /// Selects how many products match a search, and the ids of those on one page. All words must match the slug or the
    /// names of the SPU, or the search text of one of its SKUs. SKUs are looked up by the longest word, which is likely
    /// to be the rarest.
    Found(
        patterns: Vec<String> as Array<Text>, rarest: String as Text, category: Option<i64> as Nullable<BigInt>,
        brand: Option<i64> as Nullable<BigInt>, published: Option<bool> as Nullable<Bool>,
        page: i64 as BigInt, per_page: i64 as BigInt
    ) -> (BigInt, Array<BigInt>) =
    "with recursive below (id) as (
        select " category "::bigint
        union
        select c.id from below join categories c on c.parent_id = below.id
     ),
     asked as (select " patterns "::text[] as patterns),
     found as materialized (
        select s.id from spus s
        where ((select " category "::bigint) is null or s.category_id in (select id from below))
          and ((select " brand "::bigint) is null or s.brand_id = (select " brand "::bigint))
          and ((select " published "::boolean) is null or s.published = (select " published "::boolean))
          and (
            s.slug like all ((select patterns from asked)::text[])
            or s.id in (select p.spu_id from spu_search p where p.words like all ((select patterns from asked)::text[]))
            or s.id in (
                select k.spu_id from sku_search x join skus k on k.id = x.sku_id
                where x.words like (select " rarest "::text) and x.words like all ((select patterns from asked)::text[])
            )
          )
     ),
     counted as (select count(*) as n from found)
     select n, array(
        select id from found order by id desc
        offset least(" page " - 1, greatest(n - 1, 0) / " per_page ") * " per_page " limit " per_page "
     ) from counted"
}

#[derive(QueryableByName)]
struct ProductListRow {
    #[diesel(sql_type = BigInt)]
    id: SpuId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    picture: Option<String>,
    #[diesel(sql_type = Text)]
    background: String,
    #[diesel(sql_type = Text)]
    brand: String,
    #[diesel(sql_type = Text)]
    category: String,
    #[diesel(sql_type = Bool)]
    published: bool,
    #[diesel(sql_type = BigInt)]
    skus: i64,
    #[diesel(sql_type = BigInt)]
    active: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    least: Option<Money>,
    #[diesel(sql_type = Nullable<Numeric>)]
    most: Option<Money>,
    #[diesel(sql_type = BigInt)]
    stock: i64,
}

impl From<ProductListRow> for ProductListItem {
    fn from(row: ProductListRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            picture: row.picture,
            background: row.background,
            brand: row.brand,
            category: row.category,
            published: row.published,
            skus: row.skus,
            active: row.active,
            prices: row.least.zip(row.most),
            stock: row.stock,
        }
    }
}

statement! {
    /// Selects the list items of these SPUs, newest first.
    ProductListLines(ids: Vec<i64> as Array<BigInt>, language: &'static str as Text) -> [ProductListRow] =
    "select s.id, coalesce((select name from texts where spu_id = s.id and language = l.language), s.name) as name,
        (select i.file from images i where i.spu_id = s.id order by i.position limit 1) as picture, s.background,
        coalesce((select name from texts where brand_id = b.id and language = l.language), b.name, '') as brand,
        coalesce((select name from texts where category_id = c.id and language = l.language), c.name) as category,
        s.published, k.n as skus, k.active, k.least, k.most, k.stock
     from unnest((select " ids ")::bigint[]) as asked (id)
     cross join (select " language "::text as language) l
     join spus s on s.id = asked.id
     left join brands b on b.id = s.brand_id
     join categories c on c.id = s.category_id
     cross join lateral (
        select count(*) as n, count(*) filter (where active) as active, min(price) filter (where active) as least,
            max(price) filter (where active) as most, coalesce(sum(stock), 0)::bigint as stock
        from skus where spu_id = s.id
     ) k
     order by s.id desc"
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = spus)]
struct DetailsRow {
    version: i32,
    published: bool,
    /// The name in the shop's main language, like the description.
    name: String,
    description: String,
    category_id: CategoryId,
    brand_id: Option<BrandId>,
    slug: String,
}

/// Loads an SPU with everything that staff can edit. `main` is the language of the texts in the row itself. Returns
/// `None` if there is no such SPU.
pub fn editable_product(conn: &mut PgConnection, id: SpuId, main: Language) -> QueryResult<Option<EditableProduct>> {
    let row = spus::table.find(id).select(DetailsRow::as_select()).first(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let translations: Vec<(String, String, String)> = texts::table
        .filter(texts::spu_id.eq(id))
        .select((texts::language, texts::name, texts::description))
        .load(conn)?;
    let names: Vec<(&str, &str)> =
        translations.iter().map(|(language, name, _)| (language.as_str(), name.as_str())).collect();
    let texts: Vec<(&str, &str)> =
        translations.iter().map(|(language, _, text)| (language.as_str(), text.as_str())).collect();
    let (name, description) =
        (LocalizedName::read(&row.name, &names, main), LocalizedName::read(&row.description, &texts, main));
    let DetailsRow { version, published, category_id, brand_id, slug, .. } = row;
    let details = ProductDetails { name, description, category_id, brand_id, slug };
    Ok(Some(EditableProduct {
        id,
        version,
        published,
        details,
        options: options_of(conn, id, main)?,
        skus: skus_of(conn, id)?,
    }))
}

/// Loads the slug of an SPU. Fails with `NotFound` if there is no such SPU.
pub fn product_slug(conn: &mut PgConnection, id: SpuId) -> QueryResult<String> {
    spus::table.find(id).select(spus::slug).first(conn)
}

/// The name of an option or of an option value in one language, a row of `texts`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = texts)]
struct OptionTextRow {
    option_id: Option<OptionId>,
    option_value_id: Option<OptionValueId>,
    language: String,
    name: String,
}

fn options_of(conn: &mut PgConnection, spu: SpuId, main: Language) -> QueryResult<Vec<EditableOption>> {
    let found: Vec<(OptionId, String)> = options::table
        .filter(options::spu_id.eq(spu))
        .order(options::position)
        .select((options::id, options::name))
        .load(conn)?;
    let ids: Vec<OptionId> = found.iter().map(|(id, _)| *id).collect();
    let values: Vec<(OptionId, OptionValueId, String)> = option_values::table
        .filter(option_values::option_id.eq_any(&ids))
        .order(option_values::position)
        .select((option_values::option_id, option_values::id, option_values::name))
        .load(conn)?;
    let value_ids: Vec<OptionValueId> = values.iter().map(|(_, id, _)| *id).collect();
    let translations: Vec<OptionTextRow> = texts::table
        .filter(texts::option_id.eq_any(&ids).or(texts::option_value_id.eq_any(&value_ids)))
        .select(OptionTextRow::as_select())
        .load(conn)?;
    let mut said_of_option: HashMap<OptionId, Vec<(&str, &str)>> = HashMap::new();
    let mut said_of_value: HashMap<OptionValueId, Vec<(&str, &str)>> = HashMap::new();
    for OptionTextRow { option_id, option_value_id, language, name } in &translations {
        if let Some(option) = option_id {
            said_of_option.entry(*option).or_default().push((language, name));
        }
        if let Some(value) = option_value_id {
            said_of_value.entry(*value).or_default().push((language, name));
        }
    }
    let mut options = Vec::new();
    for (id, name) in found {
        let mut of_option = Vec::new();
        for (_, value_id, value) in values.iter().filter(|(of, ..)| *of == id) {
            let name = LocalizedName::read(value, said_of_value.get(value_id).map_or(&[], Vec::as_slice), main);
            of_option.push(EditableOptionValue { id: *value_id, name });
        }
        let name = LocalizedName::read(&name, said_of_option.get(&id).map_or(&[], Vec::as_slice), main);
        options.push(EditableOption { id, name, values: of_option });
    }
    Ok(options)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = skus)]
struct EditableSkuRow {
    id: SkuId,
    code: String,
    price: Money,
    list_price: Option<Money>,
    active: bool,
    stock: i32,
    shelf_place: String,
}

fn skus_of(conn: &mut PgConnection, spu: SpuId) -> QueryResult<Vec<EditableSku>> {
    let rows: Vec<EditableSkuRow> =
        skus::table.filter(skus::spu_id.eq(spu)).order(skus::id).select(EditableSkuRow::as_select()).load(conn)?;
    let ids: Vec<SkuId> = rows.iter().map(|row| row.id).collect();
    let links: Vec<(SkuId, OptionValueId)> = sku_option_values::table
        .filter(sku_option_values::sku_id.eq_any(&ids))
        .order((sku_option_values::sku_id, sku_option_values::option_id))
        .select((sku_option_values::sku_id, sku_option_values::option_value_id))
        .load(conn)?;
    let mut values: HashMap<SkuId, Vec<OptionValueId>> = HashMap::new();
    for (sku, value) in links {
        values.entry(sku).or_default().push(value);
    }
    let mut skus = Vec::with_capacity(rows.len());
    for EditableSkuRow { id, code, price, list_price, active, stock, shelf_place } in rows {
        let values = values.remove(&id).unwrap_or_default();
        skus.push(EditableSku { id, code, price, list_price, active, stock, shelf_place, values });
    }
    Ok(skus)
}

/// Loads the latest price changes of an SPU's SKUs, at most `most`, newest first.
pub fn price_changes(conn: &mut PgConnection, spu: SpuId, most: i64) -> QueryResult<Vec<PriceChange>> {
    price_changes::table
        .inner_join(skus::table)
        .inner_join(users::table)
        .filter(skus::spu_id.eq(spu))
        .order(price_changes::id.desc())
        .limit(most)
        .select(PriceChange::as_select())
        .load(conn)
}

/// Loads (id, name) of all categories in the order of the tree; the name contains those of the ancestors.
pub fn category_choices(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryChoice>> {
    let rows: Vec<(CategoryId, String)> = CategoryNames { language: language.code() }.load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| CategoryChoice { id, name }).collect())
}

statement! {
    CategoryNames(language: &'static str as Text) -> (BigInt, Text) =
    "with recursive said as (
        select c.id, c.parent_id, c.position, coalesce(t.name, c.name) as name
        from categories c left join texts t on t.category_id = c.id and t.language = " language "
     ),
     down (id, name, place) as (
        select id, name, array[position::bigint, id] from said where parent_id is null
        union all
        select s.id, down.name || ' / ' || s.name, down.place || array[s.position::bigint, s.id]
        from down join said s on s.parent_id = down.id where cardinality(down.place) < 40
     )
     select id, name from down order by place"
}

/// Loads (id, name) of all brands, sorted by their names in the shop's main language.
pub fn brand_choices(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<(BrandId, String)>> {
    let named = texts::brand_id.eq(brands::id.nullable()).and(texts::language.eq(language.code()));
    let rows: Vec<(BrandId, String, Option<String>)> = brands::table
        .left_join(texts::table.on(named))
        .order((brands::name, brands::id))
        .select((brands::id, brands::name, texts::name.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name, translations)| (id, translations.unwrap_or(name))).collect())
}
