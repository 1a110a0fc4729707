//! Queries of stock imports.

use diesel::{
    PgConnection, QueryResult,
    dsl::{AsSelect, exists},
    pg::Pg,
    prelude::*,
    sql_types::{Array, BigInt, Text},
};
use std::collections::HashMap;

use super::model::{Import, ImportLine, ImportRow, LineOutcome, LineRow, SkuTotal};
use crate::{
    kernel::{ImportId, SkuId},
    platform::db::statement,
    schema::{import_files, import_rows, imports, users},
};

type HasFile = exists<diesel::dsl::Filter<import_files::table, diesel::dsl::Eq<import_files::import_id, imports::id>>>;

fn columns() -> (AsSelect<ImportRow, Pg>, users::username, HasFile) {
    let has_file = exists(import_files::table.filter(import_files::import_id.eq(imports::id)));
    (ImportRow::as_select(), users::username, has_file)
}

pub fn import(conn: &mut PgConnection, id: ImportId) -> QueryResult<Option<Import>> {
    let row = imports::table
        .inner_join(users::table.on(users::id.eq(imports::staff_id)))
        .filter(imports::id.eq(id))
        .select(columns())
        .first(conn)
        .optional()?;
    row.map(Import::of).transpose()
}

/// Returns how many units the import adds to or takes from stocks, added up without signs.
pub fn import_units(conn: &mut PgConnection, id: ImportId) -> QueryResult<u64> {
    let (units,) = DueUnits { import: id.0 }.get_result::<(i64,)>(conn)?;
    Ok(units.unsigned_abs())
}

statement! {
    DueUnits(import: i64 as BigInt) -> (BigInt,) =
    "select coalesce(sum(abs(stock_after::bigint - stock_before)), 0)::bigint from import_rows
     where import_id = " import " and outcome = 'due'"
}

/// Returns the number of all imports, and the page with the number `page` (from 1), newest first.
pub fn imports(conn: &mut PgConnection, (page, per_page): (i64, i64)) -> QueryResult<(i64, Vec<Import>)> {
    let count: i64 = imports::table.count().get_result(conn)?;
    let page = page.clamp(1, (count + per_page - 1).max(1) / per_page.max(1) + 1);
    let rows = imports::table
        .inner_join(users::table.on(users::id.eq(imports::staff_id)))
        .order(imports::id.desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
        .select(columns())
        .load(conn)?;
    Ok((count, rows.into_iter().map(Import::of).collect::<QueryResult<_>>()?))
}

/// Returns the last confirmed import of a file with the same content; `None` if there is none, or if `import` applies
/// the failed lines of another import again.
pub fn same_file_before(conn: &mut PgConnection, import: &Import) -> QueryResult<Option<Import>> {
    if import.follows.is_some() {
        return Ok(None);
    }
    let row = imports::table
        .inner_join(users::table.on(users::id.eq(imports::staff_id)))
        .filter(imports::digest.eq(&import.digest).and(imports::id.ne(import.id)))
        .filter(imports::confirmed_at.is_not_null().and(imports::follows_id.is_null()))
        .order(imports::id.desc())
        .select(columns())
        .first(conn)
        .optional()?;
    row.map(Import::of).transpose()
}

/// Returns how many counts of the import failed because the stock had changed since the preview.
pub fn changed_lines(conn: &mut PgConnection, id: ImportId) -> QueryResult<i64> {
    let failed = import_rows::import_id.eq(id).and(import_rows::outcome.eq(LineOutcome::Failed.code()));
    import_rows::table.filter(failed.and(import_rows::problem.eq("changed"))).count().get_result(conn)
}

/// Returns the import's lines with this outcome, in the order of the file, cut by (offset, limit).
pub fn import_lines(
    conn: &mut PgConnection,
    id: ImportId,
    outcome: LineOutcome,
    (offset, limit): (i64, i64),
) -> QueryResult<Vec<ImportLine>> {
    lines(conn, id, outcome, 0, (offset, limit))
}

/// Returns, for those of these SKUs that occur in several lines of the import, the number and the sum of the lines.
pub fn sku_totals(conn: &mut PgConnection, id: ImportId, skus: &[SkuId]) -> QueryResult<HashMap<SkuId, SkuTotal>> {
    let skus = skus.iter().map(|sku| sku.0).collect();
    let found: Vec<(i64, i64, i64)> = LinesTogether { import: id.0, skus }.load(conn)?;
    Ok(found.into_iter().map(|(sku, lines, change)| (SkuId(sku), SkuTotal { lines, change })).collect())
}

statement! {
    LinesTogether(import: i64 as BigInt, skus: Vec<i64> as Array<BigInt>) -> (BigInt, BigInt, BigInt) =
    "select sku_id, count(*), sum(stock_after::bigint - stock_before)::bigint from import_rows
     where import_id = " import " and sku_id = any((select " skus ")::bigint[])
        and outcome in ('due', 'applied') and stock_after <> stock_before
     group by sku_id having count(*) > 1"
}

/// Returns the SKU codes of the shop that differ from one of these only in upper and lower case.
pub fn codes_like(conn: &mut PgConnection, codes: &[&str]) -> QueryResult<Vec<String>> {
    let codes = codes.iter().map(|code| code.to_lowercase()).collect();
    let found: Vec<(String,)> = CodesLike { codes }.load(conn)?;
    Ok(found.into_iter().map(|(code,)| code).collect())
}

statement! {
    CodesLike(codes: Vec<String> as Array<Text>) -> (Text,) =
    "select code from skus where lower(code) = any((select " codes ")::text[]) order by id"
}

/// Returns the first `limit` lines with this outcome that come after the line `line` of the file.
pub fn import_lines_after(
    conn: &mut PgConnection,
    id: ImportId,
    outcome: LineOutcome,
    line: i32,
    limit: i64,
) -> QueryResult<Vec<ImportLine>> {
    lines(conn, id, outcome, line, (0, limit))
}

fn lines(
    conn: &mut PgConnection,
    id: ImportId,
    outcome: LineOutcome,
    after: i32,
    (offset, limit): (i64, i64),
) -> QueryResult<Vec<ImportLine>> {
    let rows: Vec<LineRow> = import_rows::table
        .filter(import_rows::import_id.eq(id).and(import_rows::outcome.eq(outcome.code())))
        .filter(import_rows::line.gt(after))
        .order(import_rows::line)
        .offset(offset)
        .limit(limit)
        .select(LineRow::as_select())
        .load(conn)?;
    rows.into_iter().map(ImportLine::of).collect()
}
