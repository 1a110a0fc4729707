use diesel::connection::SimpleConnection;

use crate::support::{Shopper, TestShop};

async fn with_one_in_cart(shop: &TestShop, stock: i32, count: u32) -> Shopper {
    let sku = shop.make_sku(stock, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, count).await;
    mei
}

fn nothing_happened(shop: &TestShop) {
    assert_eq!(shop.number("select count(*) from orders"), 0);
    assert_eq!(shop.number("select sum(sales) from skus"), 0);
    assert_eq!(shop.number("select count(*) from outbox"), 0);
    shop.books_agree();
}

#[actix_web::test]
async fn too_little_stock_orders_nothing_and_names_each_sku_with_wanted_and_left() {
    let shop = TestShop::open().await;
    let skus = [shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"), shop.make_sku(5, "40.00")];
    let mei = shop.shopper("mei").await;
    for sku in skus {
        mei.puts_in_cart(sku, 4).await;
    }
    let form = mei.opens_checkout().await;
    shop.execute(&format!("update skus set stock = 3 where id = {}", skus[0]));
    shop.execute(&format!("update skus set stock = 0 where id = {}", skus[2]));
    shop.execute("update stock_movements set delta = delta where false");

    let answer = mei.places(&form).await.expect(422);

    let rows = answer.texts_of(".problem tbody tr");
    assert_eq!(rows, ["Thing 1 4 3", "Thing 3 4 0"]);
    assert_eq!(shop.number("select count(*) from orders"), 0);
    assert_eq!(shop.texts("select stock::text from skus order by id"), ["3", "5", "0"]);

    // One press to take what is left; what is gone is left out.
    mei.browser.post("/checkout/adjustment", &[("mode", "left")]).await.expect(303);
    let form = mei.opens_checkout().await;
    assert_eq!(form.expected_total, "190.00");
    mei.places(&form).await.expect(303);
    assert_eq!(shop.texts("select stock::text from skus order by id"), ["0", "1", "0"]);
}

#[actix_web::test]
async fn the_rest_can_be_ordered_without_what_is_gone() {
    let shop = TestShop::open().await;
    let (gone, there) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(gone, 1).await;
    mei.puts_in_cart(there, 1).await;
    shop.execute(&format!("update skus set active = false where id = {gone}"));

    let page = mei.browser.get("/checkout").await.expect(200);
    assert!(page.text_of(".problem tbody tr").contains("no longer sold"));
    mei.browser.post("/checkout/adjustment", &[("mode", "without")]).await.expect(303);
    let form = mei.opens_checkout().await;
    assert_eq!(form.expected_total, "40.00");
    mei.places(&form).await.expect(303);
    shop.books_agree();
}

#[actix_web::test]
async fn a_price_that_moved_is_shown_beside_the_old_one_and_asked_again() {
    let shop = TestShop::open().await;
    let (tea, cup) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(tea, 2).await;
    mei.puts_in_cart(cup, 1).await;
    let mut form = mei.opens_checkout().await;
    form.note = "kept as typed".into();
    shop.execute(&format!("update skus set price = 25 where id = {tea}"));

    let answer = mei.places(&form).await.expect(422);

    assert_eq!(answer.texts_of(".problem tbody tr"), ["Thing 1 ¥20.00 ¥25.00"]);
    assert_eq!(answer.text_of(".problem tfoot tr"), "Total ¥80.00 ¥90.00");
    assert_eq!(answer.text_of("textarea"), "kept as typed");
    nothing_happened(&shop);

    // The page it answers with can be sent as it is.
    mei.places(&Shopper::form_on(&answer)).await.expect(303);
    assert_eq!(shop.text("select total_amount::text from orders"), "90.00");
    shop.books_agree();
}

#[actix_web::test]
async fn a_total_that_was_made_up_is_not_believed() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let mut form = mei.opens_checkout().await;
    for made_up in ["0.00", "0.01", "29.99", "30.01", "9999999999.99"] {
        form.expected_total = made_up.into();
        mei.places(&form).await.expect(422);
    }
    nothing_happened(&shop);
}

#[actix_web::test]
async fn an_empty_selection_is_no_order() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    mei.browser.post("/cart/selection", &[("selected", "false")]).await.expect(303);

    let answer = mei.places(&form).await.expect(422);

    assert!(answer.text_of(".problem").contains("Nothing is selected"));
    mei.browser.get("/checkout").await.expect(303);
    nothing_happened(&shop);
}

#[actix_web::test]
async fn only_an_address_of_ones_own_is_sent_to() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let ana = shop.make_user("ana");
    let hers = shop.make_address(ana);
    let mut form = mei.opens_checkout().await;
    for address in [hers.to_string(), "0".into(), "-1".into(), "9223372036854775807".into(), "home".into()] {
        form.address = address;
        let answer = mei.places(&form).await.expect(422);
        assert!(answer.text_of("#address_id-error").contains("choose an address"));
    }
    nothing_happened(&shop);
}

#[actix_web::test]
async fn an_address_deleted_in_another_tab_is_asked_for_again() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    mei.browser.post(&format!("/account/addresses/{}/removal", mei.address), &[]).await.expect(303);
    let answer = mei.places(&form).await.expect(422);
    assert!(answer.has("#address_id-error"));
    nothing_happened(&shop);
}

#[actix_web::test]
async fn an_account_closed_meanwhile_orders_nothing() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    shop.execute("update users set disabled_at = now()");
    let answer = mei.places(&form).await.expect(303);
    assert_eq!(answer.location(), "/sign-in?next=%2Fcheckout");
    nothing_happened(&shop);
}

#[actix_web::test]
async fn what_is_typed_wrong_is_said_beside_its_field() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let good = mei.opens_checkout().await;
    let tries: [(&str, &[&str]); 5] = [
        ("checkout_token", &["", "short", "has spaces in it, many", "'; drop table orders; --", &"a".repeat(65)]),
        ("address_id", &["", "x", "1.5", "99999999999999999999"]),
        ("pay_method", &["", "gold", "ALIPAY", "cod "]),
        ("expected_total", &["", "x", "-30.00", "30.001", "1e2", "NaN"]),
        ("note", &[&"长".repeat(201), "\u{7}"]),
    ];
    for (field, values) in tries {
        for value in values {
            let fields = good.fields();
            let mut sent: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != field).collect();
            sent.push((field, value));
            let answer = mei.browser.post("/checkout", &sent).await;
            if (field, *value) == ("pay_method", "cod ") {
                // Space around a word is forgiven.
                answer.expect(303);
                shop.execute("update orders set checkout_token = 'another-one-than-that'");
                mei.puts_in_cart(till::kernel::SkuId(1), 1).await;
                continue;
            }
            let answer = answer.expect(422);
            assert!(answer.has(".error-summary"), "{field} = {value}");
        }
        let missing: Vec<(&str, &str)> = good.fields().into_iter().filter(|(name, _)| *name != field).collect();
        let answer = mei.browser.post("/checkout", &missing).await;
        if field == "note" {
            answer.expect(303)
        } else {
            answer.expect(422)
        };
    }
}

#[actix_web::test]
async fn a_guest_is_asked_to_sign_in_and_comes_back() {
    let shop = TestShop::open().await;
    let answer = shop.visitor().get("/checkout").await.expect(303);
    assert_eq!(answer.location(), "/sign-in?next=%2Fcheckout");
    shop.visitor().post("/checkout", &[("checkout_token", "0123456789abcdef")]).await.expect(303);
}

#[actix_web::test]
async fn while_the_shop_is_too_busy_the_form_is_kept_and_can_be_sent_again() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let mut form = mei.opens_checkout().await;
    form.note = "kept as typed".into();
    let mut holder = shop.connect();
    holder.batch_execute("begin; select from skus for update").unwrap();

    let answer = mei.places(&form).await.expect(503);

    assert!(!answer.header("retry-after").is_empty());
    assert!(answer.text_of(".problem").contains("Nothing was ordered and nothing was charged"), "{answer}");
    assert!(answer.has(".problem button[form=checkout]"));
    assert_eq!(answer.text_of("textarea"), "kept as typed");
    assert_eq!(answer.attribute_of("[name=pay_method][checked]", "value"), "cod");
    let again = Shopper::form_on(&answer);
    assert_eq!((&again.token, &again.expected_total), (&form.token, &form.expected_total));
    nothing_happened(&shop);

    holder.batch_execute("rollback").unwrap();
    mei.places(&again).await.expect(303);
    shop.books_agree();
}

#[actix_web::test]
async fn where_nobody_knows_whether_it_was_ordered_the_page_does_not_say_it_was_not() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    shop.execute(
        "create function cut() returns trigger language plpgsql as
            $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
         create trigger cut before insert on order_goods execute function cut()",
    );

    let answer = mei.places(&form).await.expect(503);

    let said = answer.text_of(".problem");
    assert!(said.contains("never a second one") && !said.contains("Nothing was ordered"), "{said}");
    shop.execute("drop trigger cut on order_goods");
    mei.places(&Shopper::form_on(&answer)).await.expect(303);
    assert_eq!(shop.number("select count(*) from orders"), 1);
    shop.books_agree();
}
