//! Messages of the home page, categories, search and products.

use super::messages;

messages! {
    hero_title = "Good things, without the rush.", "好东西，慢慢挑。";
    hero_words(amount) = "Each one chosen, counted and ready to go. Delivery is free from {amount}.", "每一件都精心挑选、清点在库。满 {amount} 免运费。";
    setting_up_title = "This shop is being set up.", "本店正在筹备中。";
    setting_up_words = "There is nothing to buy yet. Please come back soon.", "暂时还没有商品，敬请期待。";
    setting_up_staff = "Only you and your colleagues read this: add products, and publish them.", "（仅员工可见）请添加商品并上架。";
    setting_up_go = "Set up the shop", "前往后台设置";
    see_new = "See what is new", "看看新品";
    shop_by_category = "Shop by category", "商品分类";
    bestsellers = "Bestsellers", "热销商品";
    new_in = "New in", "新品上架";
    see_all = "See all", "查看全部";
    home_freight_below(charge) = "Below that, delivery is {charge}.", "不满此金额，运费 {charge}。";
    home_stock_title = "In stock means in stock", "页面写有货，就是有货";
    home_stock = "Once your order is placed, it is yours.", "下单成功，商品就为您留好了。";
    home_cod = "Pay when your goods are at the door.", "货送到家，再付款。";

    home_description(shop, amount) = "{shop}: good things, each one counted and ready to go. Free delivery from {amount}.", "{shop}：每一件都精心挑选、清点在库，下单即发，满 {amount} 免运费。";
    category_description(name, n, shop) = "{name} at {shop}: {n} products with prices, pictures and what is in stock.", "{shop}的{name}：共 {n} 件商品，含价格、图片和库存。";
    product_description(name, price, shop) = "{name} from {price} at {shop}: price, pictures, reviews and what is in stock.", "{name}，{price} 起，{shop}有售：价格、图片、评价和库存。";
    category_gone_title = "This category is gone", "该分类已撤销";
    category_gone = "The shop no longer has it. Perhaps what you are looking for stands here.", "本店已不再设此分类。您可以看看这些分类。";

    price_from = "from", "起";
    list_price = "List price", "原价";
    sold(n) = "{n} sold", "已售 {n}";
    sort_by = "Sort by", "排序";
    sort_bestselling = "Bestselling", "热销";
    sort_price_up = "Price, low to high", "价格从低到高";
    sort_price_down = "Price, high to low", "价格从高到低";
    sort_new = "New", "最新";
    products(n) = "{n} products", "共 {n} 件商品", one "{n} product";
    category_empty_title = "Nothing here yet", "这里暂时还没有商品";
    category_empty = "This shelf is being filled. Have a look around the rest of the shop meanwhile.", "这个分类正在上新，先去别处逛逛吧。";
    all_of(category) = "All of {category}", "查看全部{category}";

    searched_for(words) = "“{words}”", "“{words}”";
    search_title(words) = "Search: {words}", "搜索：{words}";
    products_found(n) = "{n} products found", "找到 {n} 件商品", one "{n} product found";
    all_products = "All products", "全部商品";
    search_without_words = "Type above what you are looking for, or look through everything we have.", "在上方输入想找的商品，或者直接浏览全部商品。";
    nothing_found(words) = "We found nothing for “{words}”", "没有找到与“{words}”相关的商品";
    nothing_found_hint = "Try fewer or other words, or look through the categories.", "试试更少或别的关键词，或者按分类浏览。";
    to_home = "To the home page", "返回首页";

    no_longer_sold = "No longer sold", "已下架";
    no_longer_sold_words = "We do not have it any more. This is what it was called, and what we have near it.", "该商品已不再出售。您可以看看同类的其他商品。";
    sold_instead = "What we have near it", "同类商品";
    picture_of(n, all, name) = "Picture {n} of {all}: {name}", "{name}：图片 {n}（共 {all} 张）";
    back_to_product = "Back to the product", "返回商品";
    pictures = "Pictures", "图片";

    picture_number(n) = "Picture {n}", "图片 {n}";
    option_sold_out = "sold out", "已售罄";
    add_to_cart = "Add to cart", "加入购物车";
    fewer = "Fewer", "减少";
    more = "More", "增加";
    show_choice = "Show this choice", "查看所选规格";
    show_choice_hint = "Its price and pictures; nothing is put in the cart by it.", "查看价格和图片，不会加入购物车。";
    combination_not_made = "We do not have this combination. Here is the one nearest to it.", "没有这个组合，为您显示最接近的一款。";
    delivered_free(amount) = "Delivery is free, as it always is from {amount}.", "本品免运费（满 {amount} 免运费）。";
    delivery_charge(charge, amount) = "Delivery is {charge}, and free from {amount}.", "运费 {charge}，满 {amount} 免运费。";
    about_product = "About this product", "商品介绍";
    product_details = "Details", "规格参数";
    brand = "Brand", "品牌";
    sku_code = "Code", "货号";
    category = "Category", "分类";
}
