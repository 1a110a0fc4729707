//! The search for products. Code outside of this module uses only [`SearchEngine`], so that another engine can replace
//! it. `docs/search.md` explains how to do that, and how this engine works.

mod documents;
mod follower;
mod index;
mod misses;
mod plan;
mod postings;
mod queries;
mod query;
mod ranking;
mod spelling;
mod stem;
mod tokens;

use diesel::{PgConnection, QueryResult};
use std::sync::{Arc, PoisonError};

use self::{
    follower::{Effort, Follower, Products},
    index::Index,
    plan::{CodeMatches, Reading, plan},
    query::Unit,
    ranking::{Ranked, rank},
};
use super::listings::ListedProduct;
use crate::platform::db::DbError;

use misses::delete_old_misses;
pub(super) use misses::record_miss;

pub use self::{
    misses::{MissedSearch, missed_searches},
    query::Query,
    ranking::{Completeness, MAX_MATCHES},
};

/// Finds products on sale that match a typed text.
#[derive(Clone, Default)]
pub struct SearchEngine {
    follower: Arc<Follower>,
}

/// The products that a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    pub completeness: Completeness,
    /// The best ones first, at most [`MAX_MATCHES`].
    pub(crate) products: Vec<ListedProduct>,
    /// The number of all.
    pub total: usize,
    /// Whether there are more than `products`.
    pub is_cut: bool,
    /// The text that was searched instead of the query, because no product has a word of the query; `None` if the query
    /// itself was searched.
    pub corrected: Option<String>,
}

/// The use of a search, which decides how the words are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For a page of results.
    Results,
    /// For a page of results, without replacing words that may be misspelt.
    Literal,
    /// For suggestions shown while a visitor types, when the last word may be incomplete.
    Suggestions,
}

/// Why a search returns nothing.
#[derive(Debug)]
pub enum SearchError {
    /// The index is still being built, which takes up to a minute.
    NotReady,
    Database(DbError),
}

impl From<diesel::result::Error> for SearchError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(DbError::from(error))
    }
}

impl From<DbError> for SearchError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl std::fmt::Display for SearchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotReady => f.write_str("the search index is being built"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SearchError {}

impl SearchEngine {
    /// Finds the products that match a query, or all products if the query is empty. Takes changes of the catalog into
    /// account that were committed before the call, unless there are many.
    ///
    /// # Errors
    /// [`SearchError::NotReady`] while the index of a large shop is built, after a start of the process.
    pub fn find(&self, conn: &mut PgConnection, query: &Query, purpose: Purpose) -> Result<Matches, SearchError> {
        self.follower.follow(conn, Effort::Little)?;
        let guard = self.follower.products.read().unwrap_or_else(PoisonError::into_inner);
        let products = guard.as_ref().ok_or(SearchError::NotReady)?;
        let codes = code_matches(conn, &products.index, query)?;
        Ok(products.find(query, &codes, purpose))
    }

    /// Reads all changes of the catalog into the index, however many there are, and builds the index if there is none.
    /// To build it takes a minute for a million products.
    pub fn follow(&self, conn: &mut PgConnection) -> QueryResult<()> {
        self.follower.follow(conn, Effort::Any).map(|_| ())
    }

    /// Compares a part of the index with the catalog and corrects it. Deletes old changes, and old counts of searches
    /// that found nothing.
    pub fn maintain(&self, conn: &mut PgConnection) -> QueryResult<()> {
        self.follower.maintain(conn)?;
        queries::delete_old_changes(conn)?;
        delete_old_misses(conn)?;
        Ok(())
    }
}

impl Products {
    /// Finds products that match a query, or all if it is empty.
    fn find(&self, query: &Query, codes: &[CodeMatches], purpose: Purpose) -> Matches {
        let index = &self.index;
        let reading = Reading { is_typing: purpose == Purpose::Suggestions, ..Reading::default() };
        let mut first = plan(index, query, codes, Reading { is_literal: purpose == Purpose::Literal, ..reading });
        let mut ranked = rank(index, &first);
        if first.is_corrected && ranked.completeness != Completeness::All {
            // The correction has not helped: "kids bike" is not "kiss bike", even if nothing says "kids".
            let literal = plan(index, query, codes, Reading { is_literal: true, ..reading });
            let as_typed = rank(index, &literal);
            if as_typed.completeness != Completeness::Nothing {
                (first, ranked) = (literal, as_typed);
            }
        }
        if ranked.completeness != Completeness::All && purpose == Purpose::Results {
            let second = plan(index, query, codes, Reading { doubts_all: true, ..reading });
            if second.probes != first.probes && second.can_have_all_words() {
                let doubted = rank(index, &second);
                if doubted.completeness == Completeness::All {
                    (first, ranked) = (second, doubted);
                }
            }
        }
        let Ranked { completeness, spus, total } = ranked;
        let corrected = first.is_corrected.then_some(first.corrected);
        Matches { completeness, is_cut: total > spus.len(), products: self.listed(&spus), total, corrected }
    }
}

/// The minimum length of a text by which SKU codes are searched.
const MIN_CODE_LEN: usize = 3;

/// Loads the products with a SKU code that begins with the whole query or with a part of it that looks like a code: a
/// word with both a digit and a letter, words joined by a hyphen, or a word that no product has.
fn code_matches(conn: &mut PgConnection, index: &Index, query: &Query) -> QueryResult<Vec<CodeMatches>> {
    let mut keys: Vec<(String, u32)> = Vec::new();
    let (mut whole, mut whole_bits, mut is_whole_code) = (String::new(), 0, false);
    let mut compound: Option<(String, u32, bool)> = None;
    for unit in &query.units {
        let Unit::Word { text, bit, is_glued } = unit else {
            is_whole_code = false;
            break;
        };
        let is_unknown = index.term_id(&stem::stem(text)).is_none_or(|id| index.frequency(id) == 0);
        let is_code = is_unknown || has_letter_and_digit(text);
        let key: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        whole.push_str(&key);
        whole_bits |= 1 << bit;
        is_whole_code |= is_code || *is_glued;
        compound = match compound {
            Some((before, bits, _)) if *is_glued => Some((format!("{before}{key}"), bits | 1 << bit, true)),
            done => {
                keys.extend(done.filter(|(_, _, is_code)| *is_code).map(|(key, bits, _)| (key, bits)));
                Some((key, 1 << bit, is_code))
            }
        };
    }
    keys.extend(compound.filter(|(_, _, is_code)| *is_code).map(|(key, bits, _)| (key, bits)));
    if is_whole_code && !keys.iter().any(|(key, _)| *key == whole) {
        keys.push((whole, whole_bits));
    }
    keys.retain(|(key, _)| key.len() >= MIN_CODE_LEN);
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut matches: Vec<CodeMatches> =
        keys.iter().map(|(_, bits)| CodeMatches { bits: *bits, spus: Vec::new() }).collect();
    for (place, spu) in queries::spus_by_code(conn, keys.into_iter().map(|(key, _)| key).collect())? {
        let found = usize::try_from(place - 1).ok().and_then(|at| matches.get_mut(at));
        if let Some(found) = found {
            found.spus.push(spu);
        }
    }
    Ok(matches)
}

fn has_letter_and_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.contains(|c: char| c.is_ascii_alphabetic())
}
