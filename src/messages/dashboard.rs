//! Messages of the dashboard, the first admin page.

use super::messages;

messages! {
    dashboard = "Today", "今日";
    dashboard_at(at) = "As of {at}", "截至 {at}";
    dashboard_orders = "Orders", "订单数";
    dashboard_revenue = "Revenue", "销售额";
    dashboard_average = "Average order", "平均每单";
    dashboard_a_week_ago(what) = "{what} by this hour a week ago", "上周同日此时 {what}";
    dashboard_nothing_a_week_ago = "None by this hour a week ago", "上周同日此时暂无";
    dashboard_as_then = "as then", "持平";
    dashboard_counts = "An order counts from the moment it is placed, paid or not, with all that is to be paid for it; once it is cancelled or refunded it counts no longer, not on the day it was placed either.", "订单自下单起计入，无论是否付款，按应付总额计算；取消或退款后不再计入，下单当日也相应扣除。";
    dashboard_last_30 = "The last 30 days", "近 30 天";
    dashboard_orders_and_revenue(orders, revenue) = "{orders} orders, {revenue}", "{orders} 笔订单，{revenue}", one "{orders} order, {revenue}";
    dashboard_chart(from, to, top, day) = "Revenue of each day from {from} to {to}. The most was {top} on {day}.", "{from} 至 {to} 每日销售额，最高为 {day} 的 {top}。";
    dashboard_bar(day, orders, revenue) = "{day}: {revenue}, orders: {orders}", "{day}：{revenue}，订单数 {orders}";
    dashboard_as_table = "The same as a table", "以表格显示";
    dashboard_day = "Day", "日期";
    dashboard_so_far = "so far", "截至目前";
    dashboard_no_orders = "No orders in the last 30 days", "近 30 天没有订单";
    dashboard_no_orders_words = "As soon as somebody orders, each day has its bar here.", "有人下单后，这里会按天显示销售额。";
    dashboard_add_product = "Add a product", "添加商品";
    dashboard_bestsellers = "Bestsellers", "畅销商品";
    dashboard_bestsellers_7 = "In 7 days", "近 7 天";
    dashboard_bestsellers_30 = "In 30 days", "近 30 天";
    dashboard_bestsellers_none = "Nothing was sold.", "暂无销售。";
    dashboard_bestsellers_all = "All, the most sold first", "按销量查看全部";
    dashboard_pieces(n) = "{n} sold", "售出 {n} 件";
    dashboard_left(n) = "{n} left", "剩 {n} 件";
    dashboard_to_do = "To do", "待办事项";
    dashboard_to_send = "Orders to be sent", "待发货订单";
    dashboard_to_send_since(at) = "the first was placed {at}", "最早的一单下于 {at}";
    dashboard_waited(age) = "the oldest has waited for {age}", "最早一条已等待 {age}";
    dashboard_minutes(n) = "{n} minutes", "{n} 分钟", one "{n} minute";
    dashboard_hours(n) = "{n} hours", "{n} 小时", one "{n} hour";
    dashboard_days(n) = "{n} days", "{n} 天", one "{n} day";
    dashboard_to_pay = "Orders that wait to be paid", "待付款订单";
    dashboard_to_pay_until(at) = "the next is cancelled at {at} if nobody pays", "最近一单若不付款将于 {at} 取消";
    dashboard_sold_out = "SKUs sold out", "售罄的 SKU";
    dashboard_low_or_out = "SKUs low or sold out", "库存偏少或售罄的 SKU";
    dashboard_strange = "Payments to look at", "待核实的付款";
    dashboard_out_of_stock = "Paid late, out of stock", "逾期付款且缺货";
    dashboard_refunds = "Refunds refused or stuck", "被拒或停滞的退款";
    dashboard_outbox = "Failed background jobs", "屡次失败的后台任务";
    dashboard_reconciliation = "Reconciliation", "对账";
    dashboard_reconciliation_agree = "no mismatches", "相符";
    dashboard_reconciliation_disagree(n) = "{n} with mismatches", "{n} 项不符";
    dashboard_reconciliation_unread = "could not run", "无法读取";
    dashboard_reconciliation_old = "out of date", "已久未核对";
    dashboard_reconciliation_never = "never checked", "从未核对";
    dashboard_reconciliation_checked(at) = "checked {at}", "核对于 {at}";
    dashboard_none = "none", "无";
}
