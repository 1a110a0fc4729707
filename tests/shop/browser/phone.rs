//! Layout on a phone and a tablet: what is on the first screen, what stays fixed, what fits into one row.

use fantoccini::key::Key;

use crate::support::{Chromium, PASSWORD, TestShop};

/// CSS pixels: a small phone without the browser's bars.
const PHONE: (u32, u32) = (360, 740);
const HEIGHT: f64 = 740.0;
const TABLET: (u32, u32) = (768, 1024);

async fn on_a_phone(shop: &TestShop, javascript: bool) -> Chromium {
    let browser = Chromium::open(&shop.url(), javascript).await;
    browser.turns_into_screen(PHONE.0, PHONE.1).await;
    browser
}

/// A product with a name of several lines, two options and pictures of both colors, in a nested category.
fn stocked(shop: &TestShop) -> i64 {
    let kitchen = shop.make_category("Kitchen", None);
    let kettles = shop.make_category("Kettles", Some(kitchen));
    let spu = shop.make_spu("A kettle of brushed steel with a long spout and a handle of beech");
    shop.execute(&format!("update spus set category_id = {kettles} where id = {spu}"));
    let colours = shop.make_option(spu, "Colour", &["blue", "red"]);
    for (colour, price) in colours.into_iter().zip(["40.00", "60.00"]) {
        let sku = shop.make_sku_of(spu, 9, price);
        shop.set_option(sku, colour);
    }
    spu.0
}

#[tokio::test]
async fn the_header_of_a_phone_is_one_row_that_stays() {
    let shop = TestShop::open().await;
    let spu = stocked(&shop);
    let browser = on_a_phone(&shop, true).await;
    for path in ["/", "/sign-in", "/cart", "/nowhere", &format!("/products/{spu}")] {
        browser.goto(path).await;
        let header = browser.place("header").await;
        assert!(header.height() <= 64.0, "{path}: {header:?}");
        let tools = browser.places("header .wordmark, header .tool, header .search").await;
        assert!(tools.len() >= 5, "{path}: {tools:?}");
        for tool in tools {
            assert!(tool.bottom <= header.bottom && tool.right <= 360.0, "{path}: {tool:?}");
        }
    }
    browser.goto(&format!("/products/{spu}")).await;
    browser.scrolls_to(300).await;
    assert!(browser.place("header").await.top.abs() < 1.0, "it stays");
}

#[tokio::test]
async fn the_drawer_of_a_phone_opens_and_closes_and_leads_into_the_tree() {
    for javascript in [true, false] {
        let shop = TestShop::open().await;
        stocked(&shop);
        let browser = on_a_phone(&shop, javascript).await;
        browser.goto("/").await;
        browser.click(".drawer > summary").await;
        browser.click(".drawer-tree details:has(a[href='/categories/kitchen']) > summary").await;
        browser.sees(".drawer-below", "All of Kitchen Kettles").await;
        if javascript {
            browser.presses(Key::Escape).await;
            assert!(!browser.has(".drawer[open]").await);
            assert!(browser.is_focused(".drawer > summary").await, "the keyboard is where it was");
        } else {
            browser.click(".drawer > summary").await;
            assert!(!browser.has(".drawer[open]").await);
        }
        browser.click(".drawer > summary").await;
        browser.click(".drawer-below a[href='/categories/kettles']").await;
        browser.sees("h1", "Kettles").await;

        // The search takes one tap.
        browser.click("#q").await;
        browser.fill("#q", "spout").await;
        browser.presses(Key::Enter).await;
        browser.sees("h1", "spout").await;
    }
}

#[tokio::test]
async fn a_product_on_a_phone_shows_what_it_is_and_costs_and_can_be_bought_at_once() {
    let shop = TestShop::open().await;
    let spu = stocked(&shop);
    let browser = on_a_phone(&shop, true).await;
    browser.goto(&format!("/products/{spu}")).await;
    let picture = browser.place(".product-main > .picture").await;
    assert!(picture.height() <= HEIGHT * 0.45, "{picture:?}");
    let bar = browser.place(".product-bar").await;
    for what in ["h1", "[data-sku-price]"] {
        let place = browser.place(what).await;
        assert!(place.top > 0.0 && place.bottom <= bar.top, "{what} {place:?} above {bar:?}");
    }

    for top in [0, 200, 100_000] {
        browser.scrolls_to(top).await;
        let button = browser.place("[data-sku-buy]").await;
        assert!(button.top > HEIGHT / 2.0 && button.bottom <= HEIGHT, "{top}: {button:?}");
    }
    // At the end of the page nothing is hidden by the bar.
    let last = browser.place(".footer-last").await;
    assert!(last.bottom <= bar.top, "{last:?} above {bar:?}");

    // Clear of the bar, as a thumb would tap it.
    browser.scrolls_to(250).await;
    browser.click(".option-value:nth-child(2)").await;
    browser.sees("[data-sku-bar-price]", "¥60.00").await;
    browser.click("[data-sku-buy]").await;
    let ways = browser.place(".flash-ways").await;
    assert!(ways.bottom <= bar.top, "{ways:?} above {bar:?}");
    browser.find(".flash-ways a[href='/checkout']").await;
    browser.click(".flash-ways a[href='/cart']").await;
    browser.sees(".goods-text", "red").await;
}

#[tokio::test]
async fn what_is_chosen_without_javascript_is_what_goes_into_the_cart() {
    let shop = TestShop::open().await;
    let spu = stocked(&shop);
    let browser = on_a_phone(&shop, false).await;
    // Tall enough that the bar does not cover the options.
    browser.turns_into_screen(PHONE.0, 1000).await;
    browser.goto(&format!("/products/{spu}")).await;
    browser.click(".option-value:nth-child(2)").await;
    browser.click("[data-sku-buy]").await;
    browser.sees(".flash-success", "is in your cart").await;
    browser.sees("[data-sku-price]", "¥60.00").await;
    browser.click(".flash-ways a[href='/cart']").await;
    browser.sees(".goods-text", "red").await;
}

#[tokio::test]
async fn three_lines_of_the_cart_are_seen_at_once_on_a_phone() {
    let shop = TestShop::open().await;
    let browser = on_a_phone(&shop, true).await;
    stocked(&shop);
    for n in 0..4 {
        let spu = shop.make_spu(&format!("A lamp with a shade of paper {n}"));
        shop.make_sku_of(spu, 9, "12.00");
        browser.goto(&format!("/products/{spu}")).await;
        browser.click("[data-sku-buy]").await;
        browser.find(".flash-ways").await;
    }
    browser.goto("/cart").await;
    let (header, bar) = (browser.place("header").await, browser.place(".cart-summary").await);
    assert!(bar.bottom <= HEIGHT + 1.0, "it stays: {bar:?}");
    for what in [".cart-summary a[href='/checkout']", ".cart-summary .amounts-total"] {
        let place = browser.place(what).await;
        assert!(place.top >= bar.top && place.bottom <= HEIGHT, "{what}: {place:?}");
    }
    let lines = browser.places(".cart-entry").await;
    let seen = lines.iter().filter(|line| line.top >= header.bottom && line.bottom <= bar.top).count();
    assert!(seen >= 3, "{seen}: {lines:?} between {header:?} and {bar:?}");

    // The screen reader hears the new total.
    browser.hears("#cart-status", "4 items, ¥58.00 in all").await;
    browser.click(".cart-entry [data-step='1']").await;
    browser.hears("#cart-status", "5 items, ¥70.00 in all").await;
}

#[tokio::test]
async fn a_tablet_shows_a_product_in_two_columns_and_the_bar_of_staff_in_one_row() {
    let shop = TestShop::open().await;
    let spu = stocked(&shop);
    shop.make_staff("chen");
    shop.execute("update users set role = 'admin' where username = 'chen'");
    let browser = Chromium::open(&shop.url(), true).await;
    for (width, height) in [(640, 900), TABLET, (900, 1200)] {
        browser.turns_into_screen(width, height).await;
        browser.goto(&format!("/products/{spu}")).await;
        let picture = browser.place(".product-main > .picture").await;
        let name = browser.place("h1").await;
        assert!(name.left >= picture.right && name.top < picture.bottom, "{width}: {name:?} beside {picture:?}");
        let button = browser.place("[data-sku-buy]").await;
        assert!(button.bottom <= height.into(), "{width}: {button:?}");
    }

    browser.goto("/sign-in?next=/admin").await;
    browser.fill("#username", "chen").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("main form button").await;
    browser.sees("h1", "Today").await;
    for (width, height) in [(640, 900), TABLET, (1024, 768), (1280, 900)] {
        browser.turns_into_screen(width, height).await;
        browser.goto("/admin").await;
        let bar = browser.place("header").await;
        assert!(bar.height() <= 64.0, "{width}: {bar:?}");
        let parts = browser.places("header .wordmark, header nav ul a, header .menu summary").await;
        assert!(parts.len() > 8, "{parts:?}");
        for part in parts {
            assert!(part.top >= bar.top && part.bottom <= bar.bottom, "{width}: {part:?} in {bar:?}");
        }
        assert!(browser.page_width().await <= width.into(), "{width}");
    }
}
