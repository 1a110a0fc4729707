//! What somebody else has saved since a form was loaded, beside what was typed.

use crate::web::Form;

/// A field with different values in the submitted form and in the row that somebody else has saved since.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) mine: String,
    pub(super) theirs: String,
}

/// Returns the fields in which two forms differ. `names` has the name and label of each field to compare; `shown`
/// converts a field's value, given its name and the value, to what the page shows.
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
