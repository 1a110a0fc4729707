//! Text in the patterns of `like`.

/// The text as `like` takes it for itself, whatever signs it has.
pub fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
