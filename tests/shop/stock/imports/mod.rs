//! Stock imports: the preview shows what a file would do, and what is confirmed happens once, despite crashes.

mod cases;
mod files;
mod hostile;
mod mapping;

use futures_util::future::join_all;
use reqwest::{Method, header::CONTENT_TYPE};
use std::fmt::Write;
use till::{
    jobs::{run_stock_import_step, run_stock_imports},
    kernel::SkuId,
    platform::db::Db,
};

use crate::support::{Answer, Browser, Database, TestShop, until};

/// No import here is large enough to ask for the password.
const NO_PASSWORD: [(&str, &str); 1] = [("STOCK_PASSWORD_FROM", "1000000000")];

/// Sends a file with the form, as a browser does.
async fn send_as(clerk: &Browser, name: &str, file: &[u8], fields: &[(&str, &str)]) -> Answer {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--border\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    let head = format!(
        "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--border--\r\n");
    let request = clerk
        .request(Method::POST, "/admin/imports")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=border");
    clerk.send(request.body(body)).await
}

async fn send(clerk: &Browser, mode: &str, file: &str) -> String {
    send_as(clerk, "stock.csv", file.as_bytes(), &[("mode", mode)]).await.expect(303).location().to_owned()
}

fn db(shop: &TestShop) -> Db {
    Db::connect(&shop.database.url, 4).unwrap()
}

/// Runs all background work for imports.
pub(super) async fn worked(shop: &TestShop) {
    let db = db(shop);
    while run_stock_import_step(&db).await.unwrap() {}
}

/// Sends a file and has it read; returns the path of the import.
pub(super) async fn read(shop: &TestShop, clerk: &Browser, mode: &str, file: &str) -> String {
    let at = send(clerk, mode, file).await;
    worked(shop).await;
    at
}

async fn confirm(clerk: &Browser, at: &str) -> Answer {
    clerk.post(&format!("{at}/confirmation"), &[]).await
}

/// Creates SKUs with the codes `C1`, `C2` and so on.
fn make_skus(shop: &Database, count: usize, stock: i32) {
    let spu = shop.make_spu("Teapot");
    shop.execute(&format!(
        "insert into skus (spu_id, code, name, price, stock)
         select {spu}, 'C' || n, 'Teapot ' || n, 9, {stock} from generate_series(1, {count}) n;
         insert into stock_movements (sku_id, delta, reason) select id, {stock}, 'import' from skus"
    ));
}

fn stocks(shop: &Database) -> Vec<String> {
    shop.texts("select code || ' ' || stock from skus order by id")
}

#[tokio::test]
async fn a_delivery_is_shown_before_it_happens_and_bad_lines_take_no_good_ones_with_them() {
    let shop = TestShop::open().await;
    make_skus(&shop, 5, 10);
    let clerk = shop.clerk("clerk").await;
    let file = "Name,SKU code,Quantity\nx,C1,5\nx,C2,-11\nx,C3,0\nx,C4,1.5\nx,C4x,1\nx,C5,1000000\nx,C5,2\nx,,3\n<b>,=1+1,4\nx,4.00638E+12,1\n";
    let before = stocks(&shop);
    let at = send(&clerk, "difference", file).await;
    let page = clerk.page(&at).await;
    assert!(page.text_of(".import-state").contains("being read") && page.has("[data-watch]"), "{page}");
    assert!(page.body.contains("http-equiv=\"refresh\""));
    worked(&shop).await;
    assert_eq!(stocks(&shop), before, "nothing happens before it is confirmed");

    let page = clerk.page(&at).await;
    assert!(page.text_of(".import-state").contains("1 line would change stock"), "{page}");
    assert_eq!(page.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 5 10 +5 15"]);
    let failed = clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr");
    let said = |line: &str, words: &str| {
        assert!(failed.iter().any(|row| row.starts_with(line) && row.contains(words)), "{line} {words}: {failed:#?}");
    };
    said("3 C2", "There are 10: stock cannot go below zero.");
    said("5 C4", "not a whole number");
    said("6 C4x", "No SKU has this code");
    said("7 C5", "at most 1,000,000");
    said("8 C5", "at most 1,000,000");
    said("9 ", "No SKU code");
    said("10 =1+1", "No SKU has this code");
    said("11 4.00638E+12", "turned this code into a number");
    assert_eq!(failed.len(), 8);
    assert_eq!(clerk.page(&format!("{at}?show=unchanged")).await.texts_of(".import-lines tbody tr").len(), 1);

    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 15", "C2 10", "C3 10", "C4 10", "C5 10"]);
    let page = clerk.page(&at).await;
    assert!(page.text_of(".import-state").contains("1 line was applied"), "{page}");
    let written = shop.texts(
        "select concat_ws(' ', delta, reason, staff_id is not null, note) from stock_movements where staff_id is not null",
    );
    assert_eq!(written, ["5 delivery t stock.csv:2"]);
    let acts = shop.texts("select action || ' ' || target from audit_log order by id");
    assert_eq!(acts, ["send_import stock.csv", "confirm_import stock.csv", "finish_import stock.csv"]);
    let csv = clerk.page(&format!("{at}/failed.csv")).await;
    assert!(csv.header("content-disposition").contains("attachment"));
    assert!(csv.body.contains("\r\n\"10\",\"'=1+1\",\"4\",\"No SKU has this code.\"\r\n"), "{}", csv.body);
    assert!(csv.body.contains("3,C2,-11,"), "{}", csv.body);
    assert_eq!(csv.body.lines().count(), 9);
    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(clerk.page(&at).await.text_of(".import-state").contains("已应用 1 行"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn pressing_twice_sends_and_applies_once_and_the_same_file_again_is_asked_about() {
    let shop = TestShop::open().await;
    make_skus(&shop, 3, 10);
    let clerk = shop.clerk("clerk").await;
    let file = "SKU,Qty\nC1,1\nC2,2\n";
    let form = [("mode", "difference"), ("token", "0123456789abcdef"), ("note", "Pallet 7")];
    let sent = join_all((0..4).map(|_| send_as(&clerk, "stock.csv", file.as_bytes(), &form))).await;
    assert!(sent.iter().all(|answer| answer.status == 303 && answer.location() == sent[0].location()));
    assert_eq!(shop.number("select count(*) from imports"), 1);
    worked(&shop).await;
    let at = sent[0].location().to_owned();
    let pressed = join_all((0..8).map(|_| confirm(&clerk, &at))).await;
    assert!(pressed.iter().all(|answer| answer.status == 303));
    let (one, two) = (db(&shop), db(&shop));
    let both = futures_util::future::join(async { while run_stock_import_step(&one).await.unwrap() {} }, async {
        while run_stock_import_step(&two).await.unwrap() {}
    });
    both.await;
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 11", "C2 12", "C3 10"]);
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;

    // The same form with another file is another import.
    let other = send_as(&clerk, "other.csv", b"SKU,Qty\nC3,5\n", &form).await.expect(303);
    assert_ne!(other.location(), at);
    worked(&shop).await;
    assert_eq!(clerk.page(other.location()).await.texts_of(".import-lines tbody tr"), ["2 C3 Teapot 5 10 +5 15"]);

    let again = read(&shop, &clerk, "difference", file).await;
    assert_ne!(again, at);
    assert!(clerk.page(&again).await.text_of(".import-decision .notice-warning").contains("already applied"));
    let asked = confirm(&clerk, &again).await.expect(422);
    assert!(asked.text_of("#again-error").contains("Tick the box"), "{asked}");
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 11", "C2 12", "C3 10"]);
    clerk.post(&format!("{again}/confirmation"), &[("again", "true")]).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 12", "C2 14", "C3 10"]);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'finish_import'"), 2);
    shop.assert_reconciled();
}

#[tokio::test]
async fn two_copies_of_a_file_confirmed_in_the_same_moment_are_applied_once() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let file = "SKU,Qty\nC1,1\n";
    let (first, second) =
        (read(&shop, &clerk, "difference", file).await, read(&shop, &clerk, "difference", file).await);
    let answers = futures_util::future::join(confirm(&clerk, &first), confirm(&clerk, &second)).await;
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 11", "C2 10"]);
    let other = if answers.0.status == 422 { first } else { second };
    clerk.post(&format!("{other}/removal"), &[]).await.expect(303);
    assert!(clerk.page(&other).await.text_of(".import-state").contains("discarded"));
    confirm(&clerk, &other).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 11", "C2 10"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_count_that_met_a_sale_is_not_applied_but_decided_again() {
    let shop = TestShop::open().await;
    make_skus(&shop, 3, 40);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", "SKU code,Counted\nC1,50\nC2,50\nC3,40\n").await;
    let page = clerk.page(&at).await;
    assert_eq!(page.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 50 40 +10 50", "3 C2 Teapot 50 40 +10 50"]);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(SkuId(1), 3).await;
    mei.orders().await;
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 37", "C2 50", "C3 40"]);
    let page = clerk.page(&at).await;
    let row = page.text_of(".import-lines tbody tr");
    assert!(row.contains("The stock was 40 when this was shown and is 37 now."), "{row}");

    let follow = clerk.post(&format!("{at}/successor"), &[]).await.expect(303).location().to_owned();
    let written = "select count(*) from audit_log where action = 'decide_import_again'";
    assert_eq!(clerk.post(&format!("{at}/successor"), &[]).await.expect(303).location(), follow);
    assert_eq!(shop.number(written), 1);
    // After that import is discarded, a new one can be made.
    clerk.post(&format!("{follow}/removal"), &[]).await.expect(303);
    let discarded = follow;
    let follow = clerk.post(&format!("{at}/successor"), &[]).await.expect(303).location().to_owned();
    assert_ne!(follow, discarded);
    assert_eq!(shop.number(written), 2);
    assert_eq!(clerk.post(&format!("{at}/successor"), &[]).await.expect(303).location(), follow);
    assert_eq!(clerk.page(&follow).await.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 50 37 +13 50"]);
    confirm(&clerk, &follow).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 50", "C2 50", "C3 40"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_code_in_other_letters_is_asked_about() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "difference", "SKU,Qty\nc1,1\nD1,1\nC2,1\n").await;
    let failed = clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-problem");
    assert_eq!(failed, ["No SKU has this code. Did you mean C1?", "No SKU has this code."]);
}

#[tokio::test]
async fn a_thousand_with_what_separates_thousands_is_not_taken_for_one() {
    let shop = TestShop::with(&NO_PASSWORD).await;
    make_skus(&shop, 4, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "difference", "SKU,Qty\nC1,1,000\nC2,1.000\nC3,\"1,000\"\nC4,1000,\n").await;
    let page = clerk.page(&format!("{at}?show=failed")).await;
    let failed = page.texts_of(".import-lines tbody tr");
    assert_eq!(failed.len(), 3, "{page}");
    assert!(failed.iter().all(|line| line.ends_with("This is not a whole number.")), "{failed:?}");
    assert_eq!(clerk.page(&at).await.texts_of(".import-lines tbody tr"), ["5 C4 Teapot 1000 10 +1,000 1,010"]);
}

#[tokio::test]
async fn an_import_goes_on_where_a_crash_has_stopped_it() {
    let shop = TestShop::with(&NO_PASSWORD).await;
    make_skus(&shop, 1_700, 10);
    let clerk = shop.clerk("clerk").await;
    let mut file = String::from("SKU,Qty\n");
    (1..=1_700).for_each(|n| writeln!(file, "C{n},{}", n % 7 - 3).unwrap());
    let at = read(&shop, &clerk, "difference", &file).await;
    confirm(&clerk, &at).await.expect(303);
    // Each worker applies one batch and stops; the last is interrupted in the middle of one.
    for _ in 0..2 {
        assert!(run_stock_import_step(&db(&shop)).await.unwrap());
    }
    let page = clerk.page(&at).await;
    assert_eq!(page.attribute_of("progress", "value"), "1000", "{page}");
    let mut hold = shop.connect();
    let cut_off = db(&shop);
    diesel::connection::SimpleConnection::batch_execute(
        &mut hold,
        "begin; select from skus where id = 1300 for update",
    )
    .unwrap();
    let worker = tokio::spawn(async move { run_stock_import_step(&cut_off).await });
    shop.somebody_waits().await;
    shop.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'",
    );
    assert!(worker.await.unwrap().is_err());
    drop(hold);
    assert_eq!(clerk.page(&at).await.attribute_of("progress", "value"), "1000");
    worked(&shop).await;
    assert_eq!(shop.number("select count(*) from skus where stock <> 10 + id % 7 - 3"), 0);
    assert_eq!(shop.number("select count(*) from stock_movements where staff_id is not null"), 1_700 - 1_700 / 7 - 1);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'finish_import'"), 1);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_the_database_refuses_fails_alone() {
    let shop = TestShop::open().await;
    make_skus(&shop, 4, 10);
    shop.execute("alter table skus add check (code <> 'C2' or stock < 12)");
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "difference", "SKU,Qty\nC1,5\nC2,5\nC3,5\nC4,5\n").await;
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 15", "C2 10", "C3 15", "C4 15"]);
    let page = clerk.page(&at).await;
    assert!(page.text_of(".import-lines tbody tr").contains("The database refused this line."), "{page}");
    assert!(page.text_of(".import-state").contains("3 lines were applied"), "{page}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn fifty_shoppers_buy_while_two_processes_import() {
    let shop = TestShop::with(&NO_PASSWORD).await;
    make_skus(&shop, 1_200, 60);
    let clerk = shop.clerk("clerk").await;
    let mut file = String::from("SKU;Qty\n");
    (1..=1_200).for_each(|n| writeln!(file, "C{n};{}", if n % 2 == 0 { 5 } else { -5 }).unwrap());
    let at = read(&shop, &clerk, "difference", &file).await;
    let mut shoppers = Vec::new();
    for n in 0..50 {
        let shopper = shop.shopper(&format!("shopper{n}")).await;
        for sku in [1, 2 + n % 5, 700 + n] {
            shopper.puts_in_cart(SkuId(sku), 1).await;
        }
        shoppers.push(shopper);
    }
    confirm(&clerk, &at).await.expect(303);
    let workers = [db(&shop), db(&shop)].map(|db| tokio::spawn(run_stock_imports(db)));
    let bought = join_all(shoppers.iter().map(|shopper| shopper.orders())).await;
    until("the import is done", || shop.number("select count(*) from imports where state = 'done'") == 1).await;
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(bought.len(), 50);
    assert_eq!(shop.number("select stock from skus where id = 1"), 60 - 5 - 50);
    assert_eq!(shop.number("select sum(stock) from skus"), 1_200 * 60 - 150);
    assert_eq!(shop.number("select applied_count from imports"), 1_200);
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_two_files_that_want_the_same_units_at_once_each_sku_gives_them_to_one() {
    let shop = TestShop::with(&NO_PASSWORD).await;
    make_skus(&shop, 1_200, 10);
    let clerk = shop.clerk("clerk").await;
    let taken = |skus: &mut dyn Iterator<Item = i32>| {
        skus.fold(String::from("SKU,Qty\n"), |mut file, n| {
            writeln!(file, "C{n},-7").unwrap();
            file
        })
    };
    let (up, down) = (taken(&mut (1..=1_000)), taken(&mut (201..=1_200).rev()));
    let files = [read(&shop, &clerk, "difference", &up).await, read(&shop, &clerk, "difference", &down).await];
    let confirmed = join_all(files.iter().map(|at| confirm(&clerk, at))).await;
    confirmed.iter().for_each(|answer| assert_eq!(answer.status, 303));
    let workers = [db(&shop), db(&shop), db(&shop)].map(|db| tokio::spawn(run_stock_imports(db)));
    until("both are done", || shop.number("select count(*) from imports where state = 'done'") == 2).await;
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(shop.number("select count(*) from skus where stock = 3"), 1_200);
    assert_eq!(shop.number("select sum(applied_count) from imports"), 1_200);
    assert_eq!(shop.number("select sum(failed_count) from imports"), 800);
    let left = shop.texts("select distinct problem from import_rows where outcome = 'failed'");
    assert_eq!(left, ["below-zero"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_file_that_takes_its_reader_down_is_given_up_after_a_while() {
    let shop = TestShop::open().await;
    make_skus(&shop, 1, 10);
    let clerk = shop.clerk("clerk").await;
    let at = send(&clerk, "difference", "SKU,Qty\nC1,1\n").await;
    shop.execute("update imports set attempts = 3");
    worked(&shop).await;
    assert!(clerk.page(&at).await.text_of(".notice-error").contains("failed several times"));
}

#[tokio::test]
async fn the_tables_hold_an_import_to_its_states() {
    let shop = TestShop::open().await;
    make_skus(&shop, 1, 10);
    let clerk = shop.clerk("clerk").await;
    assert!(clerk.page("/admin/imports").await.text_of(".empty").contains("Nothing was imported yet"));
    read(&shop, &clerk, "difference", "SKU,Qty\nC1,1\n").await;
    assert_eq!(clerk.page("/admin/imports").await.texts_of(".imports-table tbody tr").len(), 1);
    let mut conn = shop.connect();
    for statement in [
        "update imports set state = 'done'",
        "update imports set state = 'refused'",
        "update imports set reason = 'theft'",
        "update import_rows set outcome = 'failed'",
        "update import_rows set sku_id = null",
    ] {
        assert!(diesel::connection::SimpleConnection::batch_execute(&mut conn, statement).is_err(), "{statement}");
    }
}

#[tokio::test]
async fn an_import_of_an_unknown_kind_is_a_fault_and_is_not_applied() {
    let shop = TestShop::with(&NO_PASSWORD).await;
    make_skus(&shop, 1, 5);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "difference", "SKU,Difference\nC1,2\n").await;
    for (column, code, sound) in
        [("mode", "guess", "difference"), ("state", "paused", "ready"), ("reason", "whim", "delivery")]
    {
        shop.execute(&format!(
            "alter table imports drop constraint imports_{column}_check; update imports set {column} = '{code}'"
        ));
        clerk.get(&at).await.expect(500);
        clerk.get("/admin/imports").await.expect(500);
        shop.execute(&format!("update imports set {column} = '{sound}'"));
    }
    clerk.get(&at).await.expect(200);
    assert_eq!(stocks(&shop), ["C1 5"]);
}
