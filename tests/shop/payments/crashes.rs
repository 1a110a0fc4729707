//! What crashes while an order is paid or its money goes back, at each point where only one side knows what has happened.
//! `docs/payments.md` lists the points with their tests.

use futures_util::future::join_all;
use std::time::{Duration, Instant};
use till::{jobs::send_refunds, lifecycle::cancel_expired, platform::clock};

use super::{
    cashier::Scene,
    pages::{begin, notify, unpaid},
};
use crate::support::{Fault, TestShop, about, signed};

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_the_same_when_it_is_begun_again() {
    let scene = Scene::behind_proxies().await;
    let path = format!("{}/payment", scene.path);
    for fault in [Fault::CutRequest("COMMIT"), Fault::CutAnswer("COMMIT\0")] {
        scene.shop.proxies().database.set(fault);
        scene.mei.browser.post(&path, &[]).await.expect(503);
        scene.shop.proxies().database.set(Fault::None);
    }
    let page = scene.begin().await;
    assert_eq!(scene.shop.number("select count(*) from payments"), 1);
    scene.cashier.pay(&page).await;
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
}

/// The gateway repeats what was not answered with exactly `success`, and the order is paid once.
async fn is_repeated_and_pays_once(fault: Fault) {
    let shop = TestShop::behind_proxies(&[]).await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    let body = signed(&about(&number, "50.00"));
    shop.proxies().database.set(fault);
    let answer = notify(&shop, body.clone()).await;
    assert_eq!(answer.status, 503, "{fault:?}: {answer}");
    assert_ne!(answer.body, "success", "{fault:?}");
    shop.proxies().database.set(Fault::None);
    // The gateway repeats it until then: the shop notices a moment later that its database is back.
    let deadline = Instant::now() + Duration::from_secs(60);
    while notify(&shop, body.clone()).await.body != "success" {
        assert!(Instant::now() < deadline, "{fault:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(notify(&shop, body.clone()).await.body, "success", "{fault:?}");
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00", "{fault:?}");
    assert_eq!(shop.texts("select event from order_events"), ["paid"], "{fault:?}");
    assert_eq!(shop.number("select count(*) from payment_notifications"), 1, "{fault:?}");
    assert_eq!(shop.number("select count(*) from refunds"), 0, "{fault:?}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_notification_that_finds_no_database_is_not_acknowledged_and_comes_again() {
    is_repeated_and_pays_once(Fault::Refuse).await;
}

#[tokio::test]
async fn a_notification_whose_transaction_was_lost_before_its_commit_comes_again() {
    is_repeated_and_pays_once(Fault::CutRequest("COMMIT")).await;
}

#[tokio::test]
async fn a_notification_whose_commit_may_have_happened_is_not_acknowledged_and_comes_again() {
    is_repeated_and_pays_once(Fault::CutAnswer("COMMIT\0")).await;
}

#[tokio::test]
async fn a_notification_that_was_not_kept_is_not_acknowledged() {
    is_repeated_and_pays_once(Fault::CutRequest("INSERT INTO \"payment_notifications\"")).await;
}

#[tokio::test]
async fn notification_query_and_return_at_the_same_moment_pay_the_order_once() {
    let scene = Scene::open().await;
    let back = scene.cashier.pay(&scene.begin().await).await;
    let (number, trade_no) = (scene.shop.text("select number from payments"), trade_no_in(&back));
    let mut fields = about(&number, "50.00");
    fields.iter_mut().find(|(name, _)| *name == "trade_no").unwrap().1 = &trade_no;
    let body = signed(&fields);
    let path = format!("/pay/alipay/return?{}", back.split_once('?').unwrap().1);
    let notifications = join_all((0..8).map(|_| notify(&scene.shop, body.clone())));
    let returns = join_all((0..4).map(|_| scene.mei.browser.get(&path)));
    let queries = async {
        for _ in 0..4 {
            scene.run_jobs().await;
        }
    };
    let (notified, returned, ()) = tokio::join!(notifications, returns, queries);
    assert!(notified.iter().all(|answer| answer.body == "success"));
    assert!(returned.iter().all(|answer| answer.status == 303));
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    assert_eq!(scene.shop.texts("select event from order_events"), ["paid"]);
    assert_eq!(scene.shop.number("select count(*) from refunds"), 0);
    scene.shop.assert_reconciled();
}

fn trade_no_in(back: &str) -> String {
    let url = url::Url::parse(back).unwrap();
    url.query_pairs().find(|(name, _)| name == "trade_no").unwrap().1.into_owned()
}

#[tokio::test]
async fn an_order_that_was_paid_in_the_second_of_its_expiry_is_not_canceled() {
    let scene = Scene::open().await;
    scene.cashier.pay(&scene.begin().await).await;
    scene.shop.execute(
        "update orders set expires_at = now() - interval '3 minutes';
         update payments set expires_at = now() - interval '3 minutes'",
    );
    let cancel = || cancel_expired(&mut scene.shop.connect(), clock::now(), 10).unwrap();
    assert_eq!(cancel(), 0, "its attempt may have been paid");
    // The gateway is told to close it, and answers that it is paid.
    scene.run_jobs().await;
    assert_eq!((scene.state(), cancel()), ("unsent 50.00 0.00".to_owned(), 0));
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn money_that_somebody_gave_back_in_the_gateways_back_office_is_shown_to_staff() {
    let shop = TestShop::open().await;
    let (mei, path) = unpaid(&shop).await;
    let number = begin(&shop, &mei, &path).await;
    notify(&shop, signed(&about(&number, "50.00"))).await;
    let strange = || shop.texts("select strange from payments where strange is not null");
    let refunded = |sum: &'static str| {
        let mut fields = about(&number, "50.00");
        fields.extend([("refund_fee", sum), ("gmt_refund", "2026-11-30 12:05:00.123")]);
        signed(&fields)
    };
    // A refund of the shop, and another that it knows nothing of.
    shop.execute(
        "insert into refunds (payment_id, number, amount, reason, status, sent_at)
         select id, number || '_r1', 5, 'amount', 'sent', now() from payments;
         update orders set refunded_amount = 5",
    );
    assert_eq!(notify(&shop, refunded("5.00")).await.body, "success");
    assert_eq!(strange(), Vec::<String>::new(), "it may be done before its answer is here");
    for _ in 0..2 {
        assert_eq!(notify(&shop, refunded("25.00")).await.body, "success");
        assert_eq!(strange(), ["25.00 has gone back at the gateway, 5.00 of it by refunds from here"]);
    }
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    shop.assert_reconciled();
}

/// A scene behind proxies whose order was canceled before it was paid: its refund is wanted.
async fn refund_is_wanted() -> Scene {
    let scene = Scene::behind_proxies().await;
    let page = scene.begin().await;
    scene.mei.browser.post(&format!("{}/cancellation", scene.path), &[]).await.expect(303);
    scene.cashier.pay(&page).await;
    scene.let_jobs_be_due();
    till::jobs::query_payments(&scene.db, &scene.gateways).await.unwrap();
    assert_eq!(scene.shop.texts("select status from refunds"), ["wanted"]);
    scene
}

async fn is_given_back_once(scene: &Scene) {
    for _ in 0..3 {
        scene.run_jobs().await;
    }
    assert_eq!(scene.shop.texts("select status from refunds"), ["done"]);
    assert_eq!(scene.given_back().await, ["50.00"]);
    assert_eq!(scene.state(), "canceled 0.00 0.00");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn a_refund_whose_process_died_before_it_was_sent_is_sent_by_the_next() {
    let scene = refund_is_wanted().await;
    scene.let_jobs_be_due();
    // It marks the refund as sent, and that is the last it does.
    scene.shop.proxies().database.set(Fault::CutAnswer("UPDATE 1\0"));
    assert!(send_refunds(&scene.db, &scene.gateways).await.is_err());
    scene.shop.proxies().database.set(Fault::None);
    assert!(scene.given_back().await.is_empty());
    is_given_back_once(&scene).await;
}

#[tokio::test]
async fn a_refund_that_is_done_and_was_not_written_down_is_asked_about_and_not_given_again() {
    let scene = refund_is_wanted().await;
    scene.let_jobs_be_due();
    scene.shop.proxies().database.set(Fault::CutRequest("\"done_at\" = $"));
    assert!(send_refunds(&scene.db, &scene.gateways).await.is_err());
    scene.shop.proxies().database.set(Fault::None);
    assert_eq!(scene.given_back().await, ["50.00"]);
    assert_eq!(scene.shop.texts("select status from refunds"), ["sent"], "it may be done");
    is_given_back_once(&scene).await;
}

#[tokio::test]
async fn a_database_restored_from_before_the_payment_learns_of_it() {
    let scene = Scene::open().await;
    scene.cashier.pay(&scene.begin().await).await;
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    scene.shop.execute(
        "delete from order_events;
         update payments set status = 'open', counts = false, trade_no = null, paid_at = null, next_query_at = now();
         update orders set status = 'unpaid', paid_at = null, paid_amount = 0",
    );
    scene.run_jobs().await;
    assert_eq!(scene.state(), "unsent 50.00 0.00");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn a_database_restored_from_before_a_refund_gives_nothing_back_twice() {
    let scene = refund_is_wanted().await;
    is_given_back_once(&scene).await;
    // As it was when the refund was wanted: its number is the same, so the gateway gives no second money.
    scene.shop.execute(
        "update refunds set status = 'wanted', sent_at = null, done_at = null, attempts = 0, next_attempt_at = now()",
    );
    is_given_back_once(&scene).await;
    // As it was when the buyer had gone to pay: the gateway has closed what it has given back completely.
    scene.shop.execute(
        "delete from refunds;
         update payments set status = 'open', trade_no = null, paid_at = null, next_query_at = now()",
    );
    scene.run_jobs().await;
    scene.run_jobs().await;
    assert_eq!(scene.shop.texts("select status from payments"), ["closed"]);
    assert_eq!(scene.given_back().await, ["50.00"]);
    scene.shop.assert_reconciled();
}
