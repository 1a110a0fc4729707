//! Edits of goods, each inside somebody's transaction. Whoever edits says which version they have seen; if somebody else
//! has edited the goods since, nothing is written.

mod save_options;
mod save_skus;

use diesel::{
    PgConnection, QueryResult, dsl,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::{BigInt, Text},
};
use serde_json::{Value, json};

use super::{
    model::{ChosenOrNew, Details, Goods, GoodsMade, Named, ShelfMade, WrittenDetails},
    queries::goods,
    rules,
};
use crate::{
    audit::AuditAction,
    catalog::taxonomy::{
        BrandDetails, CategoryDetails, hold_tree, hold_tree_still, insert_brand, insert_category, low_stock_of,
    },
    kernel::{BrandId, CategoryId, Language, OptionId, OptionValueId, SpuId},
    platform::db::{self, statement},
    schema::{brands, categories, skus, spus, texts},
};

pub use save_options::save_options;
pub use save_skus::save_skus;

use save_skus::NameSkus;

/// How an edit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It was made; what changed, by field.
    Done {
        /// What it was.
        before: Value,
        /// What it is now.
        after: Value,
    },
    /// All was so already, and nothing was written.
    Unchanged,
    /// Somebody else has edited the goods since, and nothing was written.
    Stale,
    /// It cannot be, and nothing was written.
    Refused(Refused),
}

/// Why an edit cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another SPU has this slug.
    SlugTaken,
    /// There is no such category any more.
    CategoryGone,
    /// There is no such brand any more.
    BrandGone,
    /// Another SKU has this code.
    CodeTaken(String),
    /// No SKU is active, so shoppers would find nothing to buy.
    NothingToSell,
    /// A category would stand below itself.
    BelowItself,
    /// More categories would stand above each other than pages can show.
    TooDeep,
    /// Something stands in it still.
    InUse,
}

/// What ends an edit before its end.
pub(in crate::catalog) enum Stop {
    Stale,
    Refused(Refused),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let Error::DatabaseError(kind, info) = &error else { return Self::Failed(error) };
        match (kind, info.constraint_name()) {
            (DatabaseErrorKind::UniqueViolation, Some("spus_slug_key" | "categories_slug_key" | "brands_slug_key")) => {
                Self::Refused(Refused::SlugTaken)
            }
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_category_id_fkey" | "categories_parent_id_fkey")) => {
                Self::Refused(Refused::CategoryGone)
            }
            (DatabaseErrorKind::CheckViolation, Some("categories_no_circle")) => Self::Refused(Refused::BelowItself),
            (DatabaseErrorKind::CheckViolation, Some("categories_height")) => Self::Refused(Refused::TooDeep),
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_brand_id_fkey")) => Self::Refused(Refused::BrandGone),
            _ => Self::Failed(error),
        }
    }
}

impl Stop {
    /// What a removal says that something else forbids.
    pub(in crate::catalog) fn in_use(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Refused(Refused::InUse),
            error => Self::Failed(error),
        }
    }
}

/// How the making of something ended.
pub(in crate::catalog) fn made<I>(made: Result<I, Stop>) -> QueryResult<Result<I, Refused>> {
    match made {
        Ok(id) => Ok(Ok(id)),
        Err(Stop::Refused(why)) => Ok(Err(why)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Stale) => Err(Error::NotFound),
    }
}

/// How an edit ended.
pub(in crate::catalog) fn ended(edited: Result<Edited, Stop>) -> QueryResult<Edited> {
    match edited {
        Err(Stop::Stale) => Ok(Edited::Stale),
        Err(Stop::Refused(why)) => Ok(Edited::Refused(why)),
        Err(Stop::Failed(error)) => Err(error),
        Ok(edited) => Ok(edited),
    }
}

/// Makes something whose slug is unique in its table: by the slug that was typed, or else by a number, like "product-12".
pub(in crate::catalog) fn with_slug<I>(
    conn: &mut PgConnection,
    typed: Option<&str>,
    kind: &'static str,
    insert: impl Fn(&mut PgConnection, &str) -> Result<I, Stop>,
) -> Result<(I, String), Stop> {
    if let Some(slug) = typed {
        return Ok((insert(conn, slug)?, slug.to_owned()));
    }
    for _ in 0..MAX_SLUG_ATTEMPTS {
        let (slug,): (String,) = NumberedSlug { kind }.get_result(conn)?;
        match db::savepoint(conn, |conn| insert(conn, &slug)) {
            // Somebody else was given the same number in this moment.
            Err(Stop::Refused(Refused::SlugTaken)) => {}
            made => return Ok((made?, slug)),
        }
    }
    Err(Stop::Refused(Refused::SlugTaken))
}

/// How many numbers are tried.
const MAX_SLUG_ATTEMPTS: usize = 8;

statement! {
    /// The kind with the next number that no slug of it has.
    NumberedSlug(kind: &'static str as Text) -> (Text,) =
    "with asked as (select " kind "::text as kind),
     taken as (
        select substr(slug, length(kind) + 2) as number from asked, categories
        where kind = 'category' and slug ~ '^category-[0-9]{1,15}$'
        union all
        select substr(slug, length(kind) + 2) from asked, brands where kind = 'brand' and slug ~ '^brand-[0-9]{1,15}$'
        union all
        select substr(slug, length(kind) + 2) from asked, spus where kind = 'product' and slug ~ '^product-[0-9]{1,15}$'
     )
     select kind || '-' || (select coalesce(max(number::bigint), 0) + 1 from taken) from asked"
}

/// Makes new goods, which nobody sees before they are published, and the category and the brand that are new with them.
pub fn create_goods(
    conn: &mut PgConnection,
    written: &WrittenDetails,
    main: Language,
) -> QueryResult<Result<GoodsMade, Refused>> {
    made(db::savepoint(conn, |conn| {
        let mut shelves = Vec::new();
        let details = resolved(conn, written, String::new(), main, &mut shelves)?;
        let (id, slug) = with_slug(conn, written.slug.as_deref(), "product", |conn, slug| {
            let id: SpuId = diesel::insert_into(spus::table)
                .values((columns(&details, slug, main), spus::published.eq(false)))
                .returning(spus::id)
                .get_result(conn)?;
            Ok(id)
        })?;
        translate(conn, About::Spu(id), &details.name, &details.description, main)?;
        Ok(GoodsMade { id, slug, shelves })
    }))
}

/// The details with a category and a brand that are there: new ones are made, and told in `made`.
fn resolved(
    conn: &mut PgConnection,
    written: &WrittenDetails,
    slug: String,
    main: Language,
    made: &mut Vec<ShelfMade>,
) -> Result<Details, Stop> {
    let category_id = match &written.category {
        ChosenOrNew::Chosen(id) => *id,
        ChosenOrNew::New(name) => category_named(conn, name, main, made)?,
    };
    let brand_id = match &written.brand {
        None => None,
        Some(ChosenOrNew::Chosen(id)) => Some(*id),
        Some(ChosenOrNew::New(name)) => Some(brand_named(conn, name, main, made)?),
    };
    let (name, description) = (written.name.clone(), written.description.clone());
    Ok(Details { name, description, category_id, brand_id, slug })
}

/// The root category of this name, which is made if there is none: whoever sends a form twice means one.
fn category_named(
    conn: &mut PgConnection,
    name: &Named,
    main: Language,
    made: &mut Vec<ShelfMade>,
) -> Result<CategoryId, Stop> {
    hold_tree(conn)?;
    let wanted = name.of(main);
    let there = categories::table.filter(categories::parent_id.is_null().and(categories::name.eq(wanted)));
    if let Some(id) = there.order(categories::id).select(categories::id).first(conn).optional()? {
        return Ok(id);
    }
    let slug = free_slug(rules::slug_of(wanted), |slug| {
        dsl::select(dsl::exists(categories::table.filter(categories::slug.eq(slug)))).get_result(conn)
    })?;
    let details = CategoryDetails { name: name.clone(), slug, parent_id: None, low_stock_at: None };
    let (id, slug) = insert_category(conn, &details, main)?;
    made.push(ShelfMade { action: AuditAction::CreateCategory, slug, name: wanted.to_owned() });
    Ok(id)
}

/// The brand of this name, which is made if there is none.
fn brand_named(
    conn: &mut PgConnection,
    name: &Named,
    main: Language,
    made: &mut Vec<ShelfMade>,
) -> Result<BrandId, Stop> {
    let wanted = name.of(main);
    let there = brands::table.filter(brands::name.eq(wanted)).order(brands::id).select(brands::id);
    if let Some(id) = there.first(conn).optional()? {
        return Ok(id);
    }
    let slug = free_slug(rules::slug_of(wanted), |slug| {
        dsl::select(dsl::exists(brands::table.filter(brands::slug.eq(slug)))).get_result(conn)
    })?;
    let details = BrandDetails { name: name.clone(), slug };
    let (id, slug) = insert_brand(conn, &details, main)?;
    made.push(ShelfMade { action: AuditAction::CreateBrand, slug, name: wanted.to_owned() });
    Ok(id)
}

/// The slug if nothing has it; otherwise an empty one, which stands for a number.
fn free_slug(slug: String, is_taken: impl FnOnce(&str) -> QueryResult<bool>) -> QueryResult<String> {
    if slug.is_empty() || is_taken(&slug)? { Ok(String::new()) } else { Ok(slug) }
}

type Columns<'a> = (
    diesel::dsl::Eq<spus::category_id, CategoryId>,
    diesel::dsl::Eq<spus::brand_id, Option<BrandId>>,
    diesel::dsl::Eq<spus::slug, &'a str>,
    diesel::dsl::Eq<spus::name, &'a str>,
    diesel::dsl::Eq<spus::description, &'a str>,
);

/// The row itself says what stands in the main language.
fn columns<'a>(details: &'a Details, slug: &'a str, main: Language) -> Columns<'a> {
    (
        spus::category_id.eq(details.category_id),
        spus::brand_id.eq(details.brand_id),
        spus::slug.eq(slug),
        spus::name.eq(details.name.of(main)),
        spus::description.eq(details.description.of(main)),
    )
}

/// Writes what an SPU is called and where it stands; gives the category and the brand that were made with it, too.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such SPU.
pub fn save_details(
    conn: &mut PgConnection,
    (id, seen): (SpuId, i32),
    written: &WrittenDetails,
    main: Language,
) -> QueryResult<(Edited, Vec<ShelfMade>)> {
    // Before any SKU is locked.
    match written.category {
        ChosenOrNew::New(_) => hold_tree(conn)?,
        ChosenOrNew::Chosen(_) => hold_tree_still(conn)?,
    }
    let mut made = Vec::new();
    let edited = edit(conn, (id, seen), main, |conn, there| {
        let slug = written.slug.clone().unwrap_or_else(|| there.details.slug.clone());
        let details = resolved(conn, written, slug, main, &mut made)?;
        let (before, after) = (told(conn, &there.details)?, told(conn, &details)?);
        if there.details != details {
            diesel::update(spus::table.find(id)).set(columns(&details, &details.slug, main)).execute(conn)?;
            translate(conn, About::Spu(id), &details.name, &details.description, main)?;
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        if there.details.category_id != details.category_id {
            let low = low_stock_of(conn, details.category_id)?;
            diesel::update(skus::table.filter(skus::spu_id.eq(id).and(skus::low_stock_own.eq(false))))
                .set(skus::low_stock_at.eq(low))
                .execute(conn)?;
        }
        Ok((before, after))
    })?;
    if !matches!(edited, Edited::Done { .. }) {
        made.clear();
    }
    Ok((edited, made))
}

/// Publishes an SPU, or takes it down.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such SPU.
pub fn set_published(conn: &mut PgConnection, id: SpuId, seen: i32, published: bool) -> QueryResult<Edited> {
    // No name is read or written here, so any language will do.
    edit(conn, (id, seen), Language::En, |conn, there| {
        if published && !there.skus.iter().any(|sku| sku.active) {
            return Err(Stop::Refused(Refused::NothingToSell));
        }
        diesel::update(spus::table.find(id)).set(spus::published.eq(published)).execute(conn)?;
        Ok((json!({ "published": there.published }), json!({ "published": published })))
    })
}

/// An edit of goods that are still as `seen`. Their SKUs are locked before the SPU, as a sale does, so that nobody waits
/// in a circle; what `work` answers is what it was and what it is now.
fn edit<W>(conn: &mut PgConnection, (id, seen): (SpuId, i32), main: Language, work: W) -> QueryResult<Edited>
where
    W: FnOnce(&mut PgConnection, &Goods) -> Result<(Value, Value), Stop>,
{
    ended(db::savepoint(conn, |conn| {
        LockSkus { spu: id.0 }.execute(conn)?;
        let still = spus::table.find(id).filter(spus::version.eq(seen));
        let risen = diesel::update(still).set(spus::version.eq(spus::version + 1)).execute(conn)?;
        let there = goods(conn, id, main)?.ok_or(Error::NotFound)?;
        if risen == 0 {
            return Err(Stop::Stale);
        }
        let (before, after) = work(conn, &there)?;
        if before == after {
            diesel::update(spus::table.find(id)).set(spus::version.eq(seen)).execute(conn)?;
            return Ok(Edited::Unchanged);
        }
        Ok(Edited::Done { before, after })
    }))
}

statement! {
    /// Waits for each.
    LockSkus(spu: i64 as BigInt) -> () =
    "select from skus where spu_id = " spu " order by id for no key update"
}

/// What a text is about.
#[derive(Clone, Copy)]
enum About {
    Spu(SpuId),
    Option(OptionId),
    Value(OptionValueId),
}

/// Writes what stands in the other language, if anything does; the row itself says what stands in the main one.
fn translate(
    conn: &mut PgConnection,
    about: About,
    name: &Named,
    description: &Named,
    main: Language,
) -> QueryResult<()> {
    let (spu, option, value) = match about {
        About::Spu(id) => (Some(id), None, None),
        About::Option(id) => (None, Some(id), None),
        About::Value(id) => (None, None, Some(id)),
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

/// For the journal; where it stands by slugs, as people know them.
fn told(conn: &mut PgConnection, details: &Details) -> QueryResult<Value> {
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
