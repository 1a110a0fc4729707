//! Commits that succeeded but whose response was lost.
//!
//! To make them, PostgreSQL is told to wait for a standby that does not exist: it waits after the commit is on its own
//! disk, and a connection that ends then ends without a response.

use diesel::connection::SimpleConnection;
use futures_util::future::join;

use crate::support::{
    Answer, Browser, Database, OrderForm, PASSWORD, PostgresServer, RedisServer, Shopper, TillServer, order_number,
    until,
};

/// A shop with a PostgreSQL server of its own.
struct Shop {
    server: TillServer,
    redis: RedisServer,
    database: Database,
    postgres: PostgresServer,
}

impl Shop {
    async fn open() -> Self {
        let (postgres, redis) = (PostgresServer::start().await, RedisServer::lasting());
        let database = Database::in_own_server(&postgres.url());
        let mut server = TillServer::new(&database.url, &redis.url(), &[]);
        server.resume().await;
        Self { server, redis, database, postgres }
    }

    /// A shopper with three of the only SKU in the cart, and the checkout open.
    async fn shopper(&self) -> (Shopper, OrderForm) {
        let sku = self.database.make_sku(50, "20.00");
        let id = self.database.make_user("mei");
        let address = self.database.make_address(id);
        let browser = Browser::at(&self.server.url());
        browser.sign_in("mei", PASSWORD).await.expect(303);
        let mei = Shopper { id, address, browser };
        mei.puts_in_cart(sku, 3).await;
        let form = mei.opens_checkout().await;
        (mei, form)
    }

    /// From now on commits get no response.
    fn hold_answers(&self) {
        self.set("alter system set synchronous_standby_names = 'nobody'");
    }

    fn let_answers_go(&self) {
        self.set("alter system reset synchronous_standby_names");
    }

    fn set(&self, setting: &str) {
        let mut conn = self.database.connect();
        conn.batch_execute(setting).unwrap();
        conn.batch_execute("select pg_reload_conf()").unwrap();
    }

    fn in_cart(&self, shopper: &Shopper) -> i64 {
        let counts: Vec<i64> =
            redis::cmd("HVALS").arg(format!("cart:{{u{}}}", shopper.id)).query(&mut self.redis.connect()).unwrap();
        counts.iter().sum()
    }
}

/// The number of orders that wait for the response to their commit.
fn unanswered(database: &Database) -> i64 {
    database.number("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
}

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_found_by_its_token() {
    let shop = Shop::open().await;
    let (mei, form) = shop.shopper().await;
    shop.hold_answers();

    let cutting = async {
        until("the order is committed", || unanswered(&shop.database) == 1).await;
        shop.database
            .number("select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'");
    };
    let (placed, ()) = join(mei.places(&form), cutting).await;
    shop.let_answers_go();

    let number = order_number(&placed.expect(303));
    assert_eq!(shop.database.texts("select number from orders"), [number]);
    assert_eq!(shop.in_cart(&mei), 0);
    shop.database.assert_reconciled();
}

#[actix_web::test]
async fn a_cart_whose_order_nobody_knows_of_yet_is_not_bought_again() {
    let mut shop = Shop::open().await;
    let (mei, form) = shop.shopper().await;
    shop.hold_answers();

    let Shop { postgres, database, .. } = &mut shop;
    let killing = async {
        until("the order is committed", || unanswered(database) == 1).await;
        postgres.kill();
    };
    let (answer, ()) = join(mei.places(&form), killing).await;
    answer.expect(503);
    shop.postgres.resume().await;
    shop.let_answers_go();
    assert_eq!(shop.database.number("select count(*) from orders"), 1);

    // Another checkout of the same cart, with an invented token.
    let other = OrderForm { token: "a-token-of-my-own-making".into(), ..form.clone() };
    let answer: Answer = mei.places(&other).await;
    assert!(matches!(answer.status, 422 | 503), "{answer}");
    // The first checkout, sent again, leads to its order.
    let number = order_number(&mei.places(&form).await.expect(303));
    assert_eq!(shop.database.texts("select number from orders"), [number]);
    assert_eq!(shop.in_cart(&mei), 0);
    shop.database.assert_reconciled();
}
