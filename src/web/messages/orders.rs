//! What the orders say.

use super::messages;

messages! {
    order = "Order", "订单";
    order_thanks = "Thank you, it is yours", "谢谢惠顾，订单已生成";
    order_all = "All orders", "全部订单";
    order_by_status = "By status", "按状态";
    order_status_all = "All", "全部";
    order_unpaid = "To pay", "待付款";
    order_unsent = "To be sent", "待发货";
    order_unreceived = "On its way", "待收货";
    order_unreviewed = "Received", "待评价";
    order_finished = "Finished", "已完成";
    order_canceled = "Cancelled", "已取消";
    order_refunded = "Refunded", "已退款";
    order_placed = "Placed", "已下单";
    order_progress = "Progress", "进度";
    order_pay_until(amount, method, until) = "{amount} to be paid with {method} until {until}", "请在 {until} 前用{method}支付 {amount}";
    order_pay_until_words = "We keep the goods for you until then. After that the order is cancelled and the goods go back on the shelf.", "在此之前我们为您保留商品；逾期订单将自动取消，商品重新上架。";
    order_canceled_at(at) = "Cancelled on {at}. Nothing was charged.", "已于 {at} 取消，未产生任何费用。";
    order_cod_words(amount) = "Please have {amount} ready for the courier.", "请备好 {amount}，货到时交给快递员。";
    order_amounts = "Amounts", "金额";
    order_goods = "Goods", "商品";
    order_discount = "Discount", "优惠";
    order_delivered_to = "Delivered to", "收货信息";
    order_pay_method = "How to pay", "支付方式";
    order_payment = "Payment", "支付方式";
    order_note = "Your note", "备注";
    order_see = "See the order", "查看订单";
    order_none_title = "No orders here", "这里没有订单";
    order_none = "What you order will be listed here.", "您的订单会显示在这里。";
    order_none_of_status = "None of your orders is in this state just now.", "目前没有处于该状态的订单。";
    pay_alipay = "Alipay", "支付宝";
    pay_alipay_words = "Pay online; we send it once it is paid.", "在线支付，付款后发货。";
    pay_cod = "Cash on delivery", "货到付款";
    pay_cod_words = "We send it at once; pay at the door.", "立即发货，收货时付款。";
}
