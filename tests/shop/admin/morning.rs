//! What staff see first in the morning, and how they hear of new orders.

use redis::Commands;

use crate::support::{Answer, TestShop};

/// The tasks of the dashboard that wait: name, sentence and count.
fn waiting(page: &Answer) -> Vec<String> {
    page.texts_of(".task").into_iter().filter(|task| !task.ends_with(" none")).collect()
}

#[tokio::test]
async fn each_task_says_how_many_and_since_when_and_leads_to_exactly_these() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    shop.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, placed_at)
         select '2026112109300000000004' || i || 'ABCDEF', {mei}, 'token-of-a-checkout-' || i, 'unsent', 'cod', 1, 20, 10,
            30, 'Mei', '13800138000', '', '', '', now() - interval '1 hour'
         from generate_series(1, 7) i"
    ));
    let id = |n: u32| shop.number(&format!("select id from orders where number like '%{n}ABCDEF'"));
    let number = |n: u32| format!("2026112109300000000004{n}ABCDEF");
    shop.execute(&format!("update orders set placed_at = now() - interval '31 hours' where id = {}", id(1)));
    // It was paid only now, so that it is not late.
    shop.execute(&format!(
        "update orders set placed_at = now() - interval '31 hours', pay_method = 'alipay', paid_at = now(),
            paid_amount = 30 where id = {}",
        id(2)
    ));
    shop.execute(&format!(
        "update orders set status = 'unreceived', sent_at = now(), placed_at = now() - interval '3 days' where id = {}",
        id(3)
    ));
    shop.execute(&format!(
        "insert into cancellation_requests (order_id, asked_at) values ({}, now() - interval '5 minutes 1 second')",
        id(4)
    ));
    shop.execute(&format!(
        "insert into returns (order_id, kind, status, reason, token, asked_at, arrived_at) values
            ({0}, 'goods_back', 'asked', 'damaged', 'token-of-the-first-return', now() - interval '61 minutes', null),
            ({0}, 'goods_back', 'asked', 'damaged', 'token-of-the-next-return', now(), null),
            ({1}, 'goods_back', 'arrived', 'damaged', 'token-of-the-third-return', now(), now() - interval '47 hours')",
        id(5),
        id(6)
    ));
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin").await;
    let tasks = waiting(&page);
    for (task, said, path, expected) in [
        (1, "Waiting longer than 24 h the oldest has waited for 31 hours 1", "late", 1),
        (2, "Cancellation asked the oldest has waited for 5 minutes 1", "cancellation_asked", 4),
        (3, "Return asked the oldest has waited for 1 hour 1", "return_asked", 5),
        (4, "Return arrived the oldest has waited for 47 hours 1", "return_arrived", 6),
        (5, "Cash to collect the oldest has waited for 3 days 1", "to_collect", 3),
    ] {
        assert_eq!(tasks[task], said);
        let to = format!("/admin/orders?show={path}");
        assert!(page.has(&format!(".task[href='{to}']")), "{to}");
        assert_eq!(clerk.page(&to).await.texts_of(".orders-table .order-number"), [number(expected)], "{to}");
    }
    assert!(tasks[0].starts_with("Orders to be sent") && tasks[0].ends_with(" 6"), "{tasks:?}");
}

#[tokio::test]
async fn a_page_asks_how_many_orders_are_new_and_that_keeps_nobody_signed_in() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let clerk = shop.clerk("clerk").await;
    let path = clerk.page("/admin/stock").await.attribute_of("[data-new-orders]", "data-new-orders");
    assert_eq!(clerk.get(&path).await.expect(200).body, "0");
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    mei.orders().await;
    let answer = clerk.get(&path).await.expect(200);
    assert_eq!((answer.body.as_str(), answer.header("cache-control")), ("1", "no-store"));
    let next = clerk.page("/admin/orders").await.attribute_of("[data-new-orders]", "data-new-orders");
    assert_eq!(clerk.get(&next).await.expect(200).body, "0");
    for other in [&mei.browser, &shop.visitor()] {
        other.get(&path).await.expect(404);
    }
    let mut redis = shop.redis.connect();
    let key = redis.keys::<_, Vec<String>>("staff-session:*").unwrap().pop().unwrap();
    let _: () = redis.expire(&key, 100).unwrap();
    clerk.get(&path).await.expect(200);
    assert!(redis.ttl::<_, i64>(&key).unwrap() <= 100, "asking is no use of the page");
    let _: () = redis.del(&key).unwrap();
    clerk.get(&path).await.expect(404);
    for odd in ["x", "-1", "99999999999999999999"] {
        assert!(matches!(clerk.get(&format!("/admin/new-orders/{odd}")).await.status, 200 | 404), "{odd}");
    }
}
