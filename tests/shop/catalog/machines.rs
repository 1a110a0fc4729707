//! Pages for programs: robots.txt, the sitemap, health checks.

use crate::support::TestShop;

#[tokio::test]
async fn machines_learn_whether_the_shop_is_well() {
    let mut shop = TestShop::open().await;
    let visitor = shop.visitor();
    assert_eq!(visitor.page("/healthz").await.body, "ok");
    assert_eq!(visitor.page("/readyz").await.body, "ready");
    shop.redis.kill();
    assert_eq!(visitor.get("/readyz").await.expect(503).body, "no answer from: redis");
    visitor.page("/healthz").await;
}

#[tokio::test]
async fn crawlers_are_told_what_to_read_and_what_to_leave() {
    let shop = TestShop::open().await;
    shop.make_sku(1, "9.00");
    let visitor = shop.visitor();
    let robots = visitor.page("/robots.txt").await;
    for private in ["/cart", "/checkout", "/orders", "/account", "/admin", "/search", "/categories/*?"] {
        assert!(robots.body.contains(&format!("Disallow: {private}\n")), "{private}");
    }
    let map = robots.body.lines().find_map(|line| line.strip_prefix("Sitemap: ")).unwrap();
    assert!(map.ends_with("/sitemap.xml"), "{map}");
}
