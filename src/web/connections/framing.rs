//! Finds where requests end in the bytes of a connection (RFC 9112), so that they reach the server's parser one at a
//! time.
//!
//! The server's parser decides: if it finds another end, the connection is closed. So a mistake here can close a
//! hostile client's connection, but never make the server take one request for two.

/// The part of a request to which the next bytes of a connection belong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The head of a request: from its first line to its empty line.
    Head(LineState),
    /// A body of known length; holds the number of bytes left.
    Length(u64),
    /// A chunked body; holds how far it has been read.
    Chunked(ChunkState),
    /// All bytes up to the end of the connection: an upgrade, or a malformed chunked body, which the server refuses.
    UntilEnd,
}

/// What the last bytes of a head were, to find the empty line that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineState {
    /// No byte of the head has arrived.
    Start,
    /// The last byte that arrived is within a line.
    Text,
    /// The last byte is the LF that ended a line.
    Ended,
    /// The last bytes are the LF that ended a line, and a CR.
    EndedCr,
}

/// How far a chunked body has been read. Numbers are the size of the current chunk, or in `Data` how many bytes of it
/// are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkState {
    Size(u64),
    Extension(u64),
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    EndCr,
    EndLf,
    Trailer,
    TrailerLf,
}

/// How many of the bytes given to [`Framing::take`] belong to the current part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many bytes, from the first on, belong to the part of the request that is being read.
    pub(super) bytes: usize,
    /// True if these bytes complete that part of the request.
    pub(super) whole: bool,
}

impl Framing {
    /// The start of a request, of which no byte has arrived.
    pub(super) const START: Self = Self::Head(LineState::Start);

    /// Returns how the body of a request is delimited; [`Self::START`] if it has none. `chunked` overrides `until_end`
    /// (the body is all that follows), which overrides `length` (in bytes).
    pub(super) fn of_body(chunked: bool, until_end: bool, length: u64) -> Self {
        if chunked {
            Self::Chunked(ChunkState::Size(0))
        } else if until_end {
            Self::UntilEnd
        } else if length > 0 {
            Self::Length(length)
        } else {
            Self::START
        }
    }

    /// Reads the bytes that belong to the current part of the request, and returns how many these are: at least one,
    /// unless `bytes` is empty.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Taken {
        let taken = match self {
            Self::Head(line) => take_head(line, bytes),
            Self::Length(left) => take_length(left, bytes),
            Self::Chunked(chunk) => match take_chunked(chunk, bytes) {
                Some(taken) => taken,
                None => {
                    *self = Self::UntilEnd;
                    Taken { bytes: bytes.len(), whole: false }
                }
            },
            Self::UntilEnd => Taken { bytes: bytes.len(), whole: false },
        };
        if taken.whole {
            *self = Self::START;
        }
        taken
    }
}

fn take_head(line: &mut LineState, bytes: &[u8]) -> Taken {
    for (at, byte) in bytes.iter().enumerate() {
        *line = match (*line, byte) {
            (LineState::Ended | LineState::EndedCr, b'\n') => return Taken { bytes: at + 1, whole: true },
            (_, b'\n') => LineState::Ended,
            (LineState::Ended, b'\r') => LineState::EndedCr,
            _ => LineState::Text,
        };
    }
    Taken { bytes: bytes.len(), whole: false }
}

fn take_length(left: &mut u64, bytes: &[u8]) -> Taken {
    let most = usize::try_from(*left).unwrap_or(usize::MAX);
    let taken = bytes.len().min(most);
    *left = left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
    Taken { bytes: taken, whole: *left == 0 }
}

/// Reads bytes of a chunked body, and returns how many belong to it. Returns `None` if they are malformed.
fn take_chunked(chunk: &mut ChunkState, bytes: &[u8]) -> Option<Taken> {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        *chunk = match (*chunk, byte) {
            (ChunkState::Data(mut left), _) => {
                let rest = bytes.get(at..).unwrap_or_default();
                let data = take_length(&mut left, rest);
                at += data.bytes;
                *chunk = if data.whole { ChunkState::DataCr } else { ChunkState::Data(left) };
                continue;
            }
            (ChunkState::Size(size), digit) if digit.is_ascii_hexdigit() => {
                let digit = char::from(*digit).to_digit(16)?;
                ChunkState::Size(size.checked_mul(16)?.checked_add(u64::from(digit))?)
            }
            (ChunkState::Size(size) | ChunkState::Extension(size), b'\r') => ChunkState::SizeLf(size),
            (ChunkState::Size(size), b' ' | b'\t' | b';') | (ChunkState::Extension(size), _) => {
                ChunkState::Extension(size)
            }
            (ChunkState::SizeLf(0), b'\n') | (ChunkState::TrailerLf, b'\n') => ChunkState::EndCr,
            (ChunkState::SizeLf(size), b'\n') => ChunkState::Data(size),
            (ChunkState::DataCr, b'\r') => ChunkState::DataLf,
            (ChunkState::DataLf, b'\n') => ChunkState::Size(0),
            (ChunkState::EndCr, b'\r') => ChunkState::EndLf,
            (ChunkState::Trailer, b'\r') => ChunkState::TrailerLf,
            (ChunkState::EndCr | ChunkState::Trailer, _) => ChunkState::Trailer,
            (ChunkState::EndLf, b'\n') => return Some(Taken { bytes: at + 1, whole: true }),
            _ => return None,
        };
        at += 1;
    }
    Some(Taken { bytes: bytes.len(), whole: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns where a part of a request ends in `bytes`; asserts that this is the same for pieces of any size.
    fn end(framing: impl Fn() -> Framing, bytes: &[u8]) -> Option<usize> {
        let ends: Vec<Option<usize>> = (1..=bytes.len())
            .map(|size| {
                let (mut framing, mut seen) = (framing(), 0);
                for piece in bytes.chunks(size) {
                    let taken = framing.take(piece);
                    seen += taken.bytes;
                    if taken.whole {
                        assert_eq!(framing, Framing::START);
                        return Some(seen);
                    }
                    assert_eq!(taken.bytes, piece.len());
                }
                None
            })
            .collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        ends[0]
    }

    #[test]
    fn a_head_ends_with_an_empty_line() {
        let head = |bytes: &str| end(|| Framing::START, bytes.as_bytes());
        assert_eq!(head("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"), Some(27));
        assert_eq!(head("GET / HTTP/1.1\nHost: a\n\nGET"), Some(24));
        assert_eq!(head("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Some(29));
        assert_eq!(head("GET / HTTP/1.1\r\nHost: a\r\n"), None);
        assert_eq!(head("GET / HTTP/1.1\r\nA: \r\rb\r\n"), None);
    }

    #[test]
    fn a_body_ends_after_its_length() {
        assert_eq!(end(|| Framing::of_body(false, false, 5), b"helloGET /"), Some(5));
        assert_eq!(end(|| Framing::of_body(false, false, 50), b"hello"), None);
        assert_eq!(Framing::of_body(false, false, 0), Framing::START);
    }

    #[test]
    fn a_chunked_body_ends_after_its_trailers() {
        let chunked = |bytes: &str| end(|| Framing::of_body(true, false, 0), bytes.as_bytes());
        assert_eq!(chunked("5\r\nhello\r\n0\r\n\r\nGET"), Some(15));
        assert_eq!(chunked("A;ext=1\r\n0123456789\r\n0\r\nA: b\r\n\r\nGET"), Some(32));
        assert_eq!(chunked("5\r\nhello\r\n0\r\n"), None);
        assert_eq!(chunked("5\r\nhelloGET / HTTP/1.1\r\n\r\n"), None);
        assert_eq!(chunked("nonsense\r\n\r\n"), None);
        assert_eq!(chunked("FFFFFFFFFFFFFFFFF\r\n"), None);
    }
}
