//! Reads uploaded CSV and XLSX files row by row.

use std::{
    fs::File,
    io::{self, Seek, Write},
};

use crate::{
    admin::stock::unreadable_words,
    messages::Messages,
    stock::{self, FileRow, ImportMode, UnreadableFile},
    web::PageError,
};

/// The maximum number of rows above the heading row that are read.
const LINES_ABOVE: usize = 20;

/// Reads the rows of a file on a blocking thread: at most `max_lines`, and those above the heading row. The inner `Err`
/// is (why the file cannot be read, number of the line if it is known).
pub(super) async fn read_rows(
    content: Vec<u8>,
    max_lines: usize,
    is_heading: fn(&str) -> bool,
) -> Result<Result<Vec<FileRow>, (UnreadableFile, Option<i32>)>, PageError> {
    let reading = tokio::task::spawn_blocking(move || {
        let file = temporary(&content)?;
        stock::read_table(file, max_lines + LINES_ABOVE, is_heading)
    });
    reading.await.map_err(PageError::internal)?.map_err(PageError::internal)
}

fn temporary(content: &[u8]) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(content)?;
    file.rewind()?;
    Ok(file)
}

/// Returns the text that says why a file cannot be read, with the number of the line if it is known.
pub(super) fn refusal(t: Messages, max_lines: usize, (why, line): (UnreadableFile, Option<i32>)) -> String {
    let words = match why {
        UnreadableFile::TooManyLines => t.shipment_file_too_long(max_lines),
        _ => unreadable_words(&t, &why, &ImportMode::Difference),
    };
    match line.filter(|_| why != UnreadableFile::TooManyLines) {
        Some(line) => format!("{words} ({} {line})", t.shipment_line()),
        None => words,
    }
}
