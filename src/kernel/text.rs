//! Typed text: what nobody sees is taken out of it, and what is compared is brought to one form.
//!
//! [`clean`] is for what is shown again (names, addresses, notes); [`fold`] for what is compared (usernames, e-mail
//! addresses, phones, postcodes, codes, searches).

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, GeneralCategory, Ideographic,
    },
};
use std::borrow::Cow;

/// The most combining marks in a row. Scripts that people write need fewer; more of them cover the lines around.
const MAX_MARKS: usize = 5;
/// Each pass of [`clean`] removes something or is the last; text of people needs two.
const MAX_PASSES: usize = 16;

/// The text in NFC without what nobody sees: control characters but for tab and line ends, marks of direction, zero
/// widths, fillers, combining marks that stand on nothing, and those of a row above the fifth. Joiners and variation
/// selectors stay where a script or an emoji needs them. Spaces of other widths and unbreakable hyphens are plain ones, so
/// that a search finds what they stand in; only the ideographic space stays. Line and paragraph separators are line feeds.
/// Cleaning what is clean changes nothing.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = clean_once(text);
    for _ in 0..MAX_PASSES {
        let again = clean_once(&cleaned);
        if again == cleaned {
            break;
        }
        cleaned = again;
    }
    if cleaned == text { Cow::Borrowed(text) } else { Cow::Owned(cleaned) }
}

fn clean_once(text: &str) -> String {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let text = nfc.normalize(text);
    let mut kept = String::with_capacity(text.len());
    let mut marks = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let before = kept.chars().next_back();
        let c = match c {
            // Braille without a dot looks like a space.
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' => ' ',
            '\u{2010}' | '\u{2011}' => '-',
            '\u{2028}' | '\u{2029}' => '\n',
            c if is_control(c) || is_nothing(c) => continue,
            c if is_ignorable(c) && !is_needed(c, before, rest.as_str()) => continue,
            c => c,
        };
        if is_mark(c) {
            let stands_on = before.filter(|before| !before.is_whitespace());
            marks += 1;
            if stands_on.is_none() || marks > MAX_MARKS {
                continue;
            }
        } else {
            marks = 0;
        }
        kept.push(c);
    }
    nfc.normalize(&kept).into_owned()
}

/// The text as it is compared: clean, in NFKC, with plain spaces and hyphens for everything that looks like one. Full
/// width becomes plain. Capitals stay.
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

/// The words of a search, folded: at most so many of at most so many characters in all.
pub fn search_words(typed: &str, max_characters: usize, max_words: usize) -> Vec<String> {
    let words: String = fold(typed).chars().take(max_characters).collect();
    words.split_whitespace().take(max_words).map(str::to_owned).collect()
}

/// The text in small ASCII letters as far as there are any for it: without accents (`é` is `e`), with letters for
/// ligatures (`ß` is `ss`); other scripts stay.
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

/// Text on one line and without what is not seen: for titles, headers of mails and cells of files, whatever older rows
/// hold.
pub fn one_line(text: &str) -> String {
    let cleaned = clean(text);
    let mut words = cleaned.split_whitespace();
    let mut line = words.next().unwrap_or_default().to_owned();
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    line
}

/// Text to stand between other text in a mail, or in another place that knows no markup, on one line: where it is written
/// from right to left, it is isolated (UAX 9, 2.4), so that it turns nothing around it.
pub fn isolated(text: &str) -> String {
    let line = one_line(text);
    if line.contains(is_right_to_left) { format!("\u{2068}{line}\u{2069}") } else { line }
}

/// The blocks of Hebrew, Arabic, Syriac and the other scripts of that direction.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Whether there is a control character (C0 or C1, NUL with it) other than tab and the ends of lines.
pub fn has_controls(text: &str) -> bool {
    text.chars().any(is_control)
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// What stands for no character: noncharacters, annotations, an object that is not there.
fn is_nothing(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffc}')
}

/// What is not shown by itself (`Default_Ignorable_Code_Point`).
fn is_ignorable(c: char) -> bool {
    c > '~' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Marks that take no room of their own.
fn is_mark(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new();
    c > '~' && !is_ignorable(c) && is_nonspacing(category.get(c))
}

fn is_nonspacing(category: GeneralCategory) -> bool {
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

/// Whether what is not shown by itself changes how what stands before it, and after it, is written.
fn is_needed(c: char, before: Option<char>, after: &str) -> bool {
    let Some(before) = before else { return false };
    let next = after.chars().find(|c| !is_ignorable(*c) || is_joiner(*c));
    match c {
        '\u{200c}' | '\u{200d}' if is_virama(before) => true,
        '\u{200c}' => next.is_some_and(|next| has_joins(before) && has_joins(next)),
        '\u{200d}' => next.is_some_and(|next| {
            (has_joins(before) && has_joins(next)) || (continues_emoji(before) && is_pictographic(next))
        }),
        '\u{fe0e}' | '\u{fe0f}' => CodePointSetData::new::<Emoji>().contains(before),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => CodePointSetData::new::<Ideographic>().contains(before),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        // Flags of England, Scotland and Wales.
        '\u{e0020}'..='\u{e007f}' => before == '\u{1f3f4}' || matches!(before, '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_pictographic(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// A picture, perhaps of a colour of skin or as a picture expressly.
fn continues_emoji(c: char) -> bool {
    is_pictographic(c) || matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e007f}')
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

/// Letters and marks of the scripts in which joiners choose the shape of a letter.
fn has_joins(c: char) -> bool {
    let scripts = matches!(c,
        '\u{0600}'..='\u{07ff}' | '\u{0840}'..='\u{0dff}' | '\u{0f00}'..='\u{109f}' | '\u{1700}'..='\u{18af}'
        | '\u{1900}'..='\u{1cff}' | '\u{a840}'..='\u{abff}' | '\u{fb50}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdfb}'
        | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}');
    let is_part_of_word = || {
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        c.is_alphabetic() || is_nonspacing(category) || category == GeneralCategory::SpacingMark
    };
    scripts && is_part_of_word()
}

/// Whether the text has Chinese characters. A Chinese address, for one, is written from the large to the small.
pub fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_nobody_sees_is_nothing() {
        for unseen in [
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{200f}",
            "\u{2060}",
            "\u{feff}",
            "\u{3164}",
            "\u{115f}",
            "\u{1160}",
            "\u{ffa0}",
            "\u{fe0f}",
            "\u{fe00}",
            "\u{e0100}",
            "\u{ad}",
            "\u{180e}",
            "\u{e0041}",
            "\u{2800}",
            "\u{301}",
            "\u{20dd}",
            "\u{202e}",
            "\u{2067}",
            "\u{61c}",
            "\u{34f}",
            "\u{fff9}",
            "\u{ffff}",
            "\u{0}",
            "\u{85}",
            "\u{a0}",
            "\u{3000}",
            "\u{2007}",
            "\u{2028}",
            " \u{200b}\u{3164}\u{a0} ",
            "\u{200d}\u{200d}",
            "\u{0}\u{301}",
        ] {
            assert_eq!(clean(unseen).trim(), "", "{unseen:?}");
            assert_eq!(fold(unseen).trim(), "", "{unseen:?}");
        }
    }

    #[test]
    fn what_a_script_or_an_emoji_needs_stays() {
        for name in [
            "Lin Mei",
            "林梅",
            "Zoë",
            "Nguyễn",
            "می‌خواهم",
            "علی‌رضا",
            "ක්‍රිෂ්ණ",
            "ന്‍",
            "क्‍ष",
            "👩‍👩‍👧",
            "👩🏽‍🚀",
            "❤️",
            "🏳️‍🌈",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "葛󠄀城",
            "1️⃣",
            "ཀྲྀཾ",
            "מֹשֶׁה",
            "O’Neill",
            "北京市　海淀区",
        ] {
            assert_eq!(clean(name), name, "{name:?}");
        }
    }

    #[test]
    fn what_is_not_seen_among_what_is_goes() {
        for (typed, kept) in [
            ("L\u{200b}in", "Lin"),
            ("\u{202e}Lin\u{202c}", "Lin"),
            ("Li\u{200d}n", "Lin"),
            ("林\u{200d}梅", "林梅"),
            ("Zoe\u{308}", "Zoë"),
            ("a\u{feff}\u{2066}b\u{2069}", "ab"),
            ("one\u{2028}two", "one\ntwo"),
            ("Wi\u{2011}Fi 9\u{a0}W", "Wi-Fi 9 W"),
            (" \u{301}a", " a"),
            ("x\u{e0041}\u{e0042}", "x"),
        ] {
            assert_eq!(clean(typed), kept, "{typed:?}");
        }
        let zalgo = format!("a{}b", "\u{311}\u{35a}".repeat(40));
        assert_eq!(clean(&zalgo).chars().count(), 2 + MAX_MARKS);
    }

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

    #[test]
    fn text_between_other_text_turns_nothing_around() {
        assert_eq!(one_line(" a\u{202e}\nb\tc "), "a b c");
        assert_eq!(isolated("a\u{202e}b\u{2069}"), "ab");
        assert_eq!(isolated("شاي"), "\u{2068}شاي\u{2069}");
    }

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
