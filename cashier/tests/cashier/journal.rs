//! Tests that trades in the journal survive the end of the process.

use std::fs;
use std::io::Write;

use serde_json::json;

use crate::client::{Client, Order, content};
use crate::process::{Process, command};

fn start(journal: &str) -> Client {
    Client::of(Process::start_with(command().env("CASHIER_JOURNAL_FILE", journal)))
}

#[actix_web::test]
async fn trades_and_refunds_are_known_after_the_process_was_killed() {
    let path = std::env::temp_dir().join(format!("cashier-journal-{}", std::process::id()));
    let journal = path.to_str().unwrap();
    let client = start(journal);
    client.pay(&Order { number: "T1", amount: "10.00", notify_url: "" }).await;
    let refund = json!({"out_trade_no": "T1", "refund_amount": "3.00", "out_request_no": "R1"});
    client.call("alipay.trade.refund", refund.clone()).await;
    let page = client.open(&content("T2", "1.00")).await;
    client.press(&page, "refuse").await;
    client.call("alipay.trade.close", json!({"out_trade_no": "T2"})).await;
    let trade_no = client.call("alipay.trade.query", json!({"out_trade_no": "T1"})).await["trade_no"].clone();
    drop(client); // which kills it

    // It was killed while it wrote a line, which nobody was told about.
    fs::File::options().append(true).open(&path).unwrap().write_all(b"{\"trade_no\": \"20").unwrap();
    let client = start(journal);
    assert_eq!(client.call("alipay.trade.query", json!({"out_trade_no": "T1"})).await["trade_no"], trade_no);
    assert_eq!(client.status("T1").await, "TRADE_SUCCESS");
    assert_eq!(client.status("T2").await, "TRADE_CLOSED");
    assert_eq!(client.call("alipay.trade.refund", refund).await["fund_change"], "N", "it was made before");
    client.pay(&Order { number: "T3", amount: "2.00", notify_url: "" }).await;
    drop(client);

    let client = start(journal);
    assert_eq!(client.status("T3").await, "TRADE_SUCCESS");
    fs::remove_file(path).unwrap();
}
