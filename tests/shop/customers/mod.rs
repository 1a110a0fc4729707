//! Customers: their list and page, the export of what is kept of them, and their erasure.

mod at_once;
mod audit_keys;
mod columns;
mod erasing;
mod pages;

use till::{
    customers::{ErasureOutcome, erase_customer},
    kernel::UserId,
    platform::{clock, db},
};

use crate::support::{Database, Shopper, TestShop};

/// Erases a shopper as a page would.
pub(crate) fn erase(database: &Database, id: UserId) -> ErasureOutcome {
    db::transaction::<_, diesel::result::Error, _>(&mut database.connect(), |conn| {
        erase_customer(conn, id, clock::now())
    })
    .unwrap()
}

/// A shopper with an order that is paid on delivery and received.
async fn with_received_order(shop: &TestShop, username: &str) -> (Shopper, String) {
    let shopper = shop.shopper(username).await;
    shopper.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let number = shopper.orders().await;
    receive(shop, &shopper, &number).await;
    (shopper, number)
}

/// Sends an order, collects the cash, and confirms the receipt.
async fn receive(shop: &TestShop, shopper: &Shopper, number: &str) {
    shop.send_orders(&format!("number = '{number}'"));
    let due = shop.text(&format!("select total_amount from orders where number = '{number}'"));
    let clerk = shop.clerk(&format!("clerk-{}", &number[23..])).await;
    clerk.post(&format!("/admin/orders/{number}/cash"), &[("collected", &due)]).await.expect(303);
    shopper.browser.post(&format!("/orders/{number}/delivery-confirmation"), &[]).await.expect(303);
}
