//! What came back.

use reqwest::{
    Response,
    header::{HeaderMap, LOCATION},
};
use scraper::{ElementRef, Html, Selector};
use std::fmt;

/// One answer of the shop, read to its end.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// None where the connection broke before its end.
    pub async fn of(response: Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = String::from_utf8_lossy(&response.bytes().await?).into_owned();
        Ok(Self { status, headers, body })
    }

    /// Goes on with it if it has this status, shows what it says otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it leads to; empty where it leads nowhere.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// What a cookie is set to by this answer: `name=value`, as it is sent back.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let mut pairs = set.map(|cookie| cookie.split(';').next().unwrap().to_owned());
        pairs.rfind(|pair| pair.starts_with(&format!("{name}=")))
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The texts of all elements that match, each with single spaces.
    pub fn texts_of(&self, selector: &str) -> Vec<String> {
        self.html().select(&css(selector)).map(text).collect()
    }

    /// The text of the first element that matches.
    #[track_caller]
    pub fn text_of(&self, selector: &str) -> String {
        self.texts_of(selector).into_iter().next().unwrap_or_else(|| panic!("no {selector} in {self}"))
    }

    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&css(selector)).next().is_some()
    }

    /// An attribute of all elements that match and have it.
    pub fn attributes_of(&self, selector: &str, attribute: &str) -> Vec<String> {
        self.html().select(&css(selector)).filter_map(|element| element.attr(attribute).map(str::to_owned)).collect()
    }

    /// An attribute of the first element that matches.
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
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The status, where it leads, and as much of the page as a person would read.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.texts_of("main").join(" ");
        let said: String = if words.is_empty() { &self.body } else { &words }.chars().take(1500).collect();
        write!(f, "{} {} {said}", self.status, self.location())
    }
}
