//! Recognizes the kind of a file by its first bytes and, for an archive, by the names in it.

use std::{
    fs::File,
    io::{Read, Seek},
};

use super::ReadError;
use crate::stock::imports::rules::UnreadableFile;

const START: u64 = 4 * 1024;

/// Returns true for an XLSX workbook, false for text. Fails if the file is of another kind.
pub(super) fn is_workbook<E>(file: &mut File) -> Result<bool, ReadError<E>> {
    let mut start = Vec::new();
    file.rewind()?;
    (&mut *file).take(START).read_to_end(&mut start)?;
    file.rewind()?;
    match start.as_slice() {
        [] => Err(UnreadableFile::Empty.into()),
        [b'P', b'K', 3, 4, ..] => Ok(true),
        // An empty ZIP archive.
        [b'P', b'K', 5, 6, ..] => Err(UnreadableFile::Archive.into()),
        [b'%', b'P', b'D', b'F', ..] => Err(UnreadableFile::Pdf.into()),
        [0x1f, 0x8b, ..] | [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', 0x1a, ..] => {
            Err(UnreadableFile::Archive.into())
        }
        // Pictures and RTF.
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'{', b'\\', b'r', b't', b'f', ..] => Err(UnreadableFile::NotATable.into()),
        // OLE2 (XLS, and XLSX with a password), and BIFF without OLE2.
        [0xd0, 0xcf, 0x11, 0xe0, ..] | [9, 0 | 2 | 4 | 8, 4 | 6 | 8, 0, ..] => Err(UnreadableFile::OldWorkbook.into()),
        start if is_markup(start) => Err(UnreadableFile::WebPage.into()),
        _ => Ok(false),
    }
}

/// Returns whether a file begins like HTML or XML, which some programs save as `.xls` or `.csv`.
fn is_markup(start: &[u8]) -> bool {
    let text: String = match start {
        [0xff, 0xfe, rest @ ..] => rest.iter().step_by(2).map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start)).into_owned(),
    };
    let text = text.trim_start().to_ascii_lowercase();
    let tags =
        ["<html", "<!doctype", "<?xml", "<table", "<head", "<body", "<meta", "<style", "<!--", "<workbook", "<div"];
    tags.iter().any(|tag| text.starts_with(tag))
}

/// Returns why an archive that contains files with these names is not an XLSX workbook; `None` if it may be one.
pub(super) fn of_archive(names: &[&[u8]]) -> Option<UnreadableFile> {
    let has = |name: &[u8]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let ends = |end: &[u8]| names.iter().any(|known| known.to_ascii_lowercase().ends_with(end));
    let below = |folder: &[u8]| names.iter().any(|known| known.starts_with(folder));
    if below(b"xl/") || below(b"XL/") || below(b"xl\\") {
        return ends(b"workbook.bin").then_some(UnreadableFile::BinaryWorkbook);
    }
    if has(b"mimetype") && has(b"content.xml") {
        Some(UnreadableFile::OpenDocument)
    } else if ends(b".iwa") || has(b"Index.zip") {
        Some(UnreadableFile::Numbers)
    } else if below(b"word/") || below(b"ppt/") {
        Some(UnreadableFile::NotATable)
    } else if has(b"[Content_Types].xml") || has(b"_rels/.rels") {
        // A workbook with other or missing part names.
        None
    } else {
        Some(UnreadableFile::Archive)
    }
}
