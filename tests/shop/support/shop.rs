//! A whole shop for one test: its own tables, its own Redis, its own address.

use actix_web::{dev::ServerHandle, rt::System};
use std::{future::pending, net::SocketAddr, ops::Deref, sync::mpsc, thread};
use till::{
    app::Shop,
    config::{Config, Env},
    platform::{db::Db, redis},
    web,
};

use super::{Browser, Database, RedisServer};

/// The application itself, in this process, answering HTTP on a port of its own. All of it is gone when it is dropped.
pub struct TestShop {
    // Dropped in this order: the server first, then what it stands on.
    server: Server,
    pub redis: RedisServer,
    pub database: Database,
    config: Config,
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
        let (database, redis) = (Database::migrated(), RedisServer::start());
        let said = |name: &str| settings.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let find = |name: &str| match name {
            "DATABASE_URL" => Some(database.url.clone()),
            "REDIS_URL" => Some(redis.url()),
            "WORKERS" => Some("2".to_owned()),
            _ => said(name).or_else(|| (name == "PAY_METHODS").then(|| "cod,alipay".to_owned())),
        };
        let config = Config::read(&Env(&find)).unwrap();
        Self { server: Server::start(config.clone()), redis, database, config }
    }

    /// Stops it where it is and opens it again, at another address: what it had in hand is dropped, what it had written is
    /// there.
    pub fn reopen(&mut self) {
        self.server.stop();
        self.server = Server::start(self.config.clone());
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
