//! Applies confirmed stock imports to the stock.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use super::{
    mapping,
    model::{Import, StoredState},
    queries,
    rules::LineProblem,
};
use crate::{
    kernel::{ImportId, UserId},
    platform::db::{self, statement},
    schema::imports,
};

/// The maximum number of SKUs that one transaction locks. Orders of these SKUs wait meanwhile.
pub const MAX_SKUS_PER_BATCH: i64 = 500;

#[derive(Clone, Debug)]
pub enum ConfirmOutcome {
    Yes(Box<Import>),
    Already,
    /// The import cannot be confirmed: no line of it can be applied, or it was discarded.
    NotReady,
    /// The import cannot be confirmed before staff have said which columns hold what.
    Unmapped,
    /// Somebody has changed the chosen columns since the page was shown.
    Stale,
    /// The same file was applied before; [`Confirmation::again`] has to be set to apply it again.
    SameFile,
}

#[derive(Clone, Copy, Debug)]
pub struct Confirmation {
    /// The [`Import::revision`] that the page showed; the import has a greater one if its columns were changed since.
    pub revision: i32,
    /// True to apply the import although the same file was applied before.
    pub again: bool,
}

/// Confirms an import, so that a background job applies it. Returns `None` if there is no such import.
pub fn confirm_import(
    conn: &mut PgConnection,
    id: ImportId,
    staff: UserId,
    confirmation: Confirmation,
    now: DateTime<Utc>,
) -> QueryResult<Option<ConfirmOutcome>> {
    let columns = (imports::state, imports::due_count, imports::revision);
    let found: Option<(StoredState, i32, i32)> =
        imports::table.find(id).select(columns).for_update().first(conn).optional()?;
    let Some((state, due, revision)) = found else { return Ok(None) };
    match (state, due) {
        (StoredState::Applying | StoredState::Done, _) => return Ok(Some(ConfirmOutcome::Already)),
        (StoredState::Unmapped, _) => return Ok(Some(ConfirmOutcome::Unmapped)),
        (StoredState::Ready | StoredState::Reading, _) if revision != confirmation.revision => {
            return Ok(Some(ConfirmOutcome::Stale));
        }
        (StoredState::Ready, 1..) => {}
        _ => return Ok(Some(ConfirmOutcome::NotReady)),
    }
    let Some(import) = queries::import(conn, id)? else { return Ok(None) };
    let same = queries::same_file_before(conn, &import)?;
    if same.is_some() && !confirmation.again {
        return Ok(Some(ConfirmOutcome::SameFile));
    }
    let applying = (
        imports::state.eq(StoredState::Applying.code()),
        imports::confirmed_by.eq(staff),
        imports::confirmed_at.eq(now),
        imports::repeated.eq(same.is_some()),
    );
    // Only the unique index sees a concurrent confirmation of the same file.
    let confirmed = db::savepoint(conn, |conn| diesel::update(imports::table.find(id)).set(applying).execute(conn));
    match confirmed {
        Ok(_) => {
            mapping::forget_file(conn, id)?;
            Ok(Some(ConfirmOutcome::Yes(Box::new(import))))
        }
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(Some(ConfirmOutcome::SameFile)),
        Err(error) => Err(error),
    }
}

/// Discards an unconfirmed import and deletes its lines. Returns false, with nothing changed, if it is confirmed.
pub fn discard_import(conn: &mut PgConnection, id: ImportId) -> QueryResult<bool> {
    let waiting = imports::table
        .find(id)
        .filter(imports::state.eq_any([StoredState::Ready.code(), StoredState::Unmapped.code()]));
    // Its source import can be retried again.
    let nothing = (imports::state.eq(StoredState::Discarded.code()), imports::follows_id.eq(None::<ImportId>));
    let discarded = diesel::update(waiting).set(nothing).execute(conn)?;
    if discarded > 0 {
        ForgetImports { import: id.0 }.execute(conn)?;
        mapping::forget_file(conn, id)?;
    }
    Ok(discarded > 0)
}

statement! {
    ForgetImports(import: i64 as BigInt) -> () = "delete from import_rows where import_id = " import ""
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryOutcome {
    /// A new import of the failed lines was created; it has to be confirmed.
    Created(ImportId),
    /// An earlier call has already created the import of the failed lines; holds its id.
    Already(ImportId),
    /// No line of the import failed because the stock had changed.
    Nothing,
}

/// Creates an import of those lines of a finished import that failed because the stock had changed since their preview;
/// the new lines start from the current stock. If an earlier call has created it, returns it as
/// [`RetryOutcome::Already`].
pub fn retry_changed_lines(
    conn: &mut PgConnection,
    id: ImportId,
    staff: UserId,
    token: &str,
) -> QueryResult<RetryOutcome> {
    let made: Vec<(ImportId,)> =
        InsertSuccessor { import: id.0, staff: staff.0, token: token.to_owned() }.load(conn)?;
    if let Some((follower,)) = made.first() {
        CopyFailedLines { import: id.0, follower: follower.0 }.execute(conn)?;
        ImportSums { import: follower.0 }.execute(conn)?;
        return Ok(RetryOutcome::Created(*follower));
    }
    let before = imports::table.filter(imports::follows_id.eq(id)).select(imports::id).first(conn).optional()?;
    Ok(before.map_or(RetryOutcome::Nothing, RetryOutcome::Already))
}

statement! {
    /// Inserts an import for the failed lines of another one, and selects its id; nothing if no line failed because the
    /// stock had changed, or if such an import exists already.
    InsertSuccessor(import: i64 as BigInt, staff: i64 as BigInt, token: String as Text) -> (BigInt,) =
    "insert into imports (token, staff_id, file_name, bytes, digest, mode, reason, note, state, follows_id)
     select " token ", " staff ", file_name, bytes, digest, mode, reason, note, 'ready', id from imports i
     where i.id = " import " and i.state = 'done' and exists (
        select from import_rows r where r.import_id = i.id and r.outcome = 'failed' and r.problem = 'changed')
     on conflict (follows_id) do nothing
     returning id"
}

statement! {
    /// Copies failed lines into the new import `follower`, with the current stock of their SKUs.
    CopyFailedLines(import: i64 as BigInt, follower: i64 as BigInt) -> () =
    "insert into import_rows (import_id, line, code, typed, sku_id, stock_before, stock_after, outcome)
     select " follower ", r.line, r.code, r.typed, k.id, k.stock, r.stock_after,
        case when k.stock = r.stock_after then 'unchanged' else 'due' end
     from import_rows r join skus k on k.id = r.sku_id
     where r.import_id = " import " and r.outcome = 'failed' and r.problem = 'changed'"
}

statement! {
    ImportSums(import: i64 as BigInt) -> () =
    "update imports i set line_count = c.n, due_count = c.due, unchanged_count = c.n - c.due
     from (
        select count(*) as n, count(*) filter (where outcome = 'due') as due from import_rows
        where import_id = " import "
     ) c
     where i.id = " import ""
}

#[derive(Clone, Debug)]
pub enum BatchOutcome {
    /// Nothing was applied: no import waits to be applied, or other processes are applying all those that wait.
    Nothing,
    /// The lines of one batch of SKUs were applied, and the import has more lines. Holds the number of SKUs.
    Some(i64),
    /// The last lines of this import were applied, so that it is done.
    Finished(Box<Import>),
}

/// Applies the lines of the next SKUs of a confirmed import, at most [`MAX_SKUS_PER_BATCH`], by ascending id. The
/// caller's transaction locks the import, so that other processes skip it. A line that cannot be applied is stored with
/// the reason, and the others are applied.
///
/// # Errors
/// On a database error the caller rolls back; the next call tries the same lines.
pub fn apply_import_batch(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<BatchOutcome> {
    let found: Option<ImportId> = imports::table
        .filter(imports::state.eq(StoredState::Applying.code()))
        .order(imports::id)
        .select(imports::id)
        .for_no_key_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    let Some(id) = found else { return Ok(BatchOutcome::Nothing) };
    let done = match db::savepoint(conn, |conn| apply(conn, id, MAX_SKUS_PER_BATCH)) {
        Err(error) if is_of_a_row(&error) => one_by_one(conn, id)?,
        done => done?,
    };
    if done == MAX_SKUS_PER_BATCH {
        return Ok(BatchOutcome::Some(done));
    }
    FinishImport { import: id.0, now }.execute(conn)?;
    let import = queries::import(conn, id)?.ok_or(Error::NotFound)?;
    Ok(BatchOutcome::Finished(Box::new(import)))
}

/// Returns whether a database error is due to the data of a row, so that trying the same row again would fail too.
fn is_of_a_row(error: &Error) -> bool {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    matches!(error, Error::DatabaseError(CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation, _))
}

/// Applies the lines of the next SKUs one SKU at a time, each in a savepoint, because applying them together failed.
/// Returns the number of SKUs, including those whose lines failed.
fn one_by_one(conn: &mut PgConnection, id: ImportId) -> QueryResult<i64> {
    for done in 0..MAX_SKUS_PER_BATCH {
        match db::savepoint(conn, |conn| apply(conn, id, 1)) {
            Ok(0) => return Ok(done),
            Ok(_) => {}
            Err(error) if is_of_a_row(&error) => {
                tracing::warn!(%error, import = id.0, "a line of an import was refused by the database");
                FailNextSku { import: id.0, problem: LineProblem::Refused.parts().0.to_owned() }.execute(conn)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(MAX_SKUS_PER_BATCH)
}

/// How many lines and SKUs of an import one statement has processed.
#[derive(QueryableByName)]
struct AppliedBatch {
    #[diesel(sql_type = BigInt)]
    skus: i64,
    #[diesel(sql_type = BigInt)]
    lines: i64,
    /// The number of lines that were applied; the others failed.
    #[diesel(sql_type = BigInt)]
    applied: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_sku: Option<i64>,
}

fn counted(lines: i64) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX)
}

/// Applies the lines of the next SKUs of an import, at most `most` SKUs. Returns the number of SKUs.
fn apply(conn: &mut PgConnection, id: ImportId, most: i64) -> QueryResult<i64> {
    let batch: AppliedBatch = ApplyBatch { import: id.0, most }.get_result(conn)?;
    if let Some(last) = batch.last_sku {
        diesel::update(imports::table.find(id))
            .set((
                imports::through_sku.eq(last),
                imports::due_count.eq(imports::due_count - counted(batch.lines)),
                imports::applied_count.eq(imports::applied_count + counted(batch.applied)),
                imports::failed_count.eq(imports::failed_count + counted(batch.lines - batch.applied)),
            ))
            .execute(conn)?;
    }
    Ok(batch.skus)
}

statement! {
    /// Applies lines in the order in which the subquery `locked` has locked their SKUs. In an import of counts each SKU
    /// has one line, which is applied only if the stock is still what the preview showed. In an import of differences
    /// all lines of a SKU become one stock movement, whose note has the file name and line numbers.
    ApplyBatch(import: i64 as BigInt, most: i64 as BigInt) -> [AppliedBatch] =
    include_str!("apply_batch.sql")
}

statement! {
    /// Marks the lines of the next SKU as failed with this problem, after applying them ended with a database error.
    FailNextSku(import: i64 as BigInt, problem: String as Text) -> () =
    "with next as (
        select min(r.sku_id) as sku_id from import_rows r
        where r.import_id = " import " and r.outcome = 'due'
            and r.sku_id > (select through_sku from imports where id = " import ")
     ),
     told as (
        update import_rows r set outcome = 'failed', problem = " problem " from next n
        where r.import_id = " import " and r.sku_id = n.sku_id and r.outcome = 'due'
        returning 1
     ),
     n as (select count(*) as n from told)
     update imports i
     set through_sku = next.sku_id, due_count = i.due_count - n.n, failed_count = i.failed_count + n.n
     from next, n where i.id = " import " and next.sku_id is not null"
}

statement! {
    /// Marks an import as done. Lines that are still to be applied fail, because their SKU does not exist any more.
    FinishImport(import: i64 as BigInt, now: DateTime<Utc> as Timestamptz) -> () =
    "with left_over as (
        update import_rows set outcome = 'failed', problem = 'unknown-code'
        where import_id = " import " and outcome = 'due' returning 1
     ),
     n as (select count(*) as n from left_over)
     update imports i
     set state = 'done', finished_at = " now ", due_count = i.due_count - n.n, failed_count = i.failed_count + n.n
     from n where i.id = " import ""
}
