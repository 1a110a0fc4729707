//! What shoppers notice of broken connections and of rows that other transactions have locked.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use till::{
    kernel::SkuId,
    platform::db::{Db, DbError, Share},
};
use tokio::time::sleep;

use crate::support::{Database, OrderForm, RedisServer, Shopper, TestShop, TillServer, order_number};

/// Creates this many shoppers, each with one of the SKU in the cart and the checkout open.
async fn ready(shop: &TestShop, sku: SkuId, how_many: usize) -> Vec<(Shopper, OrderForm)> {
    let mut ready = Vec::new();
    for n in 0..how_many {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        shopper.puts_in_cart(sku, 1).await;
        let form = shopper.opens_checkout().await;
        ready.push((shopper, form));
    }
    ready
}

fn cut_connections(shop: &TestShop) {
    shop.number(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where application_name = 'till' and datname = current_database()",
    );
}

#[actix_web::test]
async fn connections_that_died_unused_are_noticed_by_nobody() {
    let shop = TestShop::open().await;
    shop.make_spu("Teapot");
    let visitor = shop.visitor();
    join_all((0..20).map(|_| visitor.get("/search"))).await;
    sleep(Duration::from_millis(1200)).await;
    cut_connections(&shop);
    for answer in join_all((0..20).map(|_| visitor.get("/search"))).await {
        answer.expect(200);
    }
}

#[actix_web::test]
async fn a_connection_that_dies_in_use_is_used_no_more() {
    let shop = TestShop::open().await;
    shop.make_spu("Teapot");
    let visitor = shop.visitor();
    join_all((0..20).map(|_| visitor.get("/search"))).await;
    cut_connections(&shop);
    let answers = join_all((0..20).map(|_| visitor.get("/search"))).await;
    assert!(
        answers.iter().all(|answer| matches!(answer.status, 200 | 503)),
        "the database's fault is no fault of ours"
    );
    for answer in join_all((0..20).map(|_| visitor.get("/search"))).await {
        answer.expect(200);
    }
}

#[actix_web::test]
async fn orders_come_through_while_connections_are_cut() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(100, "20.00");
    let shoppers = ready(&shop, sku, 24).await;

    let cutting = async {
        for _ in 0..8 {
            sleep(Duration::from_millis(15)).await;
            cut_connections(&shop);
        }
    };
    let placing = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let (answers, ()) = tokio::join!(placing, cutting);

    let told: BTreeSet<String> = answers.iter().filter(|answer| answer.status == 303).map(order_number).collect();
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 503)));
    let there: BTreeSet<String> = shop.texts("select number from orders").into_iter().collect();
    assert!(told.is_subset(&there), "every confirmed order exists");

    // The button, pressed again, leads to the one order.
    for (shopper, form) in &shoppers {
        shopper.places(form).await.expect(303);
    }
    assert_eq!(shop.text("select concat_ws(' ', count(*), count(distinct user_id)) from orders"), "24 24");
    assert_eq!(shop.number("select stock from skus"), 76);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn a_sku_that_somebody_holds_keeps_nobody_from_the_rest_of_the_shop() {
    let shop = TestShop::open().await;
    let (held, free) = (shop.make_sku(100, "20.00"), shop.make_sku(100, "30.00"));
    let waiting = ready(&shop, held, 30).await;
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(free, 1).await;
    let mut holder = shop.connect();
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();

    let began = Instant::now();
    let placing = join_all(waiting.iter().map(|(shopper, form)| shopper.places(form)));
    let looking = async {
        sleep(Duration::from_millis(500)).await;
        let asked = Instant::now();
        for path in ["/", "/search", "/checkout", "/orders"] {
            bo.browser.get(path).await.expect(200);
        }
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    };
    let (answers, ()) = tokio::join!(placing, looking);
    for answer in answers {
        assert!(!answer.expect(503).header("retry-after").is_empty());
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    bo.orders().await;

    holder.batch_execute("rollback").unwrap();
    for (shopper, form) in &waiting {
        shopper.places(form).await.expect(303);
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn no_connection_waits_for_ever() {
    let shop = TestShop::open().await;
    let db = Db::connect(&shop.database.url, 1).unwrap();
    let settings = db
        .run(|conn| {
            use diesel::{RunQueryDsl, dsl::sql, select, sql_types::Text};
            let asked = "concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'),
                current_setting('idle_in_transaction_session_timeout'))";
            Ok::<String, DbError>(select(sql::<Text>(asked)).get_result(conn)?)
        })
        .await
        .unwrap();
    assert_eq!(settings, "1s 2s 30s");
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_connection_is_told_so() {
    let database = Database::empty();
    let db = Db::connect(&database.url, 1).unwrap();
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let (done, wait_until_done) = std::sync::mpsc::channel::<()>();
    let holder = tokio::spawn({
        // The background share has a longer timeout than a page.
        let db = db.sharing(Share::Background);
        async move {
            db.run(move |_| {
                taken.send(()).unwrap();
                wait_until_done.recv().unwrap();
                Ok::<_, DbError>(())
            })
            .await
        }
    });
    is_taken.await.unwrap();
    let late: Result<(), DbError> = db.run(|_| Ok(())).await;
    assert!(matches!(late, Err(DbError::Busy(_))), "{late:?}");
    done.send(()).unwrap();
    assert!(holder.await.unwrap().is_ok());
}

#[test]
fn a_start_that_fails_says_why_and_ends_in_order() {
    let (database, redis) = (Database::empty(), RedisServer::start());
    let till = TillServer::new(&database.url, &redis.url(), &[]);
    for _ in 0..12 {
        let ended = till.run("serve");
        assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(String::from_utf8_lossy(&ended.stderr).contains("run `till migrate` first"));
    }
}
