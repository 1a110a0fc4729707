//! An address that is typed at the checkout: the order is sent there, whatever else is chosen.

use futures_util::future::join_all;

use super::typed::{send, typed};
use crate::support::{Shopper, TestShop, order_number};

const ADDRESS: [(&str, &str); 4] =
    [("recipient", "Ana Lima"), ("phone", "13900139000"), ("region", "Shanghai"), ("street", "2 Wukang Road")];

async fn with_goods(shop: &TestShop, name: &str) -> Shopper {
    let shopper = shop.shopper(name).await;
    shopper.puts_in_cart(shop.make_sku(5, "20.00"), 2).await;
    shopper
}

fn sent_to(shop: &TestShop) -> Vec<String> {
    shop.texts("select concat_ws(', ', recipient, phone, region, street) from orders order by id")
}

#[tokio::test]
async fn a_new_address_is_saved_and_used_by_the_press_that_places_the_order() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;

    let answer = send(&mei.browser, "/checkout", &typed(&page, &ADDRESS)).await.expect(303);

    assert_eq!(sent_to(&shop), ["Ana Lima, 13900139000, Shanghai, 2 Wukang Road"]);
    assert_eq!(shop.texts("select recipient from addresses order by id"), ["Mei Lin", "Ana Lima"]);
    assert!(mei.browser.page(answer.location()).await.text_of(".address").contains("2 Wukang Road"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_first_address_of_a_shopper_is_saved_by_the_press_that_places_the_order() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    shop.execute("delete from addresses");
    let page = mei.browser.page("/checkout").await;
    assert!(page.has(".fold[open]") && !page.has("#checkout button[disabled]"), "{page}");

    let empty = send(&mei.browser, "/checkout", &typed(&page, &[])).await.expect(422);
    assert!(empty.has("#recipient-error") && empty.has("#street-error"), "{empty}");
    send(&mei.browser, "/checkout", &typed(&page, &ADDRESS)).await.expect(303);

    assert_eq!(sent_to(&shop), ["Ana Lima, 13900139000, Shanghai, 2 Wukang Road"]);
    assert_eq!(shop.texts("select is_default from addresses"), ["true"]);
}

#[tokio::test]
async fn half_an_address_stops_the_order_and_loses_nothing() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let second = shop.make_address(mei.id).to_string();
    let page = mei.browser.page("/checkout").await;
    let over = [("street", "2 Wukang Road"), ("note", "Ring twice"), ("pay_method", "alipay"), ("address_id", &second)];

    let answer = send(&mei.browser, "/checkout", &typed(&page, &over)).await.expect(422);

    for field in ["recipient", "phone", "region"] {
        assert!(answer.has(&format!("#{field}[aria-invalid]")), "{field}: {answer}");
    }
    assert!(answer.has(".fold[open]") && !answer.has("#address_id-error"), "{answer}");
    let kept = typed(&answer, &[]);
    for field in typed(&page, &over) {
        assert!(kept.contains(&field), "{field:?} is lost: {kept:?}");
    }
    assert_eq!(shop.number("select count(*) from orders"), 0);
    assert_eq!(shop.number("select count(*) from addresses"), 2);
}

#[tokio::test]
async fn another_address_that_is_chosen_and_not_typed_is_asked_for() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;
    // As the script of the page sends it: no address is chosen.
    let opened = [("address_id", ""), ("new_address", "true")];
    let answer = send(&mei.browser, "/checkout", &typed(&page, &opened)).await.expect(422);
    assert!(answer.has("#recipient-error") && answer.has(".fold[open]"), "{answer}");
    assert!(!answer.has("#address_id-error") && !answer.has("[name=address_id][checked]"), "{answer}");
    assert_eq!(shop.number("select count(*) from orders"), 0);
}

#[tokio::test]
async fn the_same_press_twice_saves_the_address_once_and_places_one_order() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;
    let fields = typed(&page, &ADDRESS);

    let answers = join_all((0..4).map(|_| send(&mei.browser, "/checkout", &fields))).await;
    let again = send(&mei.browser, "/checkout", &fields).await;

    let number = order_number(&again.expect(303));
    for answer in answers {
        assert_eq!(order_number(&answer.expect(303)), number);
    }
    assert_eq!(shop.number("select count(*) from orders"), 1);
    assert_eq!(shop.number("select count(*) from addresses"), 2);
    // The order is found even if the address was removed from the address book meanwhile.
    shop.execute("delete from addresses where recipient = 'Ana Lima'");
    assert_eq!(order_number(&send(&mei.browser, "/checkout", &fields).await.expect(303)), number);
    assert_eq!(shop.number("select count(*) from addresses"), 1);
}

#[tokio::test]
async fn an_order_that_is_refused_leaves_the_new_address_saved_and_chosen() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;
    shop.execute("update skus set price = 30");

    let answer = send(&mei.browser, "/checkout", &typed(&page, &ADDRESS)).await.expect(422);

    assert!(answer.text_of(".choice:has([name=address_id][checked])").contains("Ana Lima"), "{answer}");
    assert_eq!(answer.attribute_of("#recipient", "value"), "", "it is not typed any more");
    send(&mei.browser, "/checkout", &typed(&answer, &[])).await.expect(303);
    assert_eq!(sent_to(&shop), ["Ana Lima, 13900139000, Shanghai, 2 Wukang Road"]);
    assert_eq!(shop.number("select count(*) from addresses"), 2);
}

#[tokio::test]
async fn a_full_address_book_is_said_with_words_and_what_was_typed_stays() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    for _ in 1..20 {
        shop.make_address(mei.id);
    }
    let page = mei.browser.page("/checkout").await;
    assert!(!page.has("#recipient") && page.text_of("#address_id").contains("is full"), "{page}");

    let answer = send(&mei.browser, "/checkout", &typed(&page, &ADDRESS)).await.expect(422);

    assert!(answer.text_of("#recipient-error").contains("is full"), "{answer}");
    assert_eq!(answer.attribute_of("#street", "value"), "2 Wukang Road");
    assert_eq!(shop.number("select count(*) from orders"), 0);
    // An address that the address book has already is not added again.
    let same =
        [("recipient", "Mei Lin"), ("phone", "13800138000"), ("region", "Shanghai, Xuhui"), ("street", "1 Anfu Road")];
    let same = [&same[..], &[("postcode", "200031")]].concat();
    send(&mei.browser, "/checkout", &typed(&page, &same)).await.expect(303);
    assert_eq!(shop.number("select count(*) from addresses"), 20);
}

#[tokio::test]
async fn an_address_that_was_changed_in_another_tab_is_shown_before_anything_is_sent_there() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;
    let elsewhere = [&ADDRESS[..], &[("postcode", "")]].concat();
    mei.browser.post(&format!("/account/addresses/{}", mei.address), &elsewhere).await.expect(303);

    let answer = send(&mei.browser, "/checkout", &typed(&page, &[])).await.expect(422);

    assert!(answer.text_of("#address_id-error").contains("has changed"), "{answer}");
    assert!(answer.text_of(".choice:has([name=address_id][checked])").contains("2 Wukang Road"), "{answer}");
    assert_eq!(shop.number("select count(*) from orders"), 0);
    send(&mei.browser, "/checkout", &typed(&answer, &[])).await.expect(303);

    let bo = with_goods(&shop, "bo").await;
    let page = bo.browser.page("/checkout").await;
    shop.execute(&format!("delete from addresses where id = {}", bo.address));
    let answer = send(&bo.browser, "/checkout", &typed(&page, &[])).await.expect(422);
    assert!(answer.text_of("#address_id-error").contains("not in your address book any more"), "{answer}");
}

#[tokio::test]
async fn nobody_who_is_signed_out_writes_into_an_address_book() {
    let shop = TestShop::open().await;
    let mei = with_goods(&shop, "mei").await;
    let page = mei.browser.page("/checkout").await;
    shop.execute("update users set password_changed_at = now()");
    send(&mei.browser, "/checkout", &typed(&page, &ADDRESS)).await.expect(303);
    assert_eq!(shop.number("select count(*) from addresses"), 1);
    assert_eq!(shop.number("select count(*) from orders"), 0);
}
