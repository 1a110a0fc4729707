//! Erasures at the same time as what else happens to a shopper's orders.

use futures_util::future::join;
use till::customers::ErasureOutcome;

use super::{erase, with_received_order};
use crate::support::TestShop;

#[tokio::test]
async fn two_erasures_at_once_and_ten_in_threads_erase_once() {
    let shop = TestShop::open().await;
    let (shopper, _) = with_received_order(&shop, "mei").await;
    let outcomes: Vec<ErasureOutcome> = std::thread::scope(|scope| {
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
                till::platform::db::transaction::<_, diesel::result::Error, _>(&mut conn, |conn| {
                    till::customers::erase_customer(conn, id, till::platform::clock::now())
                })
                .unwrap()
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
    let refused = diesel::RunQueryDsl::execute(diesel::sql_query(insert), &mut shop.connect());
    assert!(refused.is_err_and(|error| error.to_string().contains("orders_erased_check")));
    assert_eq!(shop.number("select count(*) from addresses"), 0);
}
