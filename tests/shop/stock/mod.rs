//! Stock: who may change it, and what happens to it.

mod counting;
mod imports;
mod large_changes;
mod ledger;
mod list;
mod low_stock_mail;
mod many;
mod search;
mod twice;
mod undo;

use futures_util::future::join_all;
use till::kernel::SkuId;

use crate::support::{Answer, Browser, TestShop};

async fn change(browser: &Browser, sku: SkuId, delta: &str, reason: &str, note: &str) -> Answer {
    let fields = [("delta", delta), ("reason", reason), ("note", note)];
    browser.post(&format!("/admin/stock/{sku}/movements"), &fields).await
}

#[tokio::test]
async fn a_change_of_stock_is_written_with_who_did_it_and_why() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(12, "9.00");
    let clerk = shop.clerk("clerk").await;
    let answer = change(&clerk, sku, "5", "delivery", "Pallet 7").await.expect(303);
    let page = clerk.page(answer.location()).await;
    assert!(page.text_of(".flash-success").contains("12 + 5 = 17"), "{page}");
    change(&clerk, sku, "-3", "damage", "").await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 14);
    let written = shop.texts(
        "select concat_ws(' ', delta, reason, username, note) from stock_movements m left join users u on u.id = m.staff_id
         order by m.id",
    );
    assert_eq!(written, ["12 import ", "5 delivery clerk Pallet 7", "-3 damage clerk "]);
    let page = clerk.page(&format!("/admin/stock/{sku}/movements")).await;
    assert_eq!(page.texts_of(".ledger tbody .number"), ["−3", "14", "+5", "17", "+12", "12"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn stock_below_zero_and_strange_changes_are_refused_and_write_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let clerk = shop.clerk("clerk").await;
    let before = shop.fingerprint();
    let refused = change(&clerk, sku, "-6", "correction", "typed").await.expect(422);
    assert!(refused.text_of(".field-error").contains("Only 5 are left"), "{refused}");
    assert_eq!(refused.attribute_of(&format!("#delta-{sku}"), "value"), "-6", "what was typed is still there");
    assert_eq!(refused.attribute_of(&format!("#note-{sku}"), "value"), "typed");
    for delta in [
        "",
        "0",
        "-0",
        "1.5",
        "x",
        "1e3",
        "99999999999999999999",
        "2147483648",
        "-2147483648",
        "1000001",
        &"9".repeat(10_000),
    ] {
        let refused = change(&clerk, sku, delta, "delivery", "").await.expect(422);
        assert!(refused.has(".field-error"), "{delta}");
    }
    for reason in ["", "theft", "import", "cancellation", "DELIVERY"] {
        change(&clerk, sku, "1", reason, "").await.expect(422);
    }
    change(&clerk, sku, "1", "delivery", &"x".repeat(501)).await.expect(422);
    for nowhere in [0, -1, i64::MAX] {
        change(&clerk, SkuId(nowhere), "1", "delivery", "").await.expect(404);
    }
    for nowhere in ["x", "1.5", "%00", "99999999999999999999"] {
        clerk
            .post(&format!("/admin/stock/{nowhere}/movements"), &[("delta", "1"), ("reason", "delivery")])
            .await
            .expect(404);
    }
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn a_change_leads_back_to_the_list_it_was_made_on_and_nowhere_else() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let clerk = shop.clerk("clerk").await;
    for (next, back) in [
        ("/admin/stock?show=low", "/admin/stock?show=low"),
        ("https://evil.example", "/admin/stock"),
        ("", "/admin/stock"),
    ] {
        let fields = [("delta", "1"), ("reason", "delivery"), ("next", next)];
        let answer = clerk.post(&format!("/admin/stock/{sku}/movements"), &fields).await.expect(303);
        assert_eq!(answer.location(), back);
    }
}

#[tokio::test]
async fn a_sale_stands_between_the_movements() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let number = mei.orders().await;
    let page = shop.clerk("clerk").await.page(&format!("/admin/stock/{sku}/movements")).await;
    assert_eq!(page.texts_of(".ledger tbody .number"), ["−2", "3", "+5", "5"]);
    assert!(page.text_of(".ledger tbody").contains(&number), "{page}");
}

#[tokio::test]
async fn two_staff_and_fifty_shoppers_at_the_same_shelf_lose_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(60, "9.00");
    let clerks = [shop.clerk("one").await, shop.clerk("two").await];
    let mut shoppers = Vec::new();
    for n in 0..50 {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        shopper.puts_in_cart(sku, 1).await;
        let form = shopper.opens_checkout().await;
        shoppers.push((shopper, form));
    }
    let moving = join_all((0..40).map(|n| {
        let (clerk, delta) = (&clerks[n % 2], if n % 4 < 2 { "3" } else { "-2" });
        change(clerk, sku, delta, "correction", "")
    }));
    let buying = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let (moved, bought) = tokio::join!(moving, buying);
    assert!(moved.iter().chain(&bought).all(|answer| answer.status == 303));
    assert_eq!(shop.number("select stock from skus"), 60 + 20 * 3 - 20 * 2 - 50);
    assert_eq!(shop.number("select count(*) from stock_movements"), 41);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'move_stock'"), 40);
    assert_eq!(shop.number("select count(*) from orders"), 50);
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_two_who_take_the_last_ones_at_once_one_is_told() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let clerks = [shop.clerk("one").await, shop.clerk("two").await];
    let taken = join_all(clerks.iter().map(|clerk| change(clerk, sku, "-4", "damage", ""))).await;
    let mut statuses: Vec<u16> = taken.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(shop.number("select stock from skus"), 1);
    shop.assert_reconciled();
}
