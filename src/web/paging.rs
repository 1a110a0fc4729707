use std::str::FromStr;

use super::Fields;
use crate::platform::cursor::Cursor;

/// The current page of a list with numbered pages, for the links to the other pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The current page, from 1.
    pub page: i64,
    /// The number of pages, at least 1.
    pub pages: i64,
    pub total: i64,
    per_page: i64,
    /// The path in the links to other pages; if empty, the links keep the path of the current page.
    path: String,
    /// The query parameters in these links besides `page`, as `name=value&`.
    rest: String,
}

impl Paging {
    /// Reads the query parameter `page`; a number outside of the list becomes the first or last page. Links to other
    /// pages repeat the query parameters named in `keep`.
    pub fn new(query: &Fields, keep: &[&str], total: i64, per_page: i64) -> Self {
        let pages = ((total + per_page - 1) / per_page).max(1);
        let page = query.get("page").parse().unwrap_or(1_i64).clamp(1, pages);
        let kept = keep.iter().map(|name| (*name, query.get(name))).filter(|(_, value)| !value.is_empty());
        let mut rest: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        if !rest.is_empty() {
            rest.push('&');
        }
        Self { page, pages, total, per_page, path: String::new(), rest }
    }

    /// Sets the path in the links to other pages, for a response to a form: the path to which the form was sent has no
    /// page of its own.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub fn offset(&self) -> i64 {
        (self.page - 1) * self.per_page
    }

    pub fn limit(&self) -> i64 {
        self.per_page
    }

    /// Returns the rows of the current page, given all rows of the list.
    pub fn page_of<T>(&self, all: Vec<T>) -> Vec<T> {
        let [offset, limit] = [self.offset(), self.limit()].map(|rows| usize::try_from(rows).unwrap_or_default());
        all.into_iter().skip(offset).take(limit).collect()
    }

    /// Returns the URL of the page with this number.
    pub fn to(&self, page: &i64) -> String {
        format!("{}?{}page={page}", self.path, self.rest)
    }

    pub fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.to(&(self.page - 1)))
    }

    pub fn next(&self) -> Option<String> {
        (self.page < self.pages).then(|| self.to(&(self.page + 1)))
    }

    /// Returns the page numbers to link to: the first, the last, and two on each side of the current one; `None` marks
    /// a gap.
    pub fn steps(&self) -> Vec<Option<i64>> {
        let around = (self.page - 2).max(1)..=(self.page + 2).min(self.pages);
        let mut steps = Vec::new();
        let mut last = 0;
        for n in [1].into_iter().chain(around).chain([self.pages]) {
            if n <= last {
                continue;
            }
            if n > last + 1 {
                steps.push(None);
            }
            steps.push(Some(n));
            last = n;
        }
        steps
    }
}

impl Fields {
    /// Reads the position in a list with keyset pagination: the id in `older` or `newer`, or else the newest rows.
    pub fn cursor<Id: FromStr>(&self) -> Cursor<Id> {
        match (self.get("older").parse(), self.get("newer").parse()) {
            (Ok(id), _) => Cursor::OlderThan(id),
            (Err(_), Ok(id)) => Cursor::NewerThan(id),
            (Err(_), Err(_)) => Cursor::Newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_beyond_the_list_is_the_last_one() {
        let paging = Paging::new(&Fields::default(), &[], 0, 24);
        assert_eq!((paging.page, paging.pages, paging.offset()), (1, 1, 0));
        let last = Paging { page: 3, pages: 3, total: 60, per_page: 24, path: String::new(), rest: "sort=new&".into() };
        assert_eq!((last.offset(), last.next(), last.previous()), (48, None, Some("?sort=new&page=2".into())));
    }
}
