//! Style sheets, scripts and pictures.

use flate2::read::GzDecoder;
use reqwest::Method;
use std::io::Read;

use crate::support::{Browser, TestShop};

#[tokio::test]
async fn what_a_page_asks_for_is_there_and_may_be_kept_for_ever() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/nowhere").await;
    let asked = [
        (page.attribute_of("link[rel=stylesheet]", "href"), "text/css; charset=utf-8"),
        (page.attribute_of("script[src]", "src"), "text/javascript; charset=utf-8"),
        (page.attribute_of("link[rel=icon]", "href"), "image/svg+xml"),
        (page.attribute_of("main img", "src"), "image/webp"),
    ];
    for (path, kind) in asked {
        let file = visitor.page(&path).await;
        assert_eq!(file.header("content-type"), kind, "{path}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert!(!file.body.is_empty(), "{path}");
        assert_eq!(file.header("set-cookie"), "", "{path}");
    }
}

async fn ask(visitor: &Browser, path: &str, accepted: &str) -> reqwest::Response {
    let request = visitor.request(Method::GET, path).header("accept-encoding", accepted);
    request.send().await.unwrap().error_for_status().unwrap()
}

#[tokio::test]
async fn text_is_sent_compressed_to_those_who_take_that_and_pictures_as_they_are() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/nowhere").await;
    let sheet = page.attribute_of("link[rel=stylesheet]", "href");
    let plain = ask(&visitor, &sheet, "identity").await;
    assert_eq!(plain.headers().get("content-encoding"), None);
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    let mut tags = vec![plain.headers()["etag"].clone()];
    let plain = plain.bytes().await.unwrap();
    for (accepted, coding) in [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0.1, gzip;q=0.5", "gzip")] {
        let compressed = ask(&visitor, &sheet, accepted).await;
        assert_eq!(compressed.headers()["content-encoding"], coding, "{accepted}");
        assert_eq!(compressed.headers()["vary"], "accept-encoding", "{accepted}");
        let length: usize = compressed.headers()["content-length"].to_str().unwrap().parse().unwrap();
        tags.push(compressed.headers()["etag"].clone());
        let compressed = compressed.bytes().await.unwrap();
        assert_eq!(length, compressed.len());
        assert!(compressed.len() * 4 < plain.len(), "{} of {}", compressed.len(), plain.len());
        if coding == "gzip" {
            let mut text = Vec::new();
            GzDecoder::new(&compressed[..]).read_to_end(&mut text).unwrap();
            assert!(text == plain, "the same");
        }
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2], "each form has a tag of its own: {tags:?}");
    assert_eq!(tags[1], tags[3]);
    let refused = ask(&visitor, &sheet, "gzip;q=0, br;q=0").await;
    assert!(!refused.headers().contains_key("content-encoding"));
    let picture = ask(&visitor, &page.attribute_of("main img", "src"), "gzip, br").await;
    assert!(!picture.headers().contains_key("vary") && !picture.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let sheet = "/static/000000000000/app.css";
    let first = ask(&visitor, sheet, "br").await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let again = async |accepted: &str, known: &str| {
        let request = visitor.request(Method::GET, sheet).header("accept-encoding", accepted);
        visitor.send(request.header("if-none-match", known)).await
    };
    let known = again("br", &format!("\"other\", W/{tag}")).await.expect(304);
    assert!(known.body.is_empty() && known.header("etag") == tag && known.header("vary") == "accept-encoding");
    again("gzip", &tag).await.expect(200);
    again("br", "*").await.expect(304);
    // Ranges are not supported: the whole file is sent.
    let part = visitor.send(visitor.request(Method::GET, sheet).header("range", "bytes=0-9")).await.expect(200);
    assert!(part.body.len() > 1000 && part.header("content-range").is_empty());
    let head = visitor.send(visitor.request(Method::HEAD, sheet).header("accept-encoding", "br")).await.expect(200);
    assert_eq!((head.header("content-encoding"), head.body.as_str()), ("br", ""));
    assert_eq!(head.header("content-length"), first.headers()["content-length"]);
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_take_gzip_and_are_the_same_for_others() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let visitor = shop.visitor();
    let product = shop.product_path(shop.spu_of(sku));
    for path in ["/", &product, "/search", "/sitemaps/products-1.xml"] {
        let plain = ask(&visitor, path, "identity").await;
        assert_eq!(plain.headers()["vary"], "accept-encoding", "{path}");
        let plain = plain.bytes().await.unwrap();
        for accepted in ["gzip, deflate, br, zstd", "identity;q=0.5, gzip;q=0.8"] {
            let compressed = ask(&visitor, path, accepted).await;
            assert_eq!(compressed.headers()["content-encoding"], "gzip", "{path}");
            assert_eq!(compressed.headers().get_all("vary").iter().count(), 1, "{path}");
            let mut text = Vec::new();
            GzDecoder::new(&compressed.bytes().await.unwrap()[..]).read_to_end(&mut text).unwrap();
            assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&plain), "{path}");
        }
    }
    let small = ask(&visitor, "/healthz", "gzip").await;
    assert!(!small.headers().contains_key("content-encoding"), "too small");
    let form = visitor.form("/sign-in", &[("username", "x"), ("password", "y")]).header("accept-encoding", "gzip");
    assert_eq!(visitor.send(form).await.expect(422).header("content-encoding"), "", "responses to forms are not");
}

#[tokio::test]
async fn the_style_sheet_has_neither_comments_nor_indentation() {
    let shop = TestShop::open().await;
    let sheet = shop.visitor().page("/static/000000000000/app.css").await.body;
    assert!(!sheet.contains("/*") && !sheet.contains("\n ") && !sheet.contains("\n\n"));
    assert_eq!(sheet.matches('{').count(), sheet.matches('}').count());
    assert!(
        sheet.starts_with("@layer reset, tokens, base, layout, components, pages, utilities;\n"),
        "{}",
        &sheet[..80]
    );
}

#[tokio::test]
async fn an_old_page_gets_todays_file_and_does_not_keep_it() {
    let shop = TestShop::open().await;
    let file = shop.visitor().page("/static/000000000000/app.css").await;
    assert_eq!(file.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn nothing_else_is_served() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for path in [
        "/static",
        "/static/x",
        "/static/x/",
        "/static/x/nothing.css",
        "/static/x/css/30-base.css.map",
        "/static/x/../Cargo.toml",
        "/static/x/..%2f..%2fCargo.toml",
        "/static/x/%2e%2e/%2e%2e/etc/passwd",
        "/static/x//etc/passwd",
        "/static/x/pictures",
        "/static/x/%00",
        "/static/x/%ff",
    ] {
        let answer = visitor.get_canonical(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
        assert_ne!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
}
