//! The inverted index in memory: for each term the documents that contain it. A document has the texts of a product
//! (SPU) on sale; its number is its index in `stored`.

use std::collections::{BTreeMap, HashMap};

use super::{
    documents::{Prepared, fingerprint, split},
    postings::{IN_NAME, Postings},
    stem::stem,
};

pub(super) type TermId = u32;

/// A category or brand whose names contain a term. `weight` is what that adds to the score of its products.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaxonPosting {
    pub taxon: Taxon,
    pub weight: u32,
}

/// The index of a category or brand in `Index::categories` or `Index::brands`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taxon {
    Category(u32),
    Brand(u32),
}

/// The names of a category or brand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TaxonNames {
    pub id: i64,
    /// The id of the parent category; `None` for a root category, and for a brand.
    pub parent: Option<i64>,
    /// The names in all languages, one on each line.
    pub names: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub postings: Postings,
    pub taxa: Vec<TaxonPosting>,
}

/// The data of a document, by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// The id of the product; 0 if the document was replaced or removed.
    pub spu: i64,
    pub category: u32,
    pub brand: u32,
    /// A number that is higher for a product that sells better.
    pub popularity: u16,
    /// The number of words in the product's names; `name_characters` is the number of Chinese characters.
    pub name_words: u8,
    pub name_characters: u8,
    /// A hash of the indexed texts, to find out whether the texts in the catalog are different by now.
    pub fingerprint: u64,
}

/// A word of the index that may be meant by a misspelt word.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    /// A set of the letters in the word: bit 0 for "a" to bit 25 for "z".
    pub letters: u32,
    pub term: TermId,
    pub word: Box<str>,
}

/// The maximum length in letters of words that are corrected, or to which others are corrected.
pub(super) const MAX_SPELLING: usize = 40;

/// Returns the set of letters in a word, as in [`Spelling::letters`]. `None` if the word has other characters than `a`
/// to `z`, or more than [`MAX_SPELLING`].
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
    /// Words as written, each with the term that is its stem. Used to find words by their beginning.
    pub(super) words: BTreeMap<Box<str>, TermId>,
    /// Words of ASCII letters, grouped by length: the index is the number of letters. Used to correct misspelt words.
    spellings: Vec<Vec<Spelling>>,
    pub(super) stored: Vec<Stored>,
    by_spu: BTreeMap<i64, u32>,
    pub(super) categories: Vec<TaxonNames>,
    pub(super) brands: Vec<TaxonNames>,
    category_places: HashMap<i64, u32>,
    brand_places: HashMap<i64, u32>,
}

/// What a term in a category's own name adds to the score of a product; [`ANCESTOR_WEIGHT`] is for the name of a
/// category above.
pub(super) const CATEGORY_WEIGHT: u32 = 12;
const ANCESTOR_WEIGHT: u32 = 7;
pub(super) const BRAND_WEIGHT: u32 = 22;

impl Index {
    /// Returns the id of the term with exactly this text; `None` if there is none.
    pub(super) fn term_id(&self, text: &str) -> Option<TermId> {
        self.ids.get(text).copied()
    }

    pub(super) fn term(&self, id: TermId) -> Option<&Term> {
        self.terms.get(usize::try_from(id).ok()?)
    }

    /// Returns in how many documents, categories and brands the term occurs.
    pub(super) fn frequency(&self, id: TermId) -> u32 {
        self.term(id).map_or(0, |term| term.postings.count() + u32::try_from(term.taxa.len()).unwrap_or(u32::MAX))
    }

    /// Returns the words of ASCII letters that have from `shortest` to `longest` letters, both inclusive.
    pub(super) fn spellings(&self, shortest: usize, longest: usize) -> impl Iterator<Item = &Spelling> {
        let count = (longest + 1).saturating_sub(shortest);
        self.spellings.iter().skip(shortest).take(count).flatten()
    }

    /// Returns the number of indexed products.
    pub(super) fn len(&self) -> usize {
        self.by_spu.len()
    }

    /// Returns the document number of a product; `None` if it is not indexed.
    pub(super) fn document_of(&self, spu: i64) -> Option<u32> {
        self.by_spu.get(&spu).copied()
    }

    /// Returns the ids of the indexed products from `first` to `last`, both inclusive.
    pub(super) fn spus_between(&self, first: i64, last: i64) -> impl Iterator<Item = i64> + '_ {
        self.by_spu.range(first..=last).map(|(spu, _)| *spu)
    }

    pub(super) fn fingerprint_of(&self, spu: i64) -> Option<u64> {
        let document = self.document_of(spu)?;
        Some(self.stored.get(usize::try_from(document).ok()?)?.fingerprint)
    }

    /// Returns whether so many documents were replaced or removed that the index should be built anew.
    pub(super) fn is_worn(&self) -> bool {
        self.stored.len() > self.len() + self.len() / 2 + 5_000
    }

    /// Returns an estimate of the memory that the index takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        const WORD: usize = 56;
        let postings: usize = self.terms.iter().map(|term| term.postings.memory()).sum();
        postings
            + self.terms.len() * (size_of::<Term>() + WORD)
            + self.words.len() * (WORD + WORD)
            + self.stored.len() * (size_of::<Stored>() + WORD / 2)
    }

    /// Frees memory that was reserved for adding documents.
    pub(super) fn shrink(&mut self) {
        for term in &mut self.terms {
            term.postings.shrink();
        }
        self.stored.shrink_to_fit();
    }

    /// Adds a document. If the product has one already, that is replaced.
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

    /// Removes the document of a product, if there is one. Returns the popularity of the product; 0 if it had none.
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

    /// Replaces the names of all categories and brands in the index.
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

    /// Adds a category or brand to the terms of these names, with this weight. A term that has the category or brand
    /// already keeps the earlier weight.
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

/// Returns the index of a category or brand in `taxa`; appends it, without names, if it is not there yet.
fn place_of(places: &mut HashMap<i64, u32>, taxa: &mut Vec<TaxonNames>, id: i64) -> u32 {
    *places.entry(id).or_insert_with(|| {
        taxa.push(TaxonNames { id, ..TaxonNames::default() });
        u32::try_from(taxa.len() - 1).unwrap_or(u32::MAX)
    })
}
