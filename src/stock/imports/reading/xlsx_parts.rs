//! The files in a workbook's ZIP archive (parts), decompressed and parsed as a stream. The sizes that the archive
//! states are not trusted: decompressed bytes are counted and limited.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    ops::ControlFlow,
};
use zip::ZipArchive;

use super::ReadError;
use crate::stock::imports::rules::UnreadableFile;

/// The maximum number of decompressed bytes of all parts together; a list of 200,000 lines with ten cells each has
/// fewer.
const MAX_INFLATED_BYTES: usize = 160 * 1024 * 1024;
/// The maximum number of bytes of one XML tag or text.
const MAX_EVENT_BYTES: usize = 256 * 1024;
const MAX_DEPTH: usize = 100;
const MAX_PARTS: usize = 2_000;
/// The number of characters to which attribute values are truncated.
const MAX_ATTRIBUTE_LEN: usize = 1_000;

/// What a callback returns: whether to go on reading, or why the callback failed.
pub(super) type Flow<E> = Result<ControlFlow<()>, ReadError<E>>;

/// The opened archive of a workbook, and how many bytes may still be decompressed.
pub(super) struct XlsxParts {
    zip: ZipArchive<BufReader<File>>,
    left: usize,
}

impl XlsxParts {
    /// Opens a workbook's archive. Fails if the file is not a ZIP archive, or has too many parts.
    pub(super) fn open<E>(mut file: File) -> Result<Self, ReadError<E>> {
        if has_too_many_parts(&mut file)? {
            return Err(UnreadableFile::TooLargeInside.into());
        }
        file.rewind()?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|_| UnreadableFile::BrokenWorkbook)?;
        Ok(Self { zip, left: MAX_INFLATED_BYTES })
    }

    /// Calls `take` for each XML event of the part `path`, until it returns `Break`. Returns false if there is no such
    /// part. Fails if the part is broken or too large, or if `take` fails.
    pub(super) fn walk<E>(
        &mut self,
        path: &str,
        take: &mut dyn FnMut(&Event<'_>) -> Flow<E>,
    ) -> Result<bool, ReadError<E>> {
        let Some(number) = self.number_of(path) else { return Ok(false) };
        let part = self.zip.by_index(number).map_err(|_| UnreadableFile::BrokenWorkbook)?;
        let mut reader =
            Reader::from_reader(LimitedReader { inner: BufReader::new(part), left: self.left, of_event: 0 });
        reader.config_mut().expand_empty_elements = true;
        let walked = walk(&mut reader, take);
        // Also counts damaged parts, so that several of them are limited together.
        self.left = reader.get_ref().left;
        walked.map(|()| true)
    }

    pub(super) fn names(&self) -> Vec<&[u8]> {
        self.zip.file_names_raw().collect()
    }

    /// Sets the number of bytes that may still be decompressed to the maximum again.
    pub(super) fn reset_size_limit(&mut self) {
        self.left = MAX_INFLATED_BYTES;
    }

    fn number_of(&self, path: &str) -> Option<usize> {
        self.zip.file_names_raw().position(|name| is_at(name, path))
    }
}

fn walk<E, R: BufRead>(
    reader: &mut Reader<LimitedReader<R>>,
    take: &mut dyn FnMut(&Event<'_>) -> Flow<E>,
) -> Result<(), ReadError<E>> {
    let (mut buffer, mut depth) = (Vec::new(), 0_usize);
    loop {
        buffer.clear();
        reader.get_mut().of_event = MAX_EVENT_BYTES;
        let Ok(event) = reader.read_event_into(&mut buffer) else {
            return Err(reader.get_ref().why().into());
        };
        match &event {
            Event::Eof if depth > 0 => return Err(UnreadableFile::BrokenWorkbook.into()),
            Event::Eof => break,
            Event::Start(_) if depth == MAX_DEPTH => return Err(UnreadableFile::BrokenWorkbook.into()),
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if take(&event)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Returns whether a part with this name is at `path`, as Office compares them: case-insensitively, with `\\` as `/`.
fn is_at(name: &[u8], path: &str) -> bool {
    let name = name.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() });
    name.eq(path.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// Returns whether the archive has too many entries. Counts the entries' signatures in the file, because the ZIP
/// library would load all entries first.
fn has_too_many_parts(file: &mut File) -> io::Result<bool> {
    const ENTRY: u32 = u32::from_be_bytes(*b"PK\x01\x02");
    file.rewind()?;
    let mut bytes = BufReader::new(file);
    let (mut last, mut parts) = (0_u32, 0);
    loop {
        let piece = bytes.fill_buf()?;
        if piece.is_empty() {
            return Ok(false);
        }
        for byte in piece {
            last = last << 8 | u32::from(*byte);
            parts += usize::from(last == ENTRY);
        }
        if parts > MAX_PARTS {
            return Ok(true);
        }
        let read = piece.len();
        bytes.consume(read);
    }
}

/// A reader that fails when it decompresses more bytes than are allowed for all parts together, or for one XML event.
struct LimitedReader<R> {
    inner: R,
    left: usize,
    of_event: usize,
}

impl<R> LimitedReader<R> {
    fn why(&self) -> UnreadableFile {
        let spent = self.left == 0 || self.of_event == 0;
        if spent { UnreadableFile::TooLargeInside } else { UnreadableFile::BrokenWorkbook }
    }
}

impl<R: BufRead> BufRead for LimitedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let most = self.left.min(self.of_event);
        let piece = self.inner.fill_buf()?;
        if most == 0 && !piece.is_empty() {
            return Err(io::Error::other("more than there may be"));
        }
        Ok(piece.get(..most).unwrap_or(piece))
    }

    fn consume(&mut self, read: usize) {
        self.inner.consume(read);
        self.left = self.left.saturating_sub(read);
        self.of_event = self.of_event.saturating_sub(read);
    }
}

impl<R: BufRead> Read for LimitedReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

/// Returns the value of the attribute with this name, whatever its namespace prefix; `None` if it is missing.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found =
        attributes.with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.chars().take(MAX_ATTRIBUTE_LEN).collect())
}
