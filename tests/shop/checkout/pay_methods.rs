//! Only pay methods that are turned on are offered and accepted.

use super::typed::{send, typed};
use crate::support::TestShop;

#[tokio::test]
async fn what_is_not_offered_is_neither_shown_nor_taken() {
    // Alipay has no settings.
    let alipay =
        ["ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"].map(|name| (name, ""));
    let shop = TestShop::with(&alipay).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let page = mei.browser.page("/checkout").await;
    assert_eq!(page.attributes_of("[name=pay_method]", "value"), ["cod"]);
    assert!(page.has("[name=pay_method][checked]"), "there is no choice to make");

    let answer = send(&mei.browser, "/checkout", &typed(&page, &[("pay_method", "alipay")])).await.expect(422);

    assert!(answer.text_of("#pay_method-error").contains("not offered here"), "{answer}");
    assert_eq!(shop.number("select count(*) from orders"), 0);
    send(&mei.browser, "/checkout", &typed(&answer, &[])).await.expect(303);
    assert_eq!(shop.text("select concat_ws(' ', status, pay_method) from orders"), "unsent cod");
}

#[tokio::test]
async fn cash_on_delivery_comes_first_where_both_are_offered_and_words_say_what_the_other_does() {
    let shop = TestShop::with(&[("PAY_METHODS", "alipay,cod")]).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let page = mei.browser.page("/checkout").await;
    assert_eq!(page.attributes_of("[name=pay_method]", "value"), ["cod", "alipay"]);
    assert_eq!(page.attribute_of("[name=pay_method][checked]", "value"), "cod");
    assert!(page.text_of(".choice:has([value=alipay])").contains("on Alipay's page"), "{page}");
}

#[tokio::test]
async fn no_page_promises_a_way_to_pay_that_is_off() {
    let shop = TestShop::with(&[("PAY_METHODS", "cod")]).await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(5, "20.00");
    mei.puts_in_cart(sku, 1).await;
    let product = format!("/products/{}", shop.spu_of(sku));
    for language in ["en", "zh"] {
        mei.browser.post("/language", &[("language", language)]).await.expect(303);
        for path in ["/", product.as_str(), "/cart", "/checkout", "/account", "/orders", "/search"] {
            let page = mei.browser.page(path).await;
            let said = page.body.to_lowercase();
            assert!(!said.contains("alipay") && !said.contains("支付宝") && !said.contains("在线支付"), "{path}");
        }
    }
    let home = shop.visitor().page("/").await;
    assert!(home.text_of(".selling-points").contains("Cash on delivery"), "{home}");
}
