//! Decides which lists of the index answer a query: those of its words, of words that begin with a word of the query,
//! of words that differ in one or two letters, and of two words written as one.

use std::ops::Bound;

use super::{
    index::{Index, TermId},
    query::{Query, Unit},
    spelling::near_words,
    stem::stem,
};

/// A list of documents that match a part of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub source: Source,
    /// The bits of the words, or of the pairs of Chinese characters, that are matched; `characters` has the bit of a
    /// single character instead.
    pub bits: u32,
    pub characters: u32,
    /// How well the list matches: [`EXACT`] for a word itself, more for joined words and codes, less for other matches.
    pub quality: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Term(TermId),
    /// Products with a SKU whose code begins with a part of the query.
    Products(Vec<i64>),
}

pub(super) const EXACT: u32 = 10;
const JOINED: u32 = 18;
const PAIR: u32 = 8;
const PREFIX: u32 = 5;
const MISSPELT: u32 = 4;
const CHARACTER: u32 = 1;

/// The maximum number of words that complete an incomplete word; [`MAX_SCANNED`] is the number of words from which they
/// are chosen.
const MAX_PREFIXES: usize = 16;
const MAX_SCANNED: usize = 50_000;
/// A word that at least this many products contain is not completed to other words.
const FREQUENT: u32 = 1_000;

/// How the words of a query are interpreted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// True while a visitor types: the last word may be incomplete, however short it is.
    pub is_typing: bool,
    /// True if words that occur in the index may be misspelt, too.
    pub doubts_all: bool,
    /// True if no word may be replaced by another.
    pub is_literal: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub query: Query,
    pub probes: Vec<Probe>,
    /// True if a misspelt word of the query was replaced.
    pub is_corrected: bool,
    /// The text that is searched instead of the query; empty unless `is_corrected`.
    pub corrected: String,
}

/// The products that have a SKU code with this beginning. `bits` are those of the words of the query in it.
#[derive(Clone, Debug, Default)]
pub(super) struct CodeMatches {
    pub bits: u32,
    pub spus: Vec<i64>,
}

/// Chooses the lists of the index that answer a query.
pub(super) fn plan(index: &Index, query: &Query, codes: &[CodeMatches], reading: Reading) -> Plan {
    let mut planner = Planner { index, reading, plan: Plan { query: query.clone(), ..Plan::default() } };
    for code in codes.iter().filter(|code| !code.spus.is_empty()) {
        let source = Source::Products(code.spus.clone());
        planner.plan.probes.push(Probe { source, bits: code.bits, characters: 0, quality: JOINED });
    }
    let known_codes = codes.iter().filter(|code| !code.spus.is_empty()).fold(0, |bits, code| bits | code.bits);
    if !reading.is_literal {
        planner.correct_unknown(known_codes);
    }
    planner.join_words();
    for (at, unit) in planner.plan.query.units.clone().iter().enumerate() {
        match unit {
            Unit::Word { text, bit, .. } => {
                let is_last = at + 1 == planner.plan.query.units.len();
                planner.add_word(text, *bit, is_last);
            }
            Unit::Run { characters, bit } => planner.add_run(characters, *bit),
        }
    }
    if planner.plan.is_corrected {
        planner.plan.corrected = planner.plan.query.units_text();
    }
    planner.plan
}

impl Plan {
    /// Returns false if a word of the query has no list, so that no product can have all words.
    pub(super) fn can_have_all_words(&self) -> bool {
        let or = |(a, b): (u32, u32), probe: &Probe| (a | probe.bits, b | probe.characters);
        let (bits, characters) = self.probes.iter().fold((0, 0), or);
        self.query.coverage(bits, characters) == self.query.full_coverage()
    }
}

struct Planner<'a> {
    index: &'a Index,
    reading: Reading,
    plan: Plan,
}

impl Planner<'_> {
    fn frequency_of(&self, term: &str) -> u32 {
        self.index.term_id(term).map_or(0, |id| self.index.frequency(id))
    }

    fn push(&mut self, term: TermId, bits: u32, quality: u32) {
        self.plan.probes.push(Probe { source: Source::Term(term), bits, characters: 0, quality });
    }

    /// Replaces each word of the query that occurs in no product by the most similar word that does, or by the two
    /// words of which it consists. Words in `known_codes` (bits) are not replaced.
    fn correct_unknown(&mut self, known_codes: u32) {
        let mut at = 0;
        while let Some(unit) = self.plan.query.units.get(at).cloned() {
            if let Unit::Word { text, bit, .. } = &unit
                && known_codes & (1 << bit) == 0
                && !self.is_known(at, text)
            {
                let near = near_words(self.index, text);
                if let Some(first) = near.first() {
                    self.replace(at, &[first.as_str()]);
                } else if let Some((left, right)) = self.halves(text) {
                    self.replace(at, &[left, right]);
                }
            }
            at += 1;
        }
    }

    fn replace(&mut self, at: usize, words: &[&str]) {
        self.plan.query = self.plan.query.with_words(at, words);
        self.plan.is_corrected = true;
    }

    /// Returns whether a product contains the word at the index `at`, a word that begins with it, or the word joined to
    /// a neighbor.
    fn is_known(&self, at: usize, word: &str) -> bool {
        if self.frequency_of(&stem(word)) > 0 {
            return true;
        }
        let is_last = at + 1 == self.plan.query.units.len();
        let shortest = if self.reading.is_typing && is_last { 1 } else { 2 };
        if word.len() >= shortest && !prefixes(self.index, word, 1).is_empty() {
            return true;
        }
        let neighbor = |at: Option<usize>| match at.and_then(|at| self.plan.query.units.get(at)) {
            Some(Unit::Word { text, .. }) => Some(text.as_str()),
            _ => None,
        };
        let before = neighbor(at.checked_sub(1)).map(|before| format!("{before}{word}"));
        let after = neighbor(at.checked_add(1)).map(|after| format!("{word}{after}"));
        before.into_iter().chain(after).any(|joined| self.frequency_of(&stem(&joined)) > 0)
    }

    /// Splits a word in two words that products contain. If there are several ways, chooses the one whose rarer word is
    /// most frequent; `None` if there is none.
    fn halves<'a>(&self, word: &'a str) -> Option<(&'a str, &'a str)> {
        let mut best = None;
        for (at, _) in word.char_indices().skip(3) {
            let (left, right) = word.split_at(at);
            if right.len() < 3 {
                break;
            }
            let least = self.frequency_of(&stem(left)).min(self.frequency_of(&stem(right)));
            if least > 0 && best.is_none_or(|(most, _)| least > most) {
                best = Some((least, (left, right)));
            }
        }
        best.map(|(_, halves)| halves)
    }

    /// Adds the lists of terms that consist of two neighboring words of the query.
    fn join_words(&mut self) {
        let units = self.plan.query.units.clone();
        for pair in units.windows(2) {
            let [Unit::Word { text, bit, .. }, Unit::Word { text: next, bit: next_bit, .. }] = pair else { continue };
            if let Some(term) = self.index.term_id(&stem(&format!("{text}{next}"))) {
                self.push(term, 1 << bit | 1 << next_bit, JOINED);
            }
        }
    }

    fn add_word(&mut self, word: &str, bit: u32, is_last: bool) {
        let bits = 1 << bit;
        let exact = self.index.term_id(&stem(word)).filter(|id| self.index.frequency(*id) > 0);
        if let Some(term) = exact {
            self.push(term, bits, EXACT);
        }
        let shortest = match exact {
            _ if self.reading.is_typing && is_last => 1,
            Some(term) if self.index.frequency(term) >= FREQUENT => usize::MAX,
            Some(_) => 3,
            None => 2,
        };
        if word.chars().count() >= shortest {
            for term in prefixes(self.index, word, MAX_PREFIXES) {
                if Some(term) != exact {
                    self.push(term, bits, PREFIX);
                }
            }
        }
        if self.reading.doubts_all {
            for near in near_words(self.index, word) {
                if let Some(term) = self.index.term_id(&stem(&near)).filter(|term| Some(*term) != exact) {
                    self.push(term, bits, MISSPELT);
                }
            }
        }
    }

    fn add_run(&mut self, characters: &[char], bit: u32) {
        if let [c] = characters {
            if let Some(term) = self.index.term_id(&c.to_string()) {
                self.push(term, 1 << bit, EXACT);
            }
            return;
        }
        for (at, pair) in (bit..).zip(characters.windows(2)) {
            if let Some(term) = self.index.term_id(&pair.iter().collect::<String>()) {
                self.push(term, 1 << at, PAIR);
            }
        }
        for (at, c) in (bit..).zip(characters) {
            if let Some(term) = self.index.term_id(&c.to_string()) {
                let source = Source::Term(term);
                self.plan.probes.push(Probe { source, bits: 0, characters: 1 << at, quality: CHARACTER });
            }
        }
    }
}

/// Returns the terms of at most `max` words that begin with `prefix`, most frequent first, but stops when their lists
/// together have about as many entries as there are documents.
fn prefixes(index: &Index, prefix: &str, max: usize) -> Vec<TermId> {
    let mut found: Vec<(u32, TermId)> = Vec::new();
    let words = index.words.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
    for (_, term) in words.take_while(|(word, _)| word.starts_with(prefix)).take(MAX_SCANNED) {
        let frequency = index.frequency(*term);
        if frequency > 0 {
            found.push((frequency, *term));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    let mut room = index.stored.len().max(10_000);
    let mut terms = Vec::new();
    for (frequency, term) in found.into_iter().take(max) {
        let entries = usize::try_from(frequency).unwrap_or(usize::MAX);
        if entries > room && !terms.is_empty() {
            break;
        }
        room = room.saturating_sub(entries);
        terms.push(term);
    }
    terms
}
