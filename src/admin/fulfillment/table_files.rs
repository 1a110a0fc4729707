//! What the pages of carriers' files (CSV or XLSX) have in common: how a file is read, the name of its state, and the
//! states of its lines.

use std::{
    fs::File,
    io::{self, Seek, Write},
};

use crate::{
    admin::stock::unreadable_words,
    fulfillment::CarrierFileState,
    messages::Messages,
    stock::{self, FileRow, ImportMode, UnreadableFile},
    web::PageError,
};

/// Whether a line of an uploaded file takes effect: records an amount, or sends a parcel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineState {
    /// The line has taken effect; or it will, if the file is not confirmed yet.
    Done,
    /// The file is confirmed, but the background job has not handled the line yet.
    Waiting,
    /// The line has no effect, because what it would record or send was recorded or sent before.
    Already,
    Faulty,
}

/// The number of lines of a file in each state.
#[derive(Clone, Copy, Default)]
pub(super) struct LineCounts {
    pub(super) done: usize,
    pub(super) waiting: usize,
    pub(super) already: usize,
    pub(super) faulty: usize,
}

impl LineCounts {
    pub(super) fn of(states: impl Iterator<Item = LineState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            match state {
                LineState::Done => counts.done += 1,
                LineState::Waiting => counts.waiting += 1,
                LineState::Already => counts.already += 1,
                LineState::Faulty => counts.faulty += 1,
            }
        }
        counts
    }
}

/// Returns the name of the state of a file, for pages; `applying` is the name to return for the state `Applying`.
pub(super) fn state_name(t: Messages, state: CarrierFileState, applying: &'static str) -> &'static str {
    match state {
        CarrierFileState::Ready => t.shipment_state_ready(),
        CarrierFileState::Applying => applying,
        CarrierFileState::Done => t.shipment_state_done(),
        CarrierFileState::Discarded => t.shipment_state_discarded(),
    }
}

/// How many rows above the heading row are read in addition to the maximum number of lines.
const LINES_ABOVE: usize = 20;

/// Reads the rows of a file on a blocking thread: at most `max_lines`, plus [`LINES_ABOVE`] for rows above the heading
/// row. The inner `Err` is (why the file cannot be read, number of the line if it is known).
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
