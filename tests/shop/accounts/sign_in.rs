//! Signing up, signing in and signing out.

use crate::support::{Answer, Browser, PASSWORD, TestShop};

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

    // By username or email address in any spelling; the password must match exactly.
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
    // A signed-in user is redirected at once, but only within the shop.
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
    // A wrong password does not reveal that the account is closed.
    let wrong = shop.visitor().sign_in("mei", "not the password").await.expect(422);
    assert_eq!(wrong.text_of("[role=alert] li"), "The name or the password is not right.");
}

#[tokio::test]
async fn a_password_is_the_same_however_a_keyboard_writes_its_letters() {
    let shop = TestShop::open().await;
    let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
    for (name, set, typed) in [("mei", composed, decomposed), ("bo.li", decomposed, composed)] {
        let email = format!("{name}@example.com");
        let fields = [("username", name), ("email", &email), ("password", set)];
        shop.visitor().post("/sign-up", &fields).await.expect(303);
        for password in [set, typed] {
            shop.visitor().sign_in(name, password).await.expect(303);
        }
        shop.visitor().sign_in(name, "cafe au lait").await.expect(422);
    }
}

#[tokio::test]
async fn a_password_that_everybody_has_is_refused_beside_its_field_in_both_languages() {
    let shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    for common in ["12345678", "password", "PASSWORD1", "qwertyuiop"] {
        let fields = [("username", "newcomer"), ("email", "new@example.com"), ("password", common)];
        let refused = shop.visitor().post("/sign-up", &fields).await.expect(422);
        assert!(refused.text_of("#password-error").contains("Too many people"), "{refused}");
        let fields = [("current_password", PASSWORD), ("new_password", common), ("repeat_password", common)];
        let refused = mei.post("/account/password", &fields).await.expect(422);
        assert!(refused.text_of("#new_password-error").contains("Too many people"), "{refused}");
    }
    mei.post("/language", &[("language", "zh"), ("back", "/")]).await.expect(303);
    let fields = [("current_password", PASSWORD), ("new_password", "password"), ("repeat_password", "password")];
    let refused = mei.post("/account/password", &fields).await.expect(422);
    assert!(refused.text_of("#new_password-error").contains("过于常见"), "{refused}");
}

#[tokio::test]
async fn every_field_for_a_password_takes_as_much_as_the_others() {
    let shop = TestShop::open().await;
    // A browser's `maxlength` counts each of these as four.
    let (longest, longer) = ("🧧e\u{301}".repeat(64), format!("{}x", "🧧e\u{301}".repeat(64)));
    let fields = |password| [("username", "mei"), ("email", "mei@example.com"), ("password", password)];
    let refused = shop.visitor().post("/sign-up", &fields(&longer)).await.expect(422);
    assert_eq!(refused.text_of("#password-error"), "At most 128 characters, please.");
    let mei = shop.visitor();
    mei.post("/sign-up", &fields(&longest)).await.expect(303);
    mei.post("/sign-out", &[]).await.expect(303);
    let refused = mei.sign_in("mei", &longer).await.expect(422);
    assert_eq!(refused.text_of("#password-error"), "At most 128 characters, please.");
    mei.sign_in("mei", &longest).await.expect(303);
    let other = longest.replace('🧧', "🎏");
    async fn change(who: &Browser, current: &str, new: &str) -> Answer {
        let fields = [("current_password", current), ("new_password", new), ("repeat_password", new)];
        who.post("/account/password", &fields).await
    }
    for (current, new, field) in [(&longer, &other, "current_password"), (&longest, &longer, "new_password")] {
        let refused = change(&mei, current, new).await.expect(422);
        assert_eq!(refused.text_of(&format!("#{field}-error")), "At most 128 characters, please.");
    }
    change(&mei, &longest, &other).await.expect(303);
    for page in ["/sign-in", "/sign-up"] {
        assert!(!shop.visitor().page(page).await.has("[type=password][maxlength]"));
    }
    assert!(!mei.page("/account/password").await.has("[type=password][maxlength]"));
}
