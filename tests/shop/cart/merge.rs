//! What happens to a guest's cart at sign-in.

use crate::support::{PASSWORD, TestShop};

#[tokio::test]
async fn at_sign_in_the_larger_count_wins_and_no_entry_is_lost() {
    let shop = TestShop::open().await;
    let skus: Vec<_> = (0..4).map(|_| shop.make_sku(9, "10.00")).collect();
    let mei = shop.member("mei").await;
    mei.add(skus[0], 2).await.expect(303);
    mei.add(skus[1], 5).await.expect(303);
    mei.add(skus[3], 1).await.expect(303);
    mei.post(&format!("/cart/entries/{}/selection", skus[3]), &[("selected", "false")]).await.expect(303);

    let guest = shop.visitor();
    guest.add(skus[0], 3).await.expect(303);
    guest.add(skus[1], 4).await.expect(303);
    guest.add(skus[2], 1).await.expect(303);
    guest.post(&format!("/cart/entries/{}/selection", skus[2]), &[("selected", "false")]).await.expect(303);

    let fields = [("username", "mei"), ("password", PASSWORD), ("next", "/cart")];
    let page = guest.post_and_follow("/sign-in", &fields).await;
    let said = page.text_of(".flash p");
    assert!(said.contains("1 entry from your cart before signing in was added."), "{said}");
    assert!(said.contains("1 entry now has the larger of both counts."), "{said}");
    let merged = [(skus[0].0, 3, true), (skus[1].0, 5, true), (skus[2].0, 1, false), (skus[3].0, 1, false)];
    assert_eq!(guest.cart().await, merged);
    assert_eq!(mei.cart().await, merged, "it is the account's cart now, in every browser");

    // The merge happens once: signing out and in again adds nothing.
    guest.post("/sign-out", &[]).await.expect(303);
    assert_eq!(guest.cart().await, []);
    let page = guest.post_and_follow("/sign-in", &fields).await;
    assert!(!page.text_of("#flash").contains("entry"), "{page}");
    assert_eq!(guest.cart().await, merged);
}

#[tokio::test]
async fn a_full_cart_and_a_full_guests_cart_become_one_without_losing_an_entry() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Button");
    shop.execute(&format!(
        "insert into skus (spu_id, code, name, price, stock) select {spu}, 'B' || n, 'Button', 1.00, 9 from generate_series(1, 120) n"
    ));
    let skus: Vec<i64> = shop.texts("select id from skus order by id").iter().map(|id| id.parse().unwrap()).collect();
    let (mei, guest) = (shop.member("mei").await, shop.visitor());
    mei.add(till::kernel::SkuId(skus[0]), 1).await.expect(303);
    guest.add(till::kernel::SkuId(skus[0]), 1).await.expect(303);
    let hers = futures_util::future::join_all(skus[1..100].iter().map(|id| mei.add(till::kernel::SkuId(*id), 1)));
    let guests = futures_util::future::join_all(skus[50..120].iter().map(|id| guest.add(till::kernel::SkuId(*id), 2)));
    assert!(hers.await.iter().chain(&guests.await).all(|answer| answer.status == 303));
    guest.sign_in("mei", PASSWORD).await.expect(303);
    let cart = guest.cart().await;
    assert_eq!(cart.len(), 120, "nothing that was in a cart is lost");
    assert!(cart.iter().all(|(sku, count, _)| *count == if *sku >= skus[50] { 2 } else { 1 }), "{cart:?}");
    // But no further entry can be added.
    let more = shop.make_sku(1, "1.00");
    guest.add(more, 1).await.expect(422);
}

#[tokio::test]
async fn a_guest_who_makes_an_account_takes_the_cart_along() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "10.00");
    let guest = shop.visitor();
    guest.add(sku, 2).await.expect(303);
    let fields = [("username", "mei"), ("email", "mei@example.com"), ("password", "paper lantern"), ("next", "/cart")];
    guest.post_and_follow("/sign-up", &fields).await;
    assert_eq!(guest.cart().await, [(sku.0, 2, true)]);
    assert_eq!(shop.visitor().cart().await, []);
    let elsewhere = shop.visitor();
    elsewhere.sign_in("mei", "paper lantern").await.expect(303);
    assert_eq!(elsewhere.cart().await, [(sku.0, 2, true)]);
}
