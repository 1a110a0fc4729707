//! Reads the fields of forms that have a number of units for each order line.

use std::collections::BTreeMap;

use crate::{kernel::OrderLineId, web::Form};

const MAX_UNITS: i32 = 999;

/// Reads a number of units for each order line: the form repeats a field named "line" (the id of an order line) and a
/// field named `field` (a number; empty is 0). If one is not a number, adds the error message `words` to the form at
/// `field` and returns `None`.
pub fn units(form: &mut Form, field: &'static str, words: &str) -> Option<BTreeMap<OrderLineId, i32>> {
    let mut units = BTreeMap::new();
    let mut is_wrong = form.all("line").count() != form.all(field).count();
    for (line, count) in form.all("line").zip(form.all(field)) {
        let count = if count.is_empty() { Ok(0) } else { count.parse::<i32>() };
        match (line.parse::<OrderLineId>(), count) {
            (Ok(line), Ok(count)) if (0..=MAX_UNITS).contains(&count) => drop(units.insert(line, count)),
            _ => is_wrong = true,
        }
    }
    if is_wrong {
        form.fail(field, words);
        return None;
    }
    Some(units)
}

/// Returns what was typed into `field` for an order line; `None` if the form has no such line.
pub fn typed_units<'a>(form: &'a Form, field: &'a str, line: OrderLineId) -> Option<&'a str> {
    let id = line.to_string();
    form.all("line").zip(form.all(field)).find(|(line, _)| *line == id).map(|(_, count)| count)
}
