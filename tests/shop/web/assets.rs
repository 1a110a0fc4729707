//! Style sheets, scripts and pictures.

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
