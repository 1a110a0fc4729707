//! Changing many SKUs with the one form of the stock list.

use futures_util::future::join_all;
use till::kernel::SkuId;

use crate::support::{Answer, Browser, Form, TestShop};

const LIST: &str = "form[action='/admin/stock/changes']";

/// The form of a list with these fields changed.
fn typed(page: &Answer, said: &[(&str, &str)], amounts: &[(SkuId, &str)]) -> Vec<(String, String)> {
    let mut fields = Form::of(page, LIST).fields;
    let amounts = amounts.iter().map(|(sku, amount)| (format!("amount-{sku}"), (*amount).to_owned()));
    for (name, value) in said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(amounts) {
        fields.retain(|(field, _)| *field != name);
        fields.push((name, value));
    }
    fields
}

async fn send(clerk: &Browser, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    clerk.post("/admin/stock/changes", &fields).await
}

fn stock(shop: &TestShop, sku: SkuId) -> i64 {
    shop.number(&format!("select stock from skus where id = {sku}"))
}

fn in_field(page: &Answer, sku: SkuId) -> String {
    page.attributes_of(&format!("#amount-{sku}"), "value").pop().unwrap_or_default()
}

#[tokio::test]
async fn many_skus_change_at_once_with_one_reason_and_note() {
    let shop = TestShop::open().await;
    let skus = [3, 40, 12, 7].map(|stock| shop.make_sku(stock, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/stock?sort=newest").await;
    let amounts = [(skus[0], "5"), (skus[1], "-4"), (skus[2], "+8")];
    let form = typed(&page, &[("reason", "delivery"), ("note", "Pallet 7")], &amounts);
    let answer = send(&clerk, &form).await.expect(303);
    assert_eq!(answer.location(), "/admin/stock?sort=newest&reason=delivery&note=Pallet+7");
    let next = clerk.page(answer.location()).await;
    assert_eq!(next.attribute_of("#note", "value"), "Pallet 7", "whoever goes on says it once");
    assert!(next.text_of(".flash-success").contains("3 SKUs changed"));
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [8, 36, 20, 7]);
    let written =
        "select concat_ws(' ', delta, reason, note) from stock_movements where staff_id is not null order by id";
    assert_eq!(shop.texts(written), ["5 delivery Pallet 7", "-4 delivery Pallet 7", "8 delivery Pallet 7"]);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'move_stock'"), 3);

    let page = clerk.page("/admin/stock").await;
    let form = typed(&page, &[("how", "count"), ("reason", "count")], &[(skus[0], "8"), (skus[1], "30")]);
    let answer = send(&clerk, &form).await.expect(303);
    let said = clerk.page(answer.location()).await.text_of(".flash-success");
    assert!(said.contains("1 SKU changed. 1 was as counted."), "{said}");
    // The message of a single change is a sum.
    let form = typed(&clerk.page("/admin/stock").await, &[("how", "difference")], &[(skus[3], "-2")]);
    let answer = send(&clerk, &form).await.expect(303);
    assert!(clerk.page(answer.location()).await.text_of(".flash-success").contains("7 − 2 = 5"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_cannot_be_done_stays_typed_and_takes_nothing_else_with_it() {
    let shop = TestShop::open().await;
    let skus = [3, 40, 12].map(|stock| shop.make_sku(stock, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/stock?show=low").await;
    // The list shows only one of them; the others were on it when the form was filled in.
    let form =
        typed(&page, &[("reason", "damage"), ("note", "Rain")], &[(skus[0], "-4"), (skus[1], "-4"), (skus[2], "-2")]);
    let refused = send(&clerk, &form).await.expect(422);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [3, 36, 10]);
    assert!(refused.text_of(".error-summary").contains("2 done; another look needed: 1"), "{refused}");
    assert!(refused.text_of(&format!("#amount-{}-error", skus[0])).contains("Only 3 are left"));
    assert_eq!(skus.map(|sku| in_field(&refused, sku)), ["-4", "", ""], "what is done is not typed any more");
    assert_eq!(refused.attribute_of("#note", "value"), "Rain");
    assert_eq!(refused.attribute_of("#reason [selected]", "value"), "damage");
    assert_eq!(refused.texts_of(".stock-done"), ["40 − 4 = 36", "12 − 2 = 10"]);
    // Reloading the page sends the form again.
    let again = send(&clerk, &form).await.expect(422);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [3, 36, 10]);
    assert_eq!(again.texts_of(".stock-done"), ["Changed already", "Changed already"]);
    // The form that came back has a token of its own.
    send(&clerk, &typed(&again, &[], &[(skus[0], "-3"), (skus[1], "1")])).await.expect(303);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [0, 37, 10]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_is_mistyped_stops_the_form_and_nothing_typed_is_lost() {
    let shop = TestShop::open().await;
    let skus = [3, 40].map(|stock| shop.make_sku(stock, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/stock").await;
    let before = shop.fingerprint();
    for wrong in ["0", "1.5", "x", "1e3", "99999999999999999999", "1000001", &"9".repeat(5_000)] {
        let refused = send(&clerk, &typed(&page, &[("note", "typed")], &[(skus[0], wrong), (skus[1], "5")])).await;
        let refused = refused.expect(422);
        assert!(refused.text_of(".error-summary").contains("Nothing is changed yet"), "{refused}");
        assert_eq!([in_field(&refused, skus[0]).as_str(), &in_field(&refused, skus[1])], [wrong, "5"]);
        assert_eq!(refused.attribute_of("#note", "value"), "typed");
    }
    for wrong in ["-1", "+-1", "1000001"] {
        send(&clerk, &typed(&page, &[("how", "count")], &[(skus[0], wrong)])).await.expect(422);
    }
    let seen = format!("seen-{}", skus[0]);
    for lost in ["", "40", "x/y", "/", "99999999999999999999/0"] {
        send(&clerk, &typed(&page, &[("how", "count"), (&seen, lost)], &[(skus[0], "4")])).await.expect(422);
    }
    send(&clerk, &typed(&page, &[("reason", "theft")], &[(skus[0], "4")])).await.expect(422);
    send(&clerk, &typed(&page, &[("note", &"x".repeat(501))], &[(skus[0], "4")])).await.expect(422);
    let none = send(&clerk, &typed(&page, &[], &[])).await.expect(422);
    assert!(none.text_of(".error-summary").contains("at least one"), "{none}");
    let many: Vec<(SkuId, &str)> = (1..=101).map(|id| (SkuId(id), "1")).collect();
    let many = send(&clerk, &typed(&page, &[], &many)).await;
    assert!(matches!(many.status, 404 | 422), "{many}");
    // One SKU does not exist; the others are not changed either.
    send(&clerk, &typed(&page, &[], &[(skus[0], "1"), (SkuId(i64::MAX), "1")])).await.expect(404);
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn counts_that_were_overtaken_are_asked_about_row_by_row() {
    let shop = TestShop::open().await;
    let skus = [40, 50, 60, 70].map(|stock| shop.make_sku(stock, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page("/admin/stock").await;
    let mei = shop.shopper("mei").await;
    for sku in &skus[..3] {
        mei.puts_in_cart(*sku, 3).await;
    }
    mei.orders().await;
    let amounts = [(skus[0], "50"), (skus[1], "50"), (skus[2], "10"), (skus[3], "69")];
    let form = typed(&page, &[("how", "count"), ("reason", "count")], &amounts);
    let asked = send(&clerk, &form).await.expect(422);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [37, 47, 57, 69], "the one that nobody bought is set");
    let words = asked.text_of(&format!("#amount-{}-error", skus[0]));
    assert!(words.contains("3 sold while you typed: 40 to 37; you counted 50"), "{words}");
    // Without an answer the question is asked again.
    let asked = send(&clerk, &typed(&asked, &[], &[])).await.expect(422);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [37, 47, 57, 69]);
    let answer = |sku: SkuId, at: usize| {
        (format!("answer-{sku}"), asked.attributes_of(&format!("[name=answer-{sku}]"), "value")[at].clone())
    };
    let answers = [answer(skus[0], 0), answer(skus[1], 1), answer(skus[2], 2)];
    let said: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // Another sale before the answers arrive: the question is asked again about the new stock.
    mei.puts_in_cart(skus[1], 2).await;
    mei.orders().await;
    let asked = send(&clerk, &typed(&asked, &said, &[])).await.expect(422);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [50, 45, 57, 69], "after, not yet, left");
    let words = asked.text_of(&format!("#amount-{}-error", skus[1]));
    assert!(words.contains("2 sold while you typed: 47 to 45; you counted 47"), "{words}");
    let before = format!("[name=answer-{}][value^=before]", skus[1]);
    let (name, value) = (format!("answer-{}", skus[1]), asked.attribute_of(&before, "value"));
    send(&clerk, &typed(&asked, &[(&name, &value)], &[])).await.expect(303);
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [50, 45, 57, 69], "47 before two were sold is what there is");
    // Only "leave it" for every SKU.
    let name = format!("answer-{}", skus[0]);
    let left = send(&clerk, &typed(&page, &[("how", "count"), (&name, "leave")], &[(skus[0], "1")])).await.expect(303);
    assert!(clerk.page(left.location()).await.text_of(".flash").contains("Left as it is"));
    for strange in ["before", "before x", "before 1/", "before 99/0 ", "after", "after -1/-1", "x 1/1"] {
        let said = [("how", "count"), (name.as_str(), strange)];
        send(&clerk, &typed(&page, &said, &[(skus[0], "1")])).await.expect(422);
    }
    assert_eq!(stock(&shop, skus[0]), 50);
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_many_sends_of_one_form_at_once_each_sku_is_changed_once() {
    let shop = TestShop::open().await;
    let skus = [3, 40, 12].map(|stock| shop.make_sku(stock, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let form = typed(&clerk.page("/admin/stock").await, &[], &[(skus[0], "-2"), (skus[1], "5"), (skus[2], "-7")]);
    for answer in join_all((0..6).map(|_| send(&clerk, &form))).await {
        answer.expect(303);
    }
    assert_eq!(skus.map(|sku| stock(&shop, sku)), [1, 45, 5]);
    assert_eq!(shop.number("select count(*) from audit_log"), 3);
    shop.assert_reconciled();
}

#[tokio::test]
async fn two_of_the_staff_with_lists_and_fifty_shoppers_at_one_shelf_lose_nothing() {
    let shop = TestShop::open().await;
    let skus = [100, 100, 100].map(|stock| shop.make_sku(stock, "9.00"));
    let clerks = [shop.clerk("one").await, shop.clerk("two").await];
    let mut shoppers = Vec::new();
    for n in 0..50 {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        // Sometimes also the other SKU, in another order than the list.
        for sku in [skus[1], skus[n % 2]] {
            shopper.puts_in_cart(sku, 1).await;
        }
        let form = shopper.opens_checkout().await;
        shoppers.push((shopper, form));
    }
    let ordered =
        |sku: SkuId| shop.number(&format!("select coalesce(sum(count), 0) from order_goods where sku_id = {sku}"));
    let moving = async {
        for n in 0..10 {
            let by = if n % 2 == 0 { "3" } else { "-2" };
            let form = typed(&clerks[0].page("/admin/stock").await, &[], &skus.map(|sku| (sku, by)));
            send(&clerks[0], &form).await.expect(303);
        }
    };
    // Counts one more of each than the page shows, and drops counts that are asked about.
    let counting = async {
        for _ in 0..10 {
            let page = clerks[1].page("/admin/stock").await;
            let counted = skus.map(|sku| {
                let seen = page.attribute_of(&format!("[name=seen-{sku}]"), "value");
                (seen.split('/').next().unwrap().parse::<i64>().unwrap() + 1).to_string()
            });
            let amounts: Vec<(SkuId, &str)> = skus.iter().copied().zip(counted.iter().map(String::as_str)).collect();
            let form = typed(&page, &[("how", "count"), ("reason", "count")], &amounts);
            let answer = send(&clerks[1], &form).await;
            assert!(matches!(answer.status, 303 | 422), "{answer}");
        }
    };
    let buying = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let ((), (), bought) = tokio::join!(moving, counting, buying);
    assert!(bought.iter().all(|answer| answer.status == 303));
    for sku in skus {
        let counts = format!("select count(*) from stock_movements where reason = 'count' and sku_id = {sku}");
        assert_eq!(stock(&shop, sku), 100 + 5 * 3 - 5 * 2 - ordered(sku) + shop.number(&counts));
    }
    assert_eq!(ordered(skus[2]), 0);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_nobody_knows_how_to_book_is_not_booked() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let before = shop.fingerprint();
    for how in ["nonsense", "Count", "difference,count"] {
        let page = clerk.page("/admin/stock").await;
        let refused = send(&clerk, &typed(&page, &[("how", how)], &[(sku, "5")])).await.expect(422);
        assert!(refused.text_of(".error-summary").contains("what the number means"), "{refused}");
        assert_eq!(in_field(&refused, sku), "5", "what was typed is still there");
        let alone = [("how", how), ("delta", "5"), ("reason", "delivery")];
        let refused = clerk.post(&format!("/admin/stock/{sku}/movements"), &alone).await.expect(422);
        assert!(refused.text_of(".field-error").contains("what the number means"), "{refused}");
        assert_eq!(refused.attribute_of(&format!("#delta-{sku}"), "value"), "5");
    }
    // An answer that the page did not offer.
    let (seen, answer) = (format!("seen-{sku}"), format!("answer-{sku}"));
    let said = [("how", "count"), (seen.as_str(), "40/0"), (answer.as_str(), "afterwards 40/0")];
    send(&clerk, &typed(&clerk.page("/admin/stock").await, &said, &[(sku, "41")])).await.expect(422);
    assert_eq!(shop.fingerprint(), before);
}
