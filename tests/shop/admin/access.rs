//! Who can open admin pages. Everybody else gets 404, so that they do not even learn which pages exist.

use reqwest::Method;

use crate::support::{Browser, TestShop, addresses};

/// Every path of the admin pages.
fn behind_the_counter() -> Vec<String> {
    let behind: Vec<String> = addresses().into_iter().filter(|path| path.starts_with("/admin")).collect();
    assert!(behind.len() >= 9 && behind.contains(&"/admin/stock/1/movements".to_owned()), "{behind:?}");
    behind
}

/// Checks that every method on this path answers 404.
async fn nothing_there(stranger: &Browser, path: &str) {
    for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = stranger.request(method.clone(), path).header("sec-fetch-site", "same-origin");
        let answer = stranger.send(request).await;
        assert_eq!(answer.status, 404, "{method} {path}: {answer}");
        assert!(!answer.body.contains("admin-header"), "{method} {path}: {answer}");
    }
    let fields = [("delta", "5"), ("reason", "delivery"), ("username", "mei"), ("role", "admin")];
    let answer = stranger.post(path, &fields).await.expect(404);
    assert_eq!(answer.text_of("h1"), "This page does not exist", "{path}");
}

#[tokio::test]
async fn for_strangers_and_shoppers_there_is_nothing_at_any_address_behind_the_counter() {
    let shop = TestShop::open().await;
    shop.make_sku(5, "9.00");
    let (stranger, shopper) = (shop.visitor(), shop.member("mei").await);
    let unlisted = ["/admin/nothing", "/admin/stock/1"].map(str::to_owned);
    let before = shop.fingerprint();
    for path in behind_the_counter().iter().chain(&unlisted) {
        nothing_there(&stranger, path).await;
        nothing_there(&shopper, path).await;
    }
    // A slash at the end is left out of every path, whether there is a page or not.
    for path in ["/admin", "/admin/stock", "/admin/nothing", "/nothing"] {
        let answer = stranger.get(&format!("{path}/")).await.expect(301);
        assert_eq!((answer.location(), answer.body.as_str()), (path, ""));
        stranger.post(&format!("{path}/"), &[("delta", "5")]).await.expect(404);
    }
    assert_eq!(shop.fingerprint(), before);
    // The home page has no link to the admin pages either.
    assert!(!shopper.page("/").await.has("a[href='/admin']"));
}

/// Whether staff without the admin role get 404 too.
fn is_for_admins(path: &str) -> bool {
    ["/admin/people", "/admin/settings", "/admin/reports"].iter().any(|admins| path.starts_with(admins))
}

#[tokio::test]
async fn what_only_admins_do_is_not_there_for_staff() {
    let shop = TestShop::open().await;
    let (clerk, boss) = (shop.clerk("clerk").await, shop.boss("boss").await);
    let paths: Vec<String> = behind_the_counter().into_iter().filter(|path| is_for_admins(path)).collect();
    assert!(paths.len() >= 4, "{paths:?}");
    let before = shop.fingerprint();
    for path in &paths {
        nothing_there(&clerk, path).await;
        assert!(matches!(boss.get(path).await.status, 200 | 303), "{path}");
    }
    assert_eq!(shop.fingerprint(), before);
    assert!(!clerk.page("/admin/audit-log").await.has("a[href='/admin/people']"));
    assert!(boss.page("/admin/audit-log").await.has("a[href='/admin/people']"));
}

#[tokio::test]
async fn staff_find_every_page_behind_the_counter_and_are_out_as_soon_as_they_are_no_longer_staff() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "9.00"), 1).await;
    mei.orders().await;
    let clerk = shop.clerk("clerk").await;
    shop.execute(
        "insert into payments (order_id, pay_method, number, amount, expires_at)
         select id, pay_method, number || '_1', total_amount, now() from orders",
    );
    shop.execute(
        "insert into imports (token, staff_id, file_name, bytes, digest, mode, reason)
         select repeat('t', 16), id, 'stock.csv', 1, repeat('0', 64), 'count', 'count' from users where username = 'clerk';
         insert into shipment_imports (token, staff_id, file_name)
         select repeat('t', 16), id, 'parcels.csv' from users where username = 'clerk';
         insert into cash_sheets (token, staff_id, file_name)
         select repeat('t', 16), id, 'cash.csv' from users where username = 'clerk'",
    );
    shop.execute(
        "insert into reviews (order_goods_id, order_id, spu_id, user_id, options, language, stars, status)
         select g.id, o.id, k.spu_id, o.user_id, '', 'en', 5, 'waiting'
         from order_goods g join orders o on o.id = g.order_id join skus k on k.id = g.sku_id;
         insert into questions (user_id, language, proved_at, token) select user_id, 'en', now(), repeat('a', 64) from orders;
         insert into question_messages (question_id, author, words, token)
         select id, 'shopper', 'Where is it?', token from questions;
         insert into fapiao_requests (order_id, kind, title_kind, title, email)
         select id, 'ordinary', 'person', 'Mei Lin', 'mei@example.com' from orders",
    );
    assert!(clerk.page("/").await.has("a[href='/admin']"));
    // The picture of a return and the file of a fapiao are no pages: without one there is nothing.
    let is_file = |path: &str| path.ends_with("/pictures/1") || path.ends_with("/fapiao/1/1");
    let is_page = |path: &&String| !is_for_admins(path) && !is_file(path);
    for path in behind_the_counter().iter().filter(is_page) {
        assert!(matches!(clerk.get(path).await.status, 200 | 303), "{path}");
    }
    shop.execute("update users set role = 'shopper'");
    for path in &behind_the_counter() {
        nothing_there(&clerk, path).await;
    }
}
