//! Tests of closing, refunds and refund queries.

use serde_json::{Value, json};

use crate::client::{Client, Order, content};

async fn refund(client: &Client, amount: &str, request: &str) -> Value {
    let content = json!({"out_trade_no": "T1", "refund_amount": amount, "out_request_no": request});
    client.call("alipay.trade.refund", content).await
}

async fn ask_refund(client: &Client, request: &str) -> Value {
    let content = json!({"out_trade_no": "T1", "out_request_no": request});
    client.call("alipay.trade.fastpay.refund.query", content).await
}

async fn paid() -> Client {
    let client = Client::start();
    client.pay(&Order { number: "T1", amount: "10.00", notify_url: "" }).await;
    client
}

#[actix_web::test]
async fn only_what_waits_for_payment_can_be_closed() {
    let client = paid().await;
    let close = async |number: &str| client.call("alipay.trade.close", json!({"out_trade_no": number})).await;
    assert_eq!(close("T0").await["sub_code"], "ACQ.TRADE_NOT_EXIST");
    assert_eq!(close("T1").await["sub_code"], "ACQ.TRADE_HAS_SUCCESS");
    let page = client.open(&content("T2", "1.00")).await;
    client.press(&page, "refuse").await;
    assert_eq!(close("T2").await["code"], "10000");
    assert_eq!(client.status("T2").await, "TRADE_CLOSED");
    assert_eq!(close("T2").await["sub_code"], "ACQ.TRADE_HAS_CLOSE");
}

#[actix_web::test]
async fn a_refund_is_made_once_for_each_request_number() {
    let client = paid().await;
    let first = refund(&client, "3.00", "R1").await;
    assert_eq!((&first["fund_change"], &first["refund_fee"]), (&json!("Y"), &json!("3.00")));
    let again = refund(&client, "3.00", "R1").await;
    assert_eq!((&again["fund_change"], &again["refund_fee"]), (&json!("N"), &json!("3.00")));
    assert_eq!(refund(&client, "2.00", "R1").await["sub_code"], "ACQ.DISCORDANT_REPEAT_REQUEST");
    let second = refund(&client, "4.00", "R2").await;
    assert_eq!((&second["fund_change"], &second["refund_fee"]), (&json!("Y"), &json!("7.00")), "the sum");
    assert_eq!(refund(&client, "3.01", "R3").await["sub_code"], "ACQ.REASON_TRADE_REFUND_FEE_ERR");
    assert_eq!(client.status("T1").await, "TRADE_SUCCESS");
    assert_eq!(refund(&client, "3.00", "R4").await["refund_fee"], "10.00");
    assert_eq!(client.status("T1").await, "TRADE_CLOSED");
    assert_eq!(refund(&client, "0.01", "R5").await["sub_code"], "ACQ.REASON_TRADE_REFUND_FEE_ERR");
    assert_eq!(refund(&client, "4.00", "R2").await["fund_change"], "N");
}

#[actix_web::test]
async fn a_refund_without_a_number_must_be_of_the_whole() {
    let client = paid().await;
    let refund = async |amount: &str| {
        client.call("alipay.trade.refund", json!({"out_trade_no": "T1", "refund_amount": amount})).await
    };
    assert_eq!(refund("3.00").await["sub_code"], "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    assert_eq!(refund("10.00").await["fund_change"], "Y");
    assert_eq!(refund("10.00").await["fund_change"], "N");
}

#[actix_web::test]
async fn what_was_not_paid_is_not_refunded() {
    let client = Client::start();
    assert_eq!(refund(&client, "1.00", "R1").await["sub_code"], "ACQ.TRADE_NOT_EXIST");
    let page = client.open(&content("T1", "10.00")).await;
    client.press(&page, "refuse").await;
    assert_eq!(refund(&client, "1.00", "R1").await["sub_code"], "ACQ.TRADE_STATUS_ERROR");
    client.press(&page, "pay").await;
    for amount in ["0.00", "-1.00", "1.005", "x"] {
        assert_eq!(refund(&client, amount, "R1").await["code"], "40004", "{amount}");
    }
    client.control(json!({"finish_trades": "T1"})).await;
    assert_eq!(client.status("T1").await, "TRADE_FINISHED");
    assert_eq!(refund(&client, "1.00", "R1").await["sub_code"], "ACQ.TRADE_HAS_FINISHED");
}

#[actix_web::test]
async fn asking_for_a_refund_tells_what_was_refunded_or_nothing() {
    let client = paid().await;
    let nothing = ask_refund(&client, "R1").await;
    assert_eq!(nothing["code"], "10000");
    assert_eq!(nothing.get("refund_status"), None);
    refund(&client, "3.00", "R1").await;
    let made = ask_refund(&client, "R1").await;
    assert_eq!(made["refund_status"], "REFUND_SUCCESS");
    assert_eq!((&made["refund_amount"], &made["total_amount"]), (&json!("3.00"), &json!("10.00")));
    let content = json!({"out_trade_no": "T9", "out_request_no": "R1"});
    let unknown = client.call("alipay.trade.fastpay.refund.query", content).await;
    assert_eq!(unknown["sub_code"], "ACQ.TRADE_NOT_EXIST");
    assert_eq!(ask_refund(&client, "").await["sub_code"], "ACQ.INVALID_PARAMETER");
}
