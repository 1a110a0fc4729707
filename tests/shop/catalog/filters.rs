//! Filters of lists: in the address, without JavaScript, with counts, removable one by one.

use crate::support::{Answer, TestShop};

fn names(page: &Answer) -> Vec<String> {
    let mut names = page.texts_of("main .card-name");
    names.sort();
    names
}

/// Shirts of two makers in colors and sizes, and a spade, which has neither.
fn shirts(shop: &TestShop) {
    for (name, maker, price, stock, values) in [
        ("Linen shirt", "loom", "80.00", 3, [("Color", "red"), ("Size", "M")]),
        ("Cotton shirt", "loom", "40.00", 0, [("Color", "blue"), ("Size", "M")]),
        ("Silk shirt", "silkworm", "400.00", 2, [("color", "Red"), ("Size", "L")]),
    ] {
        shop.execute(&format!("insert into brands (slug, name) values ('{maker}', '{maker}') on conflict do nothing"));
        let spu = shop.make_spu(name);
        shop.execute(&format!(
            "update spus set brand_id = (select id from brands where slug = '{maker}') where id = {spu}"
        ));
        let sku = shop.make_sku_of(spu, stock, price);
        for (option, value) in values {
            let made = shop.make_option(spu, option, &[value]);
            shop.set_option(sku, made[0]);
        }
    }
    let spade = shop.make_spu("Spade");
    shop.make_sku_of(spade, 1, "15.00");
    shop.execute(&format!("update spus set brand_id = null where id = {spade}"));
    shop.execute(
        "insert into review_figures (spu_id, review_count, star_sum) select id, 2, 9 from spus where name = 'Linen shirt'",
    );
}

/// The texts of the choices of a group, with their counts.
fn choices(page: &Answer, group: &str) -> Vec<String> {
    let groups = page.texts_of(".filters fieldset");
    groups.into_iter().filter(|text| text.starts_with(group)).collect()
}

fn brand(shop: &TestShop, slug: &str) -> i64 {
    shop.number(&format!("select id from brands where slug = '{slug}'"))
}

fn value(shop: &TestShop, name: &str) -> i64 {
    shop.number(&format!("select id from facet_values where lower(name) = '{name}'"))
}

#[tokio::test]
async fn a_category_offers_the_filters_that_its_goods_have_with_counts() {
    let shop = TestShop::open().await;
    shirts(&shop);
    let page = shop.visitor().page("/categories/things").await;
    assert_eq!(names(&page).len(), 4);
    assert_eq!(choices(&page, "Brand"), ["Brand loom 2 silkworm 1"]);
    assert_eq!(choices(&page, "Color"), ["Color red 2 blue 1"], "one color, however it is written");
    assert_eq!(choices(&page, "Size"), ["Size M 2 L 1"]);
    assert_eq!(choices(&page, "Stock"), ["Stock Only what is in stock 3"]);
    assert!(choices(&page, "Reviews")[0].contains("4 stars or more 1"), "{page}");
    assert!(choices(&page, "Price")[0].contains("¥10.00 to ¥19.99 1"), "{page}");
    assert!(!page.has("meta[name=robots]"));
    let empty = shop.make_category("Empty", None);
    assert!(empty > 0 && !shop.visitor().page("/categories/empty").await.has(".filters"));
}

#[tokio::test]
async fn filters_stand_in_the_address_and_are_removed_one_by_one() {
    let shop = TestShop::open().await;
    shirts(&shop);
    let visitor = shop.visitor();
    let (loom, silkworm, red, large) =
        (brand(&shop, "loom"), brand(&shop, "silkworm"), value(&shop, "red"), value(&shop, "l"));
    let found = async |query: &str| names(&visitor.page(&format!("/categories/things?{query}")).await);
    assert_eq!(found(&format!("brand={loom}")).await, ["Cotton shirt", "Linen shirt"]);
    assert_eq!(found(&format!("brand={loom}&brand={silkworm}")).await.len(), 3);
    assert_eq!(found(&format!("value={red}")).await, ["Linen shirt", "Silk shirt"]);
    assert_eq!(found(&format!("value={red}&value={large}")).await, ["Silk shirt"]);
    assert_eq!(found(&format!("value={red}&brand={loom}")).await, ["Linen shirt"]);
    assert_eq!(found("price_from=15&price_to=80").await, ["Cotton shirt", "Linen shirt", "Spade"]);
    assert_eq!(found("price_to=15").await, ["Spade"]);
    assert_eq!(found("in_stock=1&price_from=20").await, ["Linen shirt", "Silk shirt"]);
    assert_eq!(found("stars=4").await, ["Linen shirt"]);
    assert_eq!(found("stars=5").await, Vec::<String>::new());
    assert_eq!(names(&visitor.page(&format!("/search?q=shirt&brand={loom}&in_stock=1")).await), ["Linen shirt"]);
    assert_eq!(names(&visitor.page("/search?stars=4").await), ["Linen shirt"]);

    let page = visitor.page(&format!("/categories/things?sort=new&brand={loom}&value={red}&price_to=100")).await;
    assert_eq!(page.attribute_of("meta[name=robots]", "content"), "noindex");
    assert_eq!(
        page.attributes_of(".chosen-filters a", "href"),
        [
            format!("?sort=new&value={red}&price_to=100.00"),
            format!("?sort=new&brand={loom}&price_to=100.00"),
            format!("?sort=new&brand={loom}&value={red}"),
            "?sort=new".to_owned(),
        ]
    );
    assert_eq!(choices(&page, "Color"), ["Color red 1 blue 1"], "the other color counts too");
    assert_eq!(
        page.attribute_of(".sort a", "href"),
        format!("?brand={loom}&value={red}&price_to=100.00&sort=bestselling")
    );
}

#[tokio::test]
async fn filters_that_make_no_sense_are_ignored() {
    let shop = TestShop::open().await;
    shirts(&shop);
    let visitor = shop.visitor();
    for query in [
        "brand=x",
        "brand=",
        "value=999999",
        "value=99999999999",
        "value=-1",
        "price_from=x&price_to=",
        "stars=7",
        "in_stock=2",
        "brand=%00",
        "brand='",
        "price_from=%00",
    ] {
        let page = visitor.page(&format!("/categories/things?{query}")).await;
        assert_eq!(names(&page).len(), 4, "{query}");
    }
    let unknown = visitor.page("/categories/things?brand=999999").await;
    assert_eq!(names(&unknown), Vec::<String>::new());
    assert_eq!(unknown.text_of("main .empty h2"), "Nothing has all of this");
    let many: String = (1..500).map(|id| format!("brand={id}&value={id}&")).collect();
    visitor.page(&format!("/categories/things?{many}")).await;
}

#[tokio::test]
async fn filters_speak_the_language_of_the_page() {
    let shop = TestShop::open().await;
    shirts(&shop);
    shop.execute(
        "insert into texts (language, option_id, name) select 'zh', id, '颜色' from options where name = 'Color';
         insert into texts (language, option_value_id, name) select 'zh', id, '红色' from option_values where name = 'red';
         insert into texts (language, brand_id, name) select 'zh', id, '织机' from brands where slug = 'loom'",
    );
    let visitor = shop.visitor();
    visitor.post("/language", &[("language", "zh"), ("next", "/")]).await;
    let page = visitor.page("/categories/things").await;
    assert!(page.body.contains("颜色") && page.body.contains("红色") && page.body.contains("织机"), "{page}");
}
