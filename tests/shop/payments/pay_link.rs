//! Paying an order by a link, without signing in.

use till::{jobs::query_payments, payments::PayLinkKey};

use super::{cashier::Scene, pages::unpaid};
use crate::support::{Answer, Browser, TestShop};

fn link(shop: &TestShop, number: &str) -> String {
    PayLinkKey::of(shop.config().session_key.master()).path(&number.parse().unwrap())
}

async fn words(visitor: &Browser, path: &str) -> String {
    visitor.page(path).await.text_of("main")
}

fn local(url: &str) -> &str {
    url.strip_prefix("http://localhost:1").unwrap()
}

#[tokio::test]
async fn a_link_pays_its_order_at_the_gateway_and_leads_back_without_a_session() {
    let scene = Scene::open().await;
    let shop = &scene.shop;
    let number = shop.text("select number from orders");
    let (path, visitor) = (link(shop, &number), shop.visitor());
    assert!(words(&visitor, &path).await.contains("¥50.00 to be paid until"));
    let begun = visitor.post(&format!("{path}/payment"), &[]).await.expect(303);
    assert_eq!(begun.location(), format!("{path}/payment"));
    let page = visitor.page(begun.location()).await;
    assert!(page.has(&format!("a[href='{path}']")), "{page}");

    let back = scene.cashier.pay(&page.attribute_of("main a.button", "href")).await;

    assert!(local(&back).starts_with(&format!("{path}/return?")), "{back}");
    let returned = visitor.get(local(&back)).await.expect(303);
    assert_eq!(returned.location(), format!("{path}?payment=asked"));
    let page = visitor.page(returned.location()).await;
    assert!(page.has("meta[http-equiv=refresh]") && page.text_of("main").contains("asking Alipay"), "{page}");
    query_payments(&scene.db, &scene.gateways).await.unwrap();
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    let page = visitor.page(&path).await;
    assert!(page.text_of("main").contains("This order is paid") && !page.has("form.notice-action"), "{page}");
    visitor.post(&format!("{path}/payment"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from payments"), 1);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_wrong_key_is_answered_as_an_unknown_order_is_and_changes_nothing() {
    let shop = TestShop::open().await;
    let (_mei, path) = unpaid(&shop).await;
    let number = path.strip_prefix("/orders/").unwrap();
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let other = bo.orders().await;
    let right = link(&shop, number);
    let key = right.rsplit('/').next().unwrap().to_owned();
    let others_key = link(&shop, &other).rsplit('/').next().unwrap().to_owned();
    let unknown = number.replace(&number[..4], "1999");
    let visitor = shop.visitor();
    visitor.get(&right).await.expect(200);
    let shown = |answer: Answer| (answer.status, answer.text_of("h1"), answer.text_of("main"));
    let nothing = shown(visitor.get(&format!("/pay/{unknown}/{key}")).await.expect(404));
    for wrong in [
        format!("/pay/{number}/{others_key}"),
        format!("/pay/{number}/{}", "0".repeat(64)),
        format!("/pay/{number}/{}", &key[1..]),
        format!("/pay/{number}/{key}00"),
        format!("/pay/{number}/x"),
        format!("/pay/{unknown}/{key}"),
        format!("/pay/x/{key}"),
        link(&shop, &unknown),
    ] {
        for more in ["", "/payment", "/return"] {
            assert_eq!(shown(visitor.get(&format!("{wrong}{more}")).await), nothing, "{wrong}{more}");
        }
        assert_eq!(shown(visitor.post(&format!("{wrong}/payment"), &[]).await), nothing, "{wrong}");
    }
    visitor.get(&format!("{right}/return?out_trade_no=x")).await.expect(404);
    assert_eq!(shop.number("select count(*) from payments"), 0);
    assert_eq!(shop.texts("select status from orders order by id"), ["unpaid", "unsent"]);
    assert!(visitor.page("/robots.txt").await.body.contains("Disallow: /pay"));
}

#[tokio::test]
async fn the_return_of_another_order_leads_nowhere() {
    let scene = Scene::open().await;
    let shop = &scene.shop;
    let back = scene.cashier.pay(&scene.begin().await).await;
    let (_, query) = back.split_once('?').unwrap();
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let other = link(shop, &bo.orders().await);
    shop.visitor().get(&format!("{other}/return?{query}")).await.expect(404);
}

#[tokio::test]
async fn the_page_says_what_has_become_of_the_order() {
    let shop = TestShop::open().await;
    let (_mei, path) = unpaid(&shop).await;
    let visitor = shop.visitor();
    let link = link(&shop, path.strip_prefix("/orders/").unwrap());
    for (change, said) in [
        ("expires_at = now() - interval '1 second'", "was not paid in time"),
        ("status = 'canceled', canceled_at = now(), canceled_by = 'expiry'", "was not paid in time"),
        ("canceled_by = 'staff', canceled_at = placed_at", "was cancelled"),
        ("status = 'unsent', canceled_at = null, canceled_by = null, paid_at = now(), paid_amount = 50", "is paid"),
        ("status = 'refunded', refunded_at = now()", "was refunded"),
        (
            "status = 'unsent', refunded_at = null, paid_at = null, paid_amount = 0, expires_at = null, pay_method = 'cod'",
            "You pay ¥50.00 in cash",
        ),
    ] {
        shop.execute(&format!("update orders set {change}"));
        let page = visitor.page(&link).await;
        assert!(page.text_of(".pay-link-state").contains(said), "{change}: {page}");
        assert!(!page.has("main form[action]"), "{change}");
        visitor.post(&format!("{link}/payment"), &[]).await.expect(303);
    }
    assert_eq!(shop.number("select count(*) from payments"), 0);
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(words(&visitor, &link).await.contains("货到时请支付"));
}

#[tokio::test]
async fn links_are_limited_for_each_address() {
    let shop = TestShop::with(&[("CHECKOUT_RATE_PER_ADDRESS", "3")]).await;
    let visitor = shop.visitor();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(visitor.get("/pay/x/y").await.status);
    }
    assert_eq!(statuses, [404, 404, 404, 429, 429]);
}
