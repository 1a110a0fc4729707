//! From a file to lines that say what they would do.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, Write},
};

use super::{
    model::{ImportFile, NewImport, Outcome},
    reading::{self, Line, Stop},
    rules::{Mode, Problem, Unreadable, judge},
};
use crate::{
    kernel::{ImportId, SkuId},
    platform::{
        db::{self, DbError, statement},
        secrets,
    },
    schema::{import_files, imports, skus},
};

/// A part of a file as it is kept.
const PART: u64 = 256 * 1024;
/// How many lines are looked up and written together.
const TOGETHER: usize = 2_000;
/// How often a file is begun to be read.
const MOST_ATTEMPTS: i32 = 3;

/// Keeps a file that has come, to be read in the background; a form that is sent twice brings one import. Gives its id, and
/// whether it is new.
///
/// # Errors
/// The database's own, or that the file could not be read from where it is.
pub fn keep_import(
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
    let kept: Option<ImportId> = diesel::insert_into(imports::table)
        .values(row(&new.token))
        .on_conflict(imports::token)
        .do_nothing()
        .returning(imports::id)
        .get_result(conn)
        .optional()?;
    let id = match kept {
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
            // The form of another import, come back with something else in it.
            let other = diesel::insert_into(imports::table).values(row(&secrets::token()));
            other.returning(imports::id).get_result(conn)?
        }
    };
    file.rewind().map_err(machine)?;
    for part in 0.. {
        let mut bytes = Vec::new();
        (&mut *file).take(PART).read_to_end(&mut bytes).map_err(machine)?;
        if bytes.is_empty() {
            break;
        }
        let row = (import_files::import_id.eq(id), import_files::part.eq(part), import_files::bytes.eq(bytes));
        diesel::insert_into(import_files::table).values(row).execute(conn)?;
    }
    Ok((id, true))
}

fn machine(error: io::Error) -> DbError {
    DbError::Query(Error::SerializationError(error.into()))
}

/// The next file that waits to be read, noting that somebody tries.
///
/// # Errors
/// The database's own.
pub fn import_to_read(conn: &mut PgConnection) -> QueryResult<Option<ImportId>> {
    db::transaction(conn, |conn| {
        let found: Option<ImportId> = imports::table
            .filter(imports::state.eq("reading"))
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

/// Reads a file into its lines, all of it or nothing. Does nothing where somebody else does it already.
///
/// # Errors
/// The database's own, or the machine's; the file stays to be read.
pub fn read_import(conn: &mut PgConnection, id: ImportId) -> Result<(), DbError> {
    db::transaction(conn, |conn| {
        let found: Option<(Mode, i32)> = imports::table
            .filter(imports::id.eq(id).and(imports::state.eq("reading")))
            .select((imports::mode, imports::attempts))
            .for_update()
            .skip_locked()
            .first(conn)
            .optional()?;
        let Some((mode, attempts)) = found else { return Ok(()) };
        if attempts > MOST_ATTEMPTS {
            return refuse(conn, id, Unreadable::GivenUp, None);
        }
        let file = fetched(conn, id)?;
        // What was written of a file that turns out to be broken is undone, and nothing else.
        match db::savepoint(conn, |conn| read_lines(conn, id, mode, file)) {
            Ok(()) => ready(conn, id),
            Err(Halt(Stop::Unreadable(why, line))) => refuse(conn, id, why, line),
            Err(Halt(Stop::Machine(error))) => Err(machine(error)),
            Err(Halt(Stop::Taker(error))) => Err(error.into()),
        }
    })
}

/// The file, out of its parts.
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

/// Why reading has ended, as a savepoint wants it.
struct Halt(Stop<Error>);

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self(Stop::Taker(error))
    }
}

fn read_lines(conn: &mut PgConnection, id: ImportId, mode: Mode, file: File) -> Result<(), Halt> {
    // Once without writing, so that a file that is refused at its end costs the database nothing.
    let again = file.try_clone().map_err(|error| Halt(error.into()))?;
    reading::read(again, mode, &mut |_| Ok(())).map_err(Halt)?;
    let mut waiting = Vec::with_capacity(TOGETHER);
    let mut take = |line: Line| {
        waiting.push(line);
        if waiting.len() < TOGETHER { Ok(()) } else { write(conn, id, mode, std::mem::take(&mut waiting)) }
    };
    reading::read(file, mode, &mut take).map_err(Halt)?;
    write(conn, id, mode, waiting)?;
    MarkTwice { import: id.0 }.execute(conn)?;
    // Nothing else knows how many lines there are of it now, and the batches are planned by that.
    diesel::sql_query("analyze import_rows").execute(conn)?;
    Ok(())
}

fn write(conn: &mut PgConnection, id: ImportId, mode: Mode, lines: Vec<Line>) -> QueryResult<()> {
    let codes: Vec<&str> = lines.iter().map(|line| line.code.as_str()).collect();
    let found: Vec<(String, SkuId, i32)> =
        skus::table.filter(skus::code.eq_any(codes)).select((skus::code, skus::id, skus::stock)).load(conn)?;
    let known: HashMap<&str, (SkuId, i32)> =
        found.iter().map(|(code, id, stock)| (code.as_str(), (*id, *stock))).collect();
    let mut rows = WriteLines { import: id.0, ..WriteLines::default() };
    for line in &lines {
        rows.add(mode, line, known.get(line.code.as_str()).copied());
    }
    rows.execute(conn)?;
    Ok(())
}

impl WriteLines {
    fn add(&mut self, mode: Mode, line: &Line, sku: Option<(SkuId, i32)>) {
        let judged = judge(mode, &line.code, &line.typed, sku.map(|(_, stock)| stock));
        let before = sku.map(|(_, stock)| stock);
        let outcome = match judged {
            Ok(after) if Some(after) == before => Outcome::Unchanged,
            Ok(_) => Outcome::Due,
            Err(_) => Outcome::Failed,
        };
        let (problem, detail) = judged.err().map(Problem::parts).map_or((None, None), |(name, n)| (Some(name), n));
        self.lines.push(line.line);
        self.codes.push(line.code.clone());
        self.typed.push(line.typed.clone());
        self.skus.push(sku.map(|(id, _)| id.0));
        self.before.push(before);
        self.after.push(judged.ok());
        self.outcomes.push(outcome.code().to_owned());
        self.problems.push(problem.map(str::to_owned));
        self.details.push(detail);
    }
}

statement! {
    /// A row for each line.
    #[derive(Default)]
    WriteLines(
        import: i64 as BigInt, lines: Vec<i32> as Array<Integer>, codes: Vec<String> as Array<Text>,
        typed: Vec<String> as Array<Text>, skus: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        before: Vec<Option<i32>> as Array<Nullable<Integer>>, after: Vec<Option<i32>> as Array<Nullable<Integer>>,
        outcomes: Vec<String> as Array<Text>, problems: Vec<Option<String>> as Array<Nullable<Text>>,
        details: Vec<Option<i64>> as Array<Nullable<BigInt>>
    ) -> () =
    "insert into import_rows
        (import_id, line, code, typed, sku_id, stock_before, stock_after, outcome, problem, detail)
     select " import ", l.* from unnest(
        (select " lines "), (select " codes "), (select " typed "), (select " skus "), (select " before "),
        (select " after "), (select " outcomes "), (select " problems "), (select " details ")) as l"
}

statement! {
    /// A SKU that stands in several lines is applied by none: nobody knows which is meant.
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

/// The lines are there and wait for somebody to confirm them; the file is needed no longer.
fn ready(conn: &mut PgConnection, id: ImportId) -> Result<(), DbError> {
    Ready { import: id.0 }.execute(conn)?;
    forget_file(conn, id)
}

statement! {
    /// With its sums.
    Ready(import: i64 as BigInt) -> () =
    "update imports i
     set state = 'ready', line_count = c.n, due_count = c.due, unchanged_count = c.unchanged, failed_count = c.failed
     from (
        select count(*) as n, count(*) filter (where outcome = 'due') as due,
            count(*) filter (where outcome = 'unchanged') as unchanged, count(*) filter (where outcome = 'failed') as failed
        from import_rows where import_id = " import "
     ) c
     where i.id = " import ""
}

fn refuse(conn: &mut PgConnection, id: ImportId, why: Unreadable, line: Option<i32>) -> Result<(), DbError> {
    let refused = (imports::state.eq("refused"), imports::problem.eq(why.code()), imports::problem_line.eq(line));
    diesel::update(imports::table.find(id)).set(refused).execute(conn)?;
    forget_file(conn, id)
}

fn forget_file(conn: &mut PgConnection, id: ImportId) -> Result<(), DbError> {
    diesel::delete(import_files::table.filter(import_files::import_id.eq(id))).execute(conn)?;
    Ok(())
}
