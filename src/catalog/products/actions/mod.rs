//! Edits of products, each inside the caller's transaction. An edit names the version of the product that the form
//! showed. If the product has another version by now, because somebody else has edited it, nothing is written and the
//! result is [`EditOutcome::Stale`] (optimistic locking).

mod save_options;
mod save_skus;

use diesel::{PgConnection, QueryResult, dsl, prelude::*, result::Error, sql_types::BigInt};
use serde_json::{Value, json};

use super::{
    model::{CreatedProduct, CreatedTaxon, EditableProduct, ExistingOrNew, ProductDetails, ProductDetailsInput},
    queries::editable_product,
};
use crate::{
    audit::AuditAction,
    catalog::{
        edits::{EditError, EditOutcome, EditRefusal, creation_result, edit_result, insert_with_slug},
        localized_name::LocalizedName,
        slugs::slug_of,
        taxonomy::{
            BrandDetails, CategoryDetails, default_low_stock_at, insert_brand, insert_category, lock_category_tree,
            lock_category_tree_shared,
        },
    },
    kernel::{BrandId, CategoryId, Language, OptionId, OptionValueId, SpuId},
    platform::db::{self, statement},
    schema::{brands, categories, skus, spus, texts},
};

pub use save_options::save_options;
pub use save_skus::save_skus;

use save_skus::NameSkus;

/// Creates an unpublished product, and its category and brand if they are new. The inner `Err` says why the product is
/// refused; then nothing is written. `main` is the language in which names are required.
pub fn create_product(
    conn: &mut PgConnection,
    written: &ProductDetailsInput,
    main: Language,
) -> QueryResult<Result<CreatedProduct, EditRefusal>> {
    creation_result(db::savepoint(conn, |conn| {
        let mut created_taxa = Vec::new();
        let details = resolve_category_and_brand(conn, written, String::new(), main, &mut created_taxa)?;
        let (id, slug) = insert_with_slug(conn, written.slug.as_deref(), "product", |conn, slug| {
            let id: SpuId = diesel::insert_into(spus::table)
                .values((DetailsColumns::of(&details, slug, main), spus::published.eq(false)))
                .returning(spus::id)
                .get_result(conn)?;
            Ok(id)
        })?;
        save_translations(conn, TranslatedId::Spu(id), &details.name, &details.description, main)?;
        Ok(CreatedProduct { id, slug, created_taxa })
    }))
}

/// Returns the details of a product to store, with `slug` and the ids of category and brand. A new category or brand is
/// created and appended to `made`.
fn resolve_category_and_brand(
    conn: &mut PgConnection,
    written: &ProductDetailsInput,
    slug: String,
    main: Language,
    made: &mut Vec<CreatedTaxon>,
) -> Result<ProductDetails, EditError> {
    let category_id = match &written.category {
        ExistingOrNew::Existing(id) => *id,
        ExistingOrNew::New(name) => category_named(conn, name, main, made)?,
    };
    let brand_id = match &written.brand {
        None => None,
        Some(ExistingOrNew::Existing(id)) => Some(*id),
        Some(ExistingOrNew::New(name)) => Some(brand_named(conn, name, main, made)?),
    };
    let (name, description) = (written.name.clone(), written.description.clone());
    Ok(ProductDetails { name, description, category_id, brand_id, slug })
}

/// Returns the root category of this name. If there is none, creates it and appends it to `made`; so a form that is
/// sent twice creates only one.
fn category_named(
    conn: &mut PgConnection,
    name: &LocalizedName,
    main: Language,
    made: &mut Vec<CreatedTaxon>,
) -> Result<CategoryId, EditError> {
    lock_category_tree(conn)?;
    let wanted = name.of(main);
    let there = categories::table.filter(categories::parent_id.is_null().and(categories::name.eq(wanted)));
    if let Some(id) = there.order(categories::id).select(categories::id).first(conn).optional()? {
        return Ok(id);
    }
    let slug = free_slug(slug_of(wanted), |slug| {
        dsl::select(dsl::exists(categories::table.filter(categories::slug.eq(slug)))).get_result(conn)
    })?;
    let details = CategoryDetails { name: name.clone(), slug, parent_id: None, low_stock_at: None };
    let (id, slug) = insert_category(conn, &details, main)?;
    made.push(CreatedTaxon { action: AuditAction::CreateCategory, slug, name: wanted.to_owned() });
    Ok(id)
}

/// Returns the brand of this name. If there is none, creates it and appends it to `made`.
fn brand_named(
    conn: &mut PgConnection,
    name: &LocalizedName,
    main: Language,
    made: &mut Vec<CreatedTaxon>,
) -> Result<BrandId, EditError> {
    let wanted = name.of(main);
    let there = brands::table.filter(brands::name.eq(wanted)).order(brands::id).select(brands::id);
    if let Some(id) = there.first(conn).optional()? {
        return Ok(id);
    }
    let slug = free_slug(slug_of(wanted), |slug| {
        dsl::select(dsl::exists(brands::table.filter(brands::slug.eq(slug)))).get_result(conn)
    })?;
    let details = BrandDetails { name: name.clone(), slug };
    let (id, slug) = insert_brand(conn, &details, main)?;
    made.push(CreatedTaxon { action: AuditAction::CreateBrand, slug, name: wanted.to_owned() });
    Ok(id)
}

/// Returns the slug, or an empty text if `is_taken` returns true for it. A category or brand with an empty slug gets a
/// numbered one when it is inserted.
fn free_slug(slug: String, is_taken: impl FnOnce(&str) -> QueryResult<bool>) -> QueryResult<String> {
    if slug.is_empty() || is_taken(&slug)? { Ok(String::new()) } else { Ok(slug) }
}

/// The columns of an SPU that the form of its details fills. The texts are in the shop's main language.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = spus, treat_none_as_null = true, treat_none_as_default_value = false)]
struct DetailsColumns<'a> {
    category_id: CategoryId,
    brand_id: Option<BrandId>,
    slug: &'a str,
    name: &'a str,
    description: &'a str,
}

impl<'a> DetailsColumns<'a> {
    fn of(details: &'a ProductDetails, slug: &'a str, main: Language) -> Self {
        Self {
            category_id: details.category_id,
            brand_id: details.brand_id,
            slug,
            name: details.name.of(main),
            description: details.description.of(main),
        }
    }
}

/// Saves the details of an SPU; [`EditOutcome::Stale`] if its version is no longer `seen`. Also returns its category and
/// brand, if saving created them.
///
/// # Errors
/// [`Error::NotFound`] if there is no such SPU.
pub fn save_details(
    conn: &mut PgConnection,
    (id, seen): (SpuId, i32),
    written: &ProductDetailsInput,
    main: Language,
) -> QueryResult<(EditOutcome, Vec<CreatedTaxon>)> {
    // Locks the tree before any SKU (lock order).
    match written.category {
        ExistingOrNew::New(_) => lock_category_tree(conn)?,
        ExistingOrNew::Existing(_) => lock_category_tree_shared(conn)?,
    }
    let mut made = Vec::new();
    let edited = edit(conn, (id, seen), main, |conn, there| {
        let slug = written.slug.clone().unwrap_or_else(|| there.details.slug.clone());
        let details = resolve_category_and_brand(conn, written, slug, main, &mut made)?;
        let (before, after) = (audit_value(conn, &there.details)?, audit_value(conn, &details)?);
        if there.details != details {
            diesel::update(spus::table.find(id))
                .set(DetailsColumns::of(&details, &details.slug, main))
                .execute(conn)?;
            save_translations(conn, TranslatedId::Spu(id), &details.name, &details.description, main)?;
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        if there.details.category_id != details.category_id {
            let low = default_low_stock_at(conn, details.category_id)?;
            diesel::update(skus::table.filter(skus::spu_id.eq(id).and(skus::low_stock_own.eq(false))))
                .set(skus::low_stock_at.eq(low))
                .execute(conn)?;
        }
        Ok((before, after))
    })?;
    if !matches!(edited, EditOutcome::Done { .. }) {
        made.clear();
    }
    Ok((edited, made))
}

/// Publishes an SPU, or unpublishes it if `published` is false. Returns [`EditOutcome::Stale`] if its version is no
/// longer `seen`, and refuses to publish an SPU without SKUs on sale; nothing is written then.
///
/// # Errors
/// [`Error::NotFound`] if there is no such SPU.
pub fn set_published(conn: &mut PgConnection, id: SpuId, seen: i32, published: bool) -> QueryResult<EditOutcome> {
    // No name is read or written, so any language will do.
    edit(conn, (id, seen), Language::En, |conn, there| {
        if published && !there.skus.iter().any(|sku| sku.active) {
            return Err(EditError::Refused(EditRefusal::NothingToSell));
        }
        diesel::update(spus::table.find(id)).set(spus::published.eq(published)).execute(conn)?;
        Ok((json!({ "published": there.published }), json!({ "published": published })))
    })
}

/// Runs the edit `work` if the product's version is still `seen`; otherwise returns [`EditOutcome::Stale`]. `work`
/// returns the values (before, after) for the audit log. The SKUs are locked before the SPU, in the same order as when
/// an order is placed, so that the two cannot deadlock.
fn edit<W>(conn: &mut PgConnection, (id, seen): (SpuId, i32), main: Language, work: W) -> QueryResult<EditOutcome>
where
    W: FnOnce(&mut PgConnection, &EditableProduct) -> Result<(Value, Value), EditError>,
{
    edit_result(db::savepoint(conn, |conn| {
        LockSkus { spu: id.0 }.execute(conn)?;
        let still = spus::table.find(id).filter(spus::version.eq(seen));
        let risen = diesel::update(still).set(spus::version.eq(spus::version + 1)).execute(conn)?;
        let there = editable_product(conn, id, main)?.ok_or(Error::NotFound)?;
        if risen == 0 {
            return Err(EditError::Stale);
        }
        let (before, after) = work(conn, &there)?;
        if before == after {
            diesel::update(spus::table.find(id)).set(spus::version.eq(seen)).execute(conn)?;
            return Ok(EditOutcome::Unchanged);
        }
        Ok(EditOutcome::Done { before, after })
    }))
}

statement! {
    LockSkus(spu: i64 as BigInt) -> () =
    "select from skus where spu_id = " spu " order by id for no key update"
}

/// The id of the row that a row of `texts` translates.
#[derive(Clone, Copy)]
enum TranslatedId {
    Spu(SpuId),
    Option(OptionId),
    Value(OptionValueId),
}

/// Stores the texts of a row in the language that is not `main`, or deletes them if they are empty. The texts in the
/// language `main` are stored in the row itself.
fn save_translations(
    conn: &mut PgConnection,
    about: TranslatedId,
    name: &LocalizedName,
    description: &LocalizedName,
    main: Language,
) -> QueryResult<()> {
    let (spu, option, value) = match about {
        TranslatedId::Spu(id) => (Some(id), None, None),
        TranslatedId::Option(id) => (None, Some(id), None),
        TranslatedId::Value(id) => (None, None, Some(id)),
    };
    diesel::delete(
        texts::table.filter(texts::spu_id.eq(spu).or(texts::option_id.eq(option)).or(texts::option_value_id.eq(value))),
    )
    .execute(conn)?;
    let other = main.other();
    if !name.of(other).is_empty() {
        diesel::insert_into(texts::table)
            .values((
                texts::language.eq(other.code()),
                texts::spu_id.eq(spu),
                texts::option_id.eq(option),
                texts::option_value_id.eq(value),
                texts::name.eq(name.of(other)),
                texts::description.eq(description.of(other)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Returns the details of a product as JSON for the audit log, with the slugs of category and brand instead of ids.
fn audit_value(conn: &mut PgConnection, details: &ProductDetails) -> QueryResult<Value> {
    let category: Option<String> =
        categories::table.find(details.category_id).select(categories::slug).first(conn).optional()?;
    let brand: Option<String> = match details.brand_id {
        Some(brand) => brands::table.find(brand).select(brands::slug).first(conn).optional()?,
        None => None,
    };
    Ok(json!({
        "slug": details.slug,
        "name_en": details.name.en,
        "name_zh": details.name.zh,
        "description_en": details.description.en,
        "description_zh": details.description.zh,
        "category": category,
        "brand": brand,
    }))
}
