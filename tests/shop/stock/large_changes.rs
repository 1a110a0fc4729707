//! Large changes of stock, which ask for the password again.

use redis::Commands;

use super::imports::{read, worked};
use crate::support::{Answer, Browser, Form, PASSWORD, TestShop};

async fn shop() -> (TestShop, Browser) {
    let shop = TestShop::with(&[("STOCK_PASSWORD_FROM", "100")]).await;
    shop.make_sku(40, "9.00");
    let chen = shop.clerk("chen").await;
    (shop, chen)
}

/// Sends the form of the list, with the present stock.
async fn change(shop: &TestShop, browser: &Browser, how: &str, number: &str) -> Answer {
    let stock = shop.text("select stock::text from skus");
    let seen = [("seen", stock.as_str()), ("seen_sales", "0"), ("next", "/admin/stock?q=thing")];
    let typed = [("how", how), ("delta", number), ("reason", "delivery"), ("note", "a whole truck")];
    browser.post("/admin/stock/1/movements", &[&seen[..], &typed[..]].concat()).await
}

/// What a browser does on the page that asks: it sends the password, then the stored form.
async fn gives(browser: &Browser, asked: &Answer, password: &str) -> Answer {
    let form = Form::of(asked, "main form").typed("reauth_password", password);
    let answer = browser.post(&form.action, &form.pairs()).await;
    if answer.status != 307 {
        return answer;
    }
    browser.post(answer.location(), &form.pairs()).await
}

fn minutes_pass(shop: &TestShop) {
    let mut redis = shop.redis.connect();
    let given: Vec<String> = redis.keys("password:*").unwrap();
    assert_eq!(given.len(), 1, "{given:?}");
    let left: i64 = redis.ttl(&given[0]).unwrap();
    assert!((200..=300).contains(&left), "{left}");
    let _: () = redis.del(given).unwrap();
}

#[tokio::test]
async fn a_change_from_the_bound_on_takes_the_password_and_keeps_what_was_typed() {
    let (shop, chen) = shop().await;
    change(&shop, &chen, "difference", "99").await.expect(303);
    let asked = change(&shop, &chen, "difference", "100").await.expect(403);
    assert!(asked.text_of(".gate-lead").contains("100 units"), "{asked}");
    assert_eq!(shop.number("select stock from skus"), 139, "nothing is changed yet");
    let wrong = gives(&chen, &asked, "not the password").await.expect(422);
    assert!(wrong.has("#reauth_password-error") && wrong.text_of(".gate-lead").contains("100 units"), "{wrong}");
    assert_eq!(gives(&chen, &wrong, PASSWORD).await.expect(303).location(), "/admin/stock?q=thing");
    assert_eq!(shop.number("select stock from skus"), 239);
    assert_eq!(shop.text("select note from stock_movements order by id desc limit 1"), "a whole truck");
    // The password is not asked for again for some minutes, and then it is.
    change(&shop, &chen, "difference", "-150").await.expect(303);
    minutes_pass(&shop);
    change(&shop, &chen, "difference", "100").await.expect(403);
    shop.database.assert_reconciled();
}

#[tokio::test]
async fn counts_and_what_undoes_a_movement_are_measured_by_what_they_change() {
    let (shop, chen) = shop().await;
    change(&shop, &chen, "count", "139").await.expect(303);
    let asked = change(&shop, &chen, "count", "239").await.expect(403);
    gives(&chen, &asked, PASSWORD).await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 239);
    minutes_pass(&shop);
    let movement = shop.number("select max(id) from stock_movements where delta = 100");
    let undo = format!("/admin/stock/1/movements/{movement}/reversal");
    let asked = chen.post(&undo, &[]).await.expect(403);
    assert_eq!(shop.number("select stock from skus"), 239);
    assert_eq!(gives(&chen, &asked, PASSWORD).await.expect(303).location(), "/admin/stock/1/movements");
    assert_eq!(shop.number("select stock from skus"), 139);
    chen.post("/admin/stock/1/movements/99/reversal", &[]).await.expect(404);
}

#[tokio::test]
async fn an_import_is_measured_by_all_it_changes() {
    let (shop, chen) = shop().await;
    shop.make_sku(0, "9.00");
    let codes = shop.texts("select code from skus order by id");
    let at = read(&shop, &chen, "difference", &format!("sku,change\n{},60\n{},40\n", codes[0], codes[1])).await;
    let confirmation = format!("{at}/confirmation");
    let asked = chen.post(&confirmation, &[]).await.expect(403);
    assert!(asked.text_of(".gate-lead").contains("100 units"), "{asked}");
    assert_eq!(shop.text("select state from imports"), "ready");
    assert_eq!(gives(&chen, &asked, PASSWORD).await.expect(303).location(), at);
    worked(&shop).await;
    assert_eq!(shop.texts("select stock::text from skus order by id"), ["100", "40"]);
    shop.database.assert_reconciled();
}

#[tokio::test]
async fn the_password_of_one_shift_opens_nothing_in_another_and_guesses_are_counted() {
    let (shop, chen) = shop().await;
    let asked = change(&shop, &chen, "difference", "500").await.expect(403);
    gives(&chen, &asked, PASSWORD).await.expect(303);
    // The same person on another machine, and another person on this one.
    let elsewhere = shop.visitor();
    elsewhere.sign_in("chen", PASSWORD).await.expect(303);
    change(&shop, &elsewhere, "difference", "500").await.expect(403);
    shop.make_staff("bo");
    chen.sign_in("bo", PASSWORD).await.expect(303);
    let asked = change(&shop, &chen, "difference", "500").await.expect(403);
    for _ in 0..10 {
        gives(&chen, &asked, "a guess").await.expect(422);
    }
    let refused = gives(&chen, &asked, PASSWORD).await.expect(429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 15 * 60);
    assert!(refused.has("main form [name=delta][value='500']"), "what was typed is kept: {refused}");
    shop.visitor().sign_in("bo", PASSWORD).await.expect(429);
    assert_eq!(shop.number("select stock from skus"), 540);
}
