//! Cleaning of typed text that is shown again.

use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;

use super::characters::{is_control, is_ignorable, is_mark, is_needed, is_nothing};

/// The maximum number of consecutive combining marks; further ones are removed. Scripts need fewer; more would overlap
/// the lines above and below.
const MAX_MARKS: usize = 5;
/// The maximum number of passes of [`clean`] until nothing changes. Real text needs two.
pub(super) const MAX_PASSES: usize = 16;

/// Returns the text in NFC without invisible characters, for names, addresses, notes. Clean text is returned as it is.
///
/// It removes control characters other than tab and line ends, direction marks, zero-width characters and fillers, and
/// combining marks that have no base character or come after [`MAX_MARKS`] others. Joiners and variation selectors stay
/// where a script or an emoji needs them. Spaces of other widths and non-breaking hyphens become plain ones, so that a
/// search finds the words around them; the ideographic space stays. Line and paragraph separators become line feeds.
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
            // A Braille cell without dots looks like a space.
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

/// Returns whether the text has control characters (C0 or C1) other than tab and line ends.
pub fn has_controls(text: &str) -> bool {
    text.chars().any(is_control)
}

#[cfg(test)]
mod tests {
    use super::{super::fold, *};

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
}
