//! The cashier of this repository, which plays Alipay's gateway, as a process of its own.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use super::Folder;

/// Runs until it is dropped. Its trades outlast its end by [`kill`](Self::kill).
pub struct Cashier {
    process: Option<Child>,
    url: String,
    folder: Folder,
}

impl Cashier {
    /// With the keys of [`alipay_setting`](super::alipay_setting).
    pub fn start() -> Self {
        let folder = Folder::new();
        std::fs::write(folder.path().join("gateway.pem"), include_str!("keys/gateway_private.pem")).unwrap();
        std::fs::write(folder.path().join("app.pem"), include_str!("keys/app_public.pem")).unwrap();
        let mut cashier = Self { process: None, url: String::new(), folder };
        cashier.spawn("127.0.0.1:0");
        cashier
    }

    fn spawn(&mut self, address: &str) {
        let file = |name: &str| self.folder.path().join(name);
        let mut process = Command::new(program())
            .env_clear()
            .env("CASHIER_ADDRESS", address)
            .env("CASHIER_APP_ID", "2026000000000001")
            .env("CASHIER_SELLER_ID", "2088000000000001")
            .env("CASHIER_NOTIFY_INTERVALS", "0.5,1,1,1,1,1,1")
            .env("CASHIER_PRIVATE_KEY_FILE", file("gateway.pem"))
            .env("CASHIER_APP_PUBLIC_KEY_FILE", file("app.pem"))
            .env("CASHIER_JOURNAL_FILE", file("journal"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("its first line has its URL");
        self.url = url.trim_end_matches(['/', '.']).to_owned();
        self.process = Some(process);
    }

    /// Kills it, as a power failure would: notifications that were not sent are lost.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again at the same address, with its trades.
    pub fn resume(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        self.spawn(&address);
    }

    /// The setting `ALIPAY_GATEWAY`.
    pub fn gateway(&self) -> String {
        format!("{}/gateway.do", self.url)
    }

    /// Has it misbehave, see `cashier/README.md`.
    pub async fn control(&self, order: Value) {
        let (status, text) = post(&format!("{}/control", self.url), &order).await.unwrap();
        assert_eq!(status, 200, "{order}: {text}");
    }

    /// The buyer pays at the address of a page. Returns where the browser is sent back to.
    pub async fn pay(&self, page: &str) -> String {
        let paid = self.payer().try_pay(page).await.unwrap();
        paid.unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Buyers, who may find it down.
    pub fn payer(&self) -> Payer {
        Payer { url: self.url.clone() }
    }

    /// Trades, notifications and calls.
    pub async fn state(&self) -> Value {
        let answer = reqwest::get(format!("{}/control", self.url)).await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

impl Drop for Cashier {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Pays at the address of pages.
#[derive(Clone)]
pub struct Payer {
    url: String,
}

impl Payer {
    /// Where the browser is sent back to, or why the cashier refuses; an error if it does not answer: then it may have
    /// been paid or not.
    pub async fn try_pay(&self, page: &str) -> reqwest::Result<Result<String, String>> {
        let (status, text) = post(&format!("{}/control/pay", self.url), &serde_json::json!({ "url": page })).await?;
        if status != 200 {
            return Ok(Err(text));
        }
        let answer: Value = serde_json::from_str(&text).unwrap();
        Ok(Ok(answer["return_url"].as_str().unwrap().to_owned()))
    }
}

async fn post(url: &str, body: &Value) -> reqwest::Result<(u16, String)> {
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
}

/// The program, built once: tests of one package build no other.
fn program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        // Cargo's variables of this package would have it build dependencies anew.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
            build.env_remove(name);
        }
        build.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH").env_remove("OUT_DIR");
        let built = build.args(["build", "--locked", "--package", "cashier"]).status().unwrap();
        assert!(built.success(), "the cashier does not build");
        PathBuf::from(env!("CARGO_BIN_EXE_till")).with_file_name("cashier")
    };
    BUILT.get_or_init(build).clone()
}
