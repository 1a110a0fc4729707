//! A complete shop for one test: its own tables, its own Redis, its own port.

use actix_web::{dev::ServerHandle, rt::System};
use std::{future::pending, net::SocketAddr, ops::Deref, sync::mpsc, thread};
use till::{
    app::Shop,
    config::{Config, Env},
    payments::Gateways,
    platform::{db::Db, redis},
    store::SettingsCache,
    web,
};

use super::{Browser, Database, Proxy, RedisServer};

/// The proxies between a shop and its PostgreSQL and Redis.
pub struct Proxies {
    pub database: Proxy,
    pub redis: Proxy,
}

/// The application in this process, with HTTP on its own port. Everything is removed when it is dropped.
pub struct TestShop {
    // Dropped in this order, after the proxies: first the server, then the services that it uses.
    server: Server,
    proxies: Option<Proxies>,
    pub redis: RedisServer,
    pub database: Database,
    config: Config,
}

impl Drop for TestShop {
    fn drop(&mut self) {
        // The server waits for what it has sent to PostgreSQL and Redis.
        self.proxies = None;
    }
}

impl TestShop {
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A shop without limits of one account, for tests that repeat something with the same users.
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

    /// A shop with these settings, named as in the environment. By default it offers both pay methods, since only
    /// online payment leads to an order that waits to be paid.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::migrated(), RedisServer::start(), settings, false)
    }

    /// A shop that reaches PostgreSQL and Redis through proxies, which can fail.
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
            _ => said(name).or_else(|| alipay_setting(name).map(str::to_owned)),
        };
        let config = Config::read(&Env(&find)).unwrap();
        Self { server: Server::start(config.clone()), proxies, redis, database, config }
    }

    /// Stops the server at once and starts it again on another port: requests in progress are dropped, stored data is
    /// kept.
    pub fn reopen(&mut self) {
        self.server.stop();
        self.server = Server::start(self.config.clone());
    }

    /// A second server of this shop, as another process would be one.
    pub fn other_server(&self) -> OtherServer {
        OtherServer(Server::start(self.config.clone()))
    }

    /// The proxies of a shop [behind them](Self::behind_proxies).
    pub fn proxies(&self) -> &Proxies {
        self.proxies.as_ref().expect("a shop behind proxies")
    }

    /// The settings that it was started with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A new visitor.
    pub fn visitor(&self) -> Browser {
        Browser::at(&self.url())
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
}

/// Fixtures and queries use its database.
impl Deref for TestShop {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

/// The keys of the shop and of the gateway, made for tests alone; at the gateway's address nobody answers.
pub fn alipay_setting(name: &str) -> Option<&'static str> {
    Some(match name {
        "ALIPAY_APP_ID" => "2026000000000001",
        "ALIPAY_SELLER_ID" => "2088000000000001",
        "ALIPAY_PRIVATE_KEY" => include_str!("keys/app_private.pem"),
        "ALIPAY_PUBLIC_KEY" => include_str!("keys/gateway_public.pem"),
        "ALIPAY_GATEWAY" => "http://127.0.0.1:1/gateway.do",
        _ => return None,
    })
}

/// Another server of a [`TestShop`].
pub struct OtherServer(Server);

impl OtherServer {
    /// A new visitor.
    pub fn visitor(&self) -> Browser {
        Browser::at(&format!("http://{}", self.0.address))
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
                let gateways = Gateways::open(config.alipay.as_ref()).unwrap();
                let settings = SettingsCache::open(&db, &config.first_settings).await.unwrap();
                let shop = Shop::open(config, db, redis, gateways, settings);
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
    /// The stop is requested at once; what remains is to wait for it.
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
