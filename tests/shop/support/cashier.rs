//! The cashier of this repository, which plays Alipay's gateway, as a process of its own.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use super::Folder;

/// Runs until it is dropped.
pub struct Cashier {
    process: Child,
    url: String,
    _keys: Folder,
}

impl Cashier {
    /// With the keys of [`alipay_setting`](super::alipay_setting).
    pub fn start() -> Self {
        let keys = Folder::new();
        let file = |name: &str, text: &str| {
            let path = keys.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let mut process = Command::new(program())
            .env_clear()
            .env("CASHIER_ADDRESS", "127.0.0.1:0")
            .env("CASHIER_APP_ID", "2026000000000001")
            .env("CASHIER_SELLER_ID", "2088000000000001")
            .env("CASHIER_NOTIFY_INTERVALS", "0.5,1,1,1,1,1,1")
            .env("CASHIER_PRIVATE_KEY_FILE", file("gateway.pem", include_str!("keys/gateway_private.pem")))
            .env("CASHIER_APP_PUBLIC_KEY_FILE", file("app.pem", include_str!("keys/app_public.pem")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("its first line has its URL");
        let url = url.trim_end_matches(['/', '.']).to_owned();
        Self { process, url, _keys: keys }
    }

    /// The setting `ALIPAY_GATEWAY`.
    pub fn gateway(&self) -> String {
        format!("{}/gateway.do", self.url)
    }

    /// Has it misbehave, see `cashier/README.md`.
    pub async fn control(&self, order: Value) {
        let answer = reqwest::Client::new().post(format!("{}/control", self.url)).body(order.to_string());
        let answer = answer.header("content-type", "application/json").send().await.unwrap();
        assert!(answer.status().is_success(), "{order}: {}", answer.text().await.unwrap());
    }

    /// The buyer pays at the address of a page. Returns where the browser is sent back to.
    pub async fn pay(&self, page: &str) -> String {
        let answer = reqwest::Client::new().post(format!("{}/control/pay", self.url));
        let body = serde_json::json!({ "url": page }).to_string();
        let answer = answer.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["return_url"].as_str().unwrap().to_owned()
    }

    /// Trades, notifications and calls.
    pub async fn state(&self) -> Value {
        let answer = reqwest::get(format!("{}/control", self.url)).await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

impl Drop for Cashier {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program, built once: tests of one package build no other.
fn program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "--locked", "--package", "cashier"]).status().unwrap();
        assert!(built.success(), "the cashier does not build");
        PathBuf::from(env!("CARGO_BIN_EXE_till")).with_file_name("cashier")
    };
    BUILT.get_or_init(build).clone()
}
