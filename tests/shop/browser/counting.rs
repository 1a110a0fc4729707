//! A member of staff counts stock while somebody buys, and finds out why a SKU shows 3 and not 10.

use crate::support::{Chromium, PASSWORD, TestShop};

async fn sign_in(browser: &Chromium) {
    browser.goto("/sign-in?next=/admin/stock").await;
    browser.fill("#username", "chen").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("main form button").await;
    browser.sees("h1", "Stock").await;
}

async fn walk(javascript: bool) {
    let shop = TestShop::open().await;
    let kettle = shop.make_spu("Kettle");
    let kettle = shop.make_sku_of(kettle, 10, "40.00");
    let rake = shop.make_spu("Rake");
    let rake = shop.make_sku_of(rake, 30, "15.00");
    shop.make_staff("chen");
    let mei = shop.shopper("mei").await;
    let browser = Chromium::open(&shop.url(), javascript).await;
    sign_in(&browser).await;

    // Six kettles and thirty rakes are counted; before the form is sent, a kettle is sold.
    browser.click("#how option[value=count]").await;
    browser.fill(&format!("#amount-{kettle}"), "6").await;
    browser.fill(&format!("#amount-{rake}"), "30").await;
    browser.fill("#note", "Shelf 4").await;
    mei.puts_in_cart(kettle, 1).await;
    mei.orders().await;
    browser.click(".stock-bar button").await;
    browser.sees(".error-summary h2", "1 done; another look needed: 1").await;
    browser.sees(&format!("#amount-{kettle}-error"), "1 sold while you typed: 10 to 9; you counted 6").await;
    browser.sees(&format!("#sku-{rake} .stock-done"), "As counted").await;
    assert_eq!(shop.number(&format!("select stock from skus where id = {kettle}")), 9, "nothing is overwritten");

    // The count was made before the sale.
    browser.click(&format!("[name=answer-{kettle}][value^=before]")).await;
    browser.click(".stock-bar button").await;
    browser.sees(".flash-success", "9 − 4 = 5").await;
    assert!(browser.has("#how option[value=count][selected]").await, "the next form counts too");
    assert_eq!(
        shop.text("select concat_ws(' ', delta, reason, note) from stock_movements order by id desc limit 1"),
        "-4 count Shelf 4"
    );

    mei.puts_in_cart(kettle, 2).await;
    let number = mei.orders().await;
    browser.goto("/admin/stock?q=kettle").await;
    browser.sees(".stock-level", "3").await;
    browser.click(".stock-name a").await;
    browser.sees("h1", "Kettle").await;
    browser.sees(".history-words", "from 0 to 3. Import +10 Count −4 Sale −3").await;
    browser.sees(".ledger tbody tr:nth-child(1)", &number).await;
    browser.sees(".ledger tbody tr:nth-child(1) .movement-balance", "3").await;
    browser.sees(".ledger tbody tr:nth-child(2)", "Count chen Shelf 4").await;
    browser.click(".history-table summary").await;
    browser.sees(".history-table tbody", "+10 −7 3").await;
    shop.assert_reconciled();
}

#[tokio::test]
async fn staff_count_a_shelf_that_sells_meanwhile_and_find_out_why_with_javascript() {
    walk(true).await;
}

#[tokio::test]
async fn staff_count_a_shelf_that_sells_meanwhile_and_find_out_why_without_javascript() {
    walk(false).await;
}
