//! Messages of the downloads for spreadsheets: the forms that ask for them, and the names of their columns.

use super::messages;

messages! {
    export_title = "Export what is listed", "导出当前列表";
    export_what = "Of each order", "导出内容";
    export_orders = "One row for each order", "每单一行";
    export_lines = "One row for each product in it", "每件商品一行";
    export_csv = "CSV file", "CSV 文件";
    export_xlsx = "Excel file", "Excel 文件";
    export_accounting = "Export for accounting", "导出财务明细";
    export_accounting_words = "One row for each payment, cash, refund and fee of these days.", "所选日期内的每笔付款、货款、退款和手续费各占一行。";
    export_recipient = "Recipient", "收货人";
    export_phone = "Phone", "手机";
    export_region = "Region", "地区";
    export_street = "Street", "详细地址";
    export_postcode = "Postcode", "邮编";
    export_note = "Note", "备注";
    export_goods_amount = "Goods", "商品金额";
    export_freight = "Delivery", "运费";
    export_paid_amount = "Paid", "已付";
    export_refunded_amount = "Refunded", "退款";
    export_paid_at = "Paid on", "付款时间";
    export_sent_at = "Sent on", "发货时间";
    export_received_at = "Received on", "收货时间";
    export_finished_at = "Finished on", "完成时间";
    export_canceled_at = "Cancelled on", "取消时间";
    export_tracking_numbers = "Tracking numbers", "运单号";
    export_product = "Product", "商品";
    export_options = "Options", "规格";
    export_price = "Price", "单价";
    export_line_amount = "Amount", "金额";
    export_sent_count = "Sent", "已发件数";
    export_withdrawn_count = "Withdrawn", "取消件数";
    export_returned_count = "Returned", "退回件数";
    export_date = "Date", "日期";
    export_kind = "Kind", "类型";
    export_payment = "Payment", "付款";
    export_cash = "Cash on delivery", "货到付款";
    export_refund = "Refund", "退款";
    export_fee = "Fee", "手续费";
    export_number = "Number", "编号";
    export_trade_no = "Trade number", "交易号";
    export_gross = "Gross", "总额";
    export_net = "Net", "净额";
    export_currency = "Currency", "币种";
    audit_action_export_orders = "Export orders", "导出订单";
    audit_action_export_payments = "Export money moves", "导出财务明细";
    audit_field_filter = "Filter", "筛选条件";
}
