//! Reads stored files into the lines of their imports, each with the change that it would make.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, Text},
};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek, Write},
};

use super::{
    choose_layout::{self, MappingHints},
    headings,
    layout::{ColumnMapping, FileLayout},
    mapping,
    model::{ImportFile, NewImport, StoredState},
    reading::{self, FileLine, ReadError, Source},
    rules::{ImportMode, UnreadableFile},
    sheet_sample::{self, SheetSample},
    staged_lines::{AddUpLines, DropLines, MarkTwice, StagedSums, write_lines},
};
use crate::{
    kernel::{ImportId, UserId},
    platform::{
        db::{self, DbError, statement},
        random,
    },
    schema::{import_files, imports},
};

const PART_BYTES: u64 = 256 * 1024;
/// The maximum number of lines that one statement inserts.
const LINES_PER_BATCH: usize = 2_000;
/// After this many crashes of the program while it reads a file, the file is refused.
const MAX_ATTEMPTS: i32 = 3;

/// Stores an uploaded file, to be read in the background. Returns the id of its import, and whether it is new: a form
/// that is sent twice creates one import.
///
/// # Errors
/// A database error, or an I/O error of the uploaded file.
pub fn store_import(
    conn: &mut PgConnection,
    new: &NewImport,
    about: &ImportFile,
    file: &mut File,
) -> Result<(ImportId, bool), DbError> {
    let row = |token: &str| {
        (
            imports::token.eq(token.to_owned()),
            imports::staff_id.eq(new.staff_id),
            imports::file_name.eq(&about.name),
            imports::bytes.eq(about.bytes),
            imports::digest.eq(&about.digest),
            imports::mode.eq(new.mode.code()),
            imports::reason.eq(new.reason.code()),
            imports::note.eq(&new.note),
        )
    };
    let inserted: Option<ImportId> = diesel::insert_into(imports::table)
        .values(row(&new.token))
        .on_conflict(imports::token)
        .do_nothing()
        .returning(imports::id)
        .get_result(conn)
        .optional()?;
    let id = match inserted {
        Some(id) => id,
        None => {
            let same_file = imports::digest.eq(&about.digest).and(imports::staff_id.eq(new.staff_id));
            let same_words = (imports::mode.eq(new.mode.code()))
                .and(imports::reason.eq(new.reason.code()))
                .and(imports::note.eq(&new.note));
            let before = imports::table.filter(imports::token.eq(&new.token).and(same_file).and(same_words));
            if let Some(id) = before.select(imports::id).first(conn).optional()? {
                return Ok((id, false));
            }
            // The token belongs to another import: the form was sent again with other content.
            let other = diesel::insert_into(imports::table).values(row(&random::token()));
            other.returning(imports::id).get_result(conn)?
        }
    };
    file.rewind().map_err(machine)?;
    for part in 0.. {
        let mut bytes = Vec::new();
        (&mut *file).take(PART_BYTES).read_to_end(&mut bytes).map_err(machine)?;
        if bytes.is_empty() {
            break;
        }
        let row = (import_files::import_id.eq(id), import_files::part.eq(part), import_files::bytes.eq(bytes));
        diesel::insert_into(import_files::table).values(row).execute(conn)?;
    }
    mapping::drop_surplus_files(conn)?;
    Ok((id, true))
}

fn machine(error: io::Error) -> DbError {
    DbError::Query(Error::SerializationError(error.into()))
}

/// Claims the next file that waits to be read and counts the attempt. Returns its import; `None` if no file is waiting.
pub fn claim_import_to_read(conn: &mut PgConnection) -> QueryResult<Option<ImportId>> {
    db::transaction(conn, |conn| {
        let found: Option<ImportId> = imports::table
            .filter(imports::state.eq(StoredState::Reading.code()))
            .order((imports::attempts, imports::id))
            .select(imports::id)
            .for_update()
            .skip_locked()
            .first(conn)
            .optional()?;
        if let Some(id) = found {
            diesel::update(imports::table.find(id)).set(imports::attempts.eq(imports::attempts + 1)).execute(conn)?;
        }
        Ok(found)
    })
}

struct ToRead {
    mode: ImportMode,
    /// The member of staff who uploaded the file.
    staff: UserId,
    /// The columns that a person chose for this import, and who that was.
    asked: Option<(ColumnMapping, UserId)>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
struct ToReadRow {
    mode: ImportMode,
    attempts: i32,
    staff_id: UserId,
    mapping: Option<serde_json::Value>,
    mapped_by: Option<UserId>,
}

/// Reads the file of an import and stores its lines, all or none. Does nothing if another process is reading it.
///
/// # Errors
/// A database or I/O error; the file will be read again. An invalid file is not an error: its import is marked as
/// refused.
pub fn read_import(conn: &mut PgConnection, id: ImportId) -> Result<(), DbError> {
    db::transaction(conn, |conn| {
        let found: Option<ToReadRow> = imports::table
            .filter(imports::id.eq(id).and(imports::state.eq(StoredState::Reading.code())))
            .select(ToReadRow::as_select())
            .for_update()
            .skip_locked()
            .first(conn)
            .optional()?;
        let Some(found) = found else { return Ok(()) };
        if found.attempts > MAX_ATTEMPTS {
            return refuse(conn, id, UnreadableFile::GivenUp, None);
        }
        let asked: Option<ColumnMapping> =
            found.mapping.map(serde_json::from_value).transpose().map_err(not_a_mapping)?;
        let import = ToRead { mode: found.mode, staff: found.staff_id, asked: asked.zip(found.mapped_by) };
        let file = fetched(conn, id)?;
        // A savepoint, so that only the lines of a broken file are rolled back.
        match db::savepoint(conn, |conn| read_lines(conn, id, &import, &file)) {
            Ok(layout) => read_through(conn, id, &import, &layout),
            Err(StagingError(ReadError::Unreadable(why, line))) => refuse(conn, id, why, line),
            Err(StagingError(ReadError::Machine(error))) => Err(machine(error)),
            Err(StagingError(ReadError::Taker(error))) => Err(error.into()),
        }
    })
}

fn not_a_mapping(error: serde_json::Error) -> DbError {
    DbError::Query(Error::DeserializationError(error.into()))
}

/// Copies the stored file of an import, which the database holds in pieces, to a temporary file.
fn fetched(conn: &mut PgConnection, id: ImportId) -> Result<File, DbError> {
    let mut file = tempfile::tempfile().map_err(machine)?;
    for part in 0.. {
        let bytes: Option<Vec<u8>> =
            import_files::table.find((id, part)).select(import_files::bytes).first(conn).optional()?;
        let Some(bytes) = bytes else { break };
        file.write_all(&bytes).map_err(machine)?;
    }
    file.rewind().map_err(machine)?;
    Ok(file)
}

/// Wraps a [`ReadError`], because the closure of a savepoint must return an error type that converts from database
/// errors.
struct StagingError(ReadError<Error>);

impl From<Error> for StagingError {
    fn from(error: Error) -> Self {
        Self(ReadError::Taker(error))
    }
}

/// Recognizes the layout of a file. If no question about it is open, replaces the stored lines of the import by those
/// of the file.
fn read_lines(conn: &mut PgConnection, id: ImportId, import: &ToRead, file: &File) -> Result<FileLayout, StagingError> {
    let file = file.try_clone().map_err(|error| StagingError(error.into()))?;
    DropLines { import: id.0 }.execute(conn)?;
    let mut source = Source::open(file, headings::is_known).map_err(StagingError)?;
    let layout = detect_layout(conn, &mut source, import)?;
    let Some(plan) = layout.plan() else { return Ok(layout) };
    let mode = import.mode;
    let mut waiting = Vec::with_capacity(LINES_PER_BATCH);
    let mut take = |line: FileLine| {
        waiting.push(line);
        if waiting.len() < LINES_PER_BATCH { Ok(()) } else { write_lines(conn, id, mode, std::mem::take(&mut waiting)) }
    };
    source.reset_size_limit();
    reading::read(&mut source, plan, &mut take).map_err(StagingError)?;
    write_lines(conn, id, mode, waiting)?;
    match mode {
        ImportMode::Count => MarkTwice { import: id.0 }.execute(conn)?,
        ImportMode::Difference => AddUpLines { import: id.0 }.execute(conn)?,
    };
    // The batches are planned with the statistics of this table, which autovacuum may update too late.
    diesel::sql_query("analyze import_rows").execute(conn)?;
    Ok(layout)
}

/// Recognizes the layout of a file. Reads the whole sheet, so that an error at its end is found before anything is
/// written.
fn detect_layout(conn: &mut PgConnection, source: &mut Source, import: &ToRead) -> Result<FileLayout, StagingError> {
    let names = source.sheets();
    let tables = SheetSample::beginnings(source).map_err(StagingError)?;
    let asked = import.asked.as_ref().map(|(mapping, _)| mapping);
    let picked = choose_layout::pick_sheet(&tables, asked.and_then(|mapping| mapping.sheet));
    drop(tables);
    source.reset_size_limit();
    let table = SheetSample::read(source, picked.sheet, false).map_err(StagingError)?;
    let codes = codes_of_shop(conn, sheet_sample::sample_codes(&table))?;
    let remembered = mapping::remembered(conn, import.staff, import.mode, &sheet_sample::digests(&table))?;
    let known = MappingHints { codes: &codes, asked, remembered };
    choose_layout::choose_layout(import.mode, names, picked, &table, &known)
        .map_err(|(why, line)| StagingError(ReadError::Unreadable(why, line)))
}

/// Returns those of these codes that are SKU codes of the shop.
fn codes_of_shop(conn: &mut PgConnection, codes: Vec<String>) -> QueryResult<HashSet<String>> {
    let found: Vec<(String,)> = KnownCodes { codes }.load(conn)?;
    Ok(found.into_iter().map(|(code,)| code).collect())
}

statement! {
    KnownCodes(codes: Vec<String> as Array<Text>) -> (Text,) =
    "select code from skus where code = any((select " codes ")::text[])"
}

/// Marks a file as read. If its layout has questions, staff have to choose its columns next, and otherwise to confirm
/// the import. The file stays stored, so that the columns can be chosen again.
fn read_through(conn: &mut PgConnection, id: ImportId, import: &ToRead, layout: &FileLayout) -> Result<(), DbError> {
    let state = if layout.plan().is_some() { StoredState::Ready } else { StoredState::Unmapped };
    let json = serde_json::to_value(layout).map_err(|error| DbError::Query(Error::SerializationError(error.into())))?;
    diesel::update(imports::table.find(id))
        .set((imports::state.eq(state.code()), imports::layout.eq(json)))
        .execute(conn)?;
    StagedSums { import: id.0 }.execute(conn)?;
    if let Some((_, staff)) = &import.asked {
        mapping::remember(conn, *staff, import.mode, layout)?;
    }
    Ok(())
}

fn refuse(conn: &mut PgConnection, id: ImportId, why: UnreadableFile, line: Option<i32>) -> Result<(), DbError> {
    let refused = (
        imports::state.eq(StoredState::Refused.code()),
        imports::problem.eq(why.code()),
        imports::problem_line.eq(line),
    );
    diesel::update(imports::table.find(id)).set(refused).execute(conn)?;
    mapping::forget_file(conn, id)?;
    Ok(())
}
