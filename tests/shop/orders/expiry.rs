//! Orders that were not paid in time.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use till::{lifecycle::cancel_expired, platform::clock};

use crate::support::{Shopper, TestShop};

/// Places an order of one of each, to be paid online, whose time is over.
async fn unpaid(shop: &TestShop, shopper: &Shopper, skus: &[till::kernel::SkuId]) {
    for sku in skus {
        shopper.puts_in_cart(*sku, 1).await;
    }
    let mut form = shopper.opens_checkout().await;
    form.pay_method = "alipay".into();
    shopper.places(&form).await.expect(303);
    shop.execute("update orders set expires_at = now() - interval '1 second' where status = 'unpaid'");
}

#[actix_web::test]
async fn each_is_canceled_once_while_many_cancel_buy_and_count_the_same_goods() {
    // Without the limits of one account, which are not tested here.
    let shop = TestShop::unbounded().await;
    let skus = [shop.make_sku(500, "20.00"), shop.make_sku(500, "30.00")];
    let mei = shop.shopper("mei").await;
    for _ in 0..20 {
        unpaid(&shop, &mei, &skus).await;
    }
    let mut buyers = Vec::new();
    for n in 0..10 {
        let buyer = shop.shopper(&format!("buyer-{n}")).await;
        buyer.puts_in_cart(skus[1], 1).await;
        buyer.puts_in_cart(skus[0], 1).await;
        let form = buyer.opens_checkout().await;
        buyers.push((buyer, form));
    }
    let clerk = shop.clerk("clerk").await;

    let cancelers = [(); 4].map(|()| {
        let mut conn = shop.connect();
        std::thread::spawn(move || (0..5).map(|_| cancel_expired(&mut conn, clock::now(), 100).unwrap()).sum::<usize>())
    });
    let buying = join_all(buyers.iter().map(|(buyer, form)| buyer.places(form)));
    let path = format!("/admin/stock/{}/movements", skus[0]);
    let counting = async {
        for _ in 0..10 {
            clerk.post(&path, &[("delta", "5"), ("reason", "delivery")]).await.expect(303);
        }
    };
    let (bought, ()) = tokio::join!(buying, counting);
    let canceled: usize = cancelers.into_iter().map(|canceler| canceler.join().unwrap()).sum();

    assert!(bought.iter().all(|answer| answer.status == 303));
    assert_eq!(canceled, 20);
    assert_eq!(shop.texts("select stock from skus order by id"), ["540", "490"]);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn one_that_cannot_be_canceled_keeps_no_other_waiting() {
    let shop = TestShop::open().await;
    let (odd, fine) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    unpaid(&shop, &mei, &[odd]).await;
    unpaid(&shop, &mei, &[fine]).await;
    // The sales counter is wrong, so this order cannot be canceled.
    shop.execute(&format!("update skus set sales = 0 where id = {odd}"));
    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 100).unwrap(), 1);
    assert_eq!(shop.texts("select stock from skus order by id"), ["4", "5"]);
    // After it is corrected, the order is canceled.
    shop.execute(&format!("update skus set sales = 1 where id = {odd}"));
    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 100).unwrap(), 1);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn those_of_goods_that_somebody_holds_keep_no_other_waiting() {
    let shop = TestShop::open().await;
    let (held, free) = (shop.make_sku(5, "20.00"), shop.make_sku(5, "30.00"));
    let mei = shop.shopper("mei").await;
    for sku in [held, held, held, free] {
        unpaid(&shop, &mei, &[sku]).await;
    }
    shop.execute("update orders set expires_at = now() - interval '1 hour' + make_interval(secs => id)");
    let mut holder = shop.connect();
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();

    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 2).unwrap(), 1);

    assert_eq!(shop.texts("select stock from skus order by id"), ["2", "5"]);
    holder.batch_execute("rollback").unwrap();
    let mut conn = shop.connect();
    let canceled = [(); 3].map(|()| cancel_expired(&mut conn, clock::now(), 2).unwrap());
    assert_eq!(canceled, [2, 1, 0]);
    shop.assert_reconciled();
}
