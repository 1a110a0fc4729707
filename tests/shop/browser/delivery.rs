//! A stock import by a member of staff who has never made one.

use std::{fs, path::PathBuf};
use till::{jobs::run_stock_imports, platform::db::Db};

use crate::support::{Chromium, PASSWORD, TestShop};

async fn sign_in(browser: &Chromium) {
    browser.goto("/sign-in?next=/admin/imports").await;
    browser.fill("#username", "chen").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form[action='/sign-in'] button").await;
    browser.sees(".empty", "Nothing was imported yet").await;
}

/// The downloaded sheet with these numbers filled in, and one invalid line.
fn fill_in(sheet: PathBuf, numbers: &[&str]) -> PathBuf {
    let text = fs::read_to_string(&sheet).unwrap();
    let (head, lines) = text.trim_end().split_once("\r\n").unwrap();
    let filled: Vec<String> = lines.lines().zip(numbers).map(|(line, number)| format!("{line}{number}")).collect();
    assert_eq!(filled.len(), numbers.len());
    let delivery = sheet.with_file_name("delivery.csv");
    fs::write(&delivery, format!("{head}\r\n{}\r\nNO-SUCH,,,,3\r\n", filled.join("\r\n"))).unwrap();
    delivery
}

async fn take_in(javascript: bool) {
    let shop = TestShop::open().await;
    let lamp = shop.make_spu("Lamp");
    let skus = [2, 0, 7].map(|stock| shop.make_sku_of(lamp, stock, "40.00"));
    shop.make_staff("chen");
    let at_work = tokio::spawn(run_stock_imports(Db::connect(&shop.database.url, 2).unwrap()));
    let browser = Chromium::open(&shop.url(), javascript).await;
    sign_in(&browser).await;

    browser.click(".empty a[href='/admin/imports/new']").await;
    browser.click(".import-sheet button[value=difference]").await;
    let sheet = browser.downloaded("stock-difference.csv").await;
    browser.choose_file("#file", &fill_in(sheet, &["5", "", "-3"])).await;
    browser.fill("#note", "Pallet 7").await;
    browser.click("form[action='/admin/imports'] button").await;

    browser.sees(".import-state", "2 lines would change stock").await;
    browser.sees(".import-lines tbody tr:nth-child(1)", "2 +5 7").await;
    browser.click("a[href$='show=failed']").await;
    browser.sees(".import-problem", "No SKU has this code").await;
    assert_eq!(shop.texts("select stock from skus order by id"), ["2", "0", "7"], "nothing has happened yet");

    browser.click("form[action$='/confirmation'] button").await;
    browser.sees(".import-state", "2 lines were applied").await;
    browser.click("a[href$='show=applied']").await;
    browser.sees(".import-lines tbody tr:nth-child(2)", "4").await;
    assert_eq!(shop.texts("select stock from skus order by id"), ["7", "0", "4"]);
    browser.click(".import-lines tbody tr:nth-child(1) th a").await;
    browser.sees("main", "Pallet 7 · delivery.csv:2").await;
    assert_eq!(browser.path().await, format!("/admin/stock/{}/movements", skus[0]));
    browser.goto("/admin/stock").await;
    browser.sees("main", "Lamp").await;
    at_work.abort();
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_new_member_of_staff_takes_a_delivery_in_by_file_with_javascript() {
    take_in(true).await;
}

#[tokio::test]
async fn a_new_member_of_staff_takes_a_delivery_in_by_file_without_javascript() {
    take_in(false).await;
}
