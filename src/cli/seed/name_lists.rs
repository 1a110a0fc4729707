//! Word lists for generated products, in English and Chinese.

/// A kind of generated product, such as a chair, with its names, price and picture.
#[derive(Clone, Copy, Default)]
pub(super) struct ProductKind {
    pub(super) name: &'static str,
    pub(super) chinese: &'static str,
    /// The file name of the product's picture, which is one of the pictures of the demo catalog.
    pub(super) picture: &'static str,
    pub(super) background: &'static str,
    pub(super) category: &'static str,
    /// The approximate price in yuan.
    pub(super) yuan: i64,
}

const fn kind(
    category: &'static str,
    name: &'static str,
    chinese: &'static str,
    picture: &'static str,
    background: &'static str,
    yuan: i64,
) -> ProductKind {
    ProductKind { name, chinese, picture, background, category, yuan }
}

pub(super) const KINDS: [ProductKind; 20] = [
    kind("scale-kitchen", "saucepan", "炖锅", "cooking-pot", "peach", 189),
    kind("scale-desk", "notebook", "笔记本", "notebook", "sky", 18),
    kind("scale-wardrobe", "T-shirt", "T恤", "t-shirt", "mint", 69),
    kind("scale-outdoors", "tent", "帐篷", "tent", "mint", 699),
    kind("scale-kitchen", "frying pan", "煎锅", "frying-pan", "sand", 159),
    kind("scale-desk", "fountain pen", "钢笔", "fountain-pen", "lilac", 79),
    kind("scale-wardrobe", "jeans", "牛仔裤", "jeans", "sky", 199),
    kind("scale-outdoors", "torch", "手电筒", "torch", "lemon", 59),
    kind("scale-kitchen", "teapot", "茶壶", "teapot", "mint", 128),
    kind("scale-desk", "pencil", "铅笔", "pencil", "lemon", 5),
    kind("scale-wardrobe", "scarf", "围巾", "scarf", "rose", 89),
    kind("scale-outdoors", "bucket", "水桶", "bucket", "sky", 29),
    kind("scale-kitchen", "kitchen knife", "厨刀", "kitchen-knife", "slate", 99),
    kind("scale-desk", "keyboard", "键盘", "keyboard", "slate", 259),
    kind("scale-wardrobe", "running shoes", "跑鞋", "running-shoe", "lilac", 399),
    kind("scale-outdoors", "ladder", "梯子", "ladder", "sand", 249),
    kind("scale-kitchen", "soup spoon", "汤匙", "spoon", "lemon", 12),
    kind("scale-desk", "computer mouse", "鼠标", "computer-mouse", "sky", 89),
    kind("scale-wardrobe", "backpack", "双肩包", "backpack", "rose", 229),
    kind("scale-outdoors", "compass", "指南针", "compass", "peach", 49),
];

/// A category for generated products.
pub(super) struct CategorySpec {
    pub(super) slug: &'static str,
    /// The slug of the parent category, which comes earlier in the list; empty for the root category.
    pub(super) parent: &'static str,
    pub(super) name: &'static str,
    pub(super) chinese: &'static str,
    pub(super) picture: &'static str,
    pub(super) background: &'static str,
}

const fn category(
    slug: &'static str,
    name: &'static str,
    chinese: &'static str,
    picture: &'static str,
    background: &'static str,
) -> CategorySpec {
    CategorySpec { slug, parent: "scale-hall", name, chinese, picture, background }
}

pub(super) const CATEGORIES: [CategorySpec; 5] = [
    CategorySpec { parent: "", ..category("scale-hall", "Wholesale hall", "批发大厅", "basket", "sand") },
    category("scale-kitchen", "Kitchen by the case", "整箱厨具", "cooking-pot", "peach"),
    category("scale-desk", "Desk and office", "办公用品", "notebook", "sky"),
    category("scale-wardrobe", "Clothes and shoes", "服饰鞋包批发", "t-shirt", "mint"),
    category("scale-outdoors", "Garden and outdoors", "园艺户外", "tent", "lilac"),
];

/// The (slug, English name, Chinese name) of each brand.
pub(super) const BRANDS: [(&str, &str, &str); 6] = [
    ("scale-tallybrook", "Tallybrook", "泰利溪"),
    ("scale-northgate-yard", "Northgate Yard", "北门场"),
    ("scale-crateworks", "Crateworks", "木箱工坊"),
    ("scale-docksmith", "Docksmith", "码头匠"),
    ("scale-plainfare", "Plainfare", "平野"),
    ("scale-hobb-and-vane", "Hobb & Vane", "霍布与维恩"),
];

pub(super) const RANGES: [(&str, &str); 24] = [
    ("Hazel", "榛树"),
    ("Willow", "垂柳"),
    ("Heron", "苍鹭"),
    ("Cedar", "雪松"),
    ("Pebble", "卵石"),
    ("Brook", "溪流"),
    ("Meadow", "草甸"),
    ("Juniper", "杜松"),
    ("Harbour", "港湾"),
    ("Lark", "云雀"),
    ("Maple", "枫叶"),
    ("Ember", "余烬"),
    ("Tide", "潮汐"),
    ("Summit", "山巅"),
    ("Orchard", "果园"),
    ("Lantern", "灯笼"),
    ("Thistle", "蓟花"),
    ("Moor", "旷野"),
    ("Birch", "白桦"),
    ("Saffron", "藏红花"),
    ("Slate", "青石"),
    ("Fern", "蕨叶"),
    ("Quarry", "石坊"),
    ("Dune", "沙丘"),
];

pub(super) const ADJECTIVES: [(&str, &str); 12] = [
    ("everyday", "日常"),
    ("compact", "小巧"),
    ("sturdy", "结实"),
    ("light", "轻便"),
    ("classic", "经典"),
    ("large", "大号"),
    ("small", "小号"),
    ("travel", "旅行"),
    ("workshop", "工坊"),
    ("family", "家庭"),
    ("weekend", "周末"),
    ("studio", "工作室"),
];

pub(super) const COLORS: [&str; 20] = [
    "Black", "White", "Grey", "Blue", "Navy", "Sky", "Green", "Olive", "Mint", "Red", "Brick", "Rose", "Orange",
    "Peach", "Yellow", "Sand", "Brown", "Camel", "Purple", "Lilac",
];

/// The description of all generated products, in English and in Chinese.
pub(super) const DESCRIPTION: (&str, &str) = (
    "Sold singly and by the case. One of the goods that were generated to try this shop at size.",
    "可单件购买，也可整箱批发。本品为试运行大规模商品而生成。",
);
