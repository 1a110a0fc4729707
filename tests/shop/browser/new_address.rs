//! Entering a new address at the checkout, in a real browser.

use crate::support::{Chromium, PASSWORD, TestShop};

async fn at_the_checkout(shop: &TestShop, javascript: bool) -> Chromium {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let browser = Chromium::open(&shop.url(), javascript).await;
    browser.goto("/sign-in?next=/checkout").await;
    browser.fill("#username", "mei").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form[action='/sign-in'] button").await;
    browser.sees("h1", "Checkout").await;
    browser
}

async fn type_another(browser: &Chromium) {
    browser.click("[data-new-address] summary").await;
    for (field, text) in
        [("recipient", "Ana Lima"), ("phone", "13900139000"), ("region", "Shanghai"), ("street", "2 Wukang Road")]
    {
        browser.fill(&format!("#{field}"), text).await;
    }
}

async fn place_with_a_new_address(javascript: bool) {
    let shop = TestShop::open().await;
    let browser = at_the_checkout(&shop, javascript).await;
    assert!(browser.has("[name=address_id]:checked").await);
    type_another(&browser).await;
    if javascript {
        assert!(!browser.has("[name=address_id]:checked").await, "opening the new address unselects the old one");
        browser.sees("[data-goes-to]", "Goes to: the new address, Ana Lima, 2 Wukang Road").await;
    }
    browser.click("form#checkout button").await;
    browser.sees("h1", "Thank you, it is yours").await;
    browser.sees(".address", "2 Wukang Road").await;
    assert_eq!(shop.text("select street from orders"), "2 Wukang Road");
}

#[tokio::test]
async fn a_new_address_is_where_the_order_goes_with_javascript() {
    place_with_a_new_address(true).await;
}

#[tokio::test]
async fn a_new_address_is_where_the_order_goes_without_javascript() {
    place_with_a_new_address(false).await;
}

#[tokio::test]
async fn who_chooses_the_saved_address_after_all_sends_it_there() {
    let shop = TestShop::open().await;
    let browser = at_the_checkout(&shop, true).await;
    type_another(&browser).await;
    browser.click(".choice:has([name=address_id])").await;
    browser.sees("[data-goes-to]", "Goes to: Mei Lin, 1 Anfu Road").await;
    assert!(!browser.has("[data-new-address][open]").await);
    browser.click("form#checkout button").await;
    browser.sees("h1", "Thank you, it is yours").await;
    assert_eq!(shop.text("select street from orders"), "1 Anfu Road");
    assert_eq!(shop.number("select count(*) from addresses"), 1);
}
