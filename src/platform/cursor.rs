//! Keyset pagination.

/// Which page of a list to show, newest first: the first, or the one next to the row with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor<Id> {
    Newest,
    OlderThan(Id),
    NewerThan(Id),
}

impl<Id> Cursor<Id> {
    /// Removes the extra row of a query for `per_page + 1` rows. Returns whether there are (newer, older) rows.
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
