//! Paying an order at the cashier, which is another site, in a real browser.

use crate::support::{Cashier, Chromium, Database, PASSWORD, RedisServer, TillServer};

async fn pay(javascript: bool) {
    let (cashier, database, redis) = (Cashier::start(), Database::migrated(), RedisServer::start());
    let gateway = cashier.gateway();
    let mut till = TillServer::new(&database.url, &redis.url(), &[("ALIPAY_GATEWAY", &gateway)]);
    till.resume().await;
    let sku = database.make_sku(9, "20.00");
    let mei = database.make_user("mei");
    database.make_address(mei);
    // The cashier is at 127.0.0.1: for the browser, and for its cookies, another site.
    let browser = Chromium::open(&till.url().replace("127.0.0.1", "localhost"), javascript).await;
    browser.goto(&format!("/sign-in?next=/products/{}", database.spu_of(sku))).await;
    browser.fill("#username", "mei").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form[action='/sign-in'] button").await;
    browser.sees("h1", "Thing 1").await;
    browser.click("form[action='/cart/entries'] button.button-primary").await;
    browser.sees("#flash, .flash, h1", "").await;
    browser.goto("/checkout").await;
    browser.click(".choice:has([value=alipay])").await;
    browser.click("form#checkout button").await;
    browser.sees("h1", "Thank you, it is yours").await;
    browser.click("form[action$='/payment'] button").await;

    browser.sees(".amount", "30.00").await;
    assert!(browser.path().await.starts_with("/gateway.do"), "the cashier's page");
    browser.click("form[action$='/pay'] button").await;

    browser.sees("main", "Paid with Alipay on").await;
    assert!(browser.path().await.starts_with("/orders/"), "signed in, on the page of the order");
    browser.sees(".badge", "To be sent").await;
    assert_eq!(database.number("select count(*) from orders where paid_amount = 30.00"), 1);
}

#[tokio::test]
async fn an_order_is_paid_at_another_site_with_javascript() {
    pay(true).await;
}

#[tokio::test]
async fn an_order_is_paid_at_another_site_without_javascript() {
    pay(false).await;
}
