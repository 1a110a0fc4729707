use super::model::ShipmentColumns;
use crate::{
    fulfillment::sheet_headings::{Meaning, column_of, heading_row, is_shipment_heading, meaning},
    stock::FileRow,
};

/// Recognizes the heading row and the columns of a file with tracking numbers.
pub(super) fn recognize(rows: &[FileRow]) -> ShipmentColumns {
    let Some(heading) = heading_row(rows, is_shipment_heading) else { return ShipmentColumns::default() };
    let column = |wanted: Meaning| {
        let found = column_of(rows, heading, |text| meaning(text) == Some(wanted));
        found.and_then(|at| i32::try_from(at).ok())
    };
    ShipmentColumns {
        heading_line: heading.line,
        order: column(Meaning::Order),
        carrier: column(Meaning::Carrier),
        number: column(Meaning::Number),
        code: column(Meaning::Code),
        count: column(Meaning::Count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fulfillment::sheet_headings::tests::rows;

    #[test]
    fn the_headings_of_real_sheets_are_recognized() {
        for (heading, columns) in [
            (&["订单编号", "快递公司", "运单号"][..], [Some(0), Some(1), Some(2), None, None]),
            (&["序号", "运单号码", "客户订单号", "付款方式"], [Some(2), None, Some(1), None, None]),
            (&["Order No.", "Tracking Number*", "Carrier (code)"], [Some(0), Some(2), Some(1), None, None]),
            (
                &["*订单号（必填）", "物流公司", "物流单号", "商家编码", "发货数量"],
                [Some(0), Some(1), Some(2), Some(3), Some(4)],
            ),
            (&["ORDER_ID", "waybill no"], [Some(0), None, Some(1), None, None]),
            (&["訂單號", "快遞公司", "快遞單號"], [Some(0), Some(1), Some(2), None, None]),
            (&["Name", "Price"], [None; 5]),
        ] {
            let ShipmentColumns { order, carrier, number, code, count, .. } = recognize(&rows(&[heading]));
            assert_eq!([order, carrier, number, code, count], columns, "{heading:?}");
        }
    }

    #[test]
    fn a_title_above_the_heading_is_passed_over_and_an_empty_column_gives_way_to_a_filled_one() {
        let table = rows(&[&["订单", "", ""], &["订单号", "原始单号", "运单号"], &["", "20261130", "SF1"]]);
        let columns = recognize(&table);
        assert_eq!((columns.heading_line, columns.order, columns.number), (2, Some(1), Some(2)));
        assert_eq!(recognize(&rows(&[&["A", "B"]])), ShipmentColumns::default());
        assert_eq!(recognize(&[]), ShipmentColumns::default());
    }
}
