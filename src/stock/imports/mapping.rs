//! The columns that people chose for an import, their reuse for later files, and the deletion of stored files.

use chrono::{DateTime, Duration, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use super::{
    layout::{ColumnMapping, FileLayout},
    model::StoredState,
    rules::ImportMode,
};
use crate::{
    kernel::{ImportId, UserId},
    platform::db::statement,
    schema::{import_files, import_mappings, imports},
};

/// The maximum number of stored files whose imports are not confirmed. If there are more, the oldest are deleted.
const MAX_KEPT_FILES: i64 = 50;
/// The stored file of an import that is not confirmed is deleted after this many days.
const MAX_FILE_DAYS: i64 = 14;
/// The chosen columns are remembered for each member of staff and each set of headings; this is the maximum number of
/// such sets for one member of staff. If there are more, the oldest are deleted.
const MAX_REMEMBERED: i64 = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapOutcome {
    /// The chosen columns are stored; a background job will read the file again.
    Yes,
    Busy,
    /// Somebody has changed the chosen columns since the page was shown; nothing was stored.
    Stale,
    /// The columns cannot be chosen any more: the import was applied or discarded, or its file is deleted.
    TooLate,
}

/// Stores the columns that a person chose, and lets a background job read the file again; until that is done, the
/// import cannot be applied. Stores nothing if the import no longer has this `revision`.
pub fn map_import(
    conn: &mut PgConnection,
    id: ImportId,
    staff: UserId,
    revision: i32,
    mapping: &ColumnMapping,
) -> QueryResult<MapOutcome> {
    // The process that reads it holds the lock.
    let found: Option<(StoredState, i32)> = imports::table
        .find(id)
        .select((imports::state, imports::revision))
        .for_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    let Some((state, now)) = found else { return Ok(MapOutcome::Busy) };
    let is_kept: bool = diesel::select(diesel::dsl::exists(import_files::table.filter(import_files::import_id.eq(id))))
        .get_result(conn)?;
    match state {
        StoredState::Reading => return Ok(MapOutcome::Busy),
        StoredState::Ready | StoredState::Unmapped if !is_kept => return Ok(MapOutcome::TooLate),
        StoredState::Ready | StoredState::Unmapped if now != revision => return Ok(MapOutcome::Stale),
        StoredState::Ready | StoredState::Unmapped => {}
        StoredState::Refused | StoredState::Discarded | StoredState::Applying | StoredState::Done => {
            return Ok(MapOutcome::TooLate);
        }
    }
    let json = serde_json::to_value(mapping).map_err(|error| Error::SerializationError(error.into()))?;
    let again = (
        imports::state.eq(StoredState::Reading.code()),
        imports::attempts.eq(0),
        imports::mapping.eq(json),
        imports::mapped_by.eq(staff),
        imports::revision.eq(imports::revision + 1),
    );
    diesel::update(imports::table.find(id)).set(again).execute(conn)?;
    Ok(MapOutcome::Yes)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = import_mappings)]
struct RememberedMapping {
    digest: String,
    code_column: i32,
    number_column: i32,
    note_column: Option<i32>,
}

impl RememberedMapping {
    fn mapping(&self) -> ColumnMapping {
        let index = |column: i32| usize::try_from(column).ok();
        ColumnMapping {
            sheet: None,
            heading: None,
            code: index(self.code_column),
            number: index(self.number_column),
            note: self.note_column.and_then(index),
        }
    }
}

/// Looks up the columns that `staff` chose earlier for files with these heading rows, given as (index of the row, its
/// hash). Returns the index and the columns for the first row that has any.
pub(super) fn remembered(
    conn: &mut PgConnection,
    staff: UserId,
    mode: ImportMode,
    headings: &[(usize, String)],
) -> QueryResult<Option<(usize, ColumnMapping)>> {
    let digests: Vec<&str> = headings.iter().map(|(_, digest)| digest.as_str()).collect();
    let theirs = import_mappings::staff_id.eq(staff).and(import_mappings::mode.eq(mode.code()));
    let rows: Vec<RememberedMapping> = import_mappings::table
        .filter(theirs.and(import_mappings::digest.eq_any(digests)))
        .select(RememberedMapping::as_select())
        .load(conn)?;
    for (place, digest) in headings {
        if let Some(known) = rows.iter().find(|known| known.digest == *digest) {
            return Ok(Some((*place, known.mapping())));
        }
    }
    Ok(None)
}

/// Stores the columns that `staff` chose for files with this heading row; does nothing if questions about the layout
/// are open.
pub(super) fn remember(
    conn: &mut PgConnection,
    staff: UserId,
    mode: ImportMode,
    layout: &FileLayout,
) -> QueryResult<()> {
    let column = |at: Option<usize>| at.and_then(|at| i32::try_from(at).ok());
    let (Some(code), Some(number)) = (column(layout.code), column(layout.number)) else { return Ok(()) };
    if !layout.questions.is_empty() {
        return Ok(());
    }
    let columns = (
        import_mappings::code_column.eq(code),
        import_mappings::number_column.eq(number),
        import_mappings::note_column.eq(column(layout.note)),
        import_mappings::at.eq(diesel::dsl::now),
    );
    diesel::insert_into(import_mappings::table)
        .values((
            import_mappings::staff_id.eq(staff),
            import_mappings::mode.eq(mode.code()),
            import_mappings::digest.eq(&layout.digest),
            columns,
        ))
        .on_conflict((import_mappings::staff_id, import_mappings::mode, import_mappings::digest))
        .do_update()
        .set(columns)
        .execute(conn)?;
    DropOldest { staff: staff.0, most: MAX_REMEMBERED }.execute(conn)?;
    Ok(())
}

statement! {
    DropOldest(staff: i64 as BigInt, most: i64 as BigInt) -> () =
    "delete from import_mappings m using (
        select mode, digest from import_mappings where staff_id = " staff " order by at desc offset " most "
     ) old
     where m.staff_id = " staff " and m.mode = old.mode and m.digest = old.digest"
}

pub(super) fn forget_file(conn: &mut PgConnection, id: ImportId) -> QueryResult<()> {
    diesel::delete(import_files::table.filter(import_files::import_id.eq(id))).execute(conn)?;
    Ok(())
}

/// Deletes the oldest stored files of imports that are not confirmed, so that [`MAX_KEPT_FILES`] are left.
pub(super) fn drop_surplus_files(conn: &mut PgConnection) -> QueryResult<()> {
    drop_files(conn, None)
}

/// Deletes stored files of imports that are not confirmed: the oldest beyond [`MAX_KEPT_FILES`], and those older than
/// [`MAX_FILE_DAYS`]. Discards imports that cannot be applied without their file.
pub fn drop_old_import_files(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<()> {
    drop_files(conn, Some(now - Duration::days(MAX_FILE_DAYS)))
}

fn drop_files(conn: &mut PgConnection, before: Option<DateTime<Utc>>) -> QueryResult<()> {
    DropFiles { before, most: MAX_KEPT_FILES }.execute(conn)?;
    Ok(())
}

statement! {
    /// Deletes the stored files of imports that are not confirmed: all but the newest `most`, and those from before
    /// `before` (if given). Skips imports that are being read, or whose columns are being chosen.
    DropFiles(before: Option<DateTime<Utc>> as Nullable<Timestamptz>, most: i64 as BigInt) -> () =
    "with kept as (
        select id, at, row_number() over (order by id desc) as place from imports i
        where state in ('ready', 'unmapped') and exists (select from import_files f where f.import_id = i.id)
     ),
     old as materialized (
        select id from imports
        where id in (select id from kept where place > " most " or at < " before ") and state in ('ready', 'unmapped')
        for update skip locked
     ),
     dropped as (delete from import_files where import_id in (select id from old))
     update imports set state = 'discarded' where id in (select id from old) and state = 'unmapped'"
}
