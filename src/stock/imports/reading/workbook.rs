//! Workbooks (XLSX): a zip of XML. What is inside is weighed before anybody reads it.

use calamine::{DataRef, Reader as _, Xlsx};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};
use zip::ZipArchive;

use super::{Lines, Stop};
use crate::stock::imports::rules::{MOST_COLUMNS, Unreadable};

/// The most all parts hold when they are inflated; 200,000 lines of ten cells stay below it.
const MOST_INSIDE: u64 = 160 * 1024 * 1024;
/// The most any part holds that is kept in memory as a whole: all but the sheets.
const MOST_OF_A_PART: u64 = 48 * 1024 * 1024;
const MOST_PARTS: usize = 2_000;

/// Hands on all lines of the first sheet.
///
/// # Errors
/// Why it ended before the end.
pub(super) fn read<E>(mut file: File, lines: &mut Lines<'_, E>) -> Result<(), Stop<E>> {
    weigh(&mut file)?;
    file.rewind()?;
    // The parser reads what strangers have made; whatever it stumbles over is the file's fault.
    let mut taken = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| sheet(file, lines, &mut taken)));
    match (outcome, taken) {
        (Ok(outcome), _) => outcome,
        (Err(_), None) => Err(Unreadable::BrokenWorkbook.into()),
        (Err(panic), Some(())) => resume_unwind(panic),
    }
}

/// Refuses what holds too much, by what it says and by what comes out.
fn weigh<E>(file: &mut File) -> Result<(), Stop<E>> {
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|_| Unreadable::BrokenWorkbook)?;
    if zip.len() > MOST_PARTS {
        return Err(Unreadable::TooLargeInside.into());
    }
    let mut left = MOST_INSIDE;
    for number in 0..zip.len() {
        let part = zip.by_index(number).map_err(|_| Unreadable::BrokenWorkbook)?;
        let sheet = part.name().is_ok_and(|name| name.starts_with("xl/worksheets/"));
        let most = if sheet { left } else { left.min(MOST_OF_A_PART) };
        if part.size() > most {
            return Err(Unreadable::TooLargeInside.into());
        }
        let held = io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(|_| Unreadable::BrokenWorkbook)?;
        if held > most {
            return Err(Unreadable::TooLargeInside.into());
        }
        left -= held;
    }
    Ok(())
}

/// `taking` is set while the lines are taken, whose panics are not the parser's.
fn sheet<E>(file: File, lines: &mut Lines<'_, E>, taking: &mut Option<()>) -> Result<(), Stop<E>> {
    let broken = |error: calamine::XlsxError| {
        tracing::info!(%error, "a workbook is broken");
        Unreadable::BrokenWorkbook
    };
    let mut book = Xlsx::new(BufReader::new(file)).map_err(broken)?;
    let name = book.sheet_names().first().cloned().ok_or(Unreadable::BrokenWorkbook)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let (mut row, mut texts): (u32, Vec<String>) = (0, Vec::new());
    let mut hand_on = |row: u32, texts: &[String]| {
        *taking = Some(());
        let handed = lines.row(u64::from(row) + 1, texts.iter().map(String::as_str));
        *taking = None;
        handed
    };
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (at, column) = cell.get_position();
        if at < row {
            return Err(Unreadable::BrokenWorkbook.into());
        }
        if at > row {
            hand_on(row, &texts)?;
            texts.clear();
            row = at;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < MOST_COLUMNS {
            if texts.len() <= column {
                texts.resize(column + 1, String::new());
            }
            if let Some(place) = texts.get_mut(column) {
                *place = text(cell.get_value());
            }
        }
    }
    hand_on(row, &texts)
}

/// A cell as a person reads it there; whole numbers without a point.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::DateTime(at) => at.as_f64().to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => cut(text),
        DataRef::SharedString(text) => cut(text),
    }
}

/// No longer than what is looked at.
fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
