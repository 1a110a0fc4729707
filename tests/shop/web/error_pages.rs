//! Error pages: a plain message in the shopper's language, and a link that leads on.

use reqwest::Method;

use crate::support::{TestShop, addresses};

#[tokio::test]
async fn a_page_that_is_not_there_says_so_in_both_languages() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let english = visitor.get("/no/such/page").await.expect(404);
    assert_eq!(english.text_of("h1"), "This page does not exist");
    assert_eq!(english.attribute_of("html", "lang"), "en");
    assert!(english.has("main a[href='/']"), "a way back");
    assert_eq!(english.header("content-type"), "text/html; charset=utf-8");

    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let chinese = visitor.get("/no/such/page").await.expect(404);
    assert_eq!(chinese.text_of("h1"), "页面不存在");
    assert_eq!(chinese.attribute_of("html", "lang"), "zh-Hans");
}

#[tokio::test]
async fn a_method_that_an_address_does_not_know_is_said_in_both_languages() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let english = visitor.post("/search", &[]).await.expect(405);
    assert_eq!(english.text_of("h1"), "That cannot be done here");
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let chinese = visitor.post("/search", &[]).await.expect(405);
    assert_eq!(chinese.text_of("h1"), "不支持此操作");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = visitor.request(method, "/language").header("sec-fetch-site", "same-origin");
        visitor.send(request).await.expect(405);
    }
}

#[tokio::test]
async fn a_form_larger_than_64_kib_is_too_large() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let form = |length: usize| {
        let start = "language=zh&next=";
        format!("{start}{}", "a".repeat(length - start.len()))
    };
    shop.visitor().post_raw("/language", form(64 * 1024)).await.expect(303);
    let refused = visitor.post_raw("/language", form(64 * 1024 + 1)).await.expect(413);
    assert_eq!(refused.text_of("h1"), "That is too much at once");
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let refused = visitor.post_raw("/language", form(1024 * 1024)).await.expect(413);
    assert_eq!(refused.text_of("h1"), "内容过大");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_bad_request_in_plain_words() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let many = "a=1&".repeat(501);
    let unreadable: [&[u8]; 8] = [
        b"",
        b"language=%ff",
        b"language=\xff\xfe",
        b"language=zh%00",
        b"language=%zz",
        b"language=fr",
        b"\0\0\0\0",
        many.as_bytes(),
    ];
    for body in unreadable {
        let answer = visitor.post_raw("/language", body.to_vec()).await.expect(400);
        assert_eq!(answer.text_of("h1"), "We could not read that", "{body:?}");
    }
    let json = visitor
        .request(Method::POST, "/language")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body("{\"language\":\"zh\"}");
    visitor.send(json).await.expect(400);
}

#[tokio::test]
async fn strange_addresses_are_no_page_and_no_failure() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let long = format!("/{}", "a".repeat(8000));
    for path in ["/%", "/%ff%fe", "/%00", "/..%2f..", "/a//b", "/?q=%ff", "/<script>", "/a;b", &long] {
        let answer = visitor.get(path).await;
        assert!(answer.status < 500, "{path}: {answer}");
        assert!(!answer.body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page_without_it() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let moved = visitor.get("/sign-in/?next=%2Forders").await.expect(301);
    assert_eq!(moved.location(), "/sign-in?next=%2Forders");
    visitor.get(moved.location()).await.expect(200);
}

#[tokio::test]
async fn a_shop_without_its_redis_says_it_is_busy_and_recovers() {
    let mut shop = TestShop::open().await;
    let visitor = shop.visitor();
    shop.redis.kill();
    let answer = visitor.get("/nowhere").await;
    assert!(matches!(answer.status, 404 | 503), "{answer}");
    shop.redis.resume();
    visitor.get("/nowhere").await.expect(404);
}

#[tokio::test]
async fn an_address_that_takes_forms_alone_leads_to_the_page_of_its_form_when_it_is_reloaded() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    // The SKU that the paths refer to.
    shop.make_sku(1, "20.00");
    let mut led = Vec::new();
    for path in addresses() {
        let answer = clerk.get(&path).await;
        assert_ne!(answer.status, 405, "{path}");
        if answer.status == 303 {
            assert!(matches!(clerk.get(answer.location()).await.status, 200 | 303), "{path}: {answer}");
            led.push(format!("{path} {}", answer.location()));
        }
    }
    for expected in ["/cart/entries /cart", "/checkout/addresses /checkout", "/language /", "/sign-out /"] {
        assert!(led.iter().any(|led| led == expected), "{expected}: {led:#?}");
    }
}
