//! The address book: at most 20 addresses, one default, visible to its owner only.

use till::kernel::UserId;

use crate::support::{Answer, Browser, TestShop};

const ADDRESS: [(&str, &str); 5] = [
    ("recipient", "林梅"),
    ("phone", "138 0013 8000"),
    ("region", "上海市徐汇区"),
    ("street", "安福路 1 号"),
    ("postcode", "200031"),
];

async fn add(browser: &Browser) -> Answer {
    browser.post("/account/addresses", &ADDRESS).await
}

async fn somebody(shop: &TestShop, name: &str) -> (UserId, Browser) {
    let id = shop.make_user(name);
    (id, shop.signed_in(name).await)
}

fn defaults(shop: &TestShop, owner: UserId) -> i64 {
    shop.number(&format!("select count(*) from addresses where is_default and user_id = {owner}"))
}

#[tokio::test]
async fn the_first_address_is_the_default_and_another_can_become_it() {
    let shop = TestShop::open().await;
    let (mei, browser) = somebody(&shop, "mei").await;
    assert!(browser.page("/account/addresses").await.text_of("main").contains("No address yet"));
    let page = browser.post_and_follow("/account/addresses", &ADDRESS).await;
    assert_eq!(page.text_of(".flash-success p"), "The address is saved.");
    assert!(page.text_of(".address-card-default").contains("安福路 1 号"));
    add(&browser).await.expect(303);
    assert_eq!(shop.texts("select is_default from addresses order by id"), ["true", "false"]);

    let second = shop.number("select max(id) from addresses");
    browser.post(&format!("/account/addresses/{second}/default"), &[]).await.expect(303);
    assert_eq!(shop.texts("select is_default from addresses order by id"), ["false", "true"]);
    browser.post("/account/addresses", &[&ADDRESS[..], &[("is_default", "true")]].concat()).await.expect(303);
    assert_eq!(shop.texts("select is_default from addresses order by id"), ["false", "false", "true"]);
    assert_eq!(defaults(&shop, mei), 1);
}

#[tokio::test]
async fn an_address_is_edited_and_removed_and_a_default_stays_as_long_as_there_is_one() {
    let shop = TestShop::open().await;
    let (mei, browser) = somebody(&shop, "mei").await;
    let (first, second) = (shop.make_address(mei), shop.make_address(mei));
    let path = format!("/account/addresses/{second}");
    assert_eq!(browser.page(&path).await.attribute_of("#recipient", "value"), "Mei Lin");
    let edited: Vec<_> =
        ADDRESS.iter().map(|&(name, value)| (name, if name == "recipient" { "Bo" } else { value })).collect();
    browser.post(&path, &edited).await.expect(303);
    assert_eq!(shop.texts("select recipient from addresses order by id"), ["Mei Lin", "Bo"]);

    browser.post(&format!("/account/addresses/{first}/removal"), &[]).await.expect(303);
    assert_eq!(defaults(&shop, mei), 1, "the other one takes its place");
    browser.post(&format!("/account/addresses/{second}/removal"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from addresses"), 0);
    browser.post(&format!("/account/addresses/{second}/removal"), &[]).await.expect(404);
}

#[tokio::test]
async fn a_wrong_address_is_said_field_by_field_with_what_was_typed() {
    let shop = TestShop::open().await;
    let (_, browser) = somebody(&shop, "mei").await;
    let fields =
        [("recipient", "<b>Mei</b>"), ("phone", "call me"), ("region", ""), ("street", "x"), ("postcode", "<>")];
    let refused = browser.post("/account/addresses", &fields).await.expect(422);
    assert_eq!(refused.text_of("#phone-error"), "This is not a phone number.");
    assert_eq!(refused.text_of("#region-error"), "Please fill this in.");
    assert_eq!(refused.attribute_of("#recipient", "value"), "<b>Mei</b>");
    assert!(!refused.has("main b"), "what was typed is text, not markup");
    assert_eq!(shop.number("select count(*) from addresses"), 0);
}

#[tokio::test]
async fn the_twenty_first_address_is_refused() {
    let shop = TestShop::open().await;
    let (mei, browser) = somebody(&shop, "mei").await;
    for _ in 0..19 {
        shop.make_address(mei);
    }
    add(&browser).await.expect(303);
    let refused = add(&browser).await.expect(422);
    assert!(refused.text_of(".flash-error").contains("Your address book is full"), "{refused}");
    assert_eq!(shop.number("select count(*) from addresses"), 20);
}

#[tokio::test]
async fn of_twenty_five_addresses_added_at_once_twenty_are_kept_and_one_is_the_default() {
    let shop = TestShop::open().await;
    let (mei, browser) = somebody(&shop, "mei").await;
    let answers = futures_util::future::join_all((0..25).map(|n| {
        let browser = &browser;
        let fields = [&ADDRESS[..], &[("is_default", if n % 2 == 0 { "true" } else { "" })]].concat();
        async move { browser.post("/account/addresses", &fields).await.status }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 20, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 422).count(), 5, "{answers:?}");
    assert_eq!(shop.number("select count(*) from addresses"), 20);
    assert_eq!(defaults(&shop, mei), 1);
}

#[tokio::test]
async fn somebody_elses_address_does_not_exist() {
    let shop = TestShop::open().await;
    let (mei, _) = somebody(&shop, "mei").await;
    let (_, bo) = somebody(&shop, "bo").await;
    let hers = shop.make_address(mei);
    let before = shop.fingerprint();
    bo.get(&format!("/account/addresses/{hers}")).await.expect(404);
    bo.post(&format!("/account/addresses/{hers}"), &ADDRESS).await.expect(404);
    bo.post(&format!("/account/addresses/{hers}/removal"), &[]).await.expect(404);
    bo.post(&format!("/account/addresses/{hers}/default"), &[]).await.expect(404);
    for nowhere in ["0", "-1", "99999999999999999999", "x", "1%00"] {
        bo.get(&format!("/account/addresses/{nowhere}")).await.expect(404);
    }
    assert_eq!(shop.fingerprint(), before);
    assert!(!bo.page("/account/addresses").await.body.contains("Anfu Road"));
}

#[tokio::test]
async fn the_address_book_is_for_who_is_signed_in() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    for path in ["/account", "/account/password", "/account/addresses", "/account/addresses/1", "/orders", "/checkout"]
    {
        let answer = visitor.get(path).await.expect(303);
        assert!(answer.location().starts_with("/sign-in?next="), "{path}: {answer}");
    }
    assert!(add(&visitor).await.expect(303).location().starts_with("/sign-in"));
}
