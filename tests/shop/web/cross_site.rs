//! Forms from other sites are refused.

use reqwest::Method;

use crate::support::{Answer, Browser, TestShop};

async fn post(visitor: &Browser, headers: &[(&str, &str)]) -> Answer {
    let mut request = visitor
        .request(Method::POST, "/language")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("language=zh&next=/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    visitor.send(request).await
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let ours = shop.url();
    let refused: [&[(&str, &str)]; 12] = [
        &[("sec-fetch-site", "cross-site")],
        // A page of a neighboring origin, such as another port or another name under the same domain.
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "Same-Origin")],
        // The browser's own header counts, not the other headers.
        &[("sec-fetch-site", "cross-site"), ("origin", &ours)],
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", "http://127.0.0.1")],
        &[("origin", &format!("{ours}.evil.example"))],
        &[("referer", &ours)],
    ];
    for headers in refused {
        let answer = post(&visitor, headers).await;
        assert_eq!(answer.status, 403, "{headers:?}: {answer}");
        assert!(answer.text_of("main").contains("did not come from our pages"), "{answer}");
        assert_eq!(answer.header("set-cookie"), "", "nothing has happened");
    }
}

#[tokio::test]
async fn a_form_of_ours_passes() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let ours = shop.url();
    let passing: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        // An older browser sends only `Origin`: the requested host, or that of `PUBLIC_URL`.
        &[("origin", &ours)],
        &[("origin", "http://localhost:8080")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
    ];
    for headers in passing {
        assert_eq!(post(&visitor, headers).await.status, 303, "{headers:?}");
    }
}

#[tokio::test]
async fn every_method_that_changes_something_is_guarded_and_reading_is_not() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = visitor.request(method, "/nowhere").header("sec-fetch-site", "cross-site");
        visitor.send(request).await.expect(403);
    }
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let request = visitor.request(method, "/nowhere").header("sec-fetch-site", "cross-site");
        visitor.send(request).await.expect(404);
    }
}

#[tokio::test]
async fn a_page_that_came_unencrypted_is_not_one_of_a_shop_that_is_reached_by_https() {
    let secret = "s".repeat(64);
    let shop = TestShop::with(&[("PUBLIC_URL", "https://shop.example"), ("SESSION_SECRET", &secret)]).await;
    let visitor = shop.visitor();
    let host = shop.url().trim_start_matches("http://").to_owned();
    for (origin, status) in [
        ("https://shop.example".to_owned(), 303),
        // The default port, written out, is the same origin.
        ("https://shop.example:443".to_owned(), 303),
        ("https://SHOP.example".to_owned(), 303),
        ("http://shop.example".to_owned(), 403),
        ("https://shop.example:8443".to_owned(), 403),
        ("https://shop.example/page".to_owned(), 403),
        ("https://mei@shop.example".to_owned(), 403),
        // The host name of this request, if it is not that of `PUBLIC_URL`.
        (format!("https://{host}"), 303),
        (format!("http://{host}"), 403),
        (format!("ftp://{host}"), 403),
    ] {
        assert_eq!(post(&visitor, &[("origin", &origin)]).await.status, status, "{origin}");
        // A header that any client can send changes nothing.
        let said = post(&visitor, &[("origin", &origin), ("x-forwarded-proto", "http")]).await;
        assert_eq!(said.status, status, "{origin}");
    }
}
