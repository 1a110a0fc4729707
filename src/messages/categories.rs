//! Messages of the admin pages of categories and brands.

use super::messages;

messages! {
    categories_words = "Where goods stand in the shop. The order here is the order that shoppers see.", "商品在商店中的分类；此处顺序即顾客看到的顺序。";
    category_new = "New category", "新建分类";
    category_parent = "Stands below", "上级分类";
    category_root = "None: it is a department", "无（一级分类）";
    category_products = "Products", "商品";
    category_low_stock_at = "Low at", "低库存线";
    category_low_stock_inherited(n) = "{n} (default)", "{n}（默认）";
    category_low_stock_hint = "At this number or fewer a SKU is low, unless it has a threshold of its own. Left empty, it is as the category above says, or else 5. SKUs follow within a minute.", "SKU 未单独设置时的低库存线；留空则沿用上级分类，否则为 5。相关 SKU 将在一分钟内更新。";
    category_up = "Up", "上移";
    category_down = "Down", "下移";
    category_created = "Category created.", "分类已创建。";
    category_removed = "Category removed.", "分类已删除。";
    category_remove = "Remove this category", "删除此分类";
    category_below_itself = "A category cannot stand below itself. Please choose another.", "分类不能位于其自身之下，请另选上级分类。";
    category_too_deep = "There would be more than ten categories above each other. Please choose one higher up.", "分类层级不能超过十级，请选择更高的上级分类。";
    categories_none = "No category yet", "还没有分类";
    categories_none_hint = "Goods stand in categories: make the first one.", "商品须归入分类，请先新建一个。";

    brands_words = "Who makes the goods, by name.", "商品的品牌，按名称排列。";
    brand_new = "New brand", "新建品牌";
    brand_created = "Brand created.", "品牌已创建。";
    brand_removed = "Brand removed.", "品牌已删除。";
    brand_remove = "Remove this brand", "删除此品牌";
    brands_none = "No brand yet", "还没有品牌";
    brands_none_hint = "A brand says who makes a product. It can be made here, or together with a product; a product may have none.", "品牌说明商品由谁生产。可在此新建，也可随商品一起创建；商品也可以没有品牌。";

    taxonomy_slug_taken = "Another one has this slug.", "该网址名已被使用。";
    taxonomy_slug_hint = "Small letters and digits with hyphens between. Left empty, it is made of the English name; without one it is a number. Addresses with the old one stop working.", "小写字母和数字，用连字符分隔；留空则由英文名称生成，没有英文名称时使用编号。更改后，旧网址将失效。";
    taxonomy_in_use = "It cannot be removed while something stands in it. Move that first.", "其中还有内容，不能删除，请先移走。";
    taxonomy_remove_hint = "Only an empty one can be removed.", "只有空的才能删除。";
}
