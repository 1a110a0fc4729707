//! What was typed at the checkout survives a detour to another page.

use crate::support::{Answer, Browser, Form, Shopper, TestShop};

const ADDRESS: [(&str, &str); 4] =
    [("recipient", "Ana Lima"), ("phone", "13900139000"), ("region", "Shanghai"), ("street", "2 Wukang Road")];

/// The checkout's form as a browser would send it, with these fields changed.
pub(super) fn typed(page: &Answer, over: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = Form::of(page, "#checkout").fields;
    for (name, value) in over {
        fields.retain(|(field, _)| field != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

pub(super) async fn send(browser: &Browser, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields).await
}

async fn at_the_checkout(shop: &TestShop) -> (Shopper, Answer) {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 2).await;
    let page = mei.browser.page("/checkout").await;
    (mei, page)
}

#[tokio::test]
async fn a_new_address_keeps_the_note_and_the_pay_method() {
    let shop = TestShop::open().await;
    let (mei, page) = at_the_checkout(&shop).await;
    let note = "Ring twice, please.\r\n谢谢 <b>";
    let with_address = [&ADDRESS[..], &[("note", note), ("pay_method", "alipay")]].concat();

    let answer = send(&mei.browser, "/checkout/addresses", &typed(&page, &with_address)).await.expect(303);
    let page = mei.browser.page(answer.location()).await;

    assert!(page.text_of(".choice:has([name=address_id][checked])").contains("Ana Lima"), "{page}");
    let fields = typed(&page, &[]);
    let said = |name: &str| fields.iter().find(|(field, _)| field == name).unwrap().1.replace('\r', "");
    assert_eq!((said("note"), said("pay_method")), (note.replace('\r', ""), "alipay".to_owned()));
    assert_eq!(page.attribute_of("#recipient", "value"), "", "the new address is not typed any more");
    send(&mei.browser, "/checkout", &fields).await.expect(303);
    assert_eq!(
        shop.text("select concat(recipient, ' ', pay_method, ' ', note) from orders"),
        "Ana Lima alipay Ring twice, please.\n谢谢 <b>"
    );

    // The next checkout starts with empty fields.
    mei.puts_in_cart(shop.make_sku(5, "30.00"), 1).await;
    let next = mei.browser.page("/checkout").await;
    assert_eq!(next.text_of("textarea"), "");
    assert_eq!(next.attribute_of("[name=pay_method][checked]", "value"), "cod");
}

#[tokio::test]
async fn an_address_that_is_refused_keeps_everything() {
    let shop = TestShop::open().await;
    let (mei, page) = at_the_checkout(&shop).await;
    let second = shop.make_address(mei.id).to_string();
    let over = [
        ("recipient", "Ana Lima"),
        ("phone", "x"),
        ("note", "Ring twice"),
        ("pay_method", "cod"),
        ("address_id", &second),
    ];

    let answer = send(&mei.browser, "/checkout/addresses", &typed(&page, &over)).await.expect(422);

    assert!(answer.has("#phone-error") && answer.has(".fold[open]"), "{answer}");
    assert!(!answer.has("#note-error") && !answer.has("#address_id-error"));
    let kept = typed(&answer, &[]);
    for (name, value) in typed(&page, &over) {
        assert!(kept.contains(&(name.clone(), value.clone())), "{name}={value} is lost: {kept:?}");
    }
}

#[tokio::test]
async fn taking_what_is_left_keeps_the_note_and_the_pay_method() {
    let shop = TestShop::open().await;
    let (mei, page) = at_the_checkout(&shop).await;
    shop.execute("update skus set stock = 1");
    let over = [("note", "Ring twice"), ("pay_method", "alipay"), ("recipient", "Half an addr")];
    let short = send(&mei.browser, "/checkout", &typed(&page, &over)).await.expect(422);
    assert_eq!(short.attribute_of("#recipient", "value"), "Half an addr", "what was typed of an address is there too");
    assert_eq!(short.attribute_of(".problem button[name=mode]", "formaction"), "/checkout/adjustment");

    let mut pressed = typed(&short, &[]);
    pressed.push(("mode".into(), "left".into()));
    let answer = send(&mei.browser, "/checkout/adjustment", &pressed).await.expect(303);

    let page = mei.browser.page(answer.location()).await;
    assert_eq!(page.text_of("textarea"), "Ring twice");
    assert_eq!(page.attribute_of("[name=pay_method][checked]", "value"), "alipay");
    assert_eq!(page.attribute_of("#recipient", "value"), "Half an addr");
    assert_eq!(mei.browser.cart().await[0].1, 1);
}

#[tokio::test]
async fn enter_in_the_order_form_orders_nothing_and_loses_nothing() {
    let shop = TestShop::open().await;
    let (mei, page) = at_the_checkout(&shop).await;
    // Enter presses the first button of the form.
    let html = page.html();
    let buttons = scraper::Selector::parse("button[form=checkout], #checkout button").unwrap();
    let first = html.select(&buttons).next().unwrap();
    assert_eq!(first.attr("formaction"), Some("/checkout/addresses"));
    let entered = [(first.attr("name").unwrap(), first.attr("value").unwrap()), ("note", "Ring twice")];

    let answer = send(&mei.browser, "/checkout/addresses", &typed(&page, &entered)).await.expect(303);

    assert_eq!(mei.browser.page(answer.location()).await.text_of("textarea"), "Ring twice");
    assert_eq!(shop.number("select count(*) from addresses"), 1);
    assert_eq!(shop.number("select count(*) from orders"), 0);
    // Enter in an address field saves that address.
    let entered = [&ADDRESS[..], &entered[..]].concat();
    send(&mei.browser, "/checkout/addresses", &typed(&page, &entered)).await.expect(303);
    assert_eq!(shop.number("select count(*) from addresses"), 2);
}

#[tokio::test]
async fn a_note_is_kept_from_nobody_else_and_for_no_other_address() {
    let shop = TestShop::open().await;
    let (mei, page) = at_the_checkout(&shop).await;
    let over = [&ADDRESS[..], &[("note", "Ring twice")]].concat();
    send(&mei.browser, "/checkout/addresses", &typed(&page, &over)).await.expect(303);
    for elsewhere in
        ["/checkout", "/checkout?address=1", "/checkout?note=made+up&pay_method=cod", "/checkout?address=x"]
    {
        let page = mei.browser.page(elsewhere).await;
        assert_eq!(page.text_of("textarea"), "", "{elsewhere}");
        assert_eq!(page.attribute_of("[name=pay_method][checked]", "value"), "cod", "{elsewhere}");
    }
    let long = "长".repeat(30_000);
    let over = [&ADDRESS[..], &[("note", long.as_str())]].concat();
    let answer = send(&mei.browser, "/checkout/addresses", &typed(&page, &over)).await.expect(413);
    assert!(answer.cookie("draft").is_none());
    let over = [&ADDRESS[..], &[("note", &long[..3 * 5000])]].concat();
    let answer = send(&mei.browser, "/checkout/addresses", &typed(&page, &over)).await.expect(303);
    assert!(answer.cookie("draft").unwrap().len() < 4000);
}
