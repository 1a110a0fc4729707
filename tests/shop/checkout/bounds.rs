//! Limits of one account: open orders, pieces in them, and orders that were not paid in time.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use std::sync::Arc;
use till::{
    checkout::{self, Batch, Command, LockWait, Terms},
    config::OrderLimits,
    kernel::{PayMethod, SkuId, UserId},
    lifecycle,
    platform::{clock, db::Db},
};

use super::together::{TERMS, command, people, told};
use crate::support::{Database, Shopper, TestShop, TillServer};

const NONE: OrderLimits = OrderLimits { open: 0, per_sku: 0, per_product: 0, expired: 0 };

fn bounded(limits: OrderLimits) -> Terms {
    Terms { limits, ..TERMS }
}

/// Commands of one account, each for `count` pieces with its own token, half of them paid on delivery.
fn presses(database: &Database, user: UserId, sku: SkuId, how_many: usize, count: i64) -> Vec<Command> {
    let press = |n: usize| {
        let pay_method = if n.is_multiple_of(2) { PayMethod::Cod } else { PayMethod::Alipay };
        Command { pay_method, ..command(database, user, &format!("press-{n}"), &[(sku, count)]) }
    };
    (0..how_many).map(press).collect()
}

fn pieces(database: &Database) -> i64 {
    database.number("select coalesce(sum(count), 0) from order_goods")
}

#[actix_web::test]
async fn sixty_four_orders_of_one_account_in_one_batch_stop_at_each_bound() {
    let database = Database::migrated();
    let who = people(&database, 3);
    let sku = database.make_sku(1000, "20.00");
    for (user, limits, count, placed) in [
        (who[0], OrderLimits { open: 7, ..NONE }, 1, 7),
        (who[1], OrderLimits { per_sku: 10, ..NONE }, 3, 3),
        (who[2], OrderLimits { per_product: 10, ..NONE }, 2, 5),
    ] {
        let commands = presses(&database, user, sku, 64, count);
        let place = || {
            let mut conn = database.connect();
            told(
                &checkout::place(
                    &mut conn,
                    &commands,
                    &Batch::new(LockWait::InTransaction),
                    &bounded(limits),
                    clock::now(),
                )
                .unwrap(),
            )
        };
        let outcomes = place();
        assert_eq!(outcomes.iter().filter(|said| *said == "placed").count(), placed, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|said| *said == "Bound").count(), 64 - placed, "{outcomes:?}");
        // The same commands again find the orders that were placed, and place nothing.
        let again = place();
        assert_eq!(again.iter().filter(|said| *said == "placed before").count(), placed, "{again:?}");
        assert_eq!(again.iter().filter(|said| *said == "Bound").count(), 64 - placed, "{again:?}");
    }
    database.assert_reconciled();
}

#[actix_web::test]
async fn orders_of_one_account_in_many_batches_at_once_never_pass_a_bound() {
    let database = Arc::new(Database::migrated());
    let who = people(&database, 4);
    let sku = database.make_sku(1000, "20.00");
    let terms = bounded(OrderLimits { open: 0, per_sku: 10, per_product: 0, expired: 0 });
    // Each connection acts as a process of its own, with the commands of all users in a different order.
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let mut commands: Vec<Command> = Vec::new();
            for n in 0..6 {
                for user in &who {
                    commands.push(command(&database, *user, &format!("press-{thread}-{n}"), &[(sku, 1)]));
                }
            }
            if thread % 2 == 0 {
                commands.reverse();
            }
            let mut conn = database.connect();
            std::thread::spawn(move || {
                for lane in [LockWait::InTransaction, LockWait::Beforehand, LockWait::InTransaction] {
                    checkout::place(&mut conn, &commands, &Batch::new(lane), &terms, clock::now()).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let held = "select sum(g.count)::text from orders o join order_goods g on g.order_id = o.id group by o.user_id";
    assert!(database.texts(held).iter().all(|held| held.parse::<i64>().unwrap() <= 10), "{:?}", database.texts(held));
    // A command that did not get the order lock is told to try again later, and then succeeds.
    for user in &who {
        let rest = presses(&database, *user, sku, 20, 1);
        checkout::place(&mut database.connect(), &rest, &Batch::new(LockWait::InTransaction), &terms, clock::now())
            .unwrap();
    }
    assert_eq!(database.texts(held), ["10", "10", "10", "10"]);
    database.assert_reconciled();
}

#[actix_web::test]
async fn whose_order_is_under_way_elsewhere_is_asked_to_wait_and_keeps_nobody_else_waiting() {
    let database = Database::migrated();
    let who = people(&database, 2);
    let sku = database.make_sku(1000, "20.00");
    let mut elsewhere = database.connect();
    elsewhere
        .batch_execute(&format!("begin; select pg_advisory_xact_lock(hashtextextended('till orders', {}))", who[0]))
        .unwrap();
    let commands: Vec<_> = who.iter().map(|user| command(&database, *user, "press", &[(sku, 1)])).collect();
    let place = || {
        checkout::place(&mut database.connect(), &commands, &Batch::new(LockWait::InTransaction), &TERMS, clock::now())
            .unwrap()
    };
    assert_eq!(told(&place()), ["LockTimeout", "placed"]);
    elsewhere.batch_execute("rollback").unwrap();
    assert_eq!(told(&place()), ["placed", "placed before"]);
}

/// Adds this to the cart and submits the checkout.
async fn orders_of(mei: &Shopper, sku: SkuId, count: u32, pay_method: &str) -> crate::support::Answer {
    mei.puts_in_cart(sku, count).await;
    let mut form = mei.opens_checkout().await;
    form.pay_method = pay_method.to_owned();
    form.note = "Ring twice".to_owned();
    mei.places(&form).await
}

#[actix_web::test]
async fn one_account_cannot_empty_the_shelf_and_is_told_why() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(13, "20.00");
    for (name, pay_method) in [("mei", "cod"), ("ana", "alipay")] {
        let shopper = shop.shopper(name).await;
        shop.execute("update skus set stock = 13");
        for _ in 0..5 {
            orders_of(&shopper, sku, 2, pay_method).await.expect(303);
        }
        let refused = orders_of(&shopper, sku, 1, pay_method).await.expect(422);
        assert_eq!(refused.text_of("#problem-title"), "That is more than one account may have unpaid");
        assert_eq!(refused.text_of(".problem tbody tr"), "Thing 1 10 10 1");
        assert!(refused.text_of(".problem p").contains("Lower the count"));
        assert!(refused.has(".problem a[href='/orders']") && refused.has(".problem a[href='/cart']"));
        assert_eq!(refused.text_of("#note"), "Ring twice", "what was typed is still there");
        assert_eq!(refused.attribute_of("[name=pay_method][checked]", "value"), pay_method);
        assert_eq!(shop.number("select stock from skus"), 3);
    }
    // Another account is not affected.
    let bo = shop.shopper("bo").await;
    orders_of(&bo, sku, 3, "cod").await.expect(303);
}

#[actix_web::test]
async fn open_orders_are_bounded_and_what_ends_them_opens_the_way_again() {
    let shop = TestShop::with(&[("MAX_OPEN_ORDERS", "2"), ("MAX_EXPIRED_ORDERS", "0")]).await;
    let sku = shop.make_sku(100, "20.00");
    let mei = shop.shopper("mei").await;
    mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    orders_of(&mei, sku, 1, "alipay").await.expect(303);
    let kept = {
        mei.puts_in_cart(sku, 1).await;
        mei.opens_checkout().await
    };
    let second = mei.places(&kept).await.expect(303);
    let refused = orders_of(&mei, sku, 1, "alipay").await.expect(422);
    assert_eq!(refused.text_of("#problem-title"), "请先处理未完成的订单");
    assert!(refused.text_of(".problem p").contains("2 个订单"), "{refused}");
    // A token that has led to an order still leads to it.
    assert_eq!(mei.places(&kept).await.expect(303).location(), second.location());

    let end = |what: &str| shop.execute(&format!("update orders set {what} where id = (select max(id) from orders)"));
    shop.send_orders("o.id = (select max(id) from orders)");
    orders_of(&mei, sku, 1, "cod").await.expect(303);
    orders_of(&mei, sku, 1, "cod").await.expect(422);
    end("placed_at = now() - interval '73 hours'");
    orders_of(&mei, sku, 1, "alipay").await.expect(303);
    orders_of(&mei, sku, 1, "cod").await.expect(422);
    shop.execute("update orders set expires_at = now() - interval '1 second' where status = 'unpaid'");
    let db = Db::connect(&shop.database.url, 1).unwrap();
    let canceled = db.run(|conn| lifecycle::cancel_expired(conn, clock::now(), 100)).await.unwrap();
    assert_eq!(canceled, 2);
    orders_of(&mei, sku, 1, "cod").await.expect(303);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn whoever_lets_orders_expire_again_and_again_cannot_hold_goods_that_way() {
    let shop = TestShop::with(&[("MAX_EXPIRED_ORDERS", "2")]).await;
    let sku = shop.make_sku(13, "20.00");
    let mei = shop.shopper("mei").await;
    let db = Db::connect(&shop.database.url, 1).unwrap();
    for _ in 0..2 {
        orders_of(&mei, sku, 10, "alipay").await.expect(303);
        shop.execute("update orders set expires_at = now() - interval '1 second' where status = 'unpaid'");
        assert_eq!(db.run(|conn| lifecycle::cancel_expired(conn, clock::now(), 100)).await.unwrap(), 1);
    }
    let refused = orders_of(&mei, sku, 10, "alipay").await.expect(422);
    assert_eq!(refused.text_of("#problem-title"), "Too many of your orders were not paid in time");
    assert!(refused.text_of(".problem p").contains("pay on delivery"));
    assert_eq!(shop.number("select stock from skus"), 13);
    // Cash on delivery is not affected, and the limit ends after a day.
    let mut form = mei.opens_checkout().await;
    form.pay_method = "cod".to_owned();
    mei.places(&form).await.expect(303);
    shop.send_orders("o.pay_method = 'cod'");
    shop.execute("update orders set canceled_at = canceled_at - interval '25 hours' where status = 'canceled'");
    shop.execute("update orders set expires_at = canceled_at where status = 'canceled'");
    orders_of(&mei, sku, 3, "alipay").await.expect(303);
}

#[actix_web::test]
async fn an_order_that_staff_cancel_long_after_it_was_paid_has_not_expired() {
    let shop = TestShop::with(&[("MAX_EXPIRED_ORDERS", "1")]).await;
    let sku = shop.make_sku(13, "20.00");
    let mei = shop.shopper("mei").await;
    orders_of(&mei, sku, 1, "alipay").await.expect(303);
    // Its time to pay is long over.
    shop.execute(
        "update orders set status = 'canceled', paid_at = now(), paid_amount = total_amount, canceled_at = now(),
            canceled_by = 'staff', expires_at = now() - interval '1 hour'",
    );
    orders_of(&mei, sku, 1, "alipay").await.expect(303);
}

#[actix_web::test]
async fn a_bound_of_nothing_is_none() {
    let settings = ["MAX_OPEN_ORDERS", "MAX_OPEN_PER_SKU", "MAX_OPEN_PER_PRODUCT", "MAX_EXPIRED_ORDERS"];
    let shop = TestShop::with(&settings.map(|name| (name, "0"))).await;
    let sku = shop.make_sku(1000, "20.00");
    let mei = shop.shopper("mei").await;
    for _ in 0..12 {
        orders_of(&mei, sku, 60, "cod").await.expect(303);
    }
    assert_eq!(pieces(&shop.database), 720);
}

#[actix_web::test]
async fn one_account_at_two_servers_at_once_stays_below_its_bound() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(1000, "20.00");
    let mei = shop.shopper("mei").await;
    let mut servers = [(), ()].map(|()| TillServer::new(&shop.database.url, &shop.redis.url(), &[]));
    for server in &mut servers {
        server.resume().await;
    }
    for round in 0..6 {
        mei.puts_in_cart(sku, 2).await;
        let form = mei.opens_checkout().await;
        // Different tokens, as a script would invent them.
        let forms: Vec<_> = (0..8)
            .map(|n| crate::support::OrderForm { token: format!("made-up-token-{round}-{n}"), ..form.clone() })
            .collect();
        let browsers: Vec<_> = servers.iter().map(|server| crate::support::Browser::at(&server.url())).collect();
        for browser in &browsers {
            browser.sign_in("mei", crate::support::PASSWORD).await.expect(303);
        }
        let sent = forms.iter().enumerate().map(|(n, form)| {
            let browser = &browsers[n % 2];
            async move { browser.post("/checkout", &form.fields()).await.status }
        });
        join_all(sent).await;
    }
    assert!(pieces(&shop.database) <= 10, "{}", pieces(&shop.database));
    shop.assert_reconciled();
}
