//! The known attacks on shops by concurrent requests: Warszawski and Bailis, "ACIDRain: Concurrency-Related Attacks on
//! Database-Backed Web Applications", SIGMOD 2017. They looked for concurrent requests that break one of three
//! invariants of a shop, by a lost update or a phantom row, and found 22 such attacks in twelve shops.
//!
//! * Inventory: stock never falls below zero, and matches the orders and the movements of staff. The attack: many buy
//!   the last units at once. It applies here; the tests try it with one shopper and with many, beside changes by staff
//!   and beside orders that are canceled.
//! * Cart: an order is charged for what it contains. The attack: the cart changes while its checkout runs. It applies
//!   here: the cart is in Redis and the order in PostgreSQL, read at one moment and written at another.
//! * Voucher: what may be spent once is spent once. The attack: several checkouts spend the same voucher at once. There
//!   are no vouchers yet. A checkout token and a cart can be used once; the tests try to use those twice.
//!
//! The paper also asks whether the session of a visitor is locked for each request, which hides attacks from one
//! browser. Nothing is locked here, so the tests use one browser too. Paying and canceling one order at once cannot be
//! tested before orders can be paid online.

use futures_util::future::{join, join_all};
use std::collections::{BTreeMap, BTreeSet};
use till::{kernel::SkuId, lifecycle::cancel_expired, platform::clock};

use super::placing::in_cart;
use crate::support::{Answer, Browser, OrderForm, PASSWORD, Shopper, TestShop, order_number};

/// How often each attack is tried; its chance is a matter of microseconds.
const ROUNDS: usize = 12;

/// A token that no page has given.
fn made_up(round: usize, n: usize) -> String {
    format!("made-up-in-round-{round:04}-{n:04}")
}

/// The order lines, and the total; checks that the order is charged for exactly its lines.
#[track_caller]
fn charged_for(shop: &TestShop, number: &str) -> (BTreeMap<SkuId, u32>, String) {
    let goods = shop.texts(&format!(
        "select concat_ws(' ', g.sku_id, g.count) from order_goods g join orders o on o.id = g.order_id
         where o.number = '{number}'"
    ));
    let goods = goods.iter().map(|line| line.split_once(' ').unwrap());
    let goods = goods.map(|(sku, count)| (sku.parse().unwrap(), count.parse().unwrap())).collect();
    let right = shop.number(&format!(
        "select count(*) from orders o join lateral (
            select sum(price * count) as amount from order_goods where order_id = o.id
         ) g on true where o.number = '{number}' and o.total_amount = g.amount + o.freight and o.goods_amount = g.amount"
    ));
    assert_eq!(right, 1, "order {number} is charged for what it holds");
    (goods, shop.text(&format!("select total_amount::text from orders where number = '{number}'")))
}

fn counts(cart: Vec<(SkuId, u32)>) -> BTreeMap<SkuId, u32> {
    cart.into_iter().collect()
}

/// The number of the order if it was placed, `None` if it was refused; nothing else is accepted.
#[track_caller]
fn placed(answer: &Answer) -> Option<String> {
    assert!(matches!(answer.status, 303 | 422), "{answer}");
    (answer.status == 303).then(|| order_number(answer))
}

/// Another browser of a shopper.
async fn again(shop: &TestShop, shopper: &Shopper, username: &str) -> Shopper {
    Shopper { id: shopper.id, address: shopper.address, browser: shop.signed_in(username).await }
}

#[actix_web::test]
async fn inventory_the_last_ones_are_sold_once_to_many_and_to_one_in_many_browsers() {
    let shop = TestShop::unbounded().await;
    let skus = [shop.make_sku(0, "20.00"), shop.make_sku(0, "30.00"), shop.make_sku(0, "40.00")];
    let mut shoppers = Vec::new();
    for n in 0..8 {
        shoppers.push(shop.shopper(&format!("shopper-{n}")).await);
    }
    // One shopper uses three browsers.
    for _ in 0..2 {
        let double = again(&shop, &shoppers[0], "shopper-0").await;
        shoppers.push(double);
    }
    let clerk = shop.clerk("chen").await;
    for round in 0..ROUNDS {
        for sku in skus {
            let path = format!("/admin/stock/{sku}/movements");
            clerk.post(&path, &[("delta", "4"), ("reason", "delivery")]).await.expect(303);
        }
        join_all(shoppers.iter().enumerate().map(async |(n, shopper)| {
            shopper.browser.post("/cart/selection", &[("selected", "false")]).await.expect(303);
            shopper.puts_in_cart(skus[(n + round) % 3], 1).await;
            shopper.puts_in_cart(skus[(n + round + 1) % 3], 1).await;
        }))
        .await;
        let forms = join_all(shoppers.iter().map(Shopper::opens_checkout)).await;
        let staff = async {
            let path = format!("/admin/stock/{}/movements", skus[round % 3]);
            clerk.post(&path, &[("delta", "-2"), ("reason", "damage")]).await
        };

        let presses = join_all(shoppers.iter().zip(&forms).map(|(shopper, form)| shopper.places(form)));
        let (answers, counted) = join(presses, staff).await;

        answers.iter().for_each(|answer| drop(placed(answer)));
        assert!(matches!(counted.status, 303 | 422), "{counted}");
        assert_eq!(shop.number("select count(*) from skus where stock < 0"), 0);
        shop.assert_reconciled();
    }
    assert!(shop.number("select count(*) from orders") > 0);
}

#[actix_web::test]
async fn inventory_what_comes_back_from_canceled_orders_is_sold_once() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(3, "20.00");
    let mut shoppers = Vec::new();
    for n in 0..6 {
        shoppers.push(shop.shopper(&format!("shopper-{n}")).await);
    }
    for _ in 0..ROUNDS {
        // The orders are not paid in time; everybody wants the units that come back.
        join_all(shoppers.iter().map(|shopper| shopper.puts_in_cart(sku, 1))).await;
        shop.execute("update orders set expires_at = now() - interval '1 second' where status = 'unpaid'");
        let mut forms = join_all(shoppers.iter().map(Shopper::opens_checkout)).await;
        forms.iter_mut().for_each(|form| form.pay_method = "alipay".into());
        let cancelers = [(); 2].map(|()| {
            let mut conn = shop.connect();
            tokio::task::spawn_blocking(move || cancel_expired(&mut conn, clock::now(), 100).unwrap())
        });

        let presses = join_all(shoppers.iter().zip(&forms).map(|(shopper, form)| shopper.places(form)));
        let (answers, _) = join(presses, join_all(cancelers)).await;

        answers.iter().for_each(|answer| drop(placed(answer)));
        let kept = shop.number("select coalesce(sum(g.count), 0) from order_goods g join orders o on o.id = g.order_id where o.status = 'unpaid'");
        assert_eq!(kept + shop.number("select stock from skus"), 3);
        shop.assert_reconciled();
        join_all(shoppers.iter().map(async |shopper| {
            shopper.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
        }))
        .await;
    }
    assert!(shop.number("select count(*) from orders where status = 'canceled'") > 0);
}

/// Changes the cart while its checkout runs.
async fn meddle(how: usize, mei: &Browser, cheap: SkuId, dear: SkuId) {
    let entry = |sku: SkuId, what: &str| format!("/cart/entries/{sku}{what}");
    match how {
        // Add an expensive SKU.
        0 => drop(mei.add(dear, 1).await.expect(303)),
        // Raise the count.
        1 => drop(mei.add(cheap, 5).await.expect(303)),
        2 => drop(mei.post(&entry(cheap, ""), &[("count", "9")]).await),
        // Replace the SKU.
        3 => {
            let away = entry(cheap, "/removal");
            join(mei.post(&away, &[]), mei.add(dear, 1)).await;
        }
        // Select an entry that was not selected.
        4 => drop(mei.post(&entry(dear, "/selection"), &[("selected", "true")]).await),
        _ => drop(mei.post("/cart/selection", &[("selected", "true")]).await),
    }
}

#[actix_web::test]
async fn cart_whatever_is_done_to_it_while_its_checkout_runs_the_order_is_charged_for_what_it_holds() {
    let shop = TestShop::unbounded().await;
    let (cheap, dear) = (shop.make_sku(5_000, "20.00"), shop.make_sku(5_000, "5000.00"));
    let mei = shop.shopper("mei").await;
    let mut orders = 0;
    for round in 0..ROUNDS * 6 {
        let how = round % 6;
        for sku in [cheap, dear] {
            mei.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
        }
        mei.puts_in_cart(cheap, 2).await;
        if how >= 4 {
            mei.puts_in_cart(dear, 1).await;
            mei.browser.post(&format!("/cart/entries/{dear}/selection"), &[("selected", "false")]).await.expect(303);
        }
        let form = mei.opens_checkout().await;
        assert_eq!(form.expected_total, "50.00");

        let (answer, ()) = join(mei.places(&form), meddle(how, &mei.browser, cheap, dear)).await;

        let left = counts(in_cart(&shop, &mei).await);
        let Some(number) = placed(&answer) else { continue };
        orders += 1;
        let (goods, total) = charged_for(&shop, &number);
        // The order is what the page showed; what was added later is still in the cart, and nothing is in both.
        assert_eq!((goods, total.as_str()), (BTreeMap::from([(cheap, 2)]), "50.00"), "{how}");
        let right = match how {
            0 | 4 | 5 => vec![BTreeMap::from([(dear, 1)])],
            1 => vec![BTreeMap::from([(cheap, 5)])],
            // Nine in all, nine more, or none if the entry had already left the cart.
            2 => vec![BTreeMap::new(), BTreeMap::from([(cheap, 7)])],
            _ => vec![BTreeMap::from([(dear, 1)])],
        };
        assert!(right.contains(&left), "{how}: {left:?}");
    }
    assert!(orders > 0);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn cart_a_price_that_moves_while_the_checkout_runs_is_asked_about_or_paid_as_shown() {
    let shop = TestShop::unbounded().await;
    let (moving, still) = (shop.make_sku(500, "20.00"), shop.make_sku(500, "30.00"));
    let mei = shop.shopper("mei").await;
    let (mut asked, mut shown) = (0, 0);
    for round in 0..ROUNDS * 2 {
        let (before, after) = if round % 2 == 0 { (20, 90) } else { (90, 20) };
        shop.execute(&format!("update skus set price = {before} where id = {moving}"));
        if in_cart(&shop, &mei).await.is_empty() {
            mei.puts_in_cart(moving, 1).await;
            mei.puts_in_cart(still, 1).await;
        }
        let form = mei.opens_checkout().await;
        let mut conn = shop.connect();
        let moves = tokio::task::spawn_blocking(move || {
            use diesel::connection::SimpleConnection;
            conn.batch_execute(&format!("update skus set price = {after} where id = {moving}")).unwrap();
        });

        let (answer, _) = join(mei.places(&form), moves).await;

        match placed(&answer) {
            Some(number) => {
                assert_eq!(charged_for(&shop, &number).1, form.expected_total);
                shown += 1;
            }
            None => {
                assert_eq!(answer.texts_of(".problem tbody tr"), [format!("Thing 1 ¥{before}.00 ¥{after}.00")]);
                asked += 1;
            }
        }
    }
    assert_eq!((asked + shown, shop.number("select count(*) from orders")), (ROUNDS * 2, shown.try_into().unwrap()));
    shop.assert_reconciled();
}

#[actix_web::test]
async fn voucher_a_token_is_good_for_one_order_from_however_many_browsers_and_with_whatever_beside_it() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(500, "20.00");
    let mei = shop.shopper("mei").await;
    let other = shop.make_address(mei.id);
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(again(&shop, &mei, "mei").await);
    }
    for round in 1..=ROUNDS {
        mei.puts_in_cart(sku, 2).await;
        let form = mei.opens_checkout().await;
        let forms: Vec<OrderForm> = (0..browsers.len())
            .map(|n| OrderForm {
                address: if n % 2 == 0 { mei.address } else { other }.to_string(),
                pay_method: if n % 3 == 0 { "alipay" } else { "cod" }.into(),
                note: format!("from browser {n}"),
                ..form.clone()
            })
            .collect();

        let answers = join_all(browsers.iter().zip(&forms).map(|(browser, form)| browser.places(form))).await;

        let numbers: BTreeSet<String> = answers.into_iter().map(|answer| order_number(&answer.expect(303))).collect();
        assert_eq!((numbers.len(), shop.number("select count(*) from orders")), (1, round.try_into().unwrap()));
        assert!(in_cart(&shop, &mei).await.is_empty());
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn voucher_a_cart_is_good_for_one_order_with_however_many_tokens_made_up() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(5_000, "20.00");
    let mei = shop.shopper("mei").await;
    for round in 0..ROUNDS {
        let orders = shop.number("select count(*) from orders");
        mei.puts_in_cart(sku, 2).await;
        let form = mei.opens_checkout().await;
        let forms: Vec<OrderForm> =
            (0..8).map(|n| OrderForm { token: made_up(round, n), ..form.clone() }).chain([form.clone()]).collect();

        let answers = join_all(forms.iter().map(|form| mei.places(form))).await;

        let numbers: BTreeSet<String> = answers.iter().filter_map(placed).collect();
        assert!(numbers.len() <= 1, "{numbers:?}");
        assert_eq!(usize::try_from(shop.number("select count(*) from orders") - orders).unwrap(), numbers.len());
        let bought = if numbers.is_empty() { 0 } else { 2 };
        let left: u32 = in_cart(&shop, &mei).await.iter().map(|(_, count)| count).sum();
        assert_eq!(bought + left, 2);
        mei.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
    }
    assert!(shop.number("select count(*) from orders") > 0);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_address_that_is_deleted_while_the_checkout_runs_is_on_the_order_or_asked_for_again() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(500, "20.00");
    let mei = shop.shopper("mei").await;
    for _ in 0..ROUNDS {
        let address = shop.make_address(mei.id);
        mei.puts_in_cart(sku, 1).await;
        let form = OrderForm { address: address.to_string(), ..mei.opens_checkout().await };
        let path = format!("/account/addresses/{address}/removal");

        let (answer, gone) = join(mei.places(&form), mei.browser.post(&path, &[])).await;

        gone.expect(303);
        match placed(&answer) {
            Some(number) => {
                let sent =
                    shop.text(&format!("select recipient || ', ' || street from orders where number = '{number}'"));
                assert_eq!(sent, "Mei Lin, 1 Anfu Road");
            }
            None => assert!(answer.has("#address_id-error"), "{answer}"),
        }
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_account_that_is_closed_while_its_checkout_runs_has_ordered_whole_or_not_at_all() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(500, "20.00");
    for round in 0..ROUNDS {
        let username = format!("mei-{round}");
        let mei = shop.shopper(&username).await;
        mei.puts_in_cart(sku, 1).await;
        let form = mei.opens_checkout().await;
        let (mut conn, id) = (shop.connect(), mei.id);
        let closing = tokio::task::spawn_blocking(move || {
            use diesel::connection::SimpleConnection;
            conn.batch_execute(&format!("update users set disabled_at = now() where id = {id}")).unwrap();
        });

        let (answer, _) = join(mei.places(&form), closing).await;

        let answer = answer.expect(303);
        let orders = shop.number(&format!("select count(*) from orders where user_id = {id}"));
        let left = in_cart(&shop, &mei).await.len();
        match answer.location() {
            "/sign-in?next=%2Fcheckout" => assert_eq!((orders, left), (0, 1)),
            _ => assert_eq!((orders, left), (1, 0), "{answer}"),
        }
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn carts_that_are_brought_along_at_once_lose_no_entry_and_double_none() {
    let shop = TestShop::unbounded().await;
    let (sku, left, right) = (shop.make_sku(90, "20.00"), shop.make_sku(90, "30.00"), shop.make_sku(90, "40.00"));
    for round in 0..ROUNDS {
        let username = format!("mei-{round}");
        let mei = shop.shopper(&username).await;
        mei.puts_in_cart(sku, 2).await;
        let guests = [shop.visitor(), shop.visitor()];
        for (guest, (count, own)) in guests.iter().zip([(3, left), (5, right)]) {
            guest.add(sku, count).await.expect(303);
            guest.add(own, 1).await.expect(303);
        }

        // Each of them signs in twice.
        let signing = guests.iter().chain(&guests).map(|guest| guest.sign_in(&username, PASSWORD));
        join_all(signing).await.into_iter().for_each(|answer| drop(answer.expect(303)));

        assert_eq!(counts(in_cart(&shop, &mei).await), BTreeMap::from([(sku, 5), (left, 1), (right, 1)]));
        for guest in &guests {
            guest.post("/sign-out", &[]).await.expect(303);
            assert_eq!(guest.cart().await, []);
        }
    }
}

#[actix_web::test]
async fn a_cart_that_is_brought_along_while_the_checkout_runs_is_not_bought_unseen() {
    let shop = TestShop::unbounded().await;
    let (sku, dear) = (shop.make_sku(500, "20.00"), shop.make_sku(500, "5000.00"));
    for round in 0..ROUNDS {
        let username = format!("mei-{round}");
        let mei = shop.shopper(&username).await;
        mei.puts_in_cart(sku, 2).await;
        let form = mei.opens_checkout().await;
        let guest = shop.visitor();
        guest.add(sku, 5).await.expect(303);
        guest.add(dear, 1).await.expect(303);

        let press_twice = join(mei.places(&form), mei.places(&form));
        let (answers, signed_in) = join(press_twice, guest.sign_in(&username, PASSWORD)).await;

        signed_in.expect(303);
        let cart = counts(in_cart(&shop, &mei).await);
        assert_eq!(cart.get(&dear), Some(&1));
        match placed(&answers.0).or(placed(&answers.1)) {
            Some(number) => {
                assert_eq!(charged_for(&shop, &number), (BTreeMap::from([(sku, 2)]), "50.00".to_owned()));
                // The merge came before the order left the cart, or after.
                assert!(matches!(cart.get(&sku), Some(3 | 5)), "{cart:?}");
            }
            None => assert_eq!(cart.get(&sku), Some(&5)),
        }
    }
    shop.assert_reconciled();
}

#[actix_web::test]
async fn voucher_a_cart_is_good_for_one_order_also_while_another_checkout_of_it_is_refused() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(50_000, "20.00");
    let mei = shop.shopper("mei").await;
    for round in 0..ROUNDS * 4 {
        mei.puts_in_cart(sku, 2).await;
        let form = mei.opens_checkout().await;
        // The same token is refused for its total and then accepted; another token waits for the cart.
        let wrong = OrderForm { expected_total: "1.00".into(), ..form.clone() };
        let other = OrderForm { token: made_up(round, 0), ..form.clone() };
        let orders = shop.number("select count(*) from orders");

        let presses = (join_all((0..3).map(|_| mei.places(&wrong))), mei.places(&form), mei.places(&other));
        futures_util::future::join3(presses.0, presses.1, presses.2).await;

        assert!(shop.number("select count(*) from orders") - orders <= 1, "round {round}");
        mei.browser.post(&format!("/cart/entries/{sku}/removal"), &[]).await.expect(303);
    }
    shop.assert_reconciled();
}
