//! What signed-in shoppers ask.

use futures_util::future::join_all;

use super::{Scene, asks, png, replies, uploads};

#[tokio::test]
async fn a_shopper_asks_about_an_own_order_and_reads_the_answer_on_its_page() {
    let scene = Scene::open().await;
    let (number, browser) = (scene.order().await, &scene.mei.browser);
    let form = browser.page(&format!("/contact?order={number}")).await;
    assert_eq!(form.attribute_of("#order", "value"), number);
    let fields = [("order", number.as_str()), ("question", "Is the <lid> blue?\nOr red?")];
    let path = asks(browser, &fields).await.expect(303).location().to_owned();
    let page = browser.page(&path).await;
    assert_eq!(page.texts_of(".thread-message .note"), ["Is the <lid> blue? Or red?"]);
    assert!(page.text_of(".page-head").contains(&number), "{page}");
    scene.answers(&path, "It is blue").await.expect(303);
    assert_eq!(browser.page(&path).await.texts_of(".thread-message .note")[1], "It is blue");
    assert_eq!(scene.status(), "answered");
    let order = browser.page(&format!("/orders/{number}")).await;
    assert_eq!(order.attribute_of(".question-item a", "href"), path);
    assert!(order.text_of(".question-item").contains("Answered"), "{order}");
    assert!(browser.page("/questions").await.text_of("main").contains("Is the <lid> blue? Or red?"));
}

#[tokio::test]
async fn another_shoppers_order_or_question_is_as_if_it_did_not_exist() {
    let scene = Scene::open().await;
    let number = scene.order().await;
    let path = scene.asks("Where?").await;
    let bo = scene.shop.shopper("bo").await.browser;
    let strange = asks(&bo, &[("order", &number), ("question", "Mine?")]).await.expect(422);
    let none = asks(&bo, &[("order", &number.replace("2026", "2025")), ("question", "Mine?")]).await.expect(422);
    assert_eq!(strange.text_of("#order-error"), none.text_of("#order-error"));
    assert_eq!(strange.text_of("#question"), "Mine?", "what was typed is kept");
    let token = "0123456789abcdef0123456789abcdef";
    bo.get(&path).await.expect(404);
    bo.get("/questions/999").await.expect(404);
    bo.post(&format!("{path}/messages"), &[("token", token), ("reply", "x")]).await.expect(404);
    bo.post(&format!("{path}/closing"), &[("seen", "1")]).await.expect(404);
    bo.post(&format!("{path}/proof"), &[]).await.expect(404);
    uploads(&bo, &format!("{path}/pictures"), &png()).await.expect(404);
    uploads(&scene.mei.browser, &format!("{path}/pictures"), &png()).await.expect(303);
    let picture = scene.mei.browser.page(&path).await.attribute_of(".thread img", "src");
    bo.get(&picture).await.expect(404);
    assert_eq!(scene.mei.browser.page(&picture).await.header("content-type"), "image/jpeg");
    let guest = scene.shop.visitor();
    assert!(guest.get(&path).await.expect(303).location().starts_with("/sign-in?next="));
    guest.get(&picture).await.expect(303);
    assert!(bo.page("/questions").await.texts_of(".question-item").is_empty());
}

#[tokio::test]
async fn the_same_form_sent_twice_or_at_once_stores_one_question_and_one_message() {
    let scene = Scene::open().await;
    let browser = &scene.mei.browser;
    let token = browser.page("/contact").await.attribute_of("[name=token]", "value");
    let fields = [("token", token.as_str()), ("question", "Where?")];
    let answers = join_all((0..8).map(|_| browser.post("/contact", &fields))).await;
    let paths: Vec<String> = answers.into_iter().map(|answer| answer.expect(303).location().to_owned()).collect();
    assert!(paths.iter().all(|path| *path == paths[0]), "{paths:?}");
    assert_eq!(scene.shop.number("select count(*) from questions"), 1);
    let page = browser.page(&paths[0]).await;
    let token = page.attribute_of("form[action$='/messages'] [name=token]", "value");
    let reply = [("token", token.as_str()), ("reply", "Please")];
    let to = format!("{}/messages", paths[0]);
    for answer in join_all((0..8).map(|_| browser.post(&to, &reply))).await {
        answer.expect(303);
    }
    assert_eq!(scene.messages(), 2);
    browser.post(&to, &[("token", &token), ("reply", "Please!")]).await.expect(303);
    assert_eq!(scene.messages(), 3, "corrected words are another message");
}

#[tokio::test]
async fn words_that_are_missing_or_too_long_are_told_beside_the_field_and_kept() {
    let scene = Scene::open().await;
    let browser = &scene.mei.browser;
    let long = "林".repeat(2001);
    let most = "林".repeat(2000);
    for words in ["", " \u{200b} ", long.as_str(), "a\u{0}b"] {
        let page = asks(browser, &[("order", "42"), ("question", words)]).await.expect(422);
        assert!(page.has("#question-error") && page.has("#order-error"), "{words}: {page}");
        assert_eq!(page.attribute_of("#order", "value"), "42");
    }
    assert!(asks(browser, &[("question", &long)]).await.text_of("#question").starts_with("林林"));
    let path = asks(browser, &[("question", &most)]).await.expect(303).location().to_owned();
    let page = replies(browser, &path, &long).await.expect(422);
    assert!(page.has("#reply-error") && page.text_of("#reply").starts_with("林林"), "{page}");
    browser.post("/contact", &[("question", "No token")]).await.expect(400);
    browser.post(&format!("{path}/messages"), &[("token", "x"), ("reply", "No token")]).await.expect(400);
    browser.post(&format!("{path}/closing"), &[("seen", "x")]).await.expect(400);
    assert_eq!(scene.messages(), 1);
}

#[tokio::test]
async fn a_reply_opens_a_question_again_and_its_asker_can_close_it() {
    let scene = Scene::open().await;
    let (path, browser) = (scene.asks("Where?").await, &scene.mei.browser);
    scene.answers(&path, "Here").await.expect(303);
    replies(browser, &path, "And the lid?").await.expect(303);
    assert_eq!(scene.status(), "open");
    let closing = format!("{path}/closing");
    let seen = browser.page(&path).await.attribute_of("[name=seen]", "value");
    scene.answers(&path, "There").await.expect(303);
    let late = browser.post_and_follow(&closing, &[("seen", &seen)]).await;
    assert!(late.text_of(".flash").contains("new message"), "{late}");
    assert_eq!(scene.status(), "answered", "the answer was not seen yet");
    let seen = late.attribute_of("[name=seen]", "value");
    browser.post(&closing, &[("seen", &seen)]).await.expect(303);
    browser.post(&closing, &[("seen", &seen)]).await.expect(303);
    assert_eq!(scene.status(), "closed");
    assert!(!browser.page(&path).await.has("form[action$='/closing']"));
    replies(browser, &path, "One thing more").await.expect(303);
    assert_eq!(scene.status(), "open");
}

#[tokio::test]
async fn five_pictures_go_with_a_message_and_nothing_but_pictures() {
    let scene = Scene::open().await;
    let (path, browser) = (scene.asks("What is this?").await, &scene.mei.browser);
    let pictures = format!("{path}/pictures");
    for file in [b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(), b"%PDF-1.7", b"", b"GIF89a"] {
        let page = uploads(browser, &pictures, file).await.expect(422);
        assert!(page.has("#picture-error"), "{page}");
    }
    let png = png();
    for added in join_all((0..8).map(|_| uploads(browser, &pictures, &png))).await {
        added.expect(303);
    }
    assert_eq!(scene.shop.number("select count(*) from question_pictures"), 5);
    let page = browser.page(&path).await;
    assert_eq!(page.attributes_of(".thread img", "src").len(), 5);
    assert!(!page.has("#picture"), "no sixth picture");
    let staff = scene.clerk.page(&format!("/admin{path}")).await;
    let src = staff.attribute_of(".thread img", "src");
    assert_eq!(scene.clerk.page(&src).await.header("content-type"), "image/jpeg");
    scene.answers(&path, "A lid").await.expect(303);
    let late = uploads(browser, &pictures, &png).await.expect(303);
    assert!(browser.page(late.location()).await.text_of(".flash").contains("write a reply first"));
    replies(browser, &path, "And this?").await.expect(303);
    uploads(browser, &pictures, &png).await.expect(303);
    assert_eq!(scene.shop.number("select count(*) from question_pictures"), 6);
}

#[tokio::test]
async fn who_asks_too_often_must_wait_and_keeps_the_words() {
    let scene = Scene::with(&[("QUESTION_RATE_PER_ACCOUNT", "3")]).await;
    let browser = &scene.mei.browser;
    let path = scene.asks("First?").await;
    replies(browser, &path, "Second?").await.expect(303);
    uploads(browser, &format!("{path}/pictures"), &png()).await.expect(303);
    let asked = asks(browser, &[("question", "Fourth?")]).await.expect(429);
    assert_eq!(asked.text_of("#question"), "Fourth?");
    assert!(!asked.header("retry-after").is_empty());
    assert_eq!(replies(browser, &path, "Fifth?").await.expect(429).text_of("#reply"), "Fifth?");
    uploads(browser, &format!("{path}/pictures"), &png()).await.expect(429);
    assert_eq!(scene.messages(), 2);
    let stopped = scene.clerk.page("/admin/rate-limits").await;
    assert!(stopped.text_of("main").contains("Asking questions"), "{stopped}");
    let bo = scene.shop.shopper("bo").await.browser;
    asks(&bo, &[("question", "Me?")]).await.expect(303);
}

#[tokio::test]
async fn own_questions_are_listed_page_by_page() {
    let scene = Scene::open().await;
    let user = scene.mei.id;
    scene.shop.execute(&format!(
        "insert into questions (user_id, language, proved_at, token)
         select {user}, 'en', now(), lpad(i::text, 64, '0') from generate_series(1, 25) i;
         insert into question_messages (question_id, author, words, begins_waiting, token)
         select id, 'shopper', 'Question number ' || id, true, token from questions"
    ));
    let browser = &scene.mei.browser;
    let first = browser.page("/questions").await;
    let words = first.texts_of(".question-item a");
    assert_eq!((words.len(), words[0].as_str()), (20, "Question number 25"));
    let second = browser.page(&first.attribute_of("[rel=next]", "href")).await;
    let words = second.texts_of(".question-item a");
    assert_eq!((words.len(), words[4].as_str()), (5, "Question number 1"));
    assert!(!second.has("[rel=next]"));
    let back = browser.page(&second.attribute_of("[rel=prev]", "href")).await;
    assert_eq!(back.texts_of(".question-item a")[0], "Question number 25");
}
