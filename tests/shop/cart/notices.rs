//! What the cart says about entries whose price, stock or product has changed.

use crate::support::TestShop;

#[tokio::test]
async fn an_entry_says_what_became_of_it_and_only_what_can_be_bought_is_counted() {
    let shop = TestShop::open().await;
    let [sold_out, scarce, dearer, inactive, hidden, fine] = std::array::from_fn(|_| shop.make_sku(9, "10.00"));
    let mei = shop.member("mei").await;
    for sku in [sold_out, scarce, dearer, inactive, hidden, fine] {
        mei.add(sku, 5).await.expect(303);
    }
    assert!(!mei.page("/cart").await.has(".cart-notes"));
    shop.execute(&format!(
        "update skus set stock = 0 where id = {sold_out};
         update skus set stock = 3 where id = {scarce};
         update skus set price = 12.50 where id = {dearer};
         update skus set active = false where id = {inactive};
         update spus set published = false where id = (select spu_id from skus where id = {hidden})"
    ));
    let page = mei.page("/cart").await;
    let said = |sku| page.texts_of(&format!(".cart-entry:has(#remove-{sku}) .notice"));
    assert_eq!(said(sold_out), ["Sold out."]);
    assert_eq!(said(scarce), ["Only 3 left: please lower the count."]);
    assert_eq!(said(dearer), ["The price changed from ¥10.00 to ¥12.50."]);
    assert_eq!(said(inactive), ["No longer sold."]);
    assert_eq!(said(hidden), ["No longer sold."]);
    assert_eq!(said(fine), Vec::<String>::new());
    assert_eq!(page.texts_of(".cart-entry").len(), 6);
    for sku in [sold_out, inactive, hidden] {
        assert!(!page.has(&format!("#count-{sku}")), "there is nothing to count");
    }
    // 5 of the scarce SKU at 10.00 (the checkout will refuse them), 5 at 12.50, 5 at 10.00.
    assert_eq!(page.texts_of(".amounts dd")[0], "¥162.50");

    // The same in Chinese.
    mei.post("/language", &[("language", "zh")]).await.expect(303);
    let page = mei.page("/cart").await;
    assert!(page.text_of("main").contains("价格由 ¥10.00 变为 ¥12.50。"), "{page}");
    assert!(page.text_of("main").contains("仅剩 3 件，请减少数量。"), "{page}");
}

#[tokio::test]
async fn putting_in_more_than_there_is_says_so_at_once() {
    let shop = TestShop::open().await;
    let (scarce, sold_out) = (shop.make_sku(2, "10.00"), shop.make_sku(0, "10.00"));
    let guest = shop.visitor();
    let page = guest.page(guest.add(scarce, 3).await.expect(303).location()).await;
    assert_eq!(page.text_of(".flash-notice p"), "Thing 1 is in your cart, but we have only 2 left.");
    let page = guest.page(guest.add(sold_out, 1).await.expect(303).location()).await;
    assert_eq!(page.text_of(".flash-notice p"), "Thing 2 is in your cart, but it has just sold out.");
}

#[tokio::test]
async fn free_delivery_is_from_199_and_the_cart_says_what_is_missing() {
    let shop = TestShop::open().await;
    let (cheap, dear) = (shop.make_sku(9, "198.99"), shop.make_sku(9, "0.01"));
    let guest = shop.visitor();
    guest.add(cheap, 1).await.expect(303);
    let page = guest.page("/cart").await;
    assert_eq!(page.texts_of(".amounts dd"), ["¥198.99", "¥10.00", "¥208.99"]);
    assert!(page.text_of("main").contains("¥0.01 more for free delivery"), "{page}");
    guest.add(dear, 1).await.expect(303);
    assert_eq!(guest.page("/cart").await.texts_of(".amounts dd"), ["¥199.00", "Free", "¥199.00"]);

    let own = TestShop::with(&[("FREIGHT", "7.5"), ("FREIGHT_FREE_FROM", "20")]).await;
    let sku = own.make_sku(9, "19.99");
    let guest = own.visitor();
    guest.add(sku, 1).await.expect(303);
    assert_eq!(guest.page("/cart").await.texts_of(".amounts dd"), ["¥19.99", "¥7.50", "¥27.49"]);
}
