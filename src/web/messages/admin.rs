//! What the pages behind the counter say.

use super::messages;

messages! {
    counter_home = "Till, behind the counter", "Till 商店，后台管理";
    to_the_shop = "To the shop", "前往商店";

    stock = "Stock", "库存";
    stock_summary(n) = "{n} SKUs, low stock first", "共 {n} 个 SKU，库存少的在前", one "{n} SKU";
    stock_search = "Search by name or code", "按名称或编码搜索";
    stock_search_hint = "Name or code", "名称或编码";
    stock_filter = "Filter", "筛选";
    stock_show_all = "All", "全部";
    stock_show_low = "Low", "库存少";
    stock_show_out = "Sold out", "已售罄";
    stock_none = "No SKU matches this", "没有符合条件的 SKU";
    stock_none_for(words) = "No SKU matches “{words}”", "没有与“{words}”相符的 SKU";
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
    stock_delta_for(name) = "Difference for {name}", "{name} 的增减数量";
    stock_reason = "Reason", "原因";
    stock_note = "Note", "备注";
    stock_delta_wrong = "Please give a whole number, above or below zero, up to 1,000,000.", "请输入不为零的整数，增减不超过 1,000,000。";
    stock_reason_wrong = "Please choose one of the reasons.", "请选择一个原因。";
    stock_not_enough(n) = "Only {n} are left: stock cannot go below zero.", "仅剩 {n} 件，库存不能低于零。", one "Only {n} is left: stock cannot go below zero.";
    stock_none_left = "None is left: stock cannot go below zero.", "已无库存，库存不能低于零。";
    stock_too_many(n, most) = "There are {n} already, and no more than {most} are counted.", "现有 {n} 件，最多只能记 {most} 件。";
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
    movements_order(number) = "Order {number}", "订单 {number}";
}
