//! The headings of files with tracking numbers, in the words of carriers, marketplaces and shops.

use super::model::ShipmentColumns;
use crate::{kernel::text, stock::FileRow};

/// The number of rows at the start of a file among which the heading row is looked for.
const MAX_HEADING_ROWS: usize = 20;

const ORDER: &str = "ordernumber orderno order orderid ordernum orderref orderreference reference saleorder \
    salesorder customerorder customerorderno customerreference shopordernumber 订单号 订单编号 订单 订单号码 订单id \
    商家订单号 店铺订单号 客户订单号 客户单号 客户订单编号 商户订单号 商城订单号 平台订单号 外部订单号 原始单号 原始订单号 \
    交易号 交易编号 网店订单号 線上訂單號 訂單號 訂單編號 訂單";
const CARRIER: &str = "carrier carriercode carriername courier couriercode couriername shippingcarrier \
    shippingcompany shippingprovider shippingmethod deliverycompany deliveryservice logistics logisticscompany \
    transporter 快递公司 快递 快递名称 快递公司名称 快递公司编码 快递代码 物流公司 物流 物流公司名称 物流公司编码 物流商 \
    物流名称 物流渠道 承运商 承运公司 承运人 配送公司 配送方式 快遞公司 物流公司代码 物流服务商 发货方式 快递类型";
const NUMBER: &str = "trackingnumber trackingno tracking trackingcode trackingid trackingnumbers trackno \
    waybill waybillnumber waybillno awb airwaybill consignmentnumber consignment shipmentnumber parcelnumber \
    mailno expressno expressnumber couriernumber logisticsno 运单号 运单编号 运单号码 运单 快递单号 快递单 快递编号 \
    快递号 快递运单号 物流单号 物流运单号 物流编号 物流号 面单号 电子面单号 单号 母单号 邮件号 邮件号码 发货单号 货运单号 \
    运单号母单号 顺丰运单号 運單號 運單號碼 快遞單號 物流單號 追踪号 跟踪号 追踪单号";
const CODE: &str = "sku skucode sellersku merchantsku itemsku itemcode productsku variantsku sku编码 sku货号 商家编码 \
    商家sku 规格编码 规格商家编码 商品编码 商品货号 货号 货品编码 货品编号";
const COUNT: &str = "quantity qty count shippedquantity quantityshipped shippedqty qtyshipped units pcs 数量 件数 \
    发货数量 发货件数 商品数量 货品数量 本次发货数量";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Order,
    Carrier,
    Number,
    Code,
    Count,
}

/// Returns a heading in lower case without spaces, signs and text in brackets: "Order No. (必填)" is "orderno".
fn plain(heading: &str) -> String {
    let folded = text::fold(heading).to_lowercase();
    let outside = folded.split(['(', '（', '[', '【']).next().unwrap_or_default();
    outside.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn meaning(heading: &str) -> Option<Meaning> {
    let word = plain(heading);
    let lists = [
        (Meaning::Order, ORDER),
        (Meaning::Carrier, CARRIER),
        (Meaning::Number, NUMBER),
        (Meaning::Code, CODE),
        (Meaning::Count, COUNT),
    ];
    let has_word =
        |(_, words): &&(Meaning, &str)| !word.is_empty() && words.split_whitespace().any(|known| known == word);
    lists.iter().find(has_word).map(|(meaning, _)| *meaning)
}

/// Returns whether this is a known heading of a file with tracking numbers.
pub fn is_shipment_heading(heading: &str) -> bool {
    meaning(heading).is_some()
}

/// Recognizes the heading row and the columns of a file. If several headings have the same meaning, the first column
/// that is not empty in the rows below is used.
pub(super) fn recognize(rows: &[FileRow]) -> ShipmentColumns {
    let known = |row: &FileRow| row.cells.iter().filter(|cell| is_shipment_heading(&cell.text)).count();
    let mut heading: Option<&FileRow> = None;
    for row in rows.iter().take(MAX_HEADING_ROWS).filter(|row| known(row) > 0) {
        if heading.is_none_or(|best| known(row) > known(best)) {
            heading = Some(row);
        }
    }
    let Some(heading) = heading else { return ShipmentColumns::default() };
    let is_filled = |at: usize| {
        let below = rows.iter().filter(|row| row.line > heading.line);
        below.filter_map(|row| row.cells.get(at)).any(|cell| !cell.text.is_empty())
    };
    let column = |wanted: Meaning| {
        let all = || {
            (0..heading.cells.len())
                .filter(|at| heading.cells.get(*at).map(|cell| meaning(&cell.text)) == Some(Some(wanted)))
        };
        let found = all().find(|at| is_filled(*at)).or_else(|| all().next());
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
    use crate::stock::FileCell;

    fn rows(table: &[&[&str]]) -> Vec<FileRow> {
        let mut rows = Vec::new();
        for (line, cells) in (1..).zip(table) {
            let cells = cells.iter().map(|text| FileCell { text: (*text).to_owned(), ..FileCell::default() }).collect();
            rows.push(FileRow { line, cells });
        }
        rows
    }

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
