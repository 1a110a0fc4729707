//! The servers of the crash test, separate from those of all other tests, their crashes, and the time that passes.

use chrono::TimeDelta;
use diesel::{Connection as _, PgConnection, connection::SimpleConnection};
use rand::{Rng, rngs::StdRng};
use std::{fmt, time::Duration};
use till::{
    config::{Config, Env},
    jobs::{query_payments, send_refunds},
    kernel::{SkuId, UserId},
    lifecycle,
    payments::Gateways,
    platform::{
        clock,
        db::{Connection, Db},
    },
};
use tokio::time::sleep;

use crate::support::{Cashier, Database, PostgresServer, RedisServer, TillServer, alipay_setting};

/// What crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// One of the servers, or all, by SIGKILL.
    Server,
    /// PostgreSQL with all its processes, by SIGKILL.
    Postgres,
    /// Redis is stopped and continued.
    RedisStopped,
    /// Redis is killed, and started with what it had written to its disk.
    RedisKilled,
    /// Redis loses all its data.
    RedisEmptied,
    /// The cashier, by SIGKILL: it keeps its trades, and forgets whom it had to notify.
    Cashier,
    /// All of these at the same moment, by SIGKILL.
    Everything,
}

impl Crash {
    pub const ALL: [Self; 7] = [
        Self::Server,
        Self::Postgres,
        Self::RedisStopped,
        Self::RedisKilled,
        Self::RedisEmptied,
        Self::Cashier,
        Self::Everything,
    ];
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server killed",
            Self::Postgres => "PostgreSQL killed",
            Self::RedisStopped => "Redis stopped",
            Self::RedisKilled => "Redis killed",
            Self::RedisEmptied => "Redis emptied",
            Self::Cashier => "cashier killed",
            Self::Everything => "everything killed",
        })
    }
}

pub struct Environment {
    // Dropped in this order: first the servers, then the services that they use.
    pub servers: [TillServer; 2],
    pub database: Database,
    pub redis: RedisServer,
    pub cashier: Cashier,
    postgres: PostgresServer,
    gateways: Gateways,
    /// Who refunds and cancels orders.
    pub staff: UserId,
    open: usize,
    /// SKUs that do not run out.
    pub plenty: Vec<PricedSku>,
    /// SKUs that run out.
    pub scarce: Vec<PricedSku>,
}

/// A SKU and its price.
#[derive(Clone, Copy, Debug)]
pub struct PricedSku {
    pub sku: SkuId,
    pub price: &'static str,
}

/// All shoppers share one address, whose limits are not tested here; the limits of one account stay.
const SETTINGS: [(&str, &str); 5] = [
    ("WORKERS", "2"),
    ("UNPAID_MINUTES", "1"),
    ("CHECKOUT_RATE_PER_ADDRESS", "0"),
    ("CART_RATE_PER_ADDRESS", "0"),
    ("SEARCH_RATE_PER_ADDRESS", "0"),
];

impl Environment {
    pub async fn open() -> Self {
        let (postgres, redis) = (PostgresServer::start().await, RedisServer::lasting());
        let database = Database::in_own_server(&postgres.url());
        let cashier = Cashier::start();
        let gateway = cashier.gateway();
        let settings = [SETTINGS.as_slice(), &[("ALIPAY_GATEWAY", gateway.as_str())]].concat();
        let server = || TillServer::new(&postgres.url(), &redis.url(), &settings);
        let servers = [server(), server()];
        let gateways = gateways(&gateway);
        let staff = database.make_staff("chen");
        let plenty = goods(&database, &["Cup", "Pot", "Tray", "Jar"], 1_000_000);
        let scarce = goods(&database, &["Rare cup"], 0);
        Self { servers, database, redis, cashier, postgres, gateways, staff, open: 0, plenty, scarce }
    }

    /// Acts as if days had passed between two rounds: orders were sent, and expired orders no longer count. So no
    /// shopper has reached a limit. What was refunded completely before it was sent is not sent.
    pub fn send_orders(&self) {
        self.database.send_orders("o.refunded_amount < o.paid_amount or o.paid_amount = 0");
        self.database.execute(
            "update orders set canceled_at = canceled_at - interval '2 days', expires_at = expires_at - interval '2 days'
             where status = 'canceled' and canceled_at > now() - interval '1 day'",
        );
    }

    /// Makes this many servers run, and stops the others.
    pub async fn run_servers(&mut self, open: usize) {
        let (opened, closed) = self.servers.split_at_mut(open);
        for server in opened.iter_mut().skip(self.open) {
            server.resume().await;
        }
        closed.iter_mut().for_each(TillServer::kill);
        self.open = open;
    }

    /// The URLs of the running servers.
    pub fn server_urls(&self) -> Vec<String> {
        self.servers.iter().take(self.open).map(TillServer::url).collect()
    }

    /// Adds stock of the scarce SKUs.
    pub fn add_stock(&self, count: i32) {
        for PricedSku { sku, .. } in &self.scarce {
            self.database.execute(&format!(
                "begin;
                 update skus set stock = stock + {count} where id = {sku};
                 insert into stock_movements (sku_id, delta, reason) values ({sku}, {count}, 'delivery');
                 commit"
            ));
        }
    }

    /// Performs the crash, and restarts what crashed after a while.
    pub async fn crash(&mut self, crash: Crash, down: Duration, chance: &mut StdRng) {
        match crash {
            Crash::Server => {
                let first = chance.random_range(0..self.open);
                let killed = if chance.random_bool(0.5) { first..first + 1 } else { 0..self.open };
                let killed = &mut self.servers[killed];
                killed.iter_mut().for_each(TillServer::kill);
                sleep(down).await;
                for server in killed {
                    server.resume().await;
                }
            }
            Crash::Postgres => {
                self.postgres.kill();
                sleep(down).await;
                self.postgres.resume().await;
            }
            Crash::RedisStopped => {
                self.redis.freeze();
                sleep(down).await;
                self.redis.thaw();
            }
            Crash::RedisKilled => {
                self.redis.kill();
                sleep(down).await;
                self.redis.resume();
            }
            Crash::RedisEmptied => {
                let _: () = redis::cmd("FLUSHALL").query(&mut self.redis.connect()).unwrap();
            }
            Crash::Cashier => {
                self.cashier.kill();
                sleep(down).await;
                self.cashier.resume();
            }
            Crash::Everything => {
                self.servers.iter_mut().for_each(TillServer::kill);
                self.postgres.kill();
                self.redis.kill();
                self.cashier.kill();
                sleep(down).await;
                self.cashier.resume();
                self.redis.resume();
                self.postgres.resume().await;
                for server in &mut self.servers[..self.open] {
                    server.resume().await;
                }
            }
        }
    }

    /// Acts as if days had passed after the last shopper has left the cashier, and does what is due then, at the same time
    /// as the servers: asks about attempts and closes them, cancels orders, sends refunds.
    pub async fn let_days_pass(&self) {
        let_time_pass(&self.database.url, 1.0);
        self.database.execute(
            "update payments set expires_at = now() - interval '3 minutes'
             where status = 'open' and expires_at > now() - interval '3 minutes';
             update payments set paid_at = paid_at - interval '25 hours'
             where strange = 'out_of_stock' and paid_at > now() - interval '25 hours'",
        );
        let db = Db::connect(&self.database.url, 2).unwrap();
        let late = |conn: &mut Connection| {
            let now = clock::now();
            lifecycle::cancel_expired(conn, now, 100)?;
            lifecycle::refund_out_of_stock(conn, now - TimeDelta::hours(24), 100, now)
        };
        // If one fails, the checks say what is not done.
        let _ = query_payments(&db, &self.gateways).await;
        let _ = db.run(late).await;
        let _ = send_refunds(&db, &self.gateways).await;
    }
}

/// Acts as if so much time had passed that every open job is due, and that this share of the unpaid orders has expired.
/// Attempts to pay stay open as long as the cashier takes money for them, as if it could not be asked for a quarter of an
/// hour: what is paid there comes late.
pub fn let_time_pass(database_url: &str, expired_share: f64) {
    // PostgreSQL may be down just now.
    let Ok(mut conn) = PgConnection::establish(database_url) else { return };
    let _ = conn.batch_execute(&format!(
        "set lock_timeout = '200ms';
         update outbox set due_at = now() where done_at is null and due_at > now();
         update orders set expires_at = now() - interval '16 minutes'
         where status = 'unpaid' and expires_at > now() - interval '16 minutes' and random() < {expired_share};
         update payments set next_query_at = now() where next_query_at > now();
         update refunds set next_attempt_at = now() where next_attempt_at > now()"
    ));
}

/// The gateways of the servers.
fn gateways(gateway: &str) -> Gateways {
    let find = |name: &str| match name {
        "DATABASE_URL" => Some("postgres:///unused".to_owned()),
        "REDIS_URL" => Some("redis://unused".to_owned()),
        "ALIPAY_GATEWAY" => Some(gateway.to_owned()),
        _ => alipay_setting(name).map(str::to_owned),
    };
    Gateways::open(Config::read(&Env(&find)).unwrap().alipay.as_ref()).unwrap()
}

/// Two SKUs of each of these products.
fn goods(database: &Database, products: &[&str], stock: i32) -> Vec<PricedSku> {
    let price = ["19.90", "64.00"];
    let both = products.iter().flat_map(|name| {
        let spu = database.make_spu(name);
        price.map(|price| PricedSku { sku: database.make_sku_of(spu, stock, price), price })
    });
    both.collect()
}
