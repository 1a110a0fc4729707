//! Computes what each line of a sheet with collected cash records, or why it records nothing.

use std::collections::{BTreeMap, HashMap};

use super::{
    columns::recognize_cash,
    model::{CashFault, CashPlan, CashSheetLine, PlannedCash, PlannedOrder},
};
use crate::{
    fulfillment::tracking_number,
    kernel::{Money, OrderId, OrderNumber, PayMethod, text},
    orders::Status,
    stock::{FileCell, FileCellKind, FileRow},
};

pub const MAX_CASH_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// The maximum number of lines of a sheet below the heading row.
pub const MAX_CASH_LINES: usize = 5_000;

/// Why the lines of a sheet cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadCashSheet {
    /// No column of the sheet has tracking numbers or order numbers.
    NoNumbers,
    /// No column of the sheet has amounts.
    NoAmounts,
}

/// Reads the lines below the heading row. If staff have typed the headings of the columns with tracking numbers and
/// amounts, these are looked for first; empty texts mean that they have not.
pub fn cash_lines_of_rows(
    rows: &[FileRow],
    typed_number: &str,
    typed_amount: &str,
) -> Result<Vec<CashSheetLine>, UnreadCashSheet> {
    let columns = recognize_cash(rows, typed_number, typed_amount);
    if columns.number.or(columns.order).is_none() || (columns.number.is_none() && !typed_number.is_empty()) {
        return Err(UnreadCashSheet::NoNumbers);
    }
    if columns.amount.is_none() {
        return Err(UnreadCashSheet::NoAmounts);
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| row.line > columns.heading_line) {
        let cell = |column: Option<usize>| column.and_then(|at| row.cells.get(at)).cloned().unwrap_or_default();
        let FileCell { text: number, kind } = cell(columns.number);
        lines.push(CashSheetLine {
            line: row.line,
            is_number_lost: !number.is_empty() && kind != FileCellKind::Plain,
            number,
            order_number: cell(columns.order).text,
            amount: cell(columns.amount).text,
        });
    }
    Ok(lines)
}

impl CashSheetLine {
    /// Returns the tracking number in the form in which parcels store it; `None` if the line has none, or if a
    /// spreadsheet has changed it.
    pub(super) fn tracking_number(&self) -> Option<String> {
        if self.is_number_lost { None } else { tracking_number(&text::fold(&self.number)) }
    }

    /// Returns the order number of the line; `None` if its cell has none.
    pub(super) fn order(&self) -> Option<OrderNumber> {
        let folded = text::fold(&self.order_number).to_uppercase();
        let plain: String = folded.trim_start_matches(['#', '\'']).chars().filter(|c| !c.is_whitespace()).collect();
        plain.parse().ok()
    }
}

/// An order that a sheet names, as stored in the shop.
#[derive(Clone, Debug)]
pub(super) struct KnownOrder {
    pub(super) id: OrderId,
    pub(super) number: OrderNumber,
    pub(super) status: Status,
    pub(super) pay_method: PayMethod,
    /// The amount to be collected for the order.
    pub(super) due: Money,
    /// True if the order is paid.
    pub(super) is_paid: bool,
}

/// The parcels and orders that a sheet names, as stored in the shop.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownOrders {
    pub(super) orders: HashMap<OrderId, KnownOrder>,
    pub(super) by_number: HashMap<OrderNumber, OrderId>,
    /// The orders with a sent parcel, by its tracking number; without parcels recorded by mistake.
    pub(super) by_parcel: HashMap<String, Vec<OrderId>>,
}

impl KnownOrder {
    /// Returns why no courier can have collected money for this order; `None` if one can.
    fn fault(&self) -> Option<CashFault> {
        let has_left = matches!(self.status, Status::Unreceived | Status::Unreviewed | Status::Finished);
        if self.pay_method != PayMethod::Cod || self.due.is_zero() {
            Some(CashFault::NothingDue)
        } else if self.is_paid {
            Some(CashFault::Already)
        } else if has_left {
            None
        } else {
            Some(CashFault::Status(self.status))
        }
    }
}

impl KnownOrders {
    fn is_collectable(&self, order: OrderId) -> bool {
        self.orders.get(&order).is_some_and(|order| order.fault().is_none())
    }
}

/// Computes what each line records. The lines of one order are added up, because it may have several parcels. If their
/// sum differs from the amount to be collected, each of them has the problem [`CashFault::Differs`].
pub(super) fn plan(lines: Vec<CashSheetLine>, known: &KnownOrders) -> CashPlan {
    let mut sums: BTreeMap<OrderId, Option<Money>> = BTreeMap::new();
    let mut planned = Vec::with_capacity(lines.len());
    for line in lines {
        let found = order_of(&line, known).and_then(|id| known.orders.get(&id).ok_or(CashFault::Unknown));
        let order = found.and_then(|order| {
            let amount = collected(&line, order)?;
            let sum = sums.entry(order.id).or_insert(Some(Money::ZERO));
            *sum = sum.and_then(|sum| Money::new(sum.amount() + amount.amount()));
            Ok(order.id)
        });
        planned.push(PlannedCash { found: found.ok().map(|order| (order.id, order.number.clone())), order, line });
    }
    let mut orders = Vec::with_capacity(sums.len());
    for (order, sum) in sums {
        let due = known.orders.get(&order).map(|order| order.due).unwrap_or_default();
        if let Some(amount) = sum {
            orders.push(PlannedOrder { order, amount, is_exact: amount == due });
        }
        if sum != Some(due) {
            for line in planned.iter_mut().filter(|line| line.order == Ok(order)) {
                line.order = Err(CashFault::Differs(due));
            }
        }
    }
    CashPlan { lines: planned, orders }
}

/// Returns the order of a line: that of the parcel with the line's tracking number; if there is no such parcel, or
/// several orders have one, the order with the line's order number.
fn order_of(line: &CashSheetLine, known: &KnownOrders) -> Result<OrderId, CashFault> {
    let named = line.order();
    if let Some(orders) = line.tracking_number().and_then(|number| known.by_parcel.get(&number)) {
        // Carriers use a number again after some time, so orders that were collected before do not count.
        let due: Vec<OrderId> = orders.iter().copied().filter(|order| known.is_collectable(*order)).collect();
        match (due.as_slice(), orders.as_slice()) {
            ([order], _) | ([], [.., order]) => return Ok(*order),
            _ if named.is_none() => return Err(CashFault::SeveralOrders),
            _ => {}
        }
    }
    if let Some(number) = &named {
        return known.by_number.get(number).copied().ok_or(CashFault::Unknown);
    }
    Err(match (line.is_number_lost, line.number.is_empty() && line.order_number.is_empty()) {
        (true, _) => CashFault::LostNumber,
        (false, true) => CashFault::NoReference,
        (false, false) => CashFault::Unknown,
    })
}

/// Returns the amount of a line, or why it cannot be recorded for this order.
fn collected(line: &CashSheetLine, order: &KnownOrder) -> Result<Money, CashFault> {
    let amount = Money::typed(&line.amount).map_err(|_| CashFault::WrongAmount)?;
    if amount.is_zero() {
        return Err(CashFault::NothingCollected);
    }
    match order.fault() {
        Some(fault) => Err(fault),
        None => Ok(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::UserId;

    fn number(at: u8) -> OrderNumber {
        OrderNumber::new("20261130120000", UserId(7), [at; 6])
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    /// Returns test orders: 1 (two parcels, 100 to be collected), 2 (50), 3 (paid), 4 (unsent), 5 (online); the parcel
    /// SHARED has units of the orders 1 and 2.
    fn known() -> KnownOrders {
        let mut known = KnownOrders::default();
        for (id, due, status, is_paid) in [
            (1, "100", Status::Unreceived, false),
            (2, "50", Status::Finished, false),
            (3, "50", Status::Unreviewed, true),
            (4, "50", Status::Unsent, false),
            (5, "50", Status::Unreceived, false),
        ] {
            let pay_method = if id == 5 { PayMethod::Alipay } else { PayMethod::Cod };
            let (order, number) = (OrderId(id.into()), number(id));
            known.by_number.insert(number.clone(), order);
            known.orders.insert(order, KnownOrder { id: order, number, status, pay_method, due: money(due), is_paid });
            known.by_parcel.insert(format!("SF{id}"), vec![order]);
        }
        known.by_parcel.insert("SF1B".to_owned(), vec![OrderId(1)]);
        known.by_parcel.insert("SHARED".to_owned(), vec![OrderId(1), OrderId(2)]);
        known
    }

    fn line(number: &str, order_number: &str, amount: &str) -> CashSheetLine {
        let [number, order_number, amount] = [number, order_number, amount].map(str::to_owned);
        CashSheetLine { line: 2, number, order_number, amount, is_number_lost: false }
    }

    fn planned(lines: &[[&str; 3]]) -> Vec<Result<OrderId, CashFault>> {
        let lines = lines.iter().map(|[number, order, amount]| line(number, order, amount)).collect();
        plan(lines, &known()).lines.into_iter().map(|line| line.order).collect()
    }

    #[test]
    fn lines_of_one_order_are_added_up() {
        let lines = vec![line("sf 1", "", "¥60.00"), line("SF2", "", "50"), line("SF1B", "", "40")];
        let plan = plan(lines, &known());
        let orders: Vec<_> = plan.lines.iter().map(|line| line.order).collect();
        assert_eq!(orders, [Ok(OrderId(1)), Ok(OrderId(2)), Ok(OrderId(1))]);
        let sums: Vec<_> = plan.orders.iter().map(|it| (it.order.0, it.amount, it.is_exact)).collect();
        assert_eq!(sums, [(1, money("100"), true), (2, money("50"), true)]);
    }

    #[test]
    fn a_sum_that_is_not_due_is_told_at_each_line_of_the_order() {
        let differs = Err(CashFault::Differs(money("100")));
        assert_eq!(planned(&[["SF1", "", "60"], ["SF1B", "", "60"]]), [differs, differs]);
        assert_eq!(planned(&[["SF1", "", "100"], ["SF1", "", "100"]]), [differs, differs], "a line twice");
    }

    #[test]
    fn an_order_number_counts_where_the_parcel_is_unknown_or_shared() {
        let one = number(1).to_string();
        assert_eq!(planned(&[["SHARED", &one, "100"]]), [Ok(OrderId(1))]);
        assert_eq!(planned(&[["other", &format!("'{}", one.to_lowercase()), "100"]]), [Ok(OrderId(1))]);
        assert_eq!(planned(&[["SHARED", "", "100"]]), [Err(CashFault::SeveralOrders)]);
        let mut known = known();
        known.by_parcel.insert("USEDAGAIN".to_owned(), vec![OrderId(3), OrderId(2)]);
        let plan = plan(vec![line("used again", "", "50")], &known);
        assert_eq!(plan.lines[0].order, Ok(OrderId(2)), "order 3 is paid");
    }

    #[test]
    fn what_cannot_be_recorded_is_told() {
        for (cells, fault) in [
            (["", "", "100"], CashFault::NoReference),
            (["SF9", "", "100"], CashFault::Unknown),
            (["", "20261130", "100"], CashFault::Unknown),
            (["SF1", "", "a lot"], CashFault::WrongAmount),
            (["SF1", "", "-100"], CashFault::WrongAmount),
            (["SF1", "", ""], CashFault::WrongAmount),
            (["SF1", "", "0.00"], CashFault::NothingCollected),
            (["SF3", "", "50"], CashFault::Already),
            (["SF4", "", "50"], CashFault::Status(Status::Unsent)),
            (["SF5", "", "50"], CashFault::NothingDue),
        ] {
            assert_eq!(planned(&[cells]), [Err(fault)], "{cells:?}");
        }
        let lost = CashSheetLine { is_number_lost: true, ..line("SF1", "", "100") };
        assert_eq!(plan(vec![lost], &known()).lines[0].order, Err(CashFault::LostNumber));
    }

    #[test]
    fn the_lines_of_a_sheet_are_read_below_its_heading() {
        let row = |line: i32, cells: [&str; 3]| FileRow {
            line,
            cells: cells.iter().map(|text| FileCell { text: (*text).to_owned(), ..FileCell::default() }).collect(),
        };
        let rows = [row(1, ["Report", "", ""]), row(3, ["运单号", "代收货款", "费用"]), row(4, ["SF1", "100", "2"])];
        let lines = cash_lines_of_rows(&rows, "", "").unwrap();
        assert_eq!(lines, [CashSheetLine { line: 4, ..line("SF1", "", "100") }]);
        assert_eq!(cash_lines_of_rows(&rows, "", "cash"), Err(UnreadCashSheet::NoAmounts));
        assert_eq!(cash_lines_of_rows(&rows[2..], "", ""), Err(UnreadCashSheet::NoNumbers));
    }
}
