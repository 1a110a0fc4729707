//! Measures the search index in memory: how long it takes to build, how large it is, and how long the worst searches
//! take, for shops of several sizes with generated products whose words follow Zipf's law in English and Chinese.
//!
//! ```sh
//! cargo bench --bench product_search -- 20 1000 100000 1000000
//! ```

#![allow(dead_code, unused_imports, reason = "the modules of the search are compiled in, of which not all is used")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a measurement that cannot continue should fail where it is"
)]

use std::{collections::HashMap, time::Instant};

mod kernel {
    pub use till::kernel::*;
}

#[path = "../src/catalog/search/documents.rs"]
mod documents;
#[path = "../src/catalog/search/index.rs"]
mod index;
#[path = "../src/catalog/search/plan.rs"]
mod plan;
#[path = "../src/catalog/search/postings.rs"]
mod postings;
#[path = "../src/catalog/search/query.rs"]
mod query;
#[path = "../src/catalog/search/ranking.rs"]
mod ranking;
#[path = "../src/catalog/search/spelling.rs"]
mod spelling;
#[path = "../src/catalog/search/stem.rs"]
mod stem;
#[path = "../src/catalog/search/tokens.rs"]
mod tokens;

use documents::{Document, prepare};
use index::{Index, TaxonNames};
use plan::{Reading, plan};
use query::Query;
use ranking::{Completeness, Ranked, rank};

const WORDS: usize = 60_000;
const CHARACTERS: u32 = 3_000;
const CATEGORIES: i64 = 500;
const BRANDS: i64 = 2_000;
const RUNS: usize = 7;

/// A small generator of pseudo-random numbers (xorshift), so that each run measures the same shop.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank from 0 to `count - 1`; the one with rank n is about 1/n as frequent as the first.
    fn zipf(&mut self, count: usize) -> usize {
        ((count as f64).powf(self.next()) as usize - 1).min(count - 1)
    }
}

/// The word with this rank: syllables, so that words share beginnings and differ by few letters as real ones do.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ta", "re", "mo", "li", "sun", "ka", "pe", "ro", "vi", "nor", "be", "shi", "du", "gla", "fo", "win", "cha",
        "bri", "ze", "ol",
    ];
    let mut rest = rank + 20;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES[rest % 20]);
        rest /= 20;
    }
    word
}

fn character(rank: usize) -> char {
    char::from_u32(0x4e00 + u32::try_from(rank).unwrap() * 7 % 20_000).unwrap()
}

fn words(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| word(random.zipf(WORDS))).collect::<Vec<_>>().join(" ")
}

fn characters(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| character(random.zipf(CHARACTERS as usize))).collect()
}

fn document(random: &mut Random, spu: i64) -> Document {
    // Half of all products have one of these two words, none has both.
    let half = ["evenly", "oddly"][usize::try_from(spu % 2).unwrap()];
    Document {
        spu,
        category: 1 + spu % CATEGORIES,
        brand: 1 + spu % BRANDS,
        names: format!("{} {half}\n{}", words(random, 4), characters(random, 8)),
        options: format!("{}\n{}", words(random, 4), characters(random, 6)),
        texts: format!("{}.\n{}。{}", words(random, 35), characters(random, 20), characters(random, 20)),
    }
}

fn build(count: i64) -> Index {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut index = Index::default();
    let mut names = |id| TaxonNames {
        id,
        parent: None,
        names: format!("{}\n{}", words(&mut random, 2), characters(&mut random, 4)),
    };
    index.set_taxonomy((1..=CATEGORIES).map(&mut names).collect(), (1..=BRANDS).map(&mut names).collect());
    for spu in 1..=count {
        index.put(prepare(document(&mut random, spu)));
    }
    index.shrink();
    index
}

/// Searches as `SearchEngine::find` does, without codes, which are found in PostgreSQL.
fn search(index: &Index, typed: &str, is_typing: bool) -> Ranked {
    let query = Query::read(typed);
    let reading = Reading { is_typing, ..Reading::default() };
    let first = plan(index, &query, &[], reading);
    let ranked = rank(index, &first);
    if ranked.completeness == Completeness::All || is_typing {
        return ranked;
    }
    let second = plan(index, &query, &[], Reading { doubts_all: true, ..reading });
    if second.probes == first.probes || !second.can_have_all_words() {
        return ranked;
    }
    let doubted = rank(index, &second);
    if doubted.completeness == Completeness::All { doubted } else { ranked }
}

fn main() {
    let sizes: Vec<i64> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let common: Vec<String> = (0..10).map(word).collect();
    let queries: Vec<(&str, String, bool)> = vec![
        ("the most common word", common[0].clone(), false),
        ("two common words", common[..2].join(" "), false),
        ("two common words that never meet", "evenly oddly".to_owned(), false),
        ("ten common words", common.join(" "), false),
        ("a rare word", word(WORDS - 5), false),
        ("a single letter", "s".to_owned(), false),
        ("a single letter while typing", "s".to_owned(), true),
        ("two letters while typing", "ta".to_owned(), true),
        ("a common word, and one letter of the next while typing", format!("{} s", common[0]), true),
        ("a misspelt word", "sunkarovv".to_owned(), false),
        ("two misspelt words", "sunkarovv chabriolx".to_owned(), false),
        ("ten words, nine of them common, one in no product", format!("{} qqqqqqqq", common[..9].join(" ")), false),
        ("a word in no product", "qqqqqqqqqq".to_owned(), false),
        ("a single Chinese character", character(0).to_string(), false),
        ("two Chinese characters", (0..2).map(character).collect(), false),
        ("twenty Chinese characters", (0..20).map(character).collect(), false),
        ("nothing: all products", String::new(), false),
    ];
    for count in if sizes.is_empty() { vec![20, 1_000, 100_000] } else { sizes } {
        let began = Instant::now();
        let index = build(count);
        let (seconds, megabytes) = (began.elapsed().as_secs_f64(), index.memory() / 1_000_000);
        println!(
            "\n{count} products (milliseconds: median and least of {RUNS}): built in {seconds:.1} s, about {megabytes} MB, {} words",
            index.words.len()
        );
        let mut medians: HashMap<&str, f64> = HashMap::new();
        for (name, typed, is_typing) in &queries {
            let mut times = Vec::new();
            let mut ranked = Ranked::default();
            for _ in 0..RUNS {
                let began = Instant::now();
                ranked = search(&index, typed, *is_typing);
                times.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
            times.sort_by(f64::total_cmp);
            let (median, least) = (times[RUNS / 2], times[0]);
            println!("{median:8.2} {least:8.2}  {:>8} found, {:?}  {name}", ranked.total, ranked.completeness);
            medians.insert(name, median);
        }
        let worst = medians.values().copied().fold(0.0, f64::max);
        println!("{worst:8.2} ms  the slowest median");
    }
}
