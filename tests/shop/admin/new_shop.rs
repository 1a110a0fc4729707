//! An empty shop that a merchant fills, in Chinese or in English.

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::support::{Answer, Browser, PASSWORD, TestShop};

async fn speaks_chinese(browser: &Browser) {
    browser.post("/language", &[("language", "zh")]).await.expect(303);
}

fn journal(shop: &TestShop) -> Vec<String> {
    shop.texts("select action || ' ' || target from audit_log order by id")
}

/// Gives the product a price and publishes it.
async fn sells(clerk: &Browser, at: &str, price: &str) {
    let page = clerk.page(at).await;
    let (version, sku) = (page.attribute_of("input[name=version]", "value"), page.attribute_of("[name=sku]", "value"));
    let code = page.attribute_of("[name=code]", "value");
    let fields = [
        ("version", version.as_str()),
        ("sku", &sku),
        ("code", &code),
        ("price", price),
        ("list_price", ""),
        ("active", &sku),
    ];
    clerk.post(&format!("{at}/skus"), &fields).await.expect(303);
    let version = clerk.page(at).await.attribute_of("input[name=version]", "value");
    clerk.post(&format!("{at}/publication"), &[("version", version.as_str()), ("published", "true")]).await.expect(303);
}

#[tokio::test]
async fn a_product_is_made_in_chinese_alone_with_its_category_and_brand_in_an_empty_shop() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    speaks_chinese(&clerk).await;
    let page = clerk.page("/admin/products/new").await;
    assert!(page.has("[name=name_zh][required]") && !page.has("[name=name_en][required]"), "{page}");
    assert!(page.has("[name=new_category][required]") && page.has("[name=new_brand]"));
    let fields =
        [("name_zh", "紫砂壶"), ("description_zh", "宜兴手工"), ("new_category", "茶具"), ("new_brand", "宜兴窑")];
    let made = clerk.post("/admin/products", &fields).await.expect(303);
    let at = made.location().to_owned();
    assert_eq!(shop.texts("select slug || ' ' || name || ' ' || description from spus"), ["product-1 紫砂壶 宜兴手工"]);
    assert_eq!(shop.texts("select slug || ' ' || name from categories"), ["category-1 茶具"]);
    assert_eq!(shop.texts("select slug || ' ' || name from brands"), ["brand-1 宜兴窑"]);
    assert_eq!(shop.number("select count(*) from texts"), 0);
    assert_eq!(journal(&shop), ["create_category category-1", "create_brand brand-1", "create_spu product-1"]);
    sells(&clerk, &at, "88.00").await;
    for language in ["en", "zh"] {
        let shopper = shop.visitor();
        shopper.post("/language", &[("language", language)]).await.expect(303);
        let home = shopper.page("/").await;
        assert!(home.text_of(".card").contains("紫砂壶"), "the Chinese name is shown instead: {home}");
        let product = shopper.page(&home.attribute_of(".card a", "href")).await;
        assert!(
            product.text_of("main").contains("宜兴手工") && product.text_of("main").contains("宜兴窑"),
            "{product}"
        );
        assert!(shopper.page("/categories/category-1").await.text_of("h1").contains("茶具"));
    }
    // The next slugs have other numbers, and the same name again means the same category.
    let fields = [("name_zh", "盖碗"), ("new_category", "茶具")];
    clerk.post("/admin/products", &fields).await.expect(303);
    assert_eq!(shop.texts("select slug from spus order by id"), ["product-1", "product-2"]);
    assert_eq!(shop.number("select count(*) from categories"), 1);
    // An English name is added later; the Chinese name and the slug stay.
    let page = clerk.page(&at).await;
    let version = page.attribute_of("input[name=version]", "value");
    let (category, brand) = (
        page.attribute_of("[name=category_id] [selected]", "value"),
        page.attribute_of("[name=brand_id] [selected]", "value"),
    );
    let fields = [
        ("version", version.as_str()),
        ("name_zh", "紫砂壶"),
        ("name_en", "Yixing pot"),
        ("category_id", &category),
        ("brand_id", &brand),
        ("slug", "product-1"),
    ];
    clerk.post(&at, &fields).await.expect(303);
    assert_eq!(shop.texts("select name from spus where id = 1"), ["紫砂壶"]);
    assert!(shop.visitor().page("/").await.text_of(".card-name").contains("Yixing pot"));
}

#[tokio::test]
async fn the_main_language_is_a_setting_and_names_are_needed_in_it_alone() {
    let shop = TestShop::with(&[("SHOP_LANGUAGE", "zh")]).await;
    let clerk = shop.clerk("clerk").await;
    clerk.post("/language", &[("language", "en")]).await.expect(303);
    for path in ["/admin/categories", "/admin/brands"] {
        let refused = clerk.post(path, &[("name_en", "Tea")]).await.expect(422);
        assert!(refused.has("#name_zh-error") && !refused.has("#name_en-error"), "{refused}");
        clerk.post(path, &[("name_zh", "茶")]).await.expect(303);
    }
    let refused = clerk.post("/admin/products", &[("name_en", "Pot"), ("category_id", "1")]).await.expect(422);
    assert!(refused.has("#name_zh-error"), "{refused}");
    let both = [("name_zh", "壶"), ("name_en", "Pot"), ("category_id", "1")];
    let made = clerk.post("/admin/products", &both).await.expect(303);
    assert_eq!(shop.texts("select slug || ' ' || name from spus"), ["pot 壶"]);
    let page = clerk.page(made.location()).await;
    assert_eq!(page.attribute_of("#name_en", "value"), "Pot");
    let version = page.attribute_of("input[name=version]", "value");
    let options = [
        ("version", version.as_str()),
        ("option_id", ""),
        ("option_zh", "颜色"),
        ("option_en", ""),
        ("new_values", "蓝色 | Blue\n黑色"),
    ];
    clerk.post(&format!("{}/options", made.location()), &options).await.expect(303);
    assert_eq!(shop.texts("select name from option_values order by id"), ["蓝色", "黑色"]);
    assert_eq!(shop.texts("select name || language from texts where option_value_id is not null"), ["Blueen"]);
    // A visitor without a language preference gets the main language.
    assert_eq!(shop.visitor().page("/").await.attribute_of("html", "lang"), "zh-Hans");
}

#[tokio::test]
async fn a_product_needs_no_brand_anywhere() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let fields = [("name_en", "Plain mug"), ("new_category", "Mugs")];
    let made = clerk.post("/admin/products", &fields).await.expect(303);
    let at = made.location().to_owned();
    sells(&clerk, &at, "9.00").await;
    let shopper = shop.visitor();
    for list in ["/", "/categories/mugs", "/search?q=mug", "/search?q=mugs"] {
        let page = shopper.page(list).await;
        assert!(page.text_of(".card").contains("Plain mug") && !page.has(".card-brand"), "{list}: {page}");
        assert!(!page.text_of(".card").contains("0 sold"), "{page}");
    }
    let product = shopper.page(&shopper.page("/").await.attribute_of(".card a", "href")).await;
    assert!(!product.has(".product-brand") && !product.text_of("main").contains("Brand"), "{product}");
    assert!(!product.text_of("main").contains("0 sold"));
    assert!(clerk.page("/admin/products?q=plain").await.text_of("tbody").contains("Plain mug"));
    for list in
        ["/admin/stock?q=plain", "/admin/stock?category=mugs", "/admin/stock?show=low", "/admin/stock?sort=name"]
    {
        assert!(clerk.page(list).await.text_of("tbody").contains("Plain mug"), "{list}");
    }
    // A brand is added later and removed again.
    let version = |page: &Answer| page.attribute_of("input[name=version]", "value");
    let page = clerk.page(&at).await;
    let seen = version(&page);
    let fields = [
        ("version", seen.as_str()),
        ("name_en", "Plain mug"),
        ("category_id", "1"),
        ("new_brand", "Acme"),
        ("slug", "plain-mug"),
    ];
    clerk.post(&at, &fields).await.expect(303);
    assert!(shopper.page("/search?q=acme").await.text_of(".card-brand").contains("Acme"));
    assert!(clerk.page("/admin/stock?brand=acme").await.text_of("tbody").contains("Plain mug"));
    let seen = version(&clerk.page(&at).await);
    let fields = [
        ("version", seen.as_str()),
        ("name_en", "Plain mug"),
        ("category_id", "1"),
        ("brand_id", ""),
        ("slug", "plain-mug"),
    ];
    clerk.post(&at, &fields).await.expect(303);
    assert!(!shopper.page("/").await.has(".card-brand"));
}

#[tokio::test]
async fn what_is_refused_makes_no_category_and_no_brand() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    clerk.post("/admin/products", &[("name_en", "Mug"), ("new_category", "Mugs")]).await.expect(303);
    let before = shop.fingerprint();
    let long = "x".repeat(101);
    let wrong: [&[(&str, &str)]; 5] = [
        &[("name_en", "Mug"), ("new_category", "Cups"), ("new_brand", "Acme")],
        &[("name_en", "Cup"), ("new_category", &long)],
        &[("name_en", "Cup"), ("new_category", "Cups"), ("new_brand", &long)],
        &[("name_en", "Cup"), ("new_category", "")],
        &[("name_en", "Cup"), ("new_category", "Cups"), ("brand_id", "77")],
    ];
    for fields in wrong {
        let answer = clerk.post("/admin/products", fields).await.expect(422);
        assert!(answer.has(".field-error"), "{answer}");
    }
    assert_eq!(shop.fingerprint(), before);
    let kept = clerk.post("/admin/products", wrong[0]).await;
    assert_eq!(kept.attribute_of("#new_brand", "value"), "Acme", "what was typed stays");
}

#[tokio::test]
async fn an_empty_shop_says_what_to_do_first_and_leads_there() {
    let shop = TestShop::open().await;
    let boss = shop.boss("boss").await;
    shop.execute("truncate audit_log");
    for language in ["en", "zh"] {
        boss.post("/language", &[("language", language)]).await.expect(303);
        for list in ["products", "categories", "brands", "stock", "orders", "imports", "audit-log"] {
            let page = boss.page(&format!("/admin/{list}")).await;
            assert!(page.has(".empty h2") && page.has(".empty p"), "{list}: {page}");
            let links = page.attributes_of(".empty a", "href");
            assert_eq!(links.len(), 1, "{list}: {links:?}");
            boss.page(&links[0]).await;
        }
        assert!(boss.page("/admin").await.has("main a[href='/admin/products/new']"));
    }
    for (language, words) in [("en", "being set up"), ("zh", "筹备中")] {
        let visitor = shop.visitor();
        visitor.post("/language", &[("language", language)]).await.expect(303);
        let home = visitor.page("/").await;
        assert!(home.text_of("h1").contains(words), "{home}");
        assert!(!home.has(".hero a") && !home.text_of("body").contains("demo"), "{home}");
    }
    assert_eq!(boss.page("/").await.attribute_of(".hero .button", "href"), "/admin/products");
}

#[tokio::test]
async fn two_options_or_values_of_one_name_are_refused() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let spu = shop.make_spu("Shirt");
    let at = format!("/admin/products/{spu}/options");
    let send = async |options: &[(&str, &str, &str)]| {
        let version = clerk.page(&format!("/admin/products/{spu}")).await.attribute_of("input[name=version]", "value");
        let mut fields = vec![("version", version.as_str())];
        for (id, name, values) in options {
            fields.extend([("option_id", *id), ("option_en", *name), ("option_zh", ""), ("new_values", *values)]);
        }
        clerk.post(&at, &fields).await
    };
    send(&[("", "Colour", "Red\nBlue")]).await.expect(303);
    let id = shop.number("select id from options").to_string();
    let before = shop.fingerprint();
    for name in ["Colour", "colour", " COLOUR ", "Co\u{fb01}n"] {
        let answer = send(&[(&id, "Colour", ""), ("", name, "S\nM")]).await;
        if name.contains('\u{fb01}') {
            answer.expect(303);
        } else {
            assert!(answer.expect(422).text_of("#option--error").contains("already"), "{name}");
            assert_eq!(shop.fingerprint(), before);
        }
    }
    for values in ["Red", "red", "Green\ngreen", "L | 大\nXL | 大"] {
        let answer = send(&[(&id, "Colour", values)]).await.expect(422);
        assert!(answer.text_of(&format!("#new-values-{id}-error")).contains("twice"), "{values}: {answer}");
    }
    // The database enforces it too.
    let again = format!("insert into options (spu_id, name, position) values ({spu}, 'Colour', 9)");
    let mut conn = PgConnection::establish(&shop.database.url).unwrap();
    assert!(conn.batch_execute(&again).is_err());
}

#[tokio::test]
async fn staff_land_behind_the_counter_and_shoppers_where_they_were() {
    let shop = TestShop::open().await;
    shop.make_staff("clerk");
    shop.make_user("mei");
    shop.make_sku(3, "9.00");
    let came = |username: &'static str, from: &'static str| {
        let browser = shop.visitor();
        async move {
            let request = browser.request(reqwest::Method::GET, "/sign-in");
            let referer =
                format!("{}{from}", request.try_clone().unwrap().build().unwrap().url().origin().ascii_serialization());
            let page = browser.send(request.header("referer", referer)).await;
            let mut fields = crate::support::Form::of(&page, "form[action='/sign-in']").fields;
            fields.retain(|(name, _)| !matches!(name.as_str(), "username" | "password"));
            fields.extend([("username".to_owned(), username.to_owned()), ("password".to_owned(), PASSWORD.to_owned())]);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            browser.post("/sign-in", &fields).await.expect(303).location().to_owned()
        }
    };
    assert_eq!(came("clerk", "/products/1").await, "/admin");
    assert_eq!(came("clerk", "/").await, "/admin");
    assert_eq!(came("mei", "/products/1").await, "/products/1");
    let signs_in = async |username, next| {
        let fields = [("username", username), ("password", PASSWORD), ("next", next)];
        shop.visitor().post("/sign-in", &fields).await.expect(303).location().to_owned()
    };
    assert_eq!(signs_in("clerk", "").await, "/admin");
    assert_eq!(signs_in("clerk", "/admin/stock").await, "/admin/stock");
    assert_eq!(signs_in("mei", "").await, "/");
}

#[tokio::test]
async fn values_of_options_are_joined_as_their_language_does() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Phone");
    let sku = shop.make_sku_of(spu, 9, "99.00");
    let (blue, big) = (shop.make_option(spu, "Colour", &["Blue"])[0], shop.make_option(spu, "Storage", &["128 GB"])[0]);
    shop.execute(&format!("insert into texts (language, option_value_id, name) values ('zh', {blue}, '蓝色')"));
    shop.set_option(sku, blue);
    shop.set_option(sku, big);
    let shopper = shop.visitor();
    shopper.add(sku, 1).await;
    for (language, words) in [("en", "Blue, 128 GB"), ("zh", "蓝色 / 128 GB")] {
        shopper.post("/language", &[("language", language)]).await.expect(303);
        assert!(shopper.page("/cart").await.text_of("main").contains(words), "{words}");
    }
    let clerk = shop.clerk("clerk").await;
    speaks_chinese(&clerk).await;
    for page in ["/admin/stock".to_owned(), format!("/admin/products/{spu}"), format!("/admin/stock/{sku}/movements")] {
        assert!(clerk.page(&page).await.text_of("main").contains("蓝色 / 128 GB"), "{page}");
    }
}

#[tokio::test]
async fn a_shop_that_others_can_reach_has_no_mailbox_and_no_demo_sign_ins() {
    for (host, open) in [("0.0.0.0", false), ("127.0.0.1", true)] {
        let shop = TestShop::with(&[("HOST", host), ("PUBLIC_URL", "http://localhost")]).await;
        assert_eq!(shop.visitor().get("/dev/mailbox").await.status, if open { 200 } else { 404 }, "{host}");
        let hash = till::accounts::hash_password("chen-counts-stock").unwrap();
        shop.make_staff("chen");
        shop.execute(&format!("update users set password_hash = '{hash}' where username = 'chen'"));
        let answer = shop.visitor().sign_in("chen", "chen-counts-stock").await;
        if open {
            answer.expect(303);
        } else {
            assert!(answer.expect(422).text_of(".error-summary").contains("demo"));
        }
    }
}
