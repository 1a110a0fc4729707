//! Responses of the shop.

use reqwest::{
    Response,
    header::{HeaderMap, LOCATION},
};
use scraper::{ElementRef, Html, Selector};
use std::fmt;

/// One complete response.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// `None` if the connection broke before its end.
    pub async fn of(response: Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = String::from_utf8_lossy(&response.bytes().await?).into_owned();
        Ok(Self { status, headers, body })
    }

    /// Returns the response if it has this status; fails with its contents otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The target of the redirect; empty if there is none.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The cookie that this response sets: `name=value`, as it is sent back.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let mut pairs = set.map(|cookie| cookie.split(';').next().unwrap().to_owned());
        pairs.rfind(|pair| pair.starts_with(&format!("{name}=")))
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The texts of all matching elements, each with single spaces.
    pub fn texts_of(&self, selector: &str) -> Vec<String> {
        self.html().select(&css(selector)).map(text).collect()
    }

    /// The text of the first matching element.
    #[track_caller]
    pub fn text_of(&self, selector: &str) -> String {
        self.texts_of(selector).into_iter().next().unwrap_or_else(|| panic!("no {selector} in {self}"))
    }

    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&css(selector)).next().is_some()
    }

    /// An attribute of all matching elements that have it.
    pub fn attributes_of(&self, selector: &str, attribute: &str) -> Vec<String> {
        self.html().select(&css(selector)).filter_map(|element| element.attr(attribute).map(str::to_owned)).collect()
    }

    /// An attribute of the first matching element.
    #[track_caller]
    pub fn attribute_of(&self, selector: &str, attribute: &str) -> String {
        let found = self.attributes_of(selector, attribute).into_iter().next();
        found.unwrap_or_else(|| panic!("no {selector} with {attribute} in {self}"))
    }
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

fn text(element: ElementRef<'_>) -> String {
    let mut said = String::new();
    for node in element.descendants() {
        let Some(words) = node.value().as_text() else { continue };
        // The last characters of an order number stand in an element of their own, without a space before it.
        let is_end_of_number = node
            .parent()
            .and_then(ElementRef::wrap)
            .is_some_and(|parent| parent.value().classes().any(|class| class == "order-code"));
        for (at, word) in words.split_whitespace().enumerate() {
            let is_glued = at == 0 && is_end_of_number;
            if !said.is_empty() && !is_glued {
                said.push(' ');
            }
            said.push_str(word);
        }
    }
    said
}

/// Prints the status, the redirect, and the text of the page, shortened.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.texts_of("main").join(" ");
        let said: String = if words.is_empty() { &self.body } else { &words }.chars().take(1500).collect();
        write!(f, "{} {} {said}", self.status, self.location())
    }
}
