//! What guests ask: nobody sees it before the address is proved by the link in an email.

use futures_util::future::join_all;

use super::{Scene, asks, png, replies, uploads};
use crate::{
    order_mails::{scheduled, sent, worked},
    support::{Browser, TestShop},
};

/// Sends the emails that are due, and returns the link to a question in the last one.
async fn link(shop: &TestShop) -> String {
    scheduled(shop);
    worked(shop).await;
    let mail = sent(shop).await.pop().expect("an email");
    let (_, rest) = mail.text.split_once("http://localhost:8080/questions/").expect(&mail.text);
    format!("/questions/{}", rest.split_whitespace().next().unwrap())
}

async fn asks_as(guest: &Browser, email: &str, words: &str) -> u16 {
    asks(guest, &[("email", email), ("guest_name", "Mr. <Bo>"), ("question", words)]).await.status
}

#[tokio::test]
async fn a_guest_proves_the_address_by_a_link_and_a_button_and_goes_on_with_the_same_link() {
    let scene = Scene::open().await;
    let (shop, guest) = (&scene.shop, scene.shop.visitor());
    let sent_page = asks(&guest, &[("email", "bo@example.org"), ("guest_name", "Bo"), ("question", "Open on Sunday?")]);
    assert_eq!(sent_page.await.expect(303).location(), "/contact/sent");
    guest.page("/contact/sent").await;
    assert!(scene.clerk.page("/admin/questions").await.texts_of("tbody tr").is_empty(), "not proved yet");
    scene.clerk.get("/admin/questions/1").await.expect(404);

    let link = link(shop).await;
    let mail = sent(shop).await.pop().unwrap();
    assert_eq!(mail.subject, "Please confirm your question");
    for typed in ["Open on Sunday?", "Hello Bo,"] {
        assert!(!mail.text.contains(typed) && !mail.html.contains(typed), "a stranger may get it: {}", mail.text);
    }
    // A program that scans emails follows the link, from nowhere.
    let scanner = shop.visitor();
    for _ in 0..2 {
        scanner.page(&link).await;
    }
    assert_eq!(shop.text("select coalesce(proved_at::text, 'no') from questions"), "no");
    let page = guest.page(&link).await;
    assert!(page.text_of("main").contains("Open on Sunday?") && !page.has("#reply"), "{page}");
    let proof = page.attribute_of("form[action*='/proof']", "action");
    for answer in join_all((0..4).map(|_| guest.post(&proof, &[]))).await {
        assert_eq!(answer.expect(303).location(), link);
    }
    assert_eq!(scene.status(), "open");
    assert_eq!(scene.clerk.page("/admin/questions").await.texts_of("tbody tr").len(), 1);
    scene.answers("/questions/1", "From ten").await.expect(303);
    replies(&guest, &link, "Thank you").await.expect(303);
    uploads(&guest, &link.replace('?', "/pictures?"), &png()).await.expect(303);
    let page = guest.page(&link).await;
    assert_eq!(page.texts_of(".thread-message .note"), ["Open on Sunday?", "From ten", "Thank you"]);
    assert_eq!(guest.page(&page.attribute_of(".thread img", "src")).await.header("content-type"), "image/jpeg");
    let staff = scene.clerk.page("/admin/questions/1").await;
    assert!(staff.text_of("aside").contains("bo@example.org"), "{staff}");
}

#[tokio::test]
async fn a_link_opens_one_question_and_no_changed_link_opens_any() {
    let scene = Scene::open().await;
    let guest = scene.shop.visitor();
    asks_as(&guest, "bo@example.org", "First?").await;
    let first = link(&scene.shop).await;
    asks_as(&guest, "bo@example.org", "Second?").await;
    let second = link(&scene.shop).await;
    assert_ne!(first, second);
    let (path, key) = first.split_once('?').unwrap();
    let own = scene.asks("Mine?").await;
    let cut = &first[..first.len() - 1];
    let changed = format!("{cut}{}", if first.ends_with('0') { '1' } else { '0' });
    let (zero, other) = (format!("{path}?key=00"), format!("/questions/2?{key}"));
    for wrong in [cut.to_owned(), changed, zero, other, format!("{own}?{key}")] {
        guest.get(&wrong).await.expect(404);
        scene.mei.browser.get(&wrong).await.expect(if wrong.starts_with(&own) { 200 } else { 404 });
    }
    guest.get(path).await.expect(303);
    let token = "0123456789abcdef0123456789abcdef";
    let reply = [("token", token), ("reply", "x")];
    guest.post(&format!("/questions/2/proof?{key}"), &[]).await.expect(404);
    guest.post(&first.replace('?', "/messages?"), &reply).await.expect(303);
    guest.post(&first.replace('?', "/closing?"), &[("seen", "1")]).await.expect(303);
    uploads(&guest, &first.replace('?', "/pictures?"), &png()).await.expect(303);
    assert_eq!(scene.messages(), 3, "nothing is written before the proof");
    assert_eq!(scene.shop.number("select count(*) from question_pictures"), 0);
    assert_eq!(scene.shop.number("select count(*) from questions where status <> 'open'"), 0);
}

#[tokio::test]
async fn a_stranger_cannot_use_up_what_a_guest_may_send() {
    let scene = Scene::with(&[("QUESTION_RATE_PER_ACCOUNT", "2")]).await;
    let (guest, stranger) = (scene.shop.visitor(), scene.shop.visitor());
    asks_as(&guest, "bo@example.org", "First?").await;
    let link = link(&scene.shop).await;
    guest.post(&link.replace('?', "/proof?"), &[]).await.expect(303);
    let reply = [("token", "0123456789abcdef0123456789abcdef"), ("reply", "x")];
    for _ in 0..3 {
        stranger.post("/questions/1/messages?key=00", &reply).await.expect(404);
        uploads(&stranger, "/questions/1/pictures?key=00", &png()).await.expect(404);
    }
    replies(&guest, &link, "Second").await.expect(303);
    replies(&guest, &link, "Third").await.expect(303);
    replies(&guest, &link, "Fourth").await.expect(429);
}

#[tokio::test]
async fn nobody_learns_whether_an_address_has_an_account_or_an_order_exists() {
    let scene = Scene::open().await;
    let number = scene.order().await;
    let guest = scene.shop.visitor();
    let mut answers = Vec::new();
    for (email, order) in [
        ("mei@example.com", number.as_str()),
        ("bo@example.org", &number),
        ("bo@example.org", "20260101000000000000001ABCDEF"),
    ] {
        let fields = [("email", email), ("order", order), ("question", "Where is it?")];
        let answer = asks(&guest, &fields).await;
        answers.push((answer.status, answer.location().to_owned()));
    }
    assert!(answers.iter().all(|answer| *answer == (303, "/contact/sent".to_owned())), "{answers:?}");
    let linked = scene.shop.texts("select email from questions where order_id is not null");
    assert_eq!(linked, ["mei@example.com"], "only the order's own address is linked to it");
    assert!(!scene.mei.browser.page("/questions").await.has(".question-item"), "whoever typed it is not signed in");
}

#[tokio::test]
async fn an_address_gets_three_emails_of_unproved_questions_and_the_same_form_one() {
    let scene = Scene::open().await;
    let guest = scene.shop.visitor();
    let token = guest.page("/contact").await.attribute_of("[name=token]", "value");
    let fields = [("token", token.as_str()), ("email", "bo@example.org"), ("question", "Where?")];
    for answer in join_all((0..6).map(|_| guest.post("/contact", &fields))).await {
        assert_eq!(answer.expect(303).location(), "/contact/sent");
    }
    assert_eq!(scene.shop.number("select count(*) from questions"), 1);
    let corrected = [("token", token.as_str()), ("email", "bo@example.net"), ("question", "Where?")];
    guest.post("/contact", &corrected).await.expect(303);
    assert_eq!(scene.shop.number("select count(*) from questions"), 2, "a corrected address gets its own email");
    let texts: Vec<String> = (0..6).map(|n| format!("Question {n}?")).collect();
    let all = texts.iter().map(|text| asks_as(&guest, "BO@example.org", text));
    let refused = join_all(all).await.into_iter().filter(|status| *status == 422).count();
    assert_eq!(refused, 4, "three of one address wait");
    scheduled(&scene.shop);
    worked(&scene.shop).await;
    assert_eq!(sent(&scene.shop).await.len(), 4);
}

#[tokio::test]
async fn what_is_not_proved_is_deleted_after_three_days() {
    let scene = Scene::open().await;
    let guest = scene.shop.visitor();
    asks_as(&guest, "bo@example.org", "Old?").await;
    let old = link(&scene.shop).await;
    asks_as(&guest, "bo@example.org", "Proved?").await;
    let proved = link(&scene.shop).await;
    guest.post(&proved.replace('?', "/proof?"), &[]).await.expect(303);
    scene.asks("Mine?").await;
    scene.shop.execute("update questions set asked_at = now() - interval '73 hours'");
    asks_as(&guest, "bo@example.org", "New?").await;
    let delete = || till::questions::delete_unproved(&mut scene.shop.connect(), 100, chrono::Utc::now()).unwrap();
    assert_eq!((delete(), delete()), (1, 0));
    assert_eq!(scene.shop.texts("select words from question_messages order by id"), ["Proved?", "Mine?", "New?"]);
    guest.get(&old).await.expect(404);
    guest.page(&proved).await;
}

#[tokio::test]
async fn a_guest_cannot_ask_a_shop_that_sends_no_email_and_a_shopper_can() {
    let scene = Scene::with(&[("PUBLIC_URL", "https://shop.example"), ("SESSION_SECRET", &"k".repeat(64))]).await;
    let guest = scene.shop.visitor();
    let page = guest.page("/contact").await;
    assert!(!page.has("form[action='/contact']") && page.has("main a[href^='/sign-in']"), "{page}");
    let fields = [("token", "0123456789abcdef0123456789abcdef"), ("email", "bo@example.org"), ("question", "Where?")];
    guest.post("/contact", &fields).await.expect(422);
    assert_eq!(scene.messages(), 0);
}
