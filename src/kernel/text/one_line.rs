//! Text on one line.

use super::clean::clean;

/// Returns the text on one line and as [`clean`] returns it, for titles, mail headers and cells of files. Cleans again,
/// because texts that were stored by older versions were not cleaned.
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

/// Returns the text on one line, for places without markup, such as emails. A right-to-left text is enclosed in
/// isolates (UAX 9, 2.4), so that it does not reorder the text around it.
pub fn isolated(text: &str) -> String {
    let line = one_line(text);
    if line.contains(is_right_to_left) { format!("\u{2068}{line}\u{2069}") } else { line }
}

/// Returns whether `c` is in a block of Hebrew, Arabic, Syriac or another right-to-left script.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_between_other_text_turns_nothing_around() {
        assert_eq!(one_line(" a\u{202e}\nb\tc "), "a b c");
        assert_eq!(isolated("a\u{202e}b\u{2069}"), "ab");
        assert_eq!(isolated("شاي"), "\u{2068}شاي\u{2069}");
    }
}
