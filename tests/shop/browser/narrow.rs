//! The shop on the width of a phone.

use crate::support::{Chromium, PASSWORD, TestShop, addresses};

/// CSS pixels; few phones are narrower.
const PHONE: u32 = 360;

#[actix_web::test]
async fn no_page_is_wider_than_a_phone() {
    let shop = TestShop::open().await;
    let category = shop.make_category("Kitchenware that has a very long name indeed", None);
    let spu = shop.make_spu("Averylongnamewithoutanyplacewhereitcouldbebroken for a kettle");
    shop.execute(&format!("update spus set category_id = {category} where id = {spu}"));
    let sku = shop.make_sku_of(spu, 3, "1234567.00");
    shop.make_staff("a-clerk-with-a-very-long-name");
    shop.execute("update users set role = 'admin' where username like 'a-clerk%'");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    mei.orders().await;
    let browser = Chromium::open(&shop.url(), true).await;
    browser.turns_into_phone(PHONE).await;
    browser.goto("/sign-in?next=/admin").await;
    browser.fill("#username", "a-clerk-with-a-very-long-name").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("main form button").await;
    browser.sees("h1", "Today").await;
    let boss = shop.visitor();
    boss.sign_in("a-clerk-with-a-very-long-name", PASSWORD).await.expect(303);

    let mut wide = Vec::new();
    let mut pages = 0;
    for address in addresses() {
        let answer = boss.get(&address).await;
        if answer.status == 200 && answer.header("content-type").starts_with("text/html") {
            pages += 1;
            browser.goto(&address).await;
            let width = browser.page_width().await;
            if width > u64::from(PHONE) {
                wide.push(format!("{address} is {width} wide"));
            }
        }
    }
    assert!(pages > 25, "{pages}");
    assert!(wide.is_empty(), "{wide:#?}");
}
