//! If the cart cannot be cleared right after the commit, a worker of any process does it later. These tests run real
//! server processes, because some of them are killed.

use diesel::{PgConnection, connection::SimpleConnection};
use futures_util::future::join;
use redis::Commands;
use std::collections::{BTreeMap, BTreeSet};
use till::kernel::SkuId;

use crate::support::{
    Answer, Browser, Database, OrderForm, PASSWORD, RedisServer, Shopper, TillServer, order_number, until,
};

/// A shop served by separate processes.
struct Shop {
    server: TillServer,
    redis: RedisServer,
    database: Database,
}

impl Shop {
    async fn open(redis: RedisServer) -> Self {
        let database = Database::migrated();
        let mut server = TillServer::new(&database.url, &redis.url(), &[]);
        server.resume().await;
        Self { server, redis, database }
    }

    async fn shopper(&self) -> Shopper {
        let id = self.database.make_user("mei");
        let address = self.database.make_address(id);
        let browser = Browser::at(&self.server.url());
        browser.sign_in("mei", PASSWORD).await.expect(303);
        Shopper { id, address, browser }
    }

    /// Starts another process of the same shop.
    async fn opens_another_server(&self) -> TillServer {
        let mut server = TillServer::new(&self.database.url, &self.redis.url(), &[]);
        server.resume().await;
        server
    }

    /// Makes all jobs due, as if the head start and every retry delay were over.
    fn time_passes(&self) {
        self.database.execute("update outbox set due_at = now() where done_at is null");
    }

    /// No job is due until the test says so.
    fn time_stands_still(&self) {
        self.database.execute("update outbox set due_at = now() + interval '1 hour' where done_at is null");
    }

    fn unkept(&self) -> i64 {
        self.database.number("select count(*) from outbox where done_at is null")
    }

    async fn every_promise_is_kept(&self) {
        self.time_passes();
        until("every job is done", || self.unkept() == 0).await;
    }

    /// Places the order; Redis is killed during the commit.
    async fn orders_as_redis_goes_away(&mut self, shopper: &Shopper, form: &OrderForm) -> Answer {
        let mut commits = hold_commits(&self.database);
        let Self { redis, database, .. } = self;
        let going = async {
            until("the order is committed", || commits_held(database) == 1).await;
            redis.kill();
            let_commits_go_on(&mut commits);
        };
        join(shopper.places(form), going).await.0
    }

    /// All data of this shopper's cart in Redis.
    fn cart(&self, shopper: &Shopper) -> Cart {
        let mut redis = self.redis.connect();
        let key = |name: &str| format!("{name}:{{u{}}}", shopper.id);
        let (counts, selected, prices) = (key("cart"), key("selected"), key("prices"));
        let prices: BTreeMap<i64, String> = redis.hgetall(prices).unwrap();
        Cart {
            counts: redis.hgetall(counts).unwrap(),
            selected: redis.smembers(selected).unwrap(),
            priced: prices.into_keys().collect(),
        }
    }
}

/// From now on commits wait until the returned connection releases its lock, or until their statement timeout.
fn hold_commits(database: &Database) -> PgConnection {
    database.execute(
        "create function wait() returns trigger language plpgsql as $$
         begin
            while not pg_try_advisory_xact_lock(1) loop perform pg_sleep(0.01); end loop;
            return null;
         end $$;
         create constraint trigger wait after insert on orders deferrable initially deferred
            for each row execute function wait()",
    );
    let mut holder = database.connect();
    holder.batch_execute("select pg_advisory_lock(1)").unwrap();
    holder
}

fn commits_held(database: &Database) -> i64 {
    database
        .number("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'")
}

fn let_commits_go_on(holder: &mut PgConnection) {
    holder.batch_execute("select pg_advisory_unlock(1)").unwrap();
}

#[derive(Debug, PartialEq, Eq)]
struct Cart {
    counts: BTreeMap<i64, i64>,
    selected: BTreeSet<i64>,
    priced: BTreeSet<i64>,
}

/// A cart with these entries, all selected except the last `unselected` ones.
fn cart<const N: usize>(entries: [(SkuId, i64); N], unselected: usize) -> Cart {
    let skus = || entries.iter().map(|(sku, _)| sku.0);
    Cart {
        counts: entries.iter().map(|(sku, count)| (sku.0, *count)).collect(),
        selected: skus().take(N - unselected).collect(),
        priced: skus().collect(),
    }
}

#[actix_web::test]
async fn when_redis_is_back_the_cart_page_shows_nothing_that_was_bought_before_a_worker_comes() {
    let mut shop = Shop::open(RedisServer::lasting()).await;
    let [bought, kept] = ["20.00", "30.00"].map(|price| shop.database.make_sku(50, price));
    let mei = shop.shopper().await;
    mei.puts_in_cart(bought, 3).await;
    mei.puts_in_cart(kept, 1).await;
    mei.browser.post(&format!("/cart/entries/{kept}/selection"), &[("selected", "false")]).await.expect(303);
    let form = mei.opens_checkout().await;
    shop.orders_as_redis_goes_away(&mei, &form).await.expect(303);
    shop.time_stands_still();
    shop.redis.resume();
    assert_eq!(shop.cart(&mei), cart([(bought, 3), (kept, 1)], 1), "the cart is as it was");

    let page = mei.browser.get("/cart").await.expect(200);
    assert!(!page.body.contains(&format!("/cart/entries/{bought}/removal")), "{page}");
    assert_eq!(shop.cart(&mei), cart([(kept, 1)], 1));
    until("the job is done", || shop.unkept() == 0).await;
}

#[actix_web::test]
async fn when_redis_goes_away_at_the_commit_the_order_stands_and_a_worker_clears_the_cart() {
    let mut shop = Shop::open(RedisServer::lasting()).await;
    let [raised, gone, kept] = ["20.00", "30.00", "40.00"].map(|price| shop.database.make_sku(50, price));
    let mei = shop.shopper().await;
    for (sku, count) in [(raised, 3), (gone, 2), (kept, 1)] {
        mei.puts_in_cart(sku, count).await;
    }
    mei.browser.post(&format!("/cart/entries/{kept}/selection"), &[("selected", "false")]).await.expect(303);
    let form = mei.opens_checkout().await;

    let placed = order_number(&shop.orders_as_redis_goes_away(&mei, &form).await.expect(303));
    shop.time_stands_still();
    assert_eq!(shop.database.texts("select number from orders"), [placed]);

    shop.redis.resume();
    assert_eq!(shop.cart(&mei), cart([(raised, 3), (gone, 2), (kept, 1)], 1), "the cart is as it was");
    mei.puts_in_cart(raised, 4).await;
    shop.every_promise_is_kept().await;
    // An entry whose count was raised keeps the difference; an entry at zero is removed with its selection and price.
    assert_eq!(shop.cart(&mei), cart([(raised, 4), (kept, 1)], 1));
    shop.database.assert_reconciled();
}

#[actix_web::test]
async fn a_second_run_takes_nothing_more_out_of_the_cart() {
    let mut shop = Shop::open(RedisServer::lasting()).await;
    let sku = shop.database.make_sku(50, "20.00");
    let mei = shop.shopper().await;
    mei.puts_in_cart(sku, 3).await;
    let form = mei.opens_checkout().await;
    shop.orders_as_redis_goes_away(&mei, &form).await.expect(303);
    shop.redis.resume();
    shop.every_promise_is_kept().await;

    mei.puts_in_cart(sku, 2).await;
    // As if the marks of done jobs were lost in a crash.
    shop.database.execute("update outbox set done_at = null");
    shop.every_promise_is_kept().await;
    assert_eq!(shop.cart(&mei), cart([(sku, 2)], 0));
}

#[actix_web::test]
async fn when_a_process_dies_at_the_commit_a_worker_of_another_clears_the_cart() {
    let mut shop = Shop::open(RedisServer::lasting()).await;
    let sku = shop.database.make_sku(50, "20.00");
    let mei = shop.shopper().await;
    mei.puts_in_cart(sku, 3).await;
    let form = mei.opens_checkout().await;
    let mut commits = hold_commits(&shop.database);

    let Shop { server, database, .. } = &mut shop;
    let dying = async {
        until("the order is committed", || commits_held(database) == 1).await;
        server.kill();
    };
    let placing = mei.browser.try_send(mei.browser.form("/checkout", &form.fields()));
    let (answer, ()) = join(placing, dying).await;
    assert!(answer.is_err(), "nobody is left to answer");
    assert_eq!(shop.database.number("select count(*) from orders"), 0);
    let_commits_go_on(&mut commits);
    until("there is the order", || shop.unkept() == 1).await;
    shop.time_stands_still();
    assert_eq!(shop.cart(&mei), cart([(sku, 3)], 0), "nobody has cleared the cart");

    let other = shop.opens_another_server().await;
    shop.every_promise_is_kept().await;
    assert_eq!(shop.cart(&mei), cart([], 0));

    // The shopper got no response. The button, pressed again, leads to that order.
    let mei = Shopper { browser: mei.browser.towards(&other.url()), ..mei };
    let number = order_number(&mei.places(&form).await.expect(303));
    assert_eq!(shop.database.texts("select number from orders"), [number]);
    shop.database.assert_reconciled();
}

#[actix_web::test]
async fn a_redis_that_comes_back_empty_is_no_error() {
    let mut shop = Shop::open(RedisServer::start()).await;
    let sku = shop.database.make_sku(50, "20.00");
    let mei = shop.shopper().await;
    mei.puts_in_cart(sku, 3).await;
    let form = mei.opens_checkout().await;
    let placed = order_number(&shop.orders_as_redis_goes_away(&mei, &form).await.expect(303));

    shop.redis.resume();
    shop.every_promise_is_kept().await;
    assert_eq!(shop.cart(&mei), cart([], 0));

    mei.browser.sign_in("mei", PASSWORD).await.expect(303);
    mei.browser.page(&format!("/orders/{placed}")).await;
    mei.puts_in_cart(sku, 1).await;
    let next = mei.orders().await;
    assert_eq!(shop.database.texts("select number from orders order by id"), [placed, next]);
    shop.database.assert_reconciled();
}

#[actix_web::test]
async fn a_promise_that_failed_too_often_stays_and_is_tried_no_more() {
    let mut shop = Shop::open(RedisServer::lasting()).await;
    let sku = shop.database.make_sku(50, "20.00");
    let mei = shop.shopper().await;
    mei.puts_in_cart(sku, 3).await;
    let form = mei.opens_checkout().await;
    let number = order_number(&shop.orders_as_redis_goes_away(&mei, &form).await.expect(303));
    // The job has one attempt left and an invalid payload. (Redis being away would not count as an attempt.)
    shop.database.execute("update outbox set attempts = 15, payload = payload || '{\"order\": \"none\"}'");
    shop.time_passes();
    let failed = "select count(*) from outbox where attempts = 16 and done_at is null and last_error is not null";
    until("the last try has failed", || shop.database.number(failed) == 1).await;

    shop.database.execute(&format!("update outbox set payload = payload || '{{\"order\": \"{number}\"}}'"));
    shop.redis.resume();
    // Another job, due later, is performed: so a worker ran, and left this one alone.
    shop.database.execute(
        "update outbox set due_at = now() - interval '1 minute';
         insert into outbox (kind, payload, due_at) select kind, payload || '{\"bought\": []}', now() from outbox;
         update outbox set payload = payload || '{\"order\": \"20261121093000000000001ABCDEF\"}' where attempts = 0",
    );
    until("the other one is kept", || shop.unkept() == 1).await;
    assert_eq!(shop.database.number(failed), 1);
    assert_eq!(shop.cart(&mei), cart([(sku, 3)], 0));

    // Opening the checkout does not offer the same goods again.
    assert_eq!(mei.browser.get("/checkout").await.expect(303).location(), "/cart");
    assert_eq!(shop.cart(&mei), cart([], 0));
    shop.database.assert_reconciled();
}
