//! The page of an expired order says why it was canceled, and its goods can be put back into the cart.

use till::{kernel::SkuId, lifecycle::cancel_expired, platform::clock};

use crate::support::{OrderForm, Shopper, TestShop, order_number};

async fn expired(shop: &TestShop, mei: &Shopper, skus: &[(SkuId, u32)]) -> String {
    for (sku, count) in skus {
        mei.puts_in_cart(*sku, *count).await;
    }
    let mut form = mei.opens_checkout().await;
    form.pay_method = "alipay".into();
    let number = order_number(&mei.places(&form).await.expect(303));
    shop.execute("update orders set expires_at = now() - interval '1 minute'");
    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap(), 1);
    number
}

#[tokio::test]
async fn an_expired_order_says_why_and_puts_its_goods_back_into_the_cart_with_one_press() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let (lamp, cup) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "9.00"));
    let number = expired(&shop, &mei, &[(lamp, 3), (cup, 1)]).await;
    let page = mei.browser.page(&format!("/orders/{number}")).await;
    assert!(page.text_of(".notice").contains("It was not paid by 20"), "{page}");
    let action = page.attribute_of(".notice form", "action");
    assert_eq!(action, format!("/orders/{number}/cart-entries"));

    mei.puts_in_cart(cup, 2).await;
    for _ in 0..2 {
        let answer = mei.browser.post(&action, &[]).await.expect(303);
        assert_eq!(answer.location(), "/cart");
        assert_eq!(mei.browser.cart().await, [(lamp.0, 3, true), (cup.0, 2, true)]);
    }
    let said = mei.browser.post_and_follow(&action, &[]).await;
    assert_eq!(said.text_of(".flash-success p"), "The goods of the order are in your cart again.");
    mei.orders().await;
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_cannot_be_bought_any_more_is_named() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let [few, sold_out, gone] = [5, 5, 5].map(|stock| shop.make_sku(stock, "20.00"));
    let number = expired(&shop, &mei, &[(few, 3), (sold_out, 1), (gone, 1)]).await;
    shop.execute(&format!("update skus set stock = 2 where id = {few}"));
    shop.execute(&format!("update skus set stock = 0 where id = {sold_out}"));
    shop.execute(&format!("update spus set published = false where id = {}", shop.spu_of(gone)));

    let page = mei.browser.post_and_follow(&format!("/orders/{number}/cart-entries"), &[]).await;

    let said = page.text_of(".flash-notice p");
    assert!(said.contains("Not available any more: Thing 2, Thing 3."), "{said}");
    assert!(said.contains("Fewer than you had ordered: Thing 1 (2)."), "{said}");
    assert_eq!(mei.browser.cart().await, [(few.0, 2, true)]);
}

#[tokio::test]
async fn only_an_order_of_ones_own_that_is_not_waiting_to_be_paid_goes_back() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let number = expired(&shop, &mei, &[(shop.make_sku(5, "20.00"), 1)]).await;
    let bo = shop.shopper("bo").await;
    let path = format!("/orders/{number}/cart-entries");
    bo.browser.post(&path, &[]).await.expect(404);
    shop.visitor().post(&path, &[]).await.expect(303);
    bo.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let unpaid = OrderForm { pay_method: "alipay".into(), ..bo.opens_checkout().await };
    let number = order_number(&bo.places(&unpaid).await);
    bo.browser.post(&format!("/orders/{number}/cart-entries"), &[]).await.expect(404);
    bo.browser.post("/orders/x/cart-entries", &[]).await.expect(404);
    assert_eq!(bo.browser.cart().await, []);
}

#[tokio::test]
async fn the_same_is_ordered_again_from_the_page_of_an_order() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(5, "20.00");
    mei.puts_in_cart(sku, 2).await;
    let number = mei.orders().await;
    for (status, columns) in [
        ("unsent", "note = 'again'"),
        ("unreceived", "sent_at = now()"),
        ("unreviewed", "received_at = now()"),
        ("finished", "finished_at = now(), paid_at = now(), paid_amount = total_amount"),
    ] {
        shop.execute(&format!("update orders set status = '{status}', {columns}"));
        let page = mei.browser.page(&format!("/orders/{number}")).await;
        let action = page.attribute_of("form[action$='/cart-entries']", "action");
        mei.browser.post(&action, &[]).await.expect(303);
        assert_eq!(mei.browser.cart().await, [(sku.0, 2, true)], "{status}");
        mei.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
    }
}

#[tokio::test]
async fn a_full_cart_takes_no_more_and_names_what_it_left_out() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let number = expired(&shop, &mei, &[(shop.make_sku(5, "20.00"), 1)]).await;
    let mut redis = shop.redis.connect();
    for sku in 1000..1100 {
        redis::cmd("HSET").arg(format!("cart:{{u{}}}", mei.id)).arg(sku).arg(1).exec(&mut redis).unwrap();
    }
    let page = mei.browser.post_and_follow(&format!("/orders/{number}/cart-entries"), &[]).await;
    assert!(page.text_of(".flash-notice p").contains("left out: Thing 1"), "{page}");
}
