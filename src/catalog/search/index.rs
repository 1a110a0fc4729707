//! The inverted index in memory: for each term the documents that contain it. A document is a product (SPU) on sale.

use std::collections::{BTreeMap, HashMap};

use super::{
    documents::{Prepared, fingerprint, split},
    postings::{IN_NAME, Postings},
    stem::stem,
};

pub(super) type TermId = u32;

/// A category or brand whose names contain a term, and how much that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaxonPosting {
    pub taxon: Taxon,
    pub weight: u32,
}

/// The place of a category or brand in the lists of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taxon {
    Category(u32),
    Brand(u32),
}

/// The names of a category or brand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TaxonNames {
    pub id: i64,
    /// The id of the category above; `None` for a root and for a brand.
    pub parent: Option<i64>,
    /// In all languages, separated by line ends.
    pub names: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub postings: Postings,
    pub taxa: Vec<TaxonPosting>,
}

/// What is stored of each document, by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// 0 if the document was replaced or removed.
    pub spu: i64,
    pub category: u32,
    pub brand: u32,
    /// Higher for a product that sells better.
    pub popularity: u16,
    /// The numbers of words and of Chinese characters in its names.
    pub name_words: u8,
    pub name_characters: u8,
    /// Of the text that was indexed, to find out whether the catalog has another one by now.
    pub fingerprint: u64,
}

/// A word that may be meant by a misspelt one.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    /// A bit for each letter that the word has.
    pub letters: u32,
    pub term: TermId,
    pub word: Box<str>,
}

/// The longest word that is looked at for wrong letters.
pub(super) const MAX_SPELLING: usize = 40;

/// Returns a bit for each letter that the word has; `None` if it has anything else, or is too long.
pub(super) fn letters_of(word: &str) -> Option<u32> {
    let mut letters = 0;
    for byte in word.bytes() {
        if !byte.is_ascii_lowercase() {
            return None;
        }
        letters |= 1 << (byte - b'a');
    }
    (word.len() <= MAX_SPELLING).then_some(letters)
}

#[derive(Default)]
pub(super) struct Index {
    ids: HashMap<Box<str>, TermId>,
    pub(super) terms: Vec<Term>,
    /// Words as they are written, with the terms that their stems are; for beginnings of words and wrong letters.
    pub(super) words: BTreeMap<Box<str>, TermId>,
    /// The words in ASCII letters, by their lengths.
    spellings: Vec<Vec<Spelling>>,
    pub(super) stored: Vec<Stored>,
    by_spu: BTreeMap<i64, u32>,
    pub(super) categories: Vec<TaxonNames>,
    pub(super) brands: Vec<TaxonNames>,
    category_places: HashMap<i64, u32>,
    brand_places: HashMap<i64, u32>,
}

/// How much a category's own name counts, and that of a category above it.
pub(super) const CATEGORY_WEIGHT: u32 = 12;
const ANCESTOR_WEIGHT: u32 = 7;
pub(super) const BRAND_WEIGHT: u32 = 22;

impl Index {
    /// Returns the term with this exact text.
    pub(super) fn term_id(&self, text: &str) -> Option<TermId> {
        self.ids.get(text).copied()
    }

    pub(super) fn term(&self, id: TermId) -> Option<&Term> {
        self.terms.get(usize::try_from(id).ok()?)
    }

    /// Returns how many documents and taxa have the term.
    pub(super) fn frequency(&self, id: TermId) -> u32 {
        self.term(id).map_or(0, |term| term.postings.count() + u32::try_from(term.taxa.len()).unwrap_or(u32::MAX))
    }

    /// Returns the words in ASCII letters with `shortest` to `longest` letters.
    pub(super) fn spellings(&self, shortest: usize, longest: usize) -> impl Iterator<Item = &Spelling> {
        let count = (longest + 1).saturating_sub(shortest);
        self.spellings.iter().skip(shortest).take(count).flatten()
    }

    /// Returns the number of products.
    pub(super) fn len(&self) -> usize {
        self.by_spu.len()
    }

    /// Returns the number of the document of a product.
    pub(super) fn document_of(&self, spu: i64) -> Option<u32> {
        self.by_spu.get(&spu).copied()
    }

    /// Returns the ids of the products from `first` to `last`.
    pub(super) fn spus_between(&self, first: i64, last: i64) -> impl Iterator<Item = i64> + '_ {
        self.by_spu.range(first..=last).map(|(spu, _)| *spu)
    }

    pub(super) fn fingerprint_of(&self, spu: i64) -> Option<u64> {
        let document = self.document_of(spu)?;
        Some(self.stored.get(usize::try_from(document).ok()?)?.fingerprint)
    }

    /// Returns whether so many documents were replaced or removed that the index should be built again.
    pub(super) fn is_worn(&self) -> bool {
        self.stored.len() > self.len() + self.len() / 2 + 5_000
    }

    /// Returns roughly how many bytes the index takes in memory.
    pub(super) fn memory(&self) -> usize {
        const WORD: usize = 56;
        let postings: usize = self.terms.iter().map(|term| term.postings.memory()).sum();
        postings
            + self.terms.len() * (size_of::<Term>() + WORD)
            + self.words.len() * (WORD + WORD)
            + self.stored.len() * (size_of::<Stored>() + WORD / 2)
    }

    /// Gives memory back that is not needed after many documents were added.
    pub(super) fn shrink(&mut self) {
        for term in &mut self.terms {
            term.postings.shrink();
        }
        self.stored.shrink_to_fit();
    }

    /// Adds a document, in place of the one of the same product.
    pub(super) fn put(&mut self, prepared: Prepared) {
        let popularity = self.remove(prepared.document.spu);
        let Ok(number) = u32::try_from(self.stored.len()) else { return };
        let document = &prepared.document;
        self.stored.push(Stored {
            spu: document.spu,
            category: place_of(&mut self.category_places, &mut self.categories, document.category),
            brand: place_of(&mut self.brand_places, &mut self.brands, document.brand),
            popularity,
            name_words: prepared.name_words,
            name_characters: prepared.name_characters,
            fingerprint: fingerprint(document),
        });
        self.by_spu.insert(document.spu, number);
        for (text, places) in prepared.terms {
            let id = self.intern(&text);
            if let Some(term) = usize::try_from(id).ok().and_then(|id| self.terms.get_mut(id)) {
                term.postings.push(number, places);
            }
        }
        for word in prepared.surfaces {
            self.add_word(&word);
        }
    }

    /// Removes the document of a product, if there is one. Returns its popularity.
    pub(super) fn remove(&mut self, spu: i64) -> u16 {
        let Some(document) = self.by_spu.remove(&spu) else { return 0 };
        match usize::try_from(document).ok().and_then(|at| self.stored.get_mut(at)) {
            Some(stored) => {
                stored.spu = 0;
                stored.popularity
            }
            None => 0,
        }
    }

    /// Sets how well a product sells; without a document of it nothing changes.
    pub(super) fn set_popularity(&mut self, spu: i64, popularity: u16) {
        let document = self.document_of(spu).and_then(|document| usize::try_from(document).ok());
        if let Some(stored) = document.and_then(|at| self.stored.get_mut(at)) {
            stored.popularity = popularity;
        }
    }

    /// Replaces the names of all categories and brands.
    pub(super) fn set_taxonomy(&mut self, categories: Vec<TaxonNames>, brands: Vec<TaxonNames>) {
        for term in &mut self.terms {
            term.taxa.clear();
        }
        let parents: HashMap<i64, Option<i64>> = categories.iter().map(|names| (names.id, names.parent)).collect();
        let by_id: HashMap<i64, String> = categories.iter().map(|names| (names.id, names.names.clone())).collect();
        for names in &categories {
            let place = place_of(&mut self.category_places, &mut self.categories, names.id);
            let taxon = Taxon::Category(place);
            self.add_taxon(taxon, &names.names, CATEGORY_WEIGHT);
            let (mut above, mut height) = (names.parent, 0);
            while let Some(id) = above
                && height < 20
            {
                self.add_taxon(taxon, by_id.get(&id).map_or("", String::as_str), ANCESTOR_WEIGHT);
                above = parents.get(&id).copied().flatten();
                height += 1;
            }
        }
        for names in &brands {
            let place = place_of(&mut self.brand_places, &mut self.brands, names.id);
            self.add_taxon(Taxon::Brand(place), &names.names, BRAND_WEIGHT);
        }
    }

    /// Adds the terms of names of a taxon, unless it has them already with a higher weight.
    fn add_taxon(&mut self, taxon: Taxon, names: &str, weight: u32) {
        let terms = split(names, IN_NAME);
        for (text, _) in terms.terms {
            let id = self.intern(&text);
            let Some(term) = usize::try_from(id).ok().and_then(|id| self.terms.get_mut(id)) else { continue };
            if !term.taxa.iter().any(|posting| posting.taxon == taxon) {
                term.taxa.push(TaxonPosting { taxon, weight });
            }
        }
        for word in terms.surfaces {
            self.add_word(&word);
        }
    }

    fn intern(&mut self, text: &str) -> TermId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = TermId::try_from(self.terms.len()).unwrap_or(TermId::MAX);
        self.terms.push(Term::default());
        self.ids.insert(text.into(), id);
        id
    }

    fn add_word(&mut self, word: &str) {
        if !self.words.contains_key(word) {
            let term = self.intern(&stem(word));
            self.words.insert(word.into(), term);
            let Some(letters) = letters_of(word) else { return };
            if self.spellings.len() <= word.len() {
                self.spellings.resize_with(word.len() + 1, Vec::new);
            }
            if let Some(spellings) = self.spellings.get_mut(word.len()) {
                spellings.push(Spelling { letters, term, word: word.into() });
            }
        }
    }
}

/// Returns the place of a taxon, which is added if it is not there yet.
fn place_of(places: &mut HashMap<i64, u32>, taxa: &mut Vec<TaxonNames>, id: i64) -> u32 {
    *places.entry(id).or_insert_with(|| {
        taxa.push(TaxonNames { id, ..TaxonNames::default() });
        u32::try_from(taxa.len() - 1).unwrap_or(u32::MAX)
    })
}
