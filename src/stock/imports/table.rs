//! Reads small tables from uploaded files for lists other than stock lists: all cells of a sheet, as a spreadsheet
//! shows them.

use serde::{Deserialize, Serialize};
use std::{fs::File, io, ops::ControlFlow};

use super::{
    reading::{Cell, CellKind, ReadError, Source, bounded},
    rules::{MAX_HEADING_ROWS, UnreadableFile},
};

/// The maximum number of cells of a row that are read; further ones are ignored.
pub const MAX_ROW_CELLS: usize = 60;
/// The number of digits that a spreadsheet stores exactly; it has rounded a number that has more.
const MAX_EXACT_DIGITS: usize = 15;

/// A row of a table with at least one cell that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// The line number in the file, from 1.
    pub line: i32,
    pub cells: Vec<FileCell>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCell {
    /// The text of the cell: at most 100 characters; a longer text is cut and ends in `…`.
    pub text: String,
    #[serde(default, skip_serializing_if = "FileCellKind::is_plain")]
    pub kind: FileCellKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileCellKind {
    #[default]
    Plain,
    Date,
    /// A formula whose result the file does not contain.
    Formula,
    /// A number that a spreadsheet has rounded, so that its last digits are lost.
    Rounded,
}

impl FileCellKind {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

impl FileCell {
    fn of(cell: Cell<'_>) -> Self {
        let text = bounded(cell.shown);
        let kind = match cell.kind {
            CellKind::Date => FileCellKind::Date,
            CellKind::Formula => FileCellKind::Formula,
            CellKind::Plain if is_rounded(cell, &text) => FileCellKind::Rounded,
            CellKind::Plain => FileCellKind::Plain,
        };
        Self { text, kind }
    }
}

/// Returns whether digits of a number are lost: it has more digits than a spreadsheet stores, or was saved as
/// `7.31E+13`.
fn is_rounded(cell: Cell<'_>, text: &str) -> bool {
    if cell.is_number {
        return text.bytes().filter(u8::is_ascii_digit).count() > MAX_EXACT_DIGITS;
    }
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let upper = text.to_ascii_uppercase();
    let Some((mantissa, exponent)) = upper.split_once("E+") else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    is_digits(whole) && whole.len() == 1 && is_digits(fraction) && is_digits(exponent) && exponent.len() <= 3
}

/// Why a table cannot be read, and at which line if that is known.
pub type UnreadableTable = (UnreadableFile, Option<i32>);

/// Reads the sheet of a file that has the most headings recognized by `is_heading` in one row; if no sheet has any, the
/// first one that is not empty. The inner `Err` says why the file cannot be read, and at which line if that is known.
///
/// # Errors
/// An I/O error of the temporary files.
pub fn read_table(
    file: File,
    max_rows: usize,
    is_heading: fn(&str) -> bool,
) -> io::Result<Result<Vec<FileRow>, UnreadableTable>> {
    match read(file, max_rows, is_heading) {
        Ok(rows) => Ok(Ok(rows)),
        Err(ReadError::Unreadable(why, line)) => Ok(Err((why, line))),
        Err(ReadError::Machine(error)) => Err(error),
        Err(ReadError::Taker(())) => Ok(Err((UnreadableFile::NotATable, None))),
    }
}

fn read(file: File, max_rows: usize, is_heading: fn(&str) -> bool) -> Result<Vec<FileRow>, ReadError<()>> {
    let mut source = Source::open(file, is_heading)?;
    let (mut best, mut most) = (Vec::new(), 0);
    for sheet in 0..source.sheets().len() {
        let rows = match rows_of(&mut source, sheet, max_rows) {
            // A later sheet may be anything; what counts is the first one that can be read.
            Err(ReadError::Unreadable(..)) if sheet > 0 => continue,
            rows => rows?,
        };
        let headings = |row: &FileRow| row.cells.iter().filter(|cell| is_heading(&cell.text)).count();
        let known = rows.iter().take(MAX_HEADING_ROWS).map(headings).max().unwrap_or_default();
        if best.is_empty() || known > most {
            (best, most) = (rows, known);
        }
    }
    if best.is_empty() { Err(UnreadableFile::Empty.into()) } else { Ok(best) }
}

fn rows_of(source: &mut Source, sheet: usize, max_rows: usize) -> Result<Vec<FileRow>, ReadError<()>> {
    let mut rows = Vec::new();
    source.rows(sheet, &mut |line, cells| {
        if rows.len() == max_rows {
            return Err(ReadError::Unreadable(UnreadableFile::TooManyLines, Some(line)));
        }
        let cells = cells.iter().take(MAX_ROW_CELLS).map(|cell| FileCell::of(*cell)).collect();
        rows.push(FileRow { line, cells });
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn rows(bytes: &[u8], max_rows: usize) -> Result<Vec<FileRow>, (UnreadableFile, Option<i32>)> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        read_table(file, max_rows, |cell| cell == "運單號").unwrap()
    }

    #[test]
    fn all_cells_of_a_text_are_read_and_what_a_spreadsheet_has_shortened_is_marked() {
        let read = rows("订单,单号\n A1 ,7.31E+13\nB2,SF1E+13\n".as_bytes(), 9).unwrap();
        let said: Vec<_> = read.iter().map(|row| (row.line, row.cells[1].text.as_str(), row.cells[1].kind)).collect();
        assert_eq!(
            said,
            [
                (1, "单号", FileCellKind::Plain),
                (2, "7.31E+13", FileCellKind::Rounded),
                (3, "SF1E+13", FileCellKind::Plain)
            ]
        );
        assert_eq!(read[1].cells[0].text, "A1");
        assert_eq!(rows(b"a\nb\nc\n", 2), Err((UnreadableFile::TooManyLines, Some(3))));
        assert_eq!(rows(b"\n \n", 9), Err((UnreadableFile::Empty, None)));
        assert_eq!(rows(b"%PDF-1.7", 9), Err((UnreadableFile::Pdf, None)));
    }

    #[test]
    fn an_encoding_is_guessed_from_the_headings_of_the_list() {
        let big5 = encoding_rs::BIG5.encode("運單號,公司\nSF1,順豐\n").0;
        assert_eq!(rows(&big5, 9).unwrap()[0].cells[0].text, "運單號");
        let gbk = encoding_rs::GBK.encode("订单号,快递公司\nA1,顺丰速运\n").0;
        assert_eq!(rows(&gbk, 9).unwrap()[1].cells[1].text, "顺丰速运");
    }
}
