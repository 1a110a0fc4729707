//! The headings of files with tracking numbers and of sheets with collected cash, in the words of carriers,
//! marketplaces and shops.

use crate::{kernel::text, stock::FileRow};

/// The number of rows at the start of a file among which the heading row is looked for.
pub(super) const MAX_HEADING_ROWS: usize = 20;

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
pub(super) enum Meaning {
    Order,
    Carrier,
    Number,
    Code,
    Count,
}

/// What a column of a sheet with collected cash contains: an amount, or something that columns of files with tracking
/// numbers contain too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CashMeaning {
    Parcel(Meaning),
    Collected,
    /// An amount whose heading does not say which amount it is; it is used if there is no other.
    Amount,
}

/// Returns a heading in lower case without spaces, signs and text in brackets: "Order No. (必填)" is "orderno".
pub(super) fn plain(heading: &str) -> String {
    let folded = text::fold(heading).to_lowercase();
    let outside = folded.split(['(', '（', '[', '【']).next().unwrap_or_default();
    outside.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_in(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_whitespace().any(|known| known == word)
}

pub(super) fn meaning(heading: &str) -> Option<Meaning> {
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

pub(super) fn cash_meaning(heading: &str) -> Option<CashMeaning> {
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
pub(super) fn heading_row(rows: &[FileRow], is_known: fn(&str) -> bool) -> Option<&FileRow> {
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
pub(super) fn column_of(rows: &[FileRow], heading: &FileRow, is_wanted: impl Fn(&str) -> bool) -> Option<usize> {
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::stock::FileCell;

    /// Returns the rows of a file with these cells, from line 1.
    pub(in crate::fulfillment) fn rows(table: &[&[&str]]) -> Vec<FileRow> {
        let mut rows = Vec::new();
        for (line, cells) in (1..).zip(table) {
            let cells = cells.iter().map(|text| FileCell { text: (*text).to_owned(), ..FileCell::default() }).collect();
            rows.push(FileRow { line, cells });
        }
        rows
    }
}
