//! Messages about the cart.

use super::messages;

messages! {
    cart_entries(n) = "{n} entries", "{n} 种商品", one "{n} entry";
    cart_empty_title = "Your cart is empty", "购物车还是空的";
    cart_empty = "What you put in stays here, with an account or without.", "放进来的商品会一直在这里，登录与否都一样。";
    cart_look_around = "Look around the shop", "去逛逛";
    cart_select_all = "Select all", "全选";
    cart_select(name) = "Select {name}", "选择 {name}";
    cart_quantity_of(name) = "Quantity of {name}", "{name} 的数量";
    cart_fewer(name) = "Fewer: {name}", "减少：{name}";
    cart_more(name) = "More: {name}", "增加：{name}";
    cart_remove = "Remove", "移除";
    cart_summary = "Summary", "结算";
    cart_goods(n) = "Goods ({n} pieces)", "商品（{n} 件）", one "Goods ({n} piece)";
    cart_until_free(amount) = "{amount} more for free delivery", "再买 {amount} 即可免运费";
    cart_comes_to(n, total) = "{n} items, {total} in all", "共 {n} 件，合计 {total}", one "{n} item, {total} in all";
    cart_to_checkout = "Go to checkout", "去结算";
    cart_choose_first = "Select what you want to buy.", "请先选择要购买的商品。";
    cart_gone = "No longer sold.", "已下架。";
    cart_sold_out = "Sold out.", "已售罄。";
    cart_scarce(left) = "Only {left} left: please lower the count.", "仅剩 {left} 件，请减少数量。";
    cart_price_changed(from, to) = "The price changed from {from} to {to}.", "价格由 {from} 变为 {to}。";

    cart_added(name) = "{name} is in your cart.", "{name} 已加入购物车。";
    cart_added_scarce(name, left) = "{name} is in your cart, but we have only {left} left.", "{name} 已加入购物车，但仅剩 {left} 件。";
    cart_added_sold_out(name) = "{name} is in your cart, but it has just sold out.", "{name} 已加入购物车，但刚刚售罄。";
    cart_removed = "Removed from your cart.", "已从购物车移除。";
    cart_choose_sku = "Please choose what to add.", "请选择要添加的商品。";
    cart_no_such_sku = "This is not sold here any more.", "该商品已不再出售。";
    cart_full(most) = "A cart holds {most} different goods. Please order or remove some first.", "购物车最多容纳 {most} 种商品，请先结算或移除一些。";
    cart_too_many = "At most 999 of one thing fit into a cart.", "同一商品最多 999 件。";
    cart_selected_wrong = "Please select or unselect it again.", "请重新选择。";
    cart_merged_added(n) = "{n} entries from your cart before signing in were added.", "已合并登录前购物车中的 {n} 种商品。", one "{n} entry from your cart before signing in was added.";
    cart_merged_raised(n) = "{n} entries now have the larger of both counts.", "其中 {n} 种商品取了较大的数量。", one "{n} entry now has the larger of both counts.";
}
