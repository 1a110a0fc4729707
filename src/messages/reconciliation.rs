//! Reconciliation: its page and what each check verifies.

use super::messages;

messages! {
    reconciliation = "Reconciliation", "对账";
    reconciliation_short = "Checks", "对账";
    reconciliation_words = "Does everything add up? Each check below compares one figure (stock, sales, amounts) with what it is the sum of. Here is the result of the last run.", "各项数字是否对得上？库存、销量与订单相互核对，这里显示最近一次的结果。";
    reconciliation_check = "Check now", "立即核对";
    reconciliation_running = "Reconciliation is running. This page refreshes every few seconds.", "正在对账，本页每隔几秒自动刷新。";
    reconciliation_running_already = "Reconciliation is running already.", "对账已在进行中。";
    reconciliation_all_agree(n) = "No mismatches in {n} checks", "全部 {n} 项核对相符";
    reconciliation_disagree(n, all) = "{n} of {all} checks found mismatches", "{all} 项核对中有 {n} 项不符", one "{n} of {all} checks found mismatches";
    reconciliation_disagree_words = "Nothing is corrected automatically. Each row below shows the stored value and the expected one.", "系统不会自动修正。下面列出每一行的记录值与合计值。";
    reconciliation_mismatches(n) = "{n} checks found mismatches", "{n} 项核对不符", one "{n} check found mismatches";
    reconciliation_failed = "Reconciliation could not run", "无法完成对账";
    reconciliation_outdated = "The last run is more than a day old", "上次核对已超过一天";
    reconciliation_outdated_words = "It found no mismatches. Check again, or have the operator run “till reconcile” every night.", "当时全部相符。请再次核对，或请运维人员每晚定时运行 till reconcile。";
    reconciliation_never = "Reconciliation has never run", "从未对过账";
    reconciliation_never_words = "Check now, or have the operator run “till reconcile” every night.", "请立即核对，或请运维人员每晚定时运行 till reconcile。";
    reconciliation_run(at, took, by) = "Checked on {at} in {took} by {by}", "{at} 由 {by} 核对，用时 {took}";
    reconciliation_seconds(n) = "{n} s", "{n} 秒";
    reconciliation_agrees = "No mismatches", "相符";
    reconciliation_rows(n) = "{n} mismatches", "{n} 行不符", one "{n} mismatch";
    reconciliation_row = "Row", "行";
    reconciliation_stored = "Stored", "记录值";
    reconciliation_expected = "Expected", "合计值";
    reconciliation_more(n) = "and {n} more: till reconcile --limit 1000 lists them", "另有 {n} 行，可用 till reconcile --limit 1000 列出";
    reconciliation_earlier_runs = "Earlier runs", "以往核对";
    reconciliation_took = "Took", "用时";
    reconciliation_result = "Result", "结果";

    check_stock_not_negative = "Stock is never below zero", "库存从不低于零";
    check_sku_stock = "The stock of each SKU is its stock movements less its order goods", "每个 SKU 的库存等于库存变动减去订单商品";
    check_cancellations = "A cancelled order has returned each of its goods to stock, and no other order has returned any", "已取消的订单已退回全部商品，其他订单没有退回";
    check_withdrawals = "The units of an order that will not be sent have gone back to the stock", "订单中不再发货的商品已退回库存";
    check_sku_sales = "The sales of each SKU are its goods in orders that are not cancelled", "每个 SKU 的销量等于未取消订单中的商品数";
    check_spu_sales = "The sales of each product are the sales of its SKUs", "每件商品的销量等于其各 SKU 销量之和";
    check_order_sums = "The count and the amounts of each order are the sums over its goods, plus freight, minus discount", "每个订单的数量与金额等于其商品之和，加运费，减优惠";
    check_order_goods = "No order is without goods", "没有不含商品的订单";
    check_one_order_per_checkout = "One checkout of one shopper gives at most one order", "一次结算最多生成一个订单";
    check_cart_clearing = "What each order takes out of its cart is what was bought", "每个订单从购物车移出的正是所购商品";
    check_order_paid = "What an order was paid is the amount of its payment: nothing, or its total", "订单的已付金额等于计入的付款：为零或等于总额";
    check_one_payment_counts = "At most one payment counts for an order", "每个订单最多只有一笔付款计入";
    check_paid_trades = "Each paid attempt has a trade of its own and a time", "每笔已付款都有唯一的交易号和时间";
    check_paid_exactly = "The payment of an order is exactly its total", "计入的付款恰好等于订单总额";
    check_surplus_goes_back = "What was paid too much goes back, or waits for staff", "多付的款项已退回，或等待处理";
    check_refunds_within = "The refunds of a payment are never more than was paid", "一笔付款的退款从不超过所付金额";
    check_order_refunds = "What goes back of an order is the sum of the refunds of its payment", "订单的退款金额等于其付款的退款之和";
    check_line_refunds = "What goes back of an order line is the sum of its refunds, within what it cost", "订单商品的退款金额等于其退款之和，且不超过实付";
    check_refund_parts = "The goods and the freight of a refund are never more than its amount", "退款中的商品与运费之和从不超过退款金额";
    check_refunded_status = "An order is refunded once all its money has gone back after its goods had left; a cancelled one gets all its money back", "发货后款项全部退回的订单为已退款；已取消的订单退回全部款项";
    check_key_payment = "Payment", "付款";
    check_key_refund = "Refund", "退款";
    check_key_sku = "SKU", "SKU";
    check_key_spu = "Product", "商品";
    check_key_order = "Order", "订单";
    check_key_order_and_sku = "Order and SKU", "订单与 SKU";
    check_key_checkout = "Checkout", "结算";
}
