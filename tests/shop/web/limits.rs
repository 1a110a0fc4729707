//! Rate limits of an account and of an address, and that a rush of real shoppers is never stopped.

use futures_util::future::join_all;

use till::kernel::SkuId;

use crate::support::{Browser, Shopper, TestShop};

fn seconds(answer: &crate::support::Answer) -> u64 {
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn whoever_presses_the_button_too_often_is_told_and_loses_nothing() {
    let shop = TestShop::with(&[("CHECKOUT_RATE_PER_ACCOUNT", "3"), ("MAX_OPEN_ORDERS", "0")]).await;
    let sku = shop.make_sku(50, "20.00");
    let (mei, bo) = (shop.shopper("mei").await, shop.shopper("bo").await);
    for _ in 0..3 {
        mei.puts_in_cart(sku, 1).await;
        mei.orders().await;
    }
    mei.puts_in_cart(sku, 1).await;
    let mut form = mei.opens_checkout().await;
    form.note = "Ring twice".to_owned();
    let refused = mei.places(&form).await.expect(429);
    assert!((1..=60).contains(&seconds(&refused)));
    assert_eq!(refused.text_of("#problem-title"), "The order was sent too often");
    assert!(refused.text_of(".problem p").contains("in 1 minute."), "{refused}");
    assert_eq!(refused.text_of("#note"), "Ring twice");
    assert_eq!(refused.attribute_of("[name=checkout_token]", "value"), form.token);
    mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    assert_eq!(mei.places(&form).await.expect(429).text_of("#problem-title"), "提交过于频繁");
    bo.puts_in_cart(sku, 1).await;
    bo.orders().await;
    // Staff see who was stopped, and how often.
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/rate-limits").await;
    let row = page.text_of("tbody tr");
    assert!(row.starts_with("Placing orders mei 127.0.0.1 2 "), "{row}");
    assert!(page.has("tbody a[href='/admin/orders?q=mei']"));
}

#[tokio::test]
async fn changes_of_a_cart_are_counted_for_its_owner_and_for_the_address() {
    let shop = TestShop::with(&[("CART_RATE_PER_ACCOUNT", "4"), ("CART_RATE_PER_ADDRESS", "10")]).await;
    let sku = shop.make_sku(50, "20.00");
    let (mei, guest) = (shop.member("mei").await, shop.visitor());
    for browser in [&mei, &guest] {
        browser.add(sku, 1).await.expect(303);
        for path in ["", "/selection", "/removal"] {
            let fields = [("count", "2"), ("selected", "false")];
            browser.post(&format!("/cart/entries/{sku}{path}"), &fields).await.expect(303);
        }
    }
    let refused = mei.add(sku, 1).await.expect(429);
    assert_eq!(refused.text_of("h1"), "A little slower, please");
    assert!((1..=60).contains(&seconds(&refused)));
    mei.post("/cart/selection", &[("selected", "true")]).await.expect(429);
    mei.get("/cart").await.expect(200);
    // The first change created the guest's cart, whose changes are counted since.
    guest.add(sku, 1).await.expect(303);
    guest.add(sku, 1).await.expect(429);
    // A guest who deletes the cookie has another cart, but the same address.
    let counted = join_all((0..6).map(|_| async { shop.visitor().add(sku, 1).await.status })).await;
    assert_eq!(counted.iter().filter(|status| **status == 303).count(), 1, "{counted:?}");
    let clerk = shop.clerk("clerk").await;
    let said = clerk.page("/admin/rate-limits").await.text_of("tbody");
    assert!(said.contains("Changing a cart Everybody at this address 127.0.0.1 5"), "{said}");
    assert!(said.contains("Changing a cart A guest 127.0.0.1 1") && said.contains("mei 127.0.0.1 2"), "{said}");
}

#[tokio::test]
async fn a_search_too_many_is_refused_and_one_that_cannot_be_counted_is_not() {
    let shop = TestShop::with(&[("SEARCH_RATE_PER_ADDRESS", "5"), ("SEARCH_RATE_PER_ACCOUNT", "2")]).await;
    let mei = shop.member("mei").await;
    for _ in 0..2 {
        mei.get("/search?q=tea").await.expect(200);
    }
    mei.get("/search?q=tea").await.expect(429);
    let visitor = shop.visitor();
    for _ in 0..3 {
        visitor.get("/search?q=tea").await.expect(200);
    }
    let refused = visitor.get("/search?q=tea").await.expect(429);
    assert!((1..=60).contains(&seconds(&refused)));
    visitor.get("/").await.expect(200);
    // Redis refuses scripts: a search that cannot be counted is let through.
    shop.redis.allow("-evalsha -eval");
    shop.visitor().get("/search?q=tea").await.expect(200);
    shop.redis.allow("+evalsha +eval");
}

#[tokio::test]
async fn what_is_set_to_nothing_is_not_counted() {
    let settings =
        ["CART_RATE_PER_ACCOUNT", "CART_RATE_PER_ADDRESS", "SEARCH_RATE_PER_ADDRESS", "SIGN_UP_RATE_PER_ADDRESS"];
    let shop = TestShop::with(&settings.map(|name| (name, "0"))).await;
    let sku = shop.make_sku(50, "20.00");
    shop.visitor().add(sku, 1).await.expect(303);
    shop.visitor().get("/search").await.expect(200);
    let mut redis = shop.redis.connect();
    let counters: Vec<String> = redis::cmd("KEYS").arg("limit:*").query(&mut redis).unwrap();
    assert!(counters.is_empty(), "{counters:?}");
}

#[tokio::test]
async fn accounts_are_opened_from_an_address_only_so_often() {
    let shop = TestShop::with(&[("SIGN_UP_RATE_PER_ADDRESS", "1")]).await;
    let sign_up = |name: &'static str| async move {
        let email = format!("{name}@example.com");
        (name, email)
    };
    let open = |browser: Browser, (name, email): (&'static str, String)| async move {
        browser.post("/sign-up", &[("username", name), ("email", &email), ("password", "a quite long phrase 7")]).await
    };
    open(shop.visitor(), sign_up("mei").await).await.expect(303);
    let refused = open(shop.visitor(), sign_up("boris").await).await.expect(429);
    assert!((1..=3600).contains(&seconds(&refused)));
    assert_eq!(refused.attribute_of("[name=username]", "value"), "boris", "what was typed is still there");
}

#[tokio::test]
async fn a_rush_of_honest_shoppers_behind_one_address_is_not_stopped() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(1000, "20.00");
    let shoppers = join_all((0..150).map(|n| {
        let shop = &shop;
        async move { shop.shopper(&format!("shopper-{n}")).await }
    }))
    .await;
    let answers = join_all(shoppers.iter().map(|shopper| buys(shopper, sku))).await;
    assert!(answers.iter().all(|status| *status == 303), "{answers:?}");
    // As many requests as in a flash sale of 5,000 shoppers, each with several attempts in one minute.
    let limits = shop.config().limits;
    for rate in [limits.checkout, limits.cart, limits.search] {
        assert!(rate.per_address >= 4 * 5_000, "{rate:?}");
    }
    assert_eq!(shop.number("select stock from skus"), 850);
    let stopped: Vec<String> = redis::cmd("KEYS").arg("stops:*").query(&mut shop.redis.connect()).unwrap();
    assert!(stopped.is_empty(), "{stopped:?}");
}

/// From a search to the order.
async fn buys(shopper: &Shopper, sku: SkuId) -> u16 {
    shopper.browser.get("/search?q=thing").await.expect(200);
    shopper.puts_in_cart(sku, 1).await;
    let form = shopper.opens_checkout().await;
    shopper.places(&form).await.status
}
