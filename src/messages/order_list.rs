//! Messages of the list of orders for staff.

use super::messages;

messages! {
    orders_search = "Number, phone, name, product, tracking number", "订单号、手机、姓名、商品、运单号";
    orders_from = "From", "下单日期从";
    orders_to_day = "To", "至";
    orders_paid = "Payment", "付款";
    orders_paid_any = "Paid or not", "不限付款";
    orders_paid_yes = "Paid", "已付款";
    orders_paid_no = "Not paid", "未付款";
    orders_method = "Pay method", "支付方式";
    orders_method_any = "Any pay method", "不限支付方式";
    orders_work_lists = "To be dealt with", "待处理";
    orders_late = "Waiting longer than 24 h", "超过 24 小时未发货";
    orders_to_collect = "Cash to collect", "货款待收";
    orders_cancellation_asked = "Cancellation asked", "申请取消";
    orders_return_asked = "Return asked", "申请退货";
    orders_return_arrived = "Return arrived", "退货已到";
    orders_held = "On hold", "暂缓发货";
    orders_is_held(reason) = "On hold: {reason}", "暂缓：{reason}";
    orders_is_packing = "Being packed", "配货中";
    orders_found(n, amount) = "{n} orders, {amount} in all", "共 {n} 个订单，合计 {amount}", one "{n} order, {amount}";
    orders_found_many(n) = "{n} orders", "{n} 个订单";
    orders_found_some(n) = "At least {n} orders; too many to count them all", "至少 {n} 个订单，数量过多，未全部计数";
    orders_searched_to(at) = "The words are common, so only orders as far as {at} were searched. The next page searches further.", "关键词过于常见，本页只搜索到 {at} 的订单，翻页可继续搜索。";
    orders_none_yet_found = "None in these orders", "这些订单中没有";
    orders_none_yet_found_words = "There may be some further on.", "其他日期的订单中可能有。";
    orders_search_on = "Search older orders", "搜索更早的订单";
    orders_more_lines(n) = "and {n} more", "另有 {n} 种";
    new_orders(n) = "New orders: {n}", "新订单：{n}";
    new_orders_sound = "Sound for new orders", "新订单提示音";
    orders_tick(number) = "Choose order {number}", "选择订单 {number}";
    orders_tick_all = "All on this page", "全选本页";
    orders_none_like_this_words = "Parts of the order number, the phone, the name, a product, a SKU code or a tracking number are found; words of one or two letters only as a whole.", "可输入订单号、手机号、姓名、商品、SKU 编码或运单号的任意部分；一两个字母只匹配整个单词。";
}
