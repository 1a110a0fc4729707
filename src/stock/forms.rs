//! What staff type about stock.

use super::{
    model::{Reason, Show, Sort, Step},
    rules::{Count, Delta},
};
use crate::{
    kernel::{BrandId, CategoryId, SkuId},
    web::{Fields, Form, Text},
};

/// A change of one SKU's stock, as typed.
#[derive(Clone, Debug)]
pub struct Change {
    /// By how much, or to how many.
    pub amount: Amount,
    /// Why; one of [`Reason::OF_STAFF`].
    pub reason: Reason,
    /// In their own words; may be empty.
    pub note: String,
}

impl Change {
    /// Reads `how`, `delta`, `reason` and `note`, and of a count what the page showed; what is wrong stands in the form.
    pub fn read(form: &mut Form, t: Text) -> Option<Self> {
        let amount = Amount::read(form, t);
        let reason = Reason::OF_STAFF.into_iter().find(|reason| reason.code() == form.value("reason"));
        if reason.is_none() {
            form.fail("reason", t.stock_reason_wrong());
        }
        let note = form.line("note", 0..=500, t);
        Some(Self { amount: amount?, reason: reason?, note: note? })
    }
}

/// What tells this form from another that says the same; none where it brought none of ours.
pub fn token(form: &Form) -> Option<String> {
    let token = form.value("token");
    let ours = token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then(|| token.to_owned())
}

/// What is to happen to the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many come or go.
    By(Delta),
    /// So many were counted.
    Counted(Count),
}

impl Amount {
    /// How many units come or go: of a count the difference to what its page showed, since no other is made.
    pub fn units(self) -> u64 {
        match self {
            Self::By(delta) => delta.get().unsigned_abs().into(),
            Self::Counted(count) => count.counted.abs_diff(count.seen).into(),
        }
    }

    fn read(form: &mut Form, t: Text) -> Option<Self> {
        if form.value("how") != "count" {
            return form.parsed("delta", t.stock_delta_wrong(), t).map(Self::By);
        }
        // The answer to a question of ours goes before what was typed.
        let typed = if form.value("carried").is_empty() { "delta" } else { "carried" };
        let counted = form.value(typed).parse().ok().filter(|counted| (0..=Count::MOST).contains(counted));
        let seen = form.value("seen").parse().ok();
        let seen_sales = form.value("seen_sales").parse().ok();
        match (counted, seen, seen_sales) {
            (Some(counted), Some(seen), Some(seen_sales)) => Some(Self::Counted(Count { counted, seen, seen_sales })),
            _ => {
                form.fail("delta", t.stock_counted_wrong());
                None
            }
        }
    }
}

/// What somebody looks for in the stock room, and in which order.
#[derive(Clone, Debug)]
pub struct Search {
    /// Each must be found in a SKU's code or in a name of it.
    pub words: Vec<String>,
    /// Which of what was found.
    pub show: Show,
    /// In one of these alone, if any are said.
    pub categories: Option<Vec<CategoryId>>,
    /// Of this alone, if it is said.
    pub brand: Option<BrandId>,
    /// In which order.
    pub sort: Sort,
    /// Which part of it.
    pub step: Step,
}

impl Search {
    /// Reads `q`, `show`, `sort` and `after` or `before`; what a category holds and who a brand is, others must say. A page
    /// to read answers whatever it can, so what is too long is cut.
    pub fn read(query: &Fields) -> Self {
        let typed: String = query.get("q").chars().take(100).collect();
        let sku = |name| query.get(name).parse().ok().map(SkuId);
        Self {
            words: typed.split_whitespace().take(8).map(str::to_owned).collect(),
            show: Show::from_code(query.get("show")),
            categories: None,
            brand: None,
            sort: Sort::from_code(query.get("sort")),
            step: sku("after").map(Step::After).or_else(|| sku("before").map(Step::Before)).unwrap_or(Step::First),
        }
    }

    /// Whether nothing is left out.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.show == Show::All && self.categories.is_none() && self.brand.is_none()
    }
}
