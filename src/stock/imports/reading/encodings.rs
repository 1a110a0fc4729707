//! Detects the encoding of a text file by its content.

use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
};

use super::{ReadError, csv::LineLengthCheck};
use crate::stock::imports::rules::UnreadableFile;

const PIECE: usize = 64 * 1024;
const MAX_HEADING_LINES: usize = 60;

/// Converts a file to UTF-8 in a temporary file. If the file does not declare its encoding and is not UTF-8, tries
/// other encodings, first those in which `is_heading` recognizes a heading. Fails if the file is not text, or is in an
/// unknown encoding.
pub(super) fn in_utf8<E>(file: &mut File, is_heading: fn(&str) -> bool) -> Result<File, ReadError<E>> {
    let declared = declared(file)?;
    match decoded(file, declared.unwrap_or(UTF_8)) {
        Err(ReadError::Unreadable(UnreadableFile::Encoding, _)) if declared.is_none() => {}
        done => return done,
    }
    for encoding in likely(file, is_heading)? {
        match decoded(file, encoding) {
            Err(ReadError::Unreadable(UnreadableFile::Encoding, _)) => {}
            done => return done,
        }
    }
    Err(UnreadableFile::Encoding.into())
}

/// Returns the encoding that a byte order mark announces; UTF-16 if every second byte is zero; otherwise `None`.
fn declared(file: &mut File) -> io::Result<Option<&'static Encoding>> {
    let mut start = Vec::new();
    file.rewind()?;
    (&mut *file).take(4).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0xff, 0xfe, ..] | [1..=255, 0, 1..=255, 0] => Some(UTF_16LE),
        [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255] => Some(UTF_16BE),
        [0xef, 0xbb, 0xbf, ..] => Some(UTF_8),
        _ => None,
    })
}

/// Returns the encodings to try for a file that is not UTF-8, the likeliest first: those in which the file has a known
/// heading, then Windows-1252 if single non-ASCII bytes are among letters (as in `caf\u{e9}`), then the Chinese ones
/// (GB18030, Big5).
fn likely(file: &mut File, is_heading: fn(&str) -> bool) -> io::Result<Vec<&'static Encoding>> {
    let mut start = Vec::new();
    file.rewind()?;
    (&mut *file).take(PIECE.try_into().unwrap_or(u64::MAX)).read_to_end(&mut start)?;
    let latin = latin(&start);
    let mut likely = if latin.is_likely { vec![WINDOWS_1252, GB18030, BIG5] } else { vec![GB18030, BIG5] };
    if latin.is_possible && !latin.is_likely {
        likely.push(WINDOWS_1252);
    }
    likely.sort_by_key(|encoding| !has_known_heading(encoding, &start, is_heading));
    Ok(likely)
}

/// Returns whether a cell of the first lines, decoded with this encoding, is a known heading that is not ASCII.
fn has_known_heading(encoding: &'static Encoding, start: &[u8], is_heading: fn(&str) -> bool) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(start);
    let mut cells = text.lines().take(MAX_HEADING_LINES).flat_map(|line| line.split([',', ';', '\t', '|']));
    cells.any(|cell| !cell.is_ascii() && cell.len() < 200 && is_heading(cell))
}

/// Counts the bytes of a text to tell whether it can be in the encoding Windows-1252, and whether it probably is.
struct LatinCheck {
    is_possible: bool,
    is_likely: bool,
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b' '
}

fn latin(text: &[u8]) -> LatinCheck {
    let (mut runs, mut beside_text, mut single) = (0_usize, 0_usize, 0_usize);
    let mut before = b'\n';
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| !byte.is_ascii()) {
        before = at.checked_sub(1).and_then(|at| rest.get(at)).copied().unwrap_or(before);
        let run = rest.get(at..).unwrap_or_default();
        let length = run.iter().position(u8::is_ascii).unwrap_or(run.len());
        let after = run.get(length).copied().unwrap_or(b'\n');
        runs += 1;
        beside_text += usize::from(is_text(before) || is_text(after));
        single += usize::from(length == 1 && (before.is_ascii_alphabetic() || after.is_ascii_alphabetic()));
        before = b'\n';
        rest = run.get(length..).unwrap_or_default();
    }
    LatinCheck { is_possible: runs > 0 && beside_text * 2 >= runs, is_likely: single * 3 >= runs * 2 }
}

/// Decodes the file to UTF-8 in a temporary file, without its byte order mark; fails if it is not in this encoding.
fn decoded<E>(file: &mut File, encoding: &'static Encoding) -> Result<File, ReadError<E>> {
    let mut text = BufWriter::new(tempfile::tempfile()?);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut piece, mut room) = (vec![0; PIECE], vec![0; PIECE * 3 + 64]);
    let mut length = LineLengthCheck::default();
    file.rewind()?;
    loop {
        let read = file.read(&mut piece)?;
        let raw = piece.get(..read).unwrap_or_default();
        let (result, taken, written) = decoder.decode_to_utf8_without_replacement(raw, &mut room, read == 0);
        if result != DecoderResult::InputEmpty || taken < read {
            return Err(UnreadableFile::Encoding.into());
        }
        let decoded_text = room.get(..written).unwrap_or_default();
        length.add(decoded_text)?;
        text.write_all(decoded_text)?;
        if read == 0 {
            break;
        }
    }
    let mut text = text.into_inner().map_err(io::IntoInnerError::into_error)?;
    text.rewind()?;
    Ok(text)
}
