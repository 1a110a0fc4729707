//! Payments and refunds on admin pages.

use chrono::Duration;
use till::{
    kernel::{Money, OrderId, PayMethod, RefundId},
    lifecycle::{apply_gateway_result, apply_refund_result, cancel_expired},
    orders::lock_order,
    payments::{GatewayState, NewPayment, PaidTrade, Payment, RefundState, open_payment},
    platform::{clock, db},
};

use crate::support::{Answer, Browser, Form, OrderForm, PASSWORD, TestShop};

/// An order of ¥50.00 that waits to be paid, and its attempt.
async fn begun(shop: &TestShop) -> (String, Payment) {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    let number = crate::support::order_number(&mei.places(&form).await.expect(303));
    let payment = db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        let order = lock_order(conn, OrderId(1))?.unwrap();
        let new = NewPayment {
            order: order.id,
            order_number: &order.number,
            pay_method: PayMethod::Alipay,
            amount: order.total_amount,
            expires_at: order.expires_at.unwrap(),
        };
        open_payment(conn, &new, clock::now())
    });
    (number, payment.unwrap())
}

fn pay(shop: &TestShop, payment: &Payment, amount: &str) {
    let amount = amount.parse().unwrap();
    let paid = GatewayState::Paid(PaidTrade { trade_no: "T1".into(), amount, paid_at: None, refunded: Money::ZERO });
    apply_gateway_result(&mut shop.connect(), payment, &paid, clock::now()).unwrap();
}

/// An order of ¥50.00 that was paid.
async fn paid(shop: &TestShop) -> String {
    let (number, payment) = begun(shop).await;
    pay(shop, &payment, "50.00");
    number
}

fn refuse(shop: &TestShop, refund: i64) {
    let (now, message) = (clock::now(), "no <balance>".to_owned());
    let refused = RefundState::Refused { code: "ACQ.X".into(), message };
    apply_refund_result(&mut shop.connect(), RefundId(refund), &refused, now, now).unwrap();
}

fn audited(shop: &TestShop) -> Vec<String> {
    shop.texts("select concat_ws(' ', u.username, l.action, l.after ->> 'amount') from audit_log l join users u on u.id = l.staff_id order by l.id")
}

async fn opens_refunds(chen: &Browser, number: &str) -> Form {
    let page = chen.page(&format!("/admin/orders/{number}/refunds")).await;
    Form::of(&page, "main form.panel")
}

/// What a browser does on the page that asks for the password: it sends the password, then the stored form.
async fn gives_password(browser: &Browser, asked: &Answer) -> Answer {
    let form = Form::of(asked, "main form").typed("reauth_password", PASSWORD);
    let answer = browser.post(&form.action, &form.pairs()).await.expect(307);
    browser.post(answer.location(), &form.pairs()).await
}

#[tokio::test]
async fn staff_refund_goods_and_delivery_with_a_form_that_counts_once() {
    let shop = TestShop::open().await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let order = chen.page(&format!("/admin/orders/{number}")).await;
    assert!(order.text_of(".order-money").contains("Paid ¥50.00 Goes back ¥0.00"), "{order}");
    let form = opens_refunds(&chen, &number).await.typed("count", "1").typed("freight", "4").typed("note", "Scratched");
    let pairs = form.pairs();
    let presses = futures_util::future::join_all((0..20).map(|_| chen.post(&form.action, &pairs))).await;
    assert!(
        presses.iter().all(|answer| answer.status == 303),
        "{:?}",
        presses.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    assert_eq!(shop.texts("select amount || ' ' || freight || ' ' || note from refunds"), ["24.00 4.00 Scratched"]);
    assert_eq!(audited(&shop), ["chen refund_order 24.00"]);
    let order = chen.page(presses[0].location()).await;
    assert!(order.text_of(".order-money").contains("Goes back ¥24.00"), "{order}");
    assert!(order.text_of("main").contains("Goods; by chen on"), "{order}");
    let left = chen.page(&format!("/admin/orders/{number}/refunds")).await;
    assert!(left.text_of(".page-head").contains("¥26.00 is left") && left.body.contains("1 left to refund"), "{left}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_refund_that_does_not_fit_is_refused_beside_its_field_and_kept() {
    let shop = TestShop::open().await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let fresh = opens_refunds(&chen, &number).await;
    for (count, freight, amount, field, words) in [
        ("3", "", "", "count", "2 are left"),
        ("x", "", "", "count", "0 to 999"),
        ("1", "10.01", "", "freight", "Only ¥10.00"),
        ("0", "", "50.01", "amount", "Only ¥50.00"),
        ("0", "", "1.005", "amount", "such as 12.50"),
        ("1", "", "5", "amount", "either"),
        ("0", "", "", "amount", "choose what goes back"),
    ] {
        let form = fresh.clone().typed("count", count).typed("freight", freight).typed("amount", amount);
        let answer = chen.post(&form.action, &form.pairs()).await.expect(422);
        assert!(answer.text_of(&format!("#{field}-error")).contains(words), "{field}: {answer}");
        let again = Form::of(&answer, "main form.panel");
        assert_eq!(again.fields, form.fields, "what was typed is kept, with the token");
    }
    assert_eq!(shop.number("select count(*) from refunds"), 0);
    let unpaid = chen.post(&fresh.action, &[("token", "x")]).await;
    assert_eq!(unpaid.status, 400);
    chen.get("/admin/orders/20261121093000000000042AAAAAA/refunds").await.expect(303);
    shop.member("bo").await.get(&fresh.action).await.expect(404);
}

#[tokio::test]
async fn a_large_refund_takes_the_password_again() {
    let shop = TestShop::with(&[("REFUND_PASSWORD_FROM", "20.00")]).await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let form = opens_refunds(&chen, &number).await;
    let small = form.clone().typed("amount", "19.99");
    chen.post(&small.action, &small.pairs()).await.expect(303);
    let large = opens_refunds(&chen, &number).await.typed("amount", "20.00");
    let asked = chen.post(&large.action, &large.pairs()).await.expect(403);
    assert!(asked.text_of(".gate-lead").contains("gives ¥20.00 back"), "{asked}");
    assert_eq!(shop.number("select count(*) from refunds"), 1, "nothing is refunded yet");
    let wrong = Form::of(&asked, "main form").typed("reauth_password", "wrong");
    let wrong = chen.post(&wrong.action, &wrong.pairs()).await.expect(422);
    assert!(wrong.text_of(".gate-lead").contains("¥20.00"), "{wrong}");
    gives_password(&chen, &wrong).await.expect(303);
    assert_eq!(shop.texts("select amount::text from refunds order by id"), ["19.99", "20.00"]);
}

#[tokio::test]
async fn staff_cancel_an_order_with_a_reason_that_stands_in_its_history() {
    let shop = TestShop::with(&[("REFUND_PASSWORD_FROM", "50.00")]).await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let path = format!("/admin/orders/{number}");
    let refused = chen.post(&format!("{path}/cancellation"), &[("reason", "")]).await.expect(422);
    assert!(refused.has("#reason-error"), "{refused}");
    let long = "x".repeat(201);
    let refused = chen.post(&format!("{path}/cancellation"), &[("reason", &long)]).await.expect(422);
    assert_eq!(refused.attribute_of("#reason", "value"), long);
    let asked = chen.post(&format!("{path}/cancellation"), &[("reason", "Broken <jar>")]).await.expect(403);
    assert_eq!(gives_password(&chen, &asked).await.expect(303).location(), path);
    let page = chen.page(&path).await;
    assert!(page.body.contains("¥50.00 goes back"), "{page}");
    let history = page.texts_of(".order-history li").join("; ");
    assert!(history.contains("Cancelled; the goods were returned to stock by chen Broken <jar>"), "{history}");
    assert!(!page.has("#reason"), "it is canceled");
    assert_eq!(audited(&shop), ["chen cancel_order 50.00"]);
    let again = chen.post_and_follow(&format!("{path}/cancellation"), &[("reason", "Again")]).await;
    assert!(again.body.contains("cannot be cancelled any more"), "{again}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_a_courier_collected_is_recorded_on_the_page_of_the_order() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let (number, chen) = (mei.orders().await, shop.clerk("chen").await);
    let path = format!("/admin/orders/{number}");
    assert!(!chen.page(&path).await.has("#collected"), "it has not left yet");
    shop.send_orders("true");
    let form = Form::of(&chen.page(&path).await, "form[action$='/cash']");
    for wrong in ["", "0", "x", "1.234"] {
        let typed = form.clone().typed("collected", wrong);
        assert!(chen.post(&typed.action, &typed.pairs()).await.expect(422).has("#collected-error"));
    }
    let typed = form.clone().typed("collected", "45");
    assert!(chen.post_and_follow(&typed.action, &typed.pairs()).await.body.contains("not the amount of the order"));
    assert_eq!(chen.page("/admin/payments?show=strange").await.texts_of(".payments-table tbody tr").len(), 1);
    let typed = form.typed("collected", "¥50.00");
    assert!(chen.post_and_follow(&typed.action, &typed.pairs()).await.body.contains("The order is paid."));
    assert_eq!(shop.text("select paid_amount::text from orders"), "50.00");
    assert_eq!(audited(&shop), ["chen record_cash 45.00", "chen record_cash 50.00"]);

    // No gateway gives it back: staff do, and say how.
    let refund = opens_refunds(&chen, &number).await.typed("amount", "50");
    assert!(chen.post(&refund.action, &refund.pairs()).await.expect(422).has("#note-error"));
    let refund = refund.typed("note", "In cash");
    chen.post(&refund.action, &refund.pairs()).await.expect(303);
    assert_eq!(shop.text("select status || ' ' || (next_attempt_at is null) from refunds"), "elsewhere true");
    assert_eq!(shop.text("select status from orders"), "refunded");
    shop.assert_reconciled();
}

#[tokio::test]
async fn attempts_are_listed_the_newest_first_and_found_by_their_numbers() {
    let shop = TestShop::open().await;
    let number = paid(&shop).await;
    shop.execute(
        "insert into payments (order_id, pay_method, number, amount, expires_at, trade_no)
         select 1, 'alipay', 'attempt_' || i, 50, now(), 'TRADE' || i from generate_series(1, 60) i",
    );
    let chen = shop.clerk("chen").await;
    let listed = |page: &Answer| page.texts_of(".payments-table .order-number");
    let first = chen.page("/admin/payments").await;
    assert_eq!((listed(&first).len(), listed(&first)[0].as_str()), (50, "attempt_60"));
    let second = chen.page(&first.attribute_of("a[rel=next]", "href")).await;
    assert_eq!(listed(&second).last(), Some(&format!("{number}_1")));
    assert_eq!(listed(&chen.page(&second.attribute_of("a[rel=prev]", "href")).await), listed(&first));
    for (query, found) in [
        ("q=attempt_7", vec!["attempt_7".to_owned()]),
        ("q=TRADE9", vec!["attempt_9".to_owned()]),
        ("q=T1", vec![format!("{number}_1")]),
        ("q=nothing", vec![]),
        ("show=strange", vec![]),
        ("show=out_of_stock", vec![]),
        ("show=refunds", vec![]),
    ] {
        assert_eq!(listed(&chen.page(&format!("/admin/payments?{query}")).await), found, "{query}");
    }
    assert_eq!(listed(&chen.page(&format!("/admin/payments?q={number}&show=open")).await).len(), 50);
    for odd in ["q=%00", "q='", "show=x", "older=x", "newer=-1", "older=9223372036854775807"] {
        chen.page(&format!("/admin/payments?{odd}")).await;
    }
    chen.get("/admin/payments/99").await.expect(404);
    shop.member("bo").await.get("/admin/payments").await.expect(404);
}

#[tokio::test]
async fn a_strange_payment_stands_on_the_dashboard_until_somebody_settles_it() {
    let shop = TestShop::open().await;
    let (_, payment) = begun(&shop).await;
    pay(&shop, &payment, "0.01");
    let body = "notify_id=1&charset=utf-8&total_amount=0.01&subject=%E8%AE%A2%E5%8D%95+%3Cb%3E";
    shop.execute(&format!(
        "insert into payment_notifications (pay_method, fingerprint, body, payment_id, outcome)
         values ('alipay', sha256('x'), '{body}', 1, 'strange')"
    ));
    let chen = shop.clerk("chen").await;
    let home = chen.page("/admin").await;
    let badge = home.text_of("nav a[href='/admin/payments'] .badge");
    assert!(badge.contains("1 payment or refund waits for you"), "{badge}");
    let list = chen.page("/admin/payments?show=strange").await;
    assert!(home.body.contains("/admin/payments?show=strange") && list.body.contains("waits for you"));
    let path = list.attribute_of(".payments-table a", "href");
    let page = chen.page(&path).await;
    assert!(page.text_of(".payment-strange").contains("¥0.01 was paid instead of ¥50.00."), "{page}");
    assert!(page.text_of(".notification dl").contains("subject 订单 <b>"), "{page}");

    let asked = chen.post_and_follow(&format!("{path}/query"), &[]).await;
    assert!(asked.body.contains("is being asked"), "{asked}");
    assert_eq!(shop.number("select count(*) from payments where next_query_at <= now()"), 1);
    assert!(chen.post(&format!("{path}/settlement"), &[("note", "")]).await.expect(422).has("#note-error"));
    chen.post(&format!("{path}/settlement"), &[("note", "He was called")]).await.expect(303);
    let settled = chen.post_and_follow(&format!("{path}/settlement"), &[("note", "Again")]).await;
    assert!(settled.body.contains("nothing to decide") && !settled.has(".payment-strange"), "{settled}");
    assert!(!chen.page("/admin").await.has("nav a[href='/admin/payments'] .badge"));
    assert_eq!(audited(&shop), ["chen query_payment", "chen settle_payment"]);
    chen.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(chen.page("/admin/audit-log").await.body.contains("处理异常付款"));
}

#[tokio::test]
async fn an_order_that_was_paid_late_is_revived_or_refunded_on_the_page_of_its_payment() {
    let shop = TestShop::open().await;
    let (_, payment) = begun(&shop).await;
    shop.execute("update orders set expires_at = now() - interval '16 minutes'");
    cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap();
    shop.execute(
        "update skus set stock = 0; insert into stock_movements (sku_id, delta, reason) values (1, -9, 'damage')",
    );
    pay(&shop, &payment, "50.00");
    let chen = shop.clerk("chen").await;
    let page = chen.page("/admin/payments/1").await;
    assert!(page.text_of(".payment-strange").contains("goods are not all there"), "{page}");
    let still = chen.post_and_follow("/admin/payments/1/revival", &[]).await;
    assert!(still.body.contains("still not all there"), "{still}");
    chen.post("/admin/payments/1/settlement", &[("note", "x")]).await.expect(303);
    assert_eq!(shop.text("select strange from payments"), "out_of_stock", "it is not settled by a note");
    let refunded = chen.post_and_follow("/admin/payments/1/refund", &[]).await;
    assert!(refunded.body.contains("¥50.00 goes back"), "{refunded}");
    assert!(chen.post_and_follow("/admin/payments/1/refund", &[]).await.body.contains("nothing to decide"));
    assert!(chen.post_and_follow("/admin/payments/1/revival", &[]).await.body.contains("nothing to decide"));
    assert_eq!(shop.texts("select amount::text from refunds"), ["50.00"]);
    assert_eq!(audited(&shop), ["chen refund_payment 50.00"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_refused_refund_waits_for_staff_who_try_it_again_or_give_it_otherwise() {
    let shop = TestShop::open().await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let form = opens_refunds(&chen, &number).await.typed("amount", "5");
    chen.post(&form.action, &form.pairs()).await.expect(303);
    refuse(&shop, 1);
    assert_eq!(chen.page("/admin/payments?show=refunds").await.texts_of(".payments-table tbody tr").len(), 1);
    assert!(chen.page("/admin").await.has("nav a[href='/admin/payments'] .badge"));
    let page = chen.page("/admin/payments/1").await;
    assert!(
        page.text_of(".refund").contains("¥5.00 Refused") && page.text_of(".refund").contains("no <balance>"),
        "{page}"
    );
    chen.post("/admin/payments/1/refunds/1/attempt", &[]).await.expect(303);
    assert_eq!(shop.text("select status || ' ' || (next_attempt_at <= now()) from refunds"), "sent true");
    assert_eq!(shop.text("select refunded_amount::text from orders"), "5.00");
    refuse(&shop, 1);
    let empty = chen.post("/admin/payments/1/refunds/1/settlement", &[("note", "")]).await.expect(422);
    assert!(empty.has("#note-1-error"), "{empty}");
    let given = [("note", "By bank")];
    chen.post("/admin/payments/1/refunds/1/settlement", &given).await.expect(303);
    assert_eq!(shop.text("select status || ' ' || note from refunds"), "elsewhere By bank");
    let again = chen.post_and_follow("/admin/payments/1/refunds/1/settlement", &given).await;
    assert!(again.body.contains("nothing to decide"), "{again}");
    assert_eq!(shop.text("select refunded_amount::text from orders"), "5.00");
    assert_eq!(audited(&shop), ["chen refund_order 5.00", "chen retry_refund 5.00", "chen give_otherwise 5.00"]);
    assert!(!chen.page("/admin").await.has("nav a[href='/admin/payments'] .badge"));
    chen.post("/admin/payments/2/refunds/1/attempt", &[]).await.expect(404);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_refund_that_is_under_way_for_an_hour_is_stuck() {
    let shop = TestShop::open().await;
    let (number, chen) = (paid(&shop).await, shop.clerk("chen").await);
    let form = opens_refunds(&chen, &number).await.typed("amount", "5");
    chen.post(&form.action, &form.pairs()).await.expect(303);
    let waiting = async || chen.page("/admin/payments?show=refunds").await.texts_of(".payments-table tbody tr").len();
    assert_eq!(waiting().await, 0);
    shop.execute(
        "update refunds set created_at = now() - interval '61 minutes', next_attempt_at = now() + interval '1 hour'",
    );
    assert_eq!(waiting().await, 1);
    chen.post("/admin/payments/1/refunds/1/attempt", &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from refunds where next_attempt_at <= now()"), 1);
    let (now, next) = (clock::now(), clock::now() + Duration::seconds(30));
    apply_refund_result(&mut shop.connect(), RefundId(1), &RefundState::Done, next, now).unwrap();
    assert_eq!(waiting().await, 0);
}
