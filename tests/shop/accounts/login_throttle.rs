//! Login throttling.

use reqwest::Method;

use crate::support::{Answer, Browser, PASSWORD, TestShop};

const WRONG: &str = "not the password";

#[tokio::test]
async fn after_ten_wrong_passwords_an_account_waits_even_with_the_right_one() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    shop.make_user("bo");
    let visitor = shop.visitor();
    // The names of one account share its limit.
    for name in ["mei", "MEI", "mei@example.com"].iter().cycle().take(10) {
        visitor.sign_in(name, WRONG).await.expect(422);
    }
    let refused = visitor.sign_in("mei", PASSWORD).await.expect(429);
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=15 * 60).contains(&seconds), "{seconds}");
    assert!(refused.text_of("[role=alert]").contains("Too many tries"), "{refused}");
    visitor.get("/account").await.expect(303);
    // Other accounts are not affected.
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
async fn one_persons_wrong_passwords_do_not_lock_their_colleagues_out() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "true")]).await;
    for name in ["mei", "bo", "li", "an"] {
        shop.make_user(name);
    }
    let visitor = shop.visitor();
    let office = "198.51.100.1:50123";
    // Forty failures with one name.
    for n in 0..40 {
        from(&visitor, office, "mei", WRONG).await.expect(if n < 10 { 422 } else { 429 });
    }
    from(&visitor, office, "bo", PASSWORD).await.expect(303);
    // Forty failures with different names.
    for n in 0..40 {
        from(&visitor, office, &format!("nobody{n}"), WRONG).await.expect(422);
    }
    from(&visitor, office, "li", PASSWORD).await.expect(303);
    // A colleague may still mistype.
    from(&visitor, office, "an", WRONG).await.expect(422);
    from(&visitor, office, "an", PASSWORD).await.expect(303);
    from(&visitor, office, "mei", PASSWORD).await.expect(429);
    // From another address the account is open. What the client itself puts into X-Forwarded-For does not count.
    from(&visitor, "198.51.100.2, 198.51.100.1:50124", "mei", PASSWORD).await.expect(429);
    from(&visitor, "198.51.100.2", "mei", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_list_of_stolen_passwords_is_stopped() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "1")]).await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    let (mut tried, mut refused) = (0, 0);
    for names in (0..2_000).collect::<Vec<_>>().chunks(50) {
        let tries = names.iter().map(|n| {
            let (visitor, name) = (visitor.clone(), format!("stolen{n}"));
            async move { from(&visitor, "[2001:db8:1:2::77]:443", &name, WRONG).await.status }
        });
        for status in futures_util::future::join_all(tries).await {
            match status {
                422 => tried += 1,
                429 => refused += 1,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!((tried, refused), (200, 1_800));
    // An IPv6 /64 is one network and shares its limit; others are not affected.
    from(&visitor, "2001:db8:1:2::1", "mei", PASSWORD).await.expect(429);
    from(&visitor, "2001:db8:1:3::1", "mei", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn two_hundred_colleagues_who_sign_in_at_once_are_not_too_many() {
    let shop = TestShop::open().await;
    for n in 0..200 {
        shop.make_user(&format!("clerk{n}"));
    }
    let tries = (0..200).map(|n| {
        let visitor = shop.visitor();
        async move { visitor.sign_in(&format!("clerk{n}"), PASSWORD).await.status }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert!(statuses.iter().all(|status| *status == 303), "{statuses:?}");
}

#[tokio::test]
async fn strangers_everywhere_cannot_lock_somebody_out_where_they_have_been_before() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "true")]).await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    from(&visitor, "203.0.113.9", "mei", PASSWORD).await.expect(303);
    for n in 0..100 {
        from(&visitor, &format!("198.51.100.{}", n / 10), "mei", WRONG).await.expect(422);
    }
    from(&visitor, "198.51.100.99", "mei", PASSWORD).await.expect(429);
    from(&visitor, "203.0.113.9", "mei", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn an_address_that_cannot_be_told_is_shared_by_many_and_so_allows_more() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "true")]).await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    for n in 0..60 {
        from(&visitor, &format!("_hidden{n}"), &format!("nobody{}", n / 2), WRONG).await.expect(422);
    }
    // A malformed address gets no more attempts than others.
    for n in 0..10 {
        from(&visitor, &format!("odd{n}"), "mei", WRONG).await.expect(422);
    }
    from(&visitor, "odder", "mei", PASSWORD).await.expect(429);
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
    shop.make_user("mei");
    let visitor = shop.visitor();
    for n in 0..10 {
        from(&visitor, &format!("198.51.100.{n}"), "mei", WRONG).await.expect(422);
    }
    from(&visitor, "198.51.100.99", "mei", PASSWORD).await.expect(429);
}

#[tokio::test]
async fn an_address_is_told_ten_times_that_an_email_is_taken_and_then_nothing_of_it() {
    let shop = TestShop::open().await;
    for n in 0..12 {
        shop.make_user(&format!("customer{n}"));
    }
    let visitor = shop.visitor();
    let sign_up = async |username: &str, email: &str| {
        visitor.post("/sign-up", &[("username", username), ("email", email), ("password", "paper lantern")]).await
    };
    for n in 0..10 {
        let told = sign_up("newcomer", &format!("customer{n}@example.com")).await.expect(422);
        assert!(told.has("#email-error"), "{told}");
    }
    for (username, email) in [("newcomer", "customer11@example.com"), ("customer1", "new@example.com")] {
        let silent = sign_up(username, email).await.expect(429);
        assert!(!silent.has("#email-error") && !silent.has("#username-error"), "{silent}");
        assert_eq!(silent.attribute_of("#email", "value"), email, "what was typed is still there");
        assert!(silent.text_of("[role=alert]").contains("could not be made with these details"), "{silent}");
    }
    sign_up("newcomer", "new@example.com").await.expect(303);
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
