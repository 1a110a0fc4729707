//! The texts by which a product is found, and the terms into which they are split.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    postings::{ENDS_NAME, IN_NAME, IN_OPTION, IN_TEXT},
    stem::stem,
    tokens::{Token, bigrams, tokens},
};

/// The texts by which a product is found, as stored in the database. Each field has the texts of all languages, one on
/// each line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Document {
    pub spu: i64,
    pub category: i64,
    /// The id of the brand; 0 if the product has none.
    pub brand: i64,
    pub names: String,
    pub options: String,
    pub texts: String,
}

/// A document that is split into terms, ready to be added to the index.
pub(super) struct Prepared {
    pub document: Document,
    /// Each term with the bits of the places where it occurs (see `postings`).
    pub terms: Vec<(String, u8)>,
    /// The words as written, not reduced to their stems.
    pub surfaces: Vec<String>,
    pub name_words: u8,
    pub name_characters: u8,
}

/// Returns a hash of the document: it is different if any of its texts, its category or its brand is different.
pub(super) fn fingerprint(document: &Document) -> u64 {
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    hasher.finish()
}

/// Splits the texts of a document into terms.
pub(super) fn prepare(document: Document) -> Prepared {
    let mut found: HashMap<String, u8> = HashMap::new();
    let (mut surfaces, mut name_words, mut name_characters) = (HashSet::new(), 0_u8, 0_u8);
    let parts = [(&document.names, IN_NAME), (&document.options, IN_OPTION), (&document.texts, IN_TEXT)];
    for (text, place) in parts {
        let split = split(text, place);
        for (term, places) in split.terms {
            *found.entry(term).or_default() |= places;
        }
        surfaces.extend(split.surfaces);
        if place == IN_NAME {
            (name_words, name_characters) = (split.words, split.characters);
        }
    }
    Prepared {
        terms: found.into_iter().collect(),
        surfaces: surfaces.into_iter().collect(),
        name_words,
        name_characters,
        document,
    }
}

/// The result of splitting a text: its terms with the bits of their places, and its words as written.
#[derive(Default)]
pub(super) struct Split {
    pub terms: HashMap<String, u8>,
    pub surfaces: HashSet<String>,
    words: u8,
    characters: u8,
}

/// Splits a text into terms. Each line is one name or other text; `place` is the bit of the kind of text.
pub(super) fn split(text: &str, place: u8) -> Split {
    let mut split = Split::default();
    for line in text.lines() {
        let tokens = tokens(line);
        let end = if place == IN_NAME { end_of_phrase(&tokens) } else { None };
        for (at, token) in tokens.iter().enumerate() {
            let places = if end == Some(at) { place | ENDS_NAME } else { place };
            let before = at.checked_sub(1).and_then(|at| tokens.get(at)).filter(|before| !before.is_run);
            split.add(token, before, places, place);
        }
    }
    split
}

impl Split {
    fn add(&mut self, token: &Token, before: Option<&Token>, places: u8, place: u8) {
        if token.is_run {
            self.characters =
                self.characters.saturating_add(u8::try_from(token.text.chars().count()).unwrap_or(u8::MAX));
            let pairs = bigrams(&token.text);
            let last = pairs.len() - 1;
            for (at, pair) in pairs.into_iter().enumerate() {
                *self.terms.entry(pair).or_default() |= if at == last { places } else { place };
            }
            // Single characters of descriptions would find too much.
            if place != IN_TEXT {
                let last = token.text.chars().count() - 1;
                for (at, c) in token.text.chars().enumerate() {
                    *self.terms.entry(c.to_string()).or_default() |= if at == last { places } else { place };
                }
            }
            return;
        }
        self.words = self.words.saturating_add(1);
        *self.terms.entry(stem(&token.text)).or_default() |= places;
        // Two words that others write as one: "moon cake", "9 W"; in descriptions only what a hyphen joins.
        if let Some(before) = before
            && (token.is_glued || place != IN_TEXT)
        {
            let joined = format!("{}{}", before.text, token.text);
            *self.terms.entry(stem(&joined)).or_default() |= places;
        }
        self.surfaces.insert(token.text.clone());
    }
}

/// Words after which a product's name says what the thing comes with or is for, not what it is.
const AFTER_PHRASE: [&str; 10] = ["with", "for", "in", "from", "of", "on", "and", "to", "by", "without"];

/// Returns the index of the token that names the kind of thing: the last word or run of Chinese characters before the
/// first comma, bracket or preposition. Numbers and single letters at the end are skipped. `None` without tokens.
fn end_of_phrase(tokens: &[Token]) -> Option<usize> {
    let mut end = None;
    for (at, token) in tokens.iter().enumerate() {
        let is_long_run = token.is_run && token.text.chars().count() > 1;
        if end.is_some() && (token.is_after_break || AFTER_PHRASE.contains(&token.text.as_str())) {
            break;
        }
        let is_number = token.text.starts_with(|c: char| c.is_ascii_digit());
        if is_long_run || !token.is_run && !is_number && token.text.len() > 1 || end.is_none() {
            end = Some(at);
        }
        if is_long_run {
            break;
        }
    }
    end
}
