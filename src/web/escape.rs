use askama::filters::{Escaper, Html};
use std::fmt::{Result, Write};

/// Escapes HTML and removes characters that change the text direction, so that a name in an older row cannot reorder
/// the text beside it. The templates' own isolates (U+2068, U+2069) stay.
#[derive(Clone, Copy, Debug)]
pub struct Escape;

impl Escaper for Escape {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> Result {
        // In UTF-8, all of them start with one of these bytes.
        if !string.bytes().any(|byte| matches!(byte, 0xe2 | 0xd8)) {
            return Html.write_escaped_str(dest, string);
        }
        for part in string.split(sets_direction) {
            Html.write_escaped_str(&mut dest, part)?;
        }
        Ok(())
    }
}

/// Returns whether `c` changes the text direction: an embedding, override, isolate or mark (UAX #9, section 2).
fn sets_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_turns_a_page_round() {
        let mut page = String::new();
        Escape.write_escaped_str(&mut page, "\u{202e}<Mei>\u{200f} “x”\u{2067}—\u{61c}\u{2068}y\u{2069}").unwrap();
        assert_eq!(page, "&#60;Mei&#62; “x”—\u{2068}y\u{2069}");
    }
}
