//! CSV files, with any of four separators.

use csv::{ByteRecord, ReaderBuilder};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    str,
};

use super::{Cell, ReadError, TakeCells, encodings};
use crate::stock::imports::rules::UnreadableFile;

const MAX_LINE_BYTES: usize = 64 * 1024;
/// How many bytes at the start of a file are searched for the character that separates its cells.
const START: u64 = 64 * 1024;
const SEPARATORS: [u8; 4] = [b'\t', b';', b'|', b','];

/// A CSV file, converted to UTF-8, and the character that separates its cells.
pub(in crate::stock::imports) struct CsvFile {
    file: File,
    separator: u8,
    /// The byte offset of the first row, and the number of lines before this row.
    begins: (u64, u64),
}

impl CsvFile {
    /// Opens a CSV file. Fails if it is not text, or in an unknown encoding.
    pub(super) fn open<E>(mut file: File, is_heading: fn(&str) -> bool) -> Result<Self, ReadError<E>> {
        let mut file = encodings::in_utf8(&mut file, is_heading)?;
        let (separator, begins) = match declared_separator(&mut file)? {
            Some((separator, begins)) => (separator, (begins, 1)),
            None => (likely_separator(&mut file)?, (0, 0)),
        };
        Ok(Self { file, separator, begins })
    }

    /// Calls `take` for each row, until it returns `Break`. Fails if a line is too long.
    pub(super) fn rows<E>(&mut self, take: TakeCells<'_, E>) -> Result<(), ReadError<E>> {
        let (start, skipped) = self.begins;
        self.file.seek(SeekFrom::Start(start))?;
        let mut csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(BufReader::new(&mut self.file));
        let mut record = ByteRecord::new();
        while csv.read_byte_record(&mut record).map_err(io::Error::from)? {
            let line = record.position().map_or(1, |at| at.line()) + skipped;
            if record.as_slice().len() > MAX_LINE_BYTES {
                return Err(ReadError::Unreadable(UnreadableFile::LineTooLong, i32::try_from(line).ok()));
            }
            // The file is valid UTF-8, and the separator is ASCII.
            let cells: Vec<Cell<'_>> =
                record.iter().map(|cell| Cell::text(str::from_utf8(cell).unwrap_or_default())).collect();
            if take(line, &cells)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// A reader that fails at a line that is too long, or at a NUL byte.
#[derive(Default)]
pub(super) struct LineLengthCheck {
    line: i32,
    so_far: usize,
}

impl LineLengthCheck {
    pub(super) fn add<E>(&mut self, piece: &[u8]) -> Result<(), ReadError<E>> {
        if piece.contains(&0) {
            return Err(UnreadableFile::NotATable.into());
        }
        let mut ends = piece.split(|byte| matches!(byte, b'\n' | b'\r'));
        let first = ends.next().map_or(0, <[u8]>::len);
        self.so_far += first;
        self.check()?;
        for part in ends {
            self.line += 1;
            self.so_far = part.len();
            self.check()?;
        }
        Ok(())
    }

    fn check<E>(&self) -> Result<(), ReadError<E>> {
        if self.so_far <= MAX_LINE_BYTES {
            return Ok(());
        }
        Err(ReadError::Unreadable(UnreadableFile::LineTooLong, Some(self.line + 1)))
    }
}

/// Parses a first line that names the separator, such as `sep=;` or `"sep=;"`. Returns (separator, byte offset of the
/// next line); `None` if the file does not begin with such a line.
fn declared_separator(file: &mut File) -> io::Result<Option<(u8, u64)>> {
    file.rewind()?;
    let mut first = Vec::new();
    BufReader::new(&mut *file).take(16).read_until(b'\n', &mut first)?;
    let line = first.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let is_whole = first.ends_with(b"\n");
    Ok(match line {
        [s, e, p, b'=', separator] if is_whole && [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            let begins = u64::try_from(first.len()).unwrap_or_default();
            SEPARATORS.contains(separator).then_some((*separator, begins))
        }
        // `sep=` followed by a tab, which was trimmed.
        [s, e, p, b'='] if is_whole && first.contains(&b'\t') && [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            Some((b'\t', u64::try_from(first.len()).unwrap_or_default()))
        }
        _ => None,
    })
}

/// Returns the likely separator of cells: the one that occurs in the most lines at the start of the file; if several
/// occur in equally many lines, the one of them that occurs most often.
fn likely_separator(file: &mut File) -> io::Result<u8> {
    file.rewind()?;
    let mut start = Vec::new();
    (&mut *file).take(START).read_to_end(&mut start)?;
    let lines: Vec<&[u8]> = start.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    // The first of several equals, because it is rarer in text.
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| rank(*separator, &lines));
    Ok(best.unwrap_or(b','))
}

/// Returns (number of lines that have this separator, how often it occurs in all lines).
fn rank(separator: u8, lines: &[&[u8]]) -> (usize, usize) {
    let (mut in_lines, mut in_all) = (0, 0);
    for line in lines {
        let count = line.iter().filter(|byte| **byte == separator).count();
        in_lines += usize::from(count > 0);
        in_all += count;
    }
    (in_lines, in_all)
}
