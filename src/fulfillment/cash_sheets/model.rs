use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    fulfillment::carrier_file::CarrierFileState,
    kernel::{CashSheetId, Money, OrderId, OrderNumber, UserId, codes},
    orders::Status,
    platform::db::sql_enum,
    schema::{cash_sheet_lines, cash_sheets},
};

/// The heading row of a sheet, and its columns with tracking numbers, order numbers and amounts. A column is an index
/// from 0; `None` if the sheet has no such column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CashColumns {
    /// The line number of the heading row, from 1; 0 if there is none.
    pub heading_line: i32,
    /// The column with tracking numbers.
    pub number: Option<usize>,
    /// The column with order numbers.
    pub order: Option<usize>,
    /// The column with collected amounts.
    pub amount: Option<usize>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = cash_sheets)]
pub struct CashSheet {
    pub id: CashSheetId,
    pub file_name: String,
    pub uploaded_at: DateTime<Utc>,
    pub state: CarrierFileState,
}

/// A line of a sheet below its heading row, with the texts of its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = cash_sheet_lines)]
pub struct CashSheetLine {
    /// The line number in the file, from 1.
    pub line: i32,
    /// The text in the sheet's column of tracking numbers.
    pub number: String,
    pub order_number: String,
    pub amount: String,
    /// True if a spreadsheet has changed the tracking number, for example rounded it.
    pub is_number_lost: bool,
}

/// What the lines of a sheet would record if it were confirmed now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CashPlan {
    pub lines: Vec<PlannedCash>,
    /// The orders for which the sheet has an amount, by ascending id. An order whose sum differs from the amount to be
    /// collected is one of them; its lines have the problem [`CashFault::Differs`].
    pub orders: Vec<PlannedOrder>,
}

/// What will be recorded for one order when staff confirm a cash sheet (a carrier's file of collected cash). The
/// preview of the sheet shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedOrder {
    pub order: OrderId,
    /// The sum of the order's lines in the sheet.
    pub amount: Money,
    /// True if this sum is the amount to be collected.
    pub is_exact: bool,
}

/// A line of a sheet and the order for which it records an amount, or why it records nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCash {
    pub line: CashSheetLine,
    /// The order that was found, even if the line has a problem; `None` if none was found.
    pub found: Option<(OrderId, OrderNumber)>,
    pub order: Result<OrderId, CashFault>,
}

/// Why a line of a sheet records nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashFault {
    /// The line has neither a tracking number nor an order number.
    NoReference,
    /// The tracking number was rounded by a spreadsheet, or turned into a date or a formula.
    LostNumber,
    /// The text in the column of amounts is not an amount.
    WrongAmount,
    /// The amount is zero.
    NothingCollected,
    /// The shop has no parcel and no order with this number.
    Unknown,
    /// Several orders have a parcel with this tracking number.
    SeveralOrders,
    /// The order is not paid on delivery, or nothing is to be collected for it.
    NothingDue,
    /// An order with this status cannot have been paid to a courier.
    Status(Status),
    /// The order is already paid.
    Already,
    /// The sum of the order's lines differs from the amount to be collected, which this holds.
    Differs(Money),
}

impl CashFault {
    /// Returns the code of the problem in the database, and the text that is stored with it (empty if there is none).
    pub fn parts(self) -> (&'static str, String) {
        match self {
            Self::NoReference => ("no_reference", String::new()),
            Self::LostNumber => ("lost_number", String::new()),
            Self::WrongAmount => ("wrong_amount", String::new()),
            Self::NothingCollected => ("nothing_collected", String::new()),
            Self::Unknown => ("unknown", String::new()),
            Self::SeveralOrders => ("several_orders", String::new()),
            Self::NothingDue => ("nothing_due", String::new()),
            Self::Status(status) => ("status", status.code().to_owned()),
            Self::Already => ("already", String::new()),
            Self::Differs(due) => ("differs", due.plain()),
        }
    }

    /// Returns the problem for a code and text that [`CashFault::parts`] has returned; `None` if the code is unknown or
    /// the text is wrong.
    pub fn of_parts(code: &str, detail: &str) -> Option<Self> {
        Some(match code {
            "no_reference" => Self::NoReference,
            "lost_number" => Self::LostNumber,
            "wrong_amount" => Self::WrongAmount,
            "nothing_collected" => Self::NothingCollected,
            "unknown" => Self::Unknown,
            "several_orders" => Self::SeveralOrders,
            "nothing_due" => Self::NothingDue,
            "status" => Self::Status(Status::from_code(detail)?),
            "already" => Self::Already,
            "differs" => Self::Differs(detail.parse().ok()?),
            _ => return None,
        })
    }
}

codes! {
    /// What became of the amount of an order after the sheet was confirmed.
    pub enum RecordedCash {
        /// The amount was recorded, and the order is paid.
        Recorded = "recorded",
        /// The amount differs from the one to be collected. It was recorded, and staff must look at it.
        Strange = "strange",
        /// The same amount was recorded before.
        Already = "already",
        /// No amount is to be collected for the order any more; that has changed since the sheet was confirmed.
        NotDue = "not_due",
    }
}

sql_enum!(RecordedCash);

/// What became of a line of a confirmed sheet with collected cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashResult {
    pub line: CashSheetLine,
    /// The number of the line's order; `None` if the line has a problem.
    pub found: Option<OrderNumber>,
    /// What became of the line's order: `Ok(None)` if its amount is still to be recorded, `Err` if the line records
    /// nothing.
    pub result: Result<Option<RecordedCash>, CashFault>,
}

/// The collected amount of one order of a confirmed sheet. This transaction has locked the row, so that no other one
/// records the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedCash {
    pub sheet: CashSheetId,
    pub order: OrderId,
    pub amount: Money,
    /// The member of staff who confirmed the sheet.
    pub staff: UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_stored_and_found_again() {
        for fault in [
            CashFault::NoReference,
            CashFault::LostNumber,
            CashFault::WrongAmount,
            CashFault::NothingCollected,
            CashFault::Unknown,
            CashFault::SeveralOrders,
            CashFault::NothingDue,
            CashFault::Status(Status::Canceled),
            CashFault::Already,
            CashFault::Differs("12.50".parse().unwrap()),
        ] {
            let (code, detail) = fault.parts();
            assert_eq!(CashFault::of_parts(code, &detail), Some(fault));
        }
        assert_eq!(CashFault::of_parts("differs", "x"), None);
        assert_eq!(CashFault::of_parts("odd", ""), None);
    }
}
