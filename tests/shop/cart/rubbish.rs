//! Invalid data in Redis, for example from another program, must not break a cart for ever.

use redis::{Connection, cmd};

use crate::support::{Browser, TestShop};

fn put(conn: &mut Connection, words: &[&str]) {
    let (first, rest) = words.split_first().unwrap();
    cmd(first).arg(rest).exec(conn).unwrap();
}

async fn everything_works(mei: &Browser, sku: till::kernel::SkuId) {
    mei.get("/").await.expect(200);
    mei.get("/cart").await.expect(200);
    mei.add(sku, 2).await.expect(303);
    assert!(mei.cart().await.contains(&(sku.0, 2, true)));
    mei.post("/cart/selection", &[("selected", "false")]).await.expect(303);
    mei.post(&format!("/cart/entries/{sku}/selection"), &[("selected", "true")]).await.expect(303);
    mei.post(&format!("/cart/entries/{sku}"), &[("count", "3")]).await.expect(303);
    mei.get("/checkout").await.expect(200);
    mei.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
}

#[actix_web::test]
async fn keys_of_another_kind_are_dropped() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    let mut redis = shop.redis.connect();
    for key in ["cart", "selected", "prices", "checkout"] {
        let key = format!("{key}:{{u{}}}", mei.id);
        put(&mut redis, &["set", &key, "rubbish"]);
        everything_works(&mei.browser, sku).await;
        put(&mut redis, &["del", &key]);
        put(&mut redis, &["rpush", &key, "rubbish"]);
        mei.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
        everything_works(&mei.browser, sku).await;
    }
}

#[actix_web::test]
async fn entries_that_cannot_be_are_not_shown_and_can_be_bought_all_the_same() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    let mut redis = shop.redis.connect();
    let of = |key: &str| format!("{key}:{{u{}}}", mei.id);
    for count in ["rubbish", "", "0", "-5", "2.5", "1000", "1e309", "99999999999999999999", "nan"] {
        put(&mut redis, &["hset", &of("cart"), &sku.to_string(), count, "teapot", "1", "99999999999999999999", "1"]);
        put(&mut redis, &["sadd", &of("selected"), "teapot"]);
        put(&mut redis, &["hset", &of("prices"), &sku.to_string(), "cheap"]);
        assert_eq!(mei.browser.cart().await, [], "{count}");
        everything_works(&mei.browser, sku).await;
    }
    mei.puts_in_cart(sku, 2).await;
    cmd("HSET").arg(of("prices")).arg(sku.0).arg(&[0xff_u8, 0xfe]).exec(&mut redis).unwrap();
    mei.orders().await;
    assert_eq!(mei.browser.cart().await, []);
}

#[actix_web::test]
async fn a_session_and_a_limit_of_another_kind_are_begun_anew() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let mei = shop.signed_in("mei").await;
    let mut redis = shop.redis.connect();
    let keys: Vec<String> = cmd("KEYS").arg("session:*").query(&mut redis).unwrap();
    for key in &keys {
        put(&mut redis, &["del", key]);
        put(&mut redis, &["rpush", key, "rubbish"]);
    }
    mei.get("/account").await.expect(303);
    let id = shop.number("select id from users");
    for key in [format!("limit:sign-in:user:{id}"), "limit:sign-in:from:127.0.0.1".to_owned()] {
        put(&mut redis, &["del", &key]);
        put(&mut redis, &["rpush", &key, "rubbish"]);
    }
    mei.sign_in("mei", crate::support::PASSWORD).await.expect(303);
    mei.get("/account").await.expect(200);
}
