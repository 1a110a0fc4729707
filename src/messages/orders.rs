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
    order_unreviewed = "Received", "已收货";
    order_finished = "Finished", "已完成";
    order_canceled = "Cancelled", "已取消";
    order_refunded = "Refunded", "已退款";
    order_placed = "Placed", "已下单";
    order_progress = "Progress", "进度";
    order_pay_until(amount, method, until) = "{amount} to be paid with {method} until {until}", "请在 {until} 前用{method}支付 {amount}";
    order_pay_until_words = "Nothing can be paid online yet. We keep the goods for you until then; after that the order is cancelled and the goods go back on the shelf.", "在线支付尚未开通。在此之前我们为您保留商品；逾期订单将自动取消，商品重新上架。";
    order_canceled_at(at) = "Cancelled on {at}. Nothing was charged.", "已于 {at} 取消，未产生任何费用。";
    order_expired(until, at) = "It was not paid by {until}, so it was cancelled on {at}. Nothing was charged, and the goods went back on the shelf.", "因未在 {until} 前付款，订单已于 {at} 取消。未产生任何费用，商品已重新上架。";
    reorder = "Put its goods back into the cart", "将商品放回购物车";
    reorder_done = "The goods of the order are in your cart again.", "订单中的商品已放回购物车。";
    reorder_gone(names) = "Not available any more: {names}.", "已无法购买：{names}。";
    reorder_fewer(names) = "Fewer than you had ordered: {names}.", "库存少于原订单数量：{names}。";
    reorder_full(names) = "Your cart is full, so this was left out: {names}.", "购物车已满，未能放入：{names}。";
    list_separator = ", ", "、";
    and_more(names, n) = "{names} and {n} more", "{names} 等另外 {n} 种";
    counted_name(name, n) = "{name} ({n})", "{name}（{n} 件）";
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
    pay_alipay_words = "For trying out only: nothing can be paid online yet, so the order is cancelled when its time is up.", "仅供试用：在线支付尚未开通，订单到期后将自动取消。";
    pay_cod = "Cash on delivery", "货到付款";
    pay_cod_words = "Pay the courier when the goods are at your door.", "收货时付款给快递员。";

    book_stock_not_negative = "Stock is never below zero", "库存从不低于零";
    book_sku_stock = "The stock of each SKU is its stock movements less its order goods", "每个 SKU 的库存等于库存变动减去订单商品";
    book_cancellations = "A cancelled order has put back each of its goods, and no other order has put back any", "已取消的订单已退回全部商品，其他订单没有退回";
    book_sku_sales = "The sales of each SKU are its goods in orders that are not cancelled", "每个 SKU 的销量等于未取消订单中的商品数";
    book_spu_sales = "The sales of each product are the sales of its SKUs", "每件商品的销量等于其各 SKU 销量之和";
    book_order_sums = "The count and the amounts of each order are the sums over its goods, plus freight, minus discount", "每个订单的数量与金额等于其商品之和，加运费，减优惠";
    book_order_goods = "No order is without goods", "没有不含商品的订单";
    book_one_order_per_checkout = "One checkout of one shopper gives at most one order", "一次结算最多生成一个订单";
    book_cart_promises = "What each order takes out of its cart is what was bought", "每个订单从购物车移出的正是所购商品";
    book_of_sku = "SKU", "SKU";
    book_of_spu = "Product", "商品";
    book_of_order = "Order", "订单";
    book_of_order_and_sku = "Order and SKU", "订单与 SKU";
    book_of_checkout = "Checkout", "结算";
}
