//! The bill of a day, as the cashier makes it, against payments and refunds.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use std::process::{Command, Output};
use till::{
    jobs::{reconcile_bills, send_refunds},
    kernel::PayMethod,
    lifecycle::{RefundRequest, RefundedPart, refund_order},
    payments::{ClaimedBill, claim_bill, want_bills},
    platform::{clock, db, random},
};

use super::cashier::Scene;
use crate::support::alipay_setting;

const BILL_QUERY: &str = "alipay.data.dataservice.bill.downloadurl.query";

fn beijing(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&FixedOffset::east_opt(8 * 3600).unwrap())
}

/// Today in Beijing. Waits first if the day ends within a minute, so that a test is over on the day on which it began.
async fn today() -> NaiveDate {
    loop {
        let now = beijing(clock::now());
        if (now + TimeDelta::minutes(1)).date_naive() == now.date_naive() {
            return now.date_naive();
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

/// A time of this day in Beijing.
fn at(day: NaiveDate, hour: u32) -> DateTime<Utc> {
    let offset = FixedOffset::east_opt(8 * 3600).unwrap();
    day.and_hms_opt(hour, 0, 0).unwrap().and_local_timezone(offset).unwrap().to_utc()
}

impl Scene {
    /// An order of ¥50.00 that was paid, of which ¥20.00 went back, as the cashier and the shop know it.
    async fn with_a_refund() -> (Self, NaiveDate) {
        let scene = Self::open().await;
        let day = today().await;
        let page = scene.begin().await;
        scene.cashier.pay(&page).await;
        scene.run_jobs().await;
        let request = RefundRequest {
            part: RefundedPart::Amount("20.00".parse().unwrap()),
            note: String::new(),
            staff: scene.shop.make_staff("chen"),
            token: random::token(),
        };
        let order = till::kernel::OrderId(1);
        db::transaction::<_, diesel::result::Error, _>(&mut scene.shop.connect(), |conn| {
            refund_order(conn, order, &request, clock::now())
        })
        .unwrap()
        .unwrap();
        send_refunds(&scene.db, &scene.gateways).await.unwrap();
        assert_eq!(scene.shop.text("select status from refunds"), "done");
        // Around midnight of Beijing what is done now may be in the bill of either day.
        scene.shop.execute(&format!(
            "update payments set paid_at = '{noon}' where status = 'paid';
             update refunds set sent_at = '{noon}', done_at = '{noon}'",
            noon = at(day, 12)
        ));
        (scene, day)
    }

    fn till(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
        command.env_clear().env("DATABASE_URL", &self.shop.database.url).env("ALIPAY_GATEWAY", self.cashier.gateway());
        for name in ["ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"] {
            command.env(name, alipay_setting(name).unwrap());
        }
        command.arg("reconcile").args(arguments).output().unwrap()
    }

    /// The exit code of `till reconcile --bill`, and what it prints.
    fn reconcile(&self, day: NaiveDate) -> (i32, String) {
        let output = self.till(&["--bill", &day.to_string()]);
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        (output.status.code().unwrap(), said)
    }

    /// The checks that found mismatches, each with its first one.
    fn mismatches(&self, day: NaiveDate) -> Vec<String> {
        let output = self.till(&["--bill", &day.to_string(), "--json"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(output.status.code() == Some(0), said["passed"] == true, "{output:?}");
        let checks = said["checks"].as_array().unwrap().iter().filter(|check| check["count"] != 0);
        let first = |check: &Value| {
            let row = &check["mismatches"][0];
            [&check["name"], &row["actual"], &row["expected"]].map(|text| text.as_str().unwrap().to_owned()).join(" | ")
        };
        checks.map(first).collect()
    }
}

#[tokio::test]
async fn a_bill_that_agrees_says_so_with_its_sums_and_is_kept() {
    let (scene, day) = Scene::with_a_refund().await;
    let (code, said) = scene.reconcile(day);
    assert_eq!(code, 0, "{said}");
    let sums = format!("The bill of {day}: payments 1, 50.00; refunds 1, 20.00; fees 0.30.\n");
    assert!(said.starts_with(&sums) && said.ends_with("No mismatches.\n"), "{said}");
    assert_eq!(said.matches("\nok    ").count(), 7, "{said}");
    let kept = "select concat_ws(' ', pay_method, day, payments, paid, refunds, refunded, fees, failed_checks) from gateway_bills";
    assert_eq!(scene.shop.texts(kept), [format!("alipay {day} 1 50.00 1 20.00 0.30 0")]);
    assert_eq!(scene.mismatches(day), [""; 0]);
    assert_eq!(scene.shop.texts(kept).len(), 1, "the same day is one row");
}

#[tokio::test]
async fn each_difference_between_the_bill_and_the_shop_is_found() {
    let (scene, day) = Scene::with_a_refund().await;
    let noon = at(day, 12);
    let trade = scene.shop.text("select trade_no from payments where counts");
    let missing_there = format!(
        "insert into payments (order_id, pay_method, number, amount, status, trade_no, expires_at, paid_at)
         values (1, 'alipay', 'missing_1', 9, 'paid', 'T1', now(), '{noon}')"
    );
    let refund_there = format!(
        "insert into refunds (payment_id, number, amount, status, reason, sent_at, done_at)
         values (1, 'missing_1_r1', 1, 'done', 'amount', '{noon}', '{noon}')"
    );
    for (change, expected) in [
        (
            "update payments set number = 'renamed_1'",
            vec![format!("bill-payments-known | – | 50.00, {trade}"), "bill-payments-listed | 50.00 | –".into()],
        ),
        (
            "update payments set status = 'open', counts = false, paid_at = null",
            vec![format!("bill-payments-known | open | 50.00, {trade}")],
        ),
        (
            "update payments set trade_no = 'T2'",
            vec![
                format!("bill-payments-known | T2 | 50.00, {trade}"),
                format!("bill-refunds-known | T2 | 20.00, {trade}"),
            ],
        ),
        (&missing_there, vec!["bill-payments-listed | 9.00 | –".into()]),
        ("update payments set amount = 49.99", vec!["bill-payment-amounts | 49.99 | 50.00".into()]),
        (
            "update refunds set status = 'refused', done_at = null",
            vec![format!("bill-refunds-known | refused | 20.00, {trade}")],
        ),
        ("update refunds set status = 'elsewhere'", vec![format!("bill-refunds-known | elsewhere | 20.00, {trade}")]),
        ("delete from refunds", vec![format!("bill-refunds-known | – | 20.00, {trade}")]),
        (&refund_there, vec!["bill-refunds-listed | 1.00 | –".into()]),
        ("update refunds set amount = 20.01", vec!["bill-refund-amounts | 20.01 | 20.00".into()]),
    ] {
        scene
            .shop
            .execute("create table payments_before as table payments; create table refunds_before as table refunds");
        scene.shop.execute(change);
        assert_eq!(scene.mismatches(day), expected, "{change}");
        let (code, said) = scene.reconcile(day);
        assert_eq!(code, 1, "{said}");
        assert!(said.ends_with(&format!("{} of 7 checks found mismatches.\n", expected.len())), "{said}");
        restore(&scene);
    }
    assert_eq!(scene.mismatches(day), [""; 0]);
}

/// Takes back what a change has done to payments and refunds.
fn restore(scene: &Scene) {
    scene.shop.execute(
        "delete from refunds; delete from payments;
         insert into payments overriding system value table payments_before;
         insert into refunds overriding system value table refunds_before;
         drop table payments_before; drop table refunds_before",
    );
}

#[tokio::test]
async fn a_bill_that_cannot_be_had_is_an_error_that_says_why_and_no_finding() {
    let (scene, day) = Scene::with_a_refund().await;
    for (fault, expected) in [
        (json!({ "answer_40004": "isp.bill_not_exist", "only": BILL_QUERY }), "is not there yet"),
        (json!({ "answer_20000": true, "only": BILL_QUERY }), "20000"),
        (json!({ "nonsense": true, "only": BILL_QUERY }), "not JSON of Alipay"),
        (json!({ "forge_signature": true, "only": BILL_QUERY }), "signature"),
        (json!({ "nonsense": true, "only": "bill" }), "it is not a zip"),
        (json!({ "large_bill": 33, "only": "bill" }), "limit"),
        (json!({ "down": true, "only": "bill" }), "cannot be downloaded"),
        (json!({ "down": true }), "no answer"),
    ] {
        scene.cashier.control(fault.clone()).await;
        let (code, said) = scene.reconcile(day);
        assert_eq!(code, 2, "{fault}: {said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{fault}: {said}");
        scene.cashier.control(json!({ "clear": true })).await;
    }
    assert_eq!(scene.shop.number("select count(*) from gateway_bills"), 0);
    let (code, said) = scene.reconcile(day + Days::new(1));
    assert_eq!((code, said.contains("is not there yet")), (2, true), "{said}");
    let long_ago = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let (code, said) = scene.reconcile(long_ago);
    assert_eq!((code, said.ends_with("No mismatches.\n")), (0, true), "nothing there, and nothing here: {said}");
    scene.shop.execute("update payments set paid_at = '2020-01-01 12:00:00+08'");
    let (code, said) = scene.reconcile(long_ago);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("no bill of 2020-01-01, but payments and refunds of it are here: 1"), "{said}");
}

#[tokio::test]
async fn the_nightly_job_compares_the_bill_of_the_day_before_once_in_all_processes() {
    let (scene, day) = Scene::with_a_refund().await;
    let next = day + Days::new(1);
    let state = || {
        scene.shop.texts(
            "select concat_ws(' ', day, failed_checks, failure, next_attempt_at is null) from gateway_bills order by day",
        )
    };
    let run = async |now| reconcile_bills(&scene.db, &scene.gateways, now).await.unwrap();
    // At nine the last bill that is due is that of the day before yesterday, on which nothing happened.
    assert_eq!(run(at(next, 9)).await, 1);
    assert_eq!(state(), [format!("{} 0 t", day - Days::new(1))]);
    let bill_queries = async || {
        let calls = scene.cashier.state().await["calls"].as_array().unwrap().clone();
        calls.iter().filter(|call| call["method"] == BILL_QUERY).count()
    };
    assert_eq!(bill_queries().await, 1);

    // At ten that of yesterday is due.
    let at_once = futures_util::future::join_all((0..4).map(|_| run(at(next, 10)))).await;
    assert_eq!(at_once.iter().sum::<usize>(), 1, "it is compared by one process");
    assert_eq!(state(), [format!("{} 0 t", day - Days::new(1)), format!("{day} 0 t")]);
    assert_eq!(run(at(next, 11)).await, 0, "it is not asked for again");
    assert_eq!(bill_queries().await, 2);

    // One that an operator has compared before it was due is compared again.
    scene.shop.execute("delete from gateway_bills");
    assert_eq!(scene.reconcile(day).0, 0);
    assert_eq!(state(), [format!("{day} 0 f")]);
    assert_eq!(run(at(next, 10)).await, 1);
    assert_eq!(state(), [format!("{day} 0 t")]);

    // A shop that did not run for two days catches up.
    assert_eq!(run(at(day + Days::new(3), 10)).await, 2);
    assert_eq!(state().len(), 3);
}

#[tokio::test]
async fn a_bill_that_is_late_or_unreadable_is_asked_for_again_and_staff_see_what_was_found() {
    let (scene, day) = Scene::with_a_refund().await;
    let next = day + Days::new(1);
    scene.shop.execute(&format!(
        "insert into gateway_bills (pay_method, day, compared_at, failed_checks) values ('alipay', '{}', now(), 0)",
        day - Days::new(1)
    ));
    let run = async |now| reconcile_bills(&scene.db, &scene.gateways, now).await.unwrap();
    let failure = || scene.shop.text(&format!("select coalesce(failure, '') from gateway_bills where day = '{day}'"));
    let clerk = scene.shop.clerk("clerk").await;
    let section = async || clerk.page("/admin/reconciliation").await.text_of("#bills");

    scene.cashier.control(json!({ "answer_40004": "isp.bill_not_exist", "only": BILL_QUERY })).await;
    assert_eq!(run(at(next, 10)).await, 1);
    assert_eq!(failure(), "", "it may only be late");
    assert!(section().await.contains("Not there yet"), "{}", section().await);
    assert_eq!(run(at(next, 10) + TimeDelta::minutes(29)).await, 0);

    scene.cashier.control(json!({ "clear": true, "nonsense": true, "only": "bill" })).await;
    assert_eq!(run(at(next, 10) + TimeDelta::minutes(30)).await, 1);
    assert!(failure().contains("it is not a zip"), "{}", failure());
    assert!(section().await.contains("it is not a zip"), "{}", section().await);
    let marked =
        clerk.page("/admin/reconciliation").await.texts_of("nav a[href='/admin/reconciliation'] .badge").join("");
    assert!(marked.contains("could not be compared"), "{marked}");

    scene.cashier.control(json!({ "clear": true })).await;
    scene.shop.execute("update payments set amount = 49.99");
    assert_eq!(run(at(next, 11) + TimeDelta::minutes(30)).await, 1);
    let page = clerk.page("/admin/reconciliation").await;
    let words = page.text_of("#bills");
    assert!(
        words.contains("1 check found mismatches") && words.contains("¥50.00") && words.contains("49.99"),
        "{words}"
    );
    let number = scene.shop.text("select number from payments");
    assert!(page.text_of(&format!("#bill-{day}-bill-payment-amounts")).contains(&number), "{page}");
    assert!(
        page.texts_of("nav a[href='/admin/reconciliation'] .badge").join("").contains("found mismatches"),
        "{page}"
    );

    // Once it is put right, an operator compares the bill again.
    scene.shop.execute("update payments set amount = 50");
    assert_eq!(scene.reconcile(day).0, 0);
    assert!(section().await.contains("No mismatches"), "{}", section().await);

    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(section().await.contains("支付宝"), "{}", section().await);
}

#[tokio::test]
async fn a_bill_that_never_comes_is_given_up_after_three_days_and_said() {
    let (scene, day) = Scene::with_a_refund().await;
    scene.cashier.control(json!({ "answer_40004": "isp.bill_not_exist", "only": BILL_QUERY })).await;
    let conn = &mut scene.shop.connect();
    assert_eq!(want_bills(conn, PayMethod::Alipay, day, clock::now()).unwrap(), 1);
    let later = at(day + Days::new(4), 10);
    reconcile_bills(&scene.db, &scene.gateways, later).await.unwrap();
    let state = "select concat_ws(' ', failure, next_attempt_at is null) from gateway_bills order by day limit 1";
    let said = "the gateway has no bill of this day, but payments and refunds of it are here: 2 t";
    assert_eq!(scene.shop.text(state), said);
    // A process that dies while it compares a bill leaves it to another, a quarter of an hour later.
    let (pay_method, last) = (PayMethod::Alipay, day + Days::new(9));
    want_bills(conn, pay_method, last, later).unwrap();
    let claim =
        |minutes| claim_bill(&mut scene.shop.connect(), pay_method, later + TimeDelta::minutes(minutes)).unwrap();
    let first = claim(0).unwrap();
    assert_eq!(first, ClaimedBill { pay_method, day: day + Days::new(4) });
    assert_ne!(claim(14), Some(first));
    assert_eq!(claim(15), Some(first));
}
