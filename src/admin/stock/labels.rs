//! Labels and messages of the admin pages of the stock.

use crate::{
    kernel::thousands,
    messages::Messages,
    stock::{self, MAX_STOCK, Reason, StaleCount, StockFilter, StockRefusal, StockSort, StockStatus},
};

/// Returns (code, name) of each reason that staff can choose. The first choice, [`stock::ChangeReason::BY_AMOUNT`], is
/// no reason: it lets the program choose the reason by the amount.
pub(super) fn reasons(t: &Messages) -> Vec<(&'static str, &'static str)> {
    let chosen = Reason::OF_STAFF.into_iter().map(|reason| (reason.code(), reason.label(*t)));
    [(stock::ChangeReason::BY_AMOUNT, t.stock_reason_usual())].into_iter().chain(chosen).collect()
}

/// Returns the name of the reason of a change; `None` stands for a sale.
pub(super) fn reason(t: Messages, reason: Option<Reason>) -> &'static str {
    reason.map_or(t.reason_sale(), |reason| reason.label(t))
}

/// Returns (CSS class, text) of the badge of a stock status. `None` if there is enough stock.
pub(super) fn badge(t: &Messages, level: &StockStatus) -> Option<(&'static str, &'static str)> {
    match level {
        StockStatus::Out => Some(("badge-danger", t.sold_out())),
        StockStatus::Low => Some(("badge-low", t.stock_low())),
        StockStatus::NotOnSale => Some(("", t.stock_not_on_sale())),
        StockStatus::Enough => None,
    }
}

pub(super) fn show_name(t: Messages, show: StockFilter) -> &'static str {
    match show {
        StockFilter::All => t.stock_show_all(),
        StockFilter::Low => t.stock_show_low(),
        StockFilter::Out => t.stock_show_out(),
        StockFilter::Inactive => t.stock_show_inactive(),
    }
}

pub(super) fn sort_name(t: Messages, sort: StockSort) -> &'static str {
    match sort {
        StockSort::Code => t.stock_sort_code(),
        StockSort::Name => t.stock_sort_name(),
        StockSort::Newest => t.stock_sort_newest(),
        StockSort::Stock => t.stock_sort_stock(),
        StockSort::Sold => t.stock_sort_sold(),
        StockSort::Days => t.stock_sort_days(),
    }
}

/// Returns the message about a refused change of stock.
pub(super) fn refused(t: Messages, why: StockRefusal) -> String {
    match why {
        StockRefusal::NotEnough(0) => t.stock_none_left().to_owned(),
        StockRefusal::NotEnough(left) => t.stock_not_enough(thousands(&left)),
        StockRefusal::TooMany(there) => t.stock_too_many(thousands(&there), thousands(&MAX_STOCK)),
        StockRefusal::JustChanged(now) => t.stock_just_changed(thousands(&now)),
    }
}

/// Returns the text that asks a member of staff whether a count was made before or after the stock changed.
pub(super) fn stale_count(t: Messages, by: StaleCount) -> String {
    let [seen, now, counted] = [by.expected, by.now, by.counted].map(|n| thousands(&n));
    match by.sold {
        Some(sold) => t.stock_sold_meanwhile(thousands(&sold), seen, now, counted),
        None if by.expected == by.now => t.stock_moved_meanwhile(now, counted),
        None => t.stock_changed_meanwhile(seen, now, counted),
    }
}

/// Returns the column headings of the CSV export of the stock list.
pub(super) fn export_head(t: Messages) -> [&'static str; 12] {
    [
        t.stock_code(),
        t.stock_name(),
        t.stock_options(),
        t.stock_price(),
        t.stock(),
        t.stock_low_at(),
        t.stock_sold_7(),
        t.stock_sold_30(),
        t.stock_days_left(),
        t.stock_sales(),
        t.shelf_place(),
        t.sku_cost(),
    ]
}

/// Formats a change of stock as a sum with the SKU code: "AUR-BLU: 12 + 5 = 17".
pub(super) fn sum(code: &str, before: i32, after: i32) -> String {
    format!("{code}: {}", bare_sum(before, after))
}

/// The maximum number of changes that a message lists.
const MAX_LISTED_CHANGES: usize = 5;

/// Lists changes of stock, given as (code, stock before, stock after): "TEA-1: 36 → 71, TEA-2: 15 → 29, and 3 more".
pub(super) fn arrows(t: Messages, moves: &[(&str, i32, i32)]) -> String {
    let listed = moves.iter().take(MAX_LISTED_CHANGES);
    let mut listed: Vec<String> =
        listed.map(|(code, before, after)| format!("{code}: {} → {}", thousands(before), thousands(after))).collect();
    if moves.len() > MAX_LISTED_CHANGES {
        listed.push(t.stock_change_list_more(moves.len() - MAX_LISTED_CHANGES));
    }
    listed.join(t.audit_log_comma())
}

/// Formats a change of stock as a sum: "12 + 5 = 17".
pub(super) fn bare_sum(before: i32, after: i32) -> String {
    let delta = i64::from(after) - i64::from(before);
    let sign = if delta < 0 { '\u{2212}' } else { '+' };
    let by = i64::try_from(delta.unsigned_abs()).unwrap_or(i64::MAX);
    format!("{} {sign} {} = {}", thousands(&before), thousands(&by), thousands(&after))
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_change_is_said_as_a_sum() {
        assert_eq!(sum("AUR-BLU", 12, 17), "AUR-BLU: 12 + 5 = 17");
        assert_eq!(sum("AUR-BLU", 1_200, 0), "AUR-BLU: 1,200 − 1,200 = 0");
    }
}
