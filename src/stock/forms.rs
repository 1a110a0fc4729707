//! What staff type about stock.

use std::collections::BTreeMap;

use super::{
    model::{Reason, StockCursor, StockFilter, StockSort},
    rules::{Delta, StockCount},
};
use crate::{
    kernel::{BrandId, CategoryId, SkuId, text},
    messages::Messages,
    platform::secrets,
    web::{Fields, Form},
};

/// A change of one SKU's stock, as typed.
#[derive(Clone, Debug)]
pub struct StockChange {
    /// By how much, or to how many.
    pub amount: ChangeAmount,
    /// Why; one of [`Reason::OF_STAFF`].
    pub reason: Reason,
    /// In their own words; may be empty.
    pub note: String,
}

impl StockChange {
    /// Reads `how`, `delta`, `reason` and `note`, and of a count what the page showed; what is wrong stands in the form.
    pub fn read(form: &mut Form, t: Messages) -> Option<Self> {
        let amount = ChangeAmount::read(form, t);
        let why = ChangeReason::read(form, t)?;
        amount.map(|amount| why.of(amount))
    }
}

/// Why stock changes, as typed.
#[derive(Clone, Debug)]
pub struct ChangeReason {
    /// None where that is left to the numbers.
    reason: Option<Reason>,
    note: String,
}

impl ChangeReason {
    /// What a form says as its reason that leaves it to the numbers.
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

    /// The change for this reason: if none was chosen, who counts has counted, what comes was delivered, and what goes is put
    /// right.
    pub fn of(&self, amount: ChangeAmount) -> StockChange {
        let usual = match amount {
            ChangeAmount::Counted(_) => Reason::Count,
            ChangeAmount::By(delta) if delta.get() > 0 => Reason::Delivery,
            ChangeAmount::By(_) => Reason::Correction,
        };
        StockChange { amount, reason: self.reason.unwrap_or(usual), note: self.note.clone() }
    }
}

/// Changes of many SKUs' stock, as typed: a number for each, and why for all of them.
#[derive(Clone, Debug)]
pub struct BulkStockChange {
    /// In SKU id order, each SKU once.
    pub rows: Vec<BulkStockRow>,
    /// Why, and more in their own words; none where something is wrong with that.
    pub why: Option<ChangeReason>,
    /// How many are to be left as they are, by the answer to a question of ours.
    pub left: usize,
}

/// The number typed for one SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkStockRow {
    /// The SKU.
    pub sku: SkuId,
    /// As it was typed.
    pub typed: String,
    /// What the page showed when it was, as [`BulkStockRow::expected_field`] writes it.
    pub expected: String,
    /// What it means, or what is wrong with it.
    pub amount: Result<ChangeAmount, &'static str>,
}

impl BulkStockChange {
    /// The most SKUs that are changed at once.
    pub const MAX_ROWS: usize = 100;

    /// Reads `how`, `reason` and `note`, and for each SKU `amount-{id}` with `seen-{id}` and `answer-{id}`; a SKU without a
    /// number is left out. What is wrong with all of it stands in the form, as `rows` where it is the number of SKUs.
    pub fn read(form: &mut Form, t: Messages) -> Self {
        let counting = counting(form, t);
        let mut typed = BTreeMap::new();
        for (name, value) in form.fields().pairs() {
            let sku = name.strip_prefix("amount-").and_then(|id| id.parse().ok()).map(SkuId);
            if let (Some(sku), false) = (sku, value.trim().is_empty()) {
                typed.entry(sku).or_insert(value.trim());
            }
        }
        // Where nobody knows what the numbers mean, none of them is done: the form has failed.
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

    /// How many units come or go in all.
    pub fn units(&self) -> u64 {
        self.rows.iter().filter_map(|row| row.amount.ok()).map(ChangeAmount::units).sum()
    }
}

impl BulkStockRow {
    /// How a form carries what its page showed of a SKU: its stock and how many had been sold.
    pub fn expected_field(stock: i32, sales: i64) -> String {
        format!("{stock}/{sales}")
    }

    /// None where somebody has decided to leave the SKU as it is.
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

/// Whether the numbers are what was counted, by `how`: `count`, or `difference` as in a form that does not say. Anything else
/// is wrong, which then stands in the form.
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

/// A count, made after what the page showed, unless it is the answer to our question: then after what that said, or before it
/// and so carried on by what has happened.
fn counted(typed: &str, expected: &str, answer: &str) -> Option<StockCount> {
    let shown = |expected: &str| {
        let (stock, sales) = expected.split_once('/')?;
        Some((stock.parse().ok()?, sales.parse().ok()?))
    };
    let counted = typed.parse().ok().filter(|counted| (0..=StockCount::MAX).contains(counted))?;
    let (expected, expected_sales) = shown(expected)?;
    let count = StockCount { counted, expected, expected_sales };
    let Some((when, told)) = answer.split_once(' ') else { return Some(count) };
    let (expected, expected_sales) = shown(told)?;
    let counted = match when {
        "before" => count.stale(expected, expected_sales).adjusted?,
        "after" => counted,
        _ => return None,
    };
    Some(StockCount { counted, expected, expected_sales })
}

/// What tells this form from another that says the same; none where it brought none of ours.
pub fn form_token(form: &Form) -> Option<String> {
    let token = form.value("token");
    secrets::is_token(token).then(|| token.to_owned())
}

/// What is to happen to the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAmount {
    /// So many come or go.
    By(Delta),
    /// So many were counted.
    Counted(StockCount),
}

impl ChangeAmount {
    /// How many units come or go: of a count the difference to what its page showed, since no other is made.
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
        // The answer to a question of ours goes before what was typed.
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

/// What somebody looks for in the stock room, and in which order.
#[derive(Clone, Debug)]
pub struct StockSearch {
    /// Each must be found in a SKU's code or in a name of it.
    pub words: Vec<String>,
    /// Which of what was found.
    pub show: StockFilter,
    /// In one of these alone, if any are said.
    pub categories: Option<Vec<CategoryId>>,
    /// Of this alone, if it is said.
    pub brand: Option<BrandId>,
    /// In which order.
    pub sort: StockSort,
    /// Which part of it.
    pub cursor: StockCursor,
}

impl StockSearch {
    /// Reads `q`, `show`, `sort` and `after` or `before`; what a category holds and who a brand is, others must say. A page
    /// to read answers whatever it can, so what is too long is cut.
    pub fn read(query: &Fields) -> Self {
        let sku = |name| query.get(name).parse().ok().map(SkuId);
        Self {
            words: text::search_words(query.get("q"), 100, 8),
            show: StockFilter::from_code(query.get("show")),
            categories: None,
            brand: None,
            sort: StockSort::from_code(query.get("sort")),
            cursor: sku("after")
                .map(StockCursor::After)
                .or_else(|| sku("before").map(StockCursor::Before))
                .unwrap_or(StockCursor::First),
        }
    }

    /// Whether nothing is left out.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.show == StockFilter::All && self.categories.is_none() && self.brand.is_none()
    }
}
