//! Emails about orders to staff who want them, and how they unsubscribe.

use reqwest::Method;

use super::{Scene, scheduled, sent, worked};
use crate::support::{Browser, SmtpServer};

const COD: [(&str, &str); 3] =
    [("pay_method", "'cod'"), ("expires_at", "null"), ("placed_at", "now() - interval '1 minute'")];

async fn wants(browser: &Browser, kinds: &[&str]) {
    let ticked = kinds.iter().map(|kind| (*kind, "true")).chain([("order_language", "en")]);
    browser.post("/admin/mail/orders", &ticked.collect::<Vec<_>>()).await.expect(303);
}

#[tokio::test]
async fn new_orders_are_told_at_most_once_an_hour_and_all_of_them() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    let chen = shop.clerk("chen").await;
    shop.clerk("bo").await;
    wants(&chen, &["new_orders"]).await;
    shop.execute("update staff_mail_readers set told_until = now() - interval '10 minutes'");
    let told = || async { sent(shop).await.into_iter().filter(|mail| mail.to.starts_with("chen")).collect::<Vec<_>>() };
    scene.order("unsent", &COD);
    scene.order("unpaid", &[]);
    scheduled(shop);
    worked(shop).await;
    assert_eq!(told().await.len(), 1);
    assert_eq!(told().await[0].subject, "1 new order to be sent");
    scene.order("unsent", &COD);
    scene.order("unsent", &COD);
    shop.execute("update staff_mail_readers set told_until = now() - interval '5 minutes'");
    shop.execute("update orders set placed_at = now() - interval '20 minutes' where id = 1");
    scheduled(shop);
    worked(shop).await;
    assert_eq!(told().await.len(), 1, "not twice in an hour");
    shop.execute("update staff_mails set promised_at = now() - interval '61 minutes'");
    scheduled(shop);
    worked(shop).await;
    scheduled(shop);
    let mails = told().await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].subject, "2 new orders to be sent");
    assert!(mails[1].text.contains("ABCDEF, Cash on delivery × 2  ¥50.00"), "{}", mails[1].text);
    assert!(mails[1].text.contains("/admin/orders?show=unsent"), "{}", mails[1].text);
}

#[tokio::test]
async fn returns_and_strange_payments_are_told_at_once_and_once() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    wants(&chen, &["return_asked", "strange_payment"]).await;
    wants(&lin, &["strange_payment"]).await;
    let received = scene.order("unreviewed", &[("placed_at", "now() - interval '1 day'")]);
    let back = scene.goods_return(received);
    scene.event(received, "return_asked", &format!(r#"{{"return": {back}}}"#));
    let canceled = [("canceled_at", "now()"), ("canceled_by", "'expiry'"), ("placed_at", "now() - interval '1 day'")];
    let late = scene.order("canceled", &canceled);
    scene.payment(late, "false, 'out_of_stock'");
    scheduled(shop);
    scheduled(shop);
    worked(shop).await;
    let mails = sent(shop).await;
    let to = |name: &str| {
        let mut subjects: Vec<_> =
            mails.iter().filter(|mail| mail.to.starts_with(name)).map(|mail| mail.subject.clone()).collect();
        subjects.sort_unstable();
        subjects
    };
    assert_eq!(to("chen"), ["A payment must be looked at", "A shopper asks for a return"]);
    assert_eq!(to("lin"), ["A payment must be looked at"]);
    let payment = mails.iter().find(|mail| mail.subject.starts_with("A payment must")).unwrap();
    assert!(
        payment.text.contains("its goods are sold") && payment.text.contains("/admin/payments/1"),
        "{}",
        payment.text
    );
}

#[tokio::test]
async fn cancellations_of_paid_orders_and_refunds_that_do_not_arrive_are_told_once() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    let chen = shop.clerk("chen").await;
    wants(&chen, &["cancellation", "refund_stuck"]).await;
    let day = ("placed_at", "now() - interval '1 day'");
    let canceled = [("canceled_at", "now()"), ("canceled_by", "'shopper'"), day];
    let by_shopper = |order: i64, event: &str, reason: &str| {
        let user = scene.user;
        shop.insert(&format!(
            "order_events (order_id, event, actor, user_id, details)
             values ({order}, '{event}', 'shopper', {user}, '{{\"reason\": \"{reason}\"}}')"
        ))
    };
    let unpaid = scene.order("canceled", &canceled);
    by_shopper(unpaid, "canceled", "never paid");
    let paid = scene.order("canceled", &[&canceled[..], &[("paid_amount", "50"), ("paid_at", "now()")]].concat());
    by_shopper(paid, "canceled", "Wrong colour");
    let packed = scene.order("unsent", &[("paid_amount", "50"), ("paid_at", "now()"), day]);
    shop.execute(&format!("insert into cancellation_requests (order_id, reason) values ({packed}, 'Too late')"));
    by_shopper(packed, "cancellation_asked", "Too late");
    let answered = scene.order("unsent", &[("paid_amount", "50"), ("paid_at", "now()"), day]);
    by_shopper(answered, "cancellation_asked", "Answered already");
    let payment = scene.payment(paid, "true, null");
    scene.refund(payment, "amount", "done");
    scene.refund(payment, "amount", "refused");
    let refund = scene.refund(payment, "amount", "sent");
    let asked = "sent_at = now(), next_attempt_at = now(), last_error = 'no answer'";
    shop.execute(&format!("update refunds set {asked} where id = {refund}"));
    scheduled(shop);
    scheduled(shop);
    worked(shop).await;
    let told = || async { sent(shop).await.into_iter().filter(|mail| mail.to.starts_with("chen")).collect::<Vec<_>>() };
    let mut subjects: Vec<_> = told().await.into_iter().map(|mail| mail.subject).collect();
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        ["A refund was refused", "A shopper asks to cancel an order", "A shopper has canceled a paid order"]
    );
    shop.execute("update refunds set created_at = now() - interval '61 minutes' where status <> 'done'");
    scheduled(shop);
    worked(shop).await;
    let mails = told().await;
    assert_eq!(mails.len(), 4);
    let last = mails.iter().find(|mail| mail.subject == "A refund is not done after an hour").unwrap();
    assert!(last.text.contains("no answer") && last.text.contains("¥12.50"), "{}", last.text);
    let canceled = mails.iter().find(|mail| mail.subject.ends_with("canceled a paid order")).unwrap();
    assert!(canceled.text.contains("Wrong colour") && canceled.html.contains("Wrong colour"), "{}", canceled.text);
}

#[tokio::test]
async fn a_member_of_staff_unsubscribes_with_one_click_and_without_signing_in() {
    let server = SmtpServer::start();
    let url = server.url();
    let scene = Scene::open(&[("SMTP_URL", &url), ("MAIL_FROM", "Till <till@shop.example>")]).await;
    let shop = &scene.shop;
    let chen = shop.clerk("chen").await;
    wants(&chen, &["new_orders", "strange_payment"]).await;
    shop.execute("update staff_mail_readers set told_until = now() - interval '10 minutes'");
    scene.order("unsent", &COD);
    shop.execute("update orders set language = 'en'; insert into order_mails (order_id, kind, language) select id, 'placed', 'en' from orders");
    scheduled(shop);
    assert_eq!(worked(shop).await, 1);
    let head = server.received()[0].text.replace("\r\n ", "");
    assert!(head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{head}");
    let (_, link) = head.split_once("List-Unsubscribe: <").unwrap();
    let link = link.split_once('>').unwrap().0.replace("http://localhost:8080", "");
    let stranger = shop.visitor();
    let page = stranger.page(&link).await;
    assert!(page.has("form[method=post] button"), "{page}");
    assert_eq!(shop.number("select count(*) from staff_mail_readers"), 2, "looking changes nothing");
    for wrong in [
        link.replace("user=2", "user=1"),
        link.replace("new_orders", "strange_payment"),
        link.replace("signature=", "signature=0"),
    ] {
        assert_eq!(stranger.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(stranger.post(&wrong, &[]).await.status, 404, "{wrong}");
    }
    // A mail program sends neither Origin nor Sec-Fetch-Site.
    let one_click = stranger
        .request(Method::POST, &link)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    for _ in 0..2 {
        let done = stranger.send(one_click.try_clone().unwrap()).await.expect(200);
        assert!(done.text_of("h1").contains("no more"), "{done}");
    }
    assert_eq!(shop.texts("select kind from staff_mail_readers"), ["strange_payment"]);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'want_staff_mails'"), 2);
}

#[tokio::test]
async fn staff_choose_their_emails_and_the_choice_is_audited() {
    let scene = Scene::open(&[]).await;
    let shop = &scene.shop;
    let chen = shop.clerk("chen").await;
    assert!(!chen.page("/admin/mail").await.has("[name=new_orders][checked]"));
    let refused =
        chen.post("/admin/mail/orders", &[("new_orders", "true"), ("order_language", "fr")]).await.expect(422);
    assert!(refused.has("#order_language-error") && refused.has("[name=new_orders][checked]"), "{refused}");
    wants(&chen, &["new_orders", "return_asked"]).await;
    wants(&chen, &["new_orders", "return_asked"]).await;
    let page = chen.page("/admin/mail").await;
    assert!(page.has("[name=new_orders][checked]") && !page.has("[name=strange_payment][checked]"), "{page}");
    wants(&chen, &[]).await;
    let entries = shop.texts("select concat_ws(' ', action, target, before, after) from audit_log order by id");
    assert_eq!(
        entries,
        [
            r#"want_staff_mails chen {"mail": null, "mails": []} {"mail": "English", "mails": ["new_orders", "return_asked"]}"#,
            r#"want_staff_mails chen {"mail": "English", "mails": ["new_orders", "return_asked"]} {"mail": null, "mails": []}"#,
        ]
    );
    let later = shop.signed_in("mei").await;
    later.post("/admin/mail/orders", &[("new_orders", "true"), ("order_language", "en")]).await.expect(404);
}
