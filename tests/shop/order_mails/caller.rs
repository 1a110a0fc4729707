//! The emails of an order that staff have placed for a caller: their links work without signing in.

use super::{Scene, kinds, scheduled, sent, worked};
use crate::support::Form;

#[tokio::test]
async fn a_caller_gets_the_order_at_once_with_a_link_that_pays_it_without_signing_in() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    shop.make_address(scene.user);
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page(&format!("/admin/orders/new?customer={}", scene.user)).await;
    let code = shop.text("select code from skus");
    let form = Form::of(&page, "#caller-order").typed("code-1", &code).typed("count-1", "2");
    let mut fields = form.pairs();
    fields.retain(|(name, _)| *name != "pay_method");
    fields.push(("pay_method", "alipay"));
    let page = clerk.post("/admin/orders/preview", &fields).await.expect(200);
    clerk.post("/admin/orders", &Form::of(&page, "#caller-order").pairs()).await.expect(303);

    scheduled(shop);
    assert_eq!(kinds(shop), ["placed"], "the order waits to be paid, and is told at once");
    worked(shop).await;
    let mails = sent(shop).await;
    assert_eq!((mails.len(), mails[0].to.contains("mei@example.com")), (1, true));
    let text = &mails[0].text;
    assert!(text.contains("Hello Mei Lin,"), "{text}");
    let number = shop.text("select number from orders");
    let link = text.split_whitespace().find(|word| word.contains("/pay/")).unwrap();
    let path = link.strip_prefix("http://localhost:8080").unwrap();
    assert!(path.starts_with(&format!("/pay/{number}/")) && !text.contains("/orders/"), "{text}");
    let visitor = shop.visitor();
    let page = visitor.page(path).await;
    assert!(page.text_of("main").contains("¥50.00 to be paid until"), "{page}");
    assert_eq!(page.text_of(".order-number"), number);
    for private in ["Mei Lin", "13800138000", "Anfu", "mei@example.com"] {
        assert!(!page.text_of("main").contains(private), "{private}");
    }

    // The other emails lead to the same page.
    shop.execute(
        "update orders set status = 'canceled', canceled_at = now(), canceled_by = 'expiry', expires_at = now()",
    );
    scene.event(shop.number("select id from orders"), "expired", "{}");
    scheduled(shop);
    worked(shop).await;
    let text = &sent(shop).await[1].text;
    assert!(text.contains(path) && !text.contains("/orders/") && !text.contains("Put the goods back"), "{text}");
    assert!(visitor.page(path).await.text_of("main").contains("was not paid in time"));
}
