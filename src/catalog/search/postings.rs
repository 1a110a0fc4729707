//! A compressed list of the documents that contain a term.

/// The bit for a term in a name of the product. The places of a term in a document are a combination of such bits.
pub(super) const IN_NAME: u8 = 1;
/// The bit for the last word of a name before a comma, bracket or preposition, which names the kind of thing in English
/// and Chinese ("green tea bags").
pub(super) const ENDS_NAME: u8 = 2;
pub(super) const IN_OPTION: u8 = 4;
pub(super) const IN_TEXT: u8 = 8;

/// A list of document numbers in ascending order, each with the bits of the term's places in the document. An entry
/// stores the difference to the number before in the high half of its first byte if that is below 15, as for most
/// entries of a frequent term; the low half has the places.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    bytes: Vec<u8>,
    last: u32,
    count: u32,
}

/// The value of the high half of an entry's first byte that means: the difference follows in further bytes, seven bits
/// in each, lowest bits first.
const LONG: u8 = 15;

impl Postings {
    /// Appends a document, whose number must be higher than all numbers in the list.
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

    /// Returns the number of documents in the list.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Returns (document number, bits of the places where the term occurs in it) of each entry.
    pub(super) fn iter(&self) -> PostingsIter<'_> {
        PostingsIter { bytes: self.bytes.iter(), document: 0 }
    }

    /// Returns the memory that the list takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Frees memory that is reserved for further entries.
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
