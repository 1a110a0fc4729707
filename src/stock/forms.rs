//! Forms of the stock pages.

use std::collections::BTreeMap;

use super::{
    model::{Reason, StockCursor, StockFilter, StockSort},
    rules::{Delta, StockCount},
};
use crate::{
    kernel::{BrandId, CategoryId, SkuId, text},
    messages::Messages,
    platform::random,
    web::{Fields, Form},
};

/// A change of one SKU's stock, as typed: the amount, the reason and the note.
#[derive(Clone, Debug)]
pub struct StockChange {
    pub amount: ChangeAmount,
    /// Why the stock changes: one of [`Reason::OF_STAFF`].
    pub reason: Reason,
    pub note: String,
}

impl StockChange {
    /// Reads `how`, `delta`, `reason` and `note`, and for a count `seen` and `seen_sales`, the stock and sales that the
    /// page showed. Returns `None`, with errors in the form, if a field is invalid.
    pub fn read(form: &mut Form, t: Messages) -> Option<Self> {
        let amount = ChangeAmount::read(form, t);
        let why = ChangeReason::read(form, t)?;
        amount.map(|amount| why.of(amount))
    }
}

/// The reason and note of a change of stock, as typed.
#[derive(Clone, Debug)]
pub struct ChangeReason {
    /// The chosen reason; `None` if staff let it follow from the amount, by the rule of [`ChangeReason::of`].
    reason: Option<Reason>,
    note: String,
}

impl ChangeReason {
    /// The value of the field `reason` that stands for the reason that follows from the amount.
    pub const BY_AMOUNT: &str = "usual";

    fn read(form: &mut Form, t: Messages) -> Option<Self> {
        let typed = form.value("reason");
        let reason = Reason::OF_STAFF.into_iter().find(|reason| reason.code() == typed);
        let is_chosen = reason.is_some() || typed == Self::BY_AMOUNT;
        if !is_chosen {
            form.fail("reason", t.stock_reason_wrong());
        }
        let note = form.line("note", 0..=500, t)?;
        is_chosen.then_some(Self { reason, note })
    }

    /// Returns the change of stock by `amount`. If no reason was chosen, it is "count" for a count, "delivery" for a
    /// positive difference, and "correction" for a negative one.
    pub fn of(&self, amount: ChangeAmount) -> StockChange {
        let usual = match amount {
            ChangeAmount::Counted(_) => Reason::Count,
            ChangeAmount::By(delta) if delta.get() > 0 => Reason::Delivery,
            ChangeAmount::By(_) => Reason::Correction,
        };
        StockChange { amount, reason: self.reason.unwrap_or(usual), note: self.note.clone() }
    }
}

/// Changes of many SKUs, as typed: an amount for each, and one reason for all.
#[derive(Clone, Debug)]
pub struct BulkStockChange {
    /// The typed rows, by ascending SKU id; each SKU once.
    pub rows: Vec<BulkStockRow>,
    /// The reason and note that all rows share; `None` if either is invalid.
    pub why: Option<ChangeReason>,
    /// The number of SKUs whose stock had changed after the page was shown, and for which the user then chose to leave
    /// it unchanged.
    pub left: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkStockRow {
    pub sku: SkuId,
    pub typed: String,
    /// The stock and sales that the page showed, as `stock/sales`.
    pub expected: String,
    /// The typed amount, or the error message if it is invalid.
    pub amount: Result<ChangeAmount, &'static str>,
}

impl BulkStockChange {
    pub const MAX_ROWS: usize = 100;

    /// Reads `how`, `reason` and `note`, and for each SKU `amount-{id}`, with `seen-{id}` (the stock and sales that the
    /// page showed) and `answer-{id}` (when a count was made). Leaves out SKUs without a number. If there are too many,
    /// the field `rows` gets the error.
    pub fn read(form: &mut Form, t: Messages) -> Self {
        let counting = counting(form, t);
        let mut typed = BTreeMap::new();
        for (name, value) in form.fields().pairs() {
            let sku = name.strip_prefix("amount-").and_then(|id| id.parse().ok()).map(SkuId);
            if let (Some(sku), false) = (sku, value.trim().is_empty()) {
                typed.entry(sku).or_insert(value.trim());
            }
        }
        // If `how` is wrong, the form has an error and no row is applied.
        let rows =
            typed.into_iter().map(|(sku, typed)| BulkStockRow::read(form, counting.unwrap_or_default(), sku, typed, t));
        let rows: Vec<Option<BulkStockRow>> = rows.take(Self::MAX_ROWS + 1).collect();
        let left = rows.iter().filter(|row| row.is_none()).count();
        let rows: Vec<BulkStockRow> = rows.into_iter().flatten().collect();
        if rows.len() > Self::MAX_ROWS {
            form.fail("rows", t.stock_rows_many(Self::MAX_ROWS));
        }
        if rows.is_empty() && left == 0 {
            form.fail("rows", t.stock_rows_none());
        }
        Self { rows, why: ChangeReason::read(form, t), left }
    }

    /// Returns how many units all rows add to or take from stocks, added up without signs.
    pub fn units(&self) -> u64 {
        self.rows.iter().filter_map(|row| row.amount.ok()).map(ChangeAmount::units).sum()
    }
}

impl BulkStockRow {
    /// Returns the value of the hidden field `seen-{id}`: the stock and sales that the page shows, as `stock/sales`.
    pub fn expected_field(stock: i32, sales: i64) -> String {
        format!("{stock}/{sales}")
    }

    /// Reads the row of a SKU. Returns `None` if the user chose to leave the SKU's stock unchanged.
    fn read(form: &Form, counting: bool, sku: SkuId, typed: &str, t: Messages) -> Option<Self> {
        let (expected, answer) = (form.value(&format!("seen-{sku}")), form.value(&format!("answer-{sku}")));
        let amount = match answer {
            "leave" => return None,
            _ if counting => counted(typed, expected, answer).map(ChangeAmount::Counted).ok_or(t.stock_counted_wrong()),
            _ => typed.parse().map(ChangeAmount::By).map_err(|_| t.stock_delta_wrong()),
        };
        Some(Self { sku, typed: typed.to_owned(), expected: expected.to_owned(), amount })
    }
}

/// Reads `how`: true for `count`, false for `difference` or if the field is empty; otherwise `None`, with an error in
/// the form.
fn counting(form: &mut Form, t: Messages) -> Option<bool> {
    match form.value("how") {
        "count" => Some(true),
        "difference" | "" => Some(false),
        _ => {
            form.fail("how", t.stock_how_wrong());
            None
        }
    }
}

/// Parses a count. `expected` is the `stock/sales` that the page showed. If the stock has changed since, `answer` says
/// when the count was made: `after N/S` if the stock was already N and the sales S; `before N/S` if they were still as
/// the page showed them, so that the change is added to the count. Returns `None` if any of the three texts is invalid.
fn counted(typed: &str, expected: &str, answer: &str) -> Option<StockCount> {
    let counted = typed.parse().ok().filter(|counted| (0..=StockCount::MAX).contains(counted))?;
    let (expected, expected_sales) = stock_and_sales(expected)?;
    let count = StockCount { counted, expected, expected_sales };
    let Some((when, confirmed)) = answer.split_once(' ') else { return Some(count) };
    let (expected, expected_sales) = stock_and_sales(confirmed)?;
    let counted = match when {
        "before" => count.stale(expected, expected_sales).adjusted?,
        "after" => counted,
        _ => return None,
    };
    Some(StockCount { counted, expected, expected_sales })
}

/// Parses (stock, sales) from a text of the form `stock/sales`.
fn stock_and_sales(shown: &str) -> Option<(i32, i64)> {
    let (stock, sales) = shown.split_once('/')?;
    Some((stock.parse().ok()?, sales.parse().ok()?))
}

/// Returns the idempotency token of the form; `None` if it is missing or malformed.
pub fn form_token(form: &Form) -> Option<String> {
    let token = form.value("token");
    random::is_token(token).then(|| token.to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAmount {
    By(Delta),
    Counted(StockCount),
}

impl ChangeAmount {
    /// Returns the number of units added or taken, without a sign; for a count, its difference from the stock that was
    /// shown.
    pub fn units(self) -> u64 {
        match self {
            Self::By(delta) => delta.get().unsigned_abs().into(),
            Self::Counted(count) => count.counted.abs_diff(count.expected).into(),
        }
    }

    fn read(form: &mut Form, t: Messages) -> Option<Self> {
        if !counting(form, t)? {
            return form.parsed("delta", t.stock_delta_wrong(), t).map(Self::By);
        }
        // The answer about a stale count has precedence over what was typed.
        let typed = if form.value("carried").is_empty() { "delta" } else { "carried" };
        let counted = form.value(typed).parse().ok().filter(|counted| (0..=StockCount::MAX).contains(counted));
        let expected = form.value("seen").parse().ok();
        let expected_sales = form.value("seen_sales").parse().ok();
        match (counted, expected, expected_sales) {
            (Some(counted), Some(expected), Some(expected_sales)) => {
                Some(Self::Counted(StockCount { counted, expected, expected_sales }))
            }
            _ => {
                form.fail("delta", t.stock_counted_wrong());
                None
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct StockSearch {
    /// The words of the search. Each must match the code or a name of the SKU.
    pub words: Vec<String>,
    pub show: StockFilter,
    pub categories: Option<Vec<CategoryId>>,
    pub brand: Option<BrandId>,
    pub sort: StockSort,
    pub cursor: StockCursor,
}

impl StockSearch {
    /// Reads `q`, `show`, `sort`, `after` and `before`; ignores invalid values. Does not read categories and brand,
    /// which the caller sets.
    pub fn read(query: &Fields) -> Self {
        let sku = |name| query.get(name).parse().ok().map(SkuId);
        Self {
            words: text::search_words(query.get("q"), 100, 8),
            show: StockFilter::from_code(query.get("show")).unwrap_or_default(),
            categories: None,
            brand: None,
            sort: StockSort::from_code(query.get("sort")).unwrap_or_default(),
            cursor: sku("after")
                .map(StockCursor::After)
                .or_else(|| sku("before").map(StockCursor::Before))
                .unwrap_or(StockCursor::First),
        }
    }

    /// Returns whether the search has no condition, so that all SKUs match.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.show == StockFilter::All && self.categories.is_none() && self.brand.is_none()
    }
}
