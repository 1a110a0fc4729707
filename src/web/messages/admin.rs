//! What the pages behind the counter say.

use super::messages;

messages! {
    counter_home = "Till, behind the counter", "Till 商店，后台管理";
    to_the_shop = "To the shop", "前往商店";

    stock = "Stock", "库存";
    stock_search = "Search by name or code", "按名称或编码搜索";
    stock_search_hint = "Name or code", "名称或编码";
    stock_filter = "Filter", "筛选";
    stock_show_all = "All", "全部";
    stock_show_low = "Low", "库存少";
    stock_show_out = "Sold out", "已售罄";
    stock_none = "No SKU matches this", "没有符合条件的 SKU";
    stock_none_for(words) = "No SKU matches “{words}”", "没有与“{words}”相符的 SKU";
    stock_empty = "No stock yet", "还没有库存";
    stock_empty_words = "Stock is counted for what a product is sold as. Add a product and give it a price first.", "库存按商品的规格（SKU）计数，请先新建商品并填写价格。";
    stock_arrows(moves) = "{moves}.", "{moves}。";
    stock_arrows_more(n) = "and {n} more", "另有 {n} 个";
    stock_undone_many(moves) = "Undone: {moves}.", "已撤销：{moves}。";
    stock_undone_since(codes) = "The stock had changed meanwhile: {codes}. Only your own change was taken back.", "其间库存已发生变化：{codes}。仅撤回了您的更改。";
    stock_undo_refused(code, why) = "Nothing was undone. {code}: {why}", "未作撤销。{code}：{why}";
    stock_undo_gone = "There is nothing to undo any more: it was undone before.", "没有可撤销的内容：此前已撤销。";
    stock_none_hint = "Search by a part of the name or the code.", "请输入名称或编码的一部分。";
    stock_all_skus = "All SKUs", "全部 SKU";
    stock_picture = "Picture", "图片";
    stock_name = "Name", "名称";
    stock_code = "Code", "编码";
    stock_price = "Price", "价格";
    stock_sales = "Sales", "销量";
    stock_low = "Low", "偏少";
    stock_not_on_sale = "Not on sale", "未上架";
    stock_now = "Now", "当前";

    stock_change = "Change the stock", "调整库存";
    stock_change_button = "Change", "调整";
    stock_delta = "Difference", "增减数量";
    stock_reason = "Reason", "原因";
    stock_note = "Note", "备注";
    stock_delta_wrong = "Please give a whole number, above or below zero, up to 1,000,000.", "请输入不为零的整数，增减不超过 1,000,000。";
    stock_how_wrong = "Please choose what the number means: a difference or what you counted.", "请选择数字的含义：增减数量或盘点数量。";
    stock_reason_wrong = "Please choose one of the reasons.", "请选择一个原因。";
    stock_not_enough(n) = "Only {n} are left: stock cannot go below zero.", "仅剩 {n} 件，库存不能低于零。", one "Only {n} is left: stock cannot go below zero.";
    stock_none_left = "None is left: stock cannot go below zero.", "已无库存，库存不能低于零。";
    stock_too_many(n, most) = "There are {n} already, and no more than {most} are counted.", "现有 {n} 件，最多只能记 {most} 件。";
    stock_changed_before(code, change, n) = "{code}: {change} was counted already. There are {n} now.", "{code}：{change} 已经记过，现有 {n} 件。";
    stock_form_reused = "This form was sent before and said something else then. Please look at the stock and send it again.", "此表单已提交过，当时的内容不同。请核对库存后再次提交。";
    stock_just_changed(n) = "The stock has changed this very moment, to {n}. Please try again.", "库存刚刚变为 {n} 件，请重试。";

    reason_delivery = "Delivery", "进货";
    reason_damage = "Damage", "损坏";
    reason_count = "Count", "盘点";
    reason_return = "Return", "退货";
    reason_correction = "Correction", "更正";
    reason_import = "Import", "导入";
    reason_cancellation = "Order cancelled", "订单取消";
    reason_sale = "Sale", "售出";

    movements = "Stock movements and sales", "库存变动与销售";
    movements_none = "Nothing has moved yet.", "还没有任何变动。";
    movements_when = "When", "时间";
    movements_change = "Change", "变动";
    movements_by = "By", "经手";
    books = "Reconciliation", "对账";
    books_short = "Checks", "对账";
    books_words = "Does everything add up? Each of the books below compares one figure (stock, sales, amounts) with what it is the sum of. Here is the result of the last check.", "各项数字是否对得上？库存、销量与订单相互核对，这里显示最近一次的结果。";
    books_check = "Check now", "立即核对";
    books_running = "The books are being checked. This page looks again every few seconds.", "正在对账，本页每隔几秒自动刷新。";
    books_running_already = "The books are being checked already.", "对账已在进行中。";
    books_agree(n) = "All {n} books agree", "全部 {n} 项核对相符";
    books_disagree(n, all) = "{n} of {all} books do not agree", "{all} 项核对中有 {n} 项不符", one "{n} of {all} books does not agree";
    books_disagree_words = "Nothing is repaired by itself. Each row below shows what it says and what the sums say it should.", "系统不会自动修正。下面列出每一行的记录值与合计值。";
    books_disagreeing(n) = "{n} books do not agree", "{n} 项核对不符", one "{n} book does not agree";
    books_unread = "The books could not be read", "无法完成对账";
    books_old = "The last check is more than a day old", "上次核对已超过一天";
    books_old_words = "All agreed then. Check again, or have the operator run “till reconcile” every night.", "当时全部相符。请再次核对，或请运维人员每晚定时运行 till reconcile。";
    books_never = "The books were never checked", "从未对过账";
    books_never_words = "Check now, or have the operator run “till reconcile” every night.", "请立即核对，或请运维人员每晚定时运行 till reconcile。";
    books_asked(at, took, by) = "Checked on {at} in {took} by {by}", "{at} 由 {by} 核对，用时 {took}";
    books_seconds(n) = "{n} s", "{n} 秒";
    books_agrees = "Agrees", "相符";
    books_rows(n) = "{n} rows disagree", "{n} 行不符", one "{n} row disagrees";
    books_row = "Row", "行";
    books_there = "It says", "记录值";
    books_sums = "The sums say", "合计值";
    books_more(n) = "and {n} more: till reconcile --limit 1000 lists them", "另有 {n} 行，可用 till reconcile --limit 1000 列出";
    books_earlier = "Earlier checks", "以往核对";
    books_took = "Took", "用时";
    books_result = "Result", "结果";

    outbox = "Background jobs", "后台任务";
    outbox_short = "Jobs", "后台任务";
    outbox_words = "Work that the shop does by itself after an order or an edit, such as clearing a cart or sending a mail. What fails again and again waits here for you.", "下单或修改之后由系统自动完成的工作，例如清理购物车、发送邮件。屡次失败的会留在这里，等您处理。";
    outbox_given_up(n) = "{n} wait for you", "{n} 项待您处理", one "{n} waits for you";
    outbox_waiting(n, since) = "{n} are on their way by themselves, the oldest since {since}.", "{n} 项正在自动处理，最早的一项始于 {since}。", one "{n} is on its way by itself, since {since}.";
    outbox_none_waiting = "Nothing else is on its way.", "没有其他正在处理的工作。";
    outbox_none = "Nothing waits for you", "没有待您处理的工作";
    outbox_work = "Work", "工作";
    outbox_clear_cart = "Take what was bought out of the cart", "从购物车移出已购商品";
    outbox_attempts = "Attempts", "尝试次数";
    outbox_last_error = "Last error", "最近的错误";
    outbox_since = "Since", "始于";
    outbox_try_again = "Try again", "重试";
    outbox_try_again_of(order) = "Try again: {order}", "重试：{order}";
    outbox_try_all_again = "Try all again", "全部重试";
    outbox_tried_again(n) = "{n} are tried again within a second.", "将在一秒内重试 {n} 项。", one "It is tried again within a second.";
    outbox_nothing_to_try = "There is nothing to try again here: it was done meanwhile.", "没有需要重试的工作：可能已经完成。";

    movements_order(number) = "Order {number}", "订单 {number}";
}
