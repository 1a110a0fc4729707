//! How long a session is valid.

use reqwest::Method;

use crate::support::{Answer, Browser, PASSWORD, TestShop};

/// Requests the account page with only this cookie.
async fn account_with(shop: &TestShop, cookie: &str) -> Answer {
    let visitor = shop.visitor();
    visitor.send(visitor.request(Method::GET, "/account").header("cookie", cookie)).await
}

async fn sign_in(browser: &Browser, username: &str) -> String {
    browser.sign_in(username, PASSWORD).await.expect(303).cookie("session").expect("a session")
}

#[tokio::test]
async fn a_visitor_who_only_looks_gets_no_session() {
    let shop = TestShop::open().await;
    for path in ["/", "/cart", "/sign-in", "/search?q=a"] {
        assert_eq!(shop.visitor().page(path).await.cookie("session"), None, "{path}");
    }
}

#[tokio::test]
async fn the_session_is_a_new_one_at_each_sign_in_and_the_old_one_is_over() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    shop.make_user("bo");
    let browser = shop.visitor();
    let first = sign_in(&browser, "mei").await;
    account_with(&shop, &first).await.expect(200);
    let second = sign_in(&browser, "bo").await;
    assert_ne!(first, second);
    account_with(&shop, &first).await.expect(303);
    assert!(account_with(&shop, &second).await.expect(200).text_of("h1").contains("bo"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let browser = shop.visitor();
    let cookie = sign_in(&browser, "mei").await;
    let page = browser.post_and_follow("/sign-out", &[]).await;
    assert_eq!(page.text_of(".flash-success p"), "You are signed out.");
    browser.get("/account").await.expect(303);
    account_with(&shop, &cookie).await.expect(303);
    // Again, from a page that was still open.
    browser.post("/sign-out", &[]).await.expect(303);
}

#[tokio::test]
async fn a_cookie_that_was_tampered_with_is_nobodys() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let cookie = sign_in(&shop.visitor(), "mei").await;
    let tampered =
        [cookie.replacen('A', "B", 1) + "x", cookie[..cookie.len() - 4].to_owned(), "session=mei".to_owned()];
    for cookie in tampered {
        account_with(&shop, &cookie).await.expect(303);
    }
    let answer = shop.visitor();
    let cookie = answer.sign_in("mei", PASSWORD).await.expect(303).header("set-cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(word), "{word} in {cookie}");
    }
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_keeps_this_one() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let (here, there) = (shop.visitor(), shop.visitor());
    let before = sign_in(&here, "mei").await;
    sign_in(&there, "mei").await;

    let new = "a new paper lantern";
    let fields = |current| [("current_password", current), ("new_password", new), ("repeat_password", new)];
    let refused = here.post("/account/password", &fields("not the password")).await.expect(422);
    assert_eq!(refused.text_of("#current_password-error"), "This is not your password.");
    there.page("/account").await;

    let answer = here.post("/account/password", &fields(PASSWORD)).await.expect(303);
    let after = answer.cookie("session").expect("the session is renewed");
    assert_ne!(before, after);
    here.page(answer.location()).await;
    there.get("/account").await.expect(303);
    account_with(&shop, &before).await.expect(303);
    shop.visitor().sign_in("mei", PASSWORD).await.expect(422);
    shop.visitor().sign_in("mei", new).await.expect(303);
}

#[tokio::test]
async fn sessions_are_gone_with_redis_and_everybody_may_sign_in_again() {
    let mut shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    mei.page("/account").await;
    shop.redis.kill();
    assert_eq!(mei.get("/account").await.status, 503, "better told than kept");
    shop.redis.resume();
    let mut answer = mei.get("/account").await;
    for _ in 0..50 {
        if answer.status != 503 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = mei.get("/account").await;
    }
    answer.expect(303);
    mei.sign_in("mei", PASSWORD).await.expect(303);
    mei.page("/account").await;
}
