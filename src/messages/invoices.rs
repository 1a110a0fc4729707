//! Messages about invoices and credit notes, on the pages of shoppers and of staff.

use super::messages;

messages! {
    invoice_seller_missing = "To issue invoices, first give the shop an address and a tax number in the settings of the shop.", "开具发票前，请先在店铺设置中填写店铺地址与税号。";
    invoice_rate_wrong = "Please give a percentage from 0 to 99.99.", "请输入 0 至 99.99 的百分比。";
    invoice_rate_of_wrong(name) = "The rate of “{name}” must be a percentage from 0 to 99.99.", "“{name}”的税率应为 0 至 99.99 的百分比。";
    invoice_prefix_wrong = "Please use only the letters A to Z and digits.", "只能使用字母 A–Z 和数字。";
    invoice_prefix_same = "Please use another prefix than that of invoices.", "请使用与发票不同的前缀。";
    invoice_day_wrong = "Please give a day such as 2026-11-30.", "请输入日期，例如 2026-11-30。";

    check_invoice_series = "The numbers of each series of documents have no gap and start at 1", "每种票据的编号从 1 开始且连续无缺";
    check_invoice_amounts = "Each document is the sum of its lines; an invoice is what its order cost, a credit note what its refund paid back", "每张票据等于其各行之和；发票等于订单应付金额，贷记单等于退款金额";
    check_credit_notes = "The credit notes of an invoice never exceed it, in no line and no tax", "发票的贷记单在任何一行及税额上都不超过该发票";
    check_month_closings = "Each table of a closed month adds up to its sales and refunds", "已结账月份的每张表都与当月销售额、退款额相符";
    check_key_series = "Series", "编号系列";
    check_key_document = "Document", "票据";
    check_key_month = "Month", "月份";

    invoice = "Invoice", "发票";
    credit_note = "Credit note", "贷记单";
    invoices = "Invoices and credit notes", "发票与贷记单";
    invoices_words = "What was issued in a month. Numbers have no gap, and a document never changes.", "某月开具的票据。编号连续，开具后不再更改。";
    invoices_none = "No documents", "没有票据";
    invoices_of_order = "Invoice and credit notes of the order", "订单的发票与贷记单";
    invoice_none = "This order has no invoice yet.", "此订单尚未开具发票。";
    invoice_issue = "Issue the invoice", "开具发票";
    invoice_issued(number) = "Invoice {number} is issued.", "发票 {number} 已开具。";
    invoice_issued_before(number) = "Invoice {number} was issued before.", "发票 {number} 此前已开具。";
    invoice_off = "The shop issues no invoices, or its address or tax number is missing in the settings.", "店铺未启用发票，或设置中缺少地址或税号。";
    invoice_not_paid = "The order is not paid yet.", "订单尚未付款。";
    invoice_canceled = "The order is canceled.", "订单已取消。";
    invoice_issued_on = "Issued", "开具日期";
    invoice_paid_on = "Paid", "付款日期";
    invoice_refunded_on = "Refunded", "退款日期";
    invoice_corrects = "Corrects invoice", "对应发票";
    invoice_buyer = "Buyer", "购买方";
    invoice_for_company = "Invoice for a company", "企业发票";
    invoice_for_company_words = "The invoice is issued soon after the payment and does not change then. Until then you can have it name a company.", "发票将在付款后不久自动开具，开具后不能更改。在此之前您可填写企业信息。";
    invoice_for_company_hint = "Leave both empty for an invoice in the name of the recipient. The address is that of the order.", "两项均留空则以收货人名义开具。地址为订单收货地址。";
    invoice_company_name = "Name of the company", "企业名称";
    invoice_tax_number_hint = "The VAT number or taxpayer number of the company.", "企业的增值税号或纳税人识别号。";
    invoice_tax_number_wrong = "A tax number has 4 to 30 letters A to Z, digits, spaces, hyphens, points or slashes.", "税号应为 4 至 30 位字母、数字、空格、连字符、点或斜线。";
    invoice_buyer_done = "The invoice will be for this company.", "发票将以此企业名义开具。";
    invoice_buyer_removed = "The invoice will be in the name of the recipient.", "发票将以收货人名义开具。";
    invoice_buyer_late = "The invoice is issued, so it does not change any more.", "发票已开具，不能再更改。";
    invoice_buyer_none = "This order gets no invoice.", "此订单不开具发票。";
    invoice_item = "Item", "项目";
    invoice_net = "Net", "不含税金额";
    invoice_rate = "Rate", "税率";
    invoice_gross = "With tax", "价税合计";
    invoice_sum_at(rate) = "Sum at {rate} %", "税率 {rate} % 合计";
    invoice_credited = "Credited", "贷记合计";

    invoice_settings = "Invoices and tax", "发票与税率";
    invoice_settings_words = "Whether paid orders get an invoice by themselves, and which tax is in the prices.", "已付款订单是否自动开具发票，以及价格所含税率。";
    invoice_settings_stale = "Somebody else has changed these settings meanwhile. Look at your entries and save again.", "其间他人已修改设置。请检查后再次保存。";
    invoice_from = "Invoices for orders paid from", "从此付款日期起开具发票";
    invoice_from_hint = "Empty: the shop issues no invoices. The address and tax number stand in the settings of the shop.", "留空：不开具发票。地址与税号见店铺设置。";
    invoice_prefix = "Prefix of invoice numbers", "发票编号前缀";
    credit_note_prefix = "Prefix of credit note numbers", "贷记单编号前缀";
    invoice_retention = "Years to keep", "保存年限";
    invoice_retention_hint = "For so long the buyer's name and address stay in documents.", "在此期间票据保留购买方名称与地址。";
    invoice_rates = "Tax rates in percent", "税率（%）";
    invoice_rates_words = "Prices contain the tax. A category without a rate has that of the category above it. Freight has the standard rate.", "价格含税。未设税率的分类沿用上级分类的税率；运费适用标准税率。";
    invoice_standard_rate = "Standard rate", "标准税率";

    audit_action_save_invoice_settings = "Save invoice settings", "保存发票设置";
    audit_action_issue_invoice = "Issue invoice", "开具发票";
    audit_action_export_invoices = "Download invoices", "下载票据列表";
}
