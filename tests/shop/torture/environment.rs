//! The servers of the crash test, separate from those of all other tests, and their crashes.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use rand::{Rng, rngs::StdRng};
use std::{fmt, time::Duration};
use till::kernel::SkuId;
use tokio::time::sleep;

use crate::support::{Database, PostgresServer, RedisServer, TillServer};

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
}

impl Crash {
    pub const ALL: [Self; 5] =
        [Self::Server, Self::Postgres, Self::RedisStopped, Self::RedisKilled, Self::RedisEmptied];
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server killed",
            Self::Postgres => "PostgreSQL killed",
            Self::RedisStopped => "Redis stopped",
            Self::RedisKilled => "Redis killed",
            Self::RedisEmptied => "Redis emptied",
        })
    }
}

pub struct Environment {
    // Dropped in this order: first the servers, then the services that they use.
    pub servers: [TillServer; 2],
    pub database: Database,
    pub redis: RedisServer,
    postgres: PostgresServer,
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
        let server = || TillServer::new(&postgres.url(), &redis.url(), &SETTINGS);
        let servers = [server(), server()];
        let plenty = goods(&database, &["Cup", "Pot", "Tray", "Jar"], 1_000_000);
        let scarce = goods(&database, &["Rare cup"], 0);
        Self { servers, database, redis, postgres, open: 0, plenty, scarce }
    }

    /// Acts as if days had passed between two rounds: orders were sent, and expired orders no longer count. So no
    /// shopper has reached a limit.
    pub fn send_orders(&self) {
        self.database.execute(
            "update orders set status = 'unreceived', sent_at = now() where status = 'unsent';
             update orders set canceled_at = canceled_at - interval '2 days', expires_at = expires_at - interval '2 days'
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
        }
    }
}

/// Acts as if so much time had passed that every open job is due, and every unpaid order has expired.
pub fn let_time_pass(database_url: &str) {
    // PostgreSQL may be down just now.
    let Ok(mut conn) = PgConnection::establish(database_url) else { return };
    let _ = conn.batch_execute(
        "set lock_timeout = '200ms';
         update outbox set due_at = now() where done_at is null and due_at > now();
         update orders set expires_at = now() where status = 'unpaid' and expires_at > now()",
    );
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
