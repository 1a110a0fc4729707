//! The settings of invoices and fapiao, and the tax rates of categories.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Numeric, Text},
};
use rust_decimal::Decimal;

use super::model::{CategoryRate, DocumentKind, InvoiceSettings, NewInvoiceSettings};
use crate::{
    kernel::{CategoryId, Language},
    platform::db::statement,
    schema::{category_tax_rates, invoice_progress, invoice_settings},
};

pub fn invoice_settings(conn: &mut PgConnection) -> QueryResult<InvoiceSettings> {
    invoice_settings::table.select(InvoiceSettings::as_select()).first(conn)
}

/// The settings before and after a change.
#[derive(Clone, Debug)]
pub struct SavedSettings {
    pub before: InvoiceSettings,
    pub after: InvoiceSettings,
}

/// Stores `new` and the tax rates of categories if the stored settings still have the version `seen`; otherwise stores
/// nothing and returns `None`. If the first day of invoices has changed, the job looks again for orders paid at `first`
/// or later.
pub fn save_invoice_settings(
    conn: &mut PgConnection,
    (new, rates): (&NewInvoiceSettings, &[CategoryRate]),
    seen: i64,
    first: Option<DateTime<Utc>>,
) -> QueryResult<Option<SavedSettings>> {
    // Concurrent changes wait here for each other.
    let stored = invoice_settings::table.select(InvoiceSettings::as_select());
    let before: InvoiceSettings = stored.for_no_key_update().first(conn)?;
    if before.version != seen {
        return Ok(None);
    }
    let after = diesel::update(invoice_settings::table)
        .set((new, invoice_settings::version.eq(invoice_settings::version + 1)))
        .returning(InvoiceSettings::as_returning())
        .get_result(conn)?;
    diesel::delete(category_tax_rates::table).execute(conn)?;
    let mut rows = Vec::new();
    for category in rates {
        if let Some(rate) = category.rate {
            rows.push((category_tax_rates::category_id.eq(category.id), category_tax_rates::rate.eq(rate)));
        }
    }
    diesel::insert_into(category_tax_rates::table).values(rows).execute(conn)?;
    if let Some(first) = first.filter(|_| before.invoices_from != after.invoices_from) {
        restart(conn, first)?;
    }
    Ok(Some(SavedSettings { before, after }))
}

/// Makes the job look again for orders and refunds without a document, from the time `first` on.
pub fn restart(conn: &mut PgConnection, first: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(invoice_progress::table).set(invoice_progress::through.eq(first)).execute(conn)
}

/// Loads all categories, each followed by its descendants, with the tax rate that is set for it.
pub fn category_rates(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryRate>> {
    let rows: Vec<CategoryRow> = CategoryRates { language: language.code() }.load(conn)?;
    let rate = |row: CategoryRow| CategoryRate { id: row.id, name: row.name, depth: row.depth, rate: row.rate };
    Ok(rows.into_iter().map(rate).collect())
}

#[derive(QueryableByName)]
struct CategoryRow {
    #[diesel(sql_type = BigInt)]
    id: CategoryId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Integer)]
    depth: i32,
    #[diesel(sql_type = Nullable<Numeric>)]
    rate: Option<Decimal>,
}

statement! {
    CategoryRates(language: &'static str as Text) -> [CategoryRow] =
    "with recursive tree as (
        select c.id, 0 as depth, array[c.position::bigint, c.id] as place from categories c where c.parent_id is null
        union all
        select c.id, t.depth + 1, t.place || array[c.position::bigint, c.id]
        from tree t join categories c on c.parent_id = t.id
        where t.depth < 20
     )
     select c.id, coalesce(nullif(x.name, ''), c.name) as name, t.depth, r.rate
     from tree t
     join categories c on c.id = t.id
     left join texts x on x.category_id = c.id and x.language = " language "
     left join category_tax_rates r on r.category_id = c.id
     order by t.place"
}

/// Claims the work of issuing documents of this kind until the time `until`. Returns the time up to which all documents
/// are issued; `None` if another process has claimed the work.
pub(super) fn claim(
    conn: &mut PgConnection,
    kind: DocumentKind,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    let is_free = invoice_progress::claimed_until.is_null().or(invoice_progress::claimed_until.le(now));
    diesel::update(invoice_progress::table.find(kind.code()).filter(is_free))
        .set(invoice_progress::claimed_until.eq(until))
        .returning(invoice_progress::through)
        .get_result(conn)
        .optional()
}

/// Ends a claim. `through` is the time up to which all documents are issued now; `None` if it has not changed since
/// `before`.
pub(super) fn release(
    conn: &mut PgConnection,
    kind: DocumentKind,
    (before, through): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> QueryResult<()> {
    let row = invoice_progress::table.find(kind.code());
    diesel::update(row).set(invoice_progress::claimed_until.eq(None::<DateTime<Utc>>)).execute(conn)?;
    if let Some(through) = through {
        // The settings may have begun the job anew meanwhile.
        diesel::update(row.filter(invoice_progress::through.eq(before)))
            .set(invoice_progress::through.eq(through))
            .execute(conn)?;
    }
    Ok(())
}
