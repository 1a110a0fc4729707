//! What every answer tells the browser to be careful about.

use reqwest::Method;

use crate::support::{Answer, TestShop};

fn assert_careful(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    for rule in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'"]
    {
        assert!(policy.split("; ").any(|said| said == rule), "{what}: {rule} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let icon = asset_of(&visitor.get("/nowhere").await);
    assert_careful(&visitor.page(&icon).await, "a file");
    assert_careful(&visitor.get("/nowhere").await.expect(404), "a page that is not there");
    let put = visitor.request(Method::PUT, "/language").header("sec-fetch-site", "same-origin");
    assert_careful(&visitor.send(put).await.expect(405), "a wrong method");
    assert_careful(&visitor.post("/language", &[("language", "zh")]).await.expect(303), "a redirection");
    assert_careful(&visitor.post("/language", &[("language", "fr")]).await.expect(400), "a wrong form");
    assert_careful(&visitor.post_raw("/language", vec![b'a'; 70_000]).await.expect(413), "a huge form");
    let foreign = visitor.request(Method::POST, "/language").header("sec-fetch-site", "cross-site");
    assert_careful(&visitor.send(foreign).await.expect(403), "a form of another site");
    assert_careful(&visitor.get("/%ff").await, "an address that is no text");
}

#[tokio::test]
async fn a_shop_with_https_says_so_and_keeps_its_cookies_to_it() {
    let secret = "s".repeat(64);
    let settings = [("PUBLIC_URL", "https://shop.example"), ("SESSION_SECRET", &secret)];
    let shop = TestShop::with(&settings).await;
    let answer = shop.visitor().post("/language", &[("language", "zh")]).await.expect(303);
    assert_careful(&answer, "https");
    assert!(answer.header("strict-transport-security").contains("max-age="));
    assert!(answer.header("set-cookie").contains("; Secure"), "{}", answer.header("set-cookie"));

    let plain = TestShop::open().await;
    let answer = plain.visitor().post("/language", &[("language", "zh")]).await.expect(303);
    assert_eq!(answer.header("strict-transport-security"), "");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn a_page_is_kept_by_nobody() {
    let shop = TestShop::open().await;
    assert_eq!(shop.visitor().get("/nowhere").await.header("cache-control"), "no-store");
}

fn asset_of(page: &Answer) -> String {
    page.attribute_of("link[rel=icon]", "href")
}
