//! The pages of staff about customers, and the export.

use diesel::connection::SimpleConnection;
use std::io::{Cursor, Read};
use till::{customers::follow_customers, kernel::UserId};
use zip::ZipArchive;

use super::with_received_order;
use crate::support::{PASSWORD, TestShop, until};

fn refresh(shop: &TestShop) {
    follow_customers(&mut shop.connect(), 1_000, 1_000).unwrap();
}

#[tokio::test]
async fn an_order_or_an_account_that_commits_after_later_ones_is_not_missed() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    mei.orders().await;
    let lin = shop.make_user("lin");
    refresh(&shop);
    let follow = || follow_customers(&mut shop.connect(), 1_000, 0).unwrap();
    // Transactions of other databases of the server delay it.
    let settled = "select count(*) from reading_progress where job = 'customers' and settled_id < read_id";
    until("all is read", || !follow() && shop.number(settled) == 0).await;
    let listed = |user: UserId| {
        shop.number(&format!("select coalesce(sum(1 + orders), 0) from customers where user_id = {user}"))
    };
    assert_eq!(listed(lin), 1);

    let mut slow = shop.connect();
    slow.batch_execute(&format!(
        "begin;
         insert into users (username, email, password_hash) values ('wang', 'wang@example.com', 'none');
         {}",
        shop.copy_of_order_for(lin)
    ))
    .unwrap();
    let zhao = shop.shopper("zhao").await;
    zhao.puts_in_cart(shop.make_sku(9, "30.00"), 1).await;
    zhao.orders().await;
    for _ in 0..4 {
        follow();
    }
    assert_eq!((listed(zhao.id), listed(lin)), (2, 1));
    slow.batch_execute("commit").unwrap();
    follow();
    assert_eq!(listed(lin), 2, "the order");
    assert_eq!(
        shop.number("select count(*) from customers c join users u on u.id = c.user_id and u.username = 'wang'"),
        1
    );
}

#[tokio::test]
async fn staff_find_customers_with_their_figures_and_each_look_is_in_the_audit_log() {
    let shop = TestShop::open().await;
    let (mei, _) = with_received_order(&shop, "mei").await;
    shop.shopper("bo").await;
    refresh(&shop);
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let list = chen.page("/admin/customers").await;
    assert_eq!(list.texts_of("tbody th a"), ["bo", "mei"], "newest first, no staff");
    assert!(!list.to_string().contains("mei@example.com"), "masked");
    assert!(lin.page("/admin/customers").await.to_string().contains("mei@example.com"));
    for (query, names) in [
        ("sort=spend", vec!["mei", "bo"]),
        ("sort=orders", vec!["mei", "bo"]),
        ("sort=last_order", vec!["mei", "bo"]),
        ("q=13800138000", vec!["bo", "mei"]),
        ("q=BO%40example", vec!["bo"]),
        ("q=100%25", vec![]),
        ("after=0-2", vec!["mei"]),
        ("after=rubbish", vec!["bo", "mei"]),
    ] {
        let page = lin.page(&format!("/admin/customers?{query}")).await;
        assert_eq!(page.texts_of("tbody th a"), names, "{query}");
    }
    let page = chen.page(&format!("/admin/customers/{}", mei.id)).await;
    assert!(!page.to_string().contains("13800138000") && !page.to_string().contains("Anfu"), "masked");
    assert!(page.text_of("main").contains("*** 8000"));
    let page = lin.page(&format!("/admin/customers/{}", mei.id)).await;
    assert!(page.to_string().contains("13800138000") && page.to_string().contains("Anfu"));
    let looks =
        "select concat_ws(' ', u.username, a.action, nullif(a.target, '')) from audit_log a join users u on u.id = a.staff_id
        where a.action in ('view_customer', 'find_customers') order by a.id";
    let looks = shop.texts(looks);
    assert_eq!(looks.iter().filter(|look| look.as_str() == "chen view_customer mei").count(), 1, "{looks:?}");
    let searches = "select count(*) from audit_log where action = 'find_customers' and after ->> 'filter' <> ''";
    assert_eq!(shop.number(searches), 3);
    assert_eq!(looks.iter().filter(|look| look.as_str() == "chen find_customers").count(), 1, "{looks:?}");
    for nobody in [shop.visitor(), shop.member("ann").await] {
        nobody.get("/admin/customers").await.expect(404);
        nobody.get(&format!("/admin/customers/{}", mei.id)).await.expect(404);
    }
    lin.get("/admin/customers/999").await.expect(404);
    lin.get(&format!("/admin/customers/{}", shop.number("select id from users where username = 'chen'")))
        .await
        .expect(404);
}

#[tokio::test]
async fn notes_are_removed_by_who_wrote_them_alone() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let path = format!("/admin/customers/{}", mei.id);
    let token = chen.page(&path).await.attribute_of("form[action$='/notes'] [name=token]", "value");
    let note = [("token", token.as_str()), ("customer_note", "likes <b>green</b> tea")];
    for _ in 0..2 {
        chen.post(&format!("{path}/notes"), &note).await.expect(303);
    }
    assert_eq!(shop.texts("select words from customer_notes"), ["likes <b>green</b> tea"]);
    assert!(lin.page(&path).await.text_of("main").contains("likes <b>green</b> tea"));
    lin.post(&format!("{path}/notes/1/removal"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from customer_notes"), 1);
    chen.post(&format!("{path}/notes/1/removal"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from customer_notes"), 0);
    chen.post(&format!("{path}/notes"), &[("token", &token), ("customer_note", " ")]).await.expect(422);
    mei.browser.post(&format!("{path}/notes"), &note).await.expect(404);
}

#[tokio::test]
async fn admins_alone_close_export_and_erase() {
    let shop = TestShop::open().await;
    let (mei, number) = with_received_order(&shop, "mei").await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let path = format!("/admin/customers/{}", mei.id);
    let erasure = [("erasure_reason", "asked by letter"), ("erasure_username", "mei")];
    for of in ["closure", "reopening", "data", "erasure"] {
        chen.post(&format!("{path}/{of}"), &erasure).await.expect(404);
    }
    chen.post("/admin/customers/exports", &[("format", "csv")]).await.expect(404);
    refresh(&shop);
    let csv = lin.post("/admin/customers/exports", &[("format", "csv")]).await.expect(200);
    assert!(csv.to_string().contains("mei@example.com"), "{csv}");
    lin.post(&format!("{path}/closure"), &[]).await.expect(303);
    assert!(mei.browser.get("/account").await.location().starts_with("/sign-in"));
    lin.post(&format!("{path}/reopening"), &[]).await.expect(303);
    lin.post(&format!("{path}/erasure"), &[("erasure_reason", "x"), ("erasure_username", "bo")]).await.expect(422);
    let asked = lin.post(&format!("{path}/erasure"), &erasure).await.expect(403);
    assert!(asked.has("[name=reauth_password]"), "{asked}");
    lin.post("/sign-in/again", &[("reauth_password", PASSWORD), ("reauth_next", "/admin"), ("reauth_data", "true")])
        .await;
    // What is not over is named, and nothing is erased.
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(shop.make_sku(9, "7.00"), 1).await;
    let open = bo.orders().await;
    let of_bo = [("erasure_reason", "asked by letter"), ("erasure_username", "bo")];
    let refused = lin.post(&format!("/admin/customers/{}/erasure", bo.id), &of_bo).await.expect(422);
    let why = refused.text_of(".notice");
    assert!(why.contains(&open) && why.contains("To be sent, not received yet"), "{refused}");
    assert_eq!(shop.number("select count(*) from users where erased_at is not null"), 0);
    lin.post(&format!("{path}/erasure"), &erasure).await.expect(303);
    assert!(lin.page(&path).await.text_of("main").contains("was erased"));
    assert_eq!(
        shop.text("select target || ' ' || (after ->> 'reason') from audit_log where action = 'erase_customer'"),
        format!("erased#{} asked by letter", mei.id)
    );
    lin.post(&format!("{path}/reopening"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from users where erased_at is not null and disabled_at is not null"), 1);
    for (who, page) in [(&lin, format!("/admin/orders/{number}")), (&chen, "/admin/orders".to_owned())] {
        who.page(&page).await;
    }
}

#[tokio::test]
async fn a_shopper_downloads_all_that_is_kept() {
    let shop = TestShop::open().await;
    let (mei, number) = with_received_order(&shop, "mei").await;
    mei.puts_in_cart(shop.make_sku(9, "7.00"), 2).await;
    mei.browser.post("/account/data/download", &[("download_password", "wrong")]).await.expect(422);
    let request = mei.browser.form("/account/data/download", &[("download_password", PASSWORD)]);
    let file = request.send().await.unwrap();
    assert_eq!((file.status().as_u16(), file.headers()["content-type"].to_str().unwrap()), (200, "application/zip"));
    let mut archive = ZipArchive::new(Cursor::new(file.bytes().await.unwrap())).unwrap();
    let mut json = String::new();
    archive.by_name("data.json").unwrap().read_to_string(&mut json).unwrap();
    let data: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(data["account"]["email"], "mei@example.com");
    assert_eq!(data["orders"][0]["number"], number);
    assert_eq!(data["orders"][0]["street"], "1 Anfu Road");
    assert_eq!(data["orders"][0]["lines"][0]["count"], 1);
    assert_eq!(data["cart"][0]["count"], 2);
    assert!(!json.contains("argon2") && !json.contains("token"), "{json}");
    for _ in 0..4 {
        mei.browser.post("/account/data/download", &[("download_password", PASSWORD)]).await.expect(200);
    }
    mei.browser.post("/account/data/download", &[("download_password", PASSWORD)]).await.expect(429);
}

#[tokio::test]
async fn who_opens_too_many_customers_in_an_hour_has_to_wait_and_that_is_in_the_security_log() {
    let shop = TestShop::with(&[("CUSTOMER_RATE_PER_STAFF", "3")]).await;
    let mei = shop.shopper("mei").await;
    let (chen, lin) = (shop.clerk("chen").await, shop.boss("lin").await);
    let path = format!("/admin/customers/{}", mei.id);
    chen.page("/admin/customers").await;
    chen.page(&path).await;
    // A form with an error shows the page, too.
    let note = [("token", "0123456789abcdef0123"), ("customer_note", " ")];
    chen.post(&format!("{path}/notes"), &note).await.expect(422);
    for refused in [chen.get(&path).await, chen.get("/admin/customers?q=mei").await] {
        let page = refused.expect(429);
        assert!(page.text_of("main").contains("wait") && !page.to_string().contains("mei@"), "{page}");
    }
    chen.post(&format!("{path}/notes"), &note).await.expect(429);
    assert_eq!(shop.number("select count(*) from audit_log where action in ('view_customer', 'find_customers')"), 3);
    lin.page(&path).await;
    assert!(lin.page("/admin/rate-limits").await.text_of("main").contains("pages of customers"));
}

#[tokio::test]
async fn a_strangers_address_in_an_account_gives_nothing_of_the_stranger() {
    let shop = TestShop::open().await;
    let (mei, _) = with_received_order(&shop, "mei").await;
    // A guest has asked by an address with which somebody else signs up.
    shop.execute(
        "insert into questions (email, guest_name, language, status, proved_at, token)
         values ('mei@example.com', 'Guest', 'en', 'open', now(), repeat('c', 64));
         insert into question_messages (question_id, author, words, token, mails_at)
         values (1, 'shopper', 'a secret of the guest', repeat('d', 64), now())",
    );
    let request = mei.browser.form("/account/data/download", &[("download_password", PASSWORD)]);
    let mut archive = ZipArchive::new(Cursor::new(request.send().await.unwrap().bytes().await.unwrap())).unwrap();
    let mut json = String::new();
    archive.by_name("data.json").unwrap().read_to_string(&mut json).unwrap();
    assert!(!json.contains("a secret of the guest"), "{json}");
    let erasure = [("erasure_password", PASSWORD), ("confirmed", "true")];
    let page = mei.browser.post("/account/data/erasure", &erasure).await.expect(422);
    assert!(page.text_of(".notice").contains("waits for an answer") && !page.to_string().contains("secret"), "{page}");
    assert_eq!(shop.number("select count(*) from questions"), 1);
}
