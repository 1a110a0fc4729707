//! Edits of goods, each inside somebody's transaction. Whoever edits says which version they have seen; if somebody else
//! has edited the goods since, nothing is written.

mod save_options;
mod save_skus;

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::BigInt,
};
use serde_json::{Value, json};

use super::{
    model::{Details, Goods, Named},
    queries::goods,
};
use crate::{
    catalog::shelves::{hold_tree_still, low_stock_of},
    kernel::{OptionId, OptionValueId, SpuId},
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
///
/// # Errors
/// The database's own.
pub(in crate::catalog) fn made<I>(made: Result<I, Stop>) -> QueryResult<Result<I, Refused>> {
    match made {
        Ok(id) => Ok(Ok(id)),
        Err(Stop::Refused(why)) => Ok(Err(why)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Stale) => Err(Error::NotFound),
    }
}

/// How an edit ended.
///
/// # Errors
/// The database's own.
pub(in crate::catalog) fn ended(edited: Result<Edited, Stop>) -> QueryResult<Edited> {
    match edited {
        Err(Stop::Stale) => Ok(Edited::Stale),
        Err(Stop::Refused(why)) => Ok(Edited::Refused(why)),
        Err(Stop::Failed(error)) => Err(error),
        Ok(edited) => Ok(edited),
    }
}

/// Makes new goods, which nobody sees before they are published.
///
/// # Errors
/// The database's own.
pub fn create_goods(conn: &mut PgConnection, details: &Details) -> QueryResult<Result<SpuId, Refused>> {
    made(db::savepoint(conn, |conn| {
        let id: SpuId = diesel::insert_into(spus::table)
            .values((columns(details), spus::published.eq(false)))
            .returning(spus::id)
            .get_result(conn)?;
        say_in_chinese(conn, About::Spu(id), &details.name, &details.description.zh)?;
        Ok(id)
    }))
}

type Columns<'a> = (
    diesel::dsl::Eq<spus::category_id, crate::kernel::CategoryId>,
    diesel::dsl::Eq<spus::brand_id, crate::kernel::BrandId>,
    diesel::dsl::Eq<spus::slug, &'a str>,
    diesel::dsl::Eq<spus::name, &'a str>,
    diesel::dsl::Eq<spus::description, &'a str>,
);

fn columns(details: &Details) -> Columns<'_> {
    (
        spus::category_id.eq(details.category_id),
        spus::brand_id.eq(details.brand_id),
        spus::slug.eq(details.slug.as_str()),
        spus::name.eq(details.name.en.as_str()),
        spus::description.eq(details.description.en.as_str()),
    )
}

/// Writes what an SPU is called and where it stands.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn save_details(conn: &mut PgConnection, id: SpuId, seen: i32, details: &Details) -> QueryResult<Edited> {
    // Before any SKU is locked.
    hold_tree_still(conn)?;
    edit(conn, id, seen, |conn, there| {
        let (before, after) = (told(conn, &there.details)?, told(conn, details)?);
        if there.details != *details {
            diesel::update(spus::table.find(id)).set(columns(details)).execute(conn)?;
            say_in_chinese(conn, About::Spu(id), &details.name, &details.description.zh)?;
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        if there.details.category_id != details.category_id {
            let low = low_stock_of(conn, details.category_id)?;
            diesel::update(skus::table.filter(skus::spu_id.eq(id).and(skus::low_stock_own.eq(false))))
                .set(skus::low_stock_at.eq(low))
                .execute(conn)?;
        }
        Ok((before, after))
    })
}

/// Publishes an SPU, or takes it down.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn set_published(conn: &mut PgConnection, id: SpuId, seen: i32, published: bool) -> QueryResult<Edited> {
    edit(conn, id, seen, |conn, there| {
        if published && !there.skus.iter().any(|sku| sku.active) {
            return Err(Stop::Refused(Refused::NothingToSell));
        }
        diesel::update(spus::table.find(id)).set(spus::published.eq(published)).execute(conn)?;
        Ok((json!({ "published": there.published }), json!({ "published": published })))
    })
}

/// An edit of goods that are still as `seen`. Their SKUs are locked before the SPU, as a sale does, so that nobody waits
/// in a circle; what `work` answers is what it was and what it is now.
fn edit<W>(conn: &mut PgConnection, id: SpuId, seen: i32, work: W) -> QueryResult<Edited>
where
    W: FnOnce(&mut PgConnection, &Goods) -> Result<(Value, Value), Stop>,
{
    ended(db::savepoint(conn, |conn| {
        LockSkus { spu: id.0 }.execute(conn)?;
        let still = spus::table.find(id).filter(spus::version.eq(seen));
        let risen = diesel::update(still).set(spus::version.eq(spus::version + 1)).execute(conn)?;
        let there = goods(conn, id)?.ok_or(Error::NotFound)?;
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

/// The name in Chinese, or none; the English one stands in the row itself and nowhere else.
fn say_in_chinese(conn: &mut PgConnection, about: About, name: &Named, description: &str) -> QueryResult<()> {
    let (spu, option, value) = match about {
        About::Spu(id) => (Some(id), None, None),
        About::Option(id) => (None, Some(id), None),
        About::Value(id) => (None, None, Some(id)),
    };
    diesel::delete(
        texts::table.filter(texts::spu_id.eq(spu).or(texts::option_id.eq(option)).or(texts::option_value_id.eq(value))),
    )
    .execute(conn)?;
    if !name.zh.is_empty() {
        diesel::insert_into(texts::table)
            .values((
                texts::language.eq("zh"),
                texts::spu_id.eq(spu),
                texts::option_id.eq(option),
                texts::option_value_id.eq(value),
                texts::name.eq(&name.zh),
                texts::description.eq(description),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// For the journal; where it stands by slugs, as people know them.
fn told(conn: &mut PgConnection, details: &Details) -> QueryResult<Value> {
    let category: Option<String> =
        categories::table.find(details.category_id).select(categories::slug).first(conn).optional()?;
    let brand: Option<String> = brands::table.find(details.brand_id).select(brands::slug).first(conn).optional()?;
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
