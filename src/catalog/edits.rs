//! What edits of products, categories and brands have in common: their results, database errors that mean that an edit
//! is refused, and slugs.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    result::{DatabaseErrorKind, Error},
    sql_types::Text,
};
use serde_json::Value;

use crate::platform::db::{self, statement};

/// The result of an edit by staff. Only `Done` has changed anything; it holds the values before and after for the audit
/// log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditOutcome {
    Done {
        before: Value,
        after: Value,
    },
    Unchanged,
    /// Somebody else has edited the row since the form was shown: its version has changed. Nothing was written.
    Stale,
    Refused(EditRefusal),
}

/// Why an edit was refused; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditRefusal {
    SlugTaken,
    CategoryGone,
    BrandGone,
    CodeTaken(String),
    /// The SPU cannot be published, because it has no SKU that is on sale.
    NothingToSell,
    /// The category would become its own ancestor.
    BelowItself,
    TooDeep,
    /// The category or brand still has products or subcategories.
    InUse,
}

/// Why an edit is rolled back: it is refused or outdated, or a query failed.
pub(super) enum EditError {
    Stale,
    Refused(EditRefusal),
    Failed(Error),
}

impl From<Error> for EditError {
    fn from(error: Error) -> Self {
        let Error::DatabaseError(kind, info) = &error else { return Self::Failed(error) };
        match (kind, info.constraint_name()) {
            (DatabaseErrorKind::UniqueViolation, Some("spus_slug_key" | "categories_slug_key" | "brands_slug_key")) => {
                Self::Refused(EditRefusal::SlugTaken)
            }
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_category_id_fkey" | "categories_parent_id_fkey")) => {
                Self::Refused(EditRefusal::CategoryGone)
            }
            (DatabaseErrorKind::CheckViolation, Some("categories_no_circle")) => {
                Self::Refused(EditRefusal::BelowItself)
            }
            (DatabaseErrorKind::CheckViolation, Some("categories_height")) => Self::Refused(EditRefusal::TooDeep),
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_brand_id_fkey")) => {
                Self::Refused(EditRefusal::BrandGone)
            }
            _ => Self::Failed(error),
        }
    }
}

impl EditError {
    /// Converts the database error of a removal into a refusal if a foreign key was violated, because that means that
    /// the row is in use.
    pub(super) fn in_use(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Refused(EditRefusal::InUse),
            error => Self::Failed(error),
        }
    }
}

/// Separates a refusal from a database error: returns the refusal as the inner `Err`, the error as the outer one.
pub(super) fn creation_result<I>(made: Result<I, EditError>) -> QueryResult<Result<I, EditRefusal>> {
    match made {
        Ok(id) => Ok(Ok(id)),
        Err(EditError::Refused(why)) => Ok(Err(why)),
        Err(EditError::Failed(error)) => Err(error),
        Err(EditError::Stale) => Err(Error::NotFound),
    }
}

pub(super) fn edit_result(edited: Result<EditOutcome, EditError>) -> QueryResult<EditOutcome> {
    match edited {
        Err(EditError::Stale) => Ok(EditOutcome::Stale),
        Err(EditError::Refused(why)) => Ok(EditOutcome::Refused(why)),
        Err(EditError::Failed(error)) => Err(error),
        Ok(edited) => Ok(edited),
    }
}

/// Calls `insert` with a slug, and returns its result and the slug. The slug is `typed`, or if that is `None`, `kind`
/// with the next free number, such as "product-12".
pub(super) fn insert_with_slug<I>(
    conn: &mut PgConnection,
    typed: Option<&str>,
    kind: &'static str,
    insert: impl Fn(&mut PgConnection, &str) -> Result<I, EditError>,
) -> Result<(I, String), EditError> {
    if let Some(slug) = typed {
        return Ok((insert(conn, slug)?, slug.to_owned()));
    }
    for _ in 0..MAX_SLUG_ATTEMPTS {
        let (slug,): (String,) = NumberedSlug { kind }.get_result(conn)?;
        match db::savepoint(conn, |conn| insert(conn, &slug)) {
            // A concurrent transaction took the same number.
            Err(EditError::Refused(EditRefusal::SlugTaken)) => {}
            made => return Ok((made?, slug)),
        }
    }
    Err(EditError::Refused(EditRefusal::SlugTaken))
}

const MAX_SLUG_ATTEMPTS: usize = 8;

statement! {
    /// Selects a free slug of this kind ("category", "brand" or "product") with the next number, such as "product-12".
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
