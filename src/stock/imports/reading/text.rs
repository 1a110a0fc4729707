//! Text with separators (CSV), in the encodings that sheets write.

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    str,
};

use super::{Lines, Stop};
use crate::stock::imports::rules::Unreadable;

/// No line of a stock list is longer.
const LONGEST_LINE: usize = 64 * 1024;
const PIECE: usize = 64 * 1024;

/// Hands on all lines.
///
/// # Errors
/// Why it ended before the end.
pub(super) fn read<E>(mut file: File, lines: &mut Lines<'_, E>) -> Result<(), Stop<E>> {
    lines.splits = true;
    let text = in_utf8(&mut file)?;
    let mut text = BufReader::new(text);
    let (separator, skipped) = separator(&mut text)?;
    let mut csv = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text);
    let mut record = ByteRecord::new();
    while csv.read_byte_record(&mut record).map_err(io::Error::from)? {
        let line = record.position().map_or(1, |at| at.line()) + skipped;
        if record.as_slice().len() > LONGEST_LINE {
            return Err(Stop::Unreadable(Unreadable::LineTooLong, i32::try_from(line).ok()));
        }
        // It is UTF-8 through and through, and what separates its cells is one byte.
        lines.row(line, record.iter().map(|cell| str::from_utf8(cell).unwrap_or_default()))?;
    }
    Ok(())
}

/// The file as UTF-8 in a file of its own.
fn in_utf8<E>(file: &mut File) -> Result<File, Stop<E>> {
    for encoding in encodings(file)? {
        match decoded(file, encoding) {
            Err(Stop::Unreadable(Unreadable::Encoding, _)) => {}
            done => return done,
        }
    }
    Err(Unreadable::Encoding.into())
}

/// What it may be written in, the likeliest first. UTF-16 tells itself by its mark, or by every second byte of its first
/// characters being nought; GB18030 includes GBK and GB 2312.
fn encodings(file: &mut File) -> io::Result<Vec<&'static Encoding>> {
    let mut start = Vec::new();
    file.rewind()?;
    (&mut *file).take(4).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0xff, 0xfe, ..] | [1..=255, 0, 1..=255, 0] => vec![UTF_16LE],
        [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255] => vec![UTF_16BE],
        [0xef, 0xbb, 0xbf, ..] => vec![UTF_8],
        _ => vec![UTF_8, GB18030],
    })
}

/// The file as it reads in this encoding, if it does, without a mark at its start.
fn decoded<E>(file: &mut File, encoding: &'static Encoding) -> Result<File, Stop<E>> {
    let mut text = BufWriter::new(tempfile::tempfile()?);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut piece, mut room) = (vec![0; PIECE], vec![0; PIECE * 3 + 64]);
    let mut length = Length::default();
    file.rewind()?;
    loop {
        let read = file.read(&mut piece)?;
        let raw = piece.get(..read).unwrap_or_default();
        let (result, taken, written) = decoder.decode_to_utf8_without_replacement(raw, &mut room, read == 0);
        if result != DecoderResult::InputEmpty || taken < read {
            return Err(Unreadable::Encoding.into());
        }
        let said = room.get(..written).unwrap_or_default();
        length.add(said)?;
        text.write_all(said)?;
        if read == 0 {
            break;
        }
    }
    let mut text = text.into_inner().map_err(io::IntoInnerError::into_error)?;
    text.rewind()?;
    Ok(text)
}

/// Looks at what goes by for a line without an end, and for what no text has.
#[derive(Default)]
struct Length {
    line: i32,
    so_far: usize,
}

impl Length {
    fn add<E>(&mut self, piece: &[u8]) -> Result<(), Stop<E>> {
        if piece.contains(&0) {
            return Err(Unreadable::NotATable.into());
        }
        let mut ends = piece.split(|byte| matches!(byte, b'\n' | b'\r'));
        let first = ends.next().map_or(0, <[u8]>::len);
        self.so_far += first;
        let too_long = |length: usize, line: i32| {
            let wrong = Stop::Unreadable(Unreadable::LineTooLong, Some(line + 1));
            if length > LONGEST_LINE { Err(wrong) } else { Ok(()) }
        };
        too_long(self.so_far, self.line)?;
        for part in ends {
            self.line += 1;
            self.so_far = part.len();
            too_long(self.so_far, self.line)?;
        }
        Ok(())
    }
}

/// What separates the cells, and how many lines were passed over to know it: the most frequent candidate of the first line
/// with anything in it, unless the file says it itself, as some sheets write it (`sep=;`).
fn separator(text: &mut BufReader<File>) -> io::Result<(u8, u64)> {
    let mut first = Vec::new();
    text.by_ref().take(8).read_to_end(&mut first)?;
    let told = match first.as_slice() {
        [b's', b'e', b'p', b'=', separator @ (b',' | b';' | b'\t'), b'\n' | b'\r', ..] => Some(*separator),
        _ => None,
    };
    text.rewind()?;
    if let Some(separator) = told {
        text.read_until(b'\n', &mut first)?;
        return Ok((separator, 1));
    }
    let mut start = Vec::new();
    text.by_ref().take(PIECE.try_into().unwrap_or(u64::MAX)).read_to_end(&mut start)?;
    text.rewind()?;
    let mut lines = start.split(|byte| matches!(byte, b'\n' | b'\r'));
    let heading = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |separator: u8| heading.iter().filter(|byte| **byte == separator).count();
    let best = [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator));
    Ok((best.unwrap_or(b','), 0))
}
