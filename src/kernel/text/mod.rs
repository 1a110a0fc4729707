//! Cleans typed text: removes invisible characters, and brings text that is compared into one form.
//!
//! [`clean()`] is for text that is shown again (names, addresses, notes); [`fold()`] for text that is compared
//! (usernames, e-mail addresses, phones, postcodes, codes, searches).

mod characters;
mod clean;
mod fold;
mod one_line;

pub use clean::{clean, has_controls};
pub use fold::{ascii_letters, fold, search_words};
pub use one_line::{isolated, one_line};

/// Returns whether the text has Chinese characters; the order of the parts of an address depends on it, for example.
pub fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

/// Returns whether `c` is a control character, a direction mark, a zero-width character or a line separator.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hostile() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(
            "a1 -é\u{301}\u{311}\u{94d}\u{915}\u{93c}\u{958}\u{627}\u{200b}\u{200c}\u{200d}\u{202e}\u{fe0f}\u{e0100}\u{1f3f4}\
             \u{e0067}\u{e007f}\u{3164}\u{0}\u{7f}\u{85}\u{2028}\u{1f469}林\u{2011}\u{ff21}\u{1160}\u{110b}\u{3000}\u{180b}\u{1820}"
                .chars()
                .collect::<Vec<char>>(),
        );
        prop::collection::vec(prop_oneof![4 => odd, 1 => any::<char>()], 0..24)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_clean_after_cleaning(typed in hostile()) {
            let once = clean(&typed).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
            prop_assert!(!has_controls(&once));
            let is_bidi_control = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let unseen = once.chars().any(|c| is_bidi_control(c) || matches!(c, '\u{200b}' | '\u{3164}'));
            prop_assert!(!unseen, "{once:?}");
            let folded = fold(&typed).into_owned();
            prop_assert_eq!(fold(&folded), folded.as_str());
            prop_assert!(!has_controls(&folded));
        }
    }
}
