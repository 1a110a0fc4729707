//! The servers of the crash test, all of its own, and how they crash.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use rand::{Rng, rngs::StdRng};
use std::{fmt, time::Duration};
use till::kernel::SkuId;
use tokio::time::sleep;

use crate::support::{Database, PostgresServer, RedisServer, TillServer};

/// What happens to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// One of the servers, or all, killed.
    Server,
    /// PostgreSQL, every process of it, killed.
    Postgres,
    /// Redis stopped where it is, and let go on.
    RedisStopped,
    /// Redis killed, and started with what it had written down.
    RedisKilled,
    /// Redis lost all its data.
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

pub struct Premises {
    // Dropped in this order: the servers first, then what they stand on.
    pub servers: [TillServer; 2],
    pub database: Database,
    pub redis: RedisServer,
    postgres: PostgresServer,
    open: usize,
    /// Of these there is always enough.
    pub plenty: Vec<Goods>,
    /// These run out.
    pub scarce: Vec<Goods>,
}

/// A SKU and its price.
#[derive(Clone, Copy, Debug)]
pub struct Goods {
    pub sku: SkuId,
    pub price: &'static str,
}

/// All shoppers come from one address, which is not what is tried here; what one account may do stays bounded.
const SETTINGS: [(&str, &str); 5] = [
    ("WORKERS", "2"),
    ("UNPAID_MINUTES", "1"),
    ("CHECKOUT_RATE_PER_ADDRESS", "0"),
    ("CART_RATE_PER_ADDRESS", "0"),
    ("SEARCH_RATE_PER_ADDRESS", "0"),
];

impl Premises {
    pub async fn open() -> Self {
        let (postgres, redis) = (PostgresServer::start().await, RedisServer::lasting());
        let database = Database::in_own_server(&postgres.url());
        let server = || TillServer::new(&postgres.url(), &redis.url(), &SETTINGS);
        let servers = [server(), server()];
        let plenty = goods(&database, &["Cup", "Pot", "Tray", "Jar"], 1_000_000);
        let scarce = goods(&database, &["Rare cup"], 0);
        Self { servers, database, redis, postgres, open: 0, plenty, scarce }
    }

    /// The days between two rounds: what was ordered is on its way, and what was not paid in time is forgotten. So each shopper
    /// may order anew as an account may.
    pub fn send_orders(&self) {
        self.database.execute(
            "update orders set status = 'unreceived', sent_at = now() where status = 'unsent';
             update orders set canceled_at = canceled_at - interval '2 days', expires_at = expires_at - interval '2 days'
             where status = 'canceled' and canceled_at > now() - interval '1 day'",
        );
    }

    /// So many servers are open, and no more.
    pub async fn open_doors(&mut self, open: usize) {
        let (opened, closed) = self.servers.split_at_mut(open);
        for server in opened.iter_mut().skip(self.open) {
            server.resume().await;
        }
        closed.iter_mut().for_each(TillServer::kill);
        self.open = open;
    }

    /// The addresses of the servers that are open.
    pub fn doors(&self) -> Vec<String> {
        self.servers.iter().take(self.open).map(TillServer::url).collect()
    }

    /// More of the scarce goods.
    pub fn deliver(&self, count: i32) {
        for Goods { sku, .. } in &self.scarce {
            self.database.execute(&format!(
                "begin;
                 update skus set stock = stock + {count} where id = {sku};
                 insert into stock_movements (sku_id, delta, reason) values ({sku}, {count}, 'delivery');
                 commit"
            ));
        }
    }

    /// It happens, and what crashed comes back after a while.
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

/// As if so much time had passed that every promise is due that nobody has kept, and so is every unpaid order.
pub fn let_time_pass(database_url: &str) {
    // PostgreSQL may be away just now.
    let Ok(mut conn) = PgConnection::establish(database_url) else { return };
    let _ = conn.batch_execute(
        "set lock_timeout = '200ms';
         update outbox set due_at = now() where done_at is null and due_at > now();
         update orders set expires_at = now() where status = 'unpaid' and expires_at > now()",
    );
}

/// Two SKUs of each of these products.
fn goods(database: &Database, products: &[&str], stock: i32) -> Vec<Goods> {
    let price = ["19.90", "64.00"];
    let both = products.iter().flat_map(|name| {
        let spu = database.make_spu(name);
        price.map(|price| Goods { sku: database.make_sku_of(spu, stock, price), price })
    });
    both.collect()
}
