//! A code in the database that this version does not know is an error, and is never shown as another one.

use crate::support::{PASSWORD, Shopper, TestShop, TillServer};

use super::with_orders;

/// A shopper with two orders, of which the newer one has an unknown code in this column, and its number.
async fn with_one_unknown(shop: &TestShop, column: &str) -> (Shopper, String) {
    let (mei, numbers) = with_orders(shop, "mei", 2).await;
    shop.execute(&format!(
        "alter table orders drop constraint orders_{column}_check;
         update orders set {column} = 'mystery' where number = '{}'",
        numbers[0]
    ));
    (mei, numbers[0].clone())
}

#[tokio::test]
async fn an_order_of_an_unknown_status_or_pay_method_is_a_fault_with_a_way_back() {
    for column in ["status", "pay_method"] {
        let shop = TestShop::open().await;
        let (mei, number) = with_one_unknown(&shop, column).await;
        let clerk = shop.clerk("clerk").await;
        let path = format!("/orders/{number}");
        for answer in [
            mei.browser.get(&path).await,
            mei.browser.get("/orders").await,
            clerk.get(&format!("/admin{path}")).await,
            clerk.get("/admin/orders").await,
        ] {
            let page = answer.expect(500);
            assert!(page.has("main a[href='/']"), "a way back");
            assert!(!page.has(".badge") && !page.to_string().contains("mystery"), "{page}");
        }
        // The other order is still shown.
        if column == "status" {
            let others = mei.browser.page("/orders?status=unsent").await;
            assert_eq!(others.texts_of(".order-number").len(), 1);
            assert!(clerk.page("/admin/orders?show=unsent").await.has(".badge"));
            assert!(mei.browser.page("/orders?status=finished").await.texts_of(".order-number").is_empty());
        }
    }
}

#[tokio::test]
async fn the_log_says_which_code_nobody_knows() {
    let shop = TestShop::open().await;
    let (_, number) = with_one_unknown(&shop, "status").await;
    let mut server = TillServer::new(&shop.database.url, &shop.redis.url(), &[]);
    server.resume().await;
    let mei = crate::support::Browser::at(&server.url());
    mei.sign_in("mei", PASSWORD).await.expect(303);
    let page = mei.get(&format!("/orders/{number}")).await.expect(500);
    let id = page.text_of(".error-request code");
    let said = server.said();
    let line = said.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{id} is not logged:\n{said}"));
    assert!(line.contains(&number) && line.contains("mystery"), "{line}");
}

#[tokio::test]
async fn an_account_of_an_unknown_role_may_not_come_in_and_keeps_nobody_else_out() {
    let shop = TestShop::open().await;
    let (mei, ann) = (shop.clerk("mei").await, shop.member("ann").await);
    shop.execute(
        "alter table users drop constraint users_role_check; update users set role = 'owner' where username = 'mei'",
    );
    mei.get("/admin").await.expect(404);
    mei.get("/account").await.expect(303);
    ann.get("/account").await.expect(200);
    shop.visitor().sign_in("mei", PASSWORD).await.expect(500);
}
