//! When an email is written, and that it is sent once, whatever fails.

use futures_util::future::join_all;
use till::{
    jobs::schedule_mails_once,
    order_mails::MailKind,
    platform::{clock, outbox},
};

use super::{Scene, db, email_job, kinds, scheduled, sent, worked};
use crate::support::{SmtpBehavior, SmtpServer};

#[tokio::test]
async fn each_kind_of_email_is_written_and_sent_once_however_many_processes_work() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    scene.everything();
    let schedulers = (0..4).map(|_| {
        let url = shop.database.url.clone();
        tokio::task::spawn_blocking(move || {
            let mut conn = <diesel::PgConnection as diesel::Connection>::establish(&url).unwrap();
            schedule_mails_once(&mut conn, 10, true).unwrap()
        })
    });
    for done in join_all(schedulers).await {
        done.unwrap();
    }
    let all = scheduled(shop);
    let found = shop.texts("select distinct kind from order_mails order by 1");
    let mut wanted: Vec<String> = MailKind::CODES.iter().map(|code| (*code).to_owned()).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(shop.number("select count(*) from order_events where mails_at is null"), 0);
    assert_eq!(shop.number("select count(*) from outbox where kind = 'order_mail' and lane = 'mail'"), all);
    let (first, second) = tokio::join!(worked(shop), worked(shop));
    assert!(i64::try_from(first + second).unwrap() <= all);
    while shop.number("select count(*) from outbox where done_at is null") > 0 {
        worked(shop).await;
    }
    assert_eq!(shop.number("select count(*) from order_mails where sent_at is not null"), all);
    assert_eq!(i64::try_from(sent(shop).await.len()).unwrap(), all);
    assert_eq!(scheduled(shop), all, "nothing is due twice");
}

#[tokio::test]
async fn an_order_that_is_paid_at_once_gets_no_email_that_asks_for_the_payment() {
    let scene = Scene::open(&[]).await;
    scene.shop.execute("update order_mail_cursor set placed_at = now() - interval '1 hour'");
    let order = scene.order("unpaid", &[("placed_at", "now() - interval '119 seconds'")]);
    assert_eq!(scheduled(&scene.shop), 0);
    scene.shop.execute(&format!(
        "update orders set status = 'unsent', paid_at = now(), paid_amount = 50,
            placed_at = now() - interval '121 seconds' where id = {order}"
    ));
    scene.event(order, "paid", "{}");
    scheduled(&scene.shop);
    assert_eq!(kinds(&scene.shop), ["paid"]);
    let other = scene.order("unpaid", &[("placed_at", "now() - interval '121 seconds'")]);
    scheduled(&scene.shop);
    assert_eq!(kinds(&scene.shop), ["paid", "placed"]);
    // Paid just before it is sent.
    scene
        .shop
        .execute(&format!("update orders set status = 'unsent', paid_at = now(), paid_amount = 50 where id = {other}"));
    worked(&scene.shop).await;
    let skipped = scene.shop.texts("select skipped from order_mails where kind = 'placed'");
    assert_eq!((skipped, sent(&scene.shop).await.len()), (vec!["outdated".to_owned()], 1));
}

#[tokio::test]
async fn an_order_that_its_transaction_commits_late_still_gets_its_email() {
    let scene = Scene::open(&[]).await;
    scheduled(&scene.shop);
    scheduled(&scene.shop);
    let cod = [("pay_method", "'cod'"), ("expires_at", "null"), ("placed_at", "now() - interval '4 minutes'")];
    scene.shop.execute("update order_mail_cursor set placed_at = now() - interval '5 minutes'");
    scene.order("unsent", &cod);
    assert_eq!(scheduled(&scene.shop), 1);
    scene.order("unsent", &[cod[0], cod[1], ("placed_at", "now() - interval '20 days'")]);
    assert_eq!(scheduled(&scene.shop), 1, "old orders get none");
}

#[tokio::test]
async fn who_had_little_time_to_pay_is_not_reminded() {
    let scene = Scene::open(&[]).await;
    let times = |placed: &'static str, expires: &'static str| [("placed_at", placed), ("expires_at", expires)];
    scene.order("unpaid", &times("now() - interval '11 minutes'", "now() + interval '9 minutes'"));
    scene.order("unpaid", &times("now() - interval '19 minutes'", "now() + interval '11 minutes'"));
    scheduled(&scene.shop);
    assert!(!kinds(&scene.shop).contains(&"pay_reminder".to_owned()), "{:?}", kinds(&scene.shop));
    scene.order("unpaid", &times("now() - interval '12 minutes'", "now() + interval '9 minutes'"));
    scheduled(&scene.shop);
    scheduled(&scene.shop);
    assert_eq!(kinds(&scene.shop).iter().filter(|kind| *kind == "pay_reminder").count(), 1);
    scene.shop.execute("update orders set expires_at = now() - interval '1 second'");
    worked(&scene.shop).await;
    assert!(sent(&scene.shop).await.iter().all(|mail| !mail.subject.contains("Please pay by")));
}

#[tokio::test]
async fn who_has_an_open_return_is_not_told_that_the_order_counts_as_received() {
    let scene = Scene::open(&[]).await;
    let on_its_way = |sent: &'static str| {
        [("sent_at", sent), ("placed_at", "now() - interval '20 days'"), ("paid_amount", "50"), ("paid_at", "now()")]
    };
    scene.order("unreceived", &on_its_way("now() - interval '7 days 23 hours'"));
    scene.order("unreceived", &on_its_way("now() - interval '10 days 1 hour'"));
    let due = scene.order("unreceived", &on_its_way("now() - interval '8 days 1 hour'"));
    let back = scene.goods_return(due);
    assert_eq!(scheduled(&scene.shop), 0);
    scene.shop.execute(&format!("update returns set status = 'withdrawn', closed_at = now() where id = {back}"));
    scheduled(&scene.shop);
    assert_eq!(kinds(&scene.shop), ["delivery_soon"]);
    scene.shop.execute("update returns set token = repeat('s', 20)");
    scene.goods_return(due);
    worked(&scene.shop).await;
    assert_eq!(scene.shop.text("select skipped from order_mails"), "outdated");
}

#[tokio::test]
async fn what_is_not_true_any_more_is_not_sent() {
    let scene = Scene::open(&[]).await;
    let canceled = [("canceled_at", "now()"), ("canceled_by", "'expiry'"), ("placed_at", "now() - interval '1 day'")];
    let revived = scene.order("canceled", &canceled);
    scene.event(revived, "expired", "{}");
    let sent_order = scene.order("unreceived", &[("sent_at", "now()"), ("placed_at", "now() - interval '20 days'")]);
    let parcel = scene.parcel(sent_order);
    scheduled(&scene.shop);
    scene.shop.execute(&format!(
        "update orders set status = 'unsent', canceled_at = null, canceled_by = null where id = {revived};
         update shipments set status = 'undone', undone_at = now() where id = {parcel}"
    ));
    worked(&scene.shop).await;
    assert!(sent(&scene.shop).await.is_empty());
    assert_eq!(scene.shop.texts("select skipped from order_mails"), ["outdated", "outdated"]);
    // An event of last week, for example because no process ran.
    scene.event(revived, "paid", "{}");
    scene.shop.execute("update order_events set at = now() - interval '4 days' where mails_at is null");
    assert_eq!(scheduled(&scene.shop), 2);
}

#[tokio::test]
async fn a_shop_that_cannot_send_writes_no_emails_for_later() {
    let scene = Scene::open(&[("PUBLIC_URL", "http://shop.example")]).await;
    scene.everything();
    while schedule_mails_once(&mut scene.shop.connect(), 10, false).unwrap() > 0 {}
    assert_eq!(scene.shop.number("select count(*) from order_mails"), 0);
    assert_eq!(scene.shop.number("select count(*) from order_events where mails_at is null"), 0);
}

#[tokio::test]
async fn what_the_server_refuses_is_tried_again_and_in_the_end_shown_to_staff() {
    let server = SmtpServer::start();
    let url = server.url();
    let mail = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "Till <till@shop.example>")];
    let scene = Scene::open(&mail).await;
    let shop = &scene.shop;
    let chen = shop.clerk("chen").await;
    let order = scene
        .order("unsent", &[("paid_at", "now()"), ("paid_amount", "50"), ("placed_at", "now() - interval '1 day'")]);
    scene.event(order, "paid", "{}");
    scheduled(shop);
    let number = shop.text("select number from orders");
    let page = || async { chen.page(&format!("/admin/orders/{number}")).await.text_of(".order-mails li") };
    shop.execute("update order_events set event = 'paid'");
    assert!(page().await.contains("Paid Waiting"), "{}", page().await);
    server.behaves(SmtpBehavior::RefusesReceivers);
    assert_eq!(worked(shop).await, 0);
    assert!(page().await.contains("is tried again") && page().await.contains("550"), "{}", page().await);
    shop.execute("update outbox set attempts = 15");
    worked(shop).await;
    let outbox = chen.page("/admin/outbox").await;
    let row = outbox.text_of("tbody tr");
    assert!(row.contains("Mail about an order") && row.contains(&number) && row.contains("550"), "{row}");
    assert!(page().await.contains("Paid Failed"), "{}", page().await);
    server.behaves(SmtpBehavior::Takes);
    chen.post("/admin/outbox/attempts", &[]).await.expect(303);
    assert_eq!(worked(shop).await, 1);
    assert!(page().await.contains("Paid Sent"), "{}", page().await);
    assert_eq!(server.received()[0].to, ["TO:<mei@example.com>"]);
}

#[tokio::test]
async fn an_email_that_may_have_arrived_is_never_sent_again() {
    let server = SmtpServer::start();
    let url = server.url();
    let scene = Scene::open(&[("SMTP_URL", &url), ("MAIL_FROM", "Till <till@shop.example>")]).await;
    let shop = &scene.shop;
    let order = scene
        .order("unsent", &[("paid_at", "now()"), ("paid_amount", "50"), ("placed_at", "now() - interval '1 day'")]);
    scene.event(order, "paid", "{}");
    scheduled(shop);
    // The server has the whole text, and hangs up before it confirms.
    server.behaves(SmtpBehavior::HangsUp);
    assert_eq!(worked(shop).await, 1);
    server.behaves(SmtpBehavior::Takes);
    shop.execute("update outbox set done_at = null, attempts = 0");
    assert_eq!(worked(shop).await, 0, "somebody else is at it, for all that is known");
    shop.execute("update order_mails set begun_at = now() - interval '6 minutes'; update outbox set attempts = 0");
    assert_eq!(worked(shop).await, 1);
    assert_eq!(server.received().len(), 1);
    let (number, chen) = (shop.text("select number from orders"), shop.clerk("chen").await);
    let page = chen.page(&format!("/admin/orders/{number}")).await;
    assert!(page.text_of(".order-mails li").contains("Unknown whether it arrived"), "{page}");
}

#[tokio::test]
async fn a_shopper_without_an_address_gets_no_email_and_nothing_fails() {
    let scene = Scene::open(&[]).await;
    scene.shop.execute("alter table users drop constraint users_email_check; update users set email = ''");
    let order = scene
        .order("unsent", &[("paid_at", "now()"), ("paid_amount", "50"), ("placed_at", "now() - interval '1 day'")]);
    scene.event(order, "paid", "{}");
    scheduled(&scene.shop);
    assert_eq!(worked(&scene.shop).await, 1);
    assert_eq!(scene.shop.text("select skipped from order_mails"), "no_address");
}

#[tokio::test]
async fn jobs_that_send_email_never_stand_before_others() {
    let scene = Scene::open(&[]).await;
    scene.everything();
    scheduled(&scene.shop);
    let mut conn = scene.shop.connect();
    assert!(outbox::claim(&mut conn, clock::now(), 100).unwrap().is_empty());
    assert!(!outbox::claim_in(&mut conn, outbox::Lane::Mail, clock::now(), 100).unwrap().is_empty());
    let _ = (db(&scene.shop), email_job(&scene.shop).await);
}
