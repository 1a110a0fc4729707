//! The list of all orders for staff: search, filters, paging and the page of one order.

use crate::support::{Browser, TestShop};

/// Creates orders of a new user, a minute apart, the last of them a minute ago; without lines, which the list does not
/// show.
fn make_orders(shop: &TestShop, username: &str, how_many: u32) {
    let owner = shop.make_user(username);
    shop.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, placed_at)
         select '20261121093000' || lpad('{owner}', 9, '0') || lpad(i::text, 6, '0'), {owner}, 'token-of-a-checkout-' || i,
            'unsent', 'cod', 1, 20, 10, 30, initcap('{username}') || ' Lin', '13800138000', 'Shanghai', '1 Anfu Road', '',
            now() - i * interval '1 minute'
         from generate_series(1, {how_many}) i"
    ));
}

async fn numbers(clerk: &Browser, path: &str) -> Vec<String> {
    clerk.page(path).await.texts_of(".orders-table .order-number")
}

#[tokio::test]
async fn every_order_is_on_one_page_the_newest_first_forwards_and_backwards() {
    let shop = TestShop::open().await;
    make_orders(&shop, "mei", 80);
    make_orders(&shop, "bo", 50);
    // Many orders have the same time, so only their ids order them.
    shop.execute("update orders set placed_at = date_trunc('hour', placed_at)");
    shop.execute("update orders set status = 'canceled', canceled_at = now() where id % 2 = 0");
    shop.fill_order_search();
    let clerk = shop.clerk("clerk").await;
    for (query, sizes, all) in [
        ("", vec![50, 50, 30], "true"),
        ("?show=canceled", vec![50, 15], "status = 'canceled'"),
        ("?show=counting", vec![50, 15], "status <> 'canceled'"),
        ("?q=mei", vec![50, 30], "user_id = (select id from users where username = 'mei')"),
    ] {
        let mut pages = vec![clerk.page(&format!("/admin/orders{query}")).await];
        while let Some(older) = pages.last().unwrap().attributes_of("a[rel=next]", "href").into_iter().next() {
            pages.push(clerk.page(&older).await);
        }
        let listed: Vec<Vec<String>> = pages.iter().map(|page| page.texts_of(".orders-table .order-number")).collect();
        assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{query}");
        let expected = shop.texts(&format!("select number from orders where {all} order by placed_at desc, id desc"));
        assert_eq!(listed.concat(), expected, "{query}");
        let back = clerk.page(&pages[1].attribute_of("a[rel=prev]", "href")).await;
        assert_eq!(back.texts_of(".orders-table .order-number"), listed[0], "{query}");
        assert!(!pages[0].has("a[rel=prev]") && !back.has("a[rel=prev]"), "{query}");
    }
}

#[tokio::test]
async fn an_order_is_found_by_its_number_by_who_ordered_by_its_status_and_by_its_day() {
    let shop = TestShop::with(&[("UTC_OFFSET", "+08:00")]).await;
    make_orders(&shop, "mei", 2);
    make_orders(&shop, "bo", 1);
    let clerk = shop.clerk("clerk").await;
    let [first, second, bos] = shop.texts("select number from orders order by id").try_into().unwrap();
    shop.execute(&format!(
        "update orders set placed_at = '2026-11-19T16:00:00Z' where number = '{first}';
         update orders set placed_at = '2026-11-20T16:00:00Z' where number = '{second}';
         update orders set placed_at = '2026-11-20T15:59:59Z', status = 'unpaid', pay_method = 'alipay', expires_at = now()
         where number = '{bos}'"
    ));
    shop.fill_order_search();
    assert_eq!(numbers(&clerk, &format!("/admin/orders?q={first}")).await, [first.as_str()]);
    assert_eq!(numbers(&clerk, "/admin/orders?q=MEI").await, [second.clone(), first.clone()]);
    assert_eq!(numbers(&clerk, "/admin/orders?q=me").await, [""; 0], "only whole names are found");
    assert_eq!(numbers(&clerk, "/admin/orders?show=unpaid").await, [bos.as_str()]);
    assert_eq!(numbers(&clerk, "/admin/orders?day=2026-11-20").await, [bos.clone(), first.clone()]);
    assert_eq!(numbers(&clerk, "/admin/orders?day=2026-11-20&q=mei").await, [first]);
    assert_eq!(numbers(&clerk, "/admin/orders?day=2026-11-21&show=unpaid").await, [""; 0]);
    let page = clerk.page("/admin/orders").await;
    assert_eq!(page.texts_of(".chips-count"), ["1", "2"], "to pay, to be sent");
    let row = page.text_of(".orders-table tbody tr");
    assert!(row.contains("mei Mei Lin 13800138000 1 ¥30.00 Cash on delivery Not paid To be sent"), "{row}");
    for odd in [
        "q=%00",
        "q=%ff",
        "q='",
        "day=2026-02-30",
        "day=-262144-01-01",
        "day=9999-12-31",
        "show=x",
        "older=x",
        "older=99999999999999999999",
        "newer=-1",
        "older=9223372036854775807",
    ] {
        clerk.page(&format!("/admin/orders?{odd}")).await;
    }
    clerk.page(&format!("/admin/orders?q={}", "a".repeat(6000))).await;
}

#[tokio::test]
async fn an_order_shows_its_goods_its_shopper_and_its_history() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(9, "20.00");
    shop.execute("update skus set code = 'POT-1'");
    mei.puts_in_cart(sku, 3).await;
    let mut form = mei.opens_checkout().await;
    (form.pay_method, form.note) = ("alipay".into(), "Ring <twice>".into());
    let placed = mei.places(&form).await.expect(303);
    let number = crate::support::order_number(&placed);
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page(&format!("/admin/orders/{number}")).await;
    assert_eq!(page.text_of(".page-head .order-number"), number);
    let line = page.text_of(".goods-line");
    assert!(line.contains("POT-1 ¥20.00 × 3 ¥60.00"), "{line}");
    clerk.page(&page.attribute_of(".goods-name a", "href")).await;
    assert_eq!(page.text_of(".note"), "Ring <twice>");
    let history = page.texts_of(".order-history span");
    assert_eq!(history, ["Placed", "Is cancelled if nobody has paid by then"]);
    let theirs = page.attributes_of("aside a", "href");
    shop.fill_order_search();
    assert_eq!(theirs[0], format!("/admin/customers/{}", mei.id));
    assert_eq!(numbers(&clerk, &theirs[1]).await, [number.as_str()]);

    let late = chrono::Utc::now() + chrono::Duration::hours(1);
    till::lifecycle::cancel_expired(&mut shop.connect(), late, 10).unwrap();
    let page = clerk.page(&format!("/admin/orders/{number}")).await;
    assert_eq!(page.texts_of(".order-history span"), ["Placed", "Cancelled; the goods were returned to stock"]);
    assert_eq!(page.text_of(".badge:not(nav *)"), "Cancelled");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_number_that_is_no_orders_leads_to_the_list_which_says_so() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    assert_eq!(clerk.page("/admin/orders").await.text_of(".empty h2"), "No orders yet");
    for nowhere in ["1", "x", "20261121093000000000042AAAAAA", "'", "%F0%9F%AB%96"] {
        let answer = clerk.get(&format!("/admin/orders/{nowhere}")).await.expect(303);
        let list = clerk.page(answer.location()).await;
        assert_eq!(list.text_of(".empty h2"), "No order is like this", "{nowhere}");
    }
    for broken in ["%00", "%ff"] {
        assert!(matches!(clerk.get(&format!("/admin/orders/{broken}")).await.status, 303 | 404), "{broken}");
    }
}
