//! Tests of what the gateway does wrong when it is asked to.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Order, is_genuine, parameters, signed, verified};

async fn paid() -> Client {
    let client = Client::start();
    client.pay(&Order { number: "T1", amount: "10.00", notify_url: "" }).await;
    client
}

fn refund(request: &str) -> Value {
    json!({"out_trade_no": "T1", "refund_amount": "1.00", "out_request_no": request})
}

/// Returns whether the refund with this number was made.
async fn is_refunded(client: &Client, request: &str) -> bool {
    let content = json!({"out_trade_no": "T1", "out_request_no": request});
    client.call("alipay.trade.fastpay.refund.query", content).await.get("refund_status").is_some()
}

/// Returns whether the connection is closed without an answer.
async fn is_cut(client: &Client, method: &str, content: &Value) -> bool {
    let url = format!("{}/gateway.do?charset=utf-8", client.process.url);
    let pairs = signed(parameters(method, content));
    let sent = client.http.post(url).header("content-type", "application/x-www-form-urlencoded");
    sent.body(crate::client::encode(&pairs)).send().await.is_err()
}

#[actix_web::test]
async fn an_answer_can_be_late_though_the_work_is_done() {
    let client = paid().await;
    client.control(json!({"delay_ms": 1500, "times": 1, "only": "alipay.trade.refund"})).await;
    let start = Instant::now();
    let client = std::rc::Rc::new(client);
    let caller = std::rc::Rc::clone(&client);
    let refunded = actix_web::rt::spawn(async move { caller.call("alipay.trade.refund", refund("R1")).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(is_refunded(&client, "R1").await);
    assert!(!refunded.is_finished());
    assert_eq!(refunded.await.unwrap()["fund_change"], "Y");
    assert!(start.elapsed() >= Duration::from_millis(1500));
}

#[actix_web::test]
async fn an_answer_of_20000_leaves_open_what_was_done() {
    let client = paid().await;
    client.control(json!({"answer_20000": true, "times": 1})).await;
    assert_eq!(client.call("alipay.trade.refund", refund("R1")).await["code"], "20000");
    assert!(!is_refunded(&client, "R1").await);
    client.control(json!({"answer_20000": "after", "times": 1})).await;
    assert_eq!(client.call("alipay.trade.refund", refund("R2")).await["code"], "20000");
    assert!(is_refunded(&client, "R2").await);
}

#[actix_web::test]
async fn a_method_can_fail_for_any_reason() {
    let client = paid().await;
    for (value, sub_code) in [(json!(true), "ACQ.SYSTEM_ERROR"), (json!("ACQ.X"), "ACQ.X")] {
        client.control(json!({"answer_40004": value, "times": 1})).await;
        let answer = client.call("alipay.trade.refund", refund("R1")).await;
        assert_eq!((&answer["code"], &answer["sub_code"]), (&json!("40004"), &json!(sub_code)));
        assert!(!is_refunded(&client, "R1").await);
    }
}

#[actix_web::test]
async fn requests_are_listed_with_their_outcome() {
    let client = paid().await;
    client.query("T9").await;
    client.control(json!({"close_after_work": true, "delay_ms": 5, "times": 1})).await;
    assert!(is_cut(&client, "alipay.trade.refund", &refund("R1")).await);
    client.post(&parameters("alipay.trade.query", &json!({"out_trade_no": "T1"}))).await;
    let log = client.log().await;
    let calls: Vec<String> = log["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            format!(
                "{} {} {}",
                call["method"].as_str().unwrap(),
                call["number"].as_str().unwrap(),
                call["outcome"].as_str().unwrap()
            )
        })
        .collect();
    let expected = [
        "alipay.trade.page.pay T1 10000",
        "alipay.trade.query T9 40004 ACQ.TRADE_NOT_EXIST",
        "alipay.trade.refund T1 10000, answered 5 ms late, connection closed",
        "alipay.trade.query T1 40001 isv.missing-signature",
    ];
    assert_eq!(calls, expected);
}

#[actix_web::test]
async fn the_connection_can_be_closed_after_the_work() {
    let client = paid().await;
    client.control(json!({"close_after_work": true, "times": 1, "only": "alipay.trade.refund"})).await;
    assert!(is_cut(&client, "alipay.trade.refund", &refund("R1")).await);
    assert!(is_refunded(&client, "R1").await);
}

#[actix_web::test]
async fn the_gateway_can_be_down_and_come_back() {
    let client = paid().await;
    client.control(json!({"down": true})).await;
    for request in ["R1", "R2"] {
        assert!(is_cut(&client, "alipay.trade.refund", &refund(request)).await);
    }
    let url = client.page_url(&crate::client::content("T2", "1.00"), "");
    assert!(client.http.get(url).send().await.is_err());
    let faults = client.control(json!({"down": false})).await;
    assert_eq!(faults["faults"], json!({}));
    assert!(!is_refunded(&client, "R1").await && !is_refunded(&client, "R2").await);
}

#[actix_web::test]
async fn an_answer_can_be_nonsense_or_forged() {
    let client = paid().await;
    client.control(json!({"nonsense": true, "times": 1})).await;
    let text = client.raw_call("alipay.trade.refund", refund("R1")).await;
    assert!(text.starts_with("<!DOCTYPE html>"), "{text}");
    client.control(json!({"forge_signature": true, "times": 1, "only": "alipay.trade.query"})).await;
    let text = client.raw_call("alipay.trade.query", json!({"out_trade_no": "T1"})).await;
    let inner = &text[text.find(": {").unwrap() + 2..=text.rfind("} ,\"sign\"").unwrap()];
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(!is_genuine(inner, answer["sign"].as_str().unwrap()));
    verified(&client.raw_call("alipay.trade.query", json!({"out_trade_no": "T1"})).await);
    assert!(!is_refunded(&client, "R1").await);
}

#[actix_web::test]
async fn faults_are_set_by_forms_too_and_unknown_ones_are_refused() {
    let client = paid().await;
    assert_eq!(client.control(json!({"dwon": true})).await["error"], "unknown: dwon");
    assert!(client.control(json!({"down": true, "times": "x"})).await["error"].is_string());
    let url = format!("{}/control", client.process.url);
    let form = |body: &'static str| {
        client.http.post(&url).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    assert_eq!(form("fault=nonsense&value=true&times=2&only=").send().await.unwrap().status(), 303);
    assert_eq!(client.log().await["faults"]["nonsense"]["left"], 2);
    form("clear=true").send().await.unwrap();
    assert_eq!(client.log().await["faults"], json!({}));
    let foreign = form("down=true").header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 400);
}

#[actix_web::test]
async fn the_overview_lists_what_has_happened() {
    let client = paid().await;
    client.call("alipay.trade.refund", refund("R1")).await;
    let page = client.get(&client.process.url, "en").await;
    for text in ["T1", "TRADE_SUCCESS", "10.00", "R1", "1.00", "no money moves"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}
