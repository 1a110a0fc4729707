//! A shopper returns goods in a real browser, from the order to the money.

use std::path::Path;

use super::open_shop::{OpenShop, PICTURE, sign_in};
use crate::support::Chromium;

/// The shopper buys two lamps and pays at the cashier. Returns the order number.
async fn buy(shop: &OpenShop, phone: &Chromium) -> String {
    let lamp = shop.database.spu_of(shop.lamp);
    sign_in(phone, "mei", &format!("/products/{lamp}"), "Lamp").await;
    phone.fill("form[action='/cart/entries'] input[name=count]", "2").await;
    phone.click("[data-sku-buy]").await;
    phone.sees(".flash-success", "Lamp is in your cart.").await;
    phone.goto("/checkout").await;
    phone.click(".choice:has([value=alipay])").await;
    phone.click("form#checkout button").await;
    phone.sees("h1", "Thank you, it is yours").await;
    phone.click("form[action$='/payment'] button").await;
    phone.sees(".amount", "90.00").await;
    phone.click("form[action$='/pay'] button").await;
    phone.sees("main", "Paid with Alipay on").await;
    shop.mailed(phone, "Your order is paid", 1).await;
    shop.database.text("select number from orders")
}

async fn send(staff: &Chromium) {
    sign_in(staff, "lin", "/admin", "Today").await;
    staff.click(".task[href$='unsent']").await;
    staff.click(".orders-table .order-number").await;
    staff.fill("form[action$='/shipments'] #number", "SF1001").await;
    staff.click("form[action$='/shipments'] button").await;
    staff.sees(".page-head .badge", "On its way").await;
}

/// The goods have come, and one of two lamps has to go back.
async fn ask(shop: &OpenShop, phone: &Chromium, number: &str) {
    shop.mailed(phone, "Your goods are on their way", 1).await;
    phone.goto(&format!("/orders/{number}")).await;
    phone.sees(".parcels", "SF1001").await;
    phone.click("form[action$='/delivery-confirmation'] button").await;
    phone.sees(".flash-success", "Thank you. The order is received.").await;
    phone.click(".own-order-actions a[href$='/returns']").await;
    phone.sees("h1", "Return goods").await;
    phone.fill("[name=count]", "1").await;
    phone.click("[name=kind][value=goods_back]").await;
    phone.click("#reason option[value=damaged]").await;
    phone.fill("#words", "The glass is broken").await;
    phone.click("form[action$='/returns'] .button-primary").await;
    phone.sees(".flash-success", "We have your request").await;
    phone.choose_file("#picture", Path::new(PICTURE)).await;
    phone.click("form[action$='/pictures'] button").await;
    phone.sees(".flash-success", "The picture was added.").await;
    phone.find(".return-pictures img").await;
    shop.mailed(phone, "We have your request for a return", 1).await;
}

/// Opens the return from the tasks of the morning page.
async fn open_return(staff: &Chromium, task: &str) {
    staff.goto("/admin").await;
    staff.click(&format!(".task[href$='{task}']")).await;
    staff.click(".orders-table .order-number").await;
    staff.click("a[href*='/returns/']").await;
    staff.sees("h1", "Return").await;
}

async fn approve(shop: &OpenShop, staff: &Chromium, phone: &Chromium) {
    open_return(staff, "return_asked").await;
    staff.sees("main", "The glass is broken").await;
    staff.loads(".return-pictures img").await;
    staff.fill("#answer", "Please send it to our store room").await;
    staff.click("form[action$='/answer'] [value=yes]").await;
    staff.sees(".flash-success", "Approved. The shopper is told.").await;
    shop.mailed(phone, "Your return is approved", 1).await;
}

async fn send_back(phone: &Chromium, number: &str) {
    phone.goto(&format!("/orders/{number}")).await;
    phone.click("a[href*='/returns/']").await;
    phone.sees(".notice", "Please send it to our store room").await;
    phone.fill("form[action$='/parcel'] #carrier", "ZTO").await;
    phone.fill("form[action$='/parcel'] #number", "ZT77").await;
    phone.click("form[action$='/parcel'] button").await;
    phone.sees(".flash-success", "We will tell you when the goods arrive").await;
}

async fn receive_and_refund(shop: &OpenShop, staff: &Chromium, phone: &Chromium, number: &str) {
    staff.goto(&format!("/admin/orders/{number}")).await;
    staff.click("a[href*='/returns/']").await;
    staff.sees("main", "Sent back with ZTO, number ZT77").await;
    staff.fill("[name=sellable]", "0").await;
    staff.fill("[name=damaged]", "1").await;
    staff.click("form[action$='/arrival'] button").await;
    staff.sees(".flash-success", "Recorded.").await;
    shop.mailed(phone, "Your return has arrived", 1).await;

    open_return(staff, "return_arrived").await;
    staff.fill("form[action$='/refund'] [name=count]", "1").await;
    staff.click("form[action$='/refund'] button").await;
    staff.sees(".page-head .badge", "Closed").await;
    shop.mailed(phone, "¥40.00 went back to you", 1).await;
}

async fn return_a_lamp(javascript: bool) {
    let shop = OpenShop::open().await;
    shop.shopper("mei").await;
    let (phone, staff) = (shop.browser(javascript).await, shop.browser(javascript).await);
    let number = buy(&shop, &phone).await;
    send(&staff).await;
    ask(&shop, &phone, &number).await;
    approve(&shop, &staff, &phone).await;
    send_back(&phone, &number).await;
    receive_and_refund(&shop, &staff, &phone, &number).await;

    phone.goto(&format!("/orders/{number}")).await;
    phone.sees("main", "¥40.00").await;
    phone.click("a[href*='/returns/']").await;
    phone.sees(".page-head .badge", "Closed").await;
    let damaged = shop.database.number("select damaged_count from return_goods");
    let stock = shop.database.number(&format!("select stock from skus where id = {}", shop.lamp));
    assert_eq!((damaged, stock), (1, 8), "what is broken does not go back to the shelf");
    shop.reconciles();
}

#[tokio::test]
async fn a_shopper_returns_what_came_broken_and_gets_the_money_with_javascript() {
    return_a_lamp(true).await;
}

#[tokio::test]
async fn a_shopper_returns_what_came_broken_and_gets_the_money_without_javascript() {
    return_a_lamp(false).await;
}
