//! What each page answers, and how soon, while PostgreSQL or Redis is away, hangs, is slow, full or read-only, and that
//! everything works again afterwards. docs/operations.md has the table.

mod scene;
mod table;

use diesel::connection::SimpleConnection;
use futures_util::future::{join, join_all};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};
use till::kernel::SkuId;
use tokio::time::sleep;

use crate::support::{Fault, OrderForm, PASSWORD, Shopper, TestShop, order_number, until};
use scene::{MAX_RECOVERY, Page, Scene};
use table::Outage;

async fn go_through(outages: &[Outage]) {
    let mut scene = Scene::open().await;
    for outage in outages {
        scene.goes_through(outage).await;
    }
}

#[actix_web::test]
async fn while_postgresql_is_away_or_hangs_every_page_says_so_in_time() {
    go_through(table::DATABASE_AWAY).await;
}

#[actix_web::test]
async fn while_redis_is_away_or_hangs_the_catalog_is_there_and_every_other_page_says_so_in_time() {
    go_through(table::REDIS_AWAY).await;
}

#[actix_web::test]
async fn while_both_are_away_every_page_says_so_in_time() {
    go_through(table::BOTH_AWAY).await;
}

#[actix_web::test]
async fn while_postgresql_or_redis_is_slow_every_page_is_there() {
    go_through(table::SLOW).await;
}

#[actix_web::test]
async fn while_redis_takes_no_writes_what_only_reads_is_there() {
    go_through(table::REDIS_WITHOUT_WRITES).await;
}

#[actix_web::test]
async fn while_postgresql_takes_no_writes_what_only_reads_is_there() {
    go_through(table::DATABASE_WITHOUT_WRITES).await;
}

#[actix_web::test]
async fn while_commits_or_their_answers_are_lost_an_order_is_placed_once_or_not_at_all() {
    go_through(table::COMMITS_LOST).await;
}

/// In full, as `make torture` runs it: each page alone, while shoppers order beside it.
#[actix_web::test]
#[ignore = "takes half an hour: make torture"]
async fn whatever_fails_each_page_answers_in_time_and_shoppers_get_each_order_once() {
    for outage in table::ALL.iter().copied().flatten() {
        eprintln!("{} ...", outage.name);
        let mut scene = Scene::open_for(&UNBOUNDED).await;
        let sku = scene.shop.make_sku(100_000, "10.00");
        let mut shoppers = Vec::new();
        for n in 0..8 {
            shoppers.push(scene.shop.shopper(&format!("shopper{n}")).await);
        }
        let goes_on = AtomicBool::new(true);
        let ordering = join_all(shoppers.iter().map(|shopper| orders_while(shopper, sku, || goes_on.load(Relaxed))));
        let pages = async {
            scene.goes_through_page_by_page(outage).await;
            goes_on.store(false, Relaxed);
        };
        let (ledger, ()) = join(ordering, pages).await;
        for (n, (shopper, presses)) in shoppers.iter().zip(ledger).enumerate() {
            // A cart that cannot be cleared leads to its order again.
            let mut told: BTreeSet<String> = presses.placed.into_iter().collect();
            if let Some(form) = presses.pending {
                told.insert(order_number(&shopper.places(&form).await.expect(303)));
            }
            let query =
                format!("select number from orders o join users u on u.id = o.user_id where u.username = 'shopper{n}'");
            let saved: BTreeSet<String> = scene.shop.texts(&query).into_iter().collect();
            assert_eq!(saved, told, "{}, shopper{n}", outage.name);
        }
        scene.shop.assert_reconciled();
    }
}

#[actix_web::test]
async fn a_correct_password_during_an_outage_of_redis_counts_for_nothing_afterwards() {
    let shop = TestShop::behind_proxies(&[]).await;
    let bo = shop.make_user("bo");
    // The attempts that are counted for the user.
    let counted = || -> i64 {
        let mut redis = shop.redis.connect();
        let keys: Vec<String> = redis::cmd("KEYS").arg(format!("limit:sign-in:user:{bo}*")).query(&mut redis).unwrap();
        keys.iter().map(|key| redis::cmd("GET").arg(key).query::<Option<i64>>(&mut redis).unwrap().unwrap_or(0)).sum()
    };
    // The script that refunds an attempt is sent as text until Redis has it.
    shop.proxies().redis.set(Fault::CutRequest("local count = redis.pcall('get'"));
    let answer = shop.visitor().post("/sign-in", &[("username", "bo"), ("password", PASSWORD)]).await;
    assert!([303, 503].contains(&answer.status), "{answer}");
    assert_eq!(counted(), 2, "for the account, and for it from this address");
    shop.proxies().redis.set(Fault::None);
    until("what was counted is refunded", || counted() == 0).await;
}

/// Shoppers here order again and again.
const UNBOUNDED: [(&str, &str); 5] = [
    ("MAX_OPEN_ORDERS", "0"),
    ("MAX_OPEN_PER_SKU", "0"),
    ("MAX_OPEN_PER_PRODUCT", "0"),
    ("CHECKOUT_RATE_PER_ACCOUNT", "0"),
    ("CART_RATE_PER_ACCOUNT", "0"),
];

/// After an answer that says to come back later.
const PAUSE: Duration = Duration::from_millis(100);

/// What came of a shopper's presses of "Place order".
#[derive(Default)]
struct Presses {
    /// The numbers of the orders that the shopper was told of.
    placed: Vec<String>,
    times: Vec<Duration>,
    /// The last press was not answered with an order.
    pending: Option<OrderForm>,
}

/// Orders again and again while `goes_on`. A press that is answered with 503 is repeated with what the page kept.
async fn orders_while(shopper: &Shopper, sku: SkuId, goes_on: impl Fn() -> bool) -> Presses {
    let mut presses = Presses::default();
    while goes_on() {
        let put = shopper.browser.post("/cart/entries", &[("sku_id", &sku.to_string()), ("count", "1")]).await;
        let page = shopper.browser.get("/checkout").await;
        assert!([303, 503].contains(&put.status) && [200, 303, 503].contains(&page.status), "{put}\n{page}");
        if page.status != 200 {
            sleep(PAUSE).await;
            continue;
        }
        let form = Shopper::form_on(&page);
        presses.pending = Some(form.clone());
        while goes_on() {
            let began = Instant::now();
            let answer = shopper.places(&form).await;
            presses.times.push(began.elapsed());
            if answer.status == 303 {
                presses.placed.push(order_number(&answer));
                presses.pending = None;
                break;
            }
            assert_eq!(answer.status, 503, "{answer}");
            sleep(PAUSE).await;
        }
    }
    presses
}

#[actix_web::test]
async fn while_postgresql_is_very_slow_orders_go_on_at_the_pace_that_it_allows() {
    let shop = TestShop::behind_proxies(&UNBOUNDED).await;
    let skus = [shop.make_sku(100_000, "10.00"), shop.make_sku(100_000, "20.00")];
    let mut shoppers = Vec::new();
    for n in 0..30 {
        shoppers.push(shop.shopper(&format!("shopper{n}")).await);
    }
    // By then every connection has prepared its statements, as in a shop that has been running for a while.
    let end = Instant::now() + Duration::from_secs(1);
    join_all(shoppers.iter().map(|shopper| orders_while(shopper, skus[0], || Instant::now() < end))).await;
    let database = &shop.proxies().database;
    // In each direction, so a round trip takes 300 ± 200 ms.
    database.set(Fault::Latency { delay: Duration::from_millis(150), spread: Duration::from_millis(100) });
    let time = Duration::from_secs(15);
    let end = Instant::now() + time;
    let ordering =
        shoppers.iter().enumerate().map(|(n, shopper)| orders_while(shopper, skus[n % 2], || Instant::now() < end));
    let presses = join_all(ordering).await;
    let placed: usize = presses.iter().map(|presses| presses.placed.len()).sum();
    let mut times: Vec<Duration> = presses.into_iter().flat_map(|presses| presses.times).collect();
    times.sort();
    let p95 = times[times.len() * 95 / 100];
    println!("{placed} orders in {time:?}, {} presses, median {:?}, p95 {p95:?}", times.len(), times[times.len() / 2]);
    // On an idle machine it is four orders a second, with a p95 of four to five seconds.
    assert!(placed >= 15, "{placed} orders in {time:?}");

    database.set(Fault::None);
    let since = Instant::now();
    shoppers[0].puts_in_cart(skus[0], 1).await;
    let form = shoppers[0].opens_checkout().await;
    shoppers[0].places(&form).await.expect(303);
    assert!(since.elapsed() < MAX_RECOVERY, "{:?}", since.elapsed());
    shop.assert_reconciled();
}

/// Prints the table of docs/performance.md.
#[actix_web::test]
#[ignore = "measures: see docs/performance.md"]
async fn how_long_each_page_takes_while_postgresql_is_very_slow() {
    let mut scene = Scene::open().await;
    scene.uses_every_page().await;
    scene.shop.proxies().database.set(Fault::Latency { delay: Duration::from_millis(150), spread: Duration::ZERO });
    for page in Page::ALL {
        println!("{page:?}: {}", scene.times_of(page, 4).await);
    }
}

#[actix_web::test]
async fn fifty_slow_pages_of_staff_leave_the_rest_of_the_shop_its_connections() {
    let scene = Scene::open().await;
    let sku = scene.shop.number("select min(id) from skus");
    let mut holder = scene.shop.connect();
    holder.batch_execute("begin; lock table stock_movements in access exclusive mode").unwrap();
    let ledger = format!("/admin/stock/{sku}/movements");
    let slow = join_all((0..50).map(|_| scene.clerk.get(&ledger)));
    let others = async {
        sleep(Duration::from_millis(300)).await;
        let expected = |page: Page| match page {
            Page::AdminStock => vec![200, 503],
            page => page.usual_or_after_the_order(),
        };
        for _ in 0..3 {
            let faults = scene.faults(expected).await;
            assert!(faults.is_empty(), "while a table is locked:\n{faults}");
        }
    };
    let (slow, ()) = join(slow, others).await;
    assert!(slow.iter().all(|answer| answer.status == 503), "the table was locked");
    holder.batch_execute("rollback").unwrap();
    let since = Instant::now();
    while scene.clerk.get(&ledger).await.status != 200 {
        assert!(since.elapsed() < MAX_RECOVERY);
        sleep(Duration::from_millis(200)).await;
    }
}
