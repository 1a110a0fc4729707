//! A client of the gateway for tests, as a shop has one: signs requests, verifies answers.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, Utc};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::process::{APP_ID, Process, read_vector};

pub type Pairs = Vec<(String, String)>;

pub fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

pub fn sign(pem: &str, content: &str) -> String {
    let key = RsaKeyPair::from_pkcs8(&der(pem)).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, content.as_bytes(), &mut signature).unwrap();
    STANDARD.encode(signature)
}

/// Returns whether a signature is the gateway's. Its public key in the form PKCS#1 starts at byte 24 of the SPKI.
pub fn is_genuine(content: &str, signature: &str) -> bool {
    let spki = der(&read_vector("test_gateway_public_key.pem"));
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[24..]);
    STANDARD.decode(signature).is_ok_and(|signature| key.verify(content.as_bytes(), &signature).is_ok())
}

pub fn joined(pairs: &Pairs, without: &[&str]) -> String {
    let mut kept: Vec<String> =
        pairs.iter().filter(|(name, _)| !without.contains(&name.as_str())).map(|(n, v)| format!("{n}={v}")).collect();
    kept.sort();
    kept.join("&")
}

pub fn is_genuine_form(pairs: &Pairs) -> bool {
    is_genuine(&joined(pairs, &["sign", "sign_type"]), value_of(pairs, "sign"))
}

pub fn value_of<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

pub fn beijing(seconds: i64) -> String {
    let time = Utc::now() + TimeDelta::hours(8) + TimeDelta::seconds(seconds);
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns the parameters of a request, without a signature.
pub fn parameters(method: &str, content: &Value) -> Pairs {
    let pairs = [
        ("app_id", APP_ID),
        ("method", method),
        ("format", "JSON"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("timestamp", &beijing(0)),
        ("version", "1.0"),
        ("biz_content", &content.to_string()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

pub fn signed(mut pairs: Pairs) -> Pairs {
    let signature = sign(&read_vector("test_app_private_key.pem"), &joined(&pairs, &[]));
    pairs.push(("sign".to_owned(), signature));
    pairs
}

pub fn encode(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn decode(form: &str) -> Pairs {
    form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

/// Returns the inner object of an answer, after verifying its signature over the bytes of that object.
pub fn verified(answer: &str) -> Value {
    let members: HashMap<String, Box<RawValue>> = serde_json::from_str(answer).unwrap();
    let (_, inner) = members.iter().find(|(name, _)| name.ends_with("_response")).unwrap();
    let signature: String = serde_json::from_str(members["sign"].get()).unwrap();
    assert!(is_genuine(inner.get(), &signature), "{answer}");
    serde_json::from_str(inner.get()).unwrap()
}

pub struct Client {
    pub process: Process,
    pub http: reqwest::Client,
}

/// A payment that a test asks for: its number and amount, and where its notifications go.
pub struct Order<'a> {
    pub number: &'a str,
    pub amount: &'a str,
    pub notify_url: &'a str,
}

impl Client {
    pub fn start() -> Self {
        Self::of(Process::start())
    }

    pub fn of(process: Process) -> Self {
        Self { process, http: reqwest::Client::builder().redirect(Policy::none()).build().unwrap() }
    }

    pub async fn post(&self, pairs: &Pairs) -> String {
        let url = format!("{}/gateway.do?charset=utf-8", self.process.url);
        let sent = self.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        sent.body(encode(pairs)).send().await.unwrap().text().await.unwrap()
    }

    pub async fn raw_call(&self, method: &str, content: Value) -> String {
        self.post(&signed(parameters(method, &content))).await
    }

    pub async fn call(&self, method: &str, content: Value) -> Value {
        verified(&self.raw_call(method, content).await)
    }

    pub async fn query(&self, number: &str) -> Value {
        self.call("alipay.trade.query", json!({"out_trade_no": number})).await
    }

    /// Returns the `trade_status` of a query's answer, or its `sub_code` if it has none.
    pub async fn status(&self, number: &str) -> String {
        let answer = self.query(number).await;
        let status = answer.get("trade_status").or(answer.get("sub_code"));
        status.unwrap().as_str().unwrap().to_owned()
    }

    pub fn page_url(&self, content: &Value, notify_url: &str) -> String {
        let mut pairs = parameters("alipay.trade.page.pay", content);
        if !notify_url.is_empty() {
            pairs.push(("notify_url".to_owned(), notify_url.to_owned()));
        }
        pairs.push(("return_url".to_owned(), "http://127.0.0.1:1/orders/7?from=pay".to_owned()));
        format!("{}/gateway.do?{}", self.process.url, encode(&signed(pairs)))
    }

    pub async fn get(&self, url: &str, language: &str) -> String {
        let sent = self.http.get(url).header("accept-language", language).send().await.unwrap();
        sent.text().await.unwrap()
    }

    pub async fn open(&self, content: &Value) -> String {
        self.get(&self.page_url(content, ""), "en").await
    }

    /// Presses a button of a page. Returns the URL to which that redirects, or the text of the page that it shows.
    pub async fn press(&self, page: &str, button: &str) -> String {
        let start = page.find("/pay/").unwrap_or_else(|| panic!("no form: {page}"));
        let url = format!("{}{}/{button}", self.process.url, &page[start..start + 37]);
        let answer = self.http.post(url).send().await.unwrap();
        match answer.headers().get(LOCATION) {
            Some(location) => {
                assert_eq!(answer.status(), 303);
                location.to_str().unwrap().to_owned()
            }
            None => answer.text().await.unwrap(),
        }
    }

    /// Opens the page for the buyer and pays.
    pub async fn pay(&self, order: &Order<'_>) {
        let page = self.get(&self.page_url(&content(order.number, order.amount), order.notify_url), "en").await;
        let location = self.press(&page, "pay").await;
        assert!(location.starts_with("http://127.0.0.1:1/orders/7?from=pay&"), "{location}");
    }

    pub async fn control(&self, orders: Value) -> Value {
        let url = format!("{}/control", self.process.url);
        let answer = self.http.post(url).body(orders.to_string()).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    pub async fn log(&self) -> Value {
        let text = self.get(&format!("{}/control", self.process.url), "en").await;
        serde_json::from_str(&text).unwrap()
    }
}

pub fn content(number: &str, amount: &str) -> Value {
    json!({
        "out_trade_no": number,
        "total_amount": amount,
        "subject": "茶叶 500 克",
        "product_code": "FAST_INSTANT_TRADE_PAY",
        "time_expire": "2099-12-31 23:59:59",
    })
}
