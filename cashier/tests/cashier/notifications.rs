//! Tests of what the gateway tells the shop, and how often.

use serde_json::{Value, json};

use crate::client::{Client, Order, content, is_genuine_form, value_of};
use crate::process::{APP_ID, SELLER_ID};
use crate::shop::{Shop, values};

async fn pay(client: &Client, shop: &Shop, number: &str) {
    client.pay(&Order { number, amount: "10.00", notify_url: &shop.url }).await;
}

#[actix_web::test]
async fn a_payment_is_told_with_signed_fields() {
    let (client, shop) = (Client::start(), Shop::start(&[]));
    pay(&client, &shop, "T1").await;
    let received = shop.genuine_notifications(1).await;
    let expected = [
        ("notify_type", "trade_status_sync"),
        ("trade_status", "TRADE_SUCCESS"),
        ("out_trade_no", "T1"),
        ("total_amount", "10.00"),
        ("receipt_amount", "10.00"),
        ("buyer_pay_amount", "10.00"),
        ("app_id", APP_ID),
        ("auth_app_id", APP_ID),
        ("seller_id", SELLER_ID),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("sign_type", "RSA2"),
        ("subject", "茶叶 500 克"),
        ("fund_bill_list", "[{\"amount\":\"10.00\",\"fundChannel\":\"ALIPAYACCOUNT\"}]"),
        ("refund_fee", ""),
    ];
    for (name, value) in expected {
        assert_eq!(value_of(&received[0], name), value, "{name}");
    }
    let raw = &shop.raw()[0];
    assert!(raw.contains("trial_note=") && raw.contains("1%2B1+%3D+2"), "{raw}");
}

#[actix_web::test]
async fn the_fields_come_in_another_order_each_time() {
    let (client, shop) = (Client::start(), Shop::start(&[(200, "no"), (200, "no")]));
    pay(&client, &shop, "T1").await;
    let received = shop.genuine_notifications(3).await;
    let order = |at: usize| received[at].iter().map(|(name, _)| name.clone()).collect::<Vec<String>>();
    assert!(order(0) != order(1) && order(1) != order(2));
}

#[actix_web::test]
async fn a_notification_is_repeated_until_the_shop_answers_success() {
    let wrong = [(500, "success"), (200, "success\n"), (200, "SUCCESS"), (302, "success"), (204, ""), (200, "fail")];
    let (client, shop) = (Client::start(), Shop::start(&wrong));
    pay(&client, &shop, "T1").await;
    let received = shop.genuine_notifications(wrong.len() + 1).await;
    let ids = values(&received, "notify_id");
    assert!(ids.iter().all(|id| *id == ids[0] && !id.is_empty()), "{ids:?}");
    let told = &client.log().await["notifications"][0];
    assert_eq!(told["is_done"], true);
    assert_eq!(told["answers"][1], "200 success\n");
}

#[actix_web::test]
async fn a_notification_is_given_up_when_all_repetitions_are_used() {
    let (client, shop) = (Client::start(), Shop::start(&[(200, "no"); 9]));
    pay(&client, &shop, "T1").await;
    shop.notifications(8).await;
    assert_eq!(client.log().await["notifications"][0]["is_done"], false);
}

#[actix_web::test]
async fn refunds_and_closings_are_told_to_the_same_address() {
    let (client, shop) = (Client::start(), Shop::start(&[]));
    pay(&client, &shop, "T1").await;
    shop.notifications(1).await;
    for (amount, request) in [("4.00", "R1"), ("4.00", "R1"), ("6.00", "R2")] {
        let content = json!({"out_trade_no": "T1", "refund_amount": amount, "out_request_no": request});
        client.call("alipay.trade.refund", content).await;
        shop.notifications(if request == "R1" { 2 } else { 3 }).await;
    }
    let page = client.get(&client.page_url(&content("T2", "1.00"), &shop.url), "en").await;
    client.press(&page, "refuse").await;
    client.call("alipay.trade.close", json!({"out_trade_no": "T2"})).await;
    let received = shop.genuine_notifications(4).await;
    let statuses = ["TRADE_SUCCESS", "TRADE_SUCCESS", "TRADE_CLOSED", "TRADE_CLOSED"];
    assert_eq!(values(&received, "trade_status"), statuses);
    assert_eq!(values(&received, "refund_fee"), ["", "4.00", "10.00", ""]);
    assert_eq!(values(&received, "out_biz_no"), ["", "R1", "R2", ""]);
    let refunded: Vec<bool> = values(&received, "gmt_refund").iter().map(|time| time.len() == 23).collect();
    assert_eq!(refunded, [false, true, true, false]);
}

async fn after(orders: Value, count: usize) -> (Client, Shop, Vec<crate::client::Pairs>) {
    let (client, shop) = (Client::start(), Shop::start(&[]));
    client.control(orders).await;
    pay(&client, &shop, "T1").await;
    let received = shop.notifications(count).await;
    (client, shop, received)
}

#[actix_web::test]
async fn notifications_can_be_lost() {
    let (client, _, _) = after(json!({"lose_notifications": true, "times": 2}), 1).await;
    let told = &client.log().await["notifications"][0];
    assert_eq!(told["answers"][0], "not sent: lost as ordered");
    assert_eq!(told["answers"][2], "200 success");
    after(json!({"lose_notifications": true}), 0).await;
}

#[actix_web::test]
async fn notifications_can_be_doubled_forged_or_changed() {
    let (_, _, received) = after(json!({"double_notifications": true, "times": 1}), 2).await;
    assert_eq!(value_of(&received[0], "notify_id"), value_of(&received[1], "notify_id"));
    let orders = json!({"forge_signature": true, "only": "notification"});
    let (_, _, received) = after(orders, 1).await;
    assert!(!is_genuine_form(&received[0]));
    let (_, _, received) = after(json!({"change_amount": true}), 1).await;
    assert!(is_genuine_form(&received[0]), "the gateway signs what it says");
    assert_eq!(value_of(&received[0], "total_amount"), "10.01");
    let (_, _, received) = after(json!({"change_amount": "0.01"}), 1).await;
    assert_eq!(value_of(&received[0], "total_amount"), "0.01");
}

#[actix_web::test]
async fn an_old_notification_can_come_late_and_a_trade_can_be_finished() {
    let (client, shop, _) = after(json!({}), 1).await;
    let content = json!({"out_trade_no": "T1", "refund_amount": "4.00", "out_request_no": "R1"});
    client.call("alipay.trade.refund", content).await;
    shop.notifications(2).await;
    assert_eq!(client.control(json!({"old_notification_again": "T1"})).await["sent"], 1);
    shop.notifications(3).await;
    assert_eq!(client.control(json!({"finish_trades": true})).await["sent"], 1);
    let received = shop.genuine_notifications(4).await;
    assert_eq!(received[0].len(), received[2].len());
    assert_eq!(value_of(&received[0], "notify_id"), value_of(&received[2], "notify_id"));
    assert_eq!(value_of(&received[2], "refund_fee"), "");
    assert_eq!(value_of(&received[3], "trade_status"), "TRADE_FINISHED");
}
