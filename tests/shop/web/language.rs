//! Switching the language.

use reqwest::Method;

use crate::support::TestShop;

#[tokio::test]
async fn the_switch_leads_back_to_where_it_was_pressed() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/nowhere?q=1").await;
    assert_eq!(page.attribute_of("form.language input[name=next]", "value"), "/nowhere?q=1");
    let answer = visitor.post("/language", &[("language", "zh"), ("next", "/nowhere?q=1")]).await.expect(303);
    assert_eq!(answer.location(), "/nowhere?q=1");
    assert_eq!(visitor.get("/nowhere?q=1").await.attribute_of("form.language [aria-current]", "value"), "zh");
    visitor.post("/language", &[("language", "en")]).await.expect(303);
    assert_eq!(visitor.get("/nowhere").await.attribute_of("html", "lang"), "en");
}

#[tokio::test]
async fn the_switch_leads_nowhere_else() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for next in [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\r\nSet-Cookie: a=b",
    ] {
        let answer = visitor.post("/language", &[("language", "zh"), ("next", next)]).await.expect(303);
        assert_eq!(answer.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn a_first_visit_is_in_the_language_the_browser_asks_for() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for (asked, spoken) in
        [("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("fr, en;q=0.5", "en"), ("fr", "en"), ("\u{ff}", "en")]
    {
        let request = visitor.request(Method::GET, "/nowhere").header("accept-language", asked);
        assert_eq!(visitor.send(request).await.attribute_of("html", "lang"), spoken, "{asked}");
    }
    // The chosen language has precedence over the browser's.
    visitor.post("/language", &[("language", "en")]).await.expect(303);
    let request = visitor.request(Method::GET, "/nowhere").header("accept-language", "zh");
    assert_eq!(visitor.send(request).await.attribute_of("html", "lang"), "en");
}
