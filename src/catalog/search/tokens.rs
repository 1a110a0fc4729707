//! Splits text into words and runs of Chinese characters, in the normalized form in which searches compare them.

use crate::kernel::text;

/// A word, or a run of Chinese characters, which have no spaces between words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The text in lower case and half-width characters, without accents and apostrophes.
    pub text: String,
    pub is_run: bool,
    /// True if only a sign such as a hyphen stands between this token and the one before it.
    pub is_glued: bool,
    /// True if a sign that ends a phrase, such as a comma or a bracket, stands anywhere before the token.
    pub is_after_break: bool,
}

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text::ascii_letters(text).chars().filter(|c| !is_invisible(*c)).collect();
    let mut splitter = Splitter::default();
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        splitter.read(c, before, letters.get(at + 1).copied());
    }
    splitter.end_token();
    splitter.tokens
}

#[derive(Default)]
struct Splitter {
    tokens: Vec<Token>,
    text: String,
    is_run: bool,
    is_glued: bool,
    is_after_break: bool,
}

impl Splitter {
    fn read(&mut self, c: char, before: Option<char>, after: Option<char>) {
        let is_between = |fits: fn(char) -> bool| before.is_some_and(fits) && after.is_some_and(fits);
        match c {
            c if is_ideograph(c) => self.push(c, true),
            c if c.is_alphanumeric() => self.push(c, false),
            '\'' | '\u{2018}' | '\u{2019}' | '\u{2bc}' => {}
            // A decimal point, or a thousands separator.
            '.' if is_between(|c| c.is_ascii_digit()) => self.push(c, false),
            ',' if is_between(|c| c.is_ascii_digit()) => {}
            '-' | '_' | '/' | '.' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}'
                if is_between(char::is_alphanumeric) =>
            {
                self.end_token();
                self.is_glued = true;
            }
            c => {
                self.end_token();
                self.is_glued = false;
                self.is_after_break |= matches!(c, ',' | ';' | ':' | '(' | '[' | '（' | '、' | '。' | '|' | '+');
            }
        }
    }

    fn push(&mut self, c: char, is_run: bool) {
        if self.is_run != is_run {
            self.end_token();
        }
        self.is_run = is_run;
        self.text.push(c);
    }

    fn end_token(&mut self) {
        if self.text.is_empty() {
            return;
        }
        self.tokens.push(Token {
            text: std::mem::take(&mut self.text),
            is_run: self.is_run,
            is_glued: self.is_glued,
            is_after_break: self.is_after_break,
        });
        self.is_glued = false;
    }
}

/// Returns whether `c` is invisible and does not separate words either.
fn is_invisible(c: char) -> bool {
    text::is_unseen(c) && !c.is_whitespace() || matches!(c, '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
}

/// Returns whether `c` is a Chinese character or Japanese kana, which are written without spaces between words.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns all pairs of neighboring characters in a run; the run itself if it has only one character.
pub(super) fn bigrams(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    if letters.len() < 2 {
        return vec![run.to_owned()];
    }
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn a_text_has_one_form_however_it_is_typed() {
        for (typed, expected) in [
            ("Corner Café", vec!["corner", "cafe"]),
            ("ＬＥＤ灯泡", vec!["led", "灯泡"]),
            ("T-shirt", vec!["t", "shirt"]),
            ("Cook’s knife, 20 cm", vec!["cooks", "knife", "20", "cm"]),
            ("15,000 hours at 2.4GHz", vec!["15000", "hours", "at", "2.4ghz"]),
            ("日常纯棉 T 恤", vec!["日常纯棉", "t", "恤"]),
            ("red\u{200b}dish \u{202e}tea\u{202c}", vec!["reddish", "tea"]),
            ("月饼，礼盒", vec!["月饼", "礼盒"]),
            ("《四只碗》", vec!["四只碗"]),
            ("🫖 %_\\", vec![]),
            ("LUM\u{2011}AUR–256", vec!["lum", "aur", "256"]),
        ] {
            assert_eq!(texts(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_a_hyphen_joins_is_known() {
        let glued: Vec<bool> = tokens("over-ear headphones").iter().map(|token| token.is_glued).collect();
        assert_eq!(glued, [false, true, false]);
    }

    #[test]
    fn characters_are_found_in_pairs() {
        assert_eq!(bigrams("咖啡杯"), ["咖啡", "啡杯"]);
        assert_eq!(bigrams("茶"), ["茶"]);
    }
}
