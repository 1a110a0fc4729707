//! How often a password may be tried.

use reqwest::Method;

use crate::support::{Answer, Browser, PASSWORD, TestShop};

const WRONG: &str = "not the password";

#[tokio::test]
async fn after_ten_wrong_passwords_an_account_waits_even_with_the_right_one() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    shop.make_user("bo");
    let visitor = shop.visitor();
    // Under whichever name: it is one account.
    for name in ["mei", "MEI", "mei@example.com"].iter().cycle().take(10) {
        visitor.sign_in(name, WRONG).await.expect(422);
    }
    let refused = visitor.sign_in("mei", PASSWORD).await.expect(429);
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=15 * 60).contains(&seconds), "{seconds}");
    assert!(refused.text_of("[role=alert]").contains("Too many tries"), "{refused}");
    visitor.get("/account").await.expect(303);
    // That is that account's matter alone.
    visitor.sign_in("bo", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn nine_wrong_passwords_and_the_right_one_are_forgiven() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    for _ in 0..9 {
        visitor.sign_in("mei", WRONG).await.expect(422);
    }
    for _ in 0..3 {
        visitor.sign_in("mei", PASSWORD).await.expect(303);
    }
}

#[tokio::test]
async fn many_wrong_passwords_at_once_are_counted_one_by_one() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    let answers = futures_util::future::join_all((0..25).map(|_| visitor.sign_in("mei", WRONG))).await;
    let tried = answers.iter().filter(|answer| answer.status == 422).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((tried, refused), (10, 15));
}

#[tokio::test]
async fn after_thirty_wrong_passwords_an_address_waits_whomever_it_tries() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "true")]).await;
    for name in ["mei", "bo", "li", "an"] {
        shop.make_user(name);
    }
    let visitor = shop.visitor();
    for name in ["mei", "bo", "nobody"] {
        for _ in 0..10 {
            from(&visitor, "198.51.100.1", name, WRONG).await.expect(422);
        }
    }
    from(&visitor, "198.51.100.1", "an", PASSWORD).await.expect(429);
    // What somebody claims in front of what our proxy says counts for nothing.
    from(&visitor, "203.0.113.9, 198.51.100.1", "an", PASSWORD).await.expect(429);
    from(&visitor, "203.0.113.9", "an", PASSWORD).await.expect(303);
}

async fn from(visitor: &Browser, address: &str, name: &str, password: &str) -> Answer {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("username", name), ("password", password)])
        .finish();
    let request = visitor
        .request(Method::POST, "/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", address)
        .body(body);
    visitor.send(request).await
}

#[tokio::test]
async fn without_a_proxy_of_ours_nobody_chooses_their_address() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for n in 0..30 {
        from(&visitor, &format!("198.51.100.{n}"), &format!("nobody{n}"), WRONG).await.expect(422);
    }
    from(&visitor, "198.51.100.99", "somebody", WRONG).await.expect(429);
}

#[tokio::test]
async fn the_old_password_of_an_account_may_not_be_guessed_from_inside_either() {
    let shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    let fields = |current| {
        [("current_password", current), ("new_password", "paper lantern"), ("repeat_password", "paper lantern")]
    };
    for _ in 0..10 {
        mei.post("/account/password", &fields(WRONG)).await.expect(422);
    }
    mei.post("/account/password", &fields(PASSWORD)).await.expect(429);
    shop.visitor().sign_in("mei", PASSWORD).await.expect(429);
}
