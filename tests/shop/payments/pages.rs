//! Paying an order in a browser, and the gateway's notifications.

use futures_util::future::join_all;
use reqwest::Method;
use std::collections::BTreeMap;
use till::payments::PublicKey;
use url::form_urlencoded;

use crate::support::{Answer, OrderForm, Shopper, TestShop, about, gateway_key, signed};

pub(super) async fn notify(shop: &TestShop, body: impl Into<reqwest::Body>) -> Answer {
    let visitor = shop.visitor();
    let request = visitor.request(Method::POST, "/pay/alipay/notification").body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    visitor.send(request).await
}

/// A shopper with an order of ¥50.00 that waits to be paid, and its path.
pub(super) async fn unpaid(shop: &TestShop) -> (Shopper, String) {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    let answer = mei.places(&form).await.expect(303);
    let path = answer.location().split('?').next().unwrap().to_owned();
    (mei, path)
}

/// Begins to pay, and returns the number of the attempt.
pub(super) async fn begin(shop: &TestShop, mei: &Shopper, path: &str) -> String {
    let answer = mei.browser.post(&format!("{path}/payment"), &[]).await.expect(303);
    assert_eq!(answer.location(), format!("{path}/payment"));
    shop.text("select number from payments order by id desc limit 1")
}

#[tokio::test]
async fn the_page_of_a_payment_leads_to_the_gateway_with_signed_terms() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    let page = mei.browser.page(&format!("{path}/payment")).await;
    let link = page.attribute_of("main a.button", "href");
    assert_eq!(page.attribute_of("meta[http-equiv=refresh]", "content"), format!("0;url={link}"));
    let url = url::Url::parse(&link).unwrap();
    assert_eq!((url.port(), url.path()), (Some(1), "/gateway.do"));
    let mut fields: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let signature = fields.remove("sign").unwrap();
    let content: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = PublicKey::parse(include_str!("../support/keys/app_public.pem")).unwrap();
    assert!(key.verify(content.join("&").as_bytes(), &signature), "the shop has signed it");
    assert_eq!(fields["method"], "alipay.trade.page.pay");
    let terms: serde_json::Value = serde_json::from_str(&fields["biz_content"]).unwrap();
    assert_eq!((terms["out_trade_no"].as_str(), terms["total_amount"].as_str()), (Some(&*number), Some("50.00")));
    let until =
        shop.text("select to_char(expires_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') from orders");
    assert_eq!(terms["time_expire"].as_str(), Some(&*until));
    assert_eq!(fields["notify_url"], "http://localhost:8080/pay/alipay/notification");

    assert_eq!(begin(&shop, &mei, &path).await, number, "pressed twice it is the same attempt");
    let phone =
        mei.browser.request(Method::GET, &format!("{path}/payment")).header("user-agent", "X (iPhone) Mobile/1");
    assert!(mei.browser.send(phone).await.expect(200).body.contains("alipay.trade.wap.pay"));
    let bo = shop.shopper("bo").await;
    bo.browser.get(&format!("{path}/payment")).await.expect(404);
    bo.browser.post(&format!("{path}/payment"), &[]).await.expect(404);
}

#[tokio::test]
async fn a_notification_pays_the_order_however_often_it_comes() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    let body = signed(&about(&number, "50.00"));
    for answer in join_all((0..50).map(|_| notify(&shop, body.clone()))).await {
        assert_eq!((answer.status, answer.body.as_str()), (200, "success"));
    }
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    assert_eq!(shop.texts("select times::text from payment_notifications"), ["50"]);
    let page = mei.browser.page(&path).await;
    assert_eq!(page.text_of(".badge"), "To be sent");
    assert!(page.text_of("main").contains("Paid with Alipay on"), "{page}");
    mei.browser.get(&format!("{path}/payment")).await.expect(303);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_is_not_the_gateways_changes_nothing() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    let good = signed(&about(&number, "50.00"));
    let tampered = good.replace("total_amount=50.00", "total_amount=0.01");
    let unsigned = good.split("&sign_type").next().unwrap().to_owned();
    let twice = format!("{good}&total_amount=50.00");
    let with = |name: &str, value: &'static str| {
        let mut fields = about(&number, "50.00");
        fields.iter_mut().find(|(field, _)| *field == name).unwrap().1 = value;
        signed(&fields)
    };
    let many: String = (0..10_000).map(|n| format!("f{n}=1&")).collect();
    for (what, body, status) in [
        ("nothing", String::new(), 400),
        ("tampered", tampered, 400),
        ("unsigned", unsigned, 400),
        ("a field twice", twice, 400),
        ("another app", with("app_id", "1"), 400),
        ("another seller", with("seller_id", "1"), 400),
        ("an unknown status", with("trade_status", "TRADE_MAYBE"), 400),
        ("10,000 fields", format!("{}{good}", &many[..60_000]), 400),
        ("a megabyte", format!("{good}&more={}", "x".repeat(1_000_000)), 413),
    ] {
        let answer = notify(&shop, body).await;
        assert_eq!(answer.status, status, "{what}: {answer}");
        assert_ne!(answer.body, "success", "{what}");
    }
    assert_eq!(shop.text("select status from orders"), "unpaid");
    assert_eq!(shop.number("select count(*) from payment_notifications"), 0);
}

#[tokio::test]
async fn another_amount_or_an_unknown_number_is_kept_and_changes_no_order() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    for (number, amount) in [(number.as_str(), "49.99"), ("nobodys_number", "50.00")] {
        let answer = notify(&shop, signed(&about(number, amount))).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "success"), "it is kept");
    }
    assert_eq!(shop.text("select status from orders"), "unpaid");
    assert_eq!(shop.texts("select outcome from payment_notifications order by id"), ["strange", "unknown_number"]);
}

#[tokio::test]
async fn a_notification_in_gbk_is_read() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    // "订单" in GBK.
    let subject = [0xB6, 0xA9, 0xB5, 0xA5];
    let mut fields: BTreeMap<&str, Vec<u8>> =
        about(&number, "50.00").into_iter().map(|(name, value)| (name, value.as_bytes().to_vec())).collect();
    fields.insert("charset", b"GBK".to_vec());
    fields.insert("subject", subject.to_vec());
    let content: Vec<Vec<u8>> = fields.iter().map(|(name, value)| [name.as_bytes(), b"=", value].concat()).collect();
    let signature = gateway_key().sign(&content.join(&b'&')).unwrap();
    fields.insert("sign", signature.into_bytes());
    let encoded = |bytes: &[u8]| form_urlencoded::byte_serialize(bytes).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    assert_eq!(notify(&shop, pairs.join("&")).await.body, "success");
    assert_eq!(shop.text("select status from orders"), "unsent");
}

#[tokio::test]
async fn the_browser_that_comes_back_sees_its_order_and_has_the_gateway_asked() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    let fields = [
        ("charset", "utf-8"),
        ("out_trade_no", &number),
        ("method", "alipay.trade.page.pay.return"),
        ("total_amount", "50.00"),
        ("app_id", "2026000000000001"),
    ];
    let back = mei.browser.get(&format!("/pay/alipay/return?{}", signed(&fields))).await.expect(303);
    assert_eq!(back.location(), format!("{path}?payment=asked"));
    let page = mei.browser.page(back.location()).await;
    assert!(page.text_of(".notice").contains("asking Alipay") && page.has("meta[http-equiv=refresh]"), "{page}");
    assert_eq!(shop.text("select status from orders"), "unpaid", "it proves nothing");
    assert_eq!(shop.number("select count(*) from payments where next_query_at <= now()"), 1);
    mei.browser.get("/pay/alipay/return?out_trade_no=1&sign=x").await.expect(404);
}

#[tokio::test]
async fn a_shopper_cancels_an_order_that_is_not_paid() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    begin(&shop, &mei, &path).await;
    shop.shopper("bo").await.browser.post(&format!("{path}/cancellation"), &[]).await.expect(404);
    for _ in 0..2 {
        mei.browser.post(&format!("{path}/cancellation"), &[]).await.expect(303);
    }
    assert_eq!(shop.text("select status || ' ' || canceled_by from orders"), "canceled shopper");
    assert_eq!(shop.number("select stock from skus"), 9);
    assert_eq!(shop.text("select close_wanted::text from payments"), "true");
    let page = mei.browser.page(&path).await;
    assert!(page.text_of(".notice").contains("Cancelled on"), "{page}");
    assert!(mei.browser.post_and_follow(&format!("{path}/payment"), &[]).await.body.contains("cannot be paid"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_paid_order_is_not_canceled_by_a_page_that_is_old() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    notify(&shop, signed(&about(&number, "50.00"))).await;
    let answer = mei.browser.post_and_follow(&format!("{path}/cancellation"), &[]).await;
    assert!(answer.body.contains("can no longer be cancelled"), "{answer}");
    assert_eq!(shop.text("select status from orders"), "unsent");
}

#[tokio::test]
async fn an_order_that_costs_nothing_is_paid_at_once() {
    let shop = TestShop::with(&[("FREIGHT", "0")]).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "0.00"), 1).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    let answer = mei.places(&form).await.expect(303);
    assert_eq!(shop.text("select status || ' ' || (paid_at = placed_at) from orders"), "unsent true");
    assert!(mei.browser.page(answer.location()).await.text_of("main").contains("Paid with Alipay on"));
    shop.assert_reconciled();
}
