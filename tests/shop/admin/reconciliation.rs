//! Reconciliation: each check finds its mismatches, `till reconcile` prints them, and staff see them on a page.

use diesel::{
    Connection,
    connection::SimpleConnection,
    result::Error::{self, RollbackTransaction},
};
use std::{
    process::{Command, Output},
    time::Duration,
};
use till::orders::{lock_reconciliation, run_checks};

use crate::support::{Answer, Browser, TestShop};

/// A shop with two orders of two SKUs of one product, one of them canceled.
async fn with_orders() -> TestShop {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Teapot");
    let skus = [shop.make_sku_of(spu, 9, "20.00"), shop.make_sku_of(spu, 9, "30.00")];
    let mei = shop.shopper("mei").await;
    for _ in 0..2 {
        for sku in skus {
            mei.puts_in_cart(sku, 2).await;
        }
        mei.orders().await;
    }
    shop.execute(
        "update orders set status = 'canceled', canceled_at = now() where id = 2;
         insert into stock_movements (sku_id, delta, reason, order_id) select sku_id, count, 'cancellation', 2
         from order_goods where order_id = 2;
         update skus set stock = stock + 2, sales = sales - 2;
         update spus set sales = sales - 4",
    );
    shop.assert_reconciled();
    shop
}

/// The subject of a row, what it says, and what the sums say.
type Row<'a> = (&'a str, &'a str, &'a str);

#[tokio::test]
async fn each_book_tells_when_it_is_broken_and_names_the_row() {
    let shop = with_orders().await;
    let (first, second) =
        (shop.text("select number from orders where id = 1"), shop.text("select number from orders where id = 2"));
    let code = shop.text("select code from skus where id = 1");
    let in_first = format!("{first}, {code}");
    let broken: [(&str, &str, &[Row<'_>]); 12] = [
        (
            "stock-not-negative",
            "alter table skus drop constraint skus_stock_check; update skus set stock = -3 where id = 1",
            &[(&code, "-3", "0")],
        ),
        ("sku-stock", "update skus set stock = stock - 1 where id = 1", &[(&code, "6", "7")]),
        (
            "sku-stock",
            "insert into stock_movements (sku_id, delta, reason) values (1, 5, 'delivery')",
            &[(&code, "7", "12")],
        ),
        (
            "cancellations",
            "update orders set status = 'canceled', canceled_at = now() where id = 1; delete from order_goods where sku_id = 2",
            &[(&in_first, "0", "2"), (&second, "2", "0")],
        ),
        (
            "cancellations",
            "insert into stock_movements (sku_id, delta, reason, order_id) values (1, 1, 'cancellation', 1)",
            &[(&in_first, "1", "0")],
        ),
        ("sku-sales", "update skus set sales = sales + 1 where id = 1", &[(&code, "3", "2")]),
        ("spu-sales", "update spus set sales = sales + 1", &[("teapot", "5", "4")]),
        (
            "order-sums",
            "update orders set total_count = 5, goods_amount = 101, total_amount = 111 where id = 1",
            &[(&first, "5 / 101.00 / 111.00", "4 / 100.00 / 110.00")],
        ),
        ("order-goods", "delete from order_goods where order_id = 1", &[(&first, "4", "0")]),
        (
            "one-order-per-checkout",
            "alter table orders drop constraint orders_user_id_checkout_token_key;
             update orders set checkout_token = (select checkout_token from orders where id = 1)",
            &[("mei, ", "2", "1")],
        ),
        (
            "cart-clearing-jobs",
            "update outbox set payload = jsonb_set(payload, '{bought,0,1}', '3') where id = 2",
            &[(&second, "[[1, 3], [2, 2]]", "[[1, 2], [2, 2]]")],
        ),
        (
            "cart-clearing-jobs",
            "update outbox set payload = '{\"order\": 7}' where id = 2; update outbox set payload = '0' where id = 1",
            &[("7", "?", "[]"), ("outbox 1", "?", "[]")],
        ),
    ];
    for (check, break_it, rows) in broken {
        let results = broken_for_a_moment(&shop, break_it);
        let found = results.iter().find(|found| found.check.name == check).unwrap();
        let said: Vec<_> =
            found.mismatches.iter().map(|row| (row.key.as_str(), row.actual.as_str(), row.expected.as_str())).collect();
        for (key, actual, expected) in rows {
            let named = said.iter().any(|row| row.0.starts_with(key) && (row.1, row.2) == (*actual, *expected));
            assert!(named, "{check} after {break_it}: {said:?}");
        }
        assert_eq!(usize::try_from(found.count).unwrap(), said.len(), "{check}: {said:?}");
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn each_book_of_payments_tells_when_it_is_broken_and_names_the_row() {
    let shop = with_orders().await;
    // The first order was paid twice, and a unit of its first line was refunded.
    shop.execute(
        "update orders set pay_method = 'alipay', status = 'unsent', paid_at = now(), paid_amount = 110,
            refunded_amount = 20 where id = 1;
         update order_goods set refunded_amount = 20 where order_id = 1 and sku_id = 1;
         insert into payments (order_id, pay_method, number, amount, status, counts, trade_no, expires_at, paid_at)
         values (1, 'alipay', 'number_1', 110, 'paid', true, 'T1', now(), now()),
            (1, 'alipay', 'number_2', 110, 'paid', false, 'T2', now(), now());
         insert into refunds (payment_id, number, amount, reason) values (1, 'number_1_r1', 20, 'lines'),
            (2, 'number_2_r1', 110, 'surplus');
         insert into refund_goods (refund_id, order_goods_id, count, amount) values (1, 1, 1, 20)",
    );
    shop.assert_reconciled();
    let (first, code) =
        (shop.text("select number from orders where id = 1"), shop.text("select code from skus where id = 1"));
    let in_first = format!("{first}, {code}");
    let broken: [(&str, &str, Row<'_>); 25] = [
        (
            "order-paid",
            "alter table orders drop constraint orders_refunded_amount_check;
             update orders set paid_amount = 0 where id = 1",
            (&first, "0.00", "110.00"),
        ),
        ("order-paid", "update payments set counts = false", (&first, "110.00", "0.00")),
        (
            "order-paid",
            "update payments set counts = false; update orders set paid_amount = 0, refunded_amount = 0 where id = 1",
            (&first, "0.00", "110.00"),
        ),
        (
            "order-paid",
            "update orders set status = 'unpaid', expires_at = now(), paid_at = null where id = 1",
            (&first, "110.00", "0.00"),
        ),
        (
            "order-paid",
            "update payments set counts = false; update orders set pay_method = 'cod', status = 'finished',
                paid_amount = 0, refunded_amount = 0 where id = 1",
            (&first, "0.00", "110.00"),
        ),
        (
            "one-payment-counts",
            "drop index payments_counting_key; update payments set counts = true",
            (&first, "2", "1"),
        ),
        (
            "paid-trades",
            "alter table payments drop constraint payments_check1; update payments set trade_no = null where id = 1",
            ("number_1", "? / paid", "trade / paid"),
        ),
        (
            "paid-trades",
            "drop index payments_trade_no_key; update payments set trade_no = 'T1'",
            ("number_2", "T1 / paid", "a trade of its own"),
        ),
        ("paid-exactly", "update payments set amount = 109.99 where id = 1", ("number_1", "109.99", "110.00")),
        ("surplus-goes-back", "delete from refunds where id = 2", ("number_2", "0.00", "110.00")),
        ("surplus-goes-back", "update refunds set amount = 109 where id = 2", ("number_2", "109.00", "110.00")),
        ("refunds-within", "update refunds set amount = 111 where id = 2", ("number_2", "111.00", "110.00")),
        ("order-refunds", "update orders set refunded_amount = 0 where id = 1", (&first, "0.00", "20.00")),
        ("order-refunds", "update refunds set status = 'refused' where id = 1", (&first, "20.00", "0.00")),
        ("line-refunds", "update order_goods set refunded_amount = 0 where id = 1", (&in_first, "0.00", "20.00")),
        ("line-refunds", "update refund_goods set count = 3", (&in_first, "20.00", "20.00")),
        ("refund-parts", "update refunds set freight = 1 where id = 1", ("number_1_r1", "21.00", "20.00")),
        (
            "refunded-status",
            "update orders set status = 'refunded' where id = 1",
            (&first, "refunded / 0.00", "refunded / 110.00"),
        ),
        (
            "refunded-status",
            "update orders set status = 'unreviewed' where id = 1;
             update refunds set amount = 110, status = 'done', done_at = now() where id = 1",
            (&first, "unreviewed / 110.00", "refunded"),
        ),
        (
            "refunded-status",
            "update orders set status = 'canceled', canceled_at = now() where id = 1",
            (&first, "canceled / 0.00", "canceled / 110.00"),
        ),
        (
            "refunded-status",
            "update orders set status = 'refunded' where id = 1; update refunds set amount = 110 where id = 1",
            (&first, "refunded / 0.00", "refunded / 110.00"),
        ),
        ("parcels", "update order_goods set sent_count = 1 where id = 1", (&in_first, "1", "0")),
        (
            "sent-status",
            "update orders set status = 'unreceived', sent_at = now() where id = 1",
            (&first, "unreceived / 0 / 4", "all is sent"),
        ),
        (
            "returns",
            "update order_goods set sent_count = 1, returned_count = 1 where id = 1",
            (&in_first, "1 / 0", "0 / 0"),
        ),
        ("waived-amounts", "update order_goods set waived_amount = 1 where id = 1", (&first, "0.00", "1.00")),
    ];
    for (check, break_it, (key, actual, expected)) in broken {
        let results = broken_for_a_moment(&shop, break_it);
        let found = results.iter().find(|found| found.check.name == check).unwrap();
        let named =
            found.mismatches.iter().any(|row| (&*row.key, &*row.actual, &*row.expected) == (key, actual, expected));
        assert!(named, "{check} after {break_it}: {:?}", found.mismatches);
    }
    // What waits for staff has a place, too.
    for waits in [
        "update payments set strange = 'out_of_stock' where id = 2; delete from refunds where id = 2",
        "update refunds set status = 'refused' where id = 2",
        "update orders set status = 'canceled', canceled_at = now(), refunded_amount = 0 where id = 1;
         update refunds set status = 'refused' where id = 1; update order_goods set refunded_amount = 0",
    ] {
        let results = broken_for_a_moment(&shop, waits);
        let wrong = results.iter().filter(|found| found.count > 0 && matches!(found.check.number, 6 | 8));
        assert_eq!(wrong.map(|found| found.check.name).collect::<Vec<_>>(), [""; 0], "{waits}");
    }
}

/// The results of the checks in a transaction that breaks a rule and is then rolled back.
fn broken_for_a_moment(shop: &TestShop, break_it: &str) -> Vec<till::orders::CheckResult> {
    let mut results = Vec::new();
    let undone = shop.connect().transaction::<(), Error, _>(|conn| {
        conn.batch_execute("set local session_replication_role = replica").unwrap();
        conn.batch_execute(break_it).unwrap();
        results = run_checks(conn, 100).unwrap();
        Err(RollbackTransaction)
    });
    assert_eq!(undone, Err(RollbackTransaction));
    results
}

fn reconcile(shop: &TestShop, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    command.arg("reconcile").args(arguments);
    command.env("DATABASE_URL", &shop.database.url).env_remove("REDIS_URL").output().unwrap()
}

#[tokio::test]
async fn till_reconcile_says_what_is_wrong_exits_with_it_and_keeps_it() {
    let shop = with_orders().await;
    let fine = reconcile(&shop, &[]);
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
    assert!(String::from_utf8_lossy(&fine.stdout).ends_with("No mismatches.\n"), "{fine:?}");

    shop.execute("update skus set stock = stock + 1, sales = sales + 1");
    let wrong = reconcile(&shop, &["--json", "--limit", "1"]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    let said: serde_json::Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!(said["passed"], false);
    let stock = said["checks"].as_array().unwrap().iter().find(|check| check["name"] == "sku-stock").unwrap();
    assert_eq!((&stock["count"], stock["mismatches"].as_array().unwrap().len()), (&2.into(), 1));

    let kept = shop.texts(
        "select concat_ws(' ', disagreeing, staff_id is null, jsonb_array_length(findings)) from reconciliations order by id",
    );
    assert_eq!(kept, ["0 t 33", "3 t 33"]);
    assert_eq!(shop.number("select jsonb_array_length(jsonb_path_query_first(findings, '$[*] ? (@.name == \"sku-stock\").rows')) from reconciliations where disagreeing > 0"), 2, "more rows are kept than were shown");

    // If the result cannot be stored, it is printed all the same.
    shop.execute("drop table reconciliations");
    let unkept = reconcile(&shop, &[]);
    assert_eq!(unkept.status.code(), Some(1), "{unkept:?}");
    assert!(String::from_utf8_lossy(&unkept.stdout).contains("WRONG"), "{unkept:?}");
    assert!(String::from_utf8_lossy(&unkept.stderr).contains("could not be stored"), "{unkept:?}");

    shop.execute("drop table outbox");
    let unread = reconcile(&shop, &[]);
    assert_eq!(unread.status.code(), Some(2), "{unread:?}");
}

/// Waits until the run that was started has ended; returns the page.
async fn checked(clerk: &Browser) -> Answer {
    for _ in 0..200 {
        let page = clerk.page("/admin/reconciliation").await;
        if !page.has("meta[http-equiv=refresh]") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the check does not end");
}

fn mark(page: &Answer) -> String {
    page.texts_of("nav a[href='/admin/reconciliation'] .badge").join(" ")
}

#[tokio::test]
async fn staff_see_what_the_books_said_last_and_have_them_checked_at_one_press() {
    let shop = with_orders().await;
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/reconciliation").await;
    assert!(page.text_of(".empty").contains("has never run"), "{page}");
    assert!(mark(&page).contains("has never run"));

    assert_eq!(clerk.post("/admin/reconciliation/checks", &[]).await.expect(303).location(), "/admin/reconciliation");
    let page = checked(&clerk).await;
    assert!(page.text_of(".reconciliation-state").contains("No mismatches in 33 checks"), "{page}");
    assert!(page.text_of(".reconciliation-state").contains("by clerk"), "{page}");
    assert_eq!((mark(&page).as_str(), page.texts_of(".reconciliation-check").len()), ("", 33));

    shop.execute("update skus set stock = stock + 1; insert into skus (spu_id, code, name, price, stock) select 1, 'X' || n, 'x', 1, 1 from generate_series(1, 30) n");
    clerk.post("/admin/reconciliation/checks", &[]).await.expect(303);
    let page = checked(&clerk).await;
    assert!(page.text_of(".reconciliation-state").contains("1 of 33 checks found mismatches"), "{page}");
    assert_eq!(page.texts_of("#sku-stock tbody tr").len(), 20);
    let book = page.text_of("#sku-stock");
    assert!(book.contains("32 mismatches") && book.contains("and 12 more"), "{book}");
    assert!(mark(&clerk.page("/admin/stock").await).contains("1 check found mismatches"));
    assert_eq!(page.texts_of(".reconciliation-history tbody tr").len(), 1);

    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(clerk.page("/admin/reconciliation").await.text_of("#sku-stock").contains("每个 SKU 的库存"));
}

#[tokio::test]
async fn a_check_that_is_a_day_old_or_could_not_be_made_is_marked() {
    let shop = with_orders().await;
    let clerk = shop.clerk("clerk").await;
    clerk.post("/admin/reconciliation/checks", &[]).await.expect(303);
    checked(&clerk).await;
    shop.execute("update reconciliations set started_at = now() - interval '25 hours'");
    let page = clerk.page("/admin/reconciliation").await;
    assert!(mark(&page).contains("more than a day old") && page.has(".notice-warning.reconciliation-state"), "{page}");

    shop.execute("alter table order_goods rename to elsewhere");
    clerk.post("/admin/reconciliation/checks", &[]).await.expect(303);
    let page = checked(&clerk).await;
    assert!(page.text_of(".reconciliation-state").contains("could not run"), "{page}");
    assert!(page.text_of(".reconciliation-state").contains("order_goods"), "{page}");
    assert!(mark(&page).contains("could not run"));
}

#[tokio::test]
async fn one_check_runs_at_a_time_in_all_processes() {
    let shop = with_orders().await;
    let clerk = shop.clerk("clerk").await;
    let mut elsewhere = shop.connect();
    assert!(lock_reconciliation(&mut elsewhere).unwrap());

    let page = clerk.page("/admin/reconciliation").await;
    assert!(page.text_of(".reconciliation-state").contains("is running"), "{page}");
    let page = clerk.post_and_follow("/admin/reconciliation/checks", &[]).await;
    assert!(page.text_of(".flash-notice").contains("already"), "{page}");
    assert_eq!(shop.number("select count(*) from reconciliations"), 0);

    // A process that dies releases its advisory lock.
    drop(elsewhere);
    let pressed = futures_util::future::join_all((0..8).map(|_| clerk.post("/admin/reconciliation/checks", &[]))).await;
    assert!(pressed.iter().all(|answer| answer.status == 303));
    let page = checked(&clerk).await;
    assert!(page.text_of(".reconciliation-state").contains("No mismatches in 33 checks"), "{page}");
    assert!(shop.number("select count(*) from reconciliations") >= 1);
}

#[tokio::test]
async fn what_another_version_kept_is_shown_as_far_as_it_can_be_read() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    for findings in [
        "[{\"name\": \"gift-cards\", \"count\": 1, \"rows\": [{\"key\": \"<b>\", \"actual\": \"1\", \"expected\": \"2\"}]}]",
        "[1, 2]",
        "[]",
    ] {
        shop.execute(&format!(
            "insert into reconciliations (started_at, milliseconds, disagreeing, findings) values (now(), 5, 1, '{findings}')"
        ));
        let page = clerk.page("/admin/reconciliation").await;
        assert!(page.has(".notice-error.reconciliation-state"), "{page}");
        if findings.contains("gift") {
            assert!(page.text_of("#gift-cards").contains("<b> 1 2"), "{page}");
        }
    }
}
