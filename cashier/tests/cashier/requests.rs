//! Tests of what the gateway checks in every request.

use serde_json::{Value, json};

use crate::client::{Client, Pairs, beijing, encode, is_genuine, parameters, sign, signed, verified};
use crate::process::read_vector;

fn query() -> Pairs {
    parameters("alipay.trade.query", &json!({"out_trade_no": "T1"}))
}

fn with(name: &str, value: &str) -> Pairs {
    let mut pairs = query();
    pairs.retain(|(found, _)| found != name);
    pairs.push((name.to_owned(), value.to_owned()));
    pairs
}

#[actix_web::test]
async fn a_signed_request_is_answered_with_signed_bytes() {
    let client = Client::start();
    let text = client.post(&signed(query())).await;
    assert_eq!(verified(&text)["sub_code"], "ACQ.TRADE_NOT_EXIST");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let written_again = answer["alipay_trade_query_response"].to_string();
    assert!(!is_genuine(&written_again, answer["sign"].as_str().unwrap()));
    assert!(text.contains("\\u8bd5用") && text.contains("a/b\\\"}},\\\"sign\\\""), "{text}");
}

#[actix_web::test]
async fn a_request_that_is_not_in_order_is_refused_without_a_signature() {
    let client = Client::start();
    let wrong_key = sign(&read_vector("test_gateway_private_key.pem"), "app_id=1");
    let mut foreign = query();
    foreign.push(("sign".to_owned(), wrong_key));
    let mut changed = signed(query());
    changed.iter_mut().find(|(name, _)| name == "biz_content").unwrap().1 = "{\"out_trade_no\":\"T2\"}".to_owned();
    let utc = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S").to_string();
    let cases = [
        (query(), "40001", "isv.missing-signature"),
        (foreign, "40002", "isv.invalid-signature"),
        (changed, "40002", "isv.invalid-signature"),
        (signed(with("timestamp", &beijing(-901))), "40002", "isv.invalid-timestamp"),
        (signed(with("timestamp", &beijing(930))), "40002", "isv.invalid-timestamp"),
        (signed(with("timestamp", &utc)), "40002", "isv.invalid-timestamp"),
        (signed(with("timestamp", "2026-11-28T07:05:09Z")), "40002", "isv.invalid-timestamp"),
        (signed(with("app_id", "2021000000000009")), "40002", "isv.invalid-app-id"),
        (signed(with("app_id", "")), "40001", "isv.missing-app-id"),
        (signed(with("sign_type", "RSA")), "40002", "isv.invalid-signature-type"),
        (signed(with("version", "2.0")), "40002", "isv.invalid-version"),
        (signed(with("format", "XML")), "40002", "isv.invalid-format"),
        (signed(with("method", "alipay.trade.precreate")), "40002", "isv.invalid-method"),
        (signed(with("biz_content", "[]")), "40002", "isv.invalid-parameter"),
        (signed(with("charset", "GBK")), "40002", "isv.invalid-parameter"),
    ];
    for (pairs, code, sub_code) in cases {
        let text = client.post(&pairs).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["error_response"]["code"], code, "{text}");
        assert_eq!(answer["error_response"]["sub_code"], sub_code, "{text}");
        assert_eq!(answer.as_object().unwrap().len(), 1, "{text}");
    }
}

#[actix_web::test]
async fn the_charset_must_stand_in_the_query() {
    let client = Client::start();
    let form = encode(&signed(query()));
    for (query, sub_code) in [("", "isv.invalid-charset"), ("?charset=GBK", "isv.invalid-parameter")] {
        let url = format!("{}/gateway.do{query}", client.process.url);
        let sent = client.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        let text = sent.body(form.clone()).send().await.unwrap().text().await.unwrap();
        assert!(text.contains(sub_code) && !text.contains("\"sign\":"), "{text}");
    }
    let url = format!("{}/gateway.do?{form}", client.process.url);
    assert_eq!(verified(&client.get(&url, "en").await)["code"], "40004", "everything in the query");
}
