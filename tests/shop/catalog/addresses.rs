//! One address for each page, in each language.

use reqwest::Method;

use crate::support::TestShop;

#[tokio::test]
async fn a_product_has_one_address_and_all_others_lead_there() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Linen Shirt");
    let sku = shop.make_sku_of(spu, 5, "9.00");
    let visitor = shop.visitor();
    let path = format!("/products/{spu}-linen-shirt");
    visitor.get(&path).await.expect(200);
    for other in [
        format!("/products/{spu}"),
        format!("/products/{spu}-"),
        format!("/products/{spu}-old-name"),
        format!("/products/{spu}-Linen-Shirt"),
        format!("/products/0{spu}-linen-shirt"),
        format!("/%70roducts/{spu}-linen-shirt"),
        format!("/products/{spu}-%E4%BA%9A%E9%BA%BB"),
        format!("/products/{spu}-linen%0d%0aset-cookie:a=b"),
    ] {
        let moved = visitor.get(&other).await.expect(301);
        assert_eq!((moved.location(), moved.header("cache-control")), (path.as_str(), "no-cache"), "{other}");
        assert_eq!(moved.header("set-cookie"), "", "{other}");
    }
    let asked = format!("/products/{spu}?utm_source=mail&sku={sku}&gclid=1&fbclid=2");
    assert_eq!(visitor.get(&asked).await.expect(301).location(), format!("{path}?sku={sku}"));
    let head = visitor.request(Method::HEAD, &format!("/products/{spu}"));
    assert_eq!(visitor.send(head).await.expect(301).location(), path);
    // Staff give it another name: the address changes, and the old one leads to the new one.
    shop.execute(&format!("update spus set slug = 'summer-shirt' where id = {spu}"));
    assert_eq!(visitor.get(&path).await.expect(301).location(), format!("/products/{spu}-summer-shirt"));
    // A slug that is only a number is left out.
    shop.execute(&format!("update spus set slug = 'product-7' where id = {spu}"));
    assert_eq!(visitor.get(&path).await.expect(301).location(), format!("/products/{spu}"));
    visitor.get(&format!("/products/{spu}")).await.expect(200);
    for nowhere in ["987654-linen-shirt", "-5-shirt", "+1", "x-1", "１"] {
        visitor.get(&format!("/products/{nowhere}")).await.expect(404);
    }
}

#[tokio::test]
async fn empty_parts_and_slashes_at_the_end_are_left_out_and_nothing_leads_elsewhere() {
    let shop = TestShop::open().await;
    shop.make_sku(1, "9.00");
    let visitor = shop.visitor();
    for (asked, path) in [
        ("/categories/things/", "/categories/things"),
        ("//categories//things", "/categories/things"),
        ("/cart//?a=b&utm_id=1", "/cart?a=b"),
        ("//evil.example", "/evil.example"),
        ("///evil.example//..", "/evil.example/.."),
        ("//", "/"),
        ("/categories/Things?page=1", "/categories/things?page=1"),
        ("/categories/t%68ings", "/categories/things"),
    ] {
        let moved = raw_get(&shop, asked).await;
        assert!(moved.starts_with("HTTP/1.1 301 "), "{asked}: {moved}");
        assert!(moved.contains(&format!("location: {path}\r\n")), "{asked}: {moved}");
    }
    for asked in
        [r"/\evil.example/", r"//\evil.example/", "/%2f%2fevil.example", "/%5cevil.example", "/%09/evil.example"]
    {
        let answer = raw_get(&shop, asked).await;
        let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or("/");
        assert!(
            location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'),
            "{asked}: {answer}"
        );
    }
    // A form is not redirected, because it would not be sent again.
    visitor.post("//language/", &[("language", "zh")]).await.expect(303);
}

/// The head of the response to a request whose target is sent as it is.
async fn raw_get(shop: &TestShop, target: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut connection = tokio::net::TcpStream::connect(shop.url().strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split("\r\n\r\n").next().unwrap_or_default().to_lowercase().replace("http/1.1", "HTTP/1.1") + "\r\n"
}

#[tokio::test]
async fn a_category_that_was_renamed_is_found_under_its_old_address_and_a_removed_one_is_gone() {
    let shop = TestShop::open().await;
    let tea = shop.make_category("Tea", None);
    let visitor = shop.visitor();
    shop.execute(&format!("update categories set slug = 'fine-tea' where id = {tea}"));
    shop.execute(&format!("update categories set slug = 'best-tea' where id = {tea}"));
    for old in ["tea", "fine-tea", "Tea"] {
        let moved = visitor.get(&format!("/categories/{old}?page=2")).await.expect(301);
        assert_eq!(moved.location(), "/categories/best-tea?page=2", "{old}");
    }
    // Named back, the old address is the present one again, without a circle.
    shop.execute(&format!("update categories set slug = 'tea' where id = {tea}"));
    visitor.get("/categories/tea").await.expect(200);
    assert_eq!(visitor.get("/categories/best-tea").await.expect(301).location(), "/categories/tea");
    shop.execute("delete from categories");
    for gone in ["tea", "best-tea"] {
        let page = visitor.get(&format!("/categories/{gone}")).await.expect(410);
        assert!(page.has("main a[href='/search']") && page.has("meta[name=robots][content=noindex]"), "{page}");
    }
    visitor.get("/categories/never").await.expect(404);
    // A new category may have the slug.
    shop.make_category("Tea", None);
    visitor.get("/categories/tea").await.expect(200);
}

#[tokio::test]
async fn each_language_has_an_address_that_sets_nothing() {
    let shop = TestShop::with(&[("PUBLIC_URL", "http://localhost:8123")]).await;
    let sku = shop.make_sku(5, "9.00");
    let spu = shop.spu_of(sku);
    shop.execute(&format!(
        "insert into texts (language, spu_id, name, description) values ('zh', {spu}, '茶壶', '好茶壶')"
    ));
    let visitor = shop.visitor();
    let path = shop.product_path(spu);
    let [en, zh] = [path.clone(), format!("{path}?lang=zh")].map(|path| format!("http://localhost:8123{path}"));
    for (asked, tag, canonical) in [
        (path.clone(), "en", &en),
        (format!("{path}?lang=en"), "en", &en),
        (format!("{path}?lang=zh"), "zh-Hans", &zh),
        (format!("{path}?utm_source=x&lang=zh&sku={sku}"), "zh-Hans", &zh),
    ] {
        let page = visitor.get(&asked).await.expect(200);
        assert_eq!(page.attribute_of("html", "lang"), tag, "{asked}");
        assert_eq!(page.attribute_of("link[rel=canonical]", "href"), *canonical, "{asked}");
        let links = page.attributes_of("link[rel=alternate]", "href");
        assert_eq!(links, [en.clone(), zh.clone(), en.clone()], "{asked}");
        let tags = page.attributes_of("link[rel=alternate]", "hreflang");
        assert_eq!(tags, ["en", "zh-Hans", "x-default"], "{asked}");
        assert_eq!(page.cookie("language"), None, "{asked}");
        // The switch leads to the address without a language, so that the choice counts.
        let next = page.attribute_of("form.language input[name=next]", "value");
        assert!(!next.contains("lang=") && !next.contains("utm_"), "{next}");
    }
    // Who prefers Chinese reads Chinese at the plain address, whose canonical address is then the Chinese one.
    let request = visitor.request(Method::GET, &path).header("accept-language", "zh-CN");
    let page = visitor.send(request).await.expect(200);
    assert_eq!((page.text_of("h1"), page.attribute_of("link[rel=canonical]", "href")), ("茶壶".to_owned(), zh));
    assert_eq!(page.attribute_of("meta[name=description]", "content"), "好茶壶");
}

#[tokio::test]
async fn only_pages_that_are_for_everybody_are_for_search_engines() {
    let shop = TestShop::open().await;
    for n in 0..30 {
        let spu = shop.make_spu(&format!("Cup {n}"));
        shop.make_sku_of(spu, 1, "9.00");
    }
    let visitor = shop.visitor();
    let mut titles = Vec::new();
    for listed in ["/", "/categories/things", "/categories/things?page=2", "/categories/things?lang=zh", "/contact"] {
        let page = visitor.get(listed).await.expect(200);
        assert!(!page.has("meta[name=robots]"), "{listed}");
        assert!(page.attribute_of("link[rel=canonical]", "href").ends_with(listed), "{listed}");
        assert!(!page.attribute_of("meta[name=description]", "content").is_empty(), "{listed}");
        assert!(page.attribute_of("meta[property='og:url']", "content").ends_with(listed), "{listed}");
        titles.push(page.text_of("title"));
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 5, "each has a title of its own: {titles:?}");
    for hidden in
        ["/search", "/search?q=cup", "/categories/things?sort=new", "/cart", "/sign-in", "/sign-up", "/nowhere"]
    {
        let page = visitor.get(hidden).await;
        assert!(page.has("meta[name=robots][content=noindex]"), "{hidden}");
        assert!(!page.has("link[rel=canonical]"), "{hidden}");
    }
}

#[tokio::test]
async fn a_phone_can_put_the_shop_on_its_home_screen() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.page("/").await;
    let answer = visitor.page(&page.attribute_of("link[rel=manifest]", "href")).await;
    assert_eq!(answer.header("content-type"), "application/manifest+json");
    let manifest: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(manifest["name"], page.text_of("a.wordmark").as_str());
    let mut icons: Vec<String> =
        manifest["icons"].as_array().unwrap().iter().map(|icon| icon["src"].as_str().unwrap().to_owned()).collect();
    icons.extend(page.attributes_of("link[rel~=icon], link[rel=apple-touch-icon]", "href"));
    assert_eq!(icons.len(), 7);
    for icon in icons {
        assert!(visitor.page(&icon).await.header("content-type").starts_with("image/"), "{icon}");
    }
    for path in ["/favicon.ico", "/apple-touch-icon.png"] {
        let icon = visitor.page(visitor.get(path).await.expect(302).location()).await;
        assert_eq!(icon.header("content-type"), "image/png", "{path}");
    }
}

#[tokio::test]
async fn links_of_staff_to_a_product_lead_there_at_once() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Linen Shirt");
    let sku = shop.make_sku_of(spu, 5, "9.00");
    let path = shop.product_path(spu);
    let clerk = shop.clerk("chen").await;
    assert!(clerk.page(&format!("/admin/products/{spu}")).await.has(&format!("a[href='{path}']")));
    let ledger = clerk.page(&format!("/admin/stock/{sku}/movements")).await;
    assert!(ledger.has(&format!("a[href='{path}?sku={sku}']")), "{ledger}");
}
