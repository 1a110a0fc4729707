//! Finds the products that match a query, best matches first.

use super::{
    index::{Index, Stored, Taxon},
    plan::{Plan, Probe, Source},
    postings::{ENDS_NAME, IN_NAME, IN_OPTION, IN_TEXT},
    query::Query,
};

/// The maximum number of products that a search returns. They are the best ones.
pub const MAX_MATCHES: usize = 10_000;

/// How much of the query the products contain that were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Each product contains the whole query.
    All,
    /// No product contains the whole query, but each contains at least half of it.
    Most,
    /// No product contains half of the query. The products found contain the most of it.
    Few,
    #[default]
    Nothing,
}

impl Completeness {
    /// Returns whether what was found answers the query: a list to sort and filter, and not only what is near.
    pub fn is_found(self) -> bool {
        matches!(self, Self::All | Self::Most)
    }
}

/// The products found, the best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranked {
    pub completeness: Completeness,
    /// The ids of the best matches, at most [`MAX_MATCHES`].
    pub spus: Vec<i64>,
    /// The number of all matches.
    pub total: usize,
}

/// What the lists read so far say about a document, or about all documents of a category or brand: matched bits of the
/// query, and the score.
#[derive(Clone, Copy, Debug, Default)]
struct Hit {
    mask: u32,
    characters: u32,
    score: u32,
    /// The number of words of the query in the product's name; `name_pairs` is that of pairs of Chinese characters.
    name_words: u8,
    name_pairs: u8,
}

/// What a term adds to the score if it occurs in the product's name; the following constants are for other places.
const NAME_WEIGHT: u32 = 30;
const END_OF_NAME_WEIGHT: u32 = 12;
const OPTION_WEIGHT: u32 = 22;
const TEXT_WEIGHT: u32 = 4;
/// What is added to the score if the query is the whole name; a part of it if the query is a part of the name.
const WHOLE_NAME: u32 = 1_500;

/// Ranks products by how much of the query they contain, then by the places of the terms in them, then by sales.
pub(super) fn rank(index: &Index, plan: &Plan) -> Ranked {
    let mut hits = Hits::new(index);
    for probe in &plan.probes {
        hits.add(probe);
    }
    let query = &plan.query;
    let full = query.full_coverage();
    // Characters count in pairs, and if nothing has all of those, also one by one.
    let highest = hits.highest_coverage(query);
    if highest.in_pairs == full {
        return Ranked { completeness: Completeness::All, ..hits.best(query, full, false) };
    }
    let half = full.div_ceil(2);
    match highest.one_by_one {
        0 => Ranked::default(),
        most if most == full => Ranked { completeness: Completeness::All, ..hits.best(query, full, true) },
        most if most >= half => Ranked { completeness: Completeness::Most, ..hits.best(query, half, true) },
        most => Ranked { completeness: Completeness::Few, ..hits.best(query, most, true) },
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct HighestCoverage {
    in_pairs: u32,
    one_by_one: u32,
}

struct Hits<'a> {
    index: &'a Index,
    documents: Vec<Hit>,
    categories: Vec<Hit>,
    brands: Vec<Hit>,
    /// True if a term of the query occurs in the name of a category or brand.
    has_taxa: bool,
}

impl<'a> Hits<'a> {
    fn new(index: &'a Index) -> Self {
        let none = |count| vec![Hit::default(); count];
        let (categories, brands) = (none(index.categories.len()), none(index.brands.len()));
        Self { index, documents: none(index.stored.len()), categories, brands, has_taxa: false }
    }

    fn add(&mut self, probe: &Probe) {
        match &probe.source {
            Source::Term(id) => {
                let index = self.index;
                let Some(term) = index.term(*id) else { return };
                let worth = probe.quality * rarity(index, index.frequency(*id));
                let weights = weights_of_places(worth);
                for (document, places) in term.postings.iter() {
                    let hit = usize::try_from(document).ok().and_then(|at| self.documents.get_mut(at));
                    if let (Some(hit), Some(score)) = (hit, weights.get(usize::from(places))) {
                        hit.add(probe, *score, places & IN_NAME != 0);
                    }
                }
                self.has_taxa |= !term.taxa.is_empty();
                for posting in &term.taxa {
                    let (hits, place) = match posting.taxon {
                        Taxon::Category(place) => (&mut self.categories, place),
                        Taxon::Brand(place) => (&mut self.brands, place),
                    };
                    if let Some(hit) = usize::try_from(place).ok().and_then(|at| hits.get_mut(at)) {
                        hit.add(probe, posting.weight * worth, false);
                    }
                }
            }
            Source::Products(spus) => {
                let worth = NAME_WEIGHT * probe.quality * rarity(self.index, 1);
                let documents = spus.iter().filter_map(|spu| self.index.document_of(*spu));
                for document in documents {
                    if let Some(hit) = usize::try_from(document).ok().and_then(|at| self.documents.get_mut(at)) {
                        hit.add(probe, worth, false);
                    }
                }
            }
        }
    }

    /// Returns what is known about a document together with what is known about its category and brand.
    fn of(&self, document: &Hit, stored: &Stored) -> Hit {
        let mut hit = *document;
        if !self.has_taxa {
            return hit;
        }
        let of_taxon = |hits: &[Hit], place: u32| usize::try_from(place).ok().and_then(|at| hits.get(at).copied());
        let taxa = [of_taxon(&self.categories, stored.category), of_taxon(&self.brands, stored.brand)];
        for taxon in taxa.into_iter().flatten() {
            hit.mask |= taxon.mask;
            hit.characters |= taxon.characters;
            hit.score += taxon.score;
        }
        hit
    }

    /// Returns the highest coverage of the query by any product: with pairs of Chinese characters only, and with single
    /// ones.
    fn highest_coverage(&self, query: &Query) -> HighestCoverage {
        let mut highest = HighestCoverage::default();
        for (document, stored) in self.documents.iter().zip(&self.index.stored) {
            if stored.spu != 0 {
                let hit = self.of(document, stored);
                highest.in_pairs = highest.in_pairs.max(query.coverage(hit.mask, 0));
                highest.one_by_one = highest.one_by_one.max(query.coverage(hit.mask, hit.characters));
            }
        }
        highest
    }

    /// Returns the best matches among the products whose coverage is at least `least`. `with_characters` says whether
    /// single Chinese characters count.
    fn best(&self, query: &Query, least: u32, with_characters: bool) -> Ranked {
        let mut found: Vec<(u64, i64)> = Vec::new();
        for (document, stored) in self.documents.iter().zip(&self.index.stored) {
            if stored.spu == 0 {
                continue;
            }
            let hit = self.of(document, stored);
            if hit.mask | hit.characters == 0 && least > 0 {
                continue;
            }
            let coverage = query.coverage(hit.mask, if with_characters { hit.characters } else { 0 });
            if coverage >= least {
                found.push((order(coverage, &hit, stored), stored.spu));
            }
        }
        let total = found.len();
        if total > MAX_MATCHES {
            found.select_nth_unstable_by(MAX_MATCHES, |a, b| b.cmp(a));
            found.truncate(MAX_MATCHES);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ranked { spus: found.into_iter().map(|(_, spu)| spu).collect(), total, ..Ranked::default() }
    }
}

impl Hit {
    #[inline]
    fn add(&mut self, probe: &Probe, score: u32, is_in_name: bool) {
        // A word may be matched by several lists, of which the best comes first.
        let is_known = self.mask & probe.bits == probe.bits && self.characters & probe.characters == probe.characters;
        if is_known {
            return;
        }
        self.mask |= probe.bits;
        self.characters |= probe.characters;
        self.score += score;
        if is_in_name && probe.bits != 0 {
            self.name_words = self.name_words.saturating_add(1);
            self.name_pairs = self.name_pairs.saturating_add(1);
        }
    }
}

/// Returns the scores of a term, indexed by the combination of place bits.
fn weights_of_places(worth: u32) -> [u32; 16] {
    let mut weights = [0; 16];
    for (places, weight) in (0_u8..).zip(&mut weights) {
        let counts = [
            (IN_NAME, NAME_WEIGHT),
            (ENDS_NAME, END_OF_NAME_WEIGHT),
            (IN_OPTION, OPTION_WEIGHT),
            (IN_TEXT, TEXT_WEIGHT),
        ];
        *weight = worth * counts.iter().filter(|(place, _)| places & place != 0).map(|(_, count)| count).sum::<u32>();
    }
    weights
}

/// Returns the weight of a term by its rarity: from 4, for a term in every document, to 20.
fn rarity(index: &Index, frequency: u32) -> u32 {
    let documents = u32::try_from(index.len()).unwrap_or(u32::MAX);
    let ratio = documents / frequency.max(1);
    (4 + ratio.checked_ilog2().unwrap_or_default()).min(20)
}

/// Returns the number by which documents are sorted, higher is better: by coverage, then score, then popularity.
fn order(coverage: u32, hit: &Hit, stored: &Stored) -> u64 {
    const MAX_SCORE: u32 = (1 << 24) - 1;
    let share = |count: u8, of: u8| if of == 0 { 0 } else { WHOLE_NAME * u32::from(count.min(of)) / u32::from(of) };
    let whole_name = share(hit.name_words, stored.name_words)
        .max(share(hit.name_pairs.saturating_add(1).min(hit.name_pairs * 2), stored.name_characters));
    let score = (hit.score + whole_name).min(MAX_SCORE);
    u64::from(coverage) << 40 | u64::from(score) << 16 | u64::from(stored.popularity)
}
