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
    shop.assert_reconciled();
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
async fn where_nothing_is_selected_that_is_all_the_page_says() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    mei.browser.post(&format!("/account/addresses/{}/removal", mei.address), &[]).await.expect(303);
    mei.browser.post("/cart/selection", &[("selected", "false")]).await.expect(303);

    let answer = mei.places(&form).await.expect(422);

    assert_eq!(answer.texts_of("[role=alert] h2"), ["Nothing is selected"], "and nothing of fields that are not there");
    nothing_happened(&shop);
}

#[actix_web::test]
async fn what_is_selected_only_after_the_press_is_shown_with_words_why_it_was_not_ordered() {
    let shop = TestShop::open().await;
    let mei = with_one_in_cart(&shop, 5, 1).await;
    let form = mei.opens_checkout().await;
    mei.browser.post("/cart/selection", &[("selected", "false")]).await.expect(303);
    let mut holder = shop.connect();
    holder.batch_execute("begin; lock table users").unwrap();

    let selecting = async {
        shop.somebody_waits().await;
        let key = format!("selected:{{u{}}}", mei.id);
        redis::cmd("SADD").arg(key).arg(1).exec(&mut shop.redis.connect()).unwrap();
        holder.batch_execute("rollback").unwrap();
    };
    let (answer, ()) = futures_util::future::join(mei.places(&form), selecting).await;

    let answer = answer.expect(422);
    assert!(answer.text_of(".problem").contains("Nothing was ordered"), "{answer}");
    nothing_happened(&shop);
    mei.places(&Shopper::form_on(&answer)).await.expect(303);
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
                // Spaces around a value are ignored.
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
    shop.assert_reconciled();
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
    shop.assert_reconciled();
}
