//! The ledger of a SKU: why its stock is what it is.

use diesel::connection::SimpleConnection;
use till::stock::{LedgerCursor, stock_events};

use crate::support::TestShop;

#[tokio::test]
async fn an_order_that_waited_for_a_row_stands_behind_what_happened_meanwhile() {
    let shop = TestShop::open().await;
    let (first, second) = (shop.make_sku(9, "9.00"), shop.make_sku(3, "9.00"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(first, 1).await;
    mei.puts_in_cart(second, 3).await;
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{second}/movements");
    let held = &mut shop.connect();
    held.batch_execute(&format!("begin; select from skus where id = {first} for no key update")).unwrap();
    let ordering = mei.orders();
    let moving = async {
        shop.somebody_waits().await;
        clerk.post(&path, &[("delta", "-3"), ("reason", "damage")]).await.expect(303);
        clerk.post(&path, &[("delta", "5"), ("reason", "delivery")]).await.expect(303);
        held.batch_execute("commit").unwrap();
    };
    tokio::join!(ordering, moving);
    let page = clerk.page(&path).await;
    assert_eq!(page.texts_of(".movement-balance"), ["2", "5", "0", "3"], "{page}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_ledger_goes_on_page_by_page_and_its_balances_meet_the_shelf() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let mei = shop.shopper("mei").await;
    for _ in 0..3 {
        mei.puts_in_cart(sku, 1).await;
        mei.orders().await;
    }
    // Many movements among them, several at the same time.
    shop.execute(&format!(
        "insert into stock_movements (sku_id, delta, reason, at)
         select {sku}, 1, 'delivery', now() - interval '1 hour' * (n / 40) from generate_series(0, 239) n;
         update skus set stock = stock + 240 where id = {sku}"
    ));
    shop.assert_reconciled();
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;
    let clerk = shop.clerk("clerk").await;
    let mut path = format!("/admin/stock/{sku}/movements");
    let (mut changes, mut balances, mut pages): (Vec<i64>, Vec<i64>, usize) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = clerk.page(&path).await;
        let numbers: Vec<i64> = page
            .texts_of(".ledger tbody .number")
            .iter()
            .map(|number| number.replace('\u{2212}', "-").replace(',', "").parse().unwrap())
            .collect();
        changes.extend(numbers.iter().step_by(2));
        balances.extend(numbers.iter().skip(1).step_by(2));
        pages += 1;
        match page.attributes_of("a[rel=next]", "href").pop() {
            Some(next) => path = next,
            None => break,
        }
    }
    // The initial stock, three sales, 240 movements, another sale.
    assert_eq!((changes.len(), pages), (245, 5));
    assert_eq!(balances[0], shop.number("select stock from skus"));
    for (at, change) in changes.iter().enumerate() {
        let before = balances.get(at + 1).copied().unwrap_or(0);
        assert_eq!(balances[at] - change, before, "each balance is the one before it and its change");
    }
    // An invented URL shows what there is.
    for query in
        ["movement=1", "movement=x&sale=y", "movement=-1&sale=-1", "days=7", "days=0", "days=99999999999999999999"]
    {
        clerk.page(&format!("/admin/stock/{sku}/movements?{query}")).await;
    }
    let nothing = LedgerCursor { movement: 0, sale: 0 };
    assert_eq!(stock_events(&mut shop.connect(), sku, nothing, 50).unwrap().len(), 0);
}

#[tokio::test]
async fn the_history_says_what_made_the_stock_what_it_is() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(10, "9.00");
    shop.execute("alter table stock_movements disable trigger all");
    shop.execute("update stock_movements set at = now() - interval '60 days'");
    shop.execute("alter table stock_movements enable trigger all");
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/movements");
    clerk.post(&path, &[("delta", "-3"), ("reason", "damage"), ("note", "Fell off")]).await.expect(303);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 4).await;
    mei.orders().await;
    let page = clerk.page(&path).await;
    let words = page.text_of(".history-words");
    assert_eq!(words, "In 30 days from 10 to 3. Sale −4 Damage −3");
    assert!(page.attribute_of("svg[role=img]", "aria-label").ends_with("The fewest were 3, the most 10."));
    assert_eq!(page.texts_of(".history-table td"), ["0", "−7", "3"]);
    assert!(page.attribute_of(".chart-line", "d").starts_with("M0 0H"));
    let longer = clerk.page(&format!("{path}?days=90")).await.text_of(".history-words");
    assert!(longer.starts_with("In 90 days from 0 to 3. Import +10"), "{longer}");
    // A SKU whose only change is its import.
    let untouched = shop.make_sku(1, "9.00");
    let quiet = clerk.page(&format!("/admin/stock/{untouched}/movements")).await;
    assert_eq!(quiet.text_of(".history-words"), "In 30 days from 0 to 1. Import +1");
}

#[tokio::test]
async fn a_sku_that_sells_all_the_time_is_told_day_by_day() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(50, "9.00");
    shop.execute(&format!(
        "insert into stock_movements (sku_id, delta, reason, at)
         select {sku}, case when n % 2 = 0 then 2 else -1 end, case when n % 2 = 0 then 'delivery' else 'damage' end,
            now() - interval '1 minute' * n
         from generate_series(1, 1200) n;
         update skus set stock = stock + 600, sales = 70 where id = {sku}"
    ));
    shop.execute(&format!(
        "update skus set stock = stock - 70 where id = {sku};
         insert into sku_sales (sku_id, day, sales) values ({sku}, current_date - 40, 5), ({sku}, current_date - 3, 25)"
    ));
    let page = shop.clerk("clerk").await.page(&format!("/admin/stock/{sku}/movements")).await;
    let words = page.text_of(".history-words");
    assert_eq!(words, "In 30 days from 0 to 580. Delivery +1,200 Damage −600 Sale −65 Import +50");
}

#[tokio::test]
async fn a_movement_for_an_unknown_reason_is_a_fault_and_no_sale() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(12, "9.00");
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/movements");
    clerk.get(&path).await.expect(200);
    shop.execute(&format!(
        "alter table stock_movements drop constraint stock_movements_reason_check;
         insert into stock_movements (sku_id, delta, reason) values ({sku}, -2, 'mystery');
         update skus set stock = stock - 2"
    ));
    clerk.get(&path).await.expect(500);
}
