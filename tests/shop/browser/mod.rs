//! From the home page to a placed order in a real browser, with JavaScript and without.

mod counting;
mod delivery;
mod first_day;
mod narrow;
mod new_address;
mod open_shop;
mod payment;
mod phone;
mod returning;
mod sending_day;

use crate::support::{Chromium, TestShop};

/// A lamp in two colors at different prices, and a few other products.
fn stocked(shop: &TestShop) {
    let lamp = shop.make_spu("Lamp");
    let colours = shop.make_option(lamp, "Colour", &["blue", "red"]);
    for (colour, price) in colours.into_iter().zip(["40.00", "60.00"]) {
        let sku = shop.make_sku_of(lamp, 9, price);
        shop.set_option(sku, colour);
    }
    shop.make_sku(5, "15.00");
    shop.execute(&format!(
        "update spus set sales = 7 where id = {lamp}; update listings set sold_30 = 7 where spu_id = {lamp}"
    ));
    // These sales have no orders; the test does not run reconciliation.
}

/// Chooses the red lamp; without JavaScript the page has to be reloaded.
async fn choose_red(browser: &Chromium, javascript: bool) {
    browser.sees("[data-sku-price]", "¥40.00").await;
    browser.click(".option-value:nth-child(2)").await;
    if !javascript {
        browser.click("[data-sku-update] button").await;
    }
    browser.sees("[data-sku-price]", "¥60.00").await;
}

async fn raise_the_count(browser: &Chromium, javascript: bool) {
    browser.sees(".cart-total", "¥60.00").await;
    if javascript {
        browser.click(".cart-count [data-step='1']").await;
    } else {
        browser.fill(".cart-count input", "2").await;
        browser.click(".cart-count button.no-js-only").await;
    }
    browser.sees(".cart-total", "¥120.00").await;
    browser.sees(".amounts-total dd", "¥130.00").await;
}

async fn make_an_account(browser: &Chromium) {
    browser.sees("h1", "Sign in").await;
    browser.click(".gate-other a").await;
    browser.sees("h1", "Make an account").await;
    browser.fill("#username", "mei").await;
    browser.fill("#email", "mei@example.com").await;
    browser.fill("#password", "paper lantern").await;
    browser.click("form[action='/sign-up'] button").await;
    browser.sees("h1", "Checkout").await;
}

async fn add_an_address(browser: &Chromium) {
    for (field, text) in
        [("recipient", "Mei Lin"), ("phone", "13800138000"), ("region", "Shanghai, Xuhui"), ("street", "1 Anfu Road")]
    {
        browser.fill(&format!("#{field}"), text).await;
    }
    browser.click(".fold button[formaction='/checkout/addresses']").await;
    browser.sees(".choice:has([name=address_id]:checked)", "Mei Lin").await;
}

async fn walk(javascript: bool) {
    let shop = TestShop::open().await;
    stocked(&shop);
    let browser = Chromium::open(&shop.url(), javascript).await;

    browser.goto("/").await;
    browser.sees("#best-title", "Bestsellers").await;
    assert_eq!(browser.has("html.js").await, javascript, "JavaScript is as the test wants it");
    browser.click(".card-name a").await;
    browser.sees("h1", "Lamp").await;
    choose_red(&browser, javascript).await;
    browser.click("[data-sku-buy]").await;
    browser.sees(".flash-success", "Lamp is in your cart.").await;
    browser.sees(".tool-count", "1").await;

    browser.click("#cart-link").await;
    browser.sees(".goods-text", "red").await;
    raise_the_count(&browser, javascript).await;
    browser.click("a[href='/checkout']").await;
    make_an_account(&browser).await;
    add_an_address(&browser).await;
    browser.click(".choice:has([value=cod])").await;
    browser.fill("#note", "Please ring twice").await;
    browser.sees(".amounts-total dd", "¥130.00").await;
    browser.click("form#checkout button").await;

    browser.sees("h1", "Thank you, it is yours").await;
    let number = browser.text(".page-head .order-number").await;
    assert_eq!(shop.text("select number from orders"), number);
    browser.click(".breadcrumbs a").await;
    browser.sees(".order-card .order-number", &number).await;
    assert_eq!(browser.path().await, "/orders");
    browser.sees(".order-card", "To be sent").await;
    assert!(!browser.has(".tool-count").await, "the cart is empty again");

    let order =
        shop.text("select concat_ws(' ', status, pay_method, total_count, total_amount, recipient, note) from orders");
    assert_eq!(order, "unsent cod 2 130.00 Mei Lin Please ring twice");
    assert_eq!(shop.texts("select stock from skus order by id"), ["9", "7", "5"]);
}

#[tokio::test]
async fn somebody_new_walks_from_the_home_page_to_an_order_with_javascript() {
    walk(true).await;
}

#[tokio::test]
async fn somebody_new_walks_from_the_home_page_to_an_order_without_javascript() {
    walk(false).await;
}
