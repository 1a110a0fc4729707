//! The headings of files with tracking numbers and of sheets with collected cash, in the words of carriers,
//! marketplaces and shops.

use super::{cash_sheets::CashColumns, shipment_imports::ShipmentColumns};
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
const COLLECTED: &str = "cod codamount codvalue codcollected collected collectedamount amountcollected cashcollected \
    cashondelivery cashondeliveryamount 代收货款 代收货款金额 代收金额 代收款 代收款金额 代收 代收货款实收 实收代收货款 \
    代收货款应收 cod金额 cod货款 货款 货款金额 实收货款 代收貨款 代收貨款金額 代收金額";
const AMOUNT: &str = "amount sum total value 金额 金額 收款金额 实收金额 实收 收款";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Order,
    Carrier,
    Number,
    Code,
    Count,
}

/// A meaning of columns that only sheets with collected cash have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CashMeaning {
    Parcel(Meaning),
    Collected,
    /// An amount whose heading does not say which amount it is; it is used if there is no other.
    Amount,
}

/// Returns a heading in lower case without spaces, signs and text in brackets: "Order No. (必填)" is "orderno".
fn plain(heading: &str) -> String {
    let folded = text::fold(heading).to_lowercase();
    let outside = folded.split(['(', '（', '[', '【']).next().unwrap_or_default();
    outside.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_in(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_whitespace().any(|known| known == word)
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
    lists.iter().find(|(_, words)| is_in(words, &word)).map(|(meaning, _)| *meaning)
}

fn cash_meaning(heading: &str) -> Option<CashMeaning> {
    let word = plain(heading);
    if is_in(COLLECTED, &word) {
        return Some(CashMeaning::Collected);
    }
    if is_in(AMOUNT, &word) {
        return Some(CashMeaning::Amount);
    }
    meaning(heading).filter(|meaning| matches!(meaning, Meaning::Order | Meaning::Number)).map(CashMeaning::Parcel)
}

/// Returns whether this is a known heading of a file with tracking numbers.
pub fn is_shipment_heading(heading: &str) -> bool {
    meaning(heading).is_some()
}

/// Returns whether this is a known heading of a sheet with collected cash.
pub fn is_cash_heading(heading: &str) -> bool {
    cash_meaning(heading).is_some()
}

/// Returns the row with the most known headings; of several, the first; `None` if no row has any.
fn heading_row(rows: &[FileRow], is_known: fn(&str) -> bool) -> Option<&FileRow> {
    let known = |row: &FileRow| row.cells.iter().filter(|cell| is_known(&cell.text)).count();
    let mut heading: Option<&FileRow> = None;
    for row in rows.iter().take(MAX_HEADING_ROWS).filter(|row| known(row) > 0) {
        if heading.is_none_or(|best| known(row) > known(best)) {
            heading = Some(row);
        }
    }
    heading
}

/// Returns the index of the column whose heading is wanted. Of several such columns, it is the first that is not empty
/// in the rows below the heading row, or else the first.
fn column_of(rows: &[FileRow], heading: &FileRow, is_wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let is_filled = |at: usize| {
        let below = rows.iter().filter(|row| row.line > heading.line);
        below.filter_map(|row| row.cells.get(at)).any(|cell| !cell.text.is_empty())
    };
    let all = || {
        let named = heading.cells.iter().enumerate().filter(|(_, cell)| is_wanted(&cell.text));
        named.map(|(at, _)| at)
    };
    all().find(|at| is_filled(*at)).or_else(|| all().next())
}

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

    #[test]
    fn a_title_above_the_heading_is_passed_over_and_an_empty_column_gives_way_to_a_filled_one() {
        let table = rows(&[&["订单", "", ""], &["订单号", "原始单号", "运单号"], &["", "20261130", "SF1"]]);
        let columns = recognize(&table);
        assert_eq!((columns.heading_line, columns.order, columns.number), (2, Some(1), Some(2)));
        assert_eq!(recognize(&rows(&[&["A", "B"]])), ShipmentColumns::default());
        assert_eq!(recognize(&[]), ShipmentColumns::default());
    }
}
