//! Tests of what the buyer sees and does.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, beijing, content, decode, encode, is_genuine_form, parameters, signed, value_of};
use crate::process::{APP_ID, SELLER_ID};

fn with(mut content: Value, name: &str, value: &str) -> Value {
    content[name] = json!(value);
    content
}

#[actix_web::test]
async fn the_page_says_what_is_paid_until_when_and_that_it_is_a_trial() {
    let client = Client::start();
    let content = with(content("T1", "12.5"), "subject", "<b>茶 & \"x\"");
    let refused = client.open(&content).await;
    assert!(refused.contains("ACQ.INVALID_PARAMETER") && !refused.contains("<b>"), "{refused}");
    let content = with(with(content, "subject", "<b>茶 \"x\""), "time_expire", &beijing(754));
    let page = client.open(&content).await;
    for text in ["lang=\"en\"", "¥ 12.50", "&lt;b&gt;茶 &quot;x&quot;", "12 min 3", "no money moves", "Refuse", "Leave"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let page = client.get(&client.page_url(&content, ""), "zh-CN,zh;q=0.9").await;
    for text in
        ["lang=\"zh-CN\"", "¥ 12.50", "12 分 3", "试用收银台", "不会发生真实付款", "确认付款", "拒绝付款", "离开"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("<script"), "the page works without scripts");
}

#[actix_web::test]
async fn a_trade_exists_only_after_the_buyer_has_acted() {
    let client = Client::start();
    let page = client.open(&content("T1", "8.00")).await;
    assert_eq!(client.status("T1").await, "ACQ.TRADE_NOT_EXIST");
    let close = client.call("alipay.trade.close", json!({"out_trade_no": "T1"})).await;
    assert_eq!(close["sub_code"], "ACQ.TRADE_NOT_EXIST");
    assert!(client.press(&page, "leave").await.contains("You have not paid"));
    assert_eq!(client.status("T1").await, "ACQ.TRADE_NOT_EXIST");
    assert!(client.press(&page, "refuse").await.contains("waits for a payment"));
    let waiting = client.query("T1").await;
    assert_eq!(waiting["trade_status"], "WAIT_BUYER_PAY");
    assert_eq!(waiting["receipt_amount"], "0.00");
    client.press(&page, "pay").await;
    let paid = client.query("T1").await;
    assert_eq!(paid["trade_status"], "TRADE_SUCCESS");
    assert_eq!(paid["total_amount"], "8.00");
    assert_eq!(paid["trade_no"], waiting["trade_no"]);
    let both = json!({"trade_no": paid["trade_no"], "out_trade_no": "another"});
    assert_eq!(client.call("alipay.trade.query", both).await["out_trade_no"], "T1", "trade_no wins");
}

#[actix_web::test]
async fn after_the_payment_the_browser_comes_back_with_signed_fields() {
    let client = Client::start();
    let page = client.open(&content("T1", "8.00")).await;
    let location = client.press(&page, "pay").await;
    let query = location.strip_prefix("http://127.0.0.1:1/orders/7?from=pay&").unwrap();
    let fields = decode(query);
    assert!(is_genuine_form(&fields), "{fields:?}");
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "app_id",
        "auth_app_id",
        "charset",
        "method",
        "out_trade_no",
        "seller_id",
        "sign",
        "sign_type",
        "timestamp",
        "total_amount",
        "trade_no",
        "version",
    ];
    assert_eq!(names, expected);
    assert_eq!(value_of(&fields, "method"), "alipay.trade.page.pay.return");
    assert_eq!(value_of(&fields, "total_amount"), "8.00");
    assert_eq!(value_of(&fields, "app_id"), APP_ID);
    assert_eq!(value_of(&fields, "seller_id"), SELLER_ID);
}

#[actix_web::test]
async fn the_time_to_pay_is_checked_when_the_page_is_opened_and_when_the_buyer_pays() {
    let client = Client::start();
    let late = client.open(&with(content("T1", "8.00"), "time_expire", &beijing(-1))).await;
    assert!(late.contains("The time to pay is over"), "{late}");
    let page = client.open(&with(content("T2", "8.00"), "time_expire", &beijing(5))).await;
    let waiting = client.open(&with(content("T3", "8.00"), "time_expire", &beijing(5))).await;
    client.press(&waiting, "refuse").await;
    assert_eq!(client.status("T3").await, "WAIT_BUYER_PAY");
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert!(client.press(&page, "pay").await.contains("The time to pay is over"));
    assert_eq!(client.status("T2").await, "ACQ.TRADE_NOT_EXIST");
    assert_eq!(client.status("T3").await, "TRADE_CLOSED");
}

#[actix_web::test]
async fn a_number_is_paid_once_and_on_the_same_terms() {
    let client = Client::start();
    let first = client.open(&content("T1", "8.00")).await;
    let other = client.open(&content("T1", "7.00")).await;
    let again = client.open(&content("T1", "8.00")).await;
    client.press(&first, "refuse").await;
    assert!(client.press(&other, "pay").await.contains("ACQ.CONTEXT_INCONSISTENT"));
    assert!(client.open(&content("T1", "7.00")).await.contains("ACQ.CONTEXT_INCONSISTENT"));
    assert!(client.press(&again, "pay").await.starts_with("http://"), "the same terms are fine");
    for page in [&first, &again] {
        assert!(client.press(page, "pay").await.contains("ACQ.TRADE_HAS_SUCCESS"));
    }
    assert!(client.open(&content("T1", "8.00")).await.contains("ACQ.TRADE_HAS_SUCCESS"));
    let page = client.open(&content("T2", "8.00")).await;
    client.press(&page, "refuse").await;
    client.call("alipay.trade.close", json!({"out_trade_no": "T2"})).await;
    assert!(client.press(&page, "pay").await.contains("ACQ.TRADE_HAS_CLOSE"));
}

#[actix_web::test]
async fn what_the_shop_asks_for_must_be_in_order() {
    let client = Client::start();
    let wrong = [
        ("out_trade_no", "T-1"),
        ("out_trade_no", &"9".repeat(65)),
        ("total_amount", "0.00"),
        ("total_amount", "1.001"),
        ("total_amount", "100000000.01"),
        ("subject", ""),
        ("subject", "a&b"),
        ("product_code", "QUICK_WAP_WAY"),
        ("time_expire", "2099-12-31 23:59"),
        ("timeout_express", "5s"),
        ("passback_params", "a b"),
    ];
    for (name, value) in wrong {
        let page = client.open(&with(content("T1", "8.00"), name, value)).await;
        assert!(page.contains("ACQ.INVALID_PARAMETER") && page.contains(name), "{name} {value}: {page}");
    }
}

#[actix_web::test]
async fn phones_have_a_page_of_their_own() {
    let client = Client::start();
    let content = json!({
        "out_trade_no": "T1",
        "total_amount": "8.00",
        "subject": "茶",
        "product_code": "QUICK_WAP_WAY",
        "time_expire": "2099-12-31 23:59",
        "quit_url": "http://127.0.0.1:1/cart",
    });
    let mut pairs = parameters("alipay.trade.wap.pay", &content);
    pairs.push(("return_url".to_owned(), "http://127.0.0.1:1/back".to_owned()));
    let pairs = signed(pairs);
    let page = client.get(&format!("{}/gateway.do?{}", client.process.url, encode(&pairs)), "en").await;
    assert_eq!(client.press(&page, "leave").await, "http://127.0.0.1:1/cart");
    let page = client.post(&pairs).await;
    let back = client.press(&page, "pay").await;
    assert!(back.starts_with("http://127.0.0.1:1/back?") && back.contains("alipay.trade.wap.pay.return"), "{back}");
}
