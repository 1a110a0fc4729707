//! Shows what somebody else has saved since a form was loaded, beside what was typed into it.

use crate::web::Form;

/// A field whose submitted value differs from the one that somebody else has saved meanwhile.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) mine: String,
    pub(super) theirs: String,
}

/// Returns the fields in which two forms differ. `names` has (name, label) of each field to compare; `shown` converts a
/// field's value, given (name, value), to the text for the page.
pub(super) fn differing(
    names: &[(&str, &str)],
    (mine, theirs): (&Form, &Form),
    shown: impl Fn(&str, &str) -> String,
) -> Vec<Difference> {
    let differ = names.iter().filter(|(field, _)| mine.value(field) != theirs.value(field));
    differ
        .map(|(field, name)| Difference {
            what: (*name).to_owned(),
            mine: shown(field, mine.value(field)),
            theirs: shown(field, theirs.value(field)),
        })
        .collect()
}
