//! The lines of an order for a caller, in which staff type the codes of SKUs and how many units of each.

use std::collections::HashMap;

use crate::{
    cart::Entry,
    catalog,
    checkout::{Excess, Shortage},
    kernel::{Quantity, SkuId},
    messages::Messages,
    platform::db::{Connection, DbError},
    web::Form,
};

/// The names of the form fields of one line.
pub(super) struct LineFields {
    pub(super) code: &'static str,
    pub(super) count: &'static str,
}

macro_rules! lines {
    ($($n:literal)+) => {
        [$(LineFields { code: concat!("code-", $n), count: concat!("count-", $n) }),+]
    };
}

/// The names of the form fields of each line that a form can have.
pub(super) static LINES: [LineFields; 20] = lines![1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20];
/// The minimum number of lines that a form shows. `MIN_EMPTY` is the minimum number of empty lines among them.
const MIN_SHOWN: usize = 4;
const MIN_EMPTY: usize = 2;
/// The maximum length of a SKU code, in characters.
const MAX_CODE_LEN: usize = 64;

/// A line of the form that is valid by itself; its SKU is not looked up yet.
pub(super) struct TypedLine {
    /// The index of the element of [`LINES`] that names the form fields of this line.
    index: usize,
    code: String,
    count: Quantity,
}

/// The entries of an order, and the index of each SKU's line in the form, for error messages.
pub(super) struct CallerLines {
    pub(super) entries: Vec<Entry>,
    indexes: HashMap<SkuId, usize>,
}

/// Returns how many lines the form shows: all up to the last one with text, and some empty ones below.
pub(super) fn shown(form: &Form) -> usize {
    let last = LINES.iter().rposition(|line| !form.value(line.code).is_empty() || !form.value(line.count).is_empty());
    let filled = last.map_or(0, |last| last + 1);
    (filled + MIN_EMPTY).clamp(MIN_SHOWN, LINES.len())
}

/// Reads the lines; empty ones are left out. `None`, with errors in the form, if one is wrong or there is none.
pub(super) fn read(form: &mut Form, t: Messages) -> Option<Vec<TypedLine>> {
    let (mut typed, mut is_wrong) = (Vec::new(), false);
    for (index, LineFields { code, count }) in LINES.iter().enumerate() {
        if form.value(code).is_empty() && form.value(count).is_empty() {
            continue;
        }
        if form.value(code).is_empty() {
            form.fail(code, t.caller_no_code());
        }
        let read = form.folded(code, 1..=MAX_CODE_LEN, t);
        match (read, form.parsed(count, t.caller_count_wrong(), t)) {
            (Some(code), Some(count)) => typed.push(TypedLine { index, code, count }),
            _ => is_wrong = true,
        }
    }
    if typed.is_empty() && !is_wrong {
        form.fail("code-1", t.caller_no_line());
        return None;
    }
    (!is_wrong).then_some(typed)
}

/// Looks up the SKU of each line; `None` for an unknown code. Upper and lower case are the same unless several SKUs
/// differ only by that.
pub(super) fn skus(conn: &mut Connection, typed: &[TypedLine]) -> Result<Vec<Option<SkuId>>, DbError> {
    let codes: Vec<String> = typed.iter().map(|line| line.code.clone()).collect();
    let known = catalog::skus_with_codes(conn, &codes)?;
    let mut found = Vec::with_capacity(codes.len());
    for code in &codes {
        let exact = known.iter().find(|(other, _)| other == code);
        let mut similar = known.iter().filter(|(other, _)| other.to_lowercase() == code.to_lowercase());
        let only = similar.next().filter(|_| similar.next().is_none());
        found.push(exact.or(only).map(|(_, sku)| *sku));
    }
    Ok(found)
}

/// Makes entries of an order from the lines, whose SKUs `skus` has in the same order. Returns `None`, with errors in
/// the form, if a code is unknown or two lines have the same code.
pub(super) fn entries(
    form: &mut Form,
    typed: &[TypedLine],
    skus: &[Option<SkuId>],
    t: Messages,
) -> Option<CallerLines> {
    let mut lines = CallerLines { entries: Vec::new(), indexes: HashMap::new() };
    let mut is_wrong = false;
    for (line, sku) in typed.iter().zip(skus) {
        let Some(fields) = LINES.get(line.index) else { continue };
        let Some(sku_id) = *sku else {
            form.fail(fields.code, t.caller_code_unknown());
            is_wrong = true;
            continue;
        };
        if let Some(first) = lines.indexes.insert(sku_id, line.index) {
            form.fail(fields.code, t.caller_code_twice(first + 1));
            is_wrong = true;
        }
        lines.entries.push(Entry { sku_id, count: line.count, selected: true, price_when_added: None });
    }
    (!is_wrong).then_some(lines)
}

impl CallerLines {
    /// Returns the fields of the line with this SKU, or those of the first line if no line has the SKU.
    fn fields(&self, sku: SkuId) -> &'static LineFields {
        let [first, ..] = &LINES;
        self.indexes.get(&sku).and_then(|index| LINES.get(*index)).unwrap_or(first)
    }

    /// Adds an error to each line with more units than are in stock: how many units are left.
    pub(super) fn fail_short(&self, form: &mut Form, shortages: &[Shortage], t: Messages) {
        for shortage in shortages {
            let fields = self.fields(shortage.offer.sku_id);
            if shortage.offer.on_sale {
                form.fail(fields.count, t.caller_too_few(shortage.left.max(0)));
            } else {
                form.fail(fields.code, t.caller_code_off());
            }
        }
    }

    /// Adds an error to each line that exceeds a limit on the unpaid orders of one account: what the limit is.
    pub(super) fn fail_excess(&self, form: &mut Form, excesses: &[Excess], t: Messages) {
        for excess in excesses {
            let words = if excess.of_product {
                t.caller_product_bound(excess.most, excess.held)
            } else {
                t.caller_sku_bound(excess.most, excess.held)
            };
            form.fail(self.fields(excess.offer.sku_id).count, words);
        }
    }
}
