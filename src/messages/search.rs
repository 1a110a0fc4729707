//! Messages of the search for products.

use super::messages;

messages! {
    searched_for(words) = "“{words}”", "“{words}”";
    search_title(words) = "Search: {words}", "搜索：{words}";
    products_found(n) = "{n} products found", "找到 {n} 件商品", one "{n} product found";
    products_found_best(total, shown) = "{total} products found; these are the best {shown}", "找到 {total} 件商品，以下为最相关的 {shown} 件";
    all_products = "All products", "全部商品";
    search_without_words = "Type above what you are looking for, or look through everything we have.", "在上方输入想找的商品，或者直接浏览全部商品。";
    nothing_found(words) = "We found nothing for “{words}”", "没有找到与“{words}”相关的商品";
    nothing_found_hint = "Try fewer or other words, or look through the categories.", "试试更少或别的关键词，或者按分类浏览。";
    sort_relevance = "Best match", "相关度";
    search_cut(words) = "That was long: only “{words}” was searched.", "输入的内容较长，仅搜索了“{words}”。";
    search_corrected(words) = "These are the results for “{words}”.", "以下是“{words}”的搜索结果。";
    search_instead(words) = "Search for “{words}” instead", "仍然搜索“{words}”";
    search_most_words = "No product has all of these words. These have most of them.", "没有商品包含全部关键词，以下商品包含其中大部分。";
    search_nearest = "What comes nearest", "最接近的商品";
    search_bestsellers = "What others buy", "大家都在买";
    suggestions_label = "Suggestions", "搜索建议";
    suggestions_count(n) = "{n} suggestions", "{n} 条建议", one "{n} suggestion";
    suggestions_all(words) = "All results for “{words}”", "查看“{words}”的全部结果";

    missed_searches_title = "Searches without a result", "无结果的搜索";
    missed_searches_words = "What shoppers searched in the last 30 days and no product had, the most frequent first. Texts that may tell about a person are not counted.", "最近 30 天顾客搜索但没有找到商品的关键词，按次数排列。可能涉及个人信息的内容不计入。";
    missed_searches_empty = "Every search has found something", "所有搜索都有结果";
    missed_searches_empty_words = "What shoppers search in vain will be listed here.", "顾客没有搜到的内容会列在这里。";
    missed_searches_text = "Searched for", "搜索内容";
    missed_searches_count = "Searches", "次数";
    missed_searches_last = "Last on", "最近一次";
    missed_searches_try = "Try it", "试搜";
}
