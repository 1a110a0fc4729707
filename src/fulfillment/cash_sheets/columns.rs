use super::model::CashColumns;
use crate::{
    fulfillment::sheet_headings::{
        CashMeaning, MAX_HEADING_ROWS, Meaning, cash_meaning, column_of, heading_row, is_cash_heading, plain,
    },
    stock::FileRow,
};

/// Recognizes the heading row and the columns of a sheet with collected cash. Headings that staff have typed are looked
/// for first, then known ones. A column that was not found is `None`.
pub(super) fn recognize_cash(rows: &[FileRow], typed_number: &str, typed_amount: &str) -> CashColumns {
    let typed = [plain(typed_number), plain(typed_amount)];
    let has_typed = |row: &&FileRow| {
        let is_there = |wanted: &String| row.cells.iter().any(|cell| plain(&cell.text) == *wanted);
        typed.iter().any(|wanted| !wanted.is_empty())
            && typed.iter().all(|wanted| wanted.is_empty() || is_there(wanted))
    };
    let named = rows.iter().take(MAX_HEADING_ROWS).find(has_typed);
    let Some(heading) = named.or_else(|| heading_row(rows, is_cash_heading)) else { return CashColumns::default() };
    let column = |wanted: CashMeaning| column_of(rows, heading, |text| cash_meaning(text) == Some(wanted));
    let typed_column = |wanted: &str| column_of(rows, heading, |text| plain(text) == plain(wanted));
    let number =
        if typed_number.is_empty() { column(CashMeaning::Parcel(Meaning::Number)) } else { typed_column(typed_number) };
    let amount = if typed_amount.is_empty() {
        column(CashMeaning::Collected).or_else(|| column(CashMeaning::Amount))
    } else {
        typed_column(typed_amount)
    };
    let order = column(CashMeaning::Parcel(Meaning::Order));
    CashColumns { heading_line: heading.line, number, order, amount }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fulfillment::sheet_headings::tests::rows;

    #[test]
    fn the_columns_of_sheets_with_collected_cash_are_recognized() {
        for (heading, columns) in [
            (&["序号", "运单号", "代收货款金额", "手续费", "金额"][..], [Some(1), None, Some(2)]),
            (&["Waybill No.", "Order No.", "COD amount"], [Some(0), Some(1), Some(2)]),
            (&["订单编号", "金额(元)"], [None, Some(0), Some(1)]),
            (&["Tracking number", "Fee"], [Some(0), None, None]),
        ] {
            let CashColumns { number, order, amount, .. } = recognize_cash(&rows(&[heading]), "", "");
            assert_eq!([number, order, amount], columns, "{heading:?}");
        }
        let sheet = rows(&[&["May"], &["Box", "Money in (CNY)", "amount"]]);
        let CashColumns { heading_line, number, amount, .. } = recognize_cash(&sheet, "box", "money in");
        assert_eq!((heading_line, number, amount), (2, Some(0), Some(1)), "typed headings go first");
        assert_eq!(recognize_cash(&sheet, "box", "none").amount, None);
    }
}
