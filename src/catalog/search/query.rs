//! Splits a typed text into units to search for: words, and runs of Chinese characters.

use super::{
    stem::stem,
    tokens::{Token, tokens},
};
use crate::kernel::text;

/// The maximum length of a searched text in characters; what follows is ignored. [`MAX_WORDS`] limits the words
/// likewise.
const MAX_CHARACTERS: usize = 100;
pub(super) const MAX_WORDS: usize = 10;
/// The maximum number of typed characters that are looked at, before spaces are removed.
const MAX_READ: usize = 2_000;
/// The maximum number of bits in the mask that shows which parts of the query a document has: one bit for each word,
/// and one for each Chinese character.
const MAX_BITS: u32 = 32;

/// Words that are ignored if the query has other words.
const IGNORED: [&str; 20] = [
    "a", "an", "and", "any", "are", "as", "at", "by", "for", "from", "in", "is", "me", "my", "of", "on", "or", "the",
    "to", "with",
];

/// A part of a query: a word, or a run of Chinese characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Word {
        text: String,
        bit: u32,
        /// True if only a sign such as a hyphen stands between this word and the one before.
        is_glued: bool,
    },
    Run {
        characters: Vec<char>,
        /// The bit of the first character. The following characters have the following bits.
        bit: u32,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The searched text: what was typed, or the beginning of it that is not too long.
    pub text: String,
    /// True if the end of the typed text is not searched, because it is too long.
    pub is_cut: bool,
    pub(super) units: Vec<Unit>,
    /// The bits of all words; `character_bits` are those of all Chinese characters.
    pub(super) word_bits: u32,
    pub(super) character_bits: u32,
    /// The bits of pairs of neighboring Chinese characters. A pair has the bit of its first character.
    pub(super) pair_bits: u32,
    used_bits: u32,
}

impl Query {
    /// Parses a typed text.
    pub fn read(typed: &str) -> Self {
        let read: String = typed.chars().take(MAX_READ).collect();
        let folded = text::fold(&read);
        let mut words = Vec::new();
        let (mut length, mut is_cut) = (0, typed.chars().nth(MAX_READ).is_some());
        for word in folded.split_whitespace() {
            let word_length = word.chars().count();
            let room = (MAX_CHARACTERS + 1).saturating_sub(length + 1);
            if words.len() == MAX_WORDS || room == 0 {
                is_cut = true;
                break;
            }
            words.push(word.chars().take(room).collect::<String>());
            is_cut |= word_length > room;
            length += word_length.min(room) + 1;
        }
        let mut query = Self { text: words.join(" "), is_cut, ..Self::default() };
        query.add_all(&tokens(&query.text.replace('的', " ")));
        query
    }

    /// Returns whether the query has nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Returns the query with these words instead of the unit at the index `at`.
    pub(super) fn with_words(&self, at: usize, words: &[&str]) -> Self {
        let mut query = Self { text: self.text.clone(), is_cut: self.is_cut, ..Self::default() };
        for (place, unit) in self.units.iter().enumerate() {
            if place == at {
                for word in words {
                    query.add_word((*word).to_owned(), false);
                }
                continue;
            }
            match unit {
                Unit::Word { text, is_glued, .. } => query.add_word(text.clone(), *is_glued),
                Unit::Run { characters, .. } => query.add_run(characters.clone()),
            }
        }
        query
    }

    /// Returns the units as a text to be searched again, for a link.
    pub(super) fn units_text(&self) -> String {
        let mut text = String::new();
        for unit in &self.units {
            match unit {
                Unit::Word { text: word, is_glued, .. } => {
                    if !text.is_empty() {
                        text.push(if *is_glued { '-' } else { ' ' });
                    }
                    text.push_str(word);
                }
                Unit::Run { characters, .. } => {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.extend(characters);
                }
            }
        }
        text
    }

    fn add_all(&mut self, tokens: &[Token]) {
        let is_ignored = |token: &&Token| !token.is_run && !token.is_glued && IGNORED.contains(&token.text.as_str());
        let has_others = tokens.iter().any(|token| !is_ignored(&token));
        for token in tokens {
            if has_others && is_ignored(&token) && tokens.len() > 1 {
                continue;
            }
            if token.is_run {
                self.add_run(token.text.chars().collect());
            } else {
                self.add_word(token.text.clone(), token.is_glued);
            }
        }
    }

    fn add_word(&mut self, word: String, is_glued: bool) {
        let stemmed = stem(&word);
        let is_there = |unit: &Unit| matches!(unit, Unit::Word { text, .. } if stem(text) == stemmed);
        if !is_glued && self.units.iter().any(is_there) {
            return;
        }
        let Some(bit) = self.take_bits(1) else { return };
        self.word_bits |= 1 << bit;
        self.units.push(Unit::Word { text: word, bit, is_glued });
    }

    fn add_run(&mut self, mut characters: Vec<char>) {
        let is_there = |unit: &Unit| matches!(unit, Unit::Run { characters: other, .. } if *other == characters);
        if self.units.iter().any(is_there) {
            return;
        }
        let room = usize::try_from(MAX_BITS - self.used_bits).unwrap_or_default();
        self.is_cut |= characters.len() > room;
        characters.truncate(room);
        let Some(bit) = u32::try_from(characters.len()).ok().and_then(|count| self.take_bits(count)) else { return };
        for at in bit..self.used_bits {
            self.character_bits |= 1 << at;
            if at + 1 < self.used_bits {
                self.pair_bits |= 1 << at;
            }
        }
        self.units.push(Unit::Run { characters, bit });
    }

    /// Reserves the next `count` bits, and returns the first of them; `None` if fewer are left.
    fn take_bits(&mut self, count: u32) -> Option<u32> {
        if count == 0 || self.used_bits + count > MAX_BITS {
            self.is_cut = true;
            return None;
        }
        let bit = self.used_bits;
        self.used_bits += count;
        Some(bit)
    }

    /// Returns how much of the query a document matches: two points for each word, one for each Chinese character.
    /// `mask` has the bits of matched words and pairs of characters, `characters` those of single matched characters.
    pub(super) fn coverage(&self, mask: u32, characters: u32) -> u32 {
        let pairs = mask & self.pair_bits;
        let covered = (mask & self.character_bits) | pairs << 1 | (characters & self.character_bits);
        2 * (mask & self.word_bits).count_ones() + covered.count_ones()
    }

    /// Returns the coverage of a document that matches the whole query.
    pub(super) fn full_coverage(&self) -> u32 {
        self.coverage(u32::MAX, u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_word() {
        let query = Query::read("one two three four five six seven eight nine ten eleven");
        assert_eq!((query.text.as_str(), query.is_cut), ("one two three four five six seven eight nine ten", true));
        assert!(!Query::read("red teapot").is_cut);
        let long = Query::read(&"茶".repeat(5_000));
        assert!(long.is_cut);
        assert_eq!(long.full_coverage(), 32);
    }

    #[test]
    fn a_run_of_characters_is_covered_by_pairs() {
        let query = Query::read("红色咖啡杯");
        assert_eq!(query.full_coverage(), 5);
        // 红色, 咖啡 and 啡杯 cover all five, without 色咖.
        assert_eq!(query.coverage(0b1101, 0), 5);
        assert_eq!(query.coverage(0b1100, 0), 3);
        let mixed = Query::read("白色t恤");
        assert_eq!(mixed.full_coverage(), 5);
        assert_eq!(mixed.coverage(0b0101, 0), 4, "the character after the word is not covered by it");
    }

    #[test]
    fn small_words_are_left_out_unless_there_is_nothing_else() {
        assert_eq!(Query::read("the mug for coffee").units.len(), 2);
        assert_eq!(Query::read("the").units.len(), 1);
        assert_eq!(Query::read("茶 tea tea teas").units.len(), 2);
        assert!(Query::read(" %_ 🫖 \u{202e}").is_empty());
        assert!(Query::read("红色的杯子").units.len() == 2);
    }
}
