//! What the stock room says: the list, its changes and the page of a SKU.

use super::messages;

messages! {
    stock_found(n) = "{n} SKUs", "共 {n} 个 SKU", one "{n} SKU";
    stock_found_many = "More than 5,000 SKUs", "超过 5,000 个 SKU";
    stock_found_some = "Many SKUs match", "符合条件的 SKU 很多";
    stock_show_inactive = "Not on sale", "未上架";
    stock_category = "Category", "分类";
    stock_any_category = "All categories", "全部分类";
    stock_brand = "Brand", "品牌";
    stock_any_brand = "All brands", "全部品牌";
    stock_sort = "Sort by", "排序";
    stock_sort_code = "Code", "编码";
    stock_sort_name = "Name", "名称";
    stock_sort_newest = "Newest", "最新";
    stock_sort_stock = "Least stock", "库存最少";
    stock_sort_sold = "Most sold", "销量最高";
    stock_sort_days = "Soonest gone", "最快售完";
    stock_sort_kept = "The order is that of about a minute ago; the figures are of now.", "排序依据约一分钟前的数据，显示的数字为最新。";
    stock_options = "Options", "规格";
    stock_low_at = "Low at", "低库存线";
    stock_sold = "Sold, 7 / 30 days", "近 7 / 30 天售出";
    stock_sold_7 = "Sold in 7 days", "近 7 天售出";
    stock_sold_30 = "Sold in 30 days", "近 30 天售出";
    stock_days_left = "Days left", "可售天数";
    stock_days_unknown = "not selling", "无销售";
    stock_how = "How", "方式";
    stock_by_difference = "Add or take (+/−)", "增减 (+/−)";
    stock_by_count = "I counted", "盘点为";
    stock_amount_for(name) = "Number for {name}", "{name} 的数量";
    stock_counted_wrong = "Please give what you counted as a whole number from 0 to 1,000,000.", "请输入 0 至 1,000,000 之间的整数作为盘点数。";
    stock_agrees(code, n) = "{code}: {n}, as counted. There was nothing to change.", "{code}：{n} 件，与盘点一致，无需调整。";
    stock_sold_meanwhile(n, seen, now, counted) = "{n} sold while you typed: {seen} to {now}; you counted {counted}. Nothing is changed yet.", "您输入时售出了 {n} 件：{seen} 变为 {now}；您盘点为 {counted}。尚未作任何更改。";
    stock_changed_meanwhile(seen, now, counted) = "The stock changed while you typed: {seen} to {now}; you counted {counted}. Nothing is changed yet.", "您输入时库存发生变化：{seen} 变为 {now}；您盘点为 {counted}。尚未作任何更改。";
    stock_counted_after(n) = "I counted after that: set to {n}", "我是在此之后盘点的：设为 {n}";
    stock_counted_before(n) = "I counted before that: set to {n}", "我是在此之前盘点的：设为 {n}";
    stock_held(n, orders) = "{n} more are held by {orders} unpaid orders and come back if those are not paid.", "另有 {n} 件由 {orders} 个未付款订单占用，若不付款将退回库存。";
    stock_low_wrong = "Please give a whole number from 0 to 1,000,000.", "请输入 0 至 1,000,000 之间的整数。";
    stock_low_set(code, n) = "{code} is low from {n} on", "{code} 的低库存线已设为 {n}";
    stock_low_button = "Save", "保存";
    stock_low_hint = "At this number or fewer the SKU is marked as low.", "库存不高于此数时标记为偏少。";
    deed_count_stock = "Counted the stock", "盘点库存";
    deed_undo_movement = "Undid a stock movement", "撤销库存变动";
    deed_set_low_stock = "Set the low-stock threshold", "设置低库存线";
    movement_balance = "Balance", "结存";
    movement_undo = "Undo", "撤销";
    movement_undo_of(delta, at) = "Undo {delta} of {at}", "撤销 {at} 的 {delta}";
    movement_undoes = "Undoes an earlier movement", "撤销先前的变动";
    movement_undone = "Undone", "已撤销";
    movement_undone_already = "This movement cannot be undone: it was undone before, or is the shop's own.", "此变动无法撤销：已被撤销，或由商店自动生成。";
    stock_export = "Export as CSV", "导出 CSV";
    stock_first_page = "First page", "第一页";
    stock_filter_button = "Show", "筛选";
    stock_low_many(n) = "{n} SKUs are low or sold out", "{n} 个 SKU 库存偏少或售罄", one "{n} SKU is low or sold out";
}
