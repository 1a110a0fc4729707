//! Structured data of pages (JSON-LD) and what other sites show of a link (OpenGraph).

use serde_json::Value;

use crate::support::{Answer, Form, TestShop};

const SCHEMA: &str = include_str!("structured_data.schema.json");

/// The nodes of a page's structured data, checked against the schema.
#[track_caller]
fn nodes(page: &Answer) -> Vec<Value> {
    let html = page.html();
    let selector = scraper::Selector::parse("script[type='application/ld+json']").unwrap();
    let scripts: Vec<String> = html.select(&selector).map(|script| script.text().collect()).collect();
    assert_eq!(scripts.len(), 1, "{page}");
    let data: Value = serde_json::from_str(&scripts[0]).unwrap();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut faults = Vec::new();
    check(&schema, &schema, &data, "", &mut faults);
    assert!(faults.is_empty(), "{faults:#?}\n{data:#}");
    data["@graph"].as_array().unwrap().clone()
}

/// Notes where `data` does not fit the part `rule` of the schema. Fields that the schema does not name are faults, too.
fn check(schema: &Value, rule: &Value, data: &Value, place: &str, faults: &mut Vec<String>) {
    if let Some(name) = rule.get("$ref").and_then(Value::as_str) {
        let name = if name == "by @type" { data["@type"].as_str().unwrap_or("no @type") } else { name };
        match schema["definitions"].get(name) {
            Some(rule) => check(schema, rule, data, place, faults),
            None => faults.push(format!("{place}: unknown {name}")),
        }
        return;
    }
    let mut expect = |fits: bool, what: &Value| {
        if !fits {
            faults.push(format!("{place}: {data} is not {what}"));
        }
    };
    if let Some(kind) = rule.get("type") {
        let is = match data {
            Value::Object(_) => "object",
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            _ => "another",
        };
        expect(kind == is, kind);
    }
    if let Some(only) = rule.get("const") {
        expect(data == only, only);
    }
    if let Some(any) = rule.get("enum") {
        expect(any.as_array().unwrap().contains(data), any);
    }
    if let Some(pattern) = rule.get("pattern") {
        expect(matches(pattern.as_str().unwrap(), data.as_str().unwrap_or_default()), pattern);
    }
    if let Some(least) = rule.get("minItems") {
        expect(data.as_array().map_or(0, Vec::len) as u64 >= least.as_u64().unwrap(), least);
    }
    for name in rule.get("required").and_then(Value::as_array).into_iter().flatten() {
        expect(data.get(name.as_str().unwrap()).is_some(), name);
    }
    if let Some(items) = rule.get("items") {
        for (index, item) in data.as_array().into_iter().flatten().enumerate() {
            check(schema, items, item, &format!("{place}[{index}]"), faults);
        }
    }
    if let Some(properties) = rule.get("properties") {
        for (name, value) in data.as_object().into_iter().flatten() {
            match properties.get(name) {
                Some(rule) => check(schema, rule, value, &format!("{place}.{name}"), faults),
                None if name == "@type" => {}
                None => faults.push(format!("{place}: {name} is not in the schema")),
            }
        }
    }
}

/// The few patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts = text.split_once('.');
    match pattern {
        "." => !text.trim().is_empty(),
        "^http" => text.starts_with("http://") || text.starts_with("https://"),
        r"^[0-9]+\.[0-9][0-9]$" => parts.is_some_and(|(yuan, fen)| digits(yuan) && digits(fen) && fen.len() == 2),
        r"^[1-5]\.[0-9]$" => parts.is_some_and(|(stars, tenths)| {
            ["1", "2", "3", "4", "5"].contains(&stars) && digits(tenths) && tenths.len() == 1
        }),
        other => panic!("write down how to match {other}"),
    }
}

fn of_type<'a>(nodes: &'a [Value], kind: &str) -> &'a Value {
    nodes.iter().find(|node| node["@type"] == kind).unwrap_or_else(|| panic!("no {kind} in {nodes:#?}"))
}

const IN_STOCK: &str = "https://schema.org/InStock";
const SOLD_OUT: &str = "https://schema.org/OutOfStock";

#[tokio::test]
async fn a_product_says_what_it_costs_and_whether_it_is_there() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Tea Pot");
    let sku = shop.make_sku_of(spu, 3, "1299.50");
    shop.execute(&format!("insert into images (spu_id, file, position) values ({spu}, 'goods/teapot.webp', 0)"));
    let visitor = shop.visitor();
    let path = shop.product_path(spu);
    let page = visitor.page(&path).await;
    let all = nodes(&page);
    let product = of_type(&all, "Product");
    assert_eq!(product["name"], "Tea Pot");
    assert_eq!(product["brand"]["name"], "Maker");
    let offer = &product["offers"];
    assert_eq!(offer["@type"], "Offer");
    assert_eq!(offer["price"], "1299.50");
    assert_eq!(offer["availability"], IN_STOCK);
    assert!(offer["url"].as_str().unwrap().ends_with(&path), "{offer}");
    assert!(product.get("aggregateRating").is_none(), "without reviews there is no rating");
    let way = of_type(&all, "BreadcrumbList")["itemListElement"].as_array().unwrap().clone();
    let names: Vec<&str> = way.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Home", "Things", "Tea Pot"]);
    assert_eq!(page.attribute_of("meta[property='og:type']", "content"), "product");
    assert_eq!(page.attribute_of("meta[property='product:price:amount']", "content"), "1299.50");
    assert!(page.attribute_of("meta[property='og:image']", "content").starts_with("http://"), "{page}");
    assert_eq!(page.attribute_of("meta[property='og:image:width']", "content"), "256");

    // Sold out, and there again.
    for (stock, availability) in [(0, SOLD_OUT), (1, IN_STOCK)] {
        shop.execute(&format!("update skus set stock = {stock} where id = {sku}"));
        let all = nodes(&visitor.page(&path).await);
        assert_eq!(of_type(&all, "Product")["offers"]["availability"], availability);
    }
    shop.execute(&format!(
        "insert into review_figures (spu_id, review_count, star_sum, pictured_count) values ({spu}, 3, 14, 0)
         on conflict (spu_id) do update set review_count = 3, star_sum = 14"
    ));
    let all = nodes(&visitor.page(&path).await);
    let rating = &of_type(&all, "Product")["aggregateRating"];
    assert_eq!(rating["ratingValue"], "4.7");
    assert_eq!(rating["reviewCount"], 3);
}

#[tokio::test]
async fn a_product_with_several_skus_has_an_offer_for_each() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Phone");
    let values = shop.make_option(spu, "Colour", &["blue", "red", "old"]);
    let [blue, red, old] =
        [(3, "120.00"), (0, "100.00"), (9, "1.00")].map(|(stock, price)| shop.make_sku_of(spu, stock, price));
    for (sku, value) in [blue, red, old].into_iter().zip(&values) {
        shop.set_option(sku, *value);
    }
    shop.execute(&format!("update skus set active = false where id = {old}"));
    let page = shop.visitor().page(&format!("{}?lang=zh&sku={red}", shop.product_path(spu))).await;
    let all = nodes(&page);
    let offers = &of_type(&all, "Product")["offers"];
    assert_eq!(offers["@type"], "AggregateOffer");
    assert_eq!(offers["lowPrice"], "100.00");
    assert_eq!(offers["highPrice"], "120.00");
    assert_eq!(offers["offerCount"], 2);
    assert_eq!(offers["availability"], IN_STOCK);
    let each: Vec<_> = offers["offers"].as_array().unwrap().iter().map(|offer| &offer["availability"]).collect();
    assert_eq!(each, [IN_STOCK, SOLD_OUT]);
    let url = offers["offers"][1]["url"].as_str().unwrap();
    assert!(url.ends_with(&format!("?lang=zh&sku={red}")), "{url}");
}

#[tokio::test]
async fn the_home_page_says_who_the_shop_is_and_categories_where_they_are() {
    let shop = TestShop::open().await;
    let kitchen = shop.make_category("Kitchen", None);
    shop.make_category("Kettles", Some(kitchen));
    shop.make_admin("lin");
    let lin = shop.signed_in("lin").await;
    let form = Form::of(&lin.page("/admin/settings").await, "form.settings")
        .typed("contact_email", "shop@example.com")
        .typed("address", "1 Tea Road </script>");
    lin.post("/admin/settings", &form.pairs()).await.expect(303);
    let visitor = shop.visitor();
    let all = nodes(&visitor.page("/").await);
    let shop_node = of_type(&all, "Organization");
    assert_eq!(shop_node["contactPoint"]["email"], "shop@example.com");
    assert_eq!(shop_node["address"], "1 Tea Road </script>");
    assert_eq!(of_type(&all, "WebSite")["publisher"], serde_json::json!({ "@id": shop_node["@id"] }));
    visitor.page(shop_node["logo"].as_str().unwrap().split_once("8080").unwrap().1).await;

    let all = nodes(&visitor.page("/categories/kettles").await);
    let way = of_type(&all, "BreadcrumbList")["itemListElement"].as_array().unwrap().clone();
    let names: Vec<&str> = way.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Home", "Kitchen", "Kettles"]);
}

#[tokio::test]
async fn offers_say_what_delivery_costs_and_whether_goods_can_be_sent_back() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Tea Pot");
    let sku = shop.make_sku_of(spu, 3, "198.99");
    let lin = shop.boss("lin").await;
    let set = async |fields: &[(&str, &str)]| {
        let mut form = Form::of(&lin.page("/admin/settings").await, "form.settings");
        for (field, value) in fields {
            form = form.typed(field, value);
        }
        lin.post("/admin/settings", &form.pairs()).await.expect(303);
    };
    set(&[("freight", "12"), ("free_from", "199"), ("return_days", "7")]).await;
    let visitor = shop.visitor();
    let path = shop.product_path(spu);
    let offer = async || of_type(&nodes(&visitor.page(&path).await), "Product")["offers"].clone();
    let shown = offer().await;
    assert_eq!(shown["shippingDetails"]["shippingRate"]["value"], "12.00");
    let policy = &shown["hasMerchantReturnPolicy"];
    assert_eq!(policy["merchantReturnDays"], 7);
    assert_eq!(policy["returnPolicyCategory"], "https://schema.org/MerchantReturnFiniteReturnWindow");
    shop.execute(&format!("update skus set price = 199 where id = {sku}"));
    assert_eq!(offer().await["shippingDetails"]["shippingRate"]["value"], "0.00");

    let rates = async || {
        let all = nodes(&visitor.page("/").await);
        let rates =
            of_type(&all, "Organization")["hasShippingService"]["shippingConditions"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let row = |rate: &Value| {
            let bounds = (text(&rate["orderValue"]["minValue"]), text(&rate["orderValue"]["maxValue"]));
            (bounds, text(&rate["shippingRate"]["value"]))
        };
        rates.iter().map(row).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    let free = ((some("199.00"), None), some("0.00"));
    assert_eq!(rates().await, [((some("0.00"), some("198.99")), some("12.00")), free]);

    set(&[("free_from", "0"), ("return_days", "0")]).await;
    assert_eq!(rates().await, [((some("0.00"), None), some("0.00"))], "everything travels free");
    let policy = offer().await["hasMerchantReturnPolicy"].clone();
    assert_eq!(policy["returnPolicyCategory"], "https://schema.org/MerchantReturnNotPermitted");
    assert!(policy.get("merchantReturnDays").is_none(), "{policy}");
}

#[tokio::test]
async fn no_name_can_end_the_script_or_a_tag() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("x");
    shop.make_sku_of(spu, 1, "9.00");
    let name = "</script><script>alert(1)</script><!-- \"&' \u{2028}\u{2029}";
    shop.execute(&format!(
        "update spus set name = '{0}', description = '{0}'; update brands set name = '{0}'; update categories set name = '{0}'",
        name.replace('\'', "''")
    ));
    let visitor = shop.visitor();
    for path in [shop.product_path(spu), "/categories/things".to_owned(), "/".to_owned()] {
        let page = visitor.page(&path).await;
        assert!(!page.body.contains("<script>alert"), "{path}");
        nodes(&page);
    }
    let all = nodes(&visitor.page(&shop.product_path(spu)).await);
    assert_eq!(of_type(&all, "Product")["name"], name);
}
