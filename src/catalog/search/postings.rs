//! A list of the documents that contain a term, in few bytes.

/// Where in a document a term stands; several of these bits.
pub(super) const IN_NAME: u8 = 1;
/// The last word of a name before any comma or bracket: in both languages that is the kind of thing ("green tea bags").
pub(super) const ENDS_NAME: u8 = 2;
pub(super) const IN_OPTION: u8 = 4;
pub(super) const IN_TEXT: u8 = 8;

/// Documents in ascending order. Each entry has the distance to the one before and the places, both in the first byte if
/// the distance is below 15, as most are for a common term.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    bytes: Vec<u8>,
    last: u32,
    count: u32,
}

/// In the high half of an entry's first byte: the distance follows in further bytes, seven bits in each, lowest first.
const LONG: u8 = 15;

impl Postings {
    /// Adds a document; it must have a higher number than all others.
    pub(super) fn push(&mut self, document: u32, places: u8) {
        let distance = if self.count == 0 { document } else { document.saturating_sub(self.last) };
        match u8::try_from(distance) {
            Ok(short) if short < LONG => self.bytes.push(short << 4 | places & LONG),
            _ => {
                self.bytes.push(LONG << 4 | places & LONG);
                let mut rest = distance;
                while rest >= 0x80 {
                    self.bytes.push(low_bits(rest) | 0x80);
                    rest >>= 7;
                }
                self.bytes.push(low_bits(rest));
            }
        }
        self.last = document;
        self.count += 1;
    }

    /// Returns the number of documents.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Returns each document with the places where the term stands in it.
    pub(super) fn iter(&self) -> PostingsIter<'_> {
        PostingsIter { bytes: self.bytes.iter(), document: 0 }
    }

    /// Returns how many bytes the list takes in memory.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Gives memory back that the list keeps for further entries.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

fn low_bits(number: u32) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

pub(super) struct PostingsIter<'a> {
    bytes: std::slice::Iter<'a, u8>,
    document: u32,
}

impl Iterator for PostingsIter<'_> {
    type Item = (u32, u8);

    #[inline]
    fn next(&mut self) -> Option<(u32, u8)> {
        let first = *self.bytes.next()?;
        let mut distance = u32::from(first >> 4);
        if distance == u32::from(LONG) {
            distance = 0;
            let mut shift = 0;
            for byte in self.bytes.by_ref() {
                distance |= u32::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        self.document += distance;
        Some((self.document, first & LONG))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_returns_what_was_put_in() {
        let entries = [(0, 1), (1, 15), (15, 2), (30, 4), (45, 8), (172, 3), (300_000, 1), (u32::MAX, 9)];
        let mut postings = Postings::default();
        for (document, places) in entries {
            postings.push(document, places);
        }
        assert_eq!(postings.iter().collect::<Vec<_>>(), entries);
        assert_eq!(postings.count(), 8);
    }
}
