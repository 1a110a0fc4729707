//! The settings: environment variables, read once into a [`Config`] and checked at the start.

use std::net::SocketAddr;
use std::time::Duration;
use std::{fmt, fs};

use crate::keys::{PrivateKey, PublicKey};

/// After how many seconds a notification that the shop has not answered is sent again, each time: 4m, 10m, 10m, 1h, 2h,
/// 6h and 15h.
const NOTIFY_INTERVALS: &str = "240,600,600,3600,7200,21600,54000";

/// The private key for signatures that are meant to be wrong. It is public, so it protects nothing.
const FORGERS_KEY: &str = include_str!("forgers_key.pem");

pub struct Config {
    pub address: SocketAddr,
    pub app_id: String,
    pub seller_id: String,
    pub private_key: PrivateKey,
    pub forgers_key: PrivateKey,
    pub app_public_key: PublicKey,
    pub notify_intervals: Vec<Duration>,
    /// The file in which trades are stored, so that they survive the end of the process; `None` if they are not stored.
    pub journal_file: Option<String>,
}

/// The error for a setting that is missing or wrong; displayed in one line.
#[derive(Debug)]
pub struct ConfigError {
    name: &'static str,
    problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.problem.replace('\n', " "))
    }
}

impl Config {
    /// Reads the settings. `variable` returns the value of an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let required = |name| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| error(name, "is missing"))
        };
        let address = variable("CASHIER_ADDRESS").unwrap_or_else(|| "127.0.0.1:8090".to_owned());
        let address = parse_address(&address).map_err(|problem| error("CASHIER_ADDRESS", problem))?;
        let app_id = parse_id("CASHIER_APP_ID", required("CASHIER_APP_ID")?)?;
        let seller_id = parse_id("CASHIER_SELLER_ID", required("CASHIER_SELLER_ID")?)?;
        let file = "CASHIER_PRIVATE_KEY_FILE";
        let private_key = PrivateKey::parse(&read_file(file, &required(file)?)?).map_err(|text| error(file, text))?;
        let file = "CASHIER_APP_PUBLIC_KEY_FILE";
        let app_public_key = PublicKey::parse(&read_file(file, &required(file)?)?).map_err(|text| error(file, text))?;
        if app_public_key == private_key.public_key() {
            return Err(error(file, "holds the cashier's own public key: expected the shop's"));
        }
        let intervals = variable("CASHIER_NOTIFY_INTERVALS").unwrap_or_else(|| NOTIFY_INTERVALS.to_owned());
        let notify_intervals =
            parse_intervals(&intervals).map_err(|problem| error("CASHIER_NOTIFY_INTERVALS", problem))?;
        let forgers_key = PrivateKey::parse(FORGERS_KEY).map_err(|text| error("forgers_key.pem", text))?;
        let journal_file = variable("CASHIER_JOURNAL_FILE").filter(|path| !path.is_empty());
        Ok(Self {
            address,
            app_id,
            seller_id,
            private_key,
            forgers_key,
            app_public_key,
            notify_intervals,
            journal_file,
        })
    }
}

fn error(name: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError { name, problem: problem.into() }
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| format!("is '{text}': expected an address and a port, as 127.0.0.1:8090"))?;
    if !address.ip().is_loopback() {
        return Err(format!("is '{text}': the cashier listens on loopback addresses only, as 127.0.0.1:8090"));
    }
    Ok(address)
}

fn parse_id(name: &'static str, text: String) -> Result<String, ConfigError> {
    if text.len() > 32 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(error(name, format!("is '{text}': expected at most 32 letters and digits")));
    }
    Ok(text)
}

fn read_file(name: &'static str, path: &str) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|problem| error(name, format!("is '{path}': {problem}")))
}

fn parse_intervals(text: &str) -> Result<Vec<Duration>, String> {
    let mut intervals = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let seconds: Option<f64> = part.parse().ok();
        let interval = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match interval.filter(|interval| *interval <= Duration::from_secs(7 * 86_400)) {
            Some(interval) => intervals.push(interval),
            None => return Err(format!("is '{text}': expected seconds with commas between them, as 240,600,3600")),
        }
    }
    Ok(intervals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_may_be_fractions_and_none_at_all() {
        assert_eq!(parse_intervals("0.05, 2").unwrap(), [Duration::from_millis(50), Duration::from_secs(2)]);
        assert!(parse_intervals("").unwrap().is_empty());
        assert_eq!(parse_intervals(NOTIFY_INTERVALS).unwrap().iter().sum::<Duration>().as_secs(), 87_840);
        for text in ["4m", "-1", "nan", "inf", "1;2", "1e9"] {
            assert!(parse_intervals(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_loopback_addresses_are_listened_on() {
        for text in ["127.0.0.1:8090", "127.0.0.2:0", "[::1]:8090"] {
            assert!(parse_address(text).is_ok(), "{text}");
        }
        for text in ["0.0.0.0:8090", "[::]:8090", "192.168.1.5:8090", "localhost:8090", "127.0.0.1", ""] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }
}
