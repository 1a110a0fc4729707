//! Reads uploaded files row by row, with bounded memory. The format is recognized by the content, not by the name.

mod csv;
mod encodings;
mod formats;
mod kinds;
mod xlsx;
mod xlsx_cells;
mod xlsx_parts;

#[cfg(test)]
mod tests;

use std::{fs::File, io, ops::ControlFlow};

use super::rules::{MAX_FILE_LINES, MAX_HEADING_ROWS, UnreadableFile, half_width, number};
use crate::kernel::text::is_unseen;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CellKind {
    #[default]
    Plain,
    /// The cell has a date or a time.
    Date,
    /// The cell has a formula, and the file does not contain its result.
    Formula,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell<'c> {
    /// The text as a spreadsheet shows it, for example a number with leading zeros.
    pub(super) shown: &'c str,
    /// The number without the cell's format; the same as `shown` if the cell has no number.
    pub(super) value: &'c str,
    pub(super) kind: CellKind,
    /// True if the cell has a number and not a text: spreadsheets round numbers to 15 digits, so that a long code may
    /// be wrong.
    pub(super) is_number: bool,
}

impl<'c> Cell<'c> {
    fn text(text: &'c str) -> Self {
        Self { shown: text, value: text, kind: CellKind::Plain, is_number: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.trim().is_empty()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.kind == CellKind::Plain && number(&half_width(&bounded(self.value))).is_some()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileLine {
    /// The line number in the file, from 1.
    pub(super) line: i32,
    pub(super) code: String,
    pub(super) code_kind: CellKind,
    pub(super) typed: String,
    pub(super) typed_kind: CellKind,
    pub(super) note: String,
}

/// Why reading stopped before the end of the file.
#[derive(Debug)]
pub(super) enum ReadError<E> {
    /// The file is invalid: the reason, and the line number if it is known.
    Unreadable(UnreadableFile, Option<i32>),
    Machine(io::Error),
    /// The callback that receives the rows has failed with this error.
    Taker(E),
}

impl<E> From<UnreadableFile> for ReadError<E> {
    fn from(why: UnreadableFile) -> Self {
        Self::Unreadable(why, None)
    }
}

impl<E> From<io::Error> for ReadError<E> {
    fn from(error: io::Error) -> Self {
        Self::Machine(error)
    }
}

/// A callback that receives the line number (from 1) and the cells of each row that is not empty. It returns whether to
/// go on.
pub(super) type TakeRow<'a, E> = &'a mut dyn FnMut(i32, &[Cell<'_>]) -> Result<ControlFlow<()>, ReadError<E>>;

/// A callback that receives the line number (from 1) and the cells of each row, even if all are empty. It returns
/// whether to go on.
type TakeCells<'a, E> = &'a mut dyn FnMut(u64, &[Cell<'_>]) -> Result<ControlFlow<()>, ReadError<E>>;

/// An opened file, whose rows can be read several times.
pub(super) enum Source {
    Text(csv::CsvFile),
    Workbook(Box<xlsx::Workbook>),
}

impl Source {
    /// Opens a file; fails if it is of an unsupported kind, or broken. `is_heading` returns whether a text is a heading
    /// of the expected lists, from which the encoding of a text is guessed.
    pub(super) fn open<E>(mut file: File, is_heading: fn(&str) -> bool) -> Result<Self, ReadError<E>> {
        if kinds::is_workbook(&mut file)? {
            Ok(Self::Workbook(Box::new(xlsx::Workbook::open(file)?)))
        } else {
            Ok(Self::Text(csv::CsvFile::open(file, is_heading)?))
        }
    }

    /// Returns the names of the sheets, in order. A CSV file has one sheet, with an empty name.
    pub(super) fn sheets(&self) -> Vec<String> {
        match self {
            Self::Text(_) => vec![String::new()],
            Self::Workbook(book) => book.sheets(),
        }
    }

    /// Returns true for CSV, where the thousands separator of a number may split the number into two cells.
    pub(super) fn splits(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Allows the file to be read again from the start: the decompressed bytes, whose number is limited, are counted
    /// from zero again.
    pub(super) fn reset_size_limit(&mut self) {
        if let Self::Workbook(book) = self {
            book.reset_size_limit();
        }
    }

    /// Calls `take` for each row that is not empty, until it returns `Break`. Returns the indexes of hidden columns.
    pub(super) fn rows<E>(&mut self, sheet: usize, take: TakeRow<'_, E>) -> Result<Vec<usize>, ReadError<E>> {
        let mut last = 0;
        let mut filled = |line: u64, cells: &[Cell<'_>]| {
            if cells.iter().all(Cell::is_empty) {
                return Ok(ControlFlow::Continue(()));
            }
            last = i32::try_from(line).map_err(|_| UnreadableFile::TooManyLines)?.max(last + 1);
            take(last, cells)
        };
        match self {
            Self::Text(text) => text.rows(&mut filled).map(|()| Vec::new()),
            Self::Workbook(book) => book.rows(sheet, &mut filled),
        }
    }
}

/// Which sheet, heading row and columns of a file hold the stock list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadPlan {
    pub(super) sheet: usize,
    /// The line number of the heading row, from 1.
    pub(super) heading: i32,
    /// The index of the column with SKU codes, from 0. `number` and `note` are such indexes too.
    pub(super) code: usize,
    pub(super) number: usize,
    pub(super) note: Option<usize>,
    /// The number of columns of the heading row. If a row of a CSV file has more cells, a thousands separator has split
    /// a number.
    pub(super) width: usize,
}

/// Calls `take` for each line of a stock list. Fails if `take` fails, or if the file is broken, too long or empty.
pub(super) fn read<E>(
    source: &mut Source,
    plan: ReadPlan,
    take: &mut dyn FnMut(FileLine) -> Result<(), E>,
) -> Result<(), ReadError<E>> {
    let (mut count, splits) = (0_usize, source.splits());
    let mut take_row = |line: i32, cells: &[Cell<'_>]| {
        if line <= plan.heading {
            return Ok(ControlFlow::Continue(()));
        }
        count += 1;
        if count > MAX_FILE_LINES {
            return Err(ReadError::Unreadable(UnreadableFile::TooManyLines, Some(line)));
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let (code, number) = (cell(plan.code), cell(plan.number));
        let mut typed = bounded(number.value);
        // "A-1,1,000": a thousands separator has split the number. The cells are joined, so that 1 is not imported.
        let beyond = if splits { plan.width } else { usize::MAX };
        for more in cells.iter().skip(beyond).filter(|more| !more.is_empty()) {
            typed = bounded(&format!("{typed},{}", more.value));
        }
        let note = plan.note.map(|at| bounded(cell(at).shown)).unwrap_or_default();
        let (code_kind, typed_kind) = (code.kind, number.kind);
        let line = FileLine { line, code: bounded(code.shown), code_kind, typed, typed_kind, note };
        take(line).map_err(ReadError::Taker)?;
        Ok(ControlFlow::Continue(()))
    };
    source.rows(plan.sheet, &mut take_row)?;
    if count == 0 { Err(UnreadableFile::NoLines.into()) } else { Ok(()) }
}

/// Returns the maximum number of rows that are read from a file: those above the stock list, and those of the list.
pub(super) fn most_rows() -> usize {
    MAX_FILE_LINES + MAX_HEADING_ROWS
}

/// Trims a cell and truncates it to 100 characters and `…`. Removes a leading apostrophe, with which spreadsheets mark
/// text, and turns the formula `="0012"`, which people use to keep zeros, into its text.
pub(super) fn bounded(cell: &str) -> String {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
    let cell = cell.strip_prefix('\'').unwrap_or(cell);
    let quoted = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"'));
    let cell = quoted.filter(|text| !text.contains('"')).map_or(cell, str::trim);
    let mut kept: String = cell.chars().take(100).map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    if cell.chars().nth(100).is_some() {
        kept.push('…');
    }
    kept
}
