//! What leaves the cart is what was bought: no more, no less, not twice.

use futures_util::future::join_all;
use std::sync::Arc;
use till::{
    checkout::keep,
    platform::{
        clock,
        db::Db,
        outbox::{self, Keeper},
        redis,
    },
};

use super::placing::in_cart;
use crate::support::{PASSWORD, Shopper, TestShop, order_number, until};

#[actix_web::test]
async fn what_was_not_selected_stays() {
    let shop = TestShop::open().await;
    let (bought, kept) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(bought, 2).await;
    mei.puts_in_cart(kept, 3).await;
    mei.browser.post(&format!("/cart/entries/{kept}/selection"), &[("selected", "false")]).await.expect(303);
    mei.orders().await;
    assert_eq!(in_cart(&shop, &mei).await, [(kept, 3)]);
}

#[actix_web::test]
async fn a_count_raised_while_the_checkout_runs_keeps_the_difference() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(500, "20.00");
    let mei = shop.shopper("mei").await;
    for _ in 0..10 {
        let before = shop.number("select 500 - stock from skus");
        mei.puts_in_cart(sku, 5).await;
        let wanted: u32 = in_cart(&shop, &mei).await.iter().map(|(_, count)| count).sum();
        let form = mei.opens_checkout().await;
        let adding = join_all((0..4).map(|_| mei.puts_in_cart(sku, 1)));
        let (answer, _) = tokio::join!(mei.places(&form), adding);
        let sold = shop.number("select 500 - stock from skus") - before;
        let left: u32 = in_cart(&shop, &mei).await.iter().map(|(_, count)| count).sum();
        // Whether it saw the additions or not: what was wanted is in the order or in the cart, and nothing is in both.
        assert_eq!(u32::try_from(sold).unwrap() + left, wanted + 4, "{answer}");
    }
    shop.books_agree();
}

/// Whoever keeps a promise marks it a moment later.
async fn everything_is_marked(shop: &TestShop) {
    let unmarked = "select count(*) from outbox where done_at is null";
    until("kept promises are marked", || shop.number(unmarked) == 0).await;
}

/// The cart has this token, as it had before an order was taken out of it.
pub fn goes_by(redis: &mut ::redis::Connection, shopper: &Shopper, token: &str) {
    ::redis::cmd("SET").arg(format!("checkout:{{u{}}}", shopper.id)).arg(token).exec(redis).unwrap();
}

fn keeper(redis: redis::Redis) -> Keeper {
    Arc::new(move |promise| {
        let redis = redis.clone();
        Box::pin(async move { keep(promise, &redis).await })
    })
}

#[actix_web::test]
async fn when_redis_is_away_after_the_commit_a_worker_clears_the_cart_later() {
    let mut shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = mei.opens_checkout().await;
    mei.places(&form).await.expect(303);
    // As if the process had died between the commit and the clearing: the promise is not kept, the cart is full.
    everything_is_marked(&shop).await;
    shop.execute("update outbox set done_at = null, due_at = now()");
    let db = Db::connect(&shop.database.url, 2).unwrap();
    let redis = redis::connect(&shop.redis.url()).await.unwrap();

    shop.redis.kill();
    let kept = outbox::work_once(&db, &keeper(redis.clone())).await.unwrap();
    assert_eq!(kept, 0, "nothing can be done without Redis");
    assert!(!shop.text("select coalesce(last_error, '') from outbox").is_empty());

    shop.redis.resume();
    let mut conn = shop.redis.connect();
    let _: () = ::redis::cmd("HSET").arg(format!("cart:{{u{}}}", mei.id)).arg(sku.0).arg(3).query(&mut conn).unwrap();
    goes_by(&mut conn, &mei, &form.token);
    shop.execute("update outbox set due_at = now()");
    assert_eq!(outbox::work_once(&db, &keeper(redis.clone())).await.unwrap(), 1);
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 1)]);

    // Doing it twice changes nothing.
    shop.execute("update outbox set done_at = null, due_at = now()");
    assert_eq!(outbox::work_once(&db, &keeper(redis)).await.unwrap(), 1);
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 1)]);
}

#[actix_web::test]
async fn after_a_crash_between_order_and_cart_nobody_is_asked_to_buy_again() {
    let shop = TestShop::open().await;
    let (bought, new) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(bought, 2).await;
    let form = mei.opens_checkout().await;
    let first = order_number(&mei.places(&form).await.expect(303));
    let mut redis = shop.redis.connect();
    // As if the process had died between the commit and the clearing.
    let mut crash = async || {
        everything_is_marked(&shop).await;
        shop.execute("update outbox set done_at = null");
        goes_by(&mut redis, &mei, &form.token);
        mei.puts_in_cart(bought, 2).await;
    };

    crash().await;
    // The button pressed again leads to the order, and the cart is what it should be.
    assert_eq!(order_number(&mei.places(&form).await.expect(303)), first);
    assert_eq!(in_cart(&shop, &mei).await, []);

    crash().await;
    assert_eq!(mei.browser.get("/checkout").await.expect(303).location(), "/cart");
    assert_eq!(in_cart(&shop, &mei).await, []);

    crash().await;
    mei.puts_in_cart(new, 1).await;
    assert_ne!(mei.orders().await, first);
    assert_eq!(shop.texts("select sku_id from order_goods order by id"), [bought.to_string(), new.to_string()]);
    assert_eq!(in_cart(&shop, &mei).await, []);
    shop.books_agree();
}

#[actix_web::test]
async fn two_workers_at_once_claim_each_promise_once() {
    let shop = TestShop::open().await;
    for n in 0..40 {
        outbox::promise(&mut shop.connect(), "test", vec![serde_json::json!({ "n": n })], clock::now()).unwrap();
    }
    shop.execute("update outbox set due_at = now() - interval '1 second'");
    let claims = [(); 4].map(|()| {
        let mut conn = shop.connect();
        std::thread::spawn(move || {
            outbox::claim(&mut conn, clock::now(), 10).unwrap().into_iter().map(|p| p.id).collect::<Vec<_>>()
        })
    });
    let mut claimed: Vec<i64> = claims.into_iter().flat_map(|claim| claim.join().unwrap()).collect();
    let all = claimed.len();
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!((claimed.len(), all), (40, 40));
}

#[actix_web::test]
async fn promises_are_forgotten_a_week_after_they_were_kept() {
    let shop = TestShop::open().await;
    for age in ["8 days", "6 days"] {
        shop.insert(&format!("outbox (kind, payload, done_at) values ('test', '{{}}', now() - interval '{age}')"));
    }
    shop.insert("outbox (kind, payload, due_at) values ('test', '{}', now() - interval '8 days')");

    let forgotten = outbox::forget(&mut shop.connect(), clock::now(), 10).unwrap();

    assert_eq!((forgotten, shop.number("select count(*) from outbox")), (1, 2));
}

#[actix_web::test]
async fn when_redis_forgets_that_the_cart_was_cleared_nobody_has_to_buy_the_same_again_to_go_on() {
    let shop = TestShop::open().await;
    let (bought, new) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(bought, 2).await;
    let form = mei.opens_checkout().await;
    let first = order_number(&mei.places(&form).await.expect(303));
    everything_is_marked(&shop).await;
    // Redis comes back as it was a second ago.
    mei.puts_in_cart(bought, 2).await;
    goes_by(&mut shop.redis.connect(), &mei, &form.token);
    mei.puts_in_cart(new, 1).await;

    let again = mei.opens_checkout().await;
    assert_eq!(order_number(&mei.places(&again).await.expect(303)), first);
    assert_eq!(in_cart(&shop, &mei).await, [(new, 1)]);

    assert_ne!(mei.orders().await, first);
    shop.books_agree();
}

#[actix_web::test]
async fn an_order_that_was_not_cleared_takes_nothing_out_of_the_cart_that_comes_after_redis_was_lost() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;
    everything_is_marked(&shop).await;
    shop.execute("update outbox set done_at = null, due_at = now()");
    ::redis::cmd("FLUSHALL").exec(&mut shop.redis.connect()).unwrap();
    mei.browser.sign_in("mei", PASSWORD).await.expect(303);

    mei.puts_in_cart(sku, 3).await;

    assert_eq!(mei.opens_checkout().await.expected_total, "70.00");
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 3)]);
}

#[actix_web::test]
async fn a_page_of_a_cart_that_was_lost_shows_the_one_that_is_there_and_is_sent_again_with_one_press() {
    let shop = TestShop::open().await;
    let (lost, there) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(lost, 2).await;
    let mut form = mei.opens_checkout().await;
    form.note = "kept as typed".into();
    ::redis::cmd("FLUSHALL").exec(&mut shop.redis.connect()).unwrap();
    mei.browser.sign_in("mei", PASSWORD).await.expect(303);
    assert!(mei.places(&form).await.expect(422).text_of(".problem").contains("Nothing is selected"));
    mei.puts_in_cart(there, 1).await;

    let page = mei.places(&form).await.expect(422);

    assert!(page.text_of(".problem").contains("Nothing was ordered"), "{page}");
    assert_eq!(page.text_of("textarea"), "kept as typed");
    let again = Shopper::form_on(&page);
    assert_eq!(again.expected_total, "40.00");
    assert_ne!(again.token, form.token);
    assert_eq!(again.token, mei.opens_checkout().await.token);
    mei.places(&again).await.expect(303);
    assert_eq!(shop.text("select concat_ws(' ', sku_id, count) from order_goods"), format!("{there} 1"));
    shop.books_agree();
}
