//! The product page.

use till::kernel::{SkuId, SpuId};

use crate::support::{Answer, Form, TestShop};

struct Phone {
    spu: SpuId,
    /// Blue and small, blue and large, red and small; no SKU is red and large.
    skus: [SkuId; 3],
    blue: i64,
    red: i64,
    small: i64,
    large: i64,
}

fn phone(shop: &TestShop) -> Phone {
    let spu = shop.make_spu("Phone");
    let colours = shop.make_option(spu, "Colour", &["blue", "red"]);
    let sizes = shop.make_option(spu, "Size", &["small", "large"]);
    let sku = |stock, price, colour, size| {
        let sku = shop.make_sku_of(spu, stock, price);
        shop.set_option(sku, colour);
        shop.set_option(sku, size);
        sku
    };
    let skus = [
        sku(9, "100.00", colours[0], sizes[0]),
        sku(3, "120.00", colours[0], sizes[1]),
        sku(0, "110.00", colours[1], sizes[0]),
    ];
    Phone { spu, skus, blue: colours[0], red: colours[1], small: sizes[0], large: sizes[1] }
}

fn chosen(page: &Answer) -> Vec<String> {
    page.attributes_of(".product-options input[checked]", "value")
}

#[tokio::test]
async fn the_options_choose_the_sku_by_a_plain_form() {
    let shop = TestShop::open().await;
    let phone = phone(&shop);
    let visitor = shop.visitor();
    let path = shop.product_path(phone.spu);
    let page = visitor.page(&path).await;
    assert_eq!(page.text_of("[data-sku-price]"), "¥100.00");
    assert_eq!(page.text_of("[data-sku-stock]"), "In stock");
    assert_eq!(page.texts_of(".product-options legend"), ["Colour", "Size"]);
    assert_eq!(chosen(&page), [phone.blue.to_string(), phone.small.to_string()]);

    // What a browser sends when another value is chosen and the button pressed.
    let form = Form::of(&page, ".product-options");
    assert_eq!(form.action, path);
    let named = |value: i64| form.fields.iter().find(|(_, said)| *said == value.to_string()).unwrap().0.clone();
    let (colour, size) = (named(phone.blue), named(phone.small));
    let choose = async |a: i64, b: i64| visitor.page(&format!("{path}?{colour}={a}&{size}={b}")).await;

    let large = choose(phone.blue, phone.large).await;
    assert_eq!(large.text_of("[data-sku-price]"), "¥120.00");
    assert_eq!(large.text_of("[data-sku-stock]"), "3 left");
    assert_eq!(large.attribute_of("input[name=sku_id]", "value"), phone.skus[1].to_string());
    assert_eq!(large.attribute_of("#count", "max"), "3");

    let red = choose(phone.red, phone.small).await;
    assert_eq!(red.text_of("[data-sku-stock]"), "Sold out");
    assert!(red.has("[data-sku-buy][disabled]"));

    let none = choose(phone.red, phone.large).await;
    assert!(none.text_of(".flash-notice").contains("We do not have this combination"), "{none}");

    // Also from the URL of a SKU, which the cart links to.
    let own = visitor.page(&format!("{path}?sku={}", phone.skus[1])).await;
    assert_eq!(own.text_of("[data-sku-price]"), "¥120.00");
    assert_eq!(chosen(&own), [phone.blue.to_string(), phone.large.to_string()]);
}

#[tokio::test]
async fn without_a_script_the_chosen_sku_is_bought_and_not_the_one_that_was_shown() {
    let shop = TestShop::open().await;
    let phone = phone(&shop);
    let visitor = shop.visitor();
    let path = shop.product_path(phone.spu);
    let page = visitor.page(&path).await;
    assert_eq!(page.attribute_of("[data-sku-buy]", "formaction"), "/cart/entries");
    let form = Form::of(&page, ".product-options");
    let (colour, size) = (form.fields[0].0.clone(), form.fields[1].0.clone());
    let buy = async |a: i64, b: i64| {
        let form = form.clone().typed(&colour, &a.to_string()).typed(&size, &b.to_string());
        visitor.post("/cart/entries", &form.pairs()).await.expect(303)
    };

    let large = buy(phone.blue, phone.large).await;
    assert_eq!(large.location(), format!("{path}?sku={}", phone.skus[1]));
    let told = visitor.page(large.location()).await;
    assert_eq!(told.attributes_of(".flash-success a", "href"), ["/cart", "/checkout"], "the links that continue");
    let same = buy(phone.blue, phone.small).await;
    assert_eq!(same.location(), format!("{path}?sku={}", phone.skus[0]));

    // No SKU has this combination: nothing is added, and the page shows the nearest one.
    let none = visitor.page(buy(phone.red, phone.large).await.location()).await;
    assert!(none.text_of(".flash-notice").contains("We do not have this combination"), "{none}");
    assert_eq!(visitor.page("/cart").await.texts_of(".cart-entry .goods-text").len(), 2);

    // A script keeps `sku_id` up to date and sends no `was`.
    let sku = phone.skus[1].to_string();
    let fields = [("sku_id", sku.as_str()), ("count", "1"), (&*colour, &*phone.blue.to_string())];
    assert_eq!(visitor.post("/cart/entries", &fields).await.expect(303).location(), format!("{path}?sku={sku}"));
    let (red, was) = (phone.red.to_string(), phone.skus[2].to_string());
    let broken = [("sku_id", was.as_str()), ("count", "1"), ("was", "?"), (&*colour, "x"), (&*size, &*red)];
    visitor.post("/cart/entries", &broken).await.expect(303);
}

#[tokio::test]
async fn the_script_of_the_page_reads_what_the_page_says() {
    let shop = TestShop::open().await;
    let phone = phone(&shop);
    shop.execute(&format!("update skus set code = '</script><b>' where id = {}", phone.skus[0]));
    let page = shop.visitor().page(&format!("/products/{}", phone.spu)).await;
    let skus: serde_json::Value = serde_json::from_str(&page.text_of("script[data-skus]")).unwrap();
    assert_eq!(skus.as_array().unwrap().len(), 3);
    assert_eq!(skus[1]["stock_text"], "3 left");
    assert_eq!(skus[2]["buyable"], false);
    assert!(!page.has("main b"), "a name cannot end the script");
}

#[tokio::test]
async fn a_product_is_read_in_either_language_and_what_has_no_translation_in_the_other() {
    let shop = TestShop::open().await;
    let phone = phone(&shop);
    shop.execute(&format!(
        "insert into texts (language, spu_id, name, description) values ('zh', {}, '手机', '一部好手机');
         insert into texts (language, option_value_id, name) values ('zh', {}, '蓝色');
         insert into texts (language, category_id, name) select 'zh', id, '东西' from categories",
        phone.spu, phone.blue
    ));
    let visitor = shop.visitor();
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let page = visitor.page(&format!("/products/{}", phone.spu)).await;
    assert_eq!(page.text_of("h1"), "手机");
    assert_eq!(page.text_of(".prose"), "一部好手机");
    assert_eq!(page.texts_of(".option-name"), ["蓝色", "red", "small", "large"]);
    assert_eq!(page.text_of("[data-sku-stock]"), "有货");
    assert_eq!(page.texts_of(".breadcrumbs a"), ["首页", "东西"]);
    assert_eq!(visitor.page("/categories/things").await.text_of("main .card-name"), "手机");
    assert_eq!(visitor.page("/").await.text_of("main .card-name"), "手机");
}

#[tokio::test]
async fn what_is_not_on_sale_says_so_and_stands_in_no_list() {
    let shop = TestShop::open().await;
    let spu = |name| {
        let spu = shop.make_spu(name);
        shop.make_sku_of(spu, 1, "9.00");
        spu
    };
    let [shown, hidden, inactive] = ["Shown", "Hidden", "Inactive"].map(spu);
    shop.execute(&format!("update spus set published = false where id = {hidden}"));
    shop.execute(&format!("update skus set active = false where spu_id = {inactive}"));
    let empty = shop.make_spu("Empty");

    let visitor = shop.visitor();
    visitor.page(&format!("/products/{shown}")).await;
    for (spu, name) in [(hidden, "Hidden"), (inactive, "Inactive")] {
        let page = visitor.get(&format!("/products/{spu}")).await.expect(410);
        assert_eq!(page.text_of("h1"), name);
        assert!(page.text_of("main").contains("No longer sold") && !page.has("[data-sku-buy]"), "{page}");
        assert!(page.has("meta[name=robots][content=noindex]"), "{page}");
        assert_eq!(page.texts_of(".card-name"), ["Shown"], "similar products");
    }
    // A product without SKUs has no page.
    visitor.get(&format!("/products/{empty}")).await.expect(404);
    for nowhere in ["0", "-1", "99999999999999999999", "x", "1.5", "%00", "%ff", "1'"] {
        visitor.get(&format!("/products/{nowhere}")).await.expect(404);
    }
    for list in ["/", "/categories/things", "/search"] {
        let mut names = visitor.page(list).await.texts_of(".card-name");
        names.dedup();
        assert_eq!(names, ["Shown"], "{list}");
    }
    let map = visitor.page("/sitemaps/products-1.xml").await;
    let listed: Vec<_> = map.body.lines().filter(|line| line.starts_with("<loc>")).collect();
    assert_eq!(listed.len(), 2, "one for each language: {listed:?}");

    // An inactive SKU beside active ones is not offered.
    let other = shop.make_sku_of(shown, 1, "5.00");
    shop.execute(&format!("update skus set active = false where id = {other}"));
    let page = visitor.page(&format!("/products/{shown}?sku={other}")).await;
    assert_eq!(page.text_of("[data-sku-price]"), "¥9.00");
}

#[tokio::test]
async fn whatever_the_query_says_there_is_a_page() {
    let shop = TestShop::open().await;
    let path = format!("/products/{}", phone(&shop).spu);
    let queries = [
        "sku=x",
        "sku=-1",
        "sku=99999999999999999999",
        "o1=x&o2=",
        "o1=1&o1=2",
        "image=99",
        "image=-1",
        "%ff=%00",
        "o1",
    ];
    for query in queries {
        shop.visitor().page(&format!("{path}?{query}")).await;
    }
}

#[tokio::test]
async fn a_page_is_as_fresh_as_its_request() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let path = format!("/products/{}", shop.number("select spu_id from skus"));
    let visitor = shop.visitor();
    for (left, said) in [(4, "4 left"), (3, "3 left"), (0, "Sold out"), (9, "In stock")] {
        shop.execute(&format!("update skus set stock = {left} where id = {sku}"));
        assert_eq!(visitor.page(&path).await.text_of("[data-sku-stock]"), said);
    }
}

#[tokio::test]
async fn a_price_may_rise_above_its_list_price_which_is_then_not_shown() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Kettle");
    let sku = shop.make_sku_of(spu, 5, "80.00");
    shop.execute(&format!("update skus set list_price = 100 where id = {sku}"));
    let shown = async |path: &str| shop.visitor().page(path).await.body.contains("¥100.00");
    let pages = [format!("/products/{spu}"), "/categories/things".to_owned()];
    for page in &pages {
        assert!(shown(page).await, "{page}");
    }
    shop.execute(&format!("update skus set price = 120 where id = {sku}"));
    for page in &pages {
        assert!(!shown(page).await, "{page}");
    }
}
