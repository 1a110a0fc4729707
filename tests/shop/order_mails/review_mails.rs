//! Emails that ask for a review, some days after the receipt.

use reqwest::Method;
use till::jobs::schedule_review_mails_once;

use super::{Scene, kinds, scheduled, sent, worked};
use crate::support::SmtpServer;

impl Scene {
    /// An order of two units that was received at this time.
    fn received(&self, at: &'static str) -> i64 {
        let long_ago = ("placed_at", "now() - interval '20 days'");
        let order = self.order(
            "unreviewed",
            &[long_ago, ("received_at", at), ("paid_amount", "50"), ("paid_at", "now()"), ("language", "'en'")],
        );
        self.shop.execute(&format!("update order_goods set sent_count = 2 where order_id = {order}"));
        order
    }

    fn review(&self, order: i64) {
        self.shop.execute(&format!(
            "insert into reviews (order_goods_id, order_id, spu_id, user_id, options, language, stars, status)
             select id, order_id, 1, {}, 'Blue', 'en', 5, 'shown' from order_goods where order_id = {order}",
            self.user
        ));
    }

    fn mailed(&self) -> Vec<String> {
        self.shop.texts("select order_id from order_mails where kind = 'review_asked' order by 1")
    }
}

#[tokio::test]
async fn a_shopper_is_asked_once_some_days_after_the_receipt_and_not_if_there_is_nothing_to_review() {
    let scene = Scene::open(&[]).await;
    scene.received("now() - interval '71 hours'");
    let due = scene.received("now() - interval '73 hours'");
    scene.received("now() - interval '6 days 1 hour'");
    let reviewed = scene.received("now() - interval '4 days'");
    scene.review(reviewed);
    let back = scene.received("now() - interval '4 days'");
    scene.shop.execute(&format!("update order_goods set returned_count = 2 where order_id = {back}"));
    let open_return = scene.received("now() - interval '4 days'");
    scene.goods_return(open_return);
    assert_eq!(schedule_review_mails_once(&mut scene.shop.connect(), 0).unwrap(), 0, "0 days: never");
    scheduled(&scene.shop);
    scheduled(&scene.shop);
    assert_eq!(scene.mailed(), [due.to_string()]);
    assert_eq!(kinds(&scene.shop), ["review_asked"]);
    worked(&scene.shop).await;
    let mails = sent(&scene.shop).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("How are the goods?"), "{}", mails[0].subject);
    let number = scene.shop.text(&format!("select number from orders where id = {due}"));
    assert!(mails[0].text.contains(&format!("/orders/{number}/reviews")), "{}", mails[0].text);
    assert!(mails[0].text.contains("/mail/unsubscription?"), "{}", mails[0].text);
}

#[tokio::test]
async fn who_has_reviewed_meanwhile_is_not_asked() {
    let scene = Scene::open(&[]).await;
    let order = scene.received("now() - interval '4 days'");
    scheduled(&scene.shop);
    scene.review(order);
    worked(&scene.shop).await;
    assert_eq!(scene.shop.text("select skipped from order_mails"), "outdated");
    assert!(sent(&scene.shop).await.is_empty());
}

#[tokio::test]
async fn a_shopper_unsubscribes_with_one_click_and_gets_the_other_emails_still() {
    let server = SmtpServer::start();
    let url = server.url();
    let scene = Scene::open(&[("SMTP_URL", &url), ("MAIL_FROM", "Till <till@shop.example>")]).await;
    let shop = &scene.shop;
    scene.received("now() - interval '4 days'");
    scheduled(shop);
    assert_eq!(worked(shop).await, 1);
    let head = server.received()[0].text.replace("\r\n ", "");
    let (_, link) = head.split_once("List-Unsubscribe: <").unwrap();
    let link = link.split_once('>').unwrap().0.replace("http://localhost:8080", "");
    let stranger = shop.visitor();
    assert!(stranger.page(&link).await.has("form[method=post] button"));
    assert_eq!(shop.number("select count(*) from unwanted_mails"), 0, "looking changes nothing");
    for wrong in [link.replace("review_asked", "new_orders"), link.replace("signature=", "signature=0")] {
        assert_eq!(stranger.post(&wrong, &[]).await.status, 404, "{wrong}");
    }
    let waiting = scene.received("now() - interval '4 days'");
    scheduled(shop);
    let one_click = stranger
        .request(Method::POST, &link)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    for _ in 0..2 {
        let done = stranger.send(one_click.try_clone().unwrap()).await.expect(200);
        assert!(done.text_of("h1").contains("no more") && !done.text_of("main").contains("admin"), "{done}");
    }
    scene.received("now() - interval '4 days'");
    let sent_order = scene.order("unreceived", &[("sent_at", "now()"), ("placed_at", "now() - interval '20 days'")]);
    scene.parcel(sent_order);
    scheduled(shop);
    while worked(shop).await > 0 {}
    let of_waiting = format!("select skipped from order_mails where order_id = {waiting}");
    assert_eq!(shop.text(&of_waiting), "outdated");
    assert_eq!(kinds(shop), ["parcel_sent 1", "review_asked", "review_asked"]);
    assert_eq!(server.received().len(), 2);
}
