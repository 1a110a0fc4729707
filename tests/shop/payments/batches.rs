//! Many notifications at the same moment are applied in batches, and each comes out as if it had come alone.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use reqwest::Method;
use std::time::{Duration, Instant};
use till::{
    kernel::{Money, PayMethod},
    lifecycle::{apply_notification, apply_notifications},
    payments::{GatewayState, PaidTrade, ReceivedNotification},
    platform::{clock, db::Db},
    shop::NotificationQueue,
    web::PageError,
};

use super::pages::{begin, unpaid};
use crate::support::{Answer, Browser, Fault, TestShop, about, signed};

/// Longer than the database allows the number of a trade to be.
const FAULTY_TRADE: &str = "A12345678901234567890123456789012345678901234567890123456789012345";

/// So many orders of ¥50.00 that wait to be paid, each with an open attempt. Returns the numbers of the attempts.
async fn unpaid_orders(shop: &TestShop, count: usize) -> Vec<String> {
    let (mei, path) = unpaid(shop).await;
    begin(shop, &mei, &path).await;
    shop.execute(&format!(
        "insert into orders (user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, placed_at, expires_at, number)
         select user_id, left(checkout_token, 20) || lpad(n::text, 12, '0'), status, pay_method, total_count, goods_amount,
            freight, total_amount, recipient, phone, region, street, postcode, placed_at, expires_at,
            left(number, 23) || lpad(n::text, 6, '0')
         from orders, generate_series(2, {count}) n;
         insert into order_goods (order_id, sku_id, name, price, count)
         select o.id, g.sku_id, g.name, g.price, g.count from orders o, order_goods g
         where not exists (select from order_goods where order_id = o.id);
         insert into payments (order_id, pay_method, number, amount, expires_at)
         select id, 'alipay', number || '_1', total_amount, expires_at from orders o
         where not exists (select from payments where order_id = o.id);
         insert into stock_movements (sku_id, delta, reason) select id, 2 * {count} - 2, 'import' from skus;
         update skus set sales = 2 * {count};
         update spus set sales = 2 * {count}"
    ));
    shop.texts("select number from payments order by id")
}

fn says_paid(number: &str, trade_no: &str, amount: &str) -> String {
    let mut fields = about(number, amount);
    fields.iter_mut().find(|(name, _)| *name == "trade_no").unwrap().1 = trade_no;
    signed(&fields)
}

async fn notify(gateway: &Browser, body: String) -> Answer {
    gateway.send(gateway.request(Method::POST, "/pay/alipay/notification").body(body)).await
}

/// Repeats a notification until it is acknowledged, as the gateway does.
async fn deliver(gateway: &Browser, body: String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = notify(gateway, body.clone()).await;
        if answer.body == "success" {
            return;
        }
        assert!(answer.status == 503 && Instant::now() < deadline, "{answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn trade(at: usize) -> String {
    format!("T{at:020}")
}

/// What an order is, its events, and the outcomes of the notifications about it.
fn story(shop: &TestShop, number: &str) -> String {
    shop.text(&format!(
        "select concat_ws(' ', o.status, o.paid_amount, p.trade_no, p.counts,
            (select string_agg(e.event || ' ' || e.actor || ' ' || (e.details ->> 'payment'), ' ') from order_events e
             where e.order_id = o.id),
            (select string_agg(n.outcome, ' ' order by n.id) from payment_notifications n where n.payment_id = p.id))
         from payments p join orders o on o.id = p.order_id where p.number = '{number}'"
    ))
}

fn assert_each_is_paid_once(shop: &TestShop, numbers: &[String]) {
    for (at, number) in numbers.iter().enumerate() {
        let expected = format!("unsent 50.00 {} t paid gateway {number} order_paid", trade(at));
        assert_eq!(story(shop, number), expected);
    }
}

#[tokio::test]
async fn hundreds_of_notifications_at_once_with_duplicates_and_faulty_ones_each_come_out_as_if_alone() {
    let shop = TestShop::unbounded().await;
    let numbers = unpaid_orders(&shop, 160).await;
    let (paid, rest) = numbers.split_at(120);
    let (strange, faulty) = rest.split_at(20);
    let gateway = shop.visitor();
    let mut good = Vec::new();
    for (at, number) in paid.iter().enumerate() {
        let body = says_paid(number, &trade(at), "50.00");
        good.extend([body.clone(), body]);
    }
    for (at, number) in strange.iter().enumerate() {
        good.push(says_paid(number, &trade(200 + at), "0.01"));
        good.push(says_paid(&format!("unknown_{at}"), &trade(300 + at), "50.00"));
    }
    let bad = faulty.iter().map(|number| notify(&gateway, says_paid(number, FAULTY_TRADE, "50.00")));
    let good = good.into_iter().map(|body| deliver(&gateway, body));
    let (refused, _) = tokio::join!(join_all(bad), join_all(good));

    assert!(refused.iter().all(|answer| answer.status >= 500 && answer.body != "success"));
    assert_each_is_paid_once(&shop, paid);
    for number in strange {
        assert_eq!(story(&shop, number), "unpaid 0.00 f strange");
    }
    for number in faulty {
        assert_eq!(story(&shop, number), "unpaid 0.00 f");
    }
    let stored = |outcome: &str| {
        let these = format!("from payment_notifications where outcome = '{outcome}'");
        shop.text(&format!("select count(*) || ' ' || (min(times) > 1) || ' ' || count(payment_id) {these}"))
    };
    assert_eq!(stored("order_paid"), "120 true 120");
    assert_eq!(stored("unknown_number").split(' ').next(), Some("20"));
    assert_eq!(shop.number("select count(*) from refunds"), 0);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_comes_while_a_batch_is_written_is_the_next_batch() {
    let shop = TestShop::unbounded().await;
    let numbers = unpaid_orders(&shop, 30).await;
    let gateway = shop.visitor();
    let mut other = shop.connect();
    other.batch_execute("begin; lock table payment_notifications in exclusive mode").unwrap();
    let all = numbers.iter().enumerate().map(|(at, number)| deliver(&gateway, says_paid(number, &trade(at), "50.00")));
    let release = async {
        shop.somebody_waits().await;
        assert_eq!(shop.number("select count(*) from payments where status = 'paid'"), 0);
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.batch_execute("commit").unwrap();
    };
    tokio::join!(join_all(all), release);
    assert_each_is_paid_once(&shop, &numbers);
    let transactions = shop.number("select count(distinct xmin::text) from payments");
    assert!(transactions < 30, "{transactions} transactions for 30 notifications");
    shop.assert_reconciled();
}

fn received(number: &str, trade_no: &str, amount: &str) -> ReceivedNotification {
    let amount: Money = amount.parse().unwrap();
    let body = format!("{number} {trade_no} {amount:?}").into_bytes();
    let mut fingerprint = [0; 32];
    for (at, byte) in body.iter().enumerate() {
        fingerprint[at % 32] ^= byte.rotate_left(u32::try_from(at / 32).unwrap());
    }
    let trade_no = trade_no.to_owned();
    let state = GatewayState::Paid(PaidTrade { trade_no, amount, paid_at: None, refunded: Money::ZERO });
    ReceivedNotification { pay_method: PayMethod::Alipay, number: number.to_owned(), state, fingerprint, body }
}

#[tokio::test]
async fn notifications_of_one_batch_about_the_same_attempt_or_trade_come_out_as_one_after_the_other() {
    let shop = TestShop::unbounded().await;
    let numbers = unpaid_orders(&shop, 4).await;
    let batch = [
        received(&numbers[0], "T1", "50.00"),
        received(&numbers[0], "T1", "50.00"),
        received(&numbers[0], "T9", "50.00"),
        received(&numbers[1], "T1", "50.00"),
        received(&numbers[2], "T8", "0.01"),
        received(&numbers[2], "T3", "50.00"),
        received("unknown", "T4", "50.00"),
        ReceivedNotification { state: GatewayState::Closed, ..received(&numbers[3], "T5", "50.00") },
    ];
    let conn = &mut shop.connect();
    let outcomes = apply_notifications(conn, &batch, clock::now()).unwrap();
    let (paid, repeated, unknown) = (Some("order_paid"), Some("repeated"), Some("unknown_number"));
    assert_eq!(outcomes, [paid, repeated, None, None, None, paid, unknown, None]);
    let mut alone = Vec::new();
    for (notification, outcome) in batch.iter().zip(&outcomes) {
        if outcome.is_none() {
            alone.push(apply_notification(conn, notification, clock::now()).unwrap());
        }
    }
    assert_eq!(alone, ["strange", "strange", "strange", "closed"]);
    assert_eq!(
        shop.texts("select concat_ws(', ', status, trade_no, strange) from payments order by id"),
        [
            "paid, T1, paid again, by trade T9",
            "open, trade T1 is that of another attempt",
            "paid, T3, paid again, by trade T8",
            "closed",
        ]
    );
    shop.assert_reconciled();
}

#[tokio::test]
async fn two_attempts_of_one_order_in_one_batch_pay_it_once_and_the_second_goes_back() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let first = begin(&shop, &mei, &path).await;
    shop.execute("update payments set close_wanted = true");
    let second = begin(&shop, &mei, &path).await;
    let batch = [received(&second, "T2", "50.00"), received(&first, "T1", "50.00")];
    let conn = &mut shop.connect();
    assert_eq!(apply_notifications(conn, &batch, clock::now()).unwrap(), [Some("order_paid"), None]);
    assert_eq!(apply_notification(conn, &batch[1], clock::now()).unwrap(), "goes_back");
    assert_eq!(shop.texts("select trade_no || ' ' || counts from payments order by id"), ["T1 false", "T2 true"]);
    assert_eq!(shop.texts("select amount || ' ' || reason from refunds"), ["50.00 surplus"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_faulty_notification_undoes_a_batch_and_then_only_itself() {
    let shop = TestShop::unbounded().await;
    let numbers = unpaid_orders(&shop, 3).await;
    let batch = [
        received(&numbers[0], "T1", "50.00"),
        received(&numbers[1], FAULTY_TRADE, "50.00"),
        received(&numbers[2], "T3", "50.00"),
    ];
    let conn = &mut shop.connect();
    let before = shop.fingerprint();
    assert!(apply_notifications(conn, &batch, clock::now()).is_err());
    assert_eq!(shop.fingerprint(), before);
    let alone = batch.each_ref().map(|one| apply_notification(conn, one, clock::now()).ok());
    assert_eq!(alone, [Some("order_paid"), None, Some("order_paid")]);
    assert_eq!(shop.number("select count(*) from payment_notifications"), 2);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_locked_order_or_attempt_makes_no_other_notification_wait() {
    let shop = TestShop::unbounded().await;
    let numbers = unpaid_orders(&shop, 3).await;
    let mut other = shop.connect();
    let lock = format!(
        "begin; select from orders where id = (select min(id) from orders) for update;
         select from payments where number = '{}' for update",
        numbers[1]
    );
    other.batch_execute(&lock).unwrap();
    let batch: Vec<_> = numbers.iter().map(|number| received(number, number, "50.00")).collect();
    let conn = &mut shop.connect();
    conn.batch_execute("set lock_timeout = '5s'").unwrap();
    assert_eq!(apply_notifications(conn, &batch, clock::now()).unwrap(), [None, None, Some("order_paid")]);
    other.batch_execute("rollback").unwrap();
    assert_eq!(apply_notifications(conn, &batch[..2], clock::now()).unwrap(), [Some("order_paid"); 2]);
    shop.assert_reconciled();
}

/// Batches are lost by this fault: none of their notifications is acknowledged, and all of them come again.
async fn batches_are_repeated_and_pay_once(fault: Fault) {
    let shop = TestShop::behind_proxies(&[]).await;
    let numbers = unpaid_orders(&shop, 40).await;
    let gateway = shop.visitor();
    let bodies: Vec<String> =
        numbers.iter().enumerate().map(|(at, number)| says_paid(number, &trade(at), "50.00")).collect();
    shop.proxies().database.set(fault);
    for answer in join_all(bodies.iter().map(|body| notify(&gateway, body.clone()))).await {
        assert_eq!(answer.status, 503, "{fault:?}: {answer}");
    }
    shop.proxies().database.set(Fault::None);
    join_all(bodies.iter().map(|body| deliver(&gateway, body.clone()))).await;
    assert_each_is_paid_once(&shop, &numbers);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_batch_that_was_lost_before_its_commit_comes_again() {
    batches_are_repeated_and_pay_once(Fault::CutRequest("COMMIT")).await;
}

#[tokio::test]
async fn a_batch_whose_commit_may_have_happened_is_not_acknowledged_and_comes_again() {
    batches_are_repeated_and_pay_once(Fault::CutAnswer("COMMIT\0")).await;
}

#[tokio::test]
async fn a_queue_of_notifications_that_is_full_refuses_the_next_one_at_once() {
    let shop = TestShop::open().await;
    let db = Db::connect(&shop.config().stores.database_url, 4).unwrap();
    let queue = NotificationQueue::open(&db);
    let numbers: Vec<String> = (0..1030).map(|at| format!("unknown_{at}")).collect();
    let refused = join_all(numbers.iter().map(|number| queue.apply(received(number, "T1", "50.00")))).await;
    let refused = refused.iter().filter(|outcome| match outcome {
        Err(PageError::Unavailable(why)) => why.to_string() == "too many notifications wait",
        _ => false,
    });
    assert_eq!(refused.count(), 1030 - 1024);
}
