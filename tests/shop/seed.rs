//! `till seed`, which fills a shop for trying it out or for measurements.

use std::process::{Command, Output};

use crate::support::TestShop;

fn seed(shop: &TestShop, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    command.arg("seed").args(words);
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
