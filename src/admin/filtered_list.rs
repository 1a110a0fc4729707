use std::fmt::Display;

use crate::{platform::cursor::Cursor, web::Fields};

/// The path and filters of an admin list, newest first, from which links to its other pages are made.
pub(super) struct FilteredList {
    pub(super) path: &'static str,
    /// The names of the query parameters by which the list can be filtered.
    pub(super) filters: &'static [&'static str],
}

/// A link that filters a list by one value, for example one status.
pub(super) struct FilterLink {
    pub(super) name: &'static str,
    pub(super) to: String,
    /// True if the list is filtered by this value now.
    pub(super) is_here: bool,
    /// The formatted number of rows with this value that staff still have to handle; `None` if there are none.
    pub(super) waiting: Option<String>,
}

/// The URLs of the next and previous pages of a list.
pub(super) struct PageLinks {
    pub(super) is_first: bool,
    pub(super) newest: String,
    pub(super) newer: Option<String>,
    pub(super) older: Option<String>,
}

/// The URLs of the first and the next page of a list that is turned forwards only.
pub(super) struct ForwardLinks {
    /// `None` on the first page.
    pub(super) first: Option<String>,
    /// `None` on the last page.
    pub(super) next: Option<String>,
}

impl FilteredList {
    pub(super) const PER_PAGE: usize = 50;
    /// The number of rows to load: one more than a page shows, which tells whether there is a further page.
    pub(super) const LIMIT: i64 = 51;
    /// The maximum length of the search text, in characters.
    pub(super) const MAX_SEARCH_LEN: usize = 100;

    /// Returns the URL of the list with these query parameters.
    pub(super) fn with<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        if query.is_empty() { self.path.to_owned() } else { format!("{}?{query}", self.path) }
    }

    /// Returns the URL of the list with the filters of `query`, with the parameters in `changed` replaced.
    pub(super) fn address(&self, query: &Fields, changed: &[(&str, &str)]) -> String {
        let kept = self.filters.iter().filter(|name| changed.iter().all(|(other, _)| other != *name));
        let parameters = kept.map(|name| (*name, query.get(name))).chain(changed.iter().copied());
        self.with(parameters.filter(|(_, value)| !value.is_empty()))
    }

    pub(super) fn is_filtered(&self, query: &Fields) -> bool {
        self.filters.iter().any(|name| !query.get(name).is_empty())
    }

    /// Returns the search text of `query`. A text that is too long is truncated, not refused.
    pub(super) fn search_words(query: &Fields) -> String {
        query.get("q").chars().take(Self::MAX_SEARCH_LEN).collect()
    }

    /// Truncates `rows`, at most [`FilteredList::LIMIT`], to one page. Returns the links to the pages before and after
    /// it.
    pub(super) fn cut<Row, Id: Copy + Display + PartialEq>(
        &self,
        rows: &mut Vec<Row>,
        query: &Fields,
        cursor: Cursor<Id>,
        id: fn(&Row) -> Id,
    ) -> PageLinks {
        let (is_newer, is_older) = cursor.split_page(rows, Self::PER_PAGE);
        let to = |name, row: Option<&Row>| row.map(|row| self.address(query, &[(name, &id(row).to_string())]));
        PageLinks {
            is_first: cursor == Cursor::Newest,
            newest: self.address(query, &[]),
            newer: if is_newer { to("newer", rows.first()) } else { None },
            older: if is_older { to("older", rows.last()) } else { None },
        }
    }

    /// Truncates `rows`, at most [`FilteredList::LIMIT`], to one page of a list that is turned forwards only. Returns
    /// the links to its first page and to the next one, which begins `after` the position of the last row.
    pub(super) fn cut_forward<Row, Position: Display>(
        &self,
        rows: &mut Vec<Row>,
        query: &Fields,
        is_first: bool,
        position: fn(&Row) -> Position,
    ) -> ForwardLinks {
        let has_more = rows.len() > Self::PER_PAGE;
        rows.truncate(Self::PER_PAGE);
        let last = rows.last().filter(|_| has_more);
        ForwardLinks {
            first: (!is_first).then(|| self.address(query, &[])),
            next: last.map(|last| self.address(query, &[("after", &position(last).to_string())])),
        }
    }
}
