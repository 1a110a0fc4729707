//! Contacts from which the shop takes no orders.

use super::typed::{send, typed};
use crate::support::{Browser, Form, TestShop, order_number};

async fn block(clerk: &Browser, kind: &str, contact: &str) {
    let fields = [("block_kind", kind), ("contact", contact), ("block_reason", "Three parcels refused")];
    clerk.post("/admin/blocked-contacts", &fields).await.expect(303);
}

async fn unblock_all(shop: &TestShop, clerk: &Browser) {
    for id in shop.texts("select id::text from blocked_contacts") {
        clerk.post(&format!("/admin/blocked-contacts/{id}/removal"), &[]).await.expect(303);
    }
}

#[tokio::test]
async fn a_blocked_contact_cannot_order_however_it_is_written_and_can_once_it_is_off_the_list() {
    let shop = TestShop::unbounded().await;
    let clerk = shop.clerk("clerk").await;
    let lin = shop.boss("lin").await;
    let settings = Form::of(&lin.page("/admin/settings").await, "form[action='/admin/settings']");
    lin.post("/admin/settings", &settings.typed("contact_phone", "02150001111").pairs()).await.expect(303);
    let mei = shop.shopper("mei").await;
    let bo = shop.shopper("bo").await;
    shop.execute(&format!(
        "update addresses set phone = '13900139000', street = '2 Anfu Road' where user_id = {}",
        bo.id
    ));
    let sku = shop.make_sku(50, "20.00");
    for (kind, contact) in [
        ("phone", "13800138000"),
        ("phone", "+86 138-0013-8000"),
        ("phone", "0086 13800138000"),
        ("phone", "８６１３８００１３８０００"),
        ("email", "mei@example.com"),
        ("email", "MEI@Example.COM"),
        ("address", "Shanghai, Xuhui 1 Anfu Road"),
        ("address", "ＳＨＡＮＧＨＡＩ　xuhui。1, anfu-road"),
    ] {
        block(&clerk, kind, contact).await;
        mei.puts_in_cart(sku, 2).await;
        let page = mei.browser.page("/checkout").await;
        let before = (shop.number("select count(*) from orders"), shop.number("select sum(stock) from skus"));
        let jobs = shop.number("select count(*) from outbox");

        let refused = send(&mei.browser, "/checkout", &typed(&page, &[("note", "Ring twice")])).await.expect(422);

        assert_eq!(refused.text_of("#problem-title"), "We cannot take this order", "{contact}: {refused}");
        assert!(refused.text_of(".problem").contains("get in touch with us: 02150001111"), "{refused}");
        assert!(!refused.text_of("main").contains("Three parcels"), "the reason is for staff");
        assert_eq!(refused.text_of("#note"), "Ring twice");
        assert_eq!((shop.number("select count(*) from orders"), shop.number("select sum(stock) from skus")), before);
        assert_eq!(shop.number("select count(*) from outbox"), jobs, "{contact}");
        bo.puts_in_cart(sku, 1).await;
        bo.orders().await;

        unblock_all(&shop, &clerk).await;
        send(&mei.browser, "/checkout", &typed(&mei.browser.page("/checkout").await, &[])).await.expect(303);
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_address_written_in_another_way_is_the_blocked_one_and_another_house_is_not() {
    let shop = TestShop::unbounded().await;
    let clerk = shop.clerk("clerk").await;
    block(&clerk, "address", "北京市海淀区中关村大街27号1101-2室").await;
    block(&clerk, "phone", "010-6552 9988").await;
    let sku = shop.make_sku(50, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    for (phone, region, street, status) in [
        ("13800138000", "北京市 海淀区", "中关村大街 27 号 1101－2 室", 422),
        ("13800138000", "北京市，海淀区", "中关村大街２７号（1101 # 2室）", 422),
        ("+86 10 6552 9988", "Shanghai", "1 Anfu Road", 422),
        ("01065529988 转 801", "Shanghai", "1 Anfu Road", 422),
        ("010 6552 9989", "北京市海淀区", "中关村大街27号110-12室", 303),
    ] {
        let over = [("recipient", "Mei"), ("phone", phone), ("region", region), ("street", street)];
        let page = mei.browser.page("/checkout").await;
        let books = shop.number("select count(*) from addresses");
        let answer = send(&mei.browser, "/checkout", &typed(&page, &over)).await;
        assert_eq!(answer.status, status, "{phone} {region} {street}: {answer}");
        if status == 422 {
            assert_eq!(answer.text_of("#problem-title"), "We cannot take this order", "{answer}");
            assert_eq!(shop.number("select count(*) from addresses"), books, "a blocked address is not saved");
            assert_eq!(answer.attribute_of("#street", "value"), street, "what was typed is kept");
        }
    }
}

#[tokio::test]
async fn an_order_that_was_placed_before_its_contact_was_blocked_stays_and_is_found_again() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let form = mei.opens_checkout().await;
    let number = order_number(&mei.places(&form).await.expect(303));

    let fields = [("block_kind", "address"), ("block_reason", "  ")];
    let page = clerk.post(&format!("/admin/orders/{number}/blocks"), &fields).await.expect(422);
    assert!(page.has("#block_reason[aria-invalid]"), "{page}");
    assert_eq!(shop.number("select count(*) from blocked_contacts"), 0);
    let fields = [("block_kind", "address"), ("block_reason", "Nobody lives there")];
    clerk.post(&format!("/admin/orders/{number}/blocks"), &fields).await.expect(303);
    clerk.post(&format!("/admin/orders/{number}/blocks"), &fields).await.expect(303);

    assert_eq!(shop.texts("select kind || ' ' || value from blocked_contacts"), ["address shanghaixuhui1anfuroad"]);
    let page = clerk.page(&format!("/admin/orders/{number}")).await;
    assert!(page.text_of(".notice-warning").contains("Address, by clerk on"), "{page}");
    assert!(page.text_of(".notice-warning").contains("Nobody lives there"), "{page}");
    assert_eq!(order_number(&mei.places(&form).await.expect(303)), number, "the same press finds its order");
    assert_eq!(shop.texts("select action from audit_log"), ["block_contact"]);
    mei.browser.page(&format!("/orders/{number}")).await;
}

#[tokio::test]
async fn the_block_list_is_searched_in_any_way_to_write_and_has_pages() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    shop.execute(
        "insert into blocked_contacts (kind, value, contact, reason, staff_id)
         select 'email', 'bad' || i || '@example.com', 'bad' || i || '@example.com', 'Bot', u.id
         from generate_series(1, 60) i, users u where u.username = 'clerk'",
    );
    block(&clerk, "phone", "13800138000").await;
    block(&clerk, "address", "北京市海淀区中关村大街27号").await;
    let shown = async |query: &str| {
        clerk.page(&format!("/admin/blocked-contacts{query}")).await.texts_of("tbody th[scope=row]")
    };
    assert_eq!(shown("?q=%2B86+138+0013").await, ["13800138000"]);
    assert_eq!(shown("?q=中关村+大街２７").await, ["北京市海淀区中关村大街27号"]);
    assert_eq!(shown("?q=BAD17@").await, ["bad17@example.com"]);
    assert_eq!(shown("?q=refused&show=address").await, ["北京市海淀区中关村大街27号"]);
    assert_eq!(shown("?q=%25").await, [""; 0]);
    let first = clerk.page("/admin/blocked-contacts?show=email").await;
    assert_eq!(first.texts_of("tbody th[scope=row]").len(), 50);
    let second = clerk.page(&first.attribute_of("a[rel=next]", "href")).await;
    assert_eq!(second.texts_of("tbody th[scope=row]").len(), 10);
    let back = clerk.page(&second.attribute_of("a[rel=prev]", "href")).await;
    assert_eq!(back.texts_of("tbody th[scope=row]"), first.texts_of("tbody th[scope=row]"));

    let again = [("block_kind", "phone"), ("contact", "+86 13800138000"), ("block_reason", "Again")];
    let page = clerk.post("/admin/blocked-contacts", &again).await.expect(422);
    assert!(page.text_of("#contact-error").contains("blocked already"), "{page}");
    // What is left of them is folded again in another way, or is too short.
    let long = format!("㍿{}1-1", "路".repeat(294));
    for contact in [long.as_str(), "e-\u{301}x 1 Anfu Road"] {
        block(&clerk, "address", contact).await;
        shop.execute("delete from blocked_contacts where kind = 'address' and value <> '北京市海淀区中关村大街27号'");
    }
    let short = [("block_kind", "phone"), ("contact", "+8600012 ext 5"), ("block_reason", "Bot")];
    assert!(clerk.post("/admin/blocked-contacts", &short).await.expect(422).has("#contact-error"));
    for (kind, contact) in [("phone", "call me"), ("email", "mei@"), ("address", "…"), ("address", ""), ("fax", "1")]
    {
        let fields = [("block_kind", kind), ("contact", contact), ("block_reason", "Bot")];
        let page = clerk.post("/admin/blocked-contacts", &fields).await.expect(422);
        assert!(page.has("[aria-invalid]"), "{kind} {contact}: {page}");
    }
    assert_eq!(shop.number("select count(*) from blocked_contacts"), 62);
    assert_eq!(shop.number("select count(*) from audit_log"), 4);
    unblock_all(&shop, &clerk).await;
    clerk.post("/admin/blocked-contacts/1/removal", &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'unblock_contact'"), 62);
    let log = clerk.page("/admin/audit-log?what=block_contact").await.text_of("main");
    assert!(log.contains("13800138000") && log.contains("Three parcels refused"), "{log}");
}

#[tokio::test]
async fn the_database_keeps_only_keys_in_the_block_list_and_each_once() {
    let shop = TestShop::open().await;
    let staff = shop.make_staff("clerk");
    let insert = |kind: &str, value: &str, reason: &str| {
        let mut conn = shop.connect();
        let row = format!("values ('{kind}', '{value}', 'typed', '{reason}', {staff})");
        let words = format!("insert into blocked_contacts (kind, value, contact, reason, staff_id) {row}");
        diesel::connection::SimpleConnection::batch_execute(&mut conn, &words)
    };
    assert!(insert("phone", "13800138000", "Bot").is_ok());
    assert!(insert("phone", "13800138000", "Bot").is_err(), "twice");
    for (kind, value, reason) in [
        ("fax", "13800138000", "Bot"),
        ("phone", "138 0013", "Bot"),
        ("phone", "", "Bot"),
        ("email", "MEI@example.com", "Bot"),
        ("email", "nobody", "Bot"),
        ("address", "1 Anfu Road", "Bot"),
        ("address", "", "Bot"),
        ("address", "1anfuroad", ""),
    ] {
        assert!(insert(kind, value, reason).is_err(), "{kind} {value} {reason}");
    }
    assert!(insert("address", "1anfuroad", "Bot").is_ok());
}
