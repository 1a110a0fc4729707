//! Erasures at the same time as what else happens to a shopper's orders.

use diesel::{PgConnection, RunQueryDsl, result::Error, sql_query};
use futures_util::future::join;
use std::{sync::Barrier, thread};
use till::{
    customers::{ErasureOutcome, erase_customer},
    fulfillment::NewParcel,
    kernel::{CarrierId, OrderId, UserId},
    lifecycle::{RefundError, RefundRequest, RefundedPart, refund_order, send_parcel},
    orders::OpenReason,
    platform::{clock, db, random},
};

use super::{erase, with_received_order};
use crate::{invoices::Scene, support::TestShop};

/// The number of shoppers, each with an order of their own.
const SHOPPERS: usize = 32;

/// Paid orders of as many shoppers, one each.
fn orders_of_many(scene: &Scene) -> Vec<(UserId, OrderId)> {
    let orders = scene.paid_orders(SHOPPERS as i64, "2026-11-01 10:00:00+08");
    let mut owned = Vec::new();
    for (n, order) in orders.into_iter().enumerate() {
        let user = scene.shop.make_user(&format!("shopper-{n}"));
        scene.shop.execute(&format!("update orders set user_id = {user} where id = {order}"));
        owned.push((user, order));
    }
    owned
}

/// For each order, at the same moment: its shopper is erased, and staff do something. Returns both outcomes.
fn at_once<T: Send>(
    scene: &Scene,
    orders: &[(UserId, OrderId)],
    act: impl Fn(&mut PgConnection, OrderId) -> diesel::QueryResult<T> + Sync,
) -> Vec<(ErasureOutcome, T)> {
    let start = Barrier::new(2 * orders.len());
    thread::scope(|threads| {
        let mut pairs = Vec::new();
        for (user, order) in orders.iter().copied() {
            let (start, act) = (&start, &act);
            let (mut of_erasure, mut of_staff) = (scene.shop.connect(), scene.shop.connect());
            let erasing = threads.spawn(move || {
                start.wait();
                db::transaction::<_, Error, _>(&mut of_erasure, |conn| erase_customer(conn, user, clock::now()))
            });
            let acting = threads.spawn(move || {
                start.wait();
                db::transaction::<_, Error, _>(&mut of_staff, |conn| act(conn, order))
            });
            pairs.push((erasing, acting));
        }
        pairs.into_iter().map(|(a, b)| (a.join().unwrap().unwrap(), b.join().unwrap().unwrap())).collect()
    })
}

#[tokio::test]
async fn sixty_four_at_once_of_an_erasure_and_a_refund_one_wins_and_the_other_is_told() {
    let scene = Scene::open().await;
    let orders = orders_of_many(&scene);
    scene.shop.send_orders("true");
    scene.shop.execute(
        "update orders set status = 'finished', received_at = now(), finished_at = now() where status = 'unreceived'",
    );
    let staff = scene.shop.make_staff("chen");
    let refunding = |conn: &mut PgConnection, order: OrderId| {
        let part = RefundedPart::Amount("1.00".parse().unwrap());
        let request = RefundRequest { part, note: "a scratch".to_owned(), staff, token: random::token() };
        refund_order(conn, order, &request, clock::now())
    };
    for (erased, refunded) in at_once(&scene, &orders, refunding) {
        match (erased, refunded) {
            (ErasureOutcome::Erased, Err(RefundError::Erased)) => {}
            (ErasureOutcome::Open(open), Ok(_)) => {
                assert!(open.orders.iter().all(|order| order.reason == OpenReason::Refund), "{open:?}");
            }
            both => panic!("{both:?}"),
        }
    }
    let wrong =
        "select count(*) from orders o join payments p on p.order_id = o.id join refunds r on r.payment_id = p.id
        where o.recipient = ''";
    assert_eq!(scene.shop.number(wrong), 0);
    assert_eq!(
        scene.shop.number(
            "select count(*) from orders o join users u on u.id = o.user_id
            where (o.recipient = '') <> (u.erased_at is not null)"
        ),
        0
    );
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn sixty_four_at_once_of_an_erasure_and_a_parcel_send_every_parcel_to_an_address() {
    let scene = Scene::open().await;
    let orders = orders_of_many(&scene);
    let staff = scene.shop.make_staff("chen");
    let sending = |conn: &mut PgConnection, order: OrderId| {
        let number = format!("SF{order}");
        let parcel = NewParcel { carrier: CarrierId(1), number, units: None, token: random::token() };
        send_parcel(conn, order, &parcel, staff, clock::now()).map(|sent| format!("{sent:?}"))
    };
    for (erased, sent) in at_once(&scene, &orders, sending) {
        assert!(sent.contains("Sent"), "{sent}");
        let ErasureOutcome::Open(open) = erased else { panic!("{erased:?}") };
        assert!(open.orders.iter().all(|order| order.reason == OpenReason::Status), "{open:?}");
    }
    assert_eq!(scene.shop.number("select count(*) from orders where status = 'unreceived' and recipient <> ''"), 32);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn two_erasures_at_once_and_ten_in_threads_erase_once() {
    let shop = TestShop::open().await;
    let (shopper, _) = with_received_order(&shop, "mei").await;
    let outcomes: Vec<ErasureOutcome> = thread::scope(|scope| {
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| erase(&shop, shopper.id))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(outcomes.iter().all(|outcome| *outcome == ErasureOutcome::Erased), "{outcomes:?}");
    assert_eq!(shop.number("select count(*) from outbox where kind = 'erase_customer'"), 1);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_checkout_and_an_erasure_at_once_leave_an_order_with_an_address_or_none() {
    let shop = TestShop::unbounded().await;
    for round in 0..10 {
        let shopper = shop.shopper(&format!("mei-{round}")).await;
        shopper.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
        let form = shopper.opens_checkout().await;
        let (database, id) = (&shop.database, shopper.id);
        let erasing = async {
            let mut conn = database.connect();
            tokio::task::spawn_blocking(move || {
                db::transaction::<_, Error, _>(&mut conn, |conn| erase_customer(conn, id, clock::now())).unwrap()
            })
            .await
            .unwrap()
        };
        let (outcome, _) = join(erasing, shopper.places(&form)).await;
        let orders = shop.texts(&format!("select recipient from orders where user_id = {id}"));
        match outcome {
            ErasureOutcome::Erased => assert_eq!(orders, Vec::<String>::new(), "an erased shopper ordered"),
            ErasureOutcome::Open(open) => assert_eq!((open.orders.len(), orders), (1, vec!["Mei Lin".to_owned()])),
            ErasureOutcome::NotAShopper => panic!("a shopper"),
        }
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn who_was_erased_meanwhile_saves_no_address_and_places_no_order() {
    let shop = TestShop::open().await;
    let (shopper, _) = with_received_order(&shop, "mei").await;
    shopper.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let form = shopper.opens_checkout().await;
    assert_eq!(erase(&shop, shopper.id), ErasureOutcome::Erased);
    assert!(shopper.places(&form).await.expect(303).location().starts_with("/sign-in"));
    let insert = format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode)
         values ('20261130120000000000001ABCDEF', {}, 'token-of-a-checkout', 'unsent', 'cod', 1, 1, 0, 1, '', '1', '', '', '')",
        shopper.id
    );
    let refused = sql_query(insert).execute(&mut shop.connect());
    assert!(refused.is_err_and(|error| error.to_string().contains("orders_erased_check")));
    assert_eq!(shop.number("select count(*) from addresses"), 0);
}
