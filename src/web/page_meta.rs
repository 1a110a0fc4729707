//! What a page that search engines may list says of itself in its head: description, canonical address, the addresses
//! in other languages, OpenGraph, and structured data. A page without it is not to be listed.

use askama::Template;
use serde_json::Value;
use url::Url;

use crate::kernel::{Language, Money};

/// The maximum number of characters of a description; search engines show about 150.
const MAX_DESCRIPTION_LEN: usize = 160;

/// The picture that sites show beside a link to the page.
#[derive(Clone, Debug)]
pub struct MetaPicture {
    /// The path of the picture.
    pub path: String,
    /// Its size in pixels, as (width, height), if it is known.
    pub size: Option<(i32, i32)>,
    pub alt: String,
}

/// The data of the head of a page that search engines may list.
#[derive(Clone, Debug)]
pub struct PageMeta {
    /// The public address of the shop.
    base: Url,
    main_language: Language,
    /// The canonical path and query of the page, without the language: `/categories/tea?page=2`.
    path: String,
    pub title: String,
    pub description: String,
    pub picture: Option<MetaPicture>,
    /// The price of a product; the lowest if there are several.
    pub price: Option<Money>,
    /// Structured data (JSON-LD) that is safe inside of a `<script>` element; empty if there is none.
    pub json_ld: String,
}

impl PageMeta {
    /// Returns the data of the page at this path, below `base`. `main_language` is the one in which the path alone is
    /// read.
    pub fn new(base: &Url, main_language: Language, path: &str) -> Self {
        Self {
            base: base.clone(),
            main_language,
            path: path.to_owned(),
            title: String::new(),
            description: String::new(),
            picture: None,
            price: None,
            json_ld: String::new(),
        }
    }

    /// Sets the title and the description; the description is put on one line and cut at a word.
    #[must_use]
    pub fn described(mut self, title: &str, description: &str) -> Self {
        title.clone_into(&mut self.title);
        self.description = excerpt(description, MAX_DESCRIPTION_LEN);
        self
    }

    /// Sets the structured data: a graph of these nodes (<https://schema.org>).
    #[must_use]
    pub fn with_graph(mut self, nodes: &[Value]) -> Self {
        self.json_ld = script_json(&serde_json::json!({ "@context": "https://schema.org", "@graph": nodes }));
        self
    }

    /// Returns the absolute URL of a path of the shop.
    pub fn absolute(&self, path: &str) -> String {
        absolute(&self.base, path)
    }

    /// Returns the canonical URL of the page in this language. In the main language it is the plain one; the others
    /// have the parameter `lang`.
    pub fn url(&self, language: Language) -> String {
        self.absolute(&in_language(&self.path, language, self.main_language))
    }

    /// Returns the URL at which the visitor's language is chosen.
    pub fn default_url(&self) -> String {
        self.absolute(&self.path)
    }
}

/// The template of the part of a page's head that search engines and other sites read.
#[derive(Template)]
#[template(path = "page-meta.html")]
struct MetaTags<'a> {
    meta: &'a PageMeta,
    language: Language,
    shop_name: &'a str,
}

/// Returns the part of a page's head that search engines and other sites read, as HTML. Without `meta` it says that the
/// page is not to be listed.
pub(super) fn meta_tags(meta: Option<&PageMeta>, language: Language, shop_name: &str) -> String {
    let tags = meta.and_then(|meta| MetaTags { meta, language, shop_name }.render().ok());
    tags.unwrap_or_else(|| NOT_LISTED.to_owned())
}

const NOT_LISTED: &str = "<meta name=\"robots\" content=\"noindex\">";

/// Returns the path with the parameter that selects the language; the main language needs none.
pub fn in_language(path: &str, language: Language, main: Language) -> String {
    if language == main {
        return path.to_owned();
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{path}?lang={}{separator}{query}", language.code())
}

/// Returns the absolute URL of a path.
pub fn absolute(base: &Url, path: &str) -> String {
    format!("{}{}", base.as_str().trim_end_matches('/'), path)
}

/// Returns JSON that is safe inside of a `<script>` element: nothing in it ends the element, begins a comment, or is a
/// line separator of JavaScript.
pub fn script_json(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Returns the beginning of a text on one line, at most `max` characters; a longer one is cut at a word and ends with an
/// ellipsis. Chinese has no spaces and is cut at a character.
fn excerpt(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(max) else { return line };
    let cut = line.get(..end).unwrap_or_default();
    let cut = cut.rfind(' ').filter(|space| *space * 2 > end).and_then(|space| cut.get(..space)).unwrap_or(cut);
    format!("{}…", cut.trim_end_matches([',', ';', ':', '，', '、', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_at_a_word() {
        assert_eq!(excerpt("Good\n\n  tea.", 20), "Good tea.");
        assert_eq!(excerpt("Good tea, and a pot", 11), "Good tea…");
        assert_eq!(excerpt("茶壶很好，茶杯也好", 5), "茶壶很好…");
        assert_eq!(excerpt(&"x".repeat(20), 5), "xxxxx…");
        assert_eq!(excerpt("", 5), "");
    }

    #[test]
    fn json_cannot_end_the_script_element() {
        let json = script_json(&["</script><!-- & \u{2028}\u{2029}"]);
        assert_eq!(json, "[\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029\"]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), ["</script><!-- & \u{2028}\u{2029}"]);
    }

    #[test]
    fn each_language_has_an_address_of_its_own() {
        let base = Url::parse("https://shop.example").unwrap();
        let meta = PageMeta::new(&base, Language::En, "/categories/tea?page=2");
        assert_eq!(meta.url(Language::En), "https://shop.example/categories/tea?page=2");
        assert_eq!(meta.url(Language::Zh), "https://shop.example/categories/tea?lang=zh&page=2");
        assert_eq!(meta.default_url(), "https://shop.example/categories/tea?page=2");
    }
}
