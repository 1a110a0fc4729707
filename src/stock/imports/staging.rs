//! Reads stored files into import lines, each with the change that it would make.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};
use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read, Seek, Write},
};

use super::{
    choose_layout::{self, MappingHints},
    mapping,
    model::{ColumnMapping, FileLayout, ImportFile, LineOutcome, NewImport, StoredState},
    reading::{self, CellKind, FileLine, ReadError, Source},
    rules::{ImportMode, LineProblem, UnreadableFile, change, evaluate_line},
    sheet_sample::{self, SheetSample},
};
use crate::{
    kernel::{ImportId, SkuId, UserId, text},
    platform::{
        db::{self, DbError, statement},
        random,
    },
    schema::{import_files, imports, skus},
};

const PART_BYTES: u64 = 256 * 1024;
/// Maximum number of lines in one statement.
const LINES_PER_BATCH: usize = 2_000;
/// A file whose reading has crashed this often is refused.
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

/// Claims the next file to be read and counts the attempt. Returns its import; `None` if no file is waiting.
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
    /// The mapping that a person chose, and that person.
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

/// Reads a file into its lines, all or none. Does nothing if another process is reading it.
///
/// # Errors
/// A database or I/O error; the file will be read again. An invalid file is not an error: its import is refused.
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

/// Reassembles the file from its parts, in a temporary file.
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

/// A [`ReadError`] that a savepoint can return.
struct StagingError(ReadError<Error>);

impl From<Error> for StagingError {
    fn from(error: Error) -> Self {
        Self(ReadError::Taker(error))
    }
}

/// Recognizes the layout of a file, and writes its lines if no question is open.
fn read_lines(conn: &mut PgConnection, id: ImportId, import: &ToRead, file: &File) -> Result<FileLayout, StagingError> {
    let file = file.try_clone().map_err(|error| StagingError(error.into()))?;
    DropLines { import: id.0 }.execute(conn)?;
    let mut source = Source::open(file).map_err(StagingError)?;
    let layout = detect_layout(conn, &mut source, import)?;
    let Some(plan) = layout.plan() else { return Ok(layout) };
    let mode = import.mode;
    let mut waiting = Vec::with_capacity(LINES_PER_BATCH);
    let mut take = |line: FileLine| {
        waiting.push(line);
        if waiting.len() < LINES_PER_BATCH { Ok(()) } else { write(conn, id, mode, std::mem::take(&mut waiting)) }
    };
    source.reset_size_limit();
    reading::read(&mut source, plan, &mut take).map_err(StagingError)?;
    write(conn, id, mode, waiting)?;
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

/// Returns those of these codes that exist in the shop.
fn codes_of_shop(conn: &mut PgConnection, codes: Vec<String>) -> QueryResult<HashSet<String>> {
    let found: Vec<(String,)> = KnownCodes { codes }.load(conn)?;
    Ok(found.into_iter().map(|(code,)| code).collect())
}

statement! {
    KnownCodes(codes: Vec<String> as Array<Text>) -> (Text,) =
    "select code from skus where code = any((select " codes ")::text[])"
}

statement! {
    DropLines(import: i64 as BigInt) -> () = "delete from import_rows where import_id = " import ""
}

fn write(conn: &mut PgConnection, id: ImportId, mode: ImportMode, lines: Vec<FileLine>) -> QueryResult<()> {
    // Normalized like the codes of the shop: full-width letters, non-breaking hyphens and so on become ASCII.
    let folded: Vec<String> = lines.iter().map(|line| text::fold(&line.code).trim().to_owned()).collect();
    let as_typed = lines.iter().map(|line| line.code.as_str());
    let codes: HashSet<&str> = as_typed.chain(folded.iter().map(String::as_str)).collect();
    let found: Vec<(String, SkuId, i32)> =
        skus::table.filter(skus::code.eq_any(codes)).select((skus::code, skus::id, skus::stock)).load(conn)?;
    let known: HashMap<&str, (SkuId, i32)> =
        found.iter().map(|(code, id, stock)| (code.as_str(), (*id, *stock))).collect();
    let mut rows = WriteLines { import: id.0, ..WriteLines::default() };
    for (line, folded) in lines.iter().zip(&folded) {
        let sku = known.get(line.code.as_str()).or_else(|| known.get(folded.as_str()));
        rows.add(mode, line, sku.copied());
    }
    rows.execute(conn)?;
    Ok(())
}

/// Returns the stock after a line, or why it cannot be applied; `stock` is `None` if no SKU has the code.
fn evaluate_file_line(mode: ImportMode, line: &FileLine, stock: Option<i32>) -> Result<i32, LineProblem> {
    match (line.code_kind, line.typed_kind, stock) {
        (CellKind::Formula, ..) | (_, CellKind::Formula, Some(_)) => Err(LineProblem::Formula),
        (CellKind::Date, _, None) => Err(LineProblem::CodeIsDate),
        _ => evaluate_line(mode, &line.code, &line.typed, stock),
    }
}

impl WriteLines {
    fn add(&mut self, mode: ImportMode, line: &FileLine, sku: Option<(SkuId, i32)>) {
        let judged = evaluate_file_line(mode, line, sku.map(|(_, stock)| stock));
        let before = sku.map(|(_, stock)| stock);
        let outcome = match judged {
            Ok(after) if Some(after) == before => LineOutcome::Unchanged,
            Ok(_) => LineOutcome::Due,
            Err(_) => LineOutcome::Failed,
        };
        let (problem, detail) = judged.err().map(LineProblem::parts).map_or((None, None), |(name, n)| (Some(name), n));
        self.lines.push(line.line);
        self.codes.push(line.code.clone());
        self.typed.push(line.typed.clone());
        self.skus.push(sku.map(|(id, _)| id.0));
        self.before.push(before);
        // Also for a difference that is out of range alone: with other lines of the SKU it may be valid.
        let difference = before.zip(change(&line.typed)).and_then(|(before, change)| before.checked_add(change));
        self.after.push(judged.ok().or(difference.filter(|_| mode == ImportMode::Difference)));
        self.outcomes.push(outcome.code().to_owned());
        self.problems.push(problem.map(str::to_owned));
        self.details.push(detail);
        self.notes.push(line.note.clone());
    }
}

statement! {
    #[derive(Default)]
    WriteLines(
        import: i64 as BigInt, lines: Vec<i32> as Array<Integer>, codes: Vec<String> as Array<Text>,
        typed: Vec<String> as Array<Text>, skus: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        before: Vec<Option<i32>> as Array<Nullable<Integer>>, after: Vec<Option<i32>> as Array<Nullable<Integer>>,
        outcomes: Vec<String> as Array<Text>, problems: Vec<Option<String>> as Array<Nullable<Text>>,
        details: Vec<Option<i64>> as Array<Nullable<BigInt>>, notes: Vec<String> as Array<Text>
    ) -> () =
    "insert into import_rows
        (import_id, line, code, typed, sku_id, stock_before, stock_after, outcome, problem, detail, note)
     select " import ", l.* from unnest(
        (select " lines "), (select " codes "), (select " typed "), (select " skus "), (select " before "),
        (select " after "), (select " outcomes "), (select " problems "), (select " details "), (select " notes ")) as l"
}

statement! {
    /// Fails the lines of a SKU that is counted in several: it is unknown which one is right.
    MarkTwice(import: i64 as BigInt) -> () =
    "with found as (
        select import_id, line, min(line) over same as first, max(line) over same as last
        from import_rows where import_id = " import " and sku_id is not null and typed <> ''
        window same as (partition by sku_id)
     )
     update import_rows r
     set outcome = 'failed', problem = 'twice', detail = case when r.line = f.first then f.last else f.first end
     from found f
     where f.first <> f.last and r.import_id = f.import_id and r.line = f.line and r.outcome <> 'failed'"
}

statement! {
    /// Sums the differences of a SKU in several lines: all are applied, or none if the sum is out of range. Each line
    /// starts from the stock after the one before.
    AddUpLines(import: i64 as BigInt) -> () =
    "with found as (
        select line, sku_id, first_value(stock_before) over same as stock,
            stock_after::bigint - stock_before as delta, count(*) over (partition by sku_id) as n
        from import_rows
        where import_id = " import " and sku_id is not null and typed <> '' and stock_after is not null
            and (problem is null or problem in ('below-zero', 'too-many'))
        window same as (partition by sku_id order by line)
     ),
     added as (
        select line, sku_id, stock, delta, sum(delta) over (partition by sku_id) as total,
            sum(delta) over (partition by sku_id order by line) as so_far
        from found where n > 1
     ),
     judged as (
        select *, case
            when abs(total) > 1000000 or max(abs(stock + so_far)) over (partition by sku_id) > 2000000000 then 'too-far'
            when stock + total < 0 then 'below-zero'
            when stock + total > greatest(1000000000, stock) then 'too-many'
        end as problem
        from added
     )
     update import_rows r
     set outcome = case when j.problem is not null then 'failed' when j.delta = 0 then 'unchanged' else 'due' end,
        problem = j.problem,
        detail = case when j.problem in ('below-zero', 'too-many') then j.stock end,
        stock_before = case when j.problem is null then j.stock + j.so_far - j.delta else j.stock end,
        stock_after = case when j.problem is null then j.stock + j.so_far end
     from judged j
     where r.import_id = " import " and r.line = j.line"
}

/// Marks a file as read: its import is to be confirmed, or to be mapped first. The file is kept for another mapping.
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

statement! {
    StagedSums(import: i64 as BigInt) -> () =
    "update imports i
     set line_count = c.n, due_count = c.due, unchanged_count = c.unchanged, failed_count = c.failed
     from (
        select count(*) as n, count(*) filter (where outcome = 'due') as due,
            count(*) filter (where outcome = 'unchanged') as unchanged, count(*) filter (where outcome = 'failed') as failed
        from import_rows where import_id = " import "
     ) c
     where i.id = " import ""
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
