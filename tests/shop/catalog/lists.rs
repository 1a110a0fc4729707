//! Home, categories and search.

use crate::support::{Answer, TestShop};

fn names(page: &Answer) -> Vec<String> {
    page.texts_of("main .card-name")
}

/// Three products with different sales, prices and ages.
fn three_things(shop: &TestShop) {
    for (name, price, sales, days) in [("Teapot", "50.00", 5, 3), ("Cup", "20.00", 9, 2), ("Kettle", "80.00", 1, 1)] {
        let spu = shop.make_spu(name);
        shop.make_sku_of(spu, 9, price);
        shop.execute(&format!(
            "update spus set sales = {sales}, created_at = now() - interval '{days} days' where id = {spu}"
        ));
    }
}

#[tokio::test]
async fn the_home_page_shows_departments_bestsellers_and_what_is_new() {
    let shop = TestShop::open().await;
    shop.visitor().page("/").await;
    three_things(&shop);
    let page = shop.visitor().page("/").await;
    assert_eq!(names(&page), ["Cup", "Teapot", "Kettle", "Kettle", "Cup", "Teapot"]);
    assert_eq!(page.text_of(".categories a"), "Things");
    assert_eq!(page.attribute_of(".tiles a", "href"), "/categories/things");
}

#[tokio::test]
async fn a_category_is_sorted_as_asked() {
    let shop = TestShop::open().await;
    three_things(&shop);
    let visitor = shop.visitor();
    for (sort, sorted) in [
        ("bestselling", ["Cup", "Teapot", "Kettle"]),
        ("price_up", ["Cup", "Teapot", "Kettle"]),
        ("price_down", ["Kettle", "Teapot", "Cup"]),
        ("new", ["Kettle", "Cup", "Teapot"]),
        ("nonsense", ["Cup", "Teapot", "Kettle"]),
    ] {
        let page = visitor.page(&format!("/categories/things?sort={sort}")).await;
        assert_eq!(names(&page), sorted, "{sort}");
    }
    let page = visitor.page("/categories/things?sort=new").await;
    assert_eq!(page.attribute_of(".sort a[aria-current]", "href"), "?sort=new");
    assert_eq!(page.text_of(".card-price"), "¥80.00");
}

#[tokio::test]
async fn a_category_holds_what_stands_in_it_and_below_it() {
    let shop = TestShop::open().await;
    let home = shop.make_category("Home", None);
    let kitchen = shop.make_category("Kitchen", Some(home));
    shop.make_category("Tea", Some(kitchen));
    shop.make_category("Garden", None);
    for (category, name) in [("tea", "Teapot"), ("kitchen", "Pan"), ("garden", "Spade")] {
        let spu = shop.make_spu_in(category, name);
        shop.make_sku_of(spu, 1, "9.00");
    }
    let visitor = shop.visitor();
    let page = visitor.page("/categories/home").await;
    assert_eq!(names(&page), ["Pan", "Teapot"]);
    assert_eq!(page.texts_of(".chips a"), ["Kitchen"]);
    let tea = visitor.page("/categories/tea").await;
    assert_eq!(names(&tea), ["Teapot"]);
    assert_eq!(tea.texts_of(".breadcrumbs li"), ["Home", "Home", "Kitchen", "Tea"]);
    for nowhere in ["nowhere", "%ff", "%00", "a/b", "'"] {
        visitor.get(&format!("/categories/{nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_long_list_is_turned_page_by_page_and_shows_each_thing_once() {
    let shop = TestShop::open().await;
    shop.make_sku(1, "1.00");
    shop.execute(
        "insert into spus (category_id, brand_id, slug, name)
         select category_id, brand_id, 'button-' || n, 'Button ' || n from spus, generate_series(2, 50) n;
         insert into skus (spu_id, code, name, price) select id, slug, name, 1.00 from spus where slug like 'button-%'",
    );
    let visitor = shop.visitor();
    let (mut seen, mut path) = (Vec::new(), "/categories/things?sort=price_up".to_owned());
    loop {
        let page = visitor.page(&path).await;
        seen.extend(names(&page));
        let Some(next) = page.attributes_of(".pager a[rel=next]", "href").into_iter().next() else {
            break;
        };
        path = format!("/categories/things{next}");
    }
    assert_eq!(path, "/categories/things?sort=price_up&page=3");
    assert_eq!(seen.len(), 50);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 50);
    // Beyond the last page is the last page; an invalid page number is the first page.
    for (asked, count) in [("4", 2), ("999999999999999999", 2), ("0", 24), ("-1", 24), ("x", 24), ("", 24)] {
        let page = visitor.page(&format!("/categories/things?page={asked}")).await;
        assert_eq!(names(&page).len(), count, "{asked}");
    }
}

#[tokio::test]
async fn a_search_finds_words_in_either_language_and_keeps_what_was_typed() {
    let shop = TestShop::open().await;
    let teapot = shop.make_spu("Blue Teapot");
    let cup = shop.make_spu("Blue Cup");
    for spu in [teapot, cup] {
        shop.make_sku_of(spu, 1, "9.00");
    }
    shop.execute(&format!("insert into texts (language, spu_id, name) values ('zh', {teapot}, '蓝色茶壶')"));
    let visitor = shop.visitor();
    let found = async |words: &str| {
        let query: String = form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let page = visitor.page(&format!("/search?q={query}")).await;
        assert_eq!(page.attribute_of("#q", "value"), words, "{words}");
        let mut names = names(&page);
        names.sort();
        names
    };
    assert_eq!(found("teapot").await, ["Blue Teapot"]);
    assert_eq!(found("BLUE").await, ["Blue Cup", "Blue Teapot"]);
    assert_eq!(found("cup blue").await, ["Blue Cup"]);
    assert_eq!(found("茶壶").await, ["Blue Teapot"]);
    assert_eq!(found("spade").await, Vec::<String>::new());
    // Special characters of SQL and LIKE are searched literally.
    for sign in ["%", "_", "\\", "'", "' or 1=1 --", "<script>alert(1)</script>", "*", ":", "&", "!"] {
        assert_eq!(found(sign).await, Vec::<String>::new(), "{sign}");
    }
    let page = visitor.page("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!page.body.contains("<script>alert"));
}

#[tokio::test]
async fn a_search_for_anything_at_all_is_answered() {
    let shop = TestShop::open().await;
    three_things(&shop);
    let visitor = shop.visitor();
    assert_eq!(names(&visitor.page("/search").await).len(), 3, "without words, everything");
    let (long, words) = ("a".repeat(6000), "a+".repeat(3000));
    let long = [format!("q={long}"), format!("q={words}")];
    let short = ["q=", "q=+++", "q=%00", "q=%ff%fe", "q", "=&=&q=x&q=y", "sort=x&page=-1"];
    for query in short.into_iter().chain(long.iter().map(String::as_str)) {
        visitor.page(&format!("/search?{query}")).await;
    }
}
