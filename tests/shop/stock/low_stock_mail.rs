//! The email about low stock: sent to those who want it, once a day, whatever fails.

use chrono::{DateTime, FixedOffset, Utc};
use futures_util::future::join_all;
use serde_json::json;
use till::{
    jobs::{EmailJob, enqueue_low_stock_mails, job_handler},
    platform::{
        clock,
        db::Db,
        outbox::{self, Job},
        redis,
    },
    store::SettingsCache,
};

use crate::support::{Browser, SmtpBehavior, SmtpServer, TestShop};

const BEIJING: i32 = 8 * 3600;

fn zone() -> FixedOffset {
    FixedOffset::east_opt(BEIJING).unwrap()
}

/// Today at this hour in the shop's time zone.
fn today_at(hour: u32) -> DateTime<Utc> {
    let day = clock::today(zone());
    day.and_hms_opt(hour, 0, 0).unwrap().and_local_timezone(zone()).unwrap().to_utc()
}

/// A shop that sends mail, with one SKU that is low and one that is sold out.
async fn shop_and_server() -> (TestShop, SmtpServer) {
    let server = SmtpServer::start();
    let url = server.url();
    let shop = TestShop::with(&[
        ("SMTP_URL", &url),
        ("MAIL_FROM", "Till <till@shop.example>"),
        ("PUBLIC_URL", "http://shop.example"),
    ])
    .await;
    shop.make_sku(3, "9.00");
    shop.make_sku(0, "9.00");
    shop.make_sku(50, "9.00");
    (shop, server)
}

async fn wants(browser: &Browser, language: &str) {
    browser.post("/admin/mail", &[("low_stock", "true"), ("language", language)]).await.expect(303);
}

fn db(shop: &TestShop) -> Db {
    Db::connect(&shop.database.url, 4).unwrap()
}

/// The email job in another process of this shop.
async fn email_job(shop: &TestShop) -> EmailJob {
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    let settings = SettingsCache::open(&db(shop), &shop.config().first_settings).await.unwrap();
    EmailJob::open(db(shop), redis, shop.config(), settings).unwrap()
}

fn promised(shop: &TestShop, now: DateTime<Utc>) -> usize {
    enqueue_low_stock_mails(&mut shop.connect(), now, zone()).unwrap()
}

/// Performs all jobs that are due; returns how many.
async fn worked(shop: &TestShop) -> usize {
    shop.execute("update outbox set due_at = now() where done_at is null");
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    outbox::work_once(&db(shop), &job_handler(db(shop), redis, email_job(shop).await)).await.unwrap()
}

fn states(shop: &TestShop) -> Vec<String> {
    shop.texts("select concat_ws(' ', case when begun_at is not null then 'begun' end, case when sent_at is not null then 'sent' end) from low_stock_mails order by user_id, day")
}

#[tokio::test]
async fn each_of_the_staff_says_for_themselves_whether_the_mail_comes() {
    let (shop, _server) = shop_and_server().await;
    let chen = shop.clerk("chen").await;
    let page = chen.page("/admin/mail").await;
    assert!(page.text_of(".page-head p").contains("chen@example.com"), "{page}");
    assert!(!page.has("[name=low_stock][checked]"), "nobody is asked before");
    let refused = chen.post("/admin/mail", &[("low_stock", "true"), ("language", "fr")]).await.expect(422);
    assert!(refused.has("#language-error") && refused.has("[name=low_stock][checked]"), "{refused}");
    wants(&chen, "zh").await;
    wants(&chen, "zh").await;
    let page = chen.page("/admin/mail").await;
    assert!(page.has("[name=low_stock][checked]") && page.has("option[value=zh][selected]"), "{page}");
    assert!(chen.page("/admin").await.has(".menu a[href='/admin/mail']"));
    chen.post("/admin/mail", &[("language", "zh")]).await.expect(303);
    assert_eq!(shop.number("select count(*) from low_stock_readers"), 0);
    let journal = shop.texts("select concat_ws(' ', action, target, before, after) from audit_log order by id");
    assert_eq!(
        journal,
        [
            "want_low_stock_mail chen {\"mail\": null} {\"mail\": \"中文\"}",
            "want_low_stock_mail chen {\"mail\": \"中文\"} {\"mail\": null}",
        ]
    );
}

#[tokio::test]
async fn once_a_day_from_the_morning_on_each_who_wants_it_gets_one_mail_in_their_language() {
    let (shop, server) = shop_and_server().await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    shop.clerk("bo").await;
    wants(&chen, "en").await;
    wants(&lin, "zh").await;
    shop.execute("update spus set name = 'Cup <b>&\" of tea' where id = 1");
    assert_eq!(promised(&shop, today_at(7)), 0, "nobody is woken");
    // All processes schedule at the same moment.
    let looks = (0..6).map(|_| {
        let url = shop.database.url.clone();
        tokio::task::spawn_blocking(move || {
            let db = Db::connect(&url, 1).unwrap();
            tokio::runtime::Handle::current()
                .block_on(db.run(|conn| enqueue_low_stock_mails(conn, today_at(9), zone())))
                .unwrap()
        })
    });
    let made: usize = join_all(looks).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(made, 2);
    assert_eq!(worked(&shop).await, 2);
    assert_eq!((promised(&shop, today_at(23)), worked(&shop).await), (0, 0));
    let mails = server.received();
    assert_eq!(mails.len(), 2);
    let to = |name: &str| mails.iter().find(|mail| mail.to == [format!("TO:<{name}@example.com>")]).unwrap();
    let (english, chinese) = (to("chen"), to("lin"));
    assert_eq!(english.from, "FROM:<till@shop.example>");
    let text = &english.text;
    for said in [
        "Subject: 2 SKUs are low or sold out (2",
        "From: Till <till@shop.example>",
        "Auto-Submitted: auto-generated",
        "Hello chen,",
        "http://shop.example/admin/stock/1/movements",
        "3 left",
        "Sold out",
        "Content-Type: text/plain",
        "Content-Type: text/html",
    ] {
        let unfolded = text.replace("=\r\n", "");
        assert!(unfolded.contains(said), "{said} in {text}");
    }
    let (plain, html) = text.split_once("Content-Type: text/html").unwrap();
    assert!(plain.contains("Cup <b>") && !html.contains("Cup <b>"), "{text}");
    assert!(!chinese.text.contains("Hello"), "{text}");
    let page = chen.page("/admin/mail").await;
    assert!(page.text_of(".panel .quiet").contains("was sent at"), "{page}");
    // The next day another email is scheduled, unless nothing is low.
    shop.execute("update low_stock_mails set day = day - 1");
    assert_eq!(promised(&shop, today_at(9)), 2);
    shop.execute("update low_stock_mails set day = day - 2; update skus set low_stock_at = 0 where stock > 0");
    shop.execute("update skus set active = false where stock = 0");
    assert_eq!(promised(&shop, today_at(9)), 0);
}

#[tokio::test]
async fn what_the_server_refuses_is_sent_later_and_in_the_end_shown_to_staff() {
    let (shop, server) = shop_and_server().await;
    let chen = shop.clerk("chen").await;
    wants(&chen, "en").await;
    promised(&shop, today_at(9));
    for (manner, why) in [
        (SmtpBehavior::RefusesPasswords, "535"),
        (SmtpBehavior::RefusesReceivers, "550"),
        (SmtpBehavior::RefusesTexts, "451"),
    ] {
        server.behaves(manner);
        assert_eq!(worked(&shop).await, 0, "{manner:?}");
        let error = shop.text("select last_error from outbox");
        assert!(error.contains(why) && !error.contains("pass"), "{error}");
        assert_eq!(states(&shop), [""]);
    }
    assert!(chen.page("/admin/mail").await.text_of(".panel .quiet").contains("not sent yet"));
    shop.execute("update outbox set attempts = 15");
    worked(&shop).await;
    let page = chen.page("/admin/outbox").await;
    assert!(
        page.text_of("tbody tr").contains("Mail on low stock") && page.has(".admin-header .badge-danger"),
        "{page}"
    );
    server.behaves(SmtpBehavior::Takes);
    chen.post("/admin/outbox/attempts", &[]).await.expect(303);
    assert_eq!(worked(&shop).await, 1);
    assert_eq!(server.received().len(), 1);
    assert_eq!(states(&shop), ["begun sent"]);
}

#[tokio::test]
async fn a_mail_that_may_have_arrived_is_never_sent_again() {
    let (shop, server) = shop_and_server().await;
    let chen = shop.clerk("chen").await;
    wants(&chen, "en").await;
    promised(&shop, today_at(9));
    // The server has received the whole text, and hangs up before it confirms.
    server.behaves(SmtpBehavior::HangsUp);
    assert_eq!(worked(&shop).await, 1);
    server.behaves(SmtpBehavior::Takes);
    let new_job = || Job {
        id: 1,
        kind: till::stock::LOW_STOCK_MAIL.to_owned(),
        payload: json!({ "user": 1, "day": clock::today(zone()).to_string() }),
    };
    let job = email_job(&shop).await;
    shop.execute("update low_stock_mails set begun_at = now() - interval '4 minutes'");
    assert!(job.perform(new_job()).await.is_err(), "somebody else is at it, for all that is known");
    shop.execute("update low_stock_mails set begun_at = now() - interval '6 minutes'");
    job.perform(new_job()).await.unwrap();
    assert_eq!(server.received().len(), 1);
    assert_eq!(states(&shop), ["begun"]);
    assert!(chen.page("/admin/mail").await.text_of(".panel .quiet").contains("nobody knows"));
    // Performed by many workers at once, it is sent once.
    shop.execute("update low_stock_mails set begun_at = null");
    let outcomes = join_all((0..5).map(|_| job.perform(new_job()))).await;
    assert!(outcomes.iter().any(Result::is_ok));
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn nobody_gets_a_mail_who_does_not_want_it_any_more_or_that_is_of_yesterday() {
    let (shop, server) = shop_and_server().await;
    let chen = shop.clerk("chen").await;
    for change in [
        "delete from low_stock_readers",
        "update users set disabled_at = now()",
        "update users set role = 'shopper'",
        "update low_stock_mails set day = day - 1; update outbox set payload = payload || jsonb_build_object('day', (payload->>'day')::date - 1)",
        "update skus set active = false",
    ] {
        shop.execute("truncate low_stock_mails, outbox; update users set disabled_at = null, role = 'staff'");
        shop.execute("update skus set active = true");
        wants(&chen, "en").await;
        assert_eq!(promised(&shop, today_at(9)), 1, "{change}");
        shop.execute(change);
        assert_eq!(worked(&shop).await, 1, "{change}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn names_with_line_breaks_write_no_headers_and_no_lines() {
    let (shop, server) = shop_and_server().await;
    let chen = shop.clerk("chen").await;
    wants(&chen, "en").await;
    shop.execute(r"update users set username = E'chen\r\nBcc: all@x.cn'");
    shop.execute(r"update spus set name = E'Cup\r\n.\r\nRCPT TO:<all@x.cn>\r\nhttp://evil.example/'");
    promised(&shop, today_at(9));
    assert_eq!(worked(&shop).await, 1);
    let mails = server.received();
    assert_eq!((mails.len(), mails[0].to.clone()), (1, vec!["TO:<chen@example.com>".to_owned()]));
    let (head, _) = mails[0].text.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
}

#[tokio::test]
async fn a_shop_that_is_tried_out_keeps_its_mails_in_a_mailbox_that_no_other_shop_has() {
    let shop = TestShop::open().await;
    shop.make_sku(2, "9.00");
    let chen = shop.clerk("chen").await;
    assert!(chen.page("/dev/mailbox").await.has(".empty"));
    wants(&chen, "en").await;
    assert!(chen.page("/admin/mail").await.has("a[href='/dev/mailbox']"));
    shop.execute("update spus set name = '<script>x</script>'");
    promised(&shop, today_at(9));
    assert_eq!(worked(&shop).await, 1);
    let page = shop.visitor().page("/dev/mailbox").await;
    assert!(page.text_of(".mailbox h2").contains("1 SKU is low"), "{page}");
    assert!(page.text_of(".mailbox-head").contains("chen <chen@example.com>"), "{page}");
    assert!(page.has(".mailbox-text a[href$='/admin/stock/1/movements']"), "{page}");
    let mail = shop.visitor().page("/dev/mailbox/0").await;
    assert!(mail.has("table a[href$='/admin/stock/1/movements']") && !mail.has("script"), "{mail}");
    shop.visitor().get("/dev/mailbox/1").await.expect(404);
    shop.visitor().get("/dev/mailbox/x").await.expect(404);

    let (sends, _server) = shop_and_server().await;
    let elsewhere = TestShop::with(&[("PUBLIC_URL", "http://shop.example")]).await;
    for shop in [&sends, &elsewhere] {
        shop.visitor().get("/dev/mailbox").await.expect(404);
        shop.visitor().get("/dev/mailbox/0").await.expect(404);
    }
    assert!(elsewhere.clerk("bo").await.page("/admin/mail").await.text_of(".notice-warning").contains("SMTP_URL"));
    assert!(!email_job(&elsewhere).await.can_send());
}

#[tokio::test]
async fn a_mail_in_an_unknown_language_is_a_fault() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    clerk.post("/admin/mail", &[("low_stock", "on"), ("language", "zh")]).await.expect(303);
    shop.execute(
        "alter table low_stock_readers drop constraint low_stock_readers_language_check;
         update low_stock_readers set language = 'fr'",
    );
    clerk.get("/admin/mail").await.expect(500);
}
