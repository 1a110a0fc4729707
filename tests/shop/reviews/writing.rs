//! What a shopper writes, for what, and how often.

use futures_util::future::join_all;

use super::{Scene, orders};

#[tokio::test]
async fn the_last_review_of_an_order_finishes_it_and_the_history_says_so() {
    let scene = Scene::received().await;
    let order = scene.mei.browser.page(&format!("/orders/{}", scene.number)).await;
    assert!(order.has(&format!(".own-order-actions a[href='{}']", scene.path(""))), "{order}");
    scene.writes(1, "5", "Soft").await.expect(303);
    scene.writes(2, "4", "").await.expect(303);
    assert_eq!(scene.status(), "unreviewed");
    assert_eq!(scene.shop.number("select count(*) from order_events where event = 'finished'"), 0);
    let last = scene.writes(3, "1", "It leaks").await.expect(303);
    assert_eq!(last.location(), scene.path("/3"));
    assert_eq!(scene.status(), "finished");
    assert_eq!(
        scene.shop.texts(
            "select concat_ws(' ', actor, e.user_id = o.user_id, details) from order_events e join orders o on o.id = order_id
             where event = 'finished'"
        ),
        [r#"shopper t {"reason": "reviewed"}"#]
    );
    let history = scene.clerk.page(&format!("/admin/orders/{}", scene.number)).await.text_of(".order-history");
    assert!(history.contains("Everything is reviewed"), "{history}");
    assert_eq!(scene.figures(scene.shirt), "2 9 0");
    assert_eq!(scene.shop.texts("select options from reviews order by id"), ["Red", "Blue <b>", ""]);
    let order = scene.mei.browser.page(&format!("/orders/{}", scene.number)).await;
    assert!(order.text_of("main").contains("Finished"), "{order}");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_whose_cash_comes_later_is_finished_then() {
    let scene = Scene::open().await;
    scene.shop.send_orders("true");
    scene.mei.browser.post(&format!("/orders/{}/delivery-confirmation", scene.number), &[]).await.expect(303);
    for line in 1..=3 {
        scene.writes(line, "5", "").await.expect(303);
    }
    assert_eq!(scene.status(), "unreviewed", "the courier has not paid yet");
    let due = scene.shop.text("select total_amount from orders");
    let cash = format!("/admin/orders/{}/cash", scene.number);
    scene.clerk.post(&cash, &[("collected", &due)]).await.expect(303);
    assert_eq!(scene.status(), "finished");
    assert_eq!(scene.shop.text("select actor from order_events where event = 'finished'"), "staff");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn an_open_return_keeps_an_order_from_being_finished_and_what_came_back_needs_no_review() {
    let scene = Scene::received().await;
    scene.shop.execute(
        "insert into returns (order_id, kind, reason, token) values (1, 'goods_back', 'damaged', repeat('r', 20));
         insert into return_goods (return_id, order_goods_id, count) values (1, 3, 1)",
    );
    scene.writes(1, "5", "").await.expect(303);
    scene.writes(2, "5", "").await.expect(303);
    assert_eq!(scene.status(), "unreviewed");
    scene.shop.execute(
        "update returns set status = 'closed', closed_at = now(), arrived_at = now();
         update return_goods set damaged_count = 1; update order_goods set returned_count = 1 where id = 3",
    );
    let page = scene.mei.browser.page(&scene.path("")).await;
    assert!(
        !page.has("form[action$='/reviews']") && page.text_of("main").contains("Nothing of this is left"),
        "{page}"
    );
    let refused = scene.writes(3, "5", "Good").await.expect(303);
    assert_eq!(refused.location(), scene.path(""));
    assert_eq!(scene.shop.number("select count(*) from reviews"), 2);
    // Only one of two lines was kept in another order: its review is the last one.
    let second = orders(&scene.mei, &scene.skus[..2]).await;
    scene.shop.send_orders("true");
    scene.shop.execute(
        "update orders set status = 'unreviewed', received_at = now(), paid_at = now(), paid_amount = total_amount
         where id = 2;
         insert into payments (order_id, pay_method, number, amount, status, counts, expires_at, paid_at)
         select id, pay_method, number || '_1', total_amount, 'paid', true, now(), now() from orders where id = 2;
         insert into returns (order_id, kind, status, reason, token, arrived_at, closed_at)
         values (2, 'goods_back', 'closed', 'damaged', repeat('s', 20), now(), now());
         insert into return_goods (return_id, order_goods_id, count, damaged_count) values (2, 4, 1, 1);
         update order_goods set returned_count = 1 where id = 4",
    );
    let fields = [("line", "5"), ("stars", "3"), ("words", "")];
    scene.mei.browser.post(&format!("/orders/{second}/reviews"), &fields).await.expect(303);
    assert_eq!(scene.shop.text("select status from orders where id = 2"), "finished");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn nobody_reviews_what_they_have_not_bought_or_not_received() {
    let scene = Scene::open().await;
    for sent in [false, true] {
        if sent {
            scene.shop.send_orders("true");
        }
        let page = scene.mei.browser.page(&scene.path("")).await;
        assert!(!page.has("form[action$='/reviews']"), "{page}");
        scene.writes(1, "5", "Good").await.expect(303);
    }
    assert_eq!(scene.shop.number("select count(*) from reviews"), 0);
    let cash = format!("/admin/orders/{}/cash", scene.number);
    let due = scene.shop.text("select total_amount from orders");
    scene.clerk.post(&cash, &[("collected", &due)]).await.expect(303);
    scene.mei.browser.post(&format!("/orders/{}/delivery-confirmation", scene.number), &[]).await.expect(303);

    let bo = scene.shop.shopper("bo").await;
    let own = orders(&bo, &scene.skus[..1]).await;
    let fields = [("line", "1"), ("stars", "5"), ("words", "Mine")];
    bo.browser.post(&scene.path(""), &fields).await.expect(404);
    bo.browser.post(&format!("/orders/{own}/reviews"), &fields).await.expect(404);
    bo.browser.get(&scene.path("")).await.expect(404);
    for line in ["", "x", "-1", "99", "99999999999999999999"] {
        scene.mei.browser.post(&scene.path(""), &[("line", line), ("stars", "5")]).await.expect(404);
    }
    assert_eq!(scene.shop.number("select count(*) from reviews"), 0);

    scene.writes(1, "5", "Good").await.expect(303);
    let review = scene.path("/1");
    for path in [review.as_str(), &format!("/orders/{own}/reviews/1"), &format!("{review}/pictures/1")] {
        bo.browser.get(path).await.expect(404);
    }
    let edit = [("stars", "1"), ("words", "Bad")];
    bo.browser.post(&review, &edit).await.expect(404);
    bo.browser.post(&format!("/orders/{own}/reviews/1"), &edit).await.expect(404);
    assert_eq!(scene.shop.text("select words from reviews"), "Good");
    // Half a year later nothing can be reviewed any more, and a refunded order never.
    scene.shop.execute("update orders set received_at = now() - interval '181 days' where id = 1");
    scene.writes(2, "5", "").await.expect(303);
    scene.shop.execute("update orders set received_at = now(), status = 'refunded', refunded_at = now() where id = 1");
    scene.writes(2, "5", "").await.expect(303);
    assert_eq!(scene.shop.number("select count(*) from reviews"), 1);
    let visitor = scene.shop.visitor();
    assert!(visitor.get(&review).await.expect(303).location().starts_with("/sign-in"));
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept() {
    let scene = Scene::received().await;
    let long = "长".repeat(1001);
    for (stars, words, wrong) in [
        ("", "Soft <i>", "stars"),
        ("0", "Soft <i>", "stars"),
        ("6", "Soft <i>", "stars"),
        ("4.5", "Soft <i>", "stars"),
        ("5", long.as_str(), "words"),
        ("5", "Soft \u{1b}[2J", "words"),
    ] {
        let page = scene.writes(2, stars, words).await.expect(422);
        assert!(page.has(&format!("#{wrong}-error")), "{wrong}: {page}");
        assert_eq!(page.attribute_of("[name=line]", "value"), "2", "the form is for the same line");
        if wrong == "stars" {
            assert_eq!(page.text_of("#words"), "Soft <i>");
        } else {
            assert_eq!(page.attribute_of("[name=stars][checked]", "value"), "5");
        }
    }
    assert_eq!(scene.shop.number("select count(*) from reviews"), 0);
    scene.writes(2, "5", &"长".repeat(1000)).await.expect(303);
    let edit = [("stars", ""), ("words", "Now I know")];
    let page = scene.mei.browser.post(&scene.path("/1"), &edit).await.expect(422);
    assert!(page.has("#stars-error") && page.text_of("#words") == "Now I know", "{page}");
    assert!(page.has("details[open] #words"), "the form is open");
}

#[tokio::test]
async fn a_review_is_edited_once_and_the_figures_follow() {
    let scene = Scene::received().await;
    scene.writes(1, "2", "Too small").await.expect(303);
    let path = scene.path("/1");
    let edit = async |stars: &str, words: &str| {
        scene.mei.browser.post(&path, &[("stars", stars), ("words", words)]).await.expect(303)
    };
    edit("2", "Too small").await;
    let page = scene.mei.browser.page(&path).await;
    assert!(page.has("details form[action$='/reviews/1']"), "nothing was changed: {page}");
    edit("5", "It fits after all").await;
    assert_eq!(scene.figures(scene.shirt), "1 5 0");
    // The same form from another tab is no second edit, and another one is refused.
    edit("5", "It fits after all").await;
    edit("1", "No").await;
    let page = scene.mei.browser.page(&path).await;
    assert!(
        page.text_of(".review-words").contains("It fits after all") && page.text_of(".flash").contains("once"),
        "{page}"
    );
    assert!(!page.has("details form[action$='/reviews/1']"), "{page}");
    assert_eq!(scene.figures(scene.shirt), "1 5 0");
    assert!(scene.product().await.text_of(".review").contains("edited"));
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn the_same_review_from_many_tabs_is_written_once() {
    let scene = Scene::received().await;
    let tabs = (0..16).map(|n| scene.writes(1, if n % 2 == 0 { "5" } else { "1" }, "Soft"));
    for answer in join_all(tabs).await {
        assert_eq!(answer.expect(303).location(), scene.path("/1"));
    }
    assert_eq!(scene.shop.number("select count(*) from reviews"), 1);
    assert!(["1 5 0", "1 1 0"].contains(&scene.figures(scene.shirt).as_str()));
    let before = scene.writes(1, "3", "Again").await.expect(303);
    assert_eq!(before.location(), scene.path("/1"));
    assert!(scene.mei.browser.page(before.location()).await.text_of(".flash").contains("already"));
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn whoever_sends_very_many_reviews_is_told_and_loses_nothing() {
    let scene = Scene::with(&[("REVIEW_RATE_PER_ACCOUNT", "1")]).await;
    scene.receive().await;
    scene.writes(1, "5", "Soft").await.expect(303);
    let page = scene.writes(2, "4", "Softer").await.expect(422);
    assert!(page.text_of("#words-error").contains("minutes") && page.text_of("#words") == "Softer", "{page}");
    assert_eq!(page.attribute_of("[name=stars][checked]", "value"), "4");
    assert_eq!(scene.shop.number("select count(*) from reviews"), 1);
    assert!(scene.clerk.page("/admin/rate-limits").await.text_of("table").contains("Writing reviews"));
}
