//! The sitemap, and feeds of all products for Google Merchant Center and Baidu.

use crate::support::{Answer, TestShop};

/// The texts of all elements with this name.
fn texts(answer: &Answer, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    answer.body.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap().to_owned()).collect()
}

/// Fails unless the file is well-formed XML.
#[track_caller]
fn assert_well_formed(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "application/xml; charset=utf-8");
    let mut reader = quick_xml::Reader::from_str(&answer.body);
    reader.config_mut().check_end_names = true;
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {}", answer.body)) {
            quick_xml::events::Event::Start(_) => depth += 1,
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{}", answer.body);
}

#[tokio::test]
async fn the_sitemap_lists_what_is_on_sale_in_files_of_bounded_length() {
    let shop = TestShop::with(&[("PUBLIC_URL", "http://shop.example")]).await;
    let spu = shop.make_spu("Tea Pot");
    shop.make_sku_of(spu, 0, "9.00");
    shop.execute(&format!("insert into images (spu_id, file, position) values ({spu}, 'goods/teapot.webp', 0)"));
    let [hidden, inactive, far] = ["Hidden", "Inactive", "Far"].map(|name| {
        let spu = shop.make_spu(name);
        shop.make_sku_of(spu, 1, "9.00");
        spu
    });
    shop.execute(&format!("update spus set published = false where id = {hidden}"));
    shop.execute(&format!("update skus set active = false where spu_id = {inactive}"));
    // Another product far behind.
    shop.execute(&format!(
        "insert into spus (id, category_id, brand_id, slug, name) overriding system value
         select 1234567, category_id, brand_id, 'distant', 'Distant' from spus where id = {far}"
    ));
    shop.execute("insert into skus (spu_id, code, name, price) values (1234567, 'D', 'Distant', 1)");
    let visitor = shop.visitor();
    let index = visitor.page("/sitemap.xml").await;
    assert_well_formed(&index);
    let files = texts(&index, "loc");
    let named = ["pages", "products-1", "products-247"].map(|name| format!("http://shop.example/sitemaps/{name}.xml"));
    assert_eq!(files, named);
    assert_eq!(texts(&index, "lastmod").len(), 2);

    let first = visitor.page("/sitemaps/products-1.xml").await;
    assert_well_formed(&first);
    let mut expected = Vec::new();
    for path in [format!("{spu}-tea-pot"), format!("{far}-far")] {
        expected.push(format!("http://shop.example/products/{path}"));
        expected.push(format!("http://shop.example/products/{path}?lang=zh"));
    }
    assert_eq!(texts(&first, "loc"), expected, "sold out is listed, hidden is not");
    assert_eq!(first.body.matches("hreflang=\"zh-Hans\"").count(), 4);
    assert_eq!(first.body.matches("hreflang=\"x-default\"").count(), 4);
    let pictures = texts(&first, "image:loc");
    assert!(pictures.len() == 2 && pictures[0].ends_with("/pictures/goods/teapot.webp"), "{pictures:?}");
    let distant = visitor.page("/sitemaps/products-247.xml").await;
    assert_eq!(texts(&distant, "loc")[0], "http://shop.example/products/1234567-distant");
    let pages = visitor.page("/sitemaps/pages.xml").await;
    assert_well_formed(&pages);
    assert!(texts(&pages, "loc").contains(&"http://shop.example/categories/things?lang=zh".to_owned()));
    for nowhere in ["products-0", "products-2", "products-01", "products--1", "products-99999999999999999999", "x"] {
        visitor.get(&format!("/sitemaps/{nowhere}.xml")).await.expect(404);
    }
}

#[tokio::test]
async fn the_time_of_the_last_change_is_that_of_an_edit_and_not_of_a_sale() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    shop.execute("update spus set created_at = '2026-01-02 03:04:05+00'");
    let visitor = shop.visitor();
    let changed = async || texts(&visitor.page("/sitemaps/products-1.xml").await, "lastmod")[0].clone();
    assert_eq!(changed().await, "2026-01-02T03:04:05Z");
    shop.execute("update spus set sales = sales + 1");
    shop.execute(&format!("update skus set stock = 3 where id = {sku}"));
    assert_eq!(changed().await, "2026-01-02T03:04:05Z");
    shop.execute("update spus set version = version + 1");
    assert_ne!(changed().await, "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn google_gets_an_item_for_each_sku_on_sale() {
    let shop = TestShop::with(&[("PUBLIC_URL", "http://shop.example")]).await;
    let phone = shop.make_spu("Phone");
    let values = shop.make_option(phone, "Colour", &["blue", "red"]);
    let [blue, red] = [(3, "100.00"), (0, "120.00")].map(|(stock, price)| shop.make_sku_of(phone, stock, price));
    shop.set_option(blue, values[0]);
    shop.set_option(red, values[1]);
    shop.execute(&format!("update skus set list_price = 150 where id = {blue}"));
    let odd = shop.make_spu("Odd");
    shop.make_sku_of(odd, 1, "9.00");
    shop.execute(&format!(
        "update spus set name = 'Odd <b>&''\"]]>' || chr(11), description = repeat('long ', 2000) where id = {odd}"
    ));
    let hidden = shop.make_spu("Hidden");
    shop.make_sku_of(hidden, 1, "9.00");
    shop.execute(&format!("update spus set published = false where id = {hidden}"));
    // More than one batch.
    for n in 0..120 {
        let spu = shop.make_spu(&format!("Cup {n}"));
        shop.make_sku_of(spu, 1, "2.00");
    }
    let visitor = shop.visitor();
    let feed = visitor.page("/feeds/google.xml").await;
    assert_well_formed(&feed);
    let ids = texts(&feed, "g:id");
    assert_eq!(ids.len(), 123, "{ids:?}");
    assert!(ids.is_sorted_by_key(|id| id.parse::<i64>().unwrap()));
    let items = texts(&feed, "item");
    let [first, second] = [&items[0], &items[1]];
    for part in [
        "<title>Phone – blue</title>".to_owned(),
        format!("<link>http://shop.example/products/{phone}-phone?sku={blue}</link>"),
        "<g:availability>in_stock</g:availability>".to_owned(),
        "<g:price>150.00 CNY</g:price>".to_owned(),
        "<g:sale_price>100.00 CNY</g:sale_price>".to_owned(),
        "<g:brand>Maker</g:brand>".to_owned(),
        "<g:identifier_exists>no</g:identifier_exists>".to_owned(),
        format!("<g:item_group_id>{phone}</g:item_group_id>"),
        "<g:product_type>Things</g:product_type>".to_owned(),
    ] {
        assert!(first.contains(&part), "{part} in {first}");
    }
    assert!(second.contains("out_of_stock") && !second.contains("sale_price"), "{second}");
    assert!(items[2].contains("<title>Odd &lt;b&gt;&amp;&apos;&quot;]]&gt;</title>"), "{}", items[2]);
    assert!(texts(&feed, "description").iter().all(|words| words.len() <= 5_000));
    let chinese = visitor.page("/feeds/google.xml?lang=zh").await;
    assert!(texts(&chinese, "item")[0].contains(&format!("phone?lang=zh&amp;sku={blue}")));
}

#[tokio::test]
async fn baidu_gets_files_of_addresses_with_what_its_results_show() {
    let shop = TestShop::with(&[("PUBLIC_URL", "http://shop.example")]).await;
    let spu = shop.make_spu("Tea Pot");
    shop.make_sku_of(spu, 1, "9.00");
    shop.execute(&format!("insert into texts (language, spu_id, name) values ('zh', {spu}, '茶壶 <一>')"));
    let visitor = shop.visitor();
    let index = visitor.page("/feeds/baidu.xml").await;
    assert_well_formed(&index);
    assert_eq!(texts(&index, "loc"), ["http://shop.example/feeds/baidu-1.xml"]);
    let feed = visitor.page("/feeds/baidu-1.xml").await;
    assert_well_formed(&feed);
    assert_eq!(texts(&feed, "loc"), [format!("http://shop.example/products/{spu}-tea-pot?lang=zh")]);
    assert_eq!(texts(&feed, "title"), ["茶壶 &lt;一&gt;"]);
    visitor.get("/feeds/baidu-2.xml").await.expect(404);
    visitor.get("/feeds/nothing.xml").await.expect(404);
}

#[tokio::test]
async fn a_shop_without_products_has_a_sitemap_and_feeds_too() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for path in ["/sitemap.xml", "/sitemaps/pages.xml", "/feeds/google.xml", "/feeds/baidu.xml"] {
        assert_well_formed(&visitor.page(path).await);
    }
    visitor.get("/sitemaps/products-1.xml").await.expect(404);
}
