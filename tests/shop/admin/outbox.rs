//! Jobs that have failed too often, and how staff retry them.

use till::{
    jobs::{EmailJob, job_handler},
    platform::{db::Db, outbox, redis},
    store::SettingsCache,
};

use crate::support::{Shopper, TestShop, until};

/// A shopper with one order whose cart could not be cleared, and the order's number.
async fn with_a_cart_not_cleared(shop: &TestShop, name: &str) -> (Shopper, String) {
    let sku = shop.make_sku(9, "20.00");
    let shopper = shop.shopper(name).await;
    shopper.puts_in_cart(sku, 1).await;
    let number = shopper.orders().await;
    let kept = format!("select count(done_at) from outbox where payload ->> 'order' = '{number}'");
    until("the job is marked as kept", || shop.number(&kept) == 1).await;
    shop.execute(&format!(
        "update outbox set done_at = null, attempts = 16, due_at = now() + interval '1 hour', last_error = 'Redis <away>'
         where payload ->> 'order' = '{number}'"
    ));
    (shopper, number)
}

async fn work_once(shop: &TestShop) -> usize {
    let db = Db::connect(&shop.database.url, 1).unwrap();
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    let settings = SettingsCache::open(&db, &shop.config().first_settings).await.unwrap();
    let email = EmailJob::open(db.clone(), redis.clone(), shop.config(), settings).unwrap();
    outbox::work_once(&db, &job_handler(db.clone(), redis, email)).await.unwrap()
}

#[tokio::test]
async fn what_failed_too_often_is_shown_with_its_order_and_is_tried_again_at_one_press() {
    let shop = TestShop::open().await;
    let (_, number) = with_a_cart_not_cleared(&shop, "mei").await;
    let clerk = shop.clerk("clerk").await;
    assert_eq!(work_once(&shop).await, 0, "nobody tries it any more");

    let page = clerk.page("/admin/outbox").await;
    assert_eq!(page.texts_of("tbody tr").len(), 1);
    let row = page.text_of("tbody tr");
    assert!(row.contains("from the cart") && row.contains(&number) && row.contains("16 Redis <away>"), "{row}");
    assert!(page.text_of("nav a[href='/admin/outbox'] .badge").contains("1 failed job"));
    assert!(clerk.page("/admin/stock").await.has("nav a[href='/admin/outbox'] .badge"), "marked on every page");

    let action = page.attribute_of("tbody form", "action");
    let page = clerk.post_and_follow(&action, &[]).await;
    assert!(page.text_of(".flash-success").contains("tried again"));
    assert!(page.text_of(".empty").contains("1 job is pending"), "{page}");
    assert!(!page.has("nav .badge-danger"));
    let written = "select concat_ws(' ', username, action, target, after, ip_address)
        from audit_log a join users u on u.id = a.staff_id";
    assert_eq!(shop.texts(written), ["clerk retry_outbox 1 {\"jobs\": 1} 127.0.0.1"]);
    assert_eq!(work_once(&shop).await, 1);
    assert!(clerk.page("/admin/outbox").await.text_of(".empty").contains("No other jobs are pending"));

    // The button pressed again on the old page, and invented ids.
    for nothing in [action.as_str(), "/admin/outbox/0/attempt", "/admin/outbox/9223372036854775807/attempt"] {
        let page = clerk.post_and_follow(nothing, &[]).await;
        assert!(page.text_of(".flash-notice").contains("nothing to try again"), "{page}");
    }
    for nowhere in ["x", "1.5", "99999999999999999999"] {
        clerk.post(&format!("/admin/outbox/{nowhere}/attempt"), &[]).await.expect(404);
    }
}

#[tokio::test]
async fn after_a_long_outage_all_are_tried_again_at_one_press() {
    let shop = TestShop::open().await;
    for name in ["mei", "bo", "li"] {
        with_a_cart_not_cleared(&shop, name).await;
    }
    // A job of an unknown kind that belongs to no order.
    shop.execute(
        "insert into outbox (kind, payload, attempts, created_at) values ('send_mail', '[]', 16, '2026-01-02 03:04Z')",
    );
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/outbox").await;
    assert!(page.texts_of("tbody tr")[3].contains("send_mail 16 2026-01-02 11:04"), "{page}");
    assert!(page.text_of(".notice").contains("4 failed jobs"));
    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    assert!(clerk.page("/admin/outbox").await.text_of(".notice").contains("4 项待您处理"));

    clerk.post_and_follow("/admin/outbox/attempts", &[]).await;
    assert_eq!(work_once(&shop).await, 3);
    assert_eq!(shop.text("select last_error from outbox where done_at is null"), "unknown kind of job: \"send_mail\"");
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let shop = TestShop::open().await;
    shop.execute("insert into outbox (kind, payload, attempts) select 'odd', '{}', 16 from generate_series(1, 120)");
    let clerk = shop.clerk("clerk").await;
    assert_eq!(clerk.page("/admin/outbox?page=3").await.texts_of("tbody tr").len(), 20);
    for query in ["page=0", "page=x", "page=99999999999999999999"] {
        clerk.page(&format!("/admin/outbox?{query}")).await;
    }
}
