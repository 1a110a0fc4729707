//! What the emails say.

use super::{Scene, scheduled, sent, worked};
use crate::support::SmtpServer;

/// The text of the one email with these words in its subject.
async fn text_of(scene: &Scene, subject: &str) -> String {
    let mails = sent(&scene.shop).await;
    let found: Vec<_> = mails.iter().filter(|mail| mail.subject.contains(subject)).collect();
    assert_eq!(found.len(), 1, "{subject} in {:?}", mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>());
    found[0].text.clone()
}

#[tokio::test]
async fn each_email_says_what_happened_and_where_to_look() {
    let scene = Scene::open(&[]).await;
    scene.everything();
    scene.shop.execute(
        "update orders set language = 'en';
         update store_settings set return_recipient = 'Returns', return_phone = '13900139000',
            return_address = '5 Wharf Road', contact_phone = '4008208820', version = version + 1",
    );
    scheduled(&scene.shop);
    while scene.shop.number("select count(*) from outbox where done_at is null") > 0 {
        worked(&scene.shop).await;
    }
    for (subject, words) in [
        (
            "We have your order (order 20261130120000000000001",
            &[
                "¥50.00 ready for the courier",
                "Mei Lin, 13800138000, Shanghai, 1 Anfu Road, 200031",
                "Ring twice",
                "Thing, Blue",
                "× 2",
                "¥40.00",
                "Total: ¥50.00",
            ][..],
        ),
        ("Please pay by", &["Your order of ¥50.00 is not paid yet", "Pay now: http://localhost:8080/orders/"]),
        ("not paid in time", &["nothing was charged", "Put the goods back into the cart: http"]),
        ("Your order is paid", &["¥50.00 has arrived with Alipay"]),
        ("stands after all", &["came after the order had been cancelled"]),
        (
            "Your goods are on their way",
            &[
                "Carrier: SF Express",
                "Tracking number: SF 12/3",
                "Follow the parcel: https://www.sf-express.com/",
                "/SF+12%2F3",
                "In the parcel",
            ],
        ),
        (
            "Your order is cancelled",
            &["we had to cancel", "What you have paid, ¥50.00, goes back", "Reason: Broken in the store room"],
        ),
        ("¥12.50 went back to you", &["to where you paid from, with Alipay"]),
        ("Your payment came too late", &["¥50.00 came after the order", "within a day"]),
        ("A payment goes back to you", &["A payment of ¥50.00"]),
        ("We have your request for a return", &["send nothing back before"]),
        (
            "Your return is approved",
            &["Send to: Returns, 13900139000, 5 Wharf Road", "Our answer: Please pack it well", "In the return"],
        ),
        ("Your return is declined", &["cannot take these goods back"]),
        ("Your return has arrived", &["The goods are here"]),
        ("Your return is closed", &["Nothing more is to be done"]),
        (
            "Your fapiao is reversed",
            &[
                "Money went back to you",
                "For the ¥30.00 that are left",
                "Fapiao number: 25442000000000000002",
                "Number of the red fapiao: 25442000000000000003",
                "/fapiao",
            ],
        ),
        ("Have the goods arrived?", &["counts as received by itself"]),
    ] {
        let text = text_of(&scene, subject).await;
        for said in words {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert!(
            text.contains("Hello mei,") && text.contains("Till") && text.contains("Questions? 4008208820"),
            "{text}"
        );
        assert!(!text.contains("\n\n\n"), "{text}");
        assert!(!text.lines().any(|line| line.ends_with(' ')), "{text:?}");
    }
    let mails = sent(&scene.shop).await;
    let leaves: Vec<_> = mails.iter().filter(|mail| mail.html.contains("unsubscription")).collect();
    assert!(
        leaves.iter().all(|mail| mail.subject.contains("How are the goods?")),
        "all but the question for a review are part of the contract"
    );
    assert_eq!(leaves.len(), 1);
}

#[tokio::test]
async fn an_email_is_in_the_language_of_its_order_and_from_the_shop_by_its_name() {
    let scene = Scene::open(&[]).await;
    scene.shop.execute("update store_settings set shop_name_en = 'Lin''s Tea', shop_name_zh = '林记茶庄', version = 2");
    let paid = [("paid_at", "now()"), ("paid_amount", "50"), ("placed_at", "now() - interval '1 day'")];
    for language in ["'en'", "'zh'"] {
        let order = scene.order("unsent", &[paid[0], paid[1], paid[2], ("language", language)]);
        scene.event(order, "paid", "{}");
    }
    scheduled(&scene.shop);
    worked(&scene.shop).await;
    let mails = sent(&scene.shop).await;
    let english = mails.iter().find(|mail| mail.subject.starts_with("Your order is paid")).unwrap();
    let chinese = mails.iter().find(|mail| mail.subject.starts_with("订单已付款（订单 2026")).unwrap();
    assert!(english.from.contains("Lin's Tea") && english.html.contains("lang=\"en\""), "{english:?}");
    assert!(chinese.text.contains("mei，您好：") && chinese.text.contains("林记茶庄"), "{chinese:?}");
    assert!(chinese.html.contains("lang=\"zh"), "{chinese:?}");
    let page = scene.shop.visitor().page("/dev/mailbox").await;
    assert!(page.text_of(".mailbox").contains("Your order is paid"), "{page}");
    let mail = scene.shop.visitor().get("/dev/mailbox/0").await.expect(200);
    assert!(mail.header("content-security-policy").contains("style-src 'unsafe-inline'"));
    assert!(!mail.has("script"));
}

#[tokio::test]
async fn whatever_people_have_typed_adds_no_header_no_markup_and_no_line() {
    let server = SmtpServer::start();
    let url = server.url();
    let hostile = "<b>x</b>\r\nBcc: all@example.com\r\n\r\nhttps://evil.example/";
    for mail in [&[][..], &[("SMTP_URL", url.as_str()), ("MAIL_FROM", "Till <till@shop.example>")]] {
        let scene = Scene::open(mail).await;
        let cod = [("pay_method", "'cod'"), ("expires_at", "null"), ("language", "'en'")];
        let order = scene.order("unsent", &cod);
        scene.shop.execute(&format!(
            "alter table users disable trigger username_skeleton;
             alter table users drop constraint users_username_check;
             update users set username = '{hostile}';
             update orders set recipient = '{hostile}', note = '{hostile}';
             update order_goods set name = '{hostile}', options = '{hostile}' where order_id = {order}"
        ));
        scheduled(&scene.shop);
        assert_eq!(worked(&scene.shop).await, 1);
        for mail in sent(&scene.shop).await {
            assert!(!mail.html.contains("<b>") && mail.html.contains("&#60;b&#62;x"), "{}", mail.html);
            assert!(
                mail.text.lines().all(|line| !line.starts_with("Bcc") && !line.starts_with("https://evil")),
                "{}",
                mail.text
            );
            assert!(!mail.subject.contains('\n') && !mail.to.contains('\n'));
        }
    }
    let mails = server.received();
    assert_eq!((mails.len(), mails[0].to.clone()), (1, vec!["TO:<mei@example.com>".to_owned()]));
    let (head, _) = mails[0].text.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(!head.contains("List-Unsubscribe"), "{head}");
}
