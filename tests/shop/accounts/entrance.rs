//! Signing up, in and out.

use crate::support::{PASSWORD, TestShop};

#[tokio::test]
async fn somebody_new_makes_an_account_and_is_signed_in() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let fields = [("username", "林梅"), ("email", "Mei@Example.com"), ("password", " 密码 with spaces ")];
    let welcome = visitor.post_and_follow("/sign-up", &fields).await;
    assert_eq!(welcome.text_of(".flash-success p"), "Welcome, 林梅.");
    assert!(visitor.page("/account").await.text_of("main").contains("林梅"));
    assert_eq!(
        shop.number("select count(*) from users where role = 'shopper' and password_hash like '$argon2id$%'"),
        1
    );

    // By the name or by the email address, however those are written; with the password exactly as it was.
    for name in ["林梅", "mei@example.com", " MEI@EXAMPLE.COM "] {
        shop.visitor().sign_in(name, " 密码 with spaces ").await.expect(303);
        shop.visitor().sign_in(name, "密码 with spaces").await.expect(422);
    }
}

#[tokio::test]
async fn a_name_or_an_email_that_is_taken_is_said_beside_its_field() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    let sign_up = async |username, email| {
        visitor.post("/sign-up", &[("username", username), ("email", email), ("password", "paper lantern")]).await
    };
    let refused = sign_up("MEI", "other@example.com").await.expect(422);
    assert_eq!(refused.text_of("#username-error"), "This username is taken.");
    assert_eq!(refused.attribute_of("#email", "value"), "other@example.com", "what was typed is still there");
    assert!(!refused.body.contains("paper lantern"), "but not the password");
    let refused = sign_up("other", "MEI@example.com").await.expect(422);
    assert_eq!(refused.text_of("#email-error"), "There is an account with this email already.");
    assert_eq!(shop.number("select count(*) from users"), 1);
}

#[tokio::test]
async fn of_many_who_want_one_name_at_once_one_gets_it() {
    let shop = TestShop::open().await;
    let tries = (0..8).map(|n| {
        let visitor = shop.visitor();
        async move {
            let email = format!("mei{n}@example.com");
            visitor.post("/sign-up", &[("username", "mei"), ("email", &email), ("password", "paper lantern")]).await
        }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422)));
    assert_eq!(shop.number("select count(*) from users"), 1);
}

#[tokio::test]
async fn whoever_signs_in_goes_on_where_they_were_and_nowhere_else() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    let asked = visitor.get("/orders?status=unsent").await.expect(303);
    assert_eq!(asked.location(), "/sign-in?next=%2Forders%3Fstatus%3Dunsent");
    let page = visitor.page(asked.location()).await;
    let next = page.attribute_of("main input[name=next]", "value");
    let fields = |next| [("username", "mei"), ("password", PASSWORD), ("next", next)];
    assert_eq!(visitor.post("/sign-in", &fields(&next)).await.expect(303).location(), "/orders?status=unsent");

    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ] {
        let answer = shop.visitor().post("/sign-in", &fields(elsewhere)).await.expect(303);
        assert_eq!(answer.location(), "/", "{elsewhere}");
        let page = shop.visitor().page(&format!("/sign-in?next={}", urlencoded(elsewhere))).await;
        assert!(!page.has("main [name=next]"), "{elsewhere}");
        assert!(!page.attributes_of("main a", "href").iter().any(|to| to.contains("next")), "{elsewhere}");
    }
    // Signed in already: straight on, but only within the shop.
    assert_eq!(visitor.get("/sign-in?next=/cart").await.expect(303).location(), "/cart");
    assert_eq!(visitor.get("/sign-in?next=//evil.example").await.expect(303).location(), "/");
}

fn urlencoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let visitor = shop.visitor();
    let wrong = visitor.sign_in("mei", "not the password").await.expect(422);
    let unknown = visitor.sign_in("bob", "not the password").await.expect(422);
    assert_eq!(wrong.text_of("[role=alert] li"), "The name or the password is not right.");
    assert_eq!(wrong.body, unknown.body.replace("bob", "mei"));
}

#[tokio::test]
async fn somebody_whose_account_is_closed_stays_outside_at_once() {
    let shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    mei.page("/account").await;
    shop.execute("update users set disabled_at = now()");
    assert_eq!(mei.get("/account").await.expect(303).location(), "/sign-in?next=%2Faccount");
    let refused = shop.visitor().sign_in("mei", PASSWORD).await.expect(422);
    assert_eq!(refused.text_of("[role=alert] li"), "This account is closed.");
    // Who does not know the password does not learn that.
    let wrong = shop.visitor().sign_in("mei", "not the password").await.expect(422);
    assert_eq!(wrong.text_of("[role=alert] li"), "The name or the password is not right.");
}
