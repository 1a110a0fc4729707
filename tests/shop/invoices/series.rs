//! The numbers of documents, whoever issues them and whatever fails; and what documents say.

use diesel::{Connection, RunQueryDsl, connection::SimpleConnection, result::Error, sql_query};
use std::{
    sync::{Arc, Barrier},
    thread,
};
use till::platform::{clock, db};

use super::{Scene, issue};

#[tokio::test]
async fn sixty_four_at_once_and_crashes_leave_no_gap_and_no_double() {
    let scene = Scene::open().await;
    let orders = scene.paid_orders(48, "2026-03-01 10:00:00+08");
    let start = Arc::new(Barrier::new(64));
    let mut workers = Vec::new();
    // 64 connections: 16 orders are issued by two of them at once.
    for (n, order) in orders.iter().copied().chain(orders.iter().copied().take(16)).enumerate() {
        let (mut conn, settings, zone) = (scene.shop.connect(), Arc::clone(&scene.settings), scene.zone());
        let start = Arc::clone(&start);
        workers.push(thread::spawn(move || {
            start.wait();
            match n % 4 {
                // The connection is dropped before the commit.
                0 => {
                    conn.batch_execute("begin").unwrap();
                    issue(&mut conn, order, &settings, zone).unwrap();
                    drop(conn);
                    false
                }
                // PostgreSQL ends the session before the commit.
                1 if n < 48 => db::transaction::<(), Error, _>(&mut conn, |conn| {
                    issue(conn, order, &settings, zone)?;
                    sql_query("select pg_terminate_backend(pg_backend_pid())").execute(conn).map(drop)
                })
                .is_ok(),
                // A panic before the commit.
                2 if n < 48 => {
                    let crash = std::panic::AssertUnwindSafe(|| {
                        db::transaction::<(), Error, _>(&mut conn, |conn| {
                            issue(conn, order, &settings, zone)?;
                            std::panic::resume_unwind(Box::new("a crash"))
                        })
                    });
                    std::panic::catch_unwind(crash).is_ok()
                }
                _ => db::transaction::<_, Error, _>(&mut conn, |conn| issue(conn, order, &settings, zone)).is_ok(),
            }
        }));
    }
    let issued = workers.into_iter().map(|worker| worker.join().unwrap()).filter(|is_ok| *is_ok).count();
    let of = |sql: &str| scene.shop.number(sql);
    let before = of("select count(*) from invoices");
    assert!((12..=28).contains(&before) && issued >= 12, "{before} documents, {issued} workers without a crash");
    assert_eq!(scene.mismatches(), [""; 0]);

    let step = scene.run_job(clock::now());
    assert_eq!((before + step.issued as i64, step.failed), (48, 0));
    let sequences = scene.shop.texts("select sequence from invoices order by sequence");
    assert_eq!(sequences, (1..=48).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(of("select count(distinct order_id) from invoices"), 48);
    assert_eq!(of("select last from invoice_series"), 48);
    assert_eq!(scene.run_job(clock::now()).issued, 0);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn several_processes_run_the_job_and_each_document_is_issued_once_in_the_order_of_payments() {
    let scene = Arc::new(Scene::open().await);
    scene.paid_orders(30, "2026-03-01 10:00:00+08");
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let scene = Arc::clone(&scene);
            thread::spawn(move || (0..20).map(|_| scene.run_job(clock::now()).issued).sum::<usize>())
        })
        .collect();
    assert_eq!(workers.into_iter().map(|worker| worker.join().unwrap()).sum::<usize>(), 30);
    let numbers =
        scene.shop.texts("select i.sequence from invoices i join orders o on o.id = i.order_id order by o.paid_at");
    assert_eq!(numbers, (1..=30).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn credit_notes_follow_refunds_and_end_at_the_invoice_cent_for_cent() {
    let scene = Scene::open().await;
    let order = scene.paid_orders(1, "2026-03-01 10:00:00+08")[0];
    scene.refund(order, ("33.33", "0"), Some((1, "33.33")), "2026-03-02 10:00:00+08");
    assert_eq!(
        scene.run_job(clock::now()).issued,
        1,
        "the invoice, together with the credit note of a refund before it"
    );
    scene.refund(order, ("20.00", "0"), None, "2026-03-03 10:00:00+08");
    scene.refund(order, ("56.66", "10.00"), None, "2026-03-04 10:00:00+08");
    assert_eq!(scene.run_job(clock::now()).issued, 2);
    let documents = scene.shop.texts("select number || ' ' || gross || ' ' || tax from invoices order by id");
    let year = clock::now().format("%Y");
    let [invoice, first, second, third] = &documents[..] else { panic!("{documents:?}") };
    // 109.99 at 13 %: 12.65.
    assert_eq!(*invoice, format!("INV-{year}-000001 109.99 12.65"));
    assert!(first.starts_with(&format!("CRN-{year}-000001 33.33 3.8")), "{first}");
    assert!(second.starts_with(&format!("CRN-{year}-000002 20.00 2.3")), "{second}");
    assert!(third.starts_with(&format!("CRN-{year}-000003 56.66 6.5")), "{third}");
    let sums = "select string_agg(kind || ' ' || net || ' ' || tax || ' ' || gross, ', ' order by kind)
                from (select kind, sum(net) as net, sum(tax) as tax, sum(gross) as gross from invoices group by kind) s";
    assert_eq!(scene.shop.text(sums), "credit_note 97.34 12.65 109.99, invoice 97.34 12.65 109.99");
    let count = "select count from invoice_lines where order_goods_id is not null order by invoice_id";
    assert_eq!(scene.shop.texts(count), ["3", "1", "0", "0"], "units are those that the refund names");
    assert_eq!(scene.mismatches(), [""; 0]);
}

#[tokio::test]
async fn the_goods_of_a_category_are_taxed_at_its_rate_or_that_above_it() {
    let scene = Scene::open().await;
    let shop = &scene.shop;
    let order = scene.paid_orders(1, "2026-03-01 10:00:00+08")[0];
    let above = shop.make_category("Above", None);
    shop.execute(&format!(
        "update categories set parent_id = {above} where slug = 'things';
         insert into category_tax_rates values ({above}, 6)"
    ));
    scene.run_job(clock::now());
    let lines = shop.texts("select rate || ' ' || tax || ' ' || gross from invoice_lines order by position");
    assert_eq!(lines, ["6.00 5.66 99.99", "13.00 1.15 10.00"]);
    // What is issued keeps its rate.
    shop.execute("update category_tax_rates set rate = 20");
    scene.refund(order, ("109.99", "10.00"), None, "2026-03-02 10:00:00+08");
    scene.run_job(clock::now());
    assert_eq!(shop.text("select tax::text from invoices where kind = 'credit_note'"), "6.81");
}

#[tokio::test]
async fn an_issued_document_cannot_be_changed_until_the_law_lets_the_buyer_go() {
    let scene = Scene::open().await;
    let order = scene.paid_orders(1, "2026-03-01 10:00:00+08")[0];
    db::transaction::<_, Error, _>(&mut scene.shop.connect(), |conn| scene.issue(conn, order)).unwrap();
    let mut conn = scene.shop.connect();
    for change in [
        "update invoices set gross = gross",
        "update invoices set number = 'X'",
        "update invoices set buyer_name = '', buyer_address = '', buyer_tax_number = '', anonymized_at = now()",
        "delete from invoices",
        "update invoice_lines set name = 'Other'",
        "delete from invoice_lines",
    ] {
        let refused = conn.batch_execute(change).unwrap_err().to_string();
        assert!(refused.contains("an issued document cannot be changed"), "{change}: {refused}");
    }
    let shopper = till::kernel::UserId(scene.shop.number("select user_id from orders"));
    let anonymize = |conn: &mut diesel::PgConnection| till::invoices::erase_invoices(conn, shopper, clock::now());
    assert_eq!(anonymize(&mut conn).unwrap(), 0);
    conn.batch_execute(
        "set session_replication_role = replica;
         update invoices set issued_at = now() - interval '11 years';
         set session_replication_role = origin",
    )
    .unwrap();
    assert_eq!(anonymize(&mut conn).unwrap(), 1);
    let left = "select concat_ws('|', buyer_name, buyer_address, buyer_tax_number, gross) from invoices";
    assert_eq!(scene.shop.text(left), "|||109.99");
    assert_eq!(anonymize(&mut conn).unwrap(), 0);
}

#[tokio::test]
async fn the_checks_of_invoices_tell_what_is_broken() {
    let scene = Scene::open().await;
    let order = scene.paid_orders(2, "2026-03-01 10:00:00+08")[0];
    scene.refund(order, ("33.33", "0"), Some((1, "33.33")), "2026-03-02 10:00:00+08");
    assert_eq!(scene.run_job(clock::now()).issued, 2);
    assert_eq!(scene.mismatches(), [""; 0]);
    for (check, break_it) in [
        ("invoice-series", "update invoice_series set last = 3 where kind = 'invoice'"),
        ("invoice-series", "update invoices set sequence = 7 where kind = 'invoice' and sequence = 2"),
        ("invoice-amounts", "update invoices set gross = 110.00, net = 97.35 where id = 1"),
        (
            "invoice-amounts",
            "update orders set freight = freight + 1, total_amount = total_amount + 1, paid_amount = paid_amount + 1
             where id = 1",
        ),
        ("invoice-amounts", "update refunds set amount = 33.34"),
        (
            "credit-notes",
            "update invoice_lines set gross = gross + 1000, net = net + 1000
             where invoice_id in (select id from invoices where kind = 'credit_note')",
        ),
    ] {
        let mut found = Vec::new();
        let undone: Result<(), Error> = scene.shop.connect().transaction(|conn| {
            conn.batch_execute("set local session_replication_role = replica")?;
            conn.batch_execute(break_it).unwrap_or_else(|error| panic!("{break_it}: {error}"));
            found = till::orders::run_checks(conn, 100)?;
            Err(Error::RollbackTransaction)
        });
        assert!(matches!(undone, Err(Error::RollbackTransaction)), "{break_it}: {undone:?}");
        let result = found.iter().find(|result| result.check.name == check).unwrap();
        assert!(result.count > 0, "{check} after {break_it}");
    }
}
