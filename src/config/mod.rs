//! Configuration from environment variables, read and checked once at startup.

mod alipay;
mod env;
mod first_settings;
mod limits;
mod mail;

use actix_web::cookie::Key;
use chrono::FixedOffset;
use std::{net::IpAddr, time::Duration};
use url::Url;

use crate::{
    kernel::{Language, Money, PayMethod, PayMethods},
    platform::random,
};

pub use alipay::{AlipayConfig, is_https_or_loopback};
pub use env::{ConfigError, Env};
pub use first_settings::FirstSettings;
pub use limits::{Limits, OrderLimits, Rate};
pub use mail::Mail;

/// The settings of commands that use PostgreSQL and Redis.
#[derive(Clone)]
pub struct Stores {
    /// `DATABASE_URL`: `postgres://user:password@host:port/database`.
    pub database_url: String,
    /// `DATABASE_POOL`: connections to PostgreSQL, 10 if unset.
    pub database_pool: u32,
    /// `REDIS_URL`: `redis://:password@host:port/0`.
    pub redis_url: String,
}

#[derive(Clone)]
pub struct Config {
    pub stores: Stores,
    /// `HOST`: the IP address to listen on, 127.0.0.1 if unset.
    pub host: IpAddr,
    /// `PORT`: the TCP port to listen on, 8080 if unset.
    pub port: u16,
    /// `PUBLIC_URL`: the URL at which browsers reach the shop, `http://localhost:PORT` if unset. With `https` cookies
    /// are Secure.
    pub public_url: Url,
    /// `SESSION_SECRET`: the secret that signs cookies; required with `https`, otherwise random at each start if unset.
    pub session_key: Key,
    /// `BEHIND_PROXY`: the number of trusted proxies that append to `X-Forwarded-For`, 0 if unset; `true` means 1.
    pub trusted_proxies: usize,
    /// `MAX_CONNECTIONS`: maximum number of open connections of all clients, 10,000 if unset.
    pub max_connections: usize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`: maximum number of open connections of one IP address; 0 is no limit. If unset,
    /// 1,000, and no limit for loopback. Ignored behind proxies.
    pub max_connections_per_address: Option<usize>,
    /// `WRITE_TIMEOUT`: a client that reads nothing of a response for so long is disconnected, 30 seconds if unset.
    pub write_timeout: Duration,
    /// `WORKERS`: threads for requests; the number of cores if unset.
    pub workers: Option<usize>,
    /// The shop's settings that the environment gives to a new shop.
    pub first_settings: FirstSettings,
    /// `PAY_METHODS`: the pay methods that shoppers can choose, such as `cod,alipay`; all if unset. `alipay` is left
    /// out if the settings of Alipay are missing.
    pub pay_methods: PayMethods,
    pub alipay: Option<AlipayConfig>,
    /// `UTC_OFFSET`: the shop's time zone, `+08:00` if unset.
    pub zone: FixedOffset,
    /// `SMTP_URL`: the server that sends emails. If unset, no emails are sent; a shop that only this machine can reach
    /// then shows them at `/dev/mailbox`.
    pub mail: Mail,
    /// `METRICS_TOKEN`: the bearer token for `/metrics`, which is disabled if unset.
    pub metrics_token: Option<String>,
    /// `SHOP_LANGUAGE` (`en`, `zh`): the language of pages for browsers that name no supported one, and in which
    /// products must have a name. If unset, names are required in the language of the staff page.
    pub shop_language: Option<Language>,
    /// `CHECKOUT_QUEUE`: how many checkouts may wait for a database transaction, 8192 if unset; one more gets a 503.
    pub checkout_queue: usize,
    /// True if `HOST` and `PUBLIC_URL` let only this machine reach the shop: then demo sign-ins and the mailbox are
    /// allowed.
    pub is_local: bool,
    pub limits: Limits,
    /// `TILL_DEMO`: print the user names and passwords of the demo accounts at startup; false if unset.
    pub demo: bool,
}

fn is_local(host: IpAddr, public_url: &Url) -> bool {
    let name = public_url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let named = name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    host.is_loopback() && named && public_url.scheme() == "http"
}

/// Reads `DATABASE_URL`, the only setting that most commands need.
pub fn database_url(env: &Env<'_>) -> Result<String, ConfigError> {
    env.database_url("DATABASE_URL", "postgres://user:password@host:5432/till")
}

/// Reads the settings of Alipay, for commands that need no other settings; `None` if they are not set.
pub fn alipay(env: &Env<'_>) -> Result<Option<AlipayConfig>, ConfigError> {
    AlipayConfig::read(env)
}

impl Stores {
    /// Reads the settings of PostgreSQL and Redis; fails with the first that is missing or invalid.
    pub fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            database_url: database_url(env)?,
            database_pool: env
                .parse_or("DATABASE_POOL", 10, "a number of connections from 1 to 100", |n| (1..=100).contains(n))?,
            redis_url: env.url("REDIS_URL", &["redis", "redis+unix"], "redis://:password@host:6379/0")?,
        })
    }
}

impl Config {
    /// Reads all settings of the server; fails with the first that is missing or invalid.
    pub fn read(env: &Env<'_>) -> Result<Self, ConfigError> {
        let stores = Stores::read(env)?;
        let port = env.parse_or("PORT", 8080, "a port number from 1 to 65535", |n| *n > 0)?;
        let public_url = env.parse_or(
            "PUBLIC_URL",
            local_url(port),
            "the shop's address such as https://shop.example",
            |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/",
        )?;
        let session_key = session_key(env, &public_url)?;
        let host = env.parse_or("HOST", IpAddr::from([127, 0, 0, 1]), "an IP address such as 0.0.0.0", |_| true)?;
        let is_local = is_local(host, &public_url);
        let mail = Mail::read(env, is_local)?;
        let alipay = AlipayConfig::read(env)?;
        Ok(Self {
            stores,
            host,
            is_local,
            port,
            public_url,
            session_key,
            trusted_proxies: trusted_proxies(env)?,
            max_connections: env.parse_or(
                "MAX_CONNECTIONS",
                10_000,
                "a number of connections from 1 to 1000000",
                |n| (1..=1_000_000).contains(n),
            )?,
            max_connections_per_address: env.parse(
                "MAX_CONNECTIONS_PER_ADDRESS",
                "a number of connections from 0 to 1000000",
                |n| *n <= 1_000_000,
            )?,
            write_timeout: Duration::from_secs(env.parse_or(
                "WRITE_TIMEOUT",
                30,
                "a number of seconds from 1 to 600",
                |n| (1..=600).contains(n),
            )?),
            workers: env.parse("WORKERS", "a number of threads from 1 to 256", |n| (1..=256).contains(n))?,
            first_settings: FirstSettings::read(env)?,
            pay_methods: pay_methods(env, alipay.is_some())?,
            alipay,
            zone: env.parse_or("UTC_OFFSET", beijing(), "an offset such as +08:00", |_| true)?,
            mail,
            metrics_token: metrics_token(env)?,
            shop_language: env.parse("SHOP_LANGUAGE", "a language: en or zh", |_| true)?,
            checkout_queue: env.parse_or("CHECKOUT_QUEUE", 8192, "a number of checkouts from 1 to 100000", |n| {
                (1..=100_000).contains(n)
            })?,
            limits: Limits::read(env)?,
            demo: env.parse_or("TILL_DEMO", false, "true or false", |_| true)?,
        })
    }

    /// Returns whether the shop is reached by `https`.
    pub fn secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Reads the offered pay methods. Leaves out `alipay` if the settings of Alipay are missing; fails if no pay method is
/// left.
fn pay_methods(env: &Env<'_>, has_alipay: bool) -> Result<PayMethods, ConfigError> {
    let listed: Option<PayMethods> = env.parse("PAY_METHODS", "a list such as cod, or cod,alipay", |_| true)?;
    let listed = listed.unwrap_or_else(PayMethods::all);
    if has_alipay {
        return Ok(listed);
    }
    listed.without(PayMethod::Alipay).ok_or_else(|| ConfigError {
        name: "PAY_METHODS",
        problem: "alipay needs ALIPAY_APP_ID, ALIPAY_SELLER_ID, ALIPAY_PRIVATE_KEY and ALIPAY_PUBLIC_KEY".to_owned(),
    })
}

const AMOUNT: &str = "an amount such as 10.00";

fn local_url(port: u16) -> Url {
    let mut url = beginning();
    let _ = url.set_port(Some(port));
    url
}

#[allow(clippy::expect_used, reason = "a constant")]
fn beginning() -> Url {
    Url::parse("http://localhost/").expect("an address")
}

fn yuan(amount: i64) -> Money {
    Money::new(amount.into()).unwrap_or_default()
}

#[allow(clippy::expect_used, reason = "a constant")]
fn beijing() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset")
}

fn session_key(env: &Env<'_>, public_url: &Url) -> Result<Key, ConfigError> {
    const NAME: &str = "SESSION_SECRET";
    match env.text(NAME) {
        Some(secret) if secret.len() >= 64 => Ok(Key::derive_from(secret.as_bytes())),
        Some(_) => Err(ConfigError { name: NAME, problem: "expected 64 random characters or more".into() }),
        None if public_url.scheme() == "https" => Err(ConfigError {
            name: NAME,
            problem: "not set; expected 64 random characters or more, kept the same from start to start".into(),
        }),
        None => Ok(Key::from(&random::random_bytes::<64>())),
    }
}

fn trusted_proxies(env: &Env<'_>) -> Result<usize, ConfigError> {
    const NAME: &str = "BEHIND_PROXY";
    match env.text(NAME).as_deref() {
        None | Some("false") => Ok(0),
        Some("true") => Ok(1),
        Some(_) => env.parse_or(NAME, 0, "true, false or a number of proxies from 0 to 16", |n| *n <= 16),
    }
}

fn metrics_token(env: &Env<'_>) -> Result<Option<String>, ConfigError> {
    match env.text("METRICS_TOKEN") {
        Some(token) if token.len() < 20 || !token.bytes().all(|b| b.is_ascii_graphic()) => {
            Err(ConfigError { name: "METRICS_TOKEN", problem: "expected 20 random characters or more".into() })
        }
        token => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, String> {
        let find = |name: &str| settings.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Config::read(&Env(&find)).map_err(|error| error.to_string())
    }

    const STORES: [(&str, &str); 2] =
        [("DATABASE_URL", "postgres://till@localhost/till"), ("REDIS_URL", "redis://localhost")];

    fn with(more: &[(&'static str, &'static str)]) -> Result<Config, String> {
        read(&[&STORES, more].concat())
    }

    #[test]
    fn alipay_has_all_of_its_settings_or_none() {
        let all = [
            ("ALIPAY_APP_ID", "2021"),
            ("ALIPAY_SELLER_ID", "2088"),
            ("ALIPAY_PRIVATE_KEY", "secret key"),
            ("ALIPAY_PUBLIC_KEY", "key"),
        ];
        let config = with(&all).unwrap();
        assert_eq!(config.alipay.unwrap().gateway.as_str(), "https://openapi.alipay.com/gateway.do");
        assert_eq!(config.pay_methods.iter().count(), 2);
        assert_eq!(with(&[]).unwrap().pay_methods, PayMethods::default());
        for (missing, (name, _)) in all.iter().enumerate() {
            let others: Vec<_> =
                all.iter().copied().enumerate().filter(|(n, _)| *n != missing).map(|(_, s)| s).collect();
            let error = with(&others).err().unwrap();
            assert!(error.starts_with(&format!("{name}: not set")) && !error.contains("secret"), "{error}");
        }
        for wrong in ["http://openapi.alipay.com/gateway.do", "ftp://127.0.0.1/", "x"] {
            assert!(with(&[&all[..], &[("ALIPAY_GATEWAY", wrong)]].concat()).is_err(), "{wrong}");
        }
        for local in ["http://127.0.0.1:8090/gateway.do", "http://localhost:8090/", "http://[::1]:8090/"] {
            assert!(with(&[&all[..], &[("ALIPAY_GATEWAY", local)]].concat()).is_ok(), "{local}");
        }
        assert!(with(&[("PAY_METHODS", "alipay")]).err().unwrap().starts_with("PAY_METHODS: alipay needs"));
        let both = [("ALIPAY_PRIVATE_KEY", "key"), ("ALIPAY_PRIVATE_KEY_FILE", "/nowhere")];
        assert!(with(&both).err().unwrap().starts_with("ALIPAY_PRIVATE_KEY_FILE: "));
        let nowhere = [("ALIPAY_PUBLIC_KEY_FILE", "/nowhere")];
        assert!(with(&nowhere).err().unwrap().contains("/nowhere cannot be read"));
    }

    #[test]
    fn two_addresses_are_all_a_start_needs() {
        let config = with(&[]).unwrap();
        assert_eq!(config.port, 8080);
        assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
        assert_eq!(config.first_settings.freight.charge.plain(), "10.00");
        assert!(!config.secure());
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_it_should_be() {
        let said = |more| with(more).err().unwrap();
        assert!(read(&[]).err().unwrap().starts_with("DATABASE_URL: not set; expected postgres://"));
        assert_eq!(said(&[("PORT", "shop")]), "PORT: \"shop\" is not a port number from 1 to 65535");
        assert_eq!(said(&[("PORT", "0")]), "PORT: \"0\" is not a port number from 1 to 65535");
        assert_eq!(
            said(&[("PAY_METHODS", "cod,gold")]),
            "PAY_METHODS: \"cod,gold\" is not a list such as cod, or cod,alipay"
        );
        assert_eq!(said(&[("FREIGHT", "-1")]), "FREIGHT: \"-1\" is not an amount such as 10.00");
        assert!(said(&[("PUBLIC_URL", "https://shop.example")]).starts_with("SESSION_SECRET: not set"));
        assert_eq!(said(&[("SHOP_LANGUAGE", "fr")]), "SHOP_LANGUAGE: \"fr\" is not a language: en or zh");
        assert!(said(&[("SESSION_SECRET", "short")]).starts_with("SESSION_SECRET: expected 64"));
        assert_eq!(
            said(&[("BEHIND_PROXY", "yes")]),
            "BEHIND_PROXY: \"yes\" is not true, false or a number of proxies from 0 to 16"
        );
        assert!(said(&[("STOCK_PASSWORD_FROM", "0")]).contains("\"0\" is not a number of units from 1"));
        assert_eq!(
            said(&[("REFUND_PASSWORD_FROM", "-1")]),
            "REFUND_PASSWORD_FROM: \"-1\" is not an amount such as 500.00"
        );
        assert_eq!(
            said(&[("MAX_OPEN_ORDERS", "-1")]),
            "MAX_OPEN_ORDERS: \"-1\" is not a number from 0 (no bound) to 1000000000"
        );
        assert_eq!(said(&[("METRICS_TOKEN", "short")]), "METRICS_TOKEN: expected 20 random characters or more");
    }

    #[test]
    fn proxies_are_one_or_a_number() {
        let proxies = |said| with(&[("BEHIND_PROXY", said)]).unwrap().trusted_proxies;
        assert_eq!(with(&[]).unwrap().trusted_proxies, 0);
        assert_eq!((proxies("false"), proxies("true"), proxies("0"), proxies("3")), (0, 1, 0, 3));
    }

    #[test]
    fn mails_go_to_a_server_or_into_the_mailbox_of_a_shop_that_is_tried_out() {
        let mail = |more: &[(&'static str, &'static str)]| with(more).unwrap().mail;
        assert!(matches!(mail(&[]), Mail::Mailbox { .. }));
        assert!(matches!(mail(&[("PUBLIC_URL", "http://127.0.0.1:9000")]), Mail::Mailbox { .. }));
        assert!(matches!(mail(&[("PUBLIC_URL", "http://shop.example")]), Mail::None));
        assert!(matches!(mail(&[("HOST", "0.0.0.0"), ("PUBLIC_URL", "http://localhost")]), Mail::None));
        assert!(matches!(mail(&[("HOST", "::1"), ("PUBLIC_URL", "http://[::1]:8080")]), Mail::Mailbox { .. }));
        let secret = ("SESSION_SECRET", "0123456789012345678901234567890123456789012345678901234567890123456789");
        assert!(matches!(mail(&[("PUBLIC_URL", "https://localhost"), secret]), Mail::None));
        let from = ("MAIL_FROM", "Till <till@shop.example>");
        let server = mail(&[("SMTP_URL", "smtps://mail.example"), from]);
        assert!(matches!(server, Mail::Server { url, .. } if url.host_str() == Some("mail.example")));
        let from_china = [("SMTP_URL", "smtps://mail.example"), ("MAIL_FROM", "茶 <till@例子.cn>")];
        assert!(matches!(mail(&from_china), Mail::Server { from, .. } if from.email.domain() == "xn--fsqu00a.cn"));
        let said = |more| with(more).err().unwrap();
        assert!(said(&[("MAIL_FROM", "茶@shop.example")]).starts_with("MAIL_FROM:"));
        assert!(said(&[("SMTP_URL", "smtp://mail.example")]).starts_with("MAIL_FROM: not set"));
        assert!(said(&[("MAIL_FROM", "till")]).starts_with("MAIL_FROM: \"till\" is not a sender"));
        for wrong in ["http://till:secret@mail.example", "smtp:till:secret", "smtps://"] {
            let said = with(&[("SMTP_URL", wrong), from]).err().unwrap();
            assert!(said.starts_with("SMTP_URL:") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_password_in_a_wrong_address_is_not_repeated() {
        let said = read(&[("DATABASE_URL", "mysql://till:secret@localhost/till")]).err().unwrap();
        assert!(said.starts_with("DATABASE_URL:") && !said.contains("secret"), "{said}");
    }
}
