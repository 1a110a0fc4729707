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
    stock_export = "Export as CSV", "导出 CSV";
    stock_first_page = "First page", "第一页";
    stock_filter_button = "Show", "筛选";
    stock_low_many(n) = "{n} SKUs are low or sold out", "{n} 个 SKU 库存偏少或售罄", one "{n} SKU is low or sold out";
}
