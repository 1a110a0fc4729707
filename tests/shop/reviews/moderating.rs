//! What staff do with reviews.

use super::Scene;

#[tokio::test]
async fn staff_hide_a_review_with_a_reason_show_it_again_and_answer_and_all_is_audited() {
    let scene = Scene::received().await;
    scene.writes(1, "1", "Call 13800138000 <script>").await.expect(303);
    scene.writes(2, "4", "Fine").await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "2 5 0");
    let list = scene.clerk.page("/admin/reviews?show=new").await;
    assert_eq!(list.texts_of("tbody tr").len(), 2);
    assert!(list.text_of("a[href='/admin/reviews'] .badge").contains('2'), "{list}");

    let review = scene.clerk.page("/admin/reviews/1").await;
    assert!(review.has(&format!("a[href='{}#reviews']", scene.shop.product_path(scene.shirt))), "{review}");

    scene.staff_post("1/hiding", &[("hidden_reason", "")]).await.expect(422);
    scene.staff_post("1/hiding", &[("hidden_reason", "A phone number <b>")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "1 4 0");
    assert!(!scene.product().await.text_of("main").contains("13800138000"));
    let own = scene.mei.browser.page(&scene.path("/1")).await;
    assert!(own.text_of(".notice").contains("A phone number <b>"), "{own}");
    // Its edit stays hidden, and staff see that it is new.
    scene.mei.browser.post(&scene.path("/1"), &[("stars", "2"), ("words", "Too thin")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "1 4 0");
    assert_eq!(scene.clerk.page("/admin/reviews?show=new").await.texts_of("tbody tr").len(), 2);
    let stale = scene.clerk.post_and_follow("/admin/reviews/1/showing", &[("seen", "1")]).await;
    assert!(stale.text_of(".flash").contains("changed the review"), "{stale}");
    scene.staff_post("1/showing", &[("seen", "2")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "2 6 0");
    scene.staff_post("1/showing", &[("seen", "2")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "2 6 0");

    scene.staff_post("2/answer", &[("review_answer", &"x".repeat(1001))]).await.expect(422);
    scene.staff_post("2/answer", &[("review_answer", "Thank you <b>")]).await.expect(303);
    let product = scene.product().await;
    assert!(product.text_of(".review-answer").contains("Thank you <b>"), "{product}");
    scene.staff_post("2/approval", &[("seen", "1")]).await.expect(303);
    let list = scene.clerk.page("/admin/reviews?show=new").await;
    assert!(!list.has("a[href='/admin/reviews'] .badge"), "{list}");
    assert_eq!(
        scene.shop.texts(
            "select concat_ws(' ', action, target = (select number from orders)) from audit_log
            where action like '%review' order by id"
        ),
        ["hide_review t", "show_review t", "answer_review t", "approve_review t"]
    );
    let log = scene.clerk.page("/admin/audit-log").await.text_of("main");
    for words in ["Hide review", "A phone number <b>", "Hidden", "Thank you <b>"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    scene.staff_post("2/answer", &[("review_answer", "")]).await.expect(303);
    assert!(!scene.product().await.has(".review-answer"));
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn where_staff_approve_first_nothing_appears_before_and_an_edit_waits_again() {
    let scene = Scene::received().await;
    scene.set("reviews_need_approval", "true").await;
    scene.writes(1, "5", "Soft").await.expect(303);
    let own = scene.mei.browser.page(&scene.path("/1")).await;
    assert!(own.text_of(".flash").contains("as soon as we have looked at it"), "{own}");
    assert!(own.text_of(".page-head .badge").contains("Waiting"), "{own}");
    assert_eq!(scene.figures(scene.shirt), "");
    assert!(!scene.product().await.has(".review"));
    scene.staff_post("1/approval", &[("seen", "1")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "1 5 0");
    assert!(scene.product().await.text_of(".review").contains("Soft"));

    scene.mei.browser.post(&scene.path("/1"), &[("stars", "1"), ("words", "Torn")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "0 0 0");
    assert!(!scene.product().await.has(".review"));
    // Staff who still see the old words approve nothing.
    let stale = scene.clerk.post_and_follow("/admin/reviews/1/approval", &[("seen", "1")]).await;
    assert!(stale.text_of(".flash").contains("changed the review"), "{stale}");
    assert_eq!(scene.figures(scene.shirt), "0 0 0");
    scene.staff_post("1/approval", &[("seen", "2")]).await.expect(303);
    assert_eq!(scene.figures(scene.shirt), "1 1 0");
    // What waits, waits also after the setting has changed.
    scene.writes(2, "3", "So so").await.expect(303);
    scene.set("reviews_need_approval", "false").await;
    assert_eq!(scene.figures(scene.shirt), "1 1 0");
    scene.mei.browser.post(&scene.path("/2"), &[("stars", "4"), ("words", "So so")]).await.expect(303);
    assert_eq!(scene.shop.text("select status from reviews where id = 2"), "waiting");
    scene.writes(3, "3", "At once").await.expect(303);
    assert_eq!(scene.shop.text("select status from reviews where id = 3"), "shown");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn the_list_is_filtered_and_only_staff_open_it() {
    let scene = Scene::received().await;
    scene.writes(1, "1", "Bad one").await.expect(303);
    scene.writes(2, "5", "Good one").await.expect(303);
    scene.staff_post("1/hiding", &[("hidden_reason", "Rude")]).await.expect(303);
    let rows = async |query: &str| {
        let page = scene.clerk.page(&format!("/admin/reviews{query}")).await;
        page.texts_of("tbody .review-start")
    };
    assert_eq!(rows("").await, ["Good one", "Bad one"]);
    for (query, wanted) in [
        ("?show=hidden", "Bad one"),
        ("?show=shown", "Good one"),
        ("?stars=5", "Good one"),
        ("?stars=1&show=hidden", "Bad one"),
        ("?show=new", "Good one"),
        ("?q=mei&stars=1", "Bad one"),
    ] {
        assert_eq!(rows(query).await, [wanted], "{query}");
    }
    assert_eq!(rows(&format!("?q={}", scene.number)).await.len(), 2);
    for none in ["?show=waiting", "?show=pictures", "?q=bo", "?stars=3", "?q=%25"] {
        assert_eq!(rows(none).await.len(), 0, "{none}");
    }
    assert_eq!(rows("?show=odd&stars=9&older=x").await.len(), 2, "an unknown filter counts as missing");
    for (browser, path) in [(&scene.mei.browser, "/admin/reviews"), (&scene.mei.browser, "/admin/reviews/1")] {
        browser.get(path).await.expect(404);
    }
    let hide = [("hidden_reason", "Rude")];
    scene.mei.browser.post("/admin/reviews/2/hiding", &hide).await.expect(404);
    for missing in ["9", "x", "99999999999999999999"] {
        scene.clerk.get(&format!("/admin/reviews/{missing}")).await.expect(404);
        scene.staff_post(&format!("{missing}/hiding"), &hide).await.expect(404);
    }
    scene.staff_post("2/approval", &[("seen", "")]).await.expect(400);
    assert_eq!(scene.shop.text("select status from reviews where id = 2"), "shown");
}
