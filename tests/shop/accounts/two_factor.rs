//! The second factor of staff: turning it on, signing in with it, losing it, requiring it, resetting it.

use std::{
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};
use totp_rs::{Builder, Secret, Totp};

use crate::support::{Answer, Browser, PASSWORD, TestShop};

/// An authenticator app.
struct App(Totp);

impl App {
    fn with(page: &Answer) -> Self {
        let typed = page.text_of("#secret").replace(' ', "");
        Self(Builder::new().with_secret(Secret::try_from_base32(typed).unwrap()).build().unwrap())
    }

    /// The current code, or the one `later` time steps later.
    fn code(&self, later: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.0.generate(now + 30 * later).to_string()
    }
}

/// Turns on the second factor; returns the app and the recovery codes.
async fn turns_on(browser: &Browser) -> (App, Vec<String>) {
    let page = browser.page("/admin/two-factor").await;
    let (app, offer) = (App::with(&page), page.attribute_of("[name=offer]", "value"));
    let fields = [("offer", offer.as_str()), ("code", &app.code(0)), ("password", PASSWORD)];
    let page = browser.post("/admin/two-factor", &fields).await.expect(200);
    let codes = page.texts_of(".recovery-codes code");
    assert_eq!(codes.len(), 10, "{page}");
    (app, codes)
}

/// Resets the last used time step, as if half a minute had passed.
fn time_passes(shop: &TestShop) {
    shop.execute("update second_factors set last_step = last_step - 3");
}

async fn code(browser: &Browser, code: &str) -> Answer {
    browser.post("/sign-in/code", &[("code", code), ("next", "/admin/audit-log")]).await
}

#[tokio::test]
async fn staff_turn_it_on_and_from_then_on_the_password_alone_signs_nobody_in() {
    let shop = TestShop::open().await;
    let (chen, elsewhere) = (shop.clerk("chen").await, shop.visitor());
    elsewhere.sign_in("chen", PASSWORD).await.expect(303);
    let page = chen.page("/admin/two-factor").await;
    assert!(page.has("svg.qr[role=img] path") && !page.body.contains("style="), "a picture that needs nothing else");
    let (app, _) = turns_on(&chen).await;
    assert!(chen.page("/admin/two-factor").await.text_of(".notice-success").contains("10 recovery codes are left"));
    elsewhere.get("/account").await.expect(303);

    // The code that turned it on is used.
    let answer = elsewhere.sign_in("chen", PASSWORD).await.expect(303);
    assert_eq!(answer.location(), "/sign-in/code");
    for closed in ["/account", "/admin/stock", "/orders"] {
        assert!(matches!(elsewhere.get(closed).await.status, 303 | 404), "{closed}");
    }
    let refused = code(&elsewhere, &app.code(0)).await.expect(422);
    assert!(refused.text_of("#code-error").contains("not right"), "{refused}");
    let next = app.code(1);
    let answer = code(&elsewhere, &format!(" {} {} ", &next[..3], &next[3..])).await.expect(303);
    assert_eq!(answer.location(), "/admin/audit-log");
    let row = elsewhere.page("/admin/audit-log").await.text_of("tbody tr");
    assert!(row.contains("Turn on two-factor sign-in chen 127.0.0.1"), "{row}");

    // Neither that code nor an older one works again, in any session.
    let third = shop.visitor();
    third.sign_in("chen", PASSWORD).await.expect(303);
    for used in [app.code(1), app.code(0)] {
        code(&third, &used).await.expect(422);
    }
    third.get("/account").await.expect(303);
}

#[tokio::test]
async fn the_second_step_leads_on_to_where_the_first_was_going_and_brings_the_cart_along() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let chen = shop.clerk("chen").await;
    let (app, _) = turns_on(&chen).await;
    time_passes(&shop);
    let visitor = shop.visitor();
    visitor.add(sku, 2).await;
    let fields = [("username", "chen"), ("password", PASSWORD), ("next", "/admin/reconciliation?a=1&b=2")];
    let answer = visitor.post("/sign-in", &fields).await.expect(303);
    let page = visitor.page(answer.location()).await;
    assert_eq!(page.attribute_of("main [name=next]", "value"), "/admin/reconciliation?a=1&b=2");
    assert_eq!(page.attribute_of("[name=code]", "autocomplete"), "one-time-code");
    let evil = [("code", app.code(0)), ("next", "https://evil.example".into())];
    let answer = visitor.post("/sign-in/code", &evil.each_ref().map(|(n, v)| (*n, v.as_str()))).await.expect(303);
    assert_eq!(answer.location(), "/admin");
    assert_eq!(visitor.cart().await, [(sku.0, 2, true)]);
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (_, codes) = turns_on(&chen).await;
    assert!(!shop.text("select string_agg(encode(digest, 'escape'), '') from recovery_codes").contains(&codes[0]));
    for (n, typed) in [codes[0].clone(), codes[1].replace('-', " ").to_uppercase()].iter().enumerate() {
        let visitor = shop.visitor();
        visitor.sign_in("chen", PASSWORD).await.expect(303);
        code(&visitor, typed).await.expect(303);
        let page = visitor.page("/admin/audit-log").await;
        assert!(page.text_of(".flash-notice").contains(&format!("{} are left", 9 - n)), "{page}");
        let again = shop.visitor();
        again.sign_in("chen", PASSWORD).await.expect(303);
        code(&again, typed).await.expect(422);
    }
    // Of two concurrent sign-ins with the same code one succeeds.
    let (one, other) = (shop.visitor(), shop.visitor());
    for visitor in [&one, &other] {
        visitor.sign_in("chen", PASSWORD).await.expect(303);
    }
    let answers = tokio::join!(code(&one, &codes[2]), code(&other, &codes[2]));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    // Recovery codes of another user do not work.
    let bo = shop.clerk("bo").await;
    turns_on(&bo).await;
    let visitor = shop.visitor();
    visitor.sign_in("bo", PASSWORD).await.expect(303);
    code(&visitor, &codes[3]).await.expect(422);
}

#[tokio::test]
async fn of_many_who_send_the_same_code_at_once_one_comes_in() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (app, _) = turns_on(&chen).await;
    time_passes(&shop);
    let visitors: Vec<Browser> = (0..6).map(|_| shop.visitor()).collect();
    for visitor in &visitors {
        visitor.sign_in("chen", PASSWORD).await.expect(303);
    }
    let typed = app.code(0);
    let answers = futures_util::future::join_all(visitors.iter().map(|visitor| code(visitor, &typed))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
}

#[tokio::test]
async fn after_ten_wrong_codes_the_right_one_waits() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (app, codes) = turns_on(&chen).await;
    time_passes(&shop);
    let visitor = shop.visitor();
    visitor.sign_in("chen", PASSWORD).await.expect(303);
    for wrong in ["", " ", &"1".repeat(41), "12\u{7}"] {
        code(&visitor, wrong).await.expect(422);
    }
    for wrong in ["000000", "12345", "abcd-efgh-jkmn-pqrs", "１２３４５６", "x"].iter().cycle().take(10) {
        code(&visitor, wrong).await.expect(422);
    }
    for right in [&app.code(0), &codes[0]] {
        let refused = code(&visitor, right).await.expect(429);
        assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 15 * 60);
    }
    // The settings page gives no additional attempts.
    chen.post("/admin/two-factor/removal", &[("code", &app.code(0)), ("password", PASSWORD)]).await.expect(429);
}

#[tokio::test]
async fn without_the_first_step_there_is_no_second() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (app, _) = turns_on(&chen).await;
    time_passes(&shop);
    let visitor = shop.visitor();
    assert_eq!(visitor.get("/sign-in/code").await.expect(303).location(), "/sign-in");
    assert_eq!(code(&visitor, &app.code(0)).await.expect(303).location(), "/sign-in");
    // Nor after the password was changed or the account was closed in the meantime.
    for change in ["password_changed_at = now()", "disabled_at = now()"] {
        shop.execute("update users set disabled_at = null");
        visitor.sign_in("chen", PASSWORD).await.expect(303);
        visitor.page("/sign-in/code").await;
        shop.execute(&format!("update users set {change}"));
        assert_eq!(code(&visitor, &app.code(0)).await.expect(303).location(), "/sign-in", "{change}");
        visitor.get("/account").await.expect(303);
    }
    // A signed-in user who starts to sign in as somebody else is signed out until that is complete.
    shop.execute("update users set disabled_at = null");
    let mei = shop.member("mei").await;
    mei.sign_in("chen", PASSWORD).await.expect(303);
    mei.get("/account").await.expect(303);
    mei.post("/sign-out", &[]).await.expect(303);
    assert_eq!(mei.get("/sign-in/code").await.expect(303).location(), "/sign-in");
}

#[tokio::test]
async fn turning_it_on_takes_the_password_a_code_and_a_picture_of_ones_own() {
    let shop = TestShop::open().await;
    let (chen, bo) = (shop.clerk("chen").await, shop.clerk("bo").await);
    let page = chen.page("/admin/two-factor").await;
    let (app, mine) = (App::with(&page), page.attribute_of("[name=offer]", "value"));
    let of_bo = bo.page("/admin/two-factor").await.attribute_of("[name=offer]", "value");
    let right = app.code(0);
    for (offer, code, password, wrong) in [
        (mine.as_str(), right.as_str(), "not the password", "password"),
        (&mine, &right, "", "password"),
        (&mine, "000000", PASSWORD, "code"),
        (&mine, "", PASSWORD, "code"),
        (&of_bo, &right, PASSWORD, "code"),
        ("", &right, PASSWORD, "code"),
        ("zz", &right, PASSWORD, "code"),
        (&mine[2..], &right, PASSWORD, "code"),
    ] {
        let fields = [("offer", offer), ("code", code), ("password", password)];
        let refused = chen.post("/admin/two-factor", &fields).await.expect(422);
        assert!(refused.has(&format!("#{wrong}-error")), "{fields:?}: {refused}");
        let shown = refused.text_of("#secret");
        assert_eq!(shown == page.text_of("#secret"), offer == mine, "{fields:?}");
    }
    assert_eq!(shop.number("select count(*) from second_factors"), 0);
    chen.post("/admin/two-factor", &[("offer", &mine), ("code", &right), ("password", PASSWORD)]).await.expect(200);
    // Sending the form again changes nothing.
    let again = chen.post("/admin/two-factor", &[("offer", &mine), ("code", &right), ("password", PASSWORD)]).await;
    assert_eq!(again.expect(303).location(), "/admin/two-factor");
    assert_eq!(shop.number("select count(*) from recovery_codes"), 10);
    let raw = page.text_of("#secret").replace(' ', "");
    let raw = Secret::try_from_base32(raw).unwrap();
    let kept = shop.text("select encode(secret, 'hex') from second_factors");
    assert!(!kept.contains(&till::platform::random::hex(raw.as_bytes())), "encrypted");
}

#[tokio::test]
async fn turning_it_off_takes_the_password_and_a_code() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (app, codes) = turns_on(&chen).await;
    time_passes(&shop);
    for (code, password, wrong) in [("000000", PASSWORD, "code"), (codes[0].as_str(), "not the password", "password")] {
        let refused =
            chen.post("/admin/two-factor/removal", &[("code", code), ("password", password)]).await.expect(422);
        assert!(refused.has(&format!("#{wrong}-error")), "{refused}");
    }
    assert_eq!(shop.number("select count(*) from recovery_codes where used_at is null"), 10, "no code is used up");
    let fields = [("code", app.code(0)), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = chen.post_and_follow("/admin/two-factor/removal", &fields).await;
    assert!(page.has("#secret"), "{page}");
    assert_eq!(shop.visitor().sign_in("chen", PASSWORD).await.expect(303).location(), "/admin");
    assert_eq!(shop.texts("select action from audit_log order by id"), ["turn_on_two_factor", "turn_off_two_factor"]);
}

#[tokio::test]
async fn an_admin_requires_it_and_whoever_has_none_is_led_to_its_set_up_first() {
    let shop = TestShop::open().await;
    shop.make_sku(5, "9.00");
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    chen.post("/admin/people/two-factor-rule", &[("required", "true")]).await.expect(404);
    lin.post("/admin/people/two-factor-rule", &[("required", "yes")]).await.expect(422);
    lin.post("/admin/people/two-factor-rule", &[("required", "true")]).await.expect(303);
    for browser in [&chen, &lin] {
        for path in ["/admin", "/admin/stock", "/admin/audit-log"] {
            assert_eq!(browser.get(path).await.expect(303).location(), "/admin/two-factor", "{path}");
        }
    }
    assert_eq!(lin.get("/admin/people").await.expect(303).location(), "/admin/two-factor");
    let change = [("delta", "5"), ("reason", "delivery")];
    chen.post("/admin/stock/1/movements", &change).await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 5, "nothing is done before");
    chen.page("/").await;
    assert!(chen.page("/admin/two-factor").await.text_of(".notice-warning").contains("All staff"));
    turns_on(&chen).await;
    turns_on(&lin).await;
    chen.post("/admin/stock/1/movements", &change).await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 10);
    let page = lin.page("/admin/people").await;
    assert!(page.text_of(".people-rule").contains("must have it"), "{page}");
    let page = lin.post_and_follow("/admin/people/two-factor-rule", &[("required", "false")]).await;
    assert!(page.has(".flash-success"), "{page}");
    let row = lin.page("/admin/audit-log?what=require_two_factor").await.text_of("tbody tr");
    assert!(row.contains("lin Rule on two-factor sign-in Required yes → to no"), "{row}");
}

#[tokio::test]
async fn an_admin_or_an_operator_takes_it_away_from_somebody_who_lost_theirs() {
    let shop = TestShop::open().await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let mei = shop.make_user("mei");
    turns_on(&chen).await;
    assert!(lin.page("/admin/people").await.text_of("#person-1").contains("Staff yes"));
    for nobody in [&mei.to_string(), "0", "x"] {
        lin.post(&format!("/admin/people/{nobody}/two-factor-reset"), &[]).await.expect(404);
    }
    lin.post("/admin/people/2/two-factor-reset", &[]).await.expect(422);
    let page = lin.post_and_follow("/admin/people/1/two-factor-reset", &[]).await;
    assert!(page.text_of("#person-1").contains("Staff no") && page.has(".flash-success"), "{page}");
    chen.get("/account").await.expect(303);
    assert_eq!(chen.sign_in("chen", PASSWORD).await.expect(303).location(), "/admin");
    assert!(lin.post_and_follow("/admin/people/1/two-factor-reset", &[]).await.has(".flash-notice"));

    turns_on(&chen).await;
    for said in ["password alone", "no second factor"] {
        let mut till = Command::new(env!("CARGO_BIN_EXE_till"));
        till.args(["staff", "reset-two-factor", "chen"]).env("DATABASE_URL", &shop.database.url);
        let output = till.env("REDIS_URL", shop.redis.url()).output().unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains(said), "{output:?}");
    }
    chen.get("/account").await.expect(303);
    let journal = shop.texts("select concat_ws(' ', action, target, staff_id) from audit_log order by id");
    assert_eq!(
        journal,
        ["turn_on_two_factor chen 1", "reset_two_factor chen 2", "turn_on_two_factor chen 1", "reset_two_factor chen"]
    );
}

#[tokio::test]
async fn after_another_session_secret_a_recovery_code_still_signs_in() {
    let shop = TestShop::open().await;
    let chen = shop.clerk("chen").await;
    let (app, codes) = turns_on(&chen).await;
    // A changed ciphertext has the same effect as another key: the secret cannot be decrypted.
    shop.execute("update second_factors set secret = set_byte(secret, 20, (get_byte(secret, 20) + 1) % 256)");
    let visitor = shop.visitor();
    visitor.sign_in("chen", PASSWORD).await.expect(303);
    let refused = code(&visitor, &app.code(1)).await.expect(422);
    assert!(refused.text_of("#code-error").contains("recovery code"), "{refused}");
    code(&visitor, &codes[9]).await.expect(303);
    visitor.page("/admin/stock").await;
}

async fn post_from(browser: &Browser, address: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    browser.send(browser.form(path, fields).header("x-forwarded-for", address)).await
}

#[tokio::test]
async fn wrong_codes_from_elsewhere_do_not_keep_the_owner_out() {
    let shop = TestShop::with(&[("BEHIND_PROXY", "true")]).await;
    let chen = shop.clerk("chen").await;
    let (app, _) = turns_on(&chen).await;
    let (thief, owner) = (shop.visitor(), shop.visitor());
    for (browser, address) in [(&thief, "198.51.100.1"), (&owner, "203.0.113.9")] {
        let fields = [("username", "chen"), ("password", PASSWORD)];
        post_from(browser, address, "/sign-in", &fields).await.expect(303);
    }
    for n in 0..12 {
        let refused = post_from(&thief, "198.51.100.1:4711", "/sign-in/code", &[("code", "000000")]).await;
        refused.expect(if n < 10 { 422 } else { 429 });
    }
    post_from(&owner, "203.0.113.9", "/sign-in/code", &[("code", &app.code(1))]).await.expect(303);
}
