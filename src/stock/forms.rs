//! What staff type about stock.

use super::{
    model::{Reason, Show},
    rules::Delta,
};
use crate::web::{Fields, Form, Text};

/// A change of one SKU's stock, as typed.
#[derive(Clone, Debug)]
pub struct Change {
    /// By how much.
    pub delta: Delta,
    /// Why; one of [`Reason::OF_STAFF`].
    pub reason: Reason,
    /// In their own words; may be empty.
    pub note: String,
}

impl Change {
    /// Reads `delta`, `reason` and `note`; what is wrong stands in the form.
    pub fn read(form: &mut Form, t: Text) -> Option<Self> {
        let delta = form.parsed("delta", t.stock_delta_wrong(), t);
        let reason = Reason::OF_STAFF.into_iter().find(|reason| reason.code() == form.value("reason"));
        if reason.is_none() {
            form.fail("reason", t.stock_reason_wrong());
        }
        let note = form.line("note", 0..=500, t);
        Some(Self { delta: delta?, reason: reason?, note: note? })
    }
}

/// What somebody looks for in the stock room.
#[derive(Clone, Debug)]
pub struct Search {
    /// Each must be found in a SKU's code or in a name of it.
    pub words: Vec<String>,
    /// Which of what was found.
    pub show: Show,
}

impl Search {
    /// Reads `q` and `show`. A page to read answers whatever it can, so what is too long is cut.
    pub fn read(query: &Fields) -> Self {
        let typed: String = query.get("q").chars().take(100).collect();
        Self {
            words: typed.split_whitespace().take(8).map(str::to_owned).collect(),
            show: Show::from_code(query.get("show")),
        }
    }
}
