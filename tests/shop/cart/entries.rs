//! Adding, changing, removing and selecting cart entries.

use reqwest::Method;

use crate::support::TestShop;

#[tokio::test]
async fn a_guest_has_a_cart_of_their_own() {
    let shop = TestShop::open().await;
    let (teapot, cup) = (shop.make_sku(5, "50.00"), shop.make_sku(5, "20.00"));
    let (guest, other) = (shop.visitor(), shop.visitor());
    assert_eq!(guest.cart().await, []);

    let added = guest.add(teapot, 2).await.expect(303);
    let page = guest.page(added.location()).await;
    assert_eq!(page.text_of(".flash-success p"), "Thing 1 is in your cart.");
    assert_eq!(page.text_of(".tool-count"), "1");
    guest.add(cup, 1).await.expect(303);
    guest.add(teapot, 1).await.expect(303);
    assert_eq!(guest.cart().await, [(teapot.0, 3, true), (cup.0, 1, true)]);
    assert_eq!(other.cart().await, []);

    let cookie =
        added.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).find(|c| c.starts_with("guest="));
    let cookie = cookie.expect("a cookie that names the cart");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_cart_named_by_a_cookie_that_is_not_ours_is_empty() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "50.00");
    let guest = shop.visitor();
    let cookie = guest.add(sku, 1).await.expect(303).cookie("guest").unwrap();
    let cart_of = async |cookie: &str| {
        let thief = shop.visitor();
        thief.send(thief.request(Method::GET, "/cart").header("cookie", cookie)).await.expect(200).has(".cart-entry")
    };
    assert!(cart_of(&cookie).await);
    // The signature comes before the id.
    let id = &cookie[cookie.len() - 32..];
    for made_up in [format!("guest={id}"), cookie.replace(id, &"0".repeat(32)), format!("{cookie}0")] {
        assert!(!cart_of(&made_up).await, "{made_up}");
    }
}

#[tokio::test]
async fn counts_are_set_and_entries_removed() {
    let shop = TestShop::open().await;
    let (teapot, cup) = (shop.make_sku(9, "50.00"), shop.make_sku(9, "20.00"));
    let mei = shop.member("mei").await;
    mei.add(teapot, 1).await.expect(303);
    mei.add(cup, 1).await.expect(303);
    let set = format!("/cart/entries/{teapot}");
    assert_eq!(mei.post(&set, &[("count", "4")]).await.expect(303).location(), "/cart");
    assert_eq!(mei.cart().await, [(teapot.0, 4, true), (cup.0, 1, true)]);
    let page = mei.page("/cart").await;
    assert_eq!(page.text_of(".amounts-total dd"), "¥220.00");
    assert_eq!(page.texts_of(".amounts dd")[1], "Free");

    let page = mei.post_and_follow(&format!("{set}/removal"), &[]).await;
    assert_eq!(page.text_of(".flash-success p"), "Removed from your cart.");
    assert_eq!(mei.cart().await, [(cup.0, 1, true)]);
    // Sent from a page that was still open: the entry is gone and stays gone.
    mei.post(&set, &[("count", "2")]).await.expect(404);
    mei.post(&format!("{set}/selection"), &[("selected", "true")]).await.expect(404);
    mei.post(&format!("{set}/removal"), &[]).await.expect(303);
    assert_eq!(mei.cart().await, [(cup.0, 1, true)]);
}

#[tokio::test]
async fn only_what_is_selected_is_summed_up() {
    let shop = TestShop::open().await;
    let (teapot, cup) = (shop.make_sku(9, "50.00"), shop.make_sku(9, "20.00"));
    let mei = shop.member("mei").await;
    mei.add(teapot, 1).await.expect(303);
    mei.add(cup, 2).await.expect(303);
    let select = |sku, yes| (format!("/cart/entries/{sku}/selection"), [("selected", yes)]);
    let total = async || mei.page("/cart").await.text_of(".amounts-total dd");
    assert_eq!(total().await, "¥100.00", "90.00 and the freight");

    let (path, fields) = select(teapot, "false");
    mei.post(&path, &fields).await.expect(303);
    assert_eq!(mei.cart().await, [(teapot.0, 1, false), (cup.0, 2, true)]);
    assert_eq!(total().await, "¥50.00");
    assert_eq!(mei.page("/cart").await.attribute_of("#select-all", "aria-checked"), "mixed");

    mei.post("/cart/selection", &[("selected", "false")]).await.expect(303);
    assert_eq!(total().await, "¥0.00");
    assert!(!mei.page("/cart").await.has("a[href='/checkout']"));
    mei.post("/cart/selection", &[("selected", "true")]).await.expect(303);
    assert_eq!(mei.cart().await, [(teapot.0, 1, true), (cup.0, 2, true)]);
    for wrong in ["", "yes", "1", "TRUE"] {
        mei.post("/cart/selection", &[("selected", wrong)]).await.expect(422);
    }
}

#[tokio::test]
async fn one_entry_holds_at_most_999() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "1.00");
    let mei = shop.member("mei").await;
    mei.add(sku, 999).await.expect(303);
    let refused = mei.add(sku, 1).await.expect(422);
    assert!(refused.text_of("[role=alert]").contains("At most 999"), "{refused}");
    assert_eq!(mei.cart().await, [(sku.0, 999, true)]);

    let refused = mei.post(&format!("/cart/entries/{sku}"), &[("count", "1000")]).await.expect(422);
    assert_eq!(refused.text_of(&format!("#count-{sku}-error")), "Please give a whole number from 1 to 999.");
    assert_eq!(refused.attribute_of(&format!("#count-{sku}"), "value"), "1000", "what was typed is still there");
    assert_eq!(mei.cart().await, [(sku.0, 999, true)]);
}

#[tokio::test]
async fn a_cart_holds_at_most_a_hundred_entries() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Button");
    shop.execute(&format!(
        "insert into skus (spu_id, code, name, price, stock) select {spu}, 'B' || n, 'Button', 1.00, 0 from generate_series(1, 101) n"
    ));
    let mei = shop.member("mei").await;
    let skus: Vec<i64> = shop.texts("select id from skus order by id").iter().map(|id| id.parse().unwrap()).collect();
    let adding = skus[..100].iter().map(|id| mei.add(till::kernel::SkuId(*id), 1));
    for answer in futures_util::future::join_all(adding).await {
        answer.expect(303);
    }
    let refused = mei.add(till::kernel::SkuId(skus[100]), 1).await.expect(422);
    assert!(refused.text_of("[role=alert]").contains("A cart holds 100"), "{refused}");
    assert_eq!(mei.cart().await.len(), 100);
    // More of a SKU that is in the cart is not a new entry.
    mei.add(till::kernel::SkuId(skus[0]), 1).await.expect(303);
}

#[tokio::test]
async fn what_is_not_sold_cannot_be_put_in() {
    let shop = TestShop::open().await;
    let (inactive, hidden) = (shop.make_sku(5, "50.00"), shop.make_sku(5, "50.00"));
    shop.execute(&format!("update skus set active = false where id = {inactive}"));
    shop.execute(&format!(
        "update spus set published = false where id = (select spu_id from skus where id = {hidden})"
    ));
    let guest = shop.visitor();
    for sku in [inactive, hidden, till::kernel::SkuId(i64::MAX)] {
        let refused = guest.add(sku, 1).await.expect(422);
        assert!(refused.text_of("[role=alert]").contains("not sold here"), "{refused}");
    }
    assert_eq!(guest.cart().await, []);
}

#[tokio::test]
async fn many_who_add_at_once_lose_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "1.00");
    let mei = shop.member("mei").await;
    let answers = futures_util::future::join_all((0..40).map(|_| mei.add(sku, 1))).await;
    assert!(answers.iter().all(|answer| answer.status == 303));
    assert_eq!(mei.cart().await, [(sku.0, 40, true)]);
}
