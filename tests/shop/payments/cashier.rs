//! Paying at the cashier, which speaks Alipay's protocol with keys and code of its own.

use diesel::connection::SimpleConnection;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use till::{
    checkout::clear_cart,
    jobs::{query_payments, send_refunds},
    lifecycle::cancel_expired,
    payments::Gateways,
    platform::{
        clock,
        db::Db,
        outbox::{self, JobHandler},
        redis,
    },
};

use crate::support::{
    Browser, Cashier, Database, OrderForm, PASSWORD, RedisServer, Shopper, TestShop, TillServer, until,
};

/// A shop whose gateway is the cashier. Nobody hears its notifications, and no job runs but those that a test runs.
pub(super) struct Scene {
    pub cashier: Cashier,
    pub shop: TestShop,
    pub db: Db,
    pub gateways: Gateways,
    pub mei: Shopper,
    /// Of the order of ¥50.00 that waits to be paid.
    pub path: String,
}

impl Scene {
    pub async fn open() -> Self {
        let cashier = Cashier::start();
        let gateway = cashier.gateway();
        let shop = TestShop::with(&[("ALIPAY_GATEWAY", &gateway), ("PUBLIC_URL", "http://localhost:1/")]).await;
        Self::of(cashier, shop).await
    }

    /// Shop and jobs reach PostgreSQL through a proxy, which can fail.
    pub async fn behind_proxies() -> Self {
        let cashier = Cashier::start();
        let gateway = cashier.gateway();
        let settings = [("ALIPAY_GATEWAY", gateway.as_str()), ("PUBLIC_URL", "http://localhost:1/")];
        let shop = TestShop::behind_proxies(&settings).await;
        Self::of(cashier, shop).await
    }

    async fn of(cashier: Cashier, shop: TestShop) -> Self {
        let db = Db::connect(&shop.config().stores.database_url, 4).unwrap();
        let gateways = Gateways::open(shop.config().alipay.as_ref()).unwrap();
        let mei = shop.shopper("mei").await;
        mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
        let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
        let path = mei.places(&form).await.expect(303).location().split('?').next().unwrap().to_owned();
        Self { cashier, shop, db, gateways, mei, path }
    }

    /// The address of the page on which the buyer pays.
    pub async fn begin(&self) -> String {
        self.mei.browser.post(&format!("{}/payment", self.path), &[]).await.expect(303);
        let page = self.mei.browser.page(&format!("{}/payment", self.path)).await;
        page.attribute_of("main a.button", "href")
    }

    /// Runs the jobs of payments as if they were due now.
    pub async fn run_jobs(&self) {
        self.let_jobs_be_due();
        query_payments(&self.db, &self.gateways).await.unwrap();
        send_refunds(&self.db, &self.gateways).await.unwrap();
    }

    pub fn let_jobs_be_due(&self) {
        self.shop
            .connect()
            .batch_execute(
                // The clock of this process may differ a little from PostgreSQL's.
                "update payments set next_query_at = now() - interval '1 minute' where next_query_at is not null;
                 update refunds set next_attempt_at = now() - interval '1 minute' where next_attempt_at is not null",
            )
            .unwrap();
    }

    pub fn state(&self) -> String {
        self.shop.text("select status || ' ' || paid_amount || ' ' || refunded_amount from orders")
    }

    /// What the cashier has given back.
    pub async fn given_back(&self) -> Vec<String> {
        let state = self.cashier.state().await;
        let trades = state["trades"].as_array().unwrap().iter();
        let refunds = trades.flat_map(|trade| trade["refunds"].as_array().unwrap());
        refunds.map(|refund| refund["amount"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_order_is_paid_without_notification_and_without_the_browsers_return() {
    let scene = Scene::open().await;
    let page = scene.begin().await;
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unpaid 0.00 0.00", "no trade exists yet, and the order can still be paid");
    scene.cashier.pay(&page).await;
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn the_browser_that_comes_back_from_the_cashier_is_believed_only_by_its_signature() {
    let scene = Scene::open().await;
    let back = scene.cashier.pay(&scene.begin().await).await;
    let query = back.split_once('?').unwrap().1;
    let answer = scene.mei.browser.get(&format!("/pay/alipay/return?{query}")).await.expect(303);
    assert_eq!(answer.location(), format!("{}?payment=asked", scene.path));
    let changed = query.replace("total_amount=50.00", "total_amount=60.00");
    scene.mei.browser.get(&format!("/pay/alipay/return?{changed}")).await.expect(404);
}

#[tokio::test]
async fn a_gateway_that_fails_in_whatever_way_is_asked_again() {
    let scene = Scene::open().await;
    scene.cashier.pay(&scene.begin().await).await;
    for fault in [
        json!({ "down": true }),
        json!({ "answer_20000": true }),
        json!({ "answer_40004": true }),
        json!({ "nonsense": true }),
        json!({ "close_after_work": true }),
        json!({ "forge_signature": true }),
    ] {
        scene.cashier.control(fault.clone()).await;
        scene.run_jobs().await;
        assert_eq!(scene.state(), "unpaid 0.00 0.00", "{fault}");
        assert_eq!(scene.shop.number("select count(*) from payments where last_error is not null"), 1, "{fault}");
        scene.cashier.control(json!({ "clear": true })).await;
    }
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_whose_time_is_over_is_closed_at_the_gateway_and_then_canceled() {
    let scene = Scene::open().await;
    let page = scene.begin().await;
    scene.shop.execute(
        "update orders set expires_at = now() - interval '3 minutes';
         update payments set expires_at = now() - interval '3 minutes'",
    );
    let cancel = || cancel_expired(&mut scene.shop.connect(), clock::now(), 10).unwrap();
    assert_eq!(cancel(), 0, "its attempt may still be paid");
    scene.run_jobs().await;
    assert_eq!(scene.shop.text("select status from payments"), "closed");
    assert_eq!(cancel(), 1);
    // The page was open all the time. What is paid there now is found, and the order takes its goods again.
    scene.cashier.pay(&page).await;
    scene.shop.execute("update payments set next_query_at = now(), expires_at = now() + interval '10 minutes'");
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn what_is_paid_for_a_canceled_order_goes_back_once_whatever_happens_to_the_answer() {
    for fault in [
        json!({ "close_after_work": true, "times": 1, "only": "alipay.trade.refund" }),
        json!({ "answer_20000": "after", "times": 1, "only": "alipay.trade.refund" }),
        json!({ "answer_20000": true, "times": 2, "only": "alipay.trade.refund" }),
        json!({ "down": true, "times": 2, "only": "alipay.trade.refund" }),
        json!({ "nonsense": "after", "times": 1, "only": "alipay.trade.refund" }),
    ] {
        let scene = Scene::open().await;
        let page = scene.begin().await;
        scene.mei.browser.post(&format!("{}/cancellation", scene.path), &[]).await.expect(303);
        scene.cashier.pay(&page).await;
        scene.cashier.control(fault.clone()).await;
        for _ in 0..5 {
            scene.run_jobs().await;
        }
        assert_eq!(scene.state(), "canceled 0.00 0.00", "{fault}");
        assert_eq!(scene.shop.texts("select status from refunds"), ["done"], "{fault}");
        assert_eq!(scene.given_back().await, ["50.00"], "{fault}");
        let words = scene.mei.browser.page(&scene.path).await.text_of("main");
        assert!(words.contains("You paid ¥50.00") && !words.contains("Nothing was charged"), "{words}");
        scene.shop.assert_reconciled();
    }
}

#[tokio::test]
async fn a_refund_that_the_gateway_refuses_stays_as_refused() {
    let scene = Scene::open().await;
    let page = scene.begin().await;
    scene.mei.browser.post(&format!("{}/cancellation", scene.path), &[]).await.expect(303);
    scene.cashier.pay(&page).await;
    scene
        .cashier
        .control(json!({ "answer_40004": "ACQ.SELLER_BALANCE_NOT_ENOUGH", "only": "alipay.trade.refund" }))
        .await;
    for _ in 0..3 {
        scene.run_jobs().await;
    }
    assert_eq!(scene.shop.texts("select status || ' ' || last_error from refunds").len(), 1);
    assert!(scene.shop.text("select status || ' ' || last_error from refunds").contains("refused 40004 ACQ.SELLER"));
    assert!(scene.given_back().await.is_empty());
}

#[tokio::test]
async fn two_hundred_attempts_whose_gateway_hangs_delay_no_cart() {
    let scene = Scene::open().await;
    scene.cashier.control(json!({ "delay_ms": 15_000 })).await;
    scene.begin().await;
    scene.shop.execute(
        "insert into payments (order_id, pay_method, number, amount, expires_at, next_query_at)
         select id, 'alipay', 'hanging_' || n, 50, now() + interval '1 hour', now() from orders, generate_series(1, 200) n",
    );
    let redis = redis::connect(&scene.shop.config().stores.redis_url).await.unwrap();
    let handler: JobHandler = Arc::new(move |job| {
        let redis = redis.clone();
        Box::pin(async move { clear_cart(job, &redis).await })
    });
    let (db, gateways) = (scene.db.clone(), scene.gateways.clone());
    let hanging = tokio::spawn(async move { query_payments(&db, &gateways).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    // A job that clears a cart, which its own process never performed.
    scene.shop.execute("update outbox set done_at = null, due_at = now(), attempts = 0 where kind = 'clear_cart'");
    let began = Instant::now();
    let done = outbox::work_once(&scene.db, &handler).await.unwrap();
    assert_eq!(done, 1);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(!hanging.is_finished(), "the gateway hangs");
    hanging.abort();
}

#[tokio::test]
async fn a_newcomer_pays_an_order_and_its_page_says_so_although_the_server_was_killed_meanwhile() {
    let cashier = Cashier::start();
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let gateway = cashier.gateway();
    let mut till = TillServer::new(&database.url, &redis.url(), &[("ALIPAY_GATEWAY", &gateway)]);
    till.resume().await;
    let sku = database.make_sku(9, "20.00");
    let id = database.make_user("mei");
    let address = database.make_address(id);
    let browser = Browser::at(&till.url());
    browser.sign_in("mei", PASSWORD).await.expect(303);
    let mei = Shopper { id, address, browser };
    for kill in [false, true] {
        mei.puts_in_cart(sku, 2).await;
        let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
        let path = mei.places(&form).await.expect(303).location().split('?').next().unwrap().to_owned();
        mei.browser.post(&format!("{path}/payment"), &[]).await.expect(303);
        let page = mei.browser.page(&format!("{path}/payment")).await;
        if kill {
            till.kill();
        }
        cashier.pay(&page.attribute_of("main a.button", "href")).await;
        if kill {
            till.resume().await;
        }
        let paid = "select count(*) from orders where status = 'unsent' and paid_amount = total_amount";
        until("it is paid", || database.number(paid) == i64::from(kill) + 1).await;
        assert!(mei.browser.page(&path).await.text_of("main").contains("Paid with Alipay on"), "{path}");
    }
    let notified = || database.number("select count(distinct payment_id) from payment_notifications");
    until("the cashier has told both", || notified() == 2).await;
    assert_eq!(database.reconciliation_mismatches(), Vec::<String>::new());
}
