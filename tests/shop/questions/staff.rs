//! What staff see of questions and do with them, and who gets which email.

use futures_util::future::join_all;

use super::{Scene, asks, replies};
use crate::{
    order_mails::{scheduled, sent, worked},
    support::{Answer, SmtpBehavior, SmtpServer},
};

#[tokio::test]
async fn open_questions_stand_on_the_dashboard_with_how_long_the_oldest_waits() {
    let scene = Scene::open().await;
    let task = "a.task[href='/admin/questions']";
    assert!(scene.clerk.page("/admin").await.text_of(task).contains("none"));
    scene.asks("First?").await;
    scene.asks("Second?").await;
    scene.shop.execute("update questions set status_since = now() - interval '3 hours' where id = 1");
    let page = scene.clerk.page("/admin").await;
    let words = page.text_of(task);
    assert!(words.contains('2') && words.contains("the oldest has waited for 3 hours"), "{words}");
    let badge = "nav a[href='/admin/questions'] .badge";
    assert!(page.text_of(badge).contains("2 questions wait for an answer"));
    scene.answers("/questions/1", "Yes").await.expect(303);
    scene.answers("/questions/2", "Yes").await.expect(303);
    let page = scene.clerk.page("/admin").await;
    assert!(page.text_of(task).contains("none") && !page.has(badge));
}

#[tokio::test]
async fn staff_see_the_longest_wait_first_and_turn_the_pages_while_others_answer() {
    let scene = Scene::open().await;
    let user = scene.mei.id;
    scene.shop.execute(&format!(
        "insert into questions (user_id, language, proved_at, status_since, token)
         select {user}, 'en', now(), now() - interval '1 hour' * (i / 2), lpad(i::text, 64, '0')
         from generate_series(1, 120) i;
         insert into question_messages (question_id, author, words, begins_waiting, token)
         select id, 'shopper', 'Q' || id, true, token from questions"
    ));
    let (mut path, mut seen) = ("/admin/questions".to_owned(), Vec::new());
    loop {
        let page = scene.clerk.page(&path).await;
        seen.extend(page.texts_of("tbody th"));
        // What was seen is answered meanwhile: the next page skips nothing.
        scene.shop.execute("update questions set status = 'answered' where id > 110");
        match page.attributes_of("[rel=next]", "href").pop() {
            Some(next) => path = next,
            None => break,
        }
    }
    let mut ids: Vec<i32> = (1..=120).collect();
    ids.sort_by_key(|id| (-(id / 2), *id));
    let all: Vec<String> = ids.iter().map(|id| format!("Q{id}")).collect();
    assert_eq!(seen, all);
    let answered = scene.clerk.page("/admin/questions?show=answered").await;
    assert_eq!(answered.texts_of("tbody th").len(), 10);
    assert!(!scene.clerk.page("/admin/questions?show=closed").await.has("tbody"));
    for odd in ["?show=no", "?after=x", "?after=9223372036854775807-1", "?show=closed&after=0-0", "?after=-5-5"] {
        scene.clerk.page(&format!("/admin/questions{odd}")).await;
    }
}

#[tokio::test]
async fn of_two_answers_at_once_the_second_sees_the_first_and_is_kept_as_typed() {
    let scene = Scene::open().await;
    let (path, lin) = (scene.asks("Where?").await, scene.shop.boss("lin").await);
    let admin = format!("/admin{path}");
    let hidden =
        |page: &Answer, name: &str| page.attribute_of(&format!("form[action$='/answer'] [name={name}]"), "value");
    let page = scene.clerk.page(&admin).await;
    let (token, other, seen) =
        (hidden(&page, "token"), hidden(&lin.page(&admin).await, "token"), hidden(&page, "seen"));
    let to = format!("{admin}/answer");
    let first = [("token", token.as_str()), ("seen", &seen), ("answer", "Here")];
    let second = [("token", other.as_str()), ("seen", &seen), ("answer", "There")];
    let (one, two) = tokio::join!(scene.clerk.post(&to, &first), lin.post(&to, &second));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    let (late, typed, first) = if one.status == 422 { (one, "Here", "There") } else { (two, "There", "Here") };
    assert_eq!(late.text_of("#answer"), typed);
    assert!(late.texts_of(".thread-message .note").contains(&first.to_owned()), "{late}");
    assert_eq!(scene.messages(), 2);
    let (token, seen) = (hidden(&late, "token"), hidden(&late, "seen"));
    let again = [("token", token.as_str()), ("seen", &seen), ("answer", typed)];
    let browser = if typed == "Here" { &scene.clerk } else { &lin };
    for answer in join_all((0..4).map(|_| browser.post(&to, &again))).await {
        answer.expect(303);
    }
    assert_eq!(scene.messages(), 3, "sent again once it was read, and stored once");
    assert_eq!(scene.shop.number("select count(*) from audit_log where action = 'answer_question'"), 2);
}

#[tokio::test]
async fn closing_and_answering_stand_in_the_audit_log_and_nobody_closes_what_was_not_read() {
    let scene = Scene::open().await;
    let number = scene.order().await;
    let asked = asks(&scene.mei.browser, &[("order", &number), ("question", "Where?")]).await.expect(303);
    let path = asked.location().to_owned();
    let admin = format!("/admin{path}");
    let page = scene.clerk.page(&admin).await;
    assert_eq!(page.attribute_of("aside a.order-number", "href"), format!("/admin/orders/{number}"));
    assert!(scene.clerk.page(&format!("/admin/orders/{number}")).await.text_of(".question-item").contains("Where?"));
    let seen = page.attribute_of("form[action$='/closing'] [name=seen]", "value");
    replies(&scene.mei.browser, &path, "Please!").await.expect(303);
    let late = scene.clerk.post_and_follow(&format!("{admin}/closing"), &[("seen", &seen)]).await;
    assert!(late.text_of(".flash").contains("new message"), "{late}");
    assert_eq!(scene.status(), "open");
    scene.answers(&path, "Here").await.expect(303);
    let seen = scene.clerk.page(&admin).await.attribute_of("form[action$='/closing'] [name=seen]", "value");
    for _ in 0..2 {
        scene.clerk.post(&format!("{admin}/closing"), &[("seen", &seen)]).await.expect(303);
    }
    assert_eq!(scene.status(), "closed");
    assert_eq!(
        scene.shop.texts("select action || ' ' || target from audit_log order by id"),
        ["answer_question 1", "close_question 1"]
    );
    let log = scene.clerk.page("/admin/audit-log").await.text_of("tbody");
    assert!(log.contains("Question answered") && log.contains("Here") && log.contains("Question closed"), "{log}");
    for bad in [String::new(), " ".to_owned(), "x".repeat(2001)] {
        scene.answers(&path, &bad).await.expect(422);
    }
    scene.clerk.post(&format!("{admin}/answer"), &[("token", "x"), ("seen", "1"), ("answer", "x")]).await.expect(400);
    scene.clerk.get("/admin/questions/999").await.expect(404);
    scene.mei.browser.get(&admin).await.expect(404);
}

#[tokio::test]
async fn the_answer_goes_to_the_asker_once_in_the_language_of_the_question() {
    let scene = Scene::open().await;
    scene.mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    let path = scene.asks("在哪里？").await;
    scene.mei.browser.post("/language", &[("language", "en")]).await.expect(303);
    scene.answers(&path, "On its way\n\nFrom <Shanghai>").await.expect(303);
    for _ in 0..2 {
        scheduled(&scene.shop);
        worked(&scene.shop).await;
    }
    let mails = sent(&scene.shop).await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(mail.to.contains("mei@example.com"), "{}", mail.to);
    assert_eq!(mail.subject, "您的问题已有回复");
    assert!(mail.text.contains("On its way\n") && mail.text.contains("From <Shanghai>"), "{}", mail.text);
    assert!(mail.html.contains("From &#60;Shanghai&#62;"), "{}", mail.html);
    assert!(
        mail.text.contains(&format!("http://localhost:8080{path}")) && !mail.text.contains("key="),
        "{}",
        mail.text
    );
    scene.shop.execute("update outbox set done_at = null");
    worked(&scene.shop).await;
    assert_eq!(sent(&scene.shop).await.len(), 1, "performed again, sent once");
}

#[tokio::test]
async fn staff_who_want_it_get_one_email_for_each_question_that_begins_to_wait() {
    let scene = Scene::open().await;
    let wanted = [("question", "true"), ("order_language", "en")];
    scene.clerk.post("/admin/mail/orders", &wanted).await.expect(303);
    scene.shop.boss("lin").await;
    let told = || async {
        scheduled(&scene.shop);
        worked(&scene.shop).await;
        sent(&scene.shop).await.into_iter().filter(|mail| mail.to.starts_with("chen")).collect::<Vec<_>>()
    };
    let path = scene.asks("Where is it?").await;
    replies(&scene.mei.browser, &path, "Please!").await.expect(303);
    let mails = told().await;
    assert_eq!(mails.len(), 1, "not one for each message");
    assert_eq!(mails[0].subject, "A question waits for an answer");
    assert!(mails[0].text.contains("Where is it?"), "{}", mails[0].text);
    assert!(mails[0].text.contains(&format!("/admin{path}")), "{}", mails[0].text);
    assert!(mails[0].text.contains("list=question"), "it can be unsubscribed from: {}", mails[0].text);
    scene.answers(&path, "Here").await.expect(303);
    replies(&scene.mei.browser, &path, "And the lid?").await.expect(303);
    assert_eq!(told().await.len(), 2, "it waits again");
    replies(&scene.mei.browser, &path, "The blue one").await.expect(303);
    assert_eq!(told().await.len(), 2);
    scene.answers(&path, "There").await.expect(303);
    replies(&scene.mei.browser, &path, "Thanks, and the box?").await.expect(303);
    scene.answers(&path, "Too").await.expect(303);
    assert_eq!(told().await.len(), 2, "what was answered meanwhile is not told");
}

#[tokio::test]
async fn the_page_of_a_question_shows_whether_the_email_of_each_answer_was_sent() {
    let server = SmtpServer::start();
    let url = server.url();
    let scene = Scene::with(&[("SMTP_URL", url.as_str()), ("MAIL_FROM", "Till <till@shop.example>")]).await;
    let path = scene.asks("Where is it?").await;
    let page = || async { scene.clerk.page(&format!("/admin{path}")).await };
    assert!(!page().await.has(".order-mails"));
    scene.answers(&path, "On its way").await.expect(303);
    let shown = || async { page().await.texts_of(".order-mails li") };
    let is = |shown: &[String], states: &[&str]| {
        assert_eq!(shown.len(), states.len(), "{shown:?}");
        for (mail, state) in shown.iter().zip(states) {
            assert!(mail.starts_with("Answer of ") && mail.contains(state), "{state} in {mail}");
        }
    };
    is(&shown().await, &["Waiting"]);
    scheduled(&scene.shop);
    is(&shown().await, &["Waiting"]);
    server.behaves(SmtpBehavior::RefusesReceivers);
    worked(&scene.shop).await;
    is(&shown().await, &["is tried again"]);
    assert!(shown().await[0].contains("550"), "{:?}", shown().await);
    scene.shop.execute("update outbox set attempts = 15");
    worked(&scene.shop).await;
    is(&shown().await, &["Failed"]);
    server.behaves(SmtpBehavior::Takes);
    scene.clerk.post("/admin/outbox/attempts", &[]).await.expect(303);
    worked(&scene.shop).await;
    is(&shown().await, &["Sent"]);

    scene.answers(&path, "It has arrived").await.expect(303);
    is(&shown().await, &["Sent", "Waiting"]);
    scene.shop.execute("update question_messages set mails_at = now()");
    is(&shown().await, &["Sent", "No email"]);
    // Whoever asks sees nothing of this.
    assert!(!scene.mei.browser.page(&path).await.has(".order-mails"));
}
