//! Products, edited by staff and bought by shoppers.

use till::kernel::SkuId;

use crate::support::{Answer, Browser, TestShop};

/// A shop with a category and a brand, and a member of staff.
async fn staffed() -> (TestShop, Browser) {
    let shop = TestShop::open().await;
    shop.make_category("Shirts", None);
    shop.execute("insert into brands (slug, name) values ('maker', 'Maker')");
    let clerk = shop.clerk("clerk").await;
    (shop, clerk)
}

/// Creates a product through the form; returns the path of its page.
async fn makes(clerk: &Browser, name: &str) -> String {
    let page = clerk.page("/admin/products/new").await;
    let option = |field: &str| page.attributes_of(&format!("#{field} option"), "value").pop().unwrap();
    let (category, brand) = (option("category_id"), option("brand_id"));
    let fields =
        [("name_en", name), ("name_zh", "亚麻衬衫"), ("category_id", category.as_str()), ("brand_id", brand.as_str())];
    clerk.post("/admin/products", &fields).await.expect(303).location().to_owned()
}

/// The fields of one form on the page, as a browser would send them.
fn fields_of(page: &Answer, action: &str) -> Vec<(String, String)> {
    let html = page.html();
    let form = scraper::Selector::parse(&format!("form[action='{action}']")).unwrap();
    let field = scraper::Selector::parse("input[name], textarea[name], select[name]").unwrap();
    let form = html.select(&form).next().unwrap_or_else(|| panic!("no form {action} in {page}"));
    let chosen = scraper::Selector::parse("option[selected]").unwrap();
    form.select(&field)
        .filter(|field| field.attr("type") != Some("checkbox") || field.attr("checked").is_some())
        .map(|field| {
            let value = match field.value().name() {
                "textarea" => field.text().collect(),
                "select" => field.select(&chosen).next().and_then(|o| o.attr("value")).unwrap_or_default().to_owned(),
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            (field.attr("name").unwrap().to_owned(), value)
        })
        .collect()
}

/// Sends a form of the page with some changed values: the field's name, its index among those of that name, the value.
async fn sends(clerk: &Browser, page: &Answer, action: &str, typed: &[(&str, usize, &str)]) -> Answer {
    let mut fields = fields_of(page, action);
    for (name, which, value) in typed {
        let field = fields.iter_mut().filter(|(n, _)| n == name).nth(*which);
        field.unwrap_or_else(|| panic!("no {name} {which}")).1 = (*value).to_owned();
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    clerk.post(action, &fields).await
}

/// Two colors in two sizes, each SKU for 80.00.
async fn shirts(clerk: &Browser) -> String {
    let at = makes(clerk, "Linen shirt").await;
    let (options, skus) = (format!("{at}/options"), format!("{at}/skus"));
    let colours =
        [("option_en", 0, "Colour"), ("option_zh", 0, "颜色"), ("new_values", 0, "Blue | 蓝色\r\nBlack | 黑色")];
    sends(clerk, &clerk.page(&at).await, &options, &colours).await.expect(303);
    let sizes = [("option_en", 1, "Size"), ("new_values", 1, "M\nL")];
    sends(clerk, &clerk.page(&at).await, &options, &sizes).await.expect(303);
    let prices = [("price", 0, "80"), ("price", 1, "80.00"), ("price", 2, "80.00"), ("price", 3, "80.00")];
    sends(clerk, &clerk.page(&at).await, &skus, &prices).await.expect(303);
    at
}

async fn publishes(clerk: &Browser, at: &str, published: &str) {
    let publication = format!("{at}/publication");
    let page = clerk.page(at).await;
    sends(clerk, &page, &publication, &[("published", 0, published)]).await.expect(303);
}

#[tokio::test]
async fn two_colours_in_two_sizes_are_four_skus_which_a_shopper_buys_once_they_are_delivered() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    let codes = shop.texts("select code || ' ' || price || ' ' || stock || ' ' || name from skus order by id");
    assert_eq!(
        codes,
        [
            "LINEN-SHIRT-BLUE-M 80.00 0 Linen shirt, Blue, M",
            "LINEN-SHIRT-BLUE-L 80.00 0 Linen shirt, Blue, L",
            "LINEN-SHIRT-BLACK-M 80.00 0 Linen shirt, Black, M",
            "LINEN-SHIRT-BLACK-L 80.00 0 Linen shirt, Black, L",
        ]
    );
    let product = at.replace("/admin", "");
    let mei = shop.shopper("mei").await;
    mei.browser.get(&product).await.expect(404);
    publishes(&clerk, &at, "true").await;
    let page = mei.browser.page(&product).await;
    assert_eq!(page.text_of("h1"), "Linen shirt");
    let blue = SkuId(shop.number("select id from skus where code = 'LINEN-SHIRT-BLUE-M'"));
    let delivery = [("delta", "5"), ("reason", "delivery"), ("next", "/admin/stock")];
    clerk.post(&format!("/admin/stock/{blue}/movements"), &delivery).await.expect(303);
    mei.puts_in_cart(blue, 2).await;
    mei.orders().await;
    assert_eq!(shop.number(&format!("select stock from skus where id = {blue}")), 3);
    assert_eq!(shop.text("select name || ': ' || options from order_goods"), "Linen shirt: Blue, M");
    shop.assert_reconciled();
    let written = shop.texts("select action || ' ' || target from audit_log order by id");
    let goods: Vec<&str> = written.iter().map(String::as_str).filter(|what| what.ends_with("linen-shirt")).collect();
    assert_eq!(
        goods,
        [
            "create_spu linen-shirt",
            "edit_options linen-shirt",
            "edit_options linen-shirt",
            "edit_skus linen-shirt",
            "publish_spu linen-shirt"
        ]
    );
}

#[tokio::test]
async fn a_hundred_skus_are_made_and_all_their_prices_looked_at_twice() {
    let (shop, clerk) = staffed().await;
    let fields = [("name_en", "Tile"), ("category_id", "1"), ("brand_id", "1")];
    let at = clerk.post("/admin/products", &fields).await.expect(303).location().to_owned();
    let (options, skus) = (format!("{at}/options"), format!("{at}/skus"));
    let lines = |most: usize| (1..=most).map(|n| format!("No {n}")).collect::<Vec<_>>().join("\n");
    let (one, two) = (lines(10), lines(10));
    let first = [("option_en", 0, "Colour"), ("new_values", 0, one.as_str())];
    sends(&clerk, &clerk.page(&at).await, &options, &first).await.expect(303);
    let second = [("option_en", 1, "Size"), ("new_values", 1, two.as_str())];
    sends(&clerk, &clerk.page(&at).await, &options, &second).await.expect(303);
    let priced = |price| (0..100).map(|row| ("price", row, price)).collect::<Vec<_>>();
    sends(&clerk, &clerk.page(&at).await, &skus, &priced("¥1,100.00")).await.expect(303);
    assert_eq!(shop.number("select count(*) from skus where price = 1100"), 100);
    let looked_at = sends(&clerk, &clerk.page(&at).await, &skus, &priced("1")).await.expect(422);
    sends(&clerk, &looked_at, &skus, &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from skus where price = 1"), 100);
    sends(&clerk, &clerk.page(&at).await, &skus, &[("list_price", 0, "0.50")]).await.expect(422);
}

#[tokio::test]
async fn a_shopper_reads_goods_in_both_languages_and_the_next_request_follows_an_edit() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    publishes(&clerk, &at, "true").await;
    let (product, visitor) = (at.replace("/admin", ""), shop.visitor());
    assert!(visitor.page(&product).await.body.contains("Black"));
    visitor.post("/language", &[("language", "zh"), ("next", "/")]).await.expect(303);
    let page = visitor.page(&product).await;
    assert_eq!(page.text_of("h1"), "亚麻衬衫");
    assert!(page.body.contains("颜色") && page.body.contains("黑色"));
    let page = clerk.page(&at).await;
    sends(&clerk, &page, &at, &[("name_zh", 0, "纯亚麻衬衫"), ("name_en", 0, "Pure linen shirt")]).await.expect(303);
    assert_eq!(visitor.page(&product).await.text_of("h1"), "纯亚麻衬衫");
    assert_eq!(shop.text("select name from skus order by id limit 1"), "Pure linen shirt, Blue, M");
    publishes(&clerk, &at, "false").await;
    assert!(visitor.get(&product).await.expect(410).body.contains("noindex"), "it is no longer sold");
}

#[tokio::test]
async fn a_price_that_moves_far_is_looked_at_twice_and_kept_in_its_history() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    let skus = format!("{at}/skus");
    let before = shop.fingerprint();
    let typed = [("price", 0, "0.80"), ("list_price", 1, "99.00")];
    let asked = sends(&clerk, &clerk.page(&at).await, &skus, &typed).await.expect(422);
    assert_eq!(asked.texts_of(".goods-looks li"), ["LINEN-SHIRT-BLUE-M: from ¥80.00 to ¥0.80?"]);
    assert_eq!(asked.attributes_of("[name=price]", "value")[0], "0.80");
    assert_eq!(asked.attributes_of("[name=list_price]", "value")[1], "99.00");
    assert_eq!(shop.fingerprint(), before);
    // For another doubtful price the question is asked again.
    let other = sends(&clerk, &asked, &skus, &[("price", 0, "8.00")]).await.expect(422);
    assert_eq!(other.texts_of(".goods-looks li"), ["LINEN-SHIRT-BLUE-M: from ¥80.00 to ¥8.00?"]);
    sends(&clerk, &other, &skus, &[]).await.expect(303);
    let kept =
        shop.texts("select coalesce(old_price::text, '-') || ' ' || price from price_changes where id > 4 order by id");
    assert_eq!(kept, ["80.00 8.00", "80.00 80.00"]);
    let page = clerk.page(&at).await;
    assert!(page.texts_of("section[aria-labelledby=prices] td").contains(&"¥80.00 → ¥8.00".to_owned()), "{page}");
}

#[tokio::test]
async fn a_price_that_changes_during_a_checkout_is_told_before_anything_is_bought() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    publishes(&clerk, &at, "true").await;
    let sku = SkuId(shop.number("select min(id) from skus"));
    let delivery = [("delta", "5"), ("reason", "delivery"), ("next", "/admin/stock")];
    clerk.post(&format!("/admin/stock/{sku}/movements"), &delivery).await.expect(303);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    let page = clerk.page(&at).await;
    sends(&clerk, &page, &format!("{at}/skus"), &[("price", 0, "90.00")]).await.expect(303);
    let told = mei.places(&form).await;
    assert_eq!(told.status, 422, "{told}");
    assert_eq!(shop.number("select count(*) from orders"), 0);
    let form = mei.opens_checkout().await;
    mei.places(&form).await.expect(303);
    assert_eq!(shop.text("select price from order_goods"), "90.00");
    shop.assert_reconciled();
}

#[tokio::test]
async fn whoever_saves_second_sees_both_versions_and_chooses() {
    let (shop, clerk) = staffed().await;
    let other = shop.clerk("other").await;
    let at = shirts(&clerk).await;
    let (mine, theirs) = (clerk.page(&at).await, other.page(&at).await);
    sends(&other, &theirs, &at, &[("name_en", 0, "Shirt of linen")]).await.expect(303);
    let both = sends(&clerk, &mine, &at, &[("name_en", 0, "The linen shirt")]).await.expect(422);
    assert_eq!(
        both.texts_of(".versions td, .versions tbody th"),
        ["Name in English", "The linen shirt", "Shirt of linen"]
    );
    assert_eq!(both.attribute_of("#name_en", "value"), "The linen shirt");
    assert_eq!(shop.text("select name from spus"), "Shirt of linen");
    sends(&clerk, &both, &at, &[]).await.expect(303);
    assert_eq!(shop.text("select name from spus"), "The linen shirt");
}

#[tokio::test]
async fn the_second_to_save_prices_or_options_sees_both_versions_too() {
    let (shop, clerk) = staffed().await;
    let other = shop.clerk("other").await;
    let at = shirts(&clerk).await;
    let (skus, options) = (format!("{at}/skus"), format!("{at}/options"));
    let mine = clerk.page(&at).await;
    sends(&other, &other.page(&at).await, &skus, &[("price", 2, "85.00")]).await.expect(303);
    let both = sends(&clerk, &mine, &skus, &[("price", 2, "75.00")]).await.expect(422);
    assert_eq!(
        both.texts_of(".versions td, .versions tbody th"),
        ["Black, M", "LINEN-SHIRT-BLACK-M · 75.00 · Active", "LINEN-SHIRT-BLACK-M · 85.00 · Active"]
    );
    let both = sends(&clerk, &mine, &options, &[("value_en", 0, "Navy")]).await.expect(422);
    assert_eq!(
        both.texts_of(".versions td, .versions tbody th"),
        ["Option 1", "Colour | 颜色: Navy | 蓝色, Black | 黑色", "Colour | 颜色: Blue | 蓝色, Black | 黑色"]
    );
    sends(&clerk, &both, &options, &[]).await.expect(303);
    assert_eq!(shop.text("select name from skus order by id limit 1"), "Linen shirt, Navy, M");
    assert_eq!(shop.text("select price from skus where code = 'LINEN-SHIRT-BLACK-M'"), "85.00");
}

#[tokio::test]
async fn a_new_option_gives_what_is_there_its_first_value() {
    let (shop, clerk) = staffed().await;
    let at = makes(&clerk, "Cup").await;
    let (options, skus) = (format!("{at}/options"), format!("{at}/skus"));
    sends(&clerk, &clerk.page(&at).await, &skus, &[("price", 0, "20")]).await.expect(303);
    let colours = [("option_en", 0, "Colour"), ("new_values", 0, "White\nGreen")];
    sends(&clerk, &clerk.page(&at).await, &options, &colours).await.expect(303);
    let page = clerk.page(&at).await;
    assert_eq!(page.attributes_of("[name=code]", "value"), ["CUP", "CUP-GREEN"]);
    assert_eq!(shop.texts("select name from skus"), ["Cup, White"]);
}

#[tokio::test]
async fn descriptions_may_be_as_long_in_chinese_as_their_fields_say() {
    let (shop, clerk) = staffed().await;
    let at = makes(&clerk, "Cup").await;
    let page = clerk.page(&at).await;
    let (long, more) = ("茶".repeat(5000), "茶".repeat(5001));
    let typed = [("description_en", 0, long.as_str()), ("description_zh", 0, long.as_str())];
    sends(&clerk, &page, &at, &typed).await.expect(303);
    assert_eq!(shop.number("select length(description) from spus"), 5000);
    let refused = sends(&clerk, &clerk.page(&at).await, &at, &[("description_zh", 0, more.as_str())]).await.expect(422);
    assert!(
        refused.text_of("#description_zh-error").contains("At most 5000"),
        "{}",
        refused.text_of("#description_zh-error")
    );
}

#[tokio::test]
async fn an_emptied_name_removes_what_no_sku_is_made_of() {
    let (shop, clerk) = staffed().await;
    let at = makes(&clerk, "Cup").await;
    let (options, skus) = (format!("{at}/options"), format!("{at}/skus"));
    let colours = [("option_en", 0, "Colour"), ("new_values", 0, "Whitte\nGreen | 绿色\nBlue | 蓝色")];
    sends(&clerk, &clerk.page(&at).await, &options, &colours).await.expect(303);
    let sizes = [("option_en", 1, "Sise"), ("new_values", 1, "M\nL")];
    sends(&clerk, &clerk.page(&at).await, &options, &sizes).await.expect(303);
    // Removing an option removes all its values.
    let none = [("option_en", 1, ""), ("value_en", 3, ""), ("value_en", 4, "")];
    sends(&clerk, &clerk.page(&at).await, &options, &none).await.expect(303);
    // One of the rest becomes a SKU; then one save removes a value and adds another.
    sends(&clerk, &clerk.page(&at).await, &skus, &[("price", 1, "20")]).await.expect(303);
    let typed = [("value_en", 0, ""), ("new_values", 0, "Red")];
    sends(&clerk, &clerk.page(&at).await, &options, &typed).await.expect(303);
    let there =
        "select concat_ws(' ', o.name, v.name, v.position) from options o join option_values v on v.option_id = o.id
                 order by v.position";
    assert_eq!(shop.texts(there), ["Colour Green 0", "Colour Blue 1", "Colour Red 2"]);
    assert_eq!(clerk.page(&at).await.attributes_of("[name=code]", "value"), ["CUP-GREEN", "CUP-BLUE", "CUP-RED"]);
    // Values that a SKU uses stay, and an option without values is not saved.
    let before = shop.fingerprint();
    for typed in [vec![("value_en", 0, ""), ("value_zh", 0, "")], vec![("option_en", 0, ""), ("option_zh", 0, "")]] {
        sends(&clerk, &clerk.page(&at).await, &options, &typed).await.expect(422);
    }
    let used = sends(&clerk, &clerk.page(&at).await, &options, &[("value_en", 0, ""), ("value_zh", 0, "")]).await;
    assert!(used.text_of(".goods-option .field-error").contains("A SKU is made of this"), "{used}");
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn what_goods_cannot_be_is_said_beside_the_field_and_changes_nothing() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    makes(&clerk, "Other").await;
    let (options, skus) = (format!("{at}/options"), format!("{at}/skus"));
    let before = shop.fingerprint();
    let page = clerk.page(&at).await;
    let long = "x".repeat(5001);
    let many: String = (0..60).map(|n| format!("Colour {n}\n")).collect();
    let wrong: [(&str, &str, usize, &str); 24] = [
        (&at, "name_en", 0, ""),
        (&at, "name_en", 0, &long[..201]),
        (&at, "name_en", 0, "a\u{7}b"),
        (&at, "description_en", 0, &long),
        (&at, "category_id", 0, ""),
        (&at, "category_id", 0, "999999"),
        (&at, "brand_id", 0, "-1"),
        (&at, "brand_id", 0, "99999999999999999999"),
        (&at, "slug", 0, "Not a slug"),
        (&at, "slug", 0, "other"),
        (&options, "option_en", 0, ""),
        (&options, "option_en", 0, &long[..61]),
        (&options, "value_en", 0, "Black"),
        (&options, "value_en", 1, ""),
        (&options, "new_values", 0, "blue"),
        (&options, "new_values", 0, "| 红色"),
        (&options, "new_values", 0, &many),
        (&options, "new_values", 2, "Without a name"),
        (&skus, "code", 0, "=cmd()"),
        (&skus, "code", 0, "linen-shirt-black-l"),
        (&skus, "price", 0, ""),
        (&skus, "price", 0, "-1"),
        (&skus, "price", 0, "1.005"),
        (&skus, "list_price", 0, "99999999999"),
    ];
    for (form, field, which, typed) in wrong {
        let said = typed.chars().take(30).collect::<String>();
        let answer = sends(&clerk, &page, form, &[(field, which, typed)]).await.expect(422);
        assert!(answer.has(".field-error"), "{field} {said}: {answer}");
        assert!(answer.has("[role=alert]"), "{field} {said}: {answer}");
        assert_eq!(shop.fingerprint(), before, "{field} {said}");
    }
    shop.make_sku(0, "1.00");
    let taken = shop.text("select code from skus order by id desc limit 1");
    let answer = sends(&clerk, &page, &skus, &[("code", 0, &taken)]).await.expect(422);
    assert!(answer.text_of(".field-error").contains(&taken), "{answer}");
}

#[tokio::test]
async fn what_has_nothing_to_sell_is_not_published() {
    let (shop, clerk) = staffed().await;
    let at = makes(&clerk, "Cup").await;
    publishes(&clerk, &at, "true").await;
    assert_eq!(shop.number("select count(*) from spus where published"), 0);
    assert!(clerk.page(&at).await.has(".flash-error, .flash"));
}

#[tokio::test]
async fn goods_are_found_by_name_code_category_brand_and_state() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    makes(&clerk, "Cup 100%").await;
    let found = |query: &'static str| {
        let clerk = clerk.clone();
        async move { clerk.page(&format!("/admin/products?{query}")).await.texts_of(".stock-name a") }
    };
    assert_eq!(found("").await, ["Cup 100%", "Linen shirt"]);
    assert_eq!(found("q=LINEN").await, ["Linen shirt"]);
    assert_eq!(found("q=shirt-black-l").await, ["Linen shirt"]);
    assert_eq!(found("q=%E8%A1%AC%E8%A1%AB").await.len(), 2);
    assert_eq!(found("q=100%25").await, ["Cup 100%"]);
    assert!(found("q=nothing+like+it").await.is_empty());
    assert!(found("category=99").await.is_empty() && found("brand=99").await.is_empty());
    assert_eq!(found("category=x&page=99&show=nonsense").await.len(), 2);
    publishes(&clerk, &at, "true").await;
    assert_eq!(found("show=published").await, ["Linen shirt"]);
    assert_eq!(found("show=hidden").await, ["Cup 100%"]);
    assert_eq!(shop.number("select count(*) from spus"), 2);
}

#[tokio::test]
async fn a_shelf_is_typed_with_the_product_or_at_the_stock_and_seen_in_the_list_and_its_export() {
    let (shop, clerk) = staffed().await;
    let at = shirts(&clerk).await;
    let skus = format!("{at}/skus");
    sends(&clerk, &clerk.page(&at).await, &skus, &[("shelf_place", 0, " A-1-02 ")]).await.expect(303);
    let places = || shop.texts("select code || ' ' || shelf_place from skus where shelf_place <> '' order by id");
    assert_eq!(places(), ["LINEN-SHIRT-BLUE-M A-1-02"]);
    let long = "x".repeat(41);
    let answer = sends(&clerk, &clerk.page(&at).await, &skus, &[("shelf_place", 1, &long)]).await.expect(422);
    assert!(answer.text_of(".field-error").contains("40"), "{answer}");

    let ledger = "/admin/stock/2/movements";
    clerk.post("/admin/stock/2/shelf-place", &[("shelf_place", &long)]).await.expect(422);
    clerk.post("/admin/stock/2/shelf-place", &[("shelf_place", "B-3")]).await.expect(303);
    assert_eq!(clerk.page(ledger).await.attribute_of("#shelf_place", "value"), "B-3");
    clerk.post("/admin/stock/999/shelf-place", &[("shelf_place", "B-3")]).await.expect(404);
    assert_eq!(places(), ["LINEN-SHIRT-BLUE-M A-1-02", "LINEN-SHIRT-BLUE-L B-3"]);
    let log =
        shop.texts("select action || ' ' || after::text from audit_log where after::text like '%shelf%' order by id");
    assert!(log.last().unwrap().ends_with("{\"shelf_place\": \"B-3\"}"), "{log:?}");

    assert!(clerk.page("/admin/stock").await.text_of("tbody").contains("Shelf A-1-02"));
    let export = clerk.page("/admin/stock/export").await.body;
    assert!(export.lines().next().unwrap().ends_with(",Shelf,Cost of a unit"), "{export}");
    assert!(export.lines().any(|line| line.ends_with(",A-1-02,")), "{export}");
}
