//! Files as other programs write them (`cases/`), each with the expected result.

use std::{fs, path::Path};

use super::{confirm, send_as, stocks, worked};
use crate::support::{Answer, Browser, Form, TestShop};

/// The expected result of a file.
enum Right {
    /// It is read without a question; the changed stocks are these.
    Leaves(&'static [&'static str]),
    /// It asks for the columns, which are then chosen like this; the changed stocks are these.
    Asks(&'static [(&'static str, &'static str)], &'static [&'static str]),
    /// It is refused with this message, in English and in Chinese.
    Refused(&'static str, &'static str),
}

const SKUS: [(&str, i32); 11] = [
    ("LUM-AUR-BLU-256", 64),
    ("LUM-AUR-BLU-512", 23),
    ("LUM-AUR-BLK-128", 53),
    ("LUM-AUR-BLK-256", 10),
    ("LUM-AUR-BLK-512", 10),
    ("LUM-AUR-SLV-128", 10),
    ("LUM-HOM-BLK", 10),
    ("LUM-HOM-RED", 10),
    ("LUM-HOM-WHT", 10),
    ("MAR-1", 10),
    ("4006381333931", 10),
];

async fn shop_of_the_cases() -> (TestShop, Browser) {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Aurora");
    for (code, stock) in SKUS {
        shop.execute(&format!(
            "insert into skus (spu_id, code, name, price, stock) values ({spu}, '{code}', '{code}', 9, {stock});
             insert into stock_movements (sku_id, delta, reason) select id, stock, 'import' from skus where code = '{code}'"
        ));
    }
    let clerk = shop.clerk("clerk").await;
    (shop, clerk)
}

/// Resets the stocks for the next file.
fn put_back(shop: &TestShop) {
    for (code, stock) in SKUS {
        shop.execute(&format!("update skus set stock = {stock} where code = '{code}'"));
    }
}

fn changed(shop: &TestShop) -> Vec<String> {
    let before: Vec<String> = SKUS.iter().map(|(code, stock)| format!("{code} {stock}")).collect();
    stocks(shop).into_iter().filter(|stock| !before.contains(stock)).collect()
}

async fn send_case(shop: &TestShop, clerk: &Browser, name: &str, mode: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop/stock/imports/cases").join(name);
    let sent = send_as(clerk, name, &fs::read(path).unwrap(), &[("mode", mode)]).await.expect(303);
    worked(shop).await;
    sent.location().to_owned()
}

/// The form of the page in which columns are chosen.
fn mapping(page: &Answer) -> Form {
    Form::of(page, ".import-change form")
}

async fn choose(shop: &TestShop, clerk: &Browser, at: &str, columns: &[(&str, &str)]) {
    let mut form = mapping(&clerk.page(at).await);
    for (name, value) in columns {
        form = form.typed(name, value);
    }
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(shop).await;
}

/// Sends the page's form of the decision unchanged.
async fn press(shop: &TestShop, clerk: &Browser, at: &str) {
    let form = Form::of(&clerk.page(at).await, ".import-decision form");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(shop).await;
}

async fn check(shop: &TestShop, clerk: &Browser, name: &str, mode: &str, right: Right) {
    let at = send_case(shop, clerk, name, mode).await;
    let page = clerk.page(&at).await;
    match right {
        Right::Leaves(stocks) => {
            assert_eq!(shop.text("select state from imports order by id desc limit 1"), "ready", "{name}: {page}");
            assert!(page.text_of(".import-facts").contains("Column of numbers"), "{name}: {page}");
            if !stocks.is_empty() {
                press(shop, clerk, &at).await;
            }
            assert_eq!(changed(shop), stocks, "{name}: {page}");
        }
        Right::Asks(columns, stocks) => {
            let refused = confirm(clerk, &at).await.expect(422);
            assert!(refused.text_of(".error-summary").contains("Nothing was applied"), "{name}: {refused}");
            worked(shop).await;
            assert_eq!(changed(shop), [""; 0], "{name}");
            choose(shop, clerk, &at, columns).await;
            press(shop, clerk, &at).await;
            assert_eq!(changed(shop), stocks, "{name}");
        }
        Right::Refused(english, chinese) => {
            assert!(page.text_of(".notice-error").contains(english), "{name}: {page}");
            clerk.post("/language", &[("language", "zh")]).await.expect(303);
            let page = clerk.page(&at).await;
            assert!(page.text_of(".notice-error").contains(chinese), "{name}: {page}");
            clerk.post("/language", &[("language", "en")]).await.expect(303);
            assert!(matches!(confirm(clerk, &at).await.status, 303 | 422));
            worked(shop).await;
            assert_eq!(changed(shop), [""; 0], "{name}");
        }
    }
    put_back(shop);
}

const SIXTY_ONE: Right = Right::Leaves(&["LUM-AUR-BLU-256 61"]);

#[tokio::test]
async fn counts_of_other_programs_are_read_from_the_column_that_is_meant() {
    let (shop, clerk) = shop_of_the_cases().await;
    for (name, right) in [
        ("C1-odoo.xlsx", SIXTY_ONE),
        ("C3-en.xlsx", SIXTY_ONE),
        ("C4-en.xlsx", SIXTY_ONE),
        ("C7-en.xlsx", SIXTY_ONE),
        ("C9-cn-two-codes.xlsx", SIXTY_ONE),
        ("C10-empty-sku-col.xlsx", SIXTY_ONE),
        ("C14-fullwidth-heading.xlsx", SIXTY_ONE),
        ("H1-shopify-variant.xlsx", SIXTY_ONE),
        ("H2-shopify-inventory.xlsx", SIXTY_ONE),
        ("H4-prestashop.xlsx", SIXTY_ONE),
        ("H6-cn-seller-code.xlsx", SIXTY_ONE),
        ("H7-cn-sku-code.xlsx", SIXTY_ONE),
        ("H8-cn-goods-number.xlsx", SIXTY_ONE),
        ("H9-odoo.xlsx", SIXTY_ONE),
        ("H11-de.xlsx", SIXTY_ONE),
        ("T3-two-heading-rows.xlsx", SIXTY_ONE),
        ("T4-title-en.xlsx", SIXTY_ONE),
        ("T5-title.csv", SIXTY_ONE),
        ("S2-dup-col.xlsx", Right::Asks(&[("number_column", "2")], &["LUM-AUR-BLU-256 61"])),
    ] {
        check(&shop, &clerk, name, "count", right).await;
    }
}

#[tokio::test]
async fn texts_of_other_programs_are_read_in_their_encodings_and_separators() {
    let (shop, clerk) = shop_of_the_cases().await;
    for name in ["E5-big5.csv", "E5c-trad.csv", "E6b-cp1252.csv", "E12-pipe.csv", "E13b-sep.csv", "E18b-eq.csv"] {
        check(&shop, &clerk, name, "count", SIXTY_ONE).await;
    }
}

#[tokio::test]
async fn differences_are_read_from_what_came_and_not_from_what_is_there() {
    let (shop, clerk) = shop_of_the_cases().await;
    for name in ["D1-difference-columns.xlsx", "D4-difference-columns.xlsx", "D5-difference-columns.xlsx"] {
        check(&shop, &clerk, name, "difference", Right::Leaves(&["LUM-AUR-BLU-256 69"])).await;
    }
}

#[tokio::test]
async fn sound_files_of_other_kinds_are_named_as_such() {
    let (shop, clerk) = shop_of_the_cases().await;
    for (name, chinese) in [
        ("S5-libreoffice.ods", "OpenDocument 文件（ODS），请另存为 XLSX 或 CSV"),
        ("S6-html.xls", "另存为 XLSX 或 CSV"),
        ("S12-zip.zip", "另存为 XLSX 或 CSV"),
    ] {
        for mode in ["count", "difference"] {
            check(&shop, &clerk, name, mode, Right::Refused("save it as XLSX or CSV", chinese)).await;
        }
    }
}

async fn failed(clerk: &Browser, at: &str) -> Vec<String> {
    clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr")
}

#[tokio::test]
async fn numbers_and_codes_that_a_sheet_has_rewritten_are_refused_with_words() {
    let (shop, clerk) = shop_of_the_cases().await;
    for (name, lines, words) in [
        ("E21-de.csv", 2, "This is not a whole number."),
        ("N5d-3dec.csv", 1, "This is not a whole number."),
        ("N3b-ean-sci-de.csv", 2, "A spreadsheet has turned this code into a number."),
        ("S10-date-code.xlsx", 1, "A spreadsheet has turned this code into a date."),
        ("W8-two-places.xlsx", 2, "neither is applied"),
    ] {
        let at = send_case(&shop, &clerk, name, "count").await;
        let failed = failed(&clerk, &at).await;
        assert_eq!(failed.iter().filter(|line| line.contains(words)).count(), lines, "{name}: {failed:?}");
        assert_eq!(failed.len(), lines, "{name}: {failed:?}");
    }
    let words = "say how many came or went";
    check(&shop, &clerk, "S11-minus.csv", "count", Right::Refused(words, "增减数量")).await;
    let at = send_case(&shop, &clerk, "S11-minus.csv", "difference").await;
    let failed = failed(&clerk, &at).await;
    assert_eq!(failed.len(), 3, "(5), 5- and a dash are no numbers: {failed:?}");
}

#[tokio::test]
async fn numbers_are_read_as_a_sheet_shows_them() {
    let (shop, clerk) = shop_of_the_cases().await;
    let right = Right::Leaves(&["LUM-AUR-BLU-256 12", "LUM-AUR-BLU-512 20"]);
    check(&shop, &clerk, "N4-float-noise.xlsx", "count", right).await;
    let right = Right::Leaves(&["LUM-AUR-BLU-256 61", "LUM-AUR-BLU-512 61", "LUM-AUR-SLV-128 12"]);
    check(&shop, &clerk, "N6-text-numbers.xlsx", "count", right).await;
}

#[tokio::test]
async fn lines_of_one_sku_add_up_in_a_list_of_differences() {
    let (shop, clerk) = shop_of_the_cases().await;
    let at = send_case(&shop, &clerk, "S8b.csv", "difference").await;
    let lines = clerk.page(&at).await.texts_of(".import-lines tbody tr");
    assert_eq!(lines.len(), 2);
    for (line, numbers) in lines.iter().zip(["5 64 +5 69", "5 69 +5 74"]) {
        assert!(line.contains("2 lines of this SKU: +10 in all") && line.ends_with(numbers), "{line}");
    }
    press(&shop, &clerk, &at).await;
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(changed(&shop), ["LUM-AUR-BLU-256 74"]);
    let moved = shop.texts("select delta || ' ' || note from stock_movements where staff_id is not null");
    assert_eq!(moved, ["10 S8b.csv:2, 3"]);
    assert_eq!(shop.number("select applied_count from imports"), 2);
    shop.assert_reconciled();
}

#[tokio::test]
async fn every_file_of_the_cases_is_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop/stock/imports/cases");
    let tests = include_str!("cases.rs");
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(tests.contains(&format!("\"{name}\"")), "{name}");
    }
}
