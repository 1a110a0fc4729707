//! A whole shop for one test: its own tables, its own Redis, its own address.

use actix_web::{dev::ServerHandle, rt::System};
use std::{future::pending, net::SocketAddr, ops::Deref, sync::mpsc, thread};
use till::{
    app::Shop,
    config::{Config, Env},
    platform::{db::Db, redis},
    web,
};

use super::{Browser, Database, Proxy, RedisServer};

/// Between a shop and what it stands on.
pub struct Proxies {
    pub database: Proxy,
    pub redis: Proxy,
}

/// The application itself, in this process, answering HTTP on a port of its own. All of it is gone when it is dropped.
pub struct TestShop {
    // Dropped in this order, after the proxies: the server first, then what it stands on.
    server: Server,
    proxies: Option<Proxies>,
    pub redis: RedisServer,
    pub database: Database,
    config: Config,
}

impl Drop for TestShop {
    fn drop(&mut self) {
        // The server waits for what it has asked PostgreSQL and Redis.
        self.proxies = None;
    }
}

impl TestShop {
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A shop where one account may hold and do as much as it likes, for what is tried again and again with the same people.
    pub async fn unbounded() -> Self {
        let any = [
            "MAX_OPEN_ORDERS",
            "MAX_OPEN_PER_SKU",
            "MAX_OPEN_PER_PRODUCT",
            "MAX_EXPIRED_ORDERS",
            "CHECKOUT_RATE_PER_ACCOUNT",
            "CART_RATE_PER_ACCOUNT",
        ];
        Self::with(&any.map(|name| (name, "0"))).await
    }

    /// A shop with some settings of its own, named as in the environment. Unless they say otherwise, both pay methods are
    /// offered: there is no other way to an order that waits to be paid.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::migrated(), RedisServer::start(), settings, false)
    }

    /// A shop that reaches PostgreSQL and Redis through proxies, which can be told to fail.
    pub async fn behind_proxies(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::migrated(), RedisServer::start(), settings, true)
    }

    fn on(database: Database, redis: RedisServer, settings: &[(&str, &str)], behind_proxies: bool) -> Self {
        let (mut database_url, mut redis_url) = (database.url.clone(), redis.url());
        let proxies = behind_proxies.then(|| {
            let (to_database, url) = Proxy::to_database(&database_url);
            let to_redis = Proxy::to_socket(redis.socket().to_str().unwrap());
            (database_url, redis_url) = (url, to_redis.redis_url());
            Proxies { database: to_database, redis: to_redis }
        });
        let said = |name: &str| settings.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let find = |name: &str| match name {
            "DATABASE_URL" => Some(database_url.clone()),
            "REDIS_URL" => Some(redis_url.clone()),
            "WORKERS" => Some("2".to_owned()),
            _ => said(name).or_else(|| (name == "PAY_METHODS").then(|| "cod,alipay".to_owned())),
        };
        let config = Config::read(&Env(&find)).unwrap();
        Self { server: Server::start(config.clone()), proxies, redis, database, config }
    }

    /// Stops it where it is and opens it again, at another address: what it had in hand is dropped, what it had written is
    /// there.
    pub fn reopen(&mut self) {
        self.server.stop();
        self.server = Server::start(self.config.clone());
    }

    /// The proxies of a shop [behind them](Self::behind_proxies).
    pub fn proxies(&self) -> &Proxies {
        self.proxies.as_ref().expect("a shop behind proxies")
    }

    /// What it was opened with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Somebody who has never been here.
    pub fn visitor(&self) -> Browser {
        Browser::at(&self.url())
    }

    /// Without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
}

/// Goods, people and questions go to its database.
impl Deref for TestShop {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(config: Config) -> Self {
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let db = Db::connect(&config.stores.database_url, config.stores.database_pool).unwrap();
                let redis = redis::connect(&config.stores.redis_url).await.unwrap();
                let shop = Shop::open(config, db, redis);
                let options = shop.server_options();
                let listener = web::listen(SocketAddr::from(([127, 0, 0, 1], 0)), &options).unwrap();
                let address = listener.local_addr().unwrap();
                let running = web::server(listener, options, move || shop.clone().app(), pending()).unwrap();
                tell.send((address, running.handle())).unwrap();
                running.await.unwrap();
            });
        });
        let (address, handle) = told.recv().expect("the shop opens");
        Self { address, handle, thread: Some(thread) }
    }
}

impl Server {
    /// The order is given at once; what is left is to wait for it to be followed.
    fn stop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
