//! Security headers of every response.

use reqwest::Method;

use crate::support::{Answer, TestShop};

/// Browser features that no page of the shop uses.
const UNUSED: [&str; 6] = ["camera", "geolocation", "microphone", "payment", "usb", "display-capture"];

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
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    let shown_by = if answer.header("content-type").starts_with("image/") { "cross-origin" } else { "same-origin" };
    assert_eq!(answer.header("cross-origin-resource-policy"), shown_by, "{what}");
    let permissions = answer.header("permissions-policy");
    for feature in UNUSED {
        assert!(
            permissions.split(", ").any(|said| said == format!("{feature}=()")),
            "{what}: {feature}: {permissions}"
        );
    }
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
    // The compression middleware, outside of the pages, answers this request.
    let unpackable = visitor.request(Method::GET, "/").header("accept-encoding", "identity;q=0, *;q=0");
    assert_careful(&visitor.send(unpackable).await.expect(406), "nothing that may be sent");
}

#[tokio::test]
async fn pictures_may_be_shown_elsewhere_and_pages_and_scripts_may_not() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let page = visitor.get("/nowhere").await;
    let icon = visitor.page(&asset_of(&page)).await;
    assert_eq!(icon.header("cross-origin-resource-policy"), "cross-origin");
    for address in [page.attribute_of("script[src]", "src"), page.attribute_of("link[rel=stylesheet]", "href")] {
        assert_eq!(visitor.page(&address).await.header("cross-origin-resource-policy"), "same-origin", "{address}");
    }
}

#[tokio::test]
async fn a_shop_with_https_says_so_when_it_is_in_trouble_too() {
    let secret = "s".repeat(64);
    let settings = [("PUBLIC_URL", "https://shop.example"), ("SESSION_SECRET", &secret)];
    let mut shop = TestShop::with(&settings).await;
    shop.redis.kill();
    let visitor = shop.visitor();
    let signed_in = visitor.request(Method::GET, "/orders").header("cookie", "session=a; __Host-session=a");
    for (answer, what) in [
        (visitor.get("/readyz").await.expect(503), "a store that is away"),
        (visitor.post("/cart/entries", &[("sku_id", "1"), ("count", "1")]).await, "a form without a store"),
        (visitor.send(signed_in).await, "somebody whose session cannot be read"),
        (visitor.get("/nowhere").await.expect(404), "a page that is not there"),
    ] {
        assert_careful(&answer, what);
        assert!(answer.header("strict-transport-security").contains("max-age="), "{what}: {answer}");
    }
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
