//! Slugs: the unique words by which URLs name products, categories and brands.

use crate::kernel::text::ascii_letters;

pub(super) const MAX_SLUG_LEN: usize = 80;

/// Returns whether `text` is a slug: at most 80 lowercase ASCII letters and digits, with single hyphens between them.
pub(super) fn is_slug(text: &str) -> bool {
    text.len() <= MAX_SLUG_LEN && text.split('-').all(is_word)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Makes a slug from a name: lowercase, accents removed. Returns an empty text if no character of the name can be in a
/// slug.
pub(super) fn slug_of(name: &str) -> String {
    // "Mei's" is one word.
    let words = ascii_letters(name).replace(['\'', '’'], "");
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > MAX_SLUG_LEN {
            break;
        }
        if hyphen == 1 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_what_a_name_has_for_it() {
        assert_eq!(slug_of("Linen Shirt, 2nd (blue)"), "linen-shirt-2nd-blue");
        assert_eq!(slug_of("亚麻衬衫"), "");
        for (name, slug) in [
            ("Café & Tea", "cafe-tea"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("ＡＢＣ　１２", "abc-12"),
            ("Smørrebrød", "smorrebrod"),
            ("Łódź Œuvre", "lodz-oeuvre"),
            ("Wi\u{2011}Fi\u{200b}", "wi-fi"),
            ("Mei’s Teapot", "meis-teapot"),
            ("LED灯泡 9W", "led-9w"),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
        assert!(slug_of(&"word ".repeat(100)).len() <= MAX_SLUG_LEN);
        assert!(is_slug("linen-shirt-2") && is_slug(&slug_of(&"word ".repeat(100))));
        for wrong in ["", "-a", "a-", "a--b", "A", "a b", "ü", "a\n", &"a".repeat(81)] {
            assert!(!is_slug(wrong), "{wrong:?}");
        }
    }
}
