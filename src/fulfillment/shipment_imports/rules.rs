//! Computes what each line of a file with tracking numbers sends, or why it sends nothing.

use std::collections::{BTreeMap, HashMap};

use super::{
    carrier_names::carrier_named,
    model::{PlannedLine, PlannedParcel, ShipmentColumns, ShipmentFault, ShipmentLine, ShipmentPlan},
};
use crate::{
    fulfillment::{Carrier, tracking_number},
    kernel::{CarrierId, OrderId, OrderLineId, OrderNumber, text},
    orders::Status,
    stock::{FileCell, FileCellKind},
};

pub const MAX_SHIPMENT_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// The maximum number of lines of a file below the heading row.
pub const MAX_SHIPMENT_LINES: usize = 5_000;

/// An order that a file names, as stored in the shop.
#[derive(Clone, Debug)]
pub(super) struct KnownOrder {
    pub(super) id: OrderId,
    pub(super) number: OrderNumber,
    pub(super) status: Status,
    /// The reason why the order is on hold; `None` if it is not.
    pub(super) hold: Option<String>,
    pub(super) cancellation_asked: bool,
    pub(super) lines: Vec<KnownLine>,
}

#[derive(Clone, Debug)]
pub(super) struct KnownLine {
    pub(super) id: OrderLineId,
    pub(super) code: String,
    /// The number of units that are still to be sent.
    pub(super) left: i32,
}

/// The orders, tracking numbers and carriers that a file may name, as stored in the shop.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownOrders {
    pub(super) orders: Vec<KnownOrder>,
    /// The orders with a sent parcel, by its tracking number; without parcels recorded by mistake.
    pub(super) sent: HashMap<String, Vec<OrderNumber>>,
    pub(super) carriers: Vec<Carrier>,
}

/// How a line of a file names an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OrderReference {
    Whole(OrderNumber),
    /// The last six characters of the order number.
    Suffix(String),
}

impl OrderReference {
    pub(super) fn of(typed: &str) -> Option<Self> {
        let folded = text::fold(typed).to_uppercase();
        let plain: String = folded.trim_start_matches(['#', '\'']).chars().filter(|c| !c.is_whitespace()).collect();
        if let Ok(number) = plain.parse() {
            return Some(Self::Whole(number));
        }
        let is_suffix =
            plain.len() == OrderNumber::SUFFIX_LEN && plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_suffix.then_some(Self::Suffix(plain))
    }

    fn names(&self, number: &OrderNumber) -> bool {
        match self {
            Self::Whole(whole) => whole == number,
            Self::Suffix(suffix) => number.suffix() == suffix,
        }
    }
}

/// The cells of a line that the shop reads, one for each meaning that a column can have.
pub(super) struct LineCells<'a> {
    pub(super) order: &'a FileCell,
    carrier: &'a FileCell,
    pub(super) number: &'a FileCell,
    code: &'a FileCell,
    count: &'a FileCell,
}

impl<'a> LineCells<'a> {
    pub(super) fn of(line: &'a ShipmentLine, columns: &ShipmentColumns) -> Self {
        static EMPTY: FileCell = FileCell { text: String::new(), kind: FileCellKind::Plain };
        let cell = |column: Option<i32>| {
            let at = column.and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| line.cells.get(at)).unwrap_or(&EMPTY)
        };
        Self {
            order: cell(columns.order),
            carrier: cell(columns.carrier),
            number: cell(columns.number),
            code: cell(columns.code),
            count: cell(columns.count),
        }
    }

    /// Returns the text with which the line names the carrier.
    pub(super) fn carrier(&self) -> &'a str {
        &self.carrier.text
    }

    /// Returns the tracking number in the form in which it is stored, or why it cannot be used.
    pub(super) fn tracking_number(&self) -> Result<String, ShipmentFault> {
        if self.number.text.is_empty() {
            return Err(ShipmentFault::NoNumber);
        }
        if self.number.kind != FileCellKind::Plain {
            return Err(ShipmentFault::LostNumber);
        }
        tracking_number(&text::fold(&self.number.text)).ok_or(ShipmentFault::WrongNumber)
    }
}

/// Computes what each line would send. Lines of one order with the same carrier and tracking number are one parcel. A
/// line without SKU and number of units sends all units of its order that are left.
pub(super) fn plan(
    lines: &[ShipmentLine],
    columns: &ShipmentColumns,
    carrier: Option<CarrierId>,
    known: &KnownOrders,
) -> ShipmentPlan {
    let mut planning = Planning { carrier, known, parcels: Vec::new(), progress: HashMap::new() };
    let mut planned = Vec::with_capacity(lines.len());
    for line in lines {
        let cells = LineCells::of(line, columns);
        let mut found = None;
        let parcel = planning.parcel_of(line.line, &cells, &mut found);
        planned.push(PlannedLine {
            line: line.line,
            order: cells.order.text.clone(),
            carrier: cells.carrier.text.clone(),
            number: cells.number.text.clone(),
            found,
            parcel,
        });
    }
    ShipmentPlan { lines: planned, parcels: planning.parcels }
}

struct Planning<'a> {
    carrier: Option<CarrierId>,
    known: &'a KnownOrders,
    parcels: Vec<PlannedParcel>,
    progress: HashMap<OrderId, OrderProgress>,
}

/// What earlier lines of the file send of an order.
#[derive(Default)]
struct OrderProgress {
    /// The index of the parcel with all units that are left; `None` if no earlier line sends all units.
    whole: Option<usize>,
    units: HashMap<OrderLineId, i32>,
    /// The number of the last line that sends units of a single order line; 0 if there is none.
    last: i32,
}

impl<'a> Planning<'a> {
    fn parcel_of(
        &mut self,
        line: i32,
        cells: &LineCells<'_>,
        found: &mut Option<OrderNumber>,
    ) -> Result<usize, ShipmentFault> {
        if cells.order.text.is_empty() {
            return Err(ShipmentFault::NoOrder);
        }
        let number = cells.tracking_number()?;
        let reference = OrderReference::of(&cells.order.text).ok_or(ShipmentFault::UnknownOrder)?;
        let mut sent = self.known.sent.get(&number).into_iter().flatten();
        if let Some(order) = sent.find(|order| reference.names(order)) {
            *found = Some(order.clone());
            return Err(ShipmentFault::Already);
        }
        let order = self.order(&reference)?;
        *found = Some(order.number.clone());
        if order.status != Status::Unsent {
            return Err(ShipmentFault::Status(order.status));
        }
        if let Some(reason) = &order.hold {
            return Err(ShipmentFault::OnHold(reason.clone()));
        }
        if order.cancellation_asked {
            return Err(ShipmentFault::CancellationAsked);
        }
        let carrier = self.carrier(&cells.carrier.text)?;
        let order_number = order.number.clone();
        let parcel = PlannedParcel { order: order.id, order_number, carrier, number, units: None, line };
        if cells.code.text.is_empty() && cells.count.text.is_empty() {
            self.add_whole(order, parcel)
        } else {
            self.add_part(order, parcel, cells)
        }
    }

    /// Returns the order that a line names. The last six characters of a number can name only orders that are to be
    /// sent.
    fn order(&self, reference: &OrderReference) -> Result<&'a KnownOrder, ShipmentFault> {
        let is_named = |order: &&KnownOrder| {
            let is_open = matches!(reference, OrderReference::Whole(_)) || order.status == Status::Unsent;
            is_open && reference.names(&order.number)
        };
        let mut named = self.known.orders.iter().filter(is_named);
        let order = named.next().ok_or(ShipmentFault::UnknownOrder)?;
        if named.next().is_some() { Err(ShipmentFault::AmbiguousOrder) } else { Ok(order) }
    }

    fn carrier(&self, typed: &str) -> Result<CarrierId, ShipmentFault> {
        let carriers = &self.known.carriers;
        let carrier = if typed.is_empty() {
            let chosen = self.carrier.ok_or(ShipmentFault::NoCarrier)?;
            carriers.iter().find(|carrier| carrier.id == chosen)
        } else {
            carrier_named(carriers, typed)
        };
        let carrier = carrier.ok_or(ShipmentFault::UnknownCarrier)?;
        if carrier.active { Ok(carrier.id) } else { Err(ShipmentFault::CarrierOff) }
    }

    /// Adds a parcel with all units of its order that are left. Returns its index in the plan.
    fn add_whole(&mut self, order: &KnownOrder, mut parcel: PlannedParcel) -> Result<usize, ShipmentFault> {
        let progress = self.progress.entry(order.id).or_default();
        if let Some(at) = progress.whole
            && let Some(other) = self.parcels.get(at)
        {
            let is_same = other.number == parcel.number && other.carrier == parcel.carrier;
            return if is_same { Ok(at) } else { Err(ShipmentFault::SecondParcel(other.line)) };
        }
        if !progress.units.is_empty() {
            let mut rest = BTreeMap::new();
            for line in &order.lines {
                let left = line.left - progress.units.get(&line.id).copied().unwrap_or_default();
                if left > 0 {
                    rest.insert(line.id, left);
                }
            }
            if rest.is_empty() {
                // A line that repeats the parcel, for example with the name of the shopper only.
                let same = self.parcels.iter().position(|other| is_same_parcel(other, &parcel));
                return same.ok_or(ShipmentFault::NothingLeft(progress.last));
            }
            parcel.units = Some(rest);
        }
        let at = self.parcels.iter().position(|other| is_same_parcel(other, &parcel));
        let at = match at.and_then(|at| self.parcels.get_mut(at).map(|other| (at, other))) {
            Some((at, other)) => {
                add_units(other, parcel.units.unwrap_or_default());
                at
            }
            None => {
                self.parcels.push(parcel);
                self.parcels.len() - 1
            }
        };
        progress.whole = Some(at);
        Ok(at)
    }

    /// Adds the units that a line names to the parcel of that line. Returns the index of the parcel in the plan.
    fn add_part(
        &mut self,
        order: &KnownOrder,
        mut parcel: PlannedParcel,
        cells: &LineCells<'_>,
    ) -> Result<usize, ShipmentFault> {
        let progress = self.progress.entry(order.id).or_default();
        if let Some(at) = progress.whole
            && let Some(other) = self.parcels.get(at)
        {
            return if is_same_parcel(other, &parcel) { Ok(at) } else { Err(ShipmentFault::NothingLeft(other.line)) };
        }
        let line = line_named(order, &cells.code.text)?;
        let left = line.left - progress.units.get(&line.id).copied().unwrap_or_default();
        if left <= 0 {
            return Err(if progress.last == 0 {
                ShipmentFault::TooMany(0)
            } else {
                ShipmentFault::NothingLeft(progress.last)
            });
        }
        let count = match cells.count.text.as_str() {
            "" => left,
            typed => units(typed).ok_or(ShipmentFault::WrongCount)?,
        };
        if count > left {
            return Err(ShipmentFault::TooMany(left));
        }
        *progress.units.entry(line.id).or_default() += count;
        progress.last = parcel.line;
        let at = self.parcels.iter().position(|other| is_same_parcel(other, &parcel));
        if let Some(at) = at
            && let Some(other) = self.parcels.get_mut(at)
        {
            add_units(other, BTreeMap::from([(line.id, count)]));
            return Ok(at);
        }
        parcel.units = Some(BTreeMap::from([(line.id, count)]));
        self.parcels.push(parcel);
        Ok(self.parcels.len() - 1)
    }
}

fn is_same_parcel(a: &PlannedParcel, b: &PlannedParcel) -> bool {
    (a.order, a.carrier, &a.number) == (b.order, b.carrier, &b.number)
}

fn add_units(parcel: &mut PlannedParcel, more: BTreeMap<OrderLineId, i32>) {
    let units = parcel.units.get_or_insert_default();
    for (line, count) in more {
        *units.entry(line).or_default() += count;
    }
}

/// Returns the order line with this SKU code; without a code, the only order line with units that are left.
fn line_named<'o>(order: &'o KnownOrder, code: &str) -> Result<&'o KnownLine, ShipmentFault> {
    if !code.is_empty() {
        let wanted = text::fold(code).to_lowercase();
        let named = order.lines.iter().find(|line| text::fold(&line.code).to_lowercase() == wanted.trim());
        return named.ok_or(ShipmentFault::UnknownSku);
    }
    let mut left = order.lines.iter().filter(|line| line.left > 0);
    match (left.next(), left.next()) {
        (Some(line), None) => Ok(line),
        _ => Err(ShipmentFault::WhichSku),
    }
}

/// Parses a number of units above zero, such as `2`, `２` or `2.0`.
fn units(typed: &str) -> Option<i32> {
    let folded = text::fold(typed);
    let (whole, fraction) = folded.trim().split_once('.').unwrap_or((folded.trim(), "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    whole.parse().ok().filter(|count| *count > 0 && is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::UserId;

    const COLUMNS: ShipmentColumns = ShipmentColumns {
        heading_line: 1,
        order: Some(0),
        carrier: Some(1),
        number: Some(2),
        code: Some(3),
        count: Some(4),
    };

    fn number(at: u8) -> OrderNumber {
        OrderNumber::new("20261130120000", UserId(7), [at; 6])
    }

    fn order(at: u8, lines: &[(i64, &str, i32)]) -> KnownOrder {
        let line = |(id, code, left): &(i64, &str, i32)| KnownLine {
            id: OrderLineId(*id),
            code: (*code).to_owned(),
            left: *left,
        };
        KnownOrder {
            id: OrderId(at.into()),
            number: number(at),
            status: Status::Unsent,
            hold: None,
            cancellation_asked: false,
            lines: lines.iter().map(line).collect(),
        }
    }

    fn carrier(id: i64, code: &str, name_en: &str, name_zh: &str) -> Carrier {
        let (code, name_en, name_zh) = (code.to_owned(), name_en.to_owned(), name_zh.to_owned());
        Carrier { id: CarrierId(id), code, name_en, name_zh, link: String::new(), active: id != 9 }
    }

    fn known() -> KnownOrders {
        let carriers = vec![
            carrier(1, "sf", "SF Express", "顺丰速运"),
            carrier(2, "zto", "ZTO Express", "中通快递"),
            carrier(3, "ems", "EMS", "中国邮政速递"),
            carrier(4, "china_post", "China Post", "中国邮政"),
            carrier(9, "ups", "UPS", "UPS"),
        ];
        let mut held = order(3, &[(30, "A", 1)]);
        held.hold = Some("odd".to_owned());
        let mut canceled = order(4, &[(40, "A", 1)]);
        canceled.status = Status::Canceled;
        let orders = vec![order(1, &[(10, "TEA", 3), (11, "pot-1", 1)]), order(2, &[(20, "TEA", 2)]), held, canceled];
        KnownOrders { orders, sent: HashMap::from([("OLD1".to_owned(), vec![number(5)])]), carriers }
    }

    /// Computes what a file with these rows (order, carrier, tracking number, SKU code, units) would send; returns a
    /// text for each line, and the result.
    fn said(rows: &[[&str; 5]]) -> (Vec<String>, ShipmentPlan) {
        let mut lines = Vec::new();
        for (line, row) in (2..).zip(rows) {
            let cell = |text: &&str| FileCell { text: (*text).to_owned(), kind: FileCellKind::Plain };
            lines.push(ShipmentLine { line, cells: row.iter().map(cell).collect() });
        }
        let plan = plan(&lines, &COLUMNS, Some(CarrierId(2)), &known());
        let words = |line: &PlannedLine| match &line.parcel {
            Ok(parcel) => format!("parcel {parcel}"),
            Err(fault) => format!("{fault:?}"),
        };
        (plan.lines.iter().map(words).collect(), plan)
    }

    #[test]
    fn a_line_sends_all_that_is_left_of_its_order_once() {
        let one = number(1).to_string();
        let two = number(2).suffix().to_lowercase();
        let (lines, plan) = said(&[
            [&one, "顺丰", "sf 1", "", ""],
            [&one, "SF", "SF1", "", ""],
            [&one, "sf", "SF2", "", ""],
            [&two, "", "zt9", "", ""],
            [&one, "sf", "SF1", "TEA", "2"],
        ]);
        assert_eq!(lines, ["parcel 0", "parcel 0", "SecondParcel(2)", "parcel 1", "parcel 0"]);
        let parcels: Vec<_> = plan.parcels.iter().map(|it| (it.order.0, it.carrier.0, it.number.as_str())).collect();
        assert_eq!(parcels, [(1, 1, "SF1"), (2, 2, "ZT9")]);
        assert!(plan.parcels.iter().all(|parcel| parcel.units.is_none()));
    }

    #[test]
    fn lines_with_skus_and_units_make_several_parcels_of_an_order() {
        let one = number(1).to_string();
        let (lines, plan) = said(&[
            [&one, "sf", "SF1", "tea", "2"],
            [&one, "sf", "SF1", "POT-1", ""],
            [&one, "sf", "SF2", "TEA", "2"],
            [&one, "sf", "SF2", "TEA", "1.0"],
            [&one, "sf", "SF3", "TEA", ""],
            [&one, "sf", "SF3", "", ""],
            [&one, "sf", "SF2", "", ""],
        ]);
        assert_eq!(
            lines,
            ["parcel 0", "parcel 0", "TooMany(1)", "parcel 1", "NothingLeft(5)", "NothingLeft(5)", "parcel 1"]
        );
        let units: Vec<_> = plan.parcels.iter().map(|parcel| parcel.units.clone().unwrap()).collect();
        assert_eq!(units[0], BTreeMap::from([(OrderLineId(10), 2), (OrderLineId(11), 1)]));
        assert_eq!(units[1], BTreeMap::from([(OrderLineId(10), 1)]));
        let (lines, plan) = said(&[[&one, "sf", "SF1", "TEA", "1"], [&one, "sf", "SF2", "", ""]]);
        assert_eq!(lines, ["parcel 0", "parcel 1"]);
        let rest = BTreeMap::from([(OrderLineId(10), 2), (OrderLineId(11), 1)]);
        assert_eq!(plan.parcels[1].units, Some(rest), "the rest");
    }

    #[test]
    fn what_a_line_lacks_is_said() {
        let (four, five) = (number(4), number(5));
        let [one, two, held, canceled, sent] = [1, 2, 3, 4, 5].map(|at| number(at).to_string());
        let rows: [([&str; 5], &str); 17] = [
            (["", "sf", "SF1", "", ""], "NoOrder"),
            (["20261130", "sf", "SF1", "", ""], "UnknownOrder"),
            (["ZZZZZZ", "sf", "SF1", "", ""], "UnknownOrder"),
            ([four.suffix(), "sf", "SF1", "", ""], "UnknownOrder"),
            ([&two, "sf", "", "", ""], "NoNumber"),
            ([&two, "sf", " \u{200b}", "", ""], "WrongNumber"),
            ([&two, "Nobody", "N1", "", ""], "UnknownCarrier"),
            ([&two, "中国邮政快递", "N1", "", ""], "UnknownCarrier"),
            ([&two, "UPS", "N1", "", ""], "CarrierOff"),
            ([&held, "sf", "N1", "", ""], "OnHold(\"odd\")"),
            ([&canceled, "sf", "N1", "", ""], "Status(Canceled)"),
            ([&sent, "sf", "old1", "", ""], "Already"),
            ([five.suffix(), "", "OLD1", "", ""], "Already"),
            ([&two, "sf", "N1", "POT", "1"], "UnknownSku"),
            ([&two, "sf", "N1", "TEA", "0"], "WrongCount"),
            ([&two, "sf", "N1", "TEA", "1.5"], "WrongCount"),
            ([&one, "sf", "N1", "", "1"], "WhichSku"),
        ];
        for (row, words) in rows {
            assert_eq!(said(&[row]).0, [words], "{row:?}");
        }
        let (lines, _) = said(&[[&two, "sf", "N1", "", "1"]]);
        assert_eq!(lines, ["parcel 0"], "an order of one line needs no SKU");
    }

    #[test]
    fn two_open_orders_with_the_same_ending_are_not_told_apart() {
        let mut known = known();
        let mut twin = order(1, &[(50, "A", 1)]);
        twin.number = OrderNumber::new("20261130120001", UserId(7), [1; 6]);
        known.orders.push(twin);
        let cell = |text: &str| FileCell { text: text.to_owned(), kind: FileCellKind::Plain };
        let line = |order: &str| ShipmentLine { line: 2, cells: vec![cell(order), cell("sf"), cell("SF1")] };
        let fault = |order: &str| plan(&[line(order)], &COLUMNS, None, &known).lines.remove(0).parcel;
        assert_eq!(fault(number(1).suffix()), Err(ShipmentFault::AmbiguousOrder));
        assert_eq!(fault(number(1).as_str()), Ok(0));
    }

    #[test]
    fn a_number_that_a_spreadsheet_has_changed_is_lost() {
        for kind in [FileCellKind::Rounded, FileCellKind::Date, FileCellKind::Formula] {
            let order = FileCell { text: number(2).to_string(), kind: FileCellKind::Plain };
            let cells = vec![order, FileCell::default(), FileCell { text: "7.31E+13".to_owned(), kind }];
            let plan = plan(&[ShipmentLine { line: 2, cells }], &COLUMNS, Some(CarrierId(1)), &known());
            assert_eq!(plan.lines[0].parcel, Err(ShipmentFault::LostNumber), "{kind:?}");
        }
    }
}
