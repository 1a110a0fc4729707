//! Long lists, a page at a time, by query string.

use std::str::FromStr;

use super::Fields;

/// Which page of a list is shown, and of how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// From 1.
    pub page: i64,
    /// At least 1.
    pub pages: i64,
    /// Items in all.
    pub total: i64,
    per_page: i64,
    /// The path of the list; empty for the one that the page is on.
    path: String,
    /// The other words of the query, as `name=value&`, so that a step to the next page keeps them.
    rest: String,
}

impl Paging {
    /// The page that `query` asks for (`page=`), brought into bounds; `keep` names the words that a step keeps.
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

    /// The same list at its own path, for a page that answers a form elsewhere.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// How many items come before this page.
    pub fn offset(&self) -> i64 {
        (self.page - 1) * self.per_page
    }

    /// How many items a page holds.
    pub fn limit(&self) -> i64 {
        self.per_page
    }

    /// The address of another page.
    pub fn to(&self, page: &i64) -> String {
        format!("{}?{}page={page}", self.path, self.rest)
    }

    /// The page before, if there is one.
    pub fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.to(&(self.page - 1)))
    }

    /// The page after, if there is one.
    pub fn next(&self) -> Option<String> {
        (self.page < self.pages).then(|| self.to(&(self.page + 1)))
    }

    /// The pages to offer: the first, the last, and those around this one, with `None` where some are left out.
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

/// Where a page of a list begins that has no page numbers, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor<Id> {
    /// With the newest.
    Newest,
    /// With the one before this.
    OlderThan(Id),
    /// It ends with the one after this.
    NewerThan(Id),
}

impl<Id: FromStr> Cursor<Id> {
    /// What `query` asks for: `older=`, or `newer=`.
    pub fn of(query: &Fields) -> Self {
        let asked = |word| query.get(word).parse().ok();
        match (asked("older"), asked("newer")) {
            (Some(id), _) => Self::OlderThan(id),
            (None, Some(id)) => Self::NewerThan(id),
            (None, None) => Self::Newest,
        }
    }
}

impl<Id> Cursor<Id> {
    /// Leaves of the rows those of one page, where one more was asked for; says whether there are newer ones, and older ones.
    pub fn split_page<T>(&self, rows: &mut Vec<T>, per_page: usize) -> (bool, bool) {
        let more = rows.len() > per_page;
        match self {
            Self::NewerThan(_) if more => drop(rows.remove(0)),
            _ => rows.truncate(per_page),
        }
        match self {
            Self::Newest => (false, more),
            Self::OlderThan(_) => (true, more),
            Self::NewerThan(_) => (more, true),
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
