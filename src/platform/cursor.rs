//! Keyset pagination: a page of a list is found by the id of the row before or after it, not by an offset.

/// Which page of a list to show, newest first: the first page, or the one older or newer than the row with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor<Id> {
    Newest,
    OlderThan(Id),
    NewerThan(Id),
}

impl<Id> Cursor<Id> {
    /// Removes from `rows` the extra row that the query for `per_page + 1` rows may have found. Returns whether there
    /// are rows newer than the page, and whether there are older ones.
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
