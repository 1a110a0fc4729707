//! Tests of many payments at once.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, content, value_of};
use crate::shop::Shop;

const TRADES: usize = 300;

#[actix_web::test]
async fn many_payments_are_told_over_few_connections() {
    let (client, shop) = (Client::start(), Shop::start(&[]));
    let numbers: Vec<String> = (0..TRADES).map(|at| format!("L{at}")).collect();
    for number in &numbers {
        client.get(&client.page_url(&content(number, "1.00"), &shop.url), "en").await;
    }
    let url = format!("{}/control/pay", client.process.url);
    let start = Instant::now();
    let paid = client.http.post(url).body(json!({"out_trade_nos": numbers}).to_string()).send().await.unwrap();
    assert_eq!(paid.status(), 200);
    while shop.count() < TRADES && start.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("{TRADES} notifications after {:?} over {} connections", start.elapsed(), shop.connections());
    let received = shop.genuine_notifications(TRADES).await;
    let mut told: Vec<&str> = received.iter().map(|fields| value_of(fields, "out_trade_no")).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), TRADES);
    assert!(shop.connections() < TRADES / 3, "{}", shop.connections());
}

#[actix_web::test]
async fn a_payment_needs_no_browser() {
    let client = Client::start();
    let pay = async |body: serde_json::Value| {
        let sent = client.http.post(format!("{}/control/pay", client.process.url)).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str::<serde_json::Value>(&answer.text().await.unwrap()).unwrap())
    };
    assert_eq!(pay(json!({"out_trade_no": "T1"})).await.0, 422, "no page was opened");
    client.open(&content("T1", "1.00")).await;
    let (status, paid) = pay(json!({"out_trade_no": "T1"})).await;
    assert_eq!((status, &paid["trade_status"]), (200, &json!("TRADE_SUCCESS")));
    assert!(paid["return_url"].as_str().unwrap().starts_with("http://127.0.0.1:1/orders/7?"));
    let (status, again) = pay(json!({"out_trade_no": "T1"})).await;
    assert_eq!((status, &again["error"]), (422, &json!("ACQ.TRADE_HAS_SUCCESS")));
    let url = client.page_url(&content("T2", "1.00"), "");
    assert_eq!(pay(json!({"url": url})).await.1["out_trade_no"], "T2");
    assert_eq!(pay(json!({"url": url.replace("T2", "T3")})).await.1["error"], "isv.invalid-signature");
    assert_eq!(pay(json!({})).await.0, 400);
}
