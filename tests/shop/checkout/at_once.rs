//! Many shoppers at the same moment.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use std::{collections::BTreeSet, time::Duration};

use super::placing::in_cart;
use crate::support::{OrderForm, Shopper, TestShop, order_number};

/// Long enough for a request to reach the queue.
const MOMENT: Duration = Duration::from_millis(200);

/// Creates this many shoppers, each with a filled cart and an open checkout.
async fn ready(
    shop: &TestShop,
    how_many: usize,
    cart: impl Fn(usize) -> Vec<till::kernel::SkuId>,
) -> Vec<(Shopper, OrderForm)> {
    let mut ready = Vec::new();
    for n in 0..how_many {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        for sku in cart(n) {
            shopper.puts_in_cart(sku, 1).await;
        }
        let form = shopper.opens_checkout().await;
        ready.push((shopper, form));
    }
    ready
}

#[actix_web::test]
async fn of_200_at_once_exactly_50_get_the_50_there_are_and_the_others_are_told() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(50, "20.00");
    let shoppers = ready(&shop, 200, |_| vec![sku]).await;

    let answers = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form))).await;

    let placed = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(placed, 50);
    for refused in answers.iter().filter(|answer| answer.status != 303) {
        assert_eq!(refused.status, 422, "{refused}");
        let row = refused.text_of(".problem tbody tr");
        assert_eq!(row, "Thing 1 1 0");
    }
    assert_eq!(shop.text("select concat_ws(' ', stock, sales) from skus"), "0 50");
    assert_eq!(shop.number("select sales from spus"), 50);
    assert_eq!(shop.number("select count(*) from orders"), 50);
    for ((shopper, _), answer) in shoppers.iter().zip(&answers) {
        let left = in_cart(&shop, shopper).await;
        assert_eq!(left.is_empty(), answer.status == 303, "a cart loses what was bought, and nothing else");
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn orders_over_the_same_skus_in_opposite_order_meet_no_deadlock() {
    let shop = TestShop::open().await;
    let skus: Vec<_> =
        (0..6).map(|_| shop.make_spu(&format!("Spu {}", shop.number("select count(*) from spus")))).collect();
    let skus: Vec<_> = skus.into_iter().map(|spu| shop.make_sku_of(spu, 1000, "20.00")).collect();
    let reversed: Vec<_> = skus.iter().rev().copied().collect();
    let shoppers = ready(&shop, 40, |n| if n % 2 == 0 { skus.clone() } else { reversed.clone() }).await;

    let answers = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form))).await;

    assert!(answers.iter().all(|answer| answer.status == 303));
    assert_eq!(shop.texts("select distinct concat_ws(' ', stock, sales) from skus"), ["960 40"]);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn the_same_checkout_sent_20_times_at_once_is_one_order() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(100, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    let form = mei.opens_checkout().await;

    let answers = join_all((0..20).map(|_| mei.places(&form))).await;

    let numbers: BTreeSet<String> = answers.into_iter().map(|answer| order_number(&answer.expect(303))).collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(shop.number("select count(*) from orders"), 1);
    assert_eq!(shop.number("select stock from skus"), 97);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn the_last_one_sent_20_times_at_once_is_one_order_and_no_refusal() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(1, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    let answers = join_all((0..20).map(|_| mei.places(&form))).await;
    let numbers: BTreeSet<String> = answers.into_iter().map(|answer| order_number(&answer.expect(303))).collect();
    assert_eq!(numbers.len(), 1);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_old_page_does_not_speak_for_the_new_one_that_is_sent_beside_it() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(10, "20.00");
    let (bo, mei) = (shop.shopper("bo").await, shop.shopper("mei").await);
    bo.puts_in_cart(sku, 1).await;
    mei.puts_in_cart(sku, 1).await;
    let (first, old) = (bo.opens_checkout().await, mei.opens_checkout().await);
    mei.puts_in_cart(sku, 1).await;
    let new = mei.opens_checkout().await;
    assert_eq!(old.token, new.token, "one cart has one token");
    // Bo's order waits for the lock, and both of Mei's requests join the same batch behind it.
    let mut holder = shop.connect();
    holder.batch_execute("begin; lock table addresses in access exclusive mode").unwrap();

    let press = async |shopper: &Shopper, form: &OrderForm, moments: u32| {
        tokio::time::sleep(MOMENT * moments).await;
        shopper.places(form).await
    };
    let commits = async {
        tokio::time::sleep(MOMENT * 3).await;
        holder.batch_execute("commit").unwrap();
    };
    let (first, old, new, ()) =
        tokio::join!(press(&bo, &first, 0), press(&mei, &old, 1), press(&mei, &new, 2), commits);

    first.expect(303);
    let number = order_number(&new.expect(303));
    assert!(old.status == 422 || order_number(&old) == number, "{}", old.status);
    assert_eq!(shop.text("select string_agg(total_count::text, ' ' order by total_count) from orders"), "1 2");
    shop.assert_reconciled();
}

#[actix_web::test]
async fn two_checkouts_of_one_cart_from_two_tabs_never_sell_more_than_there_is() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(3, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let tabs = [mei.opens_checkout().await, mei.opens_checkout().await];
    join_all(tabs.iter().map(|form| mei.places(form))).await;
    assert_eq!(shop.number("select stock from skus"), 1);
    assert_eq!(shop.number("select count(*) from orders"), 1);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn one_cart_is_ordered_once_from_however_many_tabs() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(100, "20.00");
    let mei = shop.shopper("mei").await;
    for round in 1..=3 {
        mei.puts_in_cart(sku, 2).await;
        let tabs = join_all((0..8).map(|_| mei.opens_checkout())).await;

        let answers = join_all(tabs.iter().map(|form| mei.places(form))).await;

        let numbers: BTreeSet<String> = answers.into_iter().map(|answer| order_number(&answer.expect(303))).collect();
        assert_eq!(numbers.len(), 1);
        assert_eq!(shop.number("select count(*) from orders"), round);
        assert!(in_cart(&shop, &mei).await.is_empty());
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn two_clerks_and_50_shoppers_on_one_sku_lose_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(10, "20.00");
    let shoppers = ready(&shop, 50, |_| vec![sku]).await;
    let clerks = [shop.clerk("clerk-1").await, shop.clerk("clerk-2").await];
    let path = format!("/admin/stock/{sku}/movements");

    let counting = join_all(clerks.iter().map(|clerk| async {
        let mut moved = 0;
        for delta in [7, -3, 9, -4, 6, -2] {
            let answer = clerk.post(&path, &[("delta", &delta.to_string()), ("reason", "count")]).await;
            moved += if answer.status == 303 { delta } else { 0 };
        }
        moved
    }));
    let placing = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let (moved, answers) = tokio::join!(counting, placing);

    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422)));
    let sold = i64::try_from(answers.iter().filter(|answer| answer.status == 303).count()).unwrap();
    assert_eq!(shop.number("select stock from skus"), 10 + moved.iter().sum::<i64>() - sold);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn a_second_press_is_never_told_sold_out_by_its_own_first() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(1, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    let first = order_number(&mei.places(&form).await.expect(303));
    shop.execute("update orders set checkout_token = 'not-known-to-anybody-yet'");
    mei.puts_in_cart(sku, 1).await;
    // The first request commits after the validation of the second has begun, and before that reads the stock.
    let mut first_press = shop.connect();
    first_press
        .batch_execute(&format!(
            "begin; update orders set checkout_token = '{}'; lock table images in access exclusive mode",
            form.token
        ))
        .unwrap();

    let second = mei.places(&form);
    let commits = async {
        shop.somebody_waits().await;
        first_press.batch_execute("commit").unwrap();
    };
    let (second, ()) = futures_util::future::join(second, commits).await;

    assert_eq!(order_number(&second.expect(303)), first);
    shop.assert_reconciled();
}
