//! `till seed`, which fills a shop for trying it out or for measurements.

use chrono::Utc;
use rust_decimal::Decimal;
use std::process::{Command, Output};
use till::reports::Month;

use crate::support::TestShop;

fn seed(shop: &TestShop, words: &[&str]) -> Output {
    till(shop, &[&["seed"], words].concat())
}

fn till(shop: &TestShop, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    command.args(words);
    command.env("DATABASE_URL", &shop.database.url).env("REDIS_URL", shop.redis.url()).output().unwrap()
}

fn indexes(shop: &TestShop) -> Vec<String> {
    shop.texts("select indexdef from pg_indexes where tablename = 'sku_search' order by 1")
}

#[tokio::test]
async fn generated_goods_are_as_many_as_asked_and_can_be_found_and_the_assert_reconciled() {
    let shop = TestShop::open().await;
    let before = indexes(&shop);
    let sizes = ["--scale", "--spus", "70", "--skus", "3000", "--users", "12"];
    let filled = seed(&shop, &sizes);
    assert!(filled.status.success(), "{filled:?}");
    let counted = "select concat_ws(' ', (select count(*) from spus), (select count(*) from skus),
        (select count(*) from sku_search), (select count(*) from users where role = 'shopper'))";
    assert_eq!(shop.text(counted), "70 3000 3000 12");
    assert_eq!(indexes(&shop), before);
    // A second run adds as many again.
    assert!(seed(&shop, &sizes).status.success());
    assert_eq!(shop.text(counted), "140 6000 6000 24");
    assert_eq!(indexes(&shop), before);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_fill_that_was_killed_leaves_nothing_that_the_next_does_not_mend() {
    let shop = TestShop::open().await;
    let before = indexes(&shop);
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    command.args(["seed", "--scale", "--spus", "4000", "--skus", "40000", "--users", "10"]);
    let mut killed =
        command.env("DATABASE_URL", &shop.database.url).env("REDIS_URL", shop.redis.url()).spawn().unwrap();
    crate::support::until("it has begun", || shop.number("select count(*) from skus") > 0).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_ne!(indexes(&shop), before);
    assert!(seed(&shop, &["--scale", "--spus", "10", "--skus", "100", "--users", "10"]).status.success());
    assert_eq!(indexes(&shop), before);
    assert_eq!(shop.number("select count(*) from skus"), shop.number("select count(*) from sku_search"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_demo_catalog_fills_an_empty_shop_once_and_its_assert_reconciled() {
    let shop = TestShop::open().await;
    assert!(seed(&shop, &["--demo"]).status.success());
    let print = shop.fingerprint();
    assert!(seed(&shop, &["--demo"]).status.success());
    assert_eq!(shop.fingerprint(), print);
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_demo_shop_has_something_of_each_kind_of_paper() {
    let shop = TestShop::open().await;
    assert!(seed(&shop, &["--demo"]).status.success());
    let of = |column: &str, table: &str| shop.texts(&format!("select distinct {column} from {table} order by 1"));
    let all = ["issued", "refused", "requested", "reversed", "to_reverse", "withdrawn"];
    assert_eq!(of("status", "fapiao_requests"), all);
    assert_eq!(of("status", "questions"), ["answered", "closed", "open"]);
    assert_eq!(of("kind", "invoices"), ["credit_note", "invoice"]);
    // The job that issues documents, and those of emails, have nothing left to do about them.
    let due = "select (select count(*) from outbox where done_at is null and kind like '%mail')
        + (select count(*) from question_messages where mails_at is null)";
    assert_eq!(shop.number(due), 0);
    let boss = shop.boss("boss").await;
    for path in ["/admin/fapiao?show=reversed", "/admin/questions", "/admin/invoices"] {
        assert!(boss.page(path).await.has("tbody tr"), "{path}");
    }
    let request = shop.number("select id from fapiao_requests where status = 'issued'");
    assert!(boss.get(&format!("/admin/fapiao/{request}/fapiao")).await.expect(200).body.starts_with("%PDF-1.4"));
}

/// The rows of a CSV file, first that with the names of the columns.
fn rows(file: &str) -> Vec<Vec<String>> {
    let file = file.trim_start_matches('\u{feff}').as_bytes();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// An amount or a number as it is written in files.
fn plain(shown: &str) -> String {
    shown.replace(['¥', ','], "").replace('−', "-")
}

#[tokio::test]
async fn a_month_of_demo_data_closes_reconciles_and_exports() {
    let shop = TestShop::open().await;
    assert!(seed(&shop, &["--demo"]).status.success());
    let boss = shop.boss("boss").await;
    let month = Month::at(Utc::now(), shop.config().zone).previous();
    let path = format!("/admin/reports/{month}");
    assert!(boss.page("/admin/reports").await.has(&format!("a[href='{path}']")));
    let open = boss.page(&path).await;
    let closed = boss.post_and_follow(&format!("{path}/closing"), &[]).await;
    assert!(closed.body.contains(&format!("{month} is closed.")) && closed.body.contains("by boss"), "{closed}");
    assert_eq!(closed.texts_of(".report-figures td"), open.texts_of(".report-figures td"));
    assert!(!closed.has("#corrections"), "{closed}");

    // The checks find nothing, and say so to whoever runs them.
    shop.assert_reconciled();
    let reconciled = till(&shop, &["reconcile"]);
    assert!(reconciled.status.success(), "{reconciled:?}");

    let export =
        async |part: &str| boss.post(&format!("{path}/exports"), &[("part", part)]).await.expect(200).body.clone();
    let file = rows(&export("figures").await).split_off(1);
    let shown: Vec<String> = closed.texts_of(".report-figures td").iter().map(|value| plain(value)).collect();
    assert_eq!(file.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), shown);
    let of = |name: &str| file.iter().find(|row| row[0] == name).unwrap()[1].parse::<Decimal>().unwrap();
    for name in ["Paid orders", "Sales", "Refunds", "Tax", "Stock at cost"] {
        assert!(of(name) > Decimal::ZERO, "{name} in {file:?}");
    }

    // The sales of each table add up to those of the month, and the page has as many rows.
    let mut count = 0;
    for part in ["pay_method", "tax_rate", "category", "product"] {
        let file = rows(&export(part).await);
        let place = file[0].iter().position(|name| name == "Sales").unwrap();
        let sales: Decimal = file[1..].iter().map(|row| row[place].parse::<Decimal>().unwrap()).sum();
        assert_eq!(sales, of("Sales"), "{part}");
        count += file.len() - 1;
    }
    assert_eq!(closed.texts_of(".report-table tbody tr").len(), count);
}
