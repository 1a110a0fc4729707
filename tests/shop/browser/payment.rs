//! Paying an order at the cashier, which is another site, in a real browser, and the clock that says until when.

use std::time::Duration;

use crate::support::{Cashier, Chromium, Database, OrderForm, PASSWORD, RedisServer, TestShop, TillServer};

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

/// The page of an order that waits to be paid for so many seconds, in a browser.
async fn waiting(javascript: bool, seconds: u32) -> (TestShop, Chromium) {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    let path = mei.places(&form).await.expect(303).location().split('?').next().unwrap().to_owned();
    let browser = Chromium::open(&shop.url(), javascript).await;
    browser.goto(&format!("/sign-in?next={path}")).await;
    browser.fill("#username", "mei").await;
    browser.fill("#password", PASSWORD).await;
    shop.execute(&format!("update orders set expires_at = now() + interval '{seconds} seconds'"));
    browser.click("form[action='/sign-in'] button").await;
    browser.sees("h1", "Order").await;
    (shop, browser)
}

/// The seconds that the clock shows: 29:58, or 1:00:05.
async fn seconds_left(browser: &Chromium) -> u32 {
    browser.sees("[data-countdown-clock]", ":").await;
    let clock = browser.text("[data-countdown-clock]").await;
    clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u32>().unwrap())
}

async fn waits_until_clock(browser: &Chromium, shows: impl Fn(u32) -> bool) {
    for _ in 0..600 {
        if shows(seconds_left(browser).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the clock shows {}", seconds_left(browser).await);
}

/// Lets so much time go by for the page that this many seconds are left.
async fn passes_until(browser: &Chromium, left: u32) {
    let passed = (seconds_left(browser).await - left) * 1000;
    let script = "const [steady, day, passed] = [performance.now.bind(performance), Date.now, PASSED];
         performance.now = () => steady() + passed; Date.now = () => day() + passed";
    browser.runs(&script.replace("PASSED", &passed.to_string())).await;
}

#[tokio::test]
async fn an_unpaid_order_counts_down_whatever_the_time_of_day_is_on_this_machine() {
    let (shop, browser) = waiting(true, 3700).await;
    let first = seconds_left(&browser).await;
    assert!((1..=3700).contains(&first), "{first}");
    waits_until_clock(&browser, |left| left < first).await;
    // Somebody sets the time of day an hour ahead; the shop has given the order more time meanwhile.
    shop.execute("update orders set expires_at = now() + interval '2 hours'");
    browser.runs("const day = Date.now; Date.now = () => day() + 3_600_000").await;
    waits_until_clock(&browser, |left| (3701..=7200).contains(&left)).await;
    assert!(!browser.text("main").await.contains("minutes left"), "the clock takes the place of the minutes");
}

#[tokio::test]
async fn the_last_minutes_are_spoken_and_when_they_are_over_no_payment_is_offered() {
    let (shop, browser) = waiting(true, 3700).await;
    browser.hears("[data-countdown-status]", "").await;
    passes_until(&browser, 602).await;
    browser.hears("[data-countdown-status]", "10 minutes left.").await;
    passes_until(&browser, 2).await;
    browser.sees("main", "The time to pay is over").await;
    assert!(!browser.text("main").await.contains("Pay ¥"));
    // The server has the last word.
    shop.execute("update orders set expires_at = now()");
    browser.click("[data-countdown-over] a").await;
    browser.sees("main", "The time to pay is over").await;
    shop.execute("update orders set expires_at = now() + interval '1 hour'");
    browser.click("[data-countdown-over] a").await;
    waits_until_clock(&browser, |left| left > 3000).await;
}

#[tokio::test]
async fn a_clock_whose_order_was_paid_meanwhile_shows_that_it_is_paid() {
    let (shop, browser) = waiting(true, 3700).await;
    waits_until_clock(&browser, |left| left > 0).await;
    shop.execute("update orders set status = 'unsent', paid_at = now(), paid_amount = total_amount");
    browser.runs("const day = Date.now; Date.now = () => day() + 3_600_000").await;
    browser.sees("main", "Paid with Alipay on").await;
}

#[tokio::test]
async fn without_javascript_the_page_says_how_many_minutes_are_left() {
    let (shop, browser) = waiting(false, 3700).await;
    let words = browser.text("main").await;
    assert!(words.contains("minutes left.") && !words.contains("Time left:") && words.contains("Pay ¥"), "{words}");
    shop.execute("update orders set expires_at = now()");
    browser.goto(&browser.path().await).await;
    browser.sees("main", "The time to pay is over").await;
    assert!(!browser.text("main").await.contains("Pay ¥"));
}
