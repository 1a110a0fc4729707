//! Finds the words of the index that are spelt nearly like a word of a query.

use super::{
    index::{Index, MAX_SPELLING, letters_of},
    stem::stem,
};

/// The maximum number of words that replace a misspelt one.
const MAX_CORRECTIONS: usize = 3;

/// Returns the words of the index that are most similar to `word`, most frequent first. They differ by at most one
/// letter if it has four to seven letters, by at most two if it has eight or more; a shorter word has none.
pub(super) fn near_words(index: &Index, word: &str) -> Vec<String> {
    let mut best = match word.len() {
        0..=3 => return Vec::new(),
        4..=7 => 1,
        _ => 2,
    };
    let Some(letters) = letters_of(word) else { return Vec::new() };
    let (bytes, own) = (word.as_bytes(), stem(word));
    let mut found: Vec<(bool, u32, &str)> = Vec::new();
    for spelling in index.spellings(word.len() - best, word.len() + best) {
        // A wrong letter changes two letters of the set at most. This excludes nearly all words.
        let differing = usize::try_from((spelling.letters ^ letters).count_ones()).unwrap_or_default();
        if differing > 2 * best {
            continue;
        }
        let Some(distance) = distance_within(bytes, spelling.word.as_bytes(), best) else { continue };
        let frequency = index.frequency(spelling.term);
        if distance == 0 || frequency == 0 || stem(&spelling.word) == own {
            continue;
        }
        if distance < best {
            best = distance;
            found.clear();
        }
        found.push((spelling.word.as_bytes().first() == bytes.first(), frequency, &spelling.word));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().take(MAX_CORRECTIONS).map(|(_, _, other)| other.to_owned()).collect()
}

/// Returns the number of letters to insert, remove, replace or swap with a neighbor to turn one word into the other
/// (the optimal string alignment distance); `None` if it exceeds `max`.
fn distance_within(one: &[u8], other: &[u8], max: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > max || one.len() > MAX_SPELLING || other.len() > MAX_SPELLING {
        return None;
    }
    let width = other.len() + 1;
    let mut before_last = [0_usize; MAX_SPELLING + 1];
    let mut last = [0_usize; MAX_SPELLING + 1];
    let mut row = [0_usize; MAX_SPELLING + 1];
    for (at, cell) in last.iter_mut().enumerate().take(width) {
        *cell = at;
    }
    let mut previous = 0_u8;
    for (i, &a) in one.iter().enumerate() {
        let mut left = i + 1;
        let mut previous_other = 0_u8;
        let mut least = left;
        let [mut diagonal, mut swap] = [i, 0];
        if let Some(cell) = row.first_mut() {
            *cell = left;
        }
        for (j, &b) in other.iter().enumerate() {
            let above = last.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (above + 1).min(left + 1).min(diagonal + usize::from(a != b));
            if i > 0 && j > 0 && a == previous_other && previous == b {
                cost = cost.min(swap + 1);
            }
            swap = before_last.get(j).copied().unwrap_or_default();
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = cost;
            }
            diagonal = above;
            left = cost;
            previous_other = b;
            least = least.min(cost);
        }
        if least > max {
            return None;
        }
        previous = a;
        before_last = last;
        last = row;
    }
    let distance = last.get(other.len()).copied().unwrap_or(usize::MAX);
    (distance <= max).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_letters_are_counted() {
        for (one, other, distance) in [
            ("hedphones", "headphones", Some(1)),
            ("keybord", "keyboard", Some(1)),
            ("teapto", "teapot", Some(1)),
            ("taepot", "teapot", Some(1)),
            ("teapot", "teapot", Some(0)),
            ("kettle", "ketel", Some(2)),
            ("lamp", "lemon", None),
        ] {
            assert_eq!(distance_within(one.as_bytes(), other.as_bytes(), 2), distance, "{one} {other}");
            assert_eq!(distance_within(other.as_bytes(), one.as_bytes(), 2), distance, "{other} {one}");
        }
    }
}
