//! What shoppers ask for.

use reqwest::Method;

use super::{NUMBER, PDF, Scene, TAXPAYER, person, send_issued, special};

#[tokio::test]
async fn a_shopper_asks_for_a_fapiao_and_changes_the_request_until_it_is_issued() {
    let scene = Scene::open().await;
    let order_page = scene.path.trim_end_matches("/fapiao");
    let shop = scene.shop();
    assert!(scene.mei.page(order_page).await.has(&format!("a[href='{}']", scene.path)));
    let form = scene.mei.page(&scene.path).await;
    assert_eq!(form.attribute_of("#email", "value"), "mei@example.com");
    scene.asks().await;
    assert_eq!(
        shop.text("select concat_ws('|', kind, title_kind, title, status) from fapiao_requests"),
        "ordinary|person|Mei Lin|requested"
    );

    let wrong = scene.mei.post(&scene.path, &special("91350100M000100Y44")).await.expect(422);
    assert_eq!(wrong.attribute_of("#taxpayer_number", "value"), "91350100M000100Y44");
    assert_eq!(wrong.attribute_of("#fapiao_title", "value"), "福州茶业有限公司");
    assert!(wrong.has("#taxpayer_number-error") && wrong.has("[name=fapiao_kind][value=special][checked]"), "{wrong}");
    scene.mei.post(&scene.path, &special(TAXPAYER)).await.expect(303);
    scene.mei.post(&scene.path, &special(TAXPAYER)).await.expect(303);
    assert_eq!(
        shop.text("select concat_ws('|', kind, taxpayer_number, version) from fapiao_requests"),
        format!("special|{TAXPAYER}|2")
    );
    assert_eq!(shop.number("select count(*) from order_events where event = 'fapiao_requested'"), 1);
    let page = scene.mei.page(&scene.path).await;
    assert!(page.body.contains("¥109.99") && page.body.contains("6222020012345678"), "{page}");

    scene.issues(&scene.newest(), NUMBER, PDF).await.expect(303);
    let late = scene.mei.post_and_follow(&scene.path, &person("Someone Else")).await;
    assert!(late.text_of("#flash").contains("cannot be changed") && !late.has("form.fapiao-form"), "{late}");
    assert_eq!(shop.number("select count(*) from fapiao_requests where title = 'Someone Else'"), 0);
}

#[tokio::test]
async fn only_the_shopper_of_an_order_sees_and_changes_its_fapiao() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    scene.issues(&path, NUMBER, PDF).await.expect(303);
    let file = format!("{}/{}/fapiao", scene.path, path.rsplit('/').next().unwrap());
    let lin = scene.shop().member("lin").await;
    for address in [&scene.path, &file] {
        lin.get(address).await.expect(404);
        assert_eq!(scene.shop().visitor().get(address).await.status, 303);
    }
    lin.post(&scene.path, &person("Lin")).await.expect(404);
    for address in ["/admin/fapiao", path.as_str()] {
        lin.get(address).await.expect(404);
    }
    // The request is not of the order in the address.
    let other = scene.paper.paid_orders(1, "2026-11-01 10:00:00+08")[0];
    let number = scene.shop().text(&format!("select number from orders where id = {other}"));
    scene.mei.get(&file.replace(scene.path.as_str(), &format!("/orders/{number}/fapiao"))).await.expect(404);
    for wrong in ["/fapiao/1/reversal", "/fapiao/1/other", "/fapiao/x/fapiao", "/fapiao/99/fapiao"] {
        scene.mei.get(&scene.path.replace("/fapiao", wrong)).await.expect(404);
    }
    let forged = scene.mei.request(Method::POST, &scene.path).header("sec-fetch-site", "cross-site");
    scene.mei.send(forged.body("fapiao_title=Evil")).await.expect(403);
    assert_eq!(scene.shop().number("select count(*) from fapiao_requests"), 1);
}

#[tokio::test]
async fn a_fapiao_needs_a_shop_that_issues_it_and_money_that_stays() {
    let scene = Scene::open().await;
    let shop = scene.shop();
    let refused = async |words: &str| {
        let page = scene.mei.post_and_follow(&scene.path, &person("Mei")).await;
        assert!(page.text_of("#flash").contains(words) && !page.has("form.fapiao-form"), "{words}: {page}");
    };
    shop.execute("update orders set paid_at = now() - interval '366 days', placed_at = now() - interval '367 days'");
    refused("is over").await;
    shop.execute("update orders set paid_at = now(), refunded_amount = paid_amount");
    refused("goes back to you").await;
    shop.execute("update orders set paid_at = null, paid_amount = 0, refunded_amount = 0, status = 'unpaid'");
    refused("once the order is paid").await;
    shop.execute("update invoice_settings set fapiao = false");
    scene.mei.get(&scene.path).await.expect(404);
    assert!(!scene.mei.page(scene.path.trim_end_matches("/fapiao")).await.has("a[href$='/fapiao']"));
    assert_eq!(shop.number("select count(*) from fapiao_requests"), 0);
}

#[tokio::test]
async fn what_is_typed_may_be_hostile() {
    let scene = Scene::open().await;
    let long = "x".repeat(101);
    for title in ["", "\u{200b}", "a\0b", &long] {
        scene.mei.post(&scene.path, &person(title)).await.expect(422);
    }
    scene.mei.post(&scene.path, &[("fapiao_kind", "gold"), ("title_kind", "ghost")]).await.expect(422);
    scene.mei.post(&scene.path, &person("<script>alert(1)</script>")).await.expect(303);
    let path = scene.newest();
    for (browser, address) in
        [(&scene.mei, scene.path.as_str()), (&scene.clerk, &path), (&scene.clerk, "/admin/fapiao")]
    {
        let page = browser.page(address).await;
        assert!(page.body.contains("&#60;script&#62;alert(1)") && !page.body.contains("<script>alert"), "{page}");
    }
}

#[tokio::test]
async fn a_shopper_withdraws_a_request_that_waits_and_can_ask_again() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    let page = scene.mei.page(&scene.path).await;
    let action = page.attribute_of("form[action$='/withdrawal']", "action");
    let done = scene.mei.post_and_follow(&action, &[]).await;
    assert!(done.text_of("#flash").contains("is withdrawn") && done.has("form.fapiao-form"), "{done}");
    assert!(!done.has("form[action$='/withdrawal']"), "{done}");
    assert_eq!(scene.status(), "withdrawn");

    let staff = scene.clerk.page(&path).await;
    assert!(staff.text_of("main .badge").contains("Withdrawn") && !staff.has("main form"), "{staff}");
    assert!(scene.clerk.page("/admin/fapiao").await.body.contains("No requests"));
    assert!(scene.clerk.page("/admin/fapiao?show=withdrawn").await.has(&format!("a[href='{path}']")));
    let number = scene.shop().text("select number from orders");
    let history = scene.clerk.page(&format!("/admin/orders/{number}")).await;
    assert!(history.text_of(".order-history").contains("Fapiao request withdrawn"), "{history}");

    let twice = scene.mei.post_and_follow(&action, &[]).await;
    assert!(twice.text_of("#flash").contains("It is now: Withdrawn"), "{twice}");
    let again = scene.asks().await;
    assert_ne!(again, path);
    scene.mei.post(&action, &[]).await.expect(303);
    assert_eq!(scene.shop().texts("select status from fapiao_requests order by id"), ["withdrawn", "requested"]);
    assert_eq!(scene.shop().number("select count(*) from order_events where event = 'fapiao_withdrawn'"), 1);
    scene.issues(&again, NUMBER, PDF).await.expect(303);
    assert_eq!(scene.status(), "issued");

    // A shop that issues none any more lets shoppers withdraw what waits, but not ask again.
    let other = Scene::open().await;
    let path = other.asks().await;
    other.shop().execute("update invoice_settings set fapiao = false");
    let action = other.mei.page(&other.path).await.attribute_of("form[action$='/withdrawal']", "action");
    let done = other.mei.post_and_follow(&action, &[]).await;
    assert!(done.text_of("#flash").contains("is withdrawn") && !done.has("form.fapiao-form"), "{done}");
    assert_eq!(other.clerk.get(&path).await.status, 200);
}

#[tokio::test]
async fn only_the_shopper_of_the_order_withdraws_its_request() {
    let scene = Scene::open().await;
    let id = scene.asks().await.replace("/admin/fapiao/", "");
    let action = format!("{}/{id}/withdrawal", scene.path);
    scene.shop().member("lin").await.post(&action, &[]).await.expect(404);
    assert_eq!(scene.shop().visitor().post(&action, &[]).await.status, 303);
    let other = scene.paper.paid_orders(1, "2026-11-01 10:00:00+08")[0];
    let number = scene.shop().text(&format!("select number from orders where id = {other}"));
    scene.mei.post(&format!("/orders/{number}/fapiao/{id}/withdrawal"), &[]).await.expect(404);
    scene.mei.post(&format!("{}/99/withdrawal", scene.path), &[]).await.expect(404);
    let forged = scene.mei.request(Method::POST, &action).header("sec-fetch-site", "cross-site");
    scene.mei.send(forged).await.expect(403);
    assert_eq!(scene.mei.get(&action).await.status, 303, "a GET changes nothing");
    assert_eq!(scene.status(), "requested");
}

#[tokio::test]
async fn of_a_withdrawal_and_an_issue_at_once_one_wins_and_the_other_is_told() {
    let scene = Scene::open().await;
    for round in 0..4 {
        let path = scene.asks().await;
        let action = format!("{}/{}/withdrawal", scene.path, path.replace("/admin/fapiao/", ""));
        let seen = scene.shown(&scene.clerk, &path).await;
        let number = format!("2531200000001234567{round}");
        // The first round is in a fixed order, so that each side is told at least once.
        let withdrawn = if round == 0 {
            let withdrawn = scene.mei.post_and_follow(&action, &[]).await;
            send_issued(&scene.clerk, &path, &seen, (&number, PDF)).await.expect(303);
            withdrawn
        } else {
            let (withdrawn, issued) = tokio::join!(
                scene.mei.post_and_follow(&action, &[]),
                send_issued(&scene.clerk, &path, &seen, (&number, PDF)),
            );
            issued.expect(303);
            withdrawn
        };
        let (shopper, staff) = (withdrawn.text_of("#flash"), scene.clerk.page(&path).await.text_of("#flash"));
        let numbers = scene.shop().number(&format!("select count(*) from fapiao_numbers where number = '{number}'"));
        match scene.status().as_str() {
            "withdrawn" => {
                assert!(shopper.contains("is withdrawn"), "{shopper}");
                assert!(staff.contains("withdrawn the request meanwhile"), "{staff}");
                assert_eq!(numbers, 0);
            }
            "issued" => {
                assert!(shopper.contains("It is now: Issued"), "{shopper}");
                assert!(staff.contains("is recorded"), "{staff}");
                assert_eq!(numbers, 1);
                return;
            }
            other => panic!("{other}"),
        }
    }
    let path = scene.asks().await;
    scene.issues(&path, NUMBER, PDF).await.expect(303);
    let action = format!("{}/{}/withdrawal", scene.path, path.replace("/admin/fapiao/", ""));
    let late = scene.mei.post_and_follow(&action, &[]).await;
    assert!(late.text_of("#flash").contains("It is now: Issued"), "{late}");
    assert_eq!(scene.status(), "issued");
}
