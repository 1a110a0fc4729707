//! Folding of typed text that is compared.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use std::borrow::Cow;

use super::{
    characters::is_mark,
    clean::{MAX_PASSES, clean},
};

/// Returns the text in a form for comparisons: cleaned, in NFKC (full-width characters become ASCII), with plain
/// spaces and hyphens for similar characters. Upper and lower case stay.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut folded = fold_once(text);
    for _ in 0..MAX_PASSES {
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    Cow::Owned(folded)
}

fn fold_once(text: &str) -> String {
    let compatible = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let plain: String = compatible.chars().map(plain_sign).collect();
    clean(&plain).into_owned()
}

fn plain_sign(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => '-',
        c if c.is_whitespace() && c != '\n' && c != '\r' => ' ',
        c => c,
    }
}

/// Returns the words of a search text, each in the form of [`fold`], at most `max_words`, from the first
/// `max_characters` characters of the folded text.
pub fn search_words(typed: &str, max_characters: usize, max_words: usize) -> Vec<String> {
    let words: String = fold(typed).chars().take(max_characters).collect();
    words.split_whitespace().take(max_words).map(str::to_owned).collect()
}

/// Returns the text in lower case, for URLs, in ASCII letters where possible: without accents (`é` is `e`), ligatures
/// as letters (`ß` is `ss`). Other scripts stay.
pub fn ascii_letters(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut letters = String::with_capacity(apart.len());
    for c in apart.chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)) {
        match c {
            'ß' => letters.push_str("ss"),
            'æ' => letters.push_str("ae"),
            'œ' => letters.push_str("oe"),
            'ø' => letters.push('o'),
            'đ' | 'ð' => letters.push('d'),
            'ł' => letters.push('l'),
            'þ' => letters.push_str("th"),
            'ı' => letters.push('i'),
            'ħ' => letters.push('h'),
            'ŋ' => letters.push('n'),
            c => letters.push(c),
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_has_one_form() {
        for (typed, folded) in [
            ("ＬＵＭ－ＡＵＲ", "LUM-AUR"),
            ("LUM\u{2011}AUR\u{2013}1\u{2212}2", "LUM-AUR-1-2"),
            ("138\u{a0}0013\u{2007}8000", "138 0013 8000"),
            ("a\u{3000}b", "a b"),
            ("１３８\u{200b}", "138"),
            ("ﬁn", "fin"),
            ("\u{2f42}", "文"),
        ] {
            assert_eq!(fold(typed), folded, "{typed:?}");
        }
        assert_eq!(search_words("\u{200b}ＬＥＤ　灯泡 x", 6, 8), ["LED", "灯泡"]);
    }

    #[test]
    fn letters_of_names_become_those_of_addresses() {
        for (name, letters) in [
            ("Café & Tea", "cafe & tea"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("ＡＢＣ", "abc"),
            ("Łódź", "lodz"),
        ] {
            assert_eq!(ascii_letters(name), letters);
        }
    }
}
