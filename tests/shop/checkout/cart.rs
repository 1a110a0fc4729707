//! Exactly what was bought leaves the cart: no more, no less, and once.

use ::redis::Commands;
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use std::{collections::BTreeMap, sync::Arc};
use till::{
    checkout::clear_cart,
    platform::{
        clock,
        db::Db,
        outbox::{self, JobHandler},
        redis,
    },
};

use super::placing::in_cart;
use crate::support::{PASSWORD, TestShop, order_number, until};

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
    let shop = TestShop::unbounded().await;
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
        // Whether the checkout saw the additions or not: each piece is in the order or in the cart, never in both.
        assert_eq!(u32::try_from(sold).unwrap() + left, wanted + 4, "{answer}");
    }
    shop.assert_reconciled();
}

/// Jobs that were performed are marked as done a moment later.
async fn everything_is_marked(shop: &TestShop) {
    let unmarked = "select count(*) from outbox where done_at is null";
    until("performed jobs are marked as done", || shop.number(unmarked) == 0).await;
}

fn job_handler(redis: redis::Redis) -> JobHandler {
    Arc::new(move |job| {
        let redis = redis.clone();
        Box::pin(async move { clear_cart(job, &redis).await })
    })
}

#[actix_web::test]
async fn when_redis_is_away_after_the_commit_a_worker_clears_the_cart_later() {
    let mut shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;
    // As if the process had died between the commit and the clearing: the job is not done, and the cart is full.
    everything_is_marked(&shop).await;
    shop.execute("update outbox set done_at = null, due_at = now()");
    let mut conn = shop.redis.connect();
    let _: () = ::redis::cmd("FLUSHALL").query(&mut conn).unwrap();
    let _: () = ::redis::cmd("HSET").arg(format!("cart:{{u{}}}", mei.id)).arg(sku.0).arg(3).query(&mut conn).unwrap();
    let db = Db::connect(&shop.database.url, 2).unwrap();
    let redis = redis::connect(&shop.redis.url()).await.unwrap();

    shop.redis.kill();
    let kept = outbox::work_once(&db, &job_handler(redis.clone())).await.unwrap();
    assert_eq!(kept, 0, "nothing can be done without Redis");
    assert!(!shop.text("select coalesce(last_error, '') from outbox").is_empty());

    shop.redis.resume();
    let _: () = ::redis::cmd("HSET")
        .arg(format!("cart:{{u{}}}", mei.id))
        .arg(sku.0)
        .arg(3)
        .query(&mut shop.redis.connect())
        .unwrap();
    shop.execute("update outbox set due_at = now()");
    assert_eq!(outbox::work_once(&db, &job_handler(redis.clone())).await.unwrap(), 1);
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 1)]);

    // Performing it twice changes nothing.
    shop.execute("update outbox set done_at = null, due_at = now()");
    assert_eq!(outbox::work_once(&db, &job_handler(redis)).await.unwrap(), 1);
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
        let _: () = ::redis::cmd("DEL").arg(format!("bought:{{u{}}}:{first}", mei.id)).query(&mut redis).unwrap();
        let key = format!("checkout:{{u{}}}", mei.id);
        let _: () = ::redis::cmd("SET").arg(key).arg(&form.token).query(&mut redis).unwrap();
        mei.puts_in_cart(bought, 2).await;
    };

    crash().await;
    // The second press leads to the order, and the cart is cleared.
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
    shop.assert_reconciled();
}

#[actix_web::test]
async fn two_workers_at_once_claim_each_promise_once() {
    let shop = TestShop::open().await;
    for n in 0..40 {
        outbox::enqueue(&mut shop.connect(), "test", vec![serde_json::json!({ "n": n })], clock::now()).unwrap();
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
async fn a_cart_filled_after_redis_lost_the_one_that_was_bought_stays_as_it_is() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;
    // As if the process had died before the cart was cleared, and Redis had lost everything.
    everything_is_marked(&shop).await;
    shop.execute("update outbox set done_at = null, due_at = now()");
    let mut conn = shop.redis.connect();
    let _: () = ::redis::cmd("FLUSHALL").query(&mut conn).unwrap();
    mei.browser.post("/sign-in", &[("username", "mei"), ("password", PASSWORD)]).await.expect(303);
    mei.puts_in_cart(sku, 3).await;

    let db = Db::connect(&shop.database.url, 2).unwrap();
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    assert_eq!(outbox::work_once(&db, &job_handler(redis)).await.unwrap(), 1);

    assert_eq!(in_cart(&shop, &mei).await, [(sku, 3)]);
    mei.orders().await;
    assert_eq!(in_cart(&shop, &mei).await, []);
    shop.assert_reconciled();
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
async fn an_older_press_leads_to_its_order_also_while_a_later_one_has_not_left_the_cart() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let older = mei.opens_checkout().await;
    let first = order_number(&mei.places(&older).await.expect(303));
    mei.puts_in_cart(sku, 2).await;
    let later = mei.opens_checkout().await;
    // As if the process died between the commit and the clearing: without access to the keys `bought:..` the script
    // fails.
    shop.redis.allow("resetkeys ~[^b]*");
    let second = order_number(&mei.places(&later).await.expect(303));
    shop.redis.allow("allkeys");
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 2)]);

    assert_eq!(order_number(&mei.places(&older).await.expect(303)), first);
    assert_eq!(order_number(&mei.places(&later).await.expect(303)), second);
    assert_eq!(in_cart(&shop, &mei).await, []);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn a_press_that_never_had_the_cart_gives_back_nobodys() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    let claim = format!("claim:{{u{}}}", mei.id);
    let mut redis = shop.redis.connect();
    let claimed = |redis: &mut ::redis::Connection| -> BTreeMap<String, u32> { redis.hgetall(&claim).unwrap() };
    // The cart is claimed by another tab's checkout, and once by an earlier request with this token.
    let _: () = redis.hset_multiple(&claim, &[("another-tabs-token", 1), (&form.token, 1)]).unwrap();
    let before = claimed(&mut redis);

    mei.places(&form).await.expect(503);

    assert_eq!(claimed(&mut redis), before);
}

#[actix_web::test]
async fn a_cart_is_not_given_back_before_what_was_bought_has_left_it() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    let mut redis = shop.redis.connect();
    let claim = format!("claim:{{u{}}}", mei.id);
    // As if the response to the commit was lost: the order exists, and its goods are still in the cart.
    shop.redis.allow("resetkeys ~[^b]*");
    let number = order_number(&mei.places(&form).await.expect(303));
    shop.redis.allow("allkeys");
    let _: () = redis.del(&claim).unwrap();
    let mut holder = shop.connect();
    holder.batch_execute("begin; lock table outbox in access exclusive mode").unwrap();

    let looks = async {
        shop.somebody_waits().await;
        let claimed: bool = redis.hexists(&claim, &form.token).unwrap();
        holder.batch_execute("commit").unwrap();
        claimed
    };
    let (again, claimed) = tokio::join!(mei.places(&form), looks);

    assert!(claimed, "another token would buy the same once more");
    assert_eq!(order_number(&again.expect(303)), number);
    assert_eq!(in_cart(&shop, &mei).await, []);
    assert!(!redis.exists::<_, bool>(&claim).unwrap());
}

#[actix_web::test]
async fn a_cart_that_redis_brings_back_from_before_its_order_is_cleared_at_the_next_press() {
    let shop = TestShop::open().await;
    let (sku, other) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "20.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = mei.opens_checkout().await;
    let mut redis = shop.redis.connect();
    let mut before: Vec<(String, Vec<u8>)> = Vec::new();
    for key in redis.keys::<_, Vec<String>>(format!("*{{u{}}}*", mei.id)).unwrap() {
        let kept = ::redis::cmd("DUMP").arg(&key).query(&mut redis).unwrap();
        before.push((key, kept));
    }
    let number = order_number(&mei.places(&form).await.expect(303));
    until("the job is marked", || shop.number("select count(*) from outbox where done_at is null") == 0).await;
    // Redis had not written its last second to the disk.
    for key in redis.keys::<_, Vec<String>>(format!("*{{u{}}}*", mei.id)).unwrap() {
        let _: () = redis.del(key).unwrap();
    }
    for (key, kept) in before {
        ::redis::cmd("RESTORE").arg(key).arg(0).arg(kept).exec(&mut redis).unwrap();
    }
    mei.puts_in_cart(other, 1).await;
    assert_eq!(in_cart(&shop, &mei).await, [(sku, 2), (other, 1)]);

    assert_eq!(order_number(&mei.places(&form).await.expect(303)), number);

    assert_eq!(in_cart(&shop, &mei).await, [(other, 1)]);
    assert_ne!(mei.orders().await, number, "what came after is ordered by itself");
    shop.assert_reconciled();
}
