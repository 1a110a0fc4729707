//! Staff sessions: when staff must give their password again.

use redis::Commands;
use reqwest::Method;

use crate::support::{Answer, Browser, Form, PASSWORD, TestShop};

/// The Redis key of the only staff session.
fn staff_session_key(shop: &TestShop) -> String {
    let mut keys: Vec<String> = shop.redis.connect().keys("staff-session:*").unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.pop().unwrap()
}

#[tokio::test]
async fn whoever_does_nothing_for_half_an_hour_gives_the_password_again_and_stays_a_shopper_meanwhile() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let mut redis = shop.redis.connect();
    let key = staff_session_key(&shop);
    // Each admin request restarts the half hour; shop pages do not.
    let _: () = redis.expire(&key, 100).unwrap();
    chen.page("/account").await;
    assert!(redis.ttl::<_, i64>(&key).unwrap() <= 100);
    chen.page("/admin/stock").await;
    let left: i64 = redis.ttl(&key).unwrap();
    assert!((1700..=1800).contains(&left), "{left}");

    let _: () = redis.del(&key).unwrap();
    let answer = chen.get("/admin/audit-log?who=chen&day=").await.expect(303);
    assert_eq!(answer.location(), "/sign-in/again?next=%2Fadmin%2Faudit-log%3Fwho%3Dchen%26day%3D");
    chen.page("/account").await;
    let page = chen.page(answer.location()).await;
    assert!(page.text_of(".gate-lead").contains("still signed in"), "{page}");
    let form = Form::of(&page, "main form");
    for wrong in ["", "not the password"] {
        let refused = chen.post(&form.action, &form.clone().typed("reauth_password", wrong).pairs()).await.expect(422);
        assert!(refused.has("#reauth_password-error"), "{refused}");
    }
    let answer = chen.post(&form.action, &form.clone().typed("reauth_password", PASSWORD).pairs()).await.expect(303);
    assert_eq!(answer.location(), "/admin/audit-log?who=chen&day=");
    chen.page(answer.location()).await;
    // Reloading afterwards asks for nothing.
    assert_eq!(
        chen.get("/sign-in/again?next=/admin/reconciliation").await.expect(303).location(),
        "/admin/reconciliation"
    );
    assert_eq!(chen.get("/sign-in/again?next=//evil.example").await.expect(303).location(), "/admin");
}

/// What a browser does on the page: it sends the password, then the stored form.
async fn password_and_go_on(browser: &Browser, asked: &Answer) -> Answer {
    let form = Form::of(asked, "main form").typed("reauth_password", PASSWORD);
    let answer = browser.post(&form.action, &form.pairs()).await.expect(307);
    browser.post(answer.location(), &form.pairs()).await
}

#[tokio::test]
async fn a_form_that_was_being_sent_when_the_shift_ended_waits_for_the_password() {
    let shop = TestShop::open().await;
    shop.make_sku(5, "9.00");
    let chen = shop.clerk("chen").await;
    let note = "\"pallet\" <3> & 梅";
    let change = [("how", "difference"), ("delta", "5"), ("reason", "delivery"), ("note", note)];
    let _: () = shop.redis.connect().del(staff_session_key(&shop)).unwrap();
    let asked = chen.post("/admin/stock/1/movements", &change).await.expect(403);
    assert!(asked.text_of(".gate-lead").contains("kept"), "{asked}");
    assert_eq!(shop.number("select stock from skus"), 5, "nothing is done yet");
    // The form is also kept after a wrong password.
    let wrong = Form::of(&asked, "main form").typed("reauth_password", "not the password");
    let asked = chen.post(&wrong.action, &wrong.pairs()).await.expect(422);
    password_and_go_on(&chen, &asked).await.expect(303);
    assert_eq!(
        shop.texts("select concat(delta, note) from stock_movements where staff_id is not null"),
        [format!("5{note}")]
    );

    // Passwords and forms for other paths are not kept; a file must be chosen again.
    let _: () = shop.redis.connect().del(staff_session_key(&shop)).unwrap();
    let typed = [("offer", "00"), ("code", "123456"), ("password", PASSWORD)];
    let asked = chen.post("/admin/two-factor", &typed).await.expect(403);
    assert!(!asked.has("[name=password]") && !asked.has("[name=code]") && asked.has("[name=offer]"), "{asked}");
    let elsewhere = [("reauth_password", PASSWORD), ("reauth_to", "/account/password")];
    assert_eq!(chen.post("/sign-in/again", &elsewhere).await.expect(303).location(), "/admin");
    let _: () = shop.redis.connect().del(staff_session_key(&shop)).unwrap();
    let file = chen.request(Method::POST, "/admin/stock/1/movements").header("sec-fetch-site", "same-origin");
    let file = file.header("content-type", "multipart/form-data; boundary=x").body("--x--");
    assert!(chen.send(file).await.expect(303).location().starts_with("/sign-in/again?next="));
}

#[tokio::test]
async fn after_twelve_hours_the_password_is_asked_for_however_busy_somebody_was() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let begun: i64 = shop.redis.connect().get(staff_session_key(&shop)).unwrap();
    let _: () = shop.redis.connect().set(staff_session_key(&shop), begun - 12 * 3600 + 60).unwrap();
    chen.page("/admin/stock").await;
    let _: () = shop.redis.connect().set(staff_session_key(&shop), begun - 12 * 3600).unwrap();
    for path in ["/admin", "/admin/stock", "/admin/two-factor"] {
        assert!(chen.get(path).await.expect(303).location().starts_with("/sign-in/again"), "{path}");
    }
    let _: () = shop.redis.connect().set(staff_session_key(&shop), "rubbish").unwrap();
    chen.get("/admin/stock").await.expect(303);
    let _: () = shop.redis.connect().del(staff_session_key(&shop)).unwrap();
    let _: () = shop.redis.connect().rpush("staff-session:x", "list").unwrap();
    chen.post("/sign-in/again", &[("reauth_password", PASSWORD)]).await.expect(303);
    chen.page("/admin/stock").await;
}

#[tokio::test]
async fn the_password_is_asked_for_again_of_staff_alone_and_guessing_it_there_is_no_easier() {
    let shop = TestShop::open().await;
    let (mei, chen) = (shop.member("mei").await, shop.clerk("chen").await);
    for stranger in [&mei, &shop.visitor()] {
        stranger.get("/sign-in/again").await.expect(404);
        stranger.post("/sign-in/again", &[("reauth_password", PASSWORD)]).await.expect(404);
    }
    for _ in 0..10 {
        chen.post("/sign-in/again", &[("reauth_password", "not the password")]).await.expect(422);
    }
    chen.post("/sign-in/again", &[("reauth_password", PASSWORD)]).await.expect(429);
    // A user who becomes staff while signed in has no staff session yet.
    shop.execute("update users set role = 'staff' where username = 'mei'");
    assert!(mei.get("/admin/stock").await.expect(303).location().starts_with("/sign-in/again"));
    mei.post("/sign-in/again", &[("reauth_password", PASSWORD)]).await.expect(303);
    mei.page("/admin/stock").await;
}

#[tokio::test]
async fn whoever_signs_in_after_staff_at_the_same_browser_has_no_shift() {
    let shop = TestShop::open().await;
    let browser = shop.clerk("chen").await;
    shop.make_user("mei");
    browser.sign_in("mei", PASSWORD).await.expect(303);
    shop.execute("update users set role = 'staff' where username = 'mei'");
    assert!(browser.get("/admin/stock").await.expect(303).location().starts_with("/sign-in/again"));
}
