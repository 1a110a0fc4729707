//! Escaping and building of XML.

use std::borrow::Cow;

/// Escapes a text for use in XML elements and attributes. Characters that XML 1.0 forbids are left out.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_markup(c) || is_forbidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c if is_forbidden(c) => {}
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

fn is_markup(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\'')
}

/// Returns whether XML 1.0 forbids the character even as a character reference.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns an XML element with this text, which is escaped, and a line break.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>\n", escaped(text))
}

/// Returns the first `max` characters of a text, or all of a shorter one.
pub(super) fn cut(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("Tea 茶"), "Tea 茶");
        assert_eq!(escaped("<a href=\"x\">'&'\u{0}\u{b}\u{ffff}\n"), "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&apos;\n");
        assert_eq!(escaped("]]>"), "]]&gt;");
        assert_eq!(element("g:id", "1 < 2"), "<g:id>1 &lt; 2</g:id>\n");
        assert_eq!((cut("茶壶", 1), cut("a", 5)), ("茶", "a"));
    }
}
