//! A sample of a sheet, kept in memory to recognize its columns.

use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, ops::ControlFlow};

use super::{
    headings::{Meaning, meaning, plain},
    reading::{Cell, ReadError, Source, bounded, most_rows},
    rules::{MAX_COLUMNS, MAX_HEADING_ROWS, UnreadableFile},
};
use crate::{kernel::text, platform::random};

/// The maximum number of first rows of a sheet that are kept in memory.
const MAX_ROWS: usize = 300;
/// When the rows kept in memory have more bytes than this, no further row is kept.
const MAX_ROW_BYTES: usize = 2 * 1024 * 1024;
/// The maximum number of texts that [`sample_codes`] returns to be looked up as SKU codes.
const MAX_CODES: usize = 20_000;

/// A sheet's first rows, which are kept in memory, and statistics of the rows below them.
#[derive(Default)]
pub(super) struct SheetSample {
    pub(super) rows: Vec<SampleRow>,
    bytes: usize,
    /// The number of all rows of the sheet.
    pub(super) count: usize,
    /// Statistics of each column in the rows that are not kept in memory.
    below: Vec<ColumnTally>,
    pub(super) hidden: Vec<usize>,
    /// True for CSV, where the thousands separator of a number may split the number into two cells.
    pub(super) splits: bool,
}

pub(super) struct SampleRow {
    pub(super) line: i32,
    /// The number of cells in the row, including those that are not kept in memory.
    width: usize,
    pub(super) cells: Vec<SampleCell>,
}

#[derive(Default)]
pub(super) struct SampleCell {
    pub(super) text: String,
    pub(super) is_whole: bool,
}

impl SampleCell {
    fn of(cell: &Cell<'_>) -> Self {
        Self { text: bounded(cell.shown), is_whole: cell.is_whole() }
    }
}

/// Statistics of a column: how many cells are not empty (`filled`), have a digit, and are whole numbers (`whole`).
#[derive(Clone, Copy, Default)]
pub(super) struct ColumnTally {
    pub(super) filled: usize,
    pub(super) digits: usize,
    pub(super) whole: usize,
}

impl ColumnTally {
    fn add(&mut self, text: &str, is_whole: bool) {
        self.filled += usize::from(!text.is_empty());
        self.digits += usize::from(text.contains(|c: char| c.is_numeric()));
        self.whole += usize::from(is_whole);
    }
}

impl SheetSample {
    /// Samples the first rows of all sheets; `None` for a sheet that cannot be read. Fails if the first sheet cannot be
    /// read.
    pub(super) fn beginnings<E>(source: &mut Source) -> Result<Vec<Option<Self>>, ReadError<E>> {
        let mut tables = Vec::new();
        for sheet in 0..source.sheets().len() {
            match Self::read(source, sheet, true) {
                Ok(table) => tables.push(Some(table)),
                Err(ReadError::Unreadable(..)) if sheet > 0 => tables.push(None),
                Err(stop) => return Err(stop),
            }
        }
        Ok(tables)
    }

    /// Samples a sheet. With `beginning`, reads only as many rows as are kept in memory; otherwise all, for the
    /// statistics. Fails if the file is broken or has too many lines.
    pub(super) fn read<E>(source: &mut Source, sheet: usize, beginning: bool) -> Result<Self, ReadError<E>> {
        let mut table = Self { splits: source.splits(), ..Self::default() };
        table.hidden = source.rows(sheet, &mut |line, cells| {
            table.count += 1;
            if table.count > most_rows() {
                return Err(ReadError::Unreadable(UnreadableFile::TooManyLines, Some(line)));
            }
            if table.is_full() {
                if beginning {
                    return Ok(ControlFlow::Break(()));
                }
                table.tally(cells);
            } else {
                table.keep(line, cells);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(table)
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS || self.bytes > MAX_ROW_BYTES
    }

    fn keep(&mut self, line: i32, cells: &[Cell<'_>]) {
        let width = cells.len();
        let kept = cells.iter().take(MAX_COLUMNS);
        let cells: Vec<SampleCell> = kept.map(SampleCell::of).collect();
        self.bytes += cells.iter().map(|cell| cell.text.len() + size_of::<SampleCell>()).sum::<usize>();
        self.rows.push(SampleRow { line, width, cells });
    }

    fn tally(&mut self, cells: &[Cell<'_>]) {
        for (at, cell) in cells.iter().take(MAX_COLUMNS).enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if self.below.len() <= at {
                self.below.resize(at + 1, ColumnTally::default());
            }
            if let Some(tally) = self.below.get_mut(at) {
                tally.add(cell.shown, cell.is_whole());
            }
        }
    }

    /// Returns the index in `rows` of the row with this line number; `None` if the row is not kept or is too far down
    /// for a heading row.
    pub(super) fn row_at(&self, line: i32) -> Option<usize> {
        self.rows.iter().take(MAX_HEADING_ROWS).position(|row| row.line == line)
    }

    pub(super) fn has_lines(&self, heading: usize) -> bool {
        self.count > heading + 1
    }

    pub(super) fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|row| row.cells.get(column)).map_or("", |cell| cell.text.as_str())
    }

    pub(super) fn width(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |row| row.width)
    }

    /// Returns the number of columns of the widest row.
    pub(super) fn widest(&self) -> usize {
        let kept = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        kept.max(self.below.len())
    }

    /// Returns the statistics of a column in the rows below the row `heading`.
    pub(super) fn tally_below(&self, heading: usize, column: usize) -> ColumnTally {
        let mut tally = self.below.get(column).copied().unwrap_or_default();
        for cell in self.rows.iter().skip(heading + 1).filter_map(|row| row.cells.get(column)) {
            tally.add(&cell.text, cell.is_whole);
        }
        tally
    }

    /// Returns the cells of a column in the kept rows below the row `heading`, one for each row; empty where a row has
    /// no such cell.
    pub(super) fn texts_below(&self, heading: usize, column: usize) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().skip(heading + 1);
        rows.map(move |row| row.cells.get(column).map_or("", |cell| cell.text.as_str()))
    }
}

/// Returns how well a row fits as the heading row of a stock list: 3 if it names codes and numbers, 2 only codes, 1
/// only numbers, 0 neither.
pub(super) fn rank(row: &SampleRow) -> u8 {
    let meanings = || row.cells.iter().map(|cell| if cell.is_whole { Meaning::Unknown } else { meaning(&cell.text) });
    let (has_code, has_number) = (meanings().any(Meaning::is_code), meanings().any(Meaning::is_number));
    u8::from(has_code) * 2 + u8::from(has_number)
}

/// Returns the index of the row that is most likely the heading row, judged by [`rank`]; `None` if no row can be one.
pub(super) fn heading_row(table: &SheetSample) -> Option<usize> {
    let ranks: Vec<u8> = table.rows.iter().take(MAX_HEADING_ROWS).map(rank).collect();
    let best = ranks.iter().copied().max().filter(|best| *best > 0);
    let Some(best) = best else {
        // Unknown names with numbers below them.
        return table.rows.iter().take(MAX_HEADING_ROWS).position(could_name);
    };
    let first = ranks.iter().position(|rank| *rank == best)?;
    // The last of several adjacent headings, directly above the list.
    let further = ranks.iter().skip(first + 1).take_while(|rank| best == 3 && **rank == 3).count();
    Some(first + further)
}

/// Returns whether a row could be a heading row: it has several texts and no number.
fn could_name(row: &SampleRow) -> bool {
    row.cells.iter().all(|cell| !cell.is_whole) && row.cells.iter().filter(|cell| !cell.text.is_empty()).count() > 1
}

/// Returns (index, hash) of each row that may be the heading row; chosen columns are remembered by that hash.
pub(super) fn digests(table: &SheetSample) -> Vec<(usize, String)> {
    let rows = table.rows.iter().take(MAX_HEADING_ROWS).enumerate();
    rows.map(|(at, row)| (at, digest(row))).collect()
}

pub(super) fn digest(row: &SampleRow) -> String {
    let mut digest = Sha256::new();
    let named = row.cells.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
    for cell in row.cells.iter().take(named) {
        digest.update(plain(&cell.text));
        digest.update([0]);
    }
    random::hex(&digest.finalize())
}

/// Returns all texts of the sample, as they are and in the form of [`text::fold`], to be looked up as SKU codes.
pub(super) fn sample_codes(table: &SheetSample) -> Vec<String> {
    let cells = table.rows.iter().flat_map(|row| &row.cells);
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for cell in cells.filter(|cell| !cell.text.is_empty()) {
        codes.insert(&cell.text);
        if codes.len() >= MAX_CODES {
            break;
        }
    }
    let folded = codes.iter().map(|code| text::fold(code).trim().to_owned());
    let folded: Vec<String> = folded.filter(|code| !codes.contains(code.as_str())).collect();
    codes.into_iter().map(str::to_owned).chain(folded).collect()
}
