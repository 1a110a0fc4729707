//! Files as they arrive: their rows, one after the other, with little of them in memory. What a file is, is told by what
//! stands in it, whatever it is called.

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

/// What kind of thing stands in a cell, where that is more than its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CellKind {
    #[default]
    Plain,
    /// A day or a time.
    Date,
    /// A formula without a result.
    Formula,
}

/// A cell of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell<'c> {
    /// As a person sees it: a number with the zeros before it.
    pub(super) shown: &'c str,
    /// The number itself, where it is one.
    pub(super) value: &'c str,
    pub(super) kind: CellKind,
}

impl<'c> Cell<'c> {
    /// A cell that is nothing but its text.
    fn text(text: &'c str) -> Self {
        Self { shown: text, value: text, kind: CellKind::Plain }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.trim().is_empty()
    }

    /// Whether a whole number stands there.
    pub(super) fn is_whole(&self) -> bool {
        self.kind == CellKind::Plain && number(&half_width(&bounded(self.value))).is_some()
    }
}

/// A line of a stock list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileLine {
    /// Where it stands in the file, from 1.
    pub(super) line: i32,
    pub(super) code: String,
    pub(super) code_kind: CellKind,
    /// The number as typed.
    pub(super) typed: String,
    pub(super) typed_kind: CellKind,
    /// What is said of it; may be empty.
    pub(super) note: String,
}

/// Why reading has ended before the end of the file.
#[derive(Debug)]
pub(super) enum ReadError<E> {
    /// What is wrong with the file, and at which line.
    Unreadable(UnreadableFile, Option<i32>),
    /// The machine could not.
    Machine(io::Error),
    /// Whoever takes the lines did not want more.
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

/// Takes a row: its line in the file and its cells. It may say that it has seen enough.
pub(super) type TakeRow<'a, E> = &'a mut dyn FnMut(i32, &[Cell<'_>]) -> Result<ControlFlow<()>, ReadError<E>>;

/// The same of every row, also an empty one, at whatever line.
type TakeCells<'a, E> = &'a mut dyn FnMut(u64, &[Cell<'_>]) -> Result<ControlFlow<()>, ReadError<E>>;

/// A file whose rows can be gone through, several times.
pub(super) enum Source {
    Text(csv::CsvFile),
    Workbook(Box<xlsx::Workbook>),
}

impl Source {
    /// # Errors
    /// The file is of no kind that is read, or broken.
    pub(super) fn open<E>(mut file: File) -> Result<Self, ReadError<E>> {
        if kinds::is_workbook(&mut file)? {
            Ok(Self::Workbook(Box::new(xlsx::Workbook::open(file)?)))
        } else {
            Ok(Self::Text(csv::CsvFile::open(file)?))
        }
    }

    /// The names of the sheets, in their order. A text has one without a name.
    pub(super) fn sheets(&self) -> Vec<String> {
        match self {
            Self::Text(_) => vec![String::new()],
            Self::Workbook(book) => book.sheets(),
        }
    }

    /// Whether a comma may part what is meant as one cell.
    pub(super) fn splits(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// It may be gone through once more; what comes out of a workbook is bounded each time.
    pub(super) fn again(&mut self) {
        if let Self::Workbook(book) = self {
            book.again();
        }
    }

    /// Hands on the rows of a sheet with anything in them, and says which of its columns are hidden.
    ///
    /// # Errors
    /// Why it ended before the end.
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

/// Where the lines of a stock list stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadPlan {
    pub(super) sheet: usize,
    /// The line that names the columns; the list stands below it.
    pub(super) heading: i32,
    /// The columns of the codes, of the numbers and of what is said of them, from 0.
    pub(super) code: usize,
    pub(super) number: usize,
    pub(super) note: Option<usize>,
    /// How many columns there are, with a name or without.
    pub(super) width: usize,
}

/// Hands all lines of a stock list to `take`.
///
/// # Errors
/// Why it ended before the end.
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
        // "A-1,1,000": what separates thousands has made two cells of one, and 1 is not meant.
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

/// Rows above and in the list together: no file that is read has more.
pub(super) fn most_rows() -> usize {
    MAX_FILE_LINES + MAX_HEADING_ROWS
}

/// A cell without the space around it, without the apostrophe that keeps a sheet from reading it as a formula and without the
/// formula that keeps it from reading it as a number (`="0012"`), not longer than anything that could be meant.
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
