//! The metadata of a page that search engines may list: description, canonical URL, URLs in other languages, OpenGraph,
//! and structured data. A page without metadata asks them not to list it.

use askama::Template;
use serde_json::Value;
use url::Url;

use crate::kernel::{Language, Money};

/// The maximum length of a description, in characters. Search engines show about 150 of them.
const MAX_DESCRIPTION_LEN: usize = 160;

/// The picture that other sites show in a preview of a link to the page.
#[derive(Clone, Debug)]
pub struct MetaPicture {
    /// The URL path of the picture.
    pub path: String,
    /// The (width, height) of the picture in pixels; `None` if not known.
    pub size: Option<(i32, i32)>,
    pub alt: String,
}

/// The metadata of a page that search engines may list.
#[derive(Clone, Debug)]
pub struct PageMeta {
    /// The public URL of the shop.
    base: Url,
    main_language: Language,
    /// The canonical path and query of the page without the parameter `lang`: `/categories/tea?page=2`.
    path: String,
    pub title: String,
    pub description: String,
    pub picture: Option<MetaPicture>,
    /// The price of the product on the page, the lowest if its SKUs have several; `None` on other pages.
    pub price: Option<Money>,
    /// Structured data (JSON-LD), safe inside a `<script>` element; empty if there is none.
    pub json_ld: String,
}

impl PageMeta {
    /// Returns empty metadata of the page at this canonical path below `base`. `main_language` is the language that
    /// needs no parameter `lang`.
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

    /// Sets the title and the description. The description is put on one line, and cut if it is longer than
    /// [`MAX_DESCRIPTION_LEN`].
    #[must_use]
    pub fn described(mut self, title: &str, description: &str) -> Self {
        title.clone_into(&mut self.title);
        self.description = excerpt(description, MAX_DESCRIPTION_LEN);
        self
    }

    /// Sets the structured data to a graph of these nodes (<https://schema.org>).
    #[must_use]
    pub fn with_graph(mut self, nodes: &[Value]) -> Self {
        self.json_ld = script_json(&serde_json::json!({ "@context": "https://schema.org", "@graph": nodes }));
        self
    }

    /// Returns the absolute URL of a path of the shop.
    pub fn absolute(&self, path: &str) -> String {
        absolute(&self.base, path)
    }

    /// Returns the canonical URL of the page in this language: without the parameter `lang` for the main language, with
    /// it for others.
    pub fn url(&self, language: Language) -> String {
        self.absolute(&in_language(&self.path, language, self.main_language))
    }

    /// Returns the URL without the parameter `lang`, at which the language depends on the visitor (`x-default`).
    pub fn default_url(&self) -> String {
        self.absolute(&self.path)
    }
}

/// The template of the elements in a page's `<head>` for search engines and previews of links.
#[derive(Template)]
#[template(path = "page-meta.html")]
struct MetaTags<'a> {
    meta: &'a PageMeta,
    language: Language,
    shop_name: &'a str,
}

/// Returns the elements of a page's `<head>` for search engines and previews of links, as HTML. If `meta` is `None`,
/// they ask not to list the page.
pub(super) fn meta_tags(meta: Option<&PageMeta>, language: Language, shop_name: &str) -> String {
    let tags = meta.and_then(|meta| MetaTags { meta, language, shop_name }.render().ok());
    tags.unwrap_or_else(|| NOT_LISTED.to_owned())
}

const NOT_LISTED: &str = "<meta name=\"robots\" content=\"noindex\">";

/// Adds the query parameter that selects `language` to a path, unless that is the main language.
pub fn in_language(path: &str, language: Language, main: Language) -> String {
    if language == main {
        return path.to_owned();
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{path}?lang={}{separator}{query}", language.code())
}

/// Returns the absolute URL of a path of the shop.
pub fn absolute(base: &Url, path: &str) -> String {
    format!("{}{}", base.as_str().trim_end_matches('/'), path)
}

/// Returns JSON that is safe inside a `<script>` element: characters that could end the element, begin an HTML comment,
/// or be a line break in JavaScript are escaped.
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

/// Returns the text on one line. A text of more than `max` characters is cut to at most `max`, and an ellipsis is
/// added. It is cut at a space if there is one in the second half, otherwise after any character, as in Chinese.
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
