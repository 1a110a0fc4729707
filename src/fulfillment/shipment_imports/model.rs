use chrono::{DateTime, Utc};
use diesel::prelude::*;
use std::collections::BTreeMap;

use crate::{
    fulfillment::carrier_file::CarrierFileState,
    kernel::{CarrierId, OrderId, OrderLineId, OrderNumber, ShipmentImportId, UserId},
    orders::Status,
    schema::shipment_imports,
    stock::FileCell,
};

/// The heading row of a file, and which of its columns contains what. A column is an index from 0; `None` if the file
/// has no such column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset, Insertable)]
#[diesel(table_name = shipment_imports, treat_none_as_null = true)]
pub struct ShipmentColumns {
    /// The line number of the heading row, from 1; 0 if there is none.
    pub heading_line: i32,
    #[diesel(column_name = order_column)]
    pub order: Option<i32>,
    #[diesel(column_name = carrier_column)]
    pub carrier: Option<i32>,
    #[diesel(column_name = number_column)]
    pub number: Option<i32>,
    #[diesel(column_name = code_column)]
    pub code: Option<i32>,
    #[diesel(column_name = count_column)]
    pub count: Option<i32>,
}

/// A file with tracking numbers.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = shipment_imports)]
pub struct ShipmentImport {
    pub id: ShipmentImportId,
    pub file_name: String,
    pub uploaded_at: DateTime<Utc>,
    pub state: CarrierFileState,
    /// A number that each change of the chosen columns increases.
    pub revision: i32,
    #[diesel(embed)]
    pub columns: ShipmentColumns,
    /// The carrier of those lines that name none; `None` if each has to name one.
    pub carrier_id: Option<CarrierId>,
    pub confirmed_by: Option<UserId>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentLine {
    /// The line number in the file, from 1.
    pub line: i32,
    pub cells: Vec<FileCell>,
}

/// What each line of a file would do if it were confirmed now, and the parcels that it would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipmentPlan {
    pub lines: Vec<PlannedLine>,
    pub parcels: Vec<PlannedParcel>,
}

/// A line of a file and the parcel to which it belongs, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLine {
    pub line: i32,
    /// The text with which the line names the order. `carrier` and `number` are texts of the line, too.
    pub order: String,
    pub carrier: String,
    pub number: String,
    /// The number of the order that was found; `None` if none was.
    pub found: Option<OrderNumber>,
    /// The index of the line's parcel in the plan, or why it has none.
    pub parcel: Result<usize, ShipmentFault>,
}

/// A parcel that a file sends when it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedParcel {
    pub order: OrderId,
    pub order_number: OrderNumber,
    pub carrier: CarrierId,
    pub number: String,
    /// The number of units of each order line in the parcel; `None` for all units that are still to be sent.
    pub units: Option<BTreeMap<OrderLineId, i32>>,
    /// The number of the first line of the file that names this parcel.
    pub line: i32,
}

/// Why a line of a file sends no parcel, or why its parcel could not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShipmentFault {
    NoOrder,
    UnknownOrder,
    /// The line names only the last characters of an order number, and several orders that are to be sent have them.
    AmbiguousOrder,
    NoCarrier,
    UnknownCarrier,
    /// Staff cannot choose the carrier for new parcels any more.
    CarrierOff,
    NoNumber,
    /// The tracking number is too long or has control characters.
    WrongNumber,
    /// The tracking number was rounded by a spreadsheet, or turned into a date or a formula.
    LostNumber,
    /// A parcel of the order with this tracking number was sent before.
    Already,
    /// An order with this status cannot be sent.
    Status(Status),
    OnHold(String),
    CancellationAsked,
    /// This line and an earlier one both send all units of the order that are left, with different tracking numbers.
    /// Holds the number of the earlier line.
    SecondParcel(i32),
    /// An earlier line already sends all units of the order that are left. Holds the number of that line.
    NothingLeft(i32),
    /// The order has no line with the SKU that the file names.
    UnknownSku,
    /// The number of units in the file is not a whole number above zero.
    WrongCount,
    /// The line of the file has a number of units, but no SKU, and several order lines have units to be sent.
    WhichSku,
    /// The line sends more units than are left to be sent. Holds how many are left.
    TooMany(i32),
}

impl ShipmentFault {
    /// Returns the code of the problem in the database, and the text that is stored with it (empty if there is none).
    pub fn parts(&self) -> (&'static str, String) {
        match self {
            Self::NoOrder => ("no_order", String::new()),
            Self::UnknownOrder => ("unknown_order", String::new()),
            Self::AmbiguousOrder => ("ambiguous_order", String::new()),
            Self::NoCarrier => ("no_carrier", String::new()),
            Self::UnknownCarrier => ("unknown_carrier", String::new()),
            Self::CarrierOff => ("carrier_off", String::new()),
            Self::NoNumber => ("no_number", String::new()),
            Self::WrongNumber => ("wrong_number", String::new()),
            Self::LostNumber => ("lost_number", String::new()),
            Self::Already => ("already", String::new()),
            Self::Status(status) => ("status", status.code().to_owned()),
            Self::OnHold(reason) => ("on_hold", reason.clone()),
            Self::CancellationAsked => ("cancellation_asked", String::new()),
            Self::SecondParcel(line) => ("second_parcel", line.to_string()),
            Self::NothingLeft(line) => ("nothing_left", line.to_string()),
            Self::UnknownSku => ("unknown_sku", String::new()),
            Self::WrongCount => ("wrong_count", String::new()),
            Self::WhichSku => ("which_sku", String::new()),
            Self::TooMany(left) => ("too_many", left.to_string()),
        }
    }

    /// Returns the problem for a code and text that [`ShipmentFault::parts`] has returned; `None` if the code is
    /// unknown or the text is wrong.
    pub fn of_parts(code: &str, detail: &str) -> Option<Self> {
        let number = || detail.parse().ok();
        Some(match code {
            "no_order" => Self::NoOrder,
            "unknown_order" => Self::UnknownOrder,
            "ambiguous_order" => Self::AmbiguousOrder,
            "no_carrier" => Self::NoCarrier,
            "unknown_carrier" => Self::UnknownCarrier,
            "carrier_off" => Self::CarrierOff,
            "no_number" => Self::NoNumber,
            "wrong_number" => Self::WrongNumber,
            "lost_number" => Self::LostNumber,
            "already" => Self::Already,
            "status" => Self::Status(Status::from_code(detail)?),
            "on_hold" => Self::OnHold(detail.to_owned()),
            "cancellation_asked" => Self::CancellationAsked,
            "second_parcel" => Self::SecondParcel(number()?),
            "nothing_left" => Self::NothingLeft(number()?),
            "unknown_sku" => Self::UnknownSku,
            "wrong_count" => Self::WrongCount,
            "which_sku" => Self::WhichSku,
            "too_many" => Self::TooMany(number()?),
            _ => return None,
        })
    }
}

/// What became of a line of a confirmed file with tracking numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParcelResult {
    /// The parcel of the line is still to be sent.
    Waiting,
    Sent,
    Failed(ShipmentFault),
}

/// A line of a confirmed file: the texts with which it names order, carrier and tracking number, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentResult {
    pub line: i32,
    pub order: String,
    pub carrier: String,
    pub number: String,
    /// The number of the order that was found; `None` if the line has no parcel.
    pub found: Option<OrderNumber>,
    pub result: ParcelResult,
}

/// A parcel of a confirmed file that this transaction has locked to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedParcel {
    pub import: ShipmentImportId,
    pub position: i32,
    pub order: OrderId,
    pub carrier: CarrierId,
    pub number: String,
    pub units: Option<BTreeMap<OrderLineId, i32>>,
    /// The member of staff who confirmed the file.
    pub staff: UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_stored_and_found_again() {
        use ShipmentFault as Fault;
        let faults = [
            Fault::NoOrder,
            Fault::UnknownOrder,
            Fault::AmbiguousOrder,
            Fault::NoCarrier,
            Fault::UnknownCarrier,
            Fault::CarrierOff,
            Fault::NoNumber,
            Fault::WrongNumber,
            Fault::LostNumber,
            Fault::Already,
            Fault::Status(Status::Canceled),
            Fault::OnHold("odd".to_owned()),
            Fault::CancellationAsked,
            Fault::SecondParcel(3),
            Fault::NothingLeft(4),
            Fault::UnknownSku,
            Fault::WrongCount,
            Fault::WhichSku,
            Fault::TooMany(2),
        ];
        for fault in faults {
            let (code, detail) = fault.parts();
            assert_eq!(Fault::of_parts(code, &detail), Some(fault));
        }
        assert_eq!(Fault::of_parts("too_many", "x"), None);
        assert_eq!(Fault::of_parts("odd", ""), None);
    }
}
