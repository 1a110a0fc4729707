//! Messages of the page on which admins change the settings of the shop.

use super::messages;

messages! {
    settings = "Settings", "设置";
    settings_words = "What the shop is called and what it promises. A change counts for all pages within a second or two.", "商店的名称与承诺。更改后约一两秒内在所有页面生效。";
    settings_saved = "Saved. The new settings count from now on.", "已保存，新设置现已生效。";
    settings_unchanged = "Nothing was changed.", "没有任何更改。";
    settings_number_wrong(from, to) = "Please give a whole number from {from} to {to}.", "请输入 {from} 到 {to} 的整数。";

    settings_shop = "The shop", "商店";
    settings_name_en = "Name in English", "英文名称";
    settings_name_zh = "Name in Chinese", "中文名称";
    settings_name_hint = "Without it, the name in the other language is used.", "留空则使用另一种语言的名称。";
    settings_address = "Address", "地址";
    settings_contact_phone = "Phone for questions", "客服电话";
    settings_contact_email = "Email for questions", "客服邮箱";
    settings_tax_number = "Tax number", "纳税人识别号";

    settings_returns = "Where returns go", "退货地址";
    settings_return_recipient = "Recipient of returns", "退货收件人";
    settings_return_phone = "Phone of the recipient", "退货收件电话";
    settings_return_address = "Address for returns", "退货收件地址";

    settings_mail = "Sender of emails", "邮件发件人";
    settings_mail_name = "Name of the sender", "发件人名称";
    settings_mail_name_hint = "Without it, the name of the shop.", "留空则使用商店名称。";
    settings_mail_address = "Address of the sender", "发件人邮箱";
    settings_mail_address_hint = "Without it, the one in MAIL_FROM. Mail servers accept only addresses of your own domain.", "留空则使用 MAIL_FROM 中的地址。邮件服务器只接受本店域名的地址。";

    settings_freight = "Delivery", "运费";
    settings_freight_charge = "Delivery charge of an order", "每单运费";
    settings_free_from = "Free delivery from", "满多少免运费";
    settings_free_from_hint = "The amount of the goods alone.", "仅按商品金额计算。";

    settings_times = "Times", "期限";
    settings_unpaid_minutes = "Minutes to pay an order", "付款时限（分钟）";
    settings_unpaid_minutes_hint = "Then it is canceled, and its goods go back to the shelf. New orders only.", "超时订单将被取消，商品回到库存。仅对新订单生效。";
    settings_received_after_days = "Days until an order counts as received", "自动确认收货（天）";
    settings_return_days = "Days to ask for a return", "退货期限（天）";
    settings_return_days_hint = "From the receipt on. 0: no returns.", "自收货起计算。0 表示不接受退货。";
    settings_review_days = "Days to review an order", "评价期限（天）";

    settings_limits = "Limits of one account", "单个账户的限制";
    settings_limits_words = "0 is no limit.", "0 表示不限制。";
    settings_max_open_orders = "Open orders", "未完成订单数";
    settings_max_open_per_sku = "Pieces of one SKU in open orders", "未完成订单中同一 SKU 的件数";
    settings_max_open_per_product = "Pieces of one product in open orders", "未完成订单中同一商品的件数";
    settings_max_expired_orders = "Expired orders in 24 hours", "24 小时内过期订单数";

    settings_passwords = "When staff must type their password again", "需要员工再次输入密码的操作";
    settings_refund_password_from = "Refunds from this amount on", "退款金额达到";
    settings_stock_password_from = "Stock changes from so many units on", "库存变动件数达到";
}
