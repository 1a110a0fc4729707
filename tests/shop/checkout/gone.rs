//! Something is sold out or has changed between the page and the request: a clear message, no order, an unchanged cart,
//! and a button that continues.

use till::kernel::SkuId;

use super::placing::in_cart;
use crate::support::{Answer, Form, OrderForm, Shopper, TestShop};

/// Mei with these counts in her cart, all selected, and the checkout open.
async fn at_the_checkout(shop: &TestShop, wanted: &[(SkuId, u32)]) -> (Shopper, OrderForm) {
    let mei = shop.shopper("mei").await;
    for (sku, count) in wanted {
        mei.puts_in_cart(*sku, *count).await;
    }
    let form = mei.opens_checkout().await;
    (mei, form)
}

/// Mei wants four of each of three SKUs; when she orders, two of the second are left, and none of the third.
async fn out_of_stock(shop: &TestShop) -> ([SkuId; 3], Shopper, Answer) {
    let skus = [shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"), shop.make_sku(5, "40.00")];
    let (mei, form) = at_the_checkout(shop, &skus.map(|sku| (sku, 4))).await;
    is_left(shop, skus[1], 2);
    is_left(shop, skus[2], 0);
    let refused = mei.places(&form).await.expect(422);
    assert_eq!(refused.texts_of(".problem tbody tr"), ["Thing 2 4 2", "Thing 3 4 0"]);
    assert!(refused.has("#checkout button[disabled]"), "the button is disabled");
    nothing_happened(shop, &mei, &skus.map(|sku| (sku, 4))).await;
    (skus, mei, refused)
}

/// Staff count the stock of the SKU, with this result.
fn is_left(shop: &TestShop, sku: SkuId, stock: i32) {
    shop.execute(&format!(
        "insert into stock_movements (sku_id, delta, reason) select id, {stock} - stock, 'count' from skus where id = {sku};
         update skus set stock = {stock} where id = {sku}"
    ));
}

#[track_caller]
fn no_order(shop: &TestShop) {
    assert_eq!(shop.number("select count(*) from orders"), 0);
    assert_eq!(shop.number("select count(*) from outbox"), 0);
    shop.assert_reconciled();
}

async fn nothing_happened(shop: &TestShop, mei: &Shopper, cart: &[(SkuId, u32)]) {
    no_order(shop);
    assert_eq!(in_cart(shop, mei).await, cart, "nothing left the cart");
}

/// The buttons that the page offers to continue.
fn ways_on(page: &Answer) -> Vec<String> {
    page.attributes_of(".problem button[form=checkout][formaction='/checkout/adjustment'][name=mode]", "value")
}

/// Presses one of them, which sends the whole form.
async fn press(mei: &Shopper, page: &Answer, mode: &str) -> Answer {
    assert!(ways_on(page).contains(&mode.to_owned()), "{page}");
    let form = Form::of(page, "#checkout");
    let said = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = said.chain([("mode", mode)]).collect();
    mei.browser.post("/checkout/adjustment", &fields).await.expect(303)
}

/// The page with the new total, after its message.
async fn adjusted(mei: &Shopper, pressed: &Answer) -> Answer {
    let page = mei.browser.page(pressed.location()).await;
    assert!(page.text_of(".flash").contains("Your cart was adjusted"), "{page}");
    assert!(!page.has(".problem"), "{page}");
    page
}

#[actix_web::test]
async fn what_is_left_can_be_taken_with_one_press_and_a_new_total_to_confirm() {
    let shop = TestShop::open().await;
    let (skus, mei, refused) = out_of_stock(&shop).await;
    assert_eq!(ways_on(&refused), ["left", "without"]);

    let again = adjusted(&mei, &press(&mei, &refused, "left").await).await;

    no_order(&shop);
    let form = Shopper::form_on(&again);
    assert_eq!(form.expected_total, "150.00");
    mei.places(&form).await.expect(303);
    assert_eq!(
        shop.texts("select concat_ws(' ', sku_id, count) from order_goods order by sku_id"),
        [format!("{} 4", skus[0]), format!("{} 2", skus[1])]
    );
    // What was not available stays in the cart, not selected.
    assert_eq!(in_cart(&shop, &mei).await, [(skus[2], 4)]);
    assert!(mei.browser.cart().await.iter().all(|(.., selected)| !selected));
    shop.assert_reconciled();
}

#[actix_web::test]
async fn the_rest_can_be_ordered_with_one_press_and_a_new_total_to_confirm() {
    let shop = TestShop::open().await;
    let (skus, mei, refused) = out_of_stock(&shop).await;

    let again = adjusted(&mei, &press(&mei, &refused, "without").await).await;

    no_order(&shop);
    let form = Shopper::form_on(&again);
    assert_eq!(form.expected_total, "90.00");
    mei.places(&form).await.expect(303);
    assert_eq!(shop.texts("select concat_ws(' ', sku_id, count) from order_goods"), [format!("{} 4", skus[0])]);
    assert_eq!(in_cart(&shop, &mei).await, [(skus[1], 4), (skus[2], 4)]);
    assert!(mei.browser.cart().await.iter().all(|(.., selected)| !selected));
    shop.assert_reconciled();
}

#[actix_web::test]
async fn only_ways_that_lead_somewhere_are_offered() {
    let shop = TestShop::open().await;
    let (gone, scarce) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let (mei, form) = at_the_checkout(&shop, &[(gone, 2), (scarce, 2)]).await;
    // None of the entries is available.
    shop.execute("update skus set active = false");
    let refused = mei.places(&form).await.expect(422);
    assert_eq!(ways_on(&refused), [""; 0]);
    assert!(refused.has(".problem a[href='/cart']"));

    // A part of each entry is available.
    shop.execute("update skus set active = true");
    is_left(&shop, gone, 1);
    is_left(&shop, scarce, 1);
    assert_eq!(ways_on(&mei.places(&form).await.expect(422)), ["left"]);

    // One entry is available completely, the other not at all.
    shop.execute(&format!("update skus set active = false where id = {gone}"));
    is_left(&shop, scarce, 5);
    assert_eq!(ways_on(&mei.places(&form).await.expect(422)), ["without"]);
    nothing_happened(&shop, &mei, &[(gone, 2), (scarce, 2)]).await;
}

#[actix_web::test]
async fn what_is_back_when_the_button_is_pressed_stays_in_the_order() {
    let shop = TestShop::open().await;
    let (skus, mei, refused) = out_of_stock(&shop).await;
    skus.iter().for_each(|sku| is_left(&shop, *sku, 9));

    let pressed = press(&mei, &refused, "without").await;
    let again = mei.browser.page(pressed.location()).await;

    assert!(!again.has(".flash"), "nothing was adjusted: {again}");
    assert_eq!(Shopper::form_on(&again).expected_total, "360.00");
    nothing_happened(&shop, &mei, &skus.map(|sku| (sku, 4))).await;
}

#[actix_web::test]
async fn when_nothing_is_left_by_the_time_of_the_press_the_cart_says_so() {
    let shop = TestShop::open().await;
    let (skus, mei, refused) = out_of_stock(&shop).await;
    shop.execute("update skus set active = false");

    let pressed = press(&mei, &refused, "left").await;
    assert_eq!(mei.browser.get(pressed.location()).await.expect(303).location(), "/cart");

    let cart = mei.browser.page("/cart").await;
    assert!(cart.has(".flash"), "{cart}");
    nothing_happened(&shop, &mei, &skus.map(|sku| (sku, 4))).await;
    for made_up in ["", "all", "LEFT"] {
        mei.browser.post("/checkout/adjustment", &[("mode", made_up)]).await.expect(400);
    }
}

#[actix_web::test]
async fn prices_that_moved_stand_beside_the_old_ones_and_are_accepted_with_one_press() {
    let shop = TestShop::open().await;
    let skus = [shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"), shop.make_sku(5, "40.00")];
    let (mei, mut form) = at_the_checkout(&shop, &skus.map(|sku| (sku, 2))).await;
    form.note = "kept as typed".into();
    shop.execute(&format!("update skus set price = 25 where id = {}", skus[0]));
    shop.execute(&format!("update skus set price = 10.50 where id = {}", skus[2]));

    let refused = mei.places(&form).await.expect(422);

    assert_eq!(refused.texts_of(".problem tbody tr"), ["Thing 1 ¥20.00 ¥25.00", "Thing 3 ¥40.00 ¥10.50"]);
    assert_eq!(refused.texts_of(".problem tbody del"), ["¥20.00", "¥40.00"]);
    assert_eq!(refused.text_of(".problem tfoot tr"), "Total ¥190.00 ¥141.00");
    assert_eq!(refused.text_of("textarea"), "kept as typed");
    nothing_happened(&shop, &mei, &skus.map(|sku| (sku, 2))).await;

    mei.places(&Shopper::form_on(&refused)).await.expect(303);
    assert_eq!(shop.text("select total_amount::text from orders"), "141.00");
    shop.assert_reconciled();
}

#[actix_web::test]
async fn prices_that_move_again_are_asked_about_again_from_what_was_read_last() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let (mei, form) = at_the_checkout(&shop, &[(sku, 2)]).await;
    shop.execute("update skus set price = 25");
    let refused = mei.places(&form).await.expect(422);
    shop.execute("update skus set price = 30");

    let refused = mei.places(&Shopper::form_on(&refused)).await.expect(422);

    assert_eq!(refused.texts_of(".problem tbody tr"), ["Thing 1 ¥25.00 ¥30.00"]);
    nothing_happened(&shop, &mei, &[(sku, 2)]).await;
    mei.places(&Shopper::form_on(&refused)).await.expect(303);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn a_sku_and_a_whole_spu_that_left_the_shop_are_named_and_the_rest_can_be_ordered() {
    for taken_out in ["update skus set active = false where id = 1", "update spus set published = false where id = 1"] {
        let shop = TestShop::open().await;
        let (gone, there) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
        let (mei, form) = at_the_checkout(&shop, &[(gone, 2), (there, 1)]).await;
        shop.execute(taken_out);

        let refused = mei.places(&form).await.expect(422);

        assert_eq!(refused.texts_of(".problem tbody tr"), ["Thing 1 2 0 no longer sold"]);
        nothing_happened(&shop, &mei, &[(gone, 2), (there, 1)]).await;
        let opened_anew = mei.browser.page("/checkout").await;
        assert_eq!(opened_anew.texts_of(".problem tbody tr"), ["Thing 1 2 0 no longer sold"]);

        let again = adjusted(&mei, &press(&mei, &refused, "without").await).await;
        mei.places(&Shopper::form_on(&again)).await.expect(303);
        assert_eq!(shop.text("select concat_ws(' ', sku_id, count) from order_goods"), format!("{there} 1"));
        assert_eq!(mei.browser.cart().await.len(), 1, "it is still in the cart, should it come back");
        shop.assert_reconciled();
    }
}

#[actix_web::test]
async fn an_address_deleted_in_another_tab_is_chosen_anew_or_written_and_everything_else_is_kept() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let (mei, mut form) = at_the_checkout(&shop, &[(sku, 2)]).await;
    let second = shop.make_address(mei.id);
    form.note = "kept as typed".into();

    // The other address must be chosen: nothing is sent to an address that was not chosen.
    mei.browser.post(&format!("/account/addresses/{}/removal", mei.address), &[]).await.expect(303);
    let refused = mei.places(&form).await.expect(422);
    assert!(refused.text_of("#address_id-error").contains("choose an address"));
    assert_eq!(refused.attributes_of("[name=address_id]", "value"), [second.to_string()]);
    assert!(!refused.has("[name=address_id][checked]"));
    assert_eq!(refused.text_of("textarea"), "kept as typed");
    assert_eq!(refused.attribute_of("[name=pay_method][checked]", "value"), "cod");
    nothing_happened(&shop, &mei, &[(sku, 2)]).await;

    // Without any address, one is entered on the same page.
    mei.browser.post(&format!("/account/addresses/{second}/removal"), &[]).await.expect(303);
    let refused = mei.places(&OrderForm { address: second.to_string(), ..form.clone() }).await.expect(422);
    assert!(refused.has("#address_id-error") && !refused.has("[name=address_id]"));
    assert!(refused.has("details[open] button[formaction='/checkout/addresses']"), "{refused}");
    nothing_happened(&shop, &mei, &[(sku, 2)]).await;
    let new = [
        ("recipient", "Mei"),
        ("phone", "13800138000"),
        ("region", "Shanghai"),
        ("street", "2 Anfu Road"),
        ("postcode", ""),
    ];
    let page = mei.browser.post_and_follow("/checkout/addresses", &new).await;
    mei.places(&Shopper::form_on(&page)).await.expect(303);
    assert_eq!(shop.text("select street from orders"), "2 Anfu Road");
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_account_that_was_closed_meanwhile_leads_to_the_sign_in_from_every_button_of_the_checkout() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let (mei, form) = at_the_checkout(&shop, &[(sku, 2)]).await;
    shop.execute("update users set disabled_at = now()");

    let answers = [
        mei.places(&form).await,
        mei.browser.get("/checkout").await,
        mei.browser.post("/checkout/adjustment", &[("mode", "left")]).await,
        mei.browser.post("/checkout/addresses", &[("recipient", "Mei")]).await,
    ];

    for answer in answers {
        assert!(answer.expect(303).location().starts_with("/sign-in"));
    }
    nothing_happened(&shop, &mei, &[(sku, 2)]).await;
    // After the account is opened again, everything is as before.
    shop.execute("update users set disabled_at = null");
    mei.places(&form).await.expect(303);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_order_of_more_money_than_the_books_can_hold_is_refused_in_words() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(999, "9999999.99");
    let (mei, form) = at_the_checkout(&shop, &[(sku, 999)]).await;
    shop.execute("update skus set price = 9999999999.99");

    let refused = mei.places(&form).await.expect(422);

    assert!(refused.text_of(".error-summary").contains("split it"), "{refused}");
    nothing_happened(&shop, &mei, &[(sku, 999)]).await;
}
