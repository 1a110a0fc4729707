//! Style sheets, scripts and pictures.

use flate2::read::GzDecoder;
use reqwest::Method;
use std::io::Read;

use crate::support::TestShop;

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

#[tokio::test]
async fn text_is_sent_compressed_to_those_who_take_that_and_pictures_as_they_are() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/nowhere").await;
    let ask = async |path: &str, accepted: &str| {
        let request = visitor.request(Method::GET, path).header("accept-encoding", accepted);
        request.send().await.unwrap().error_for_status().unwrap()
    };
    let sheet = page.attribute_of("link[rel=stylesheet]", "href");
    let plain = ask(&sheet, "identity").await;
    assert_eq!(
        (plain.headers().get("content-encoding"), &plain.headers()["vary"]),
        (None, &"accept-encoding".parse().unwrap())
    );
    let plain = plain.bytes().await.unwrap();
    for accepted in ["gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.5"] {
        let compressed = ask(&sheet, accepted).await;
        assert_eq!(compressed.headers()["content-encoding"], "gzip", "{accepted}");
        assert_eq!(compressed.headers()["vary"], "accept-encoding", "{accepted}");
        let compressed = compressed.bytes().await.unwrap();
        assert!(compressed.len() * 4 < plain.len(), "{} of {}", compressed.len(), plain.len());
        let mut text = Vec::new();
        GzDecoder::new(&compressed[..]).read_to_end(&mut text).unwrap();
        assert!(text == plain, "the same");
    }
    let refused = ask(&sheet, "gzip;q=0").await;
    assert!(!refused.headers().contains_key("content-encoding"));
    let picture = ask(&page.attribute_of("main img", "src"), "gzip").await;
    assert!(!picture.headers().contains_key("vary"), "{picture:?}");
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
        let answer = visitor.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
        assert_ne!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
}
