//! What shoppers ask for.

use reqwest::Method;

use super::{PDF, Scene, TAXPAYER, person, special};

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

    scene.issues(&scene.newest(), super::NUMBER, PDF).await.expect(303);
    let late = scene.mei.post_and_follow(&scene.path, &person("Someone Else")).await;
    assert!(late.text_of("#flash").contains("cannot be changed") && !late.has("form.fapiao-form"), "{late}");
    assert_eq!(shop.number("select count(*) from fapiao_requests where title = 'Someone Else'"), 0);
}

#[tokio::test]
async fn only_the_shopper_of_an_order_sees_and_changes_its_fapiao() {
    let scene = Scene::open().await;
    let path = scene.asks().await;
    scene.issues(&path, super::NUMBER, PDF).await.expect(303);
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
