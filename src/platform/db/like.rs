/// Escapes `\`, `%` and `_`, so that a `like` pattern with the result matches `text` literally.
pub fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
