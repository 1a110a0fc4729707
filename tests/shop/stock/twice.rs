//! A change of stock that is sent twice is applied once.

use futures_util::future::join_all;
use till::kernel::SkuId;

use crate::support::{Answer, Browser, Form, TestShop};

/// The form of a SKU's page, with these fields changed.
fn typed(page: &Answer, delta: &str, note: &str) -> (String, Vec<(String, String)>) {
    let mut form = Form::of(page, "form[action^='/admin/stock/'][action$='/movements']");
    form.fields.retain(|(name, _)| !matches!(name.as_str(), "delta" | "note"));
    form.fields.extend([("delta".to_owned(), delta.to_owned()), ("note".to_owned(), note.to_owned())]);
    (form.action, form.fields)
}

async fn page_of(clerk: &Browser, sku: SkuId) -> Answer {
    clerk.page(&format!("/admin/stock/{sku}/movements")).await
}

async fn send(clerk: &Browser, (path, fields): &(String, Vec<(String, String)>)) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    clerk.post(path, &fields).await
}

#[tokio::test]
async fn a_form_sent_twice_counts_once_and_is_answered_as_the_first() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(6, "9.00");
    let clerk = shop.clerk("clerk").await;
    for (delta, left) in [("-4", 2), ("-1", 1)] {
        let form = typed(&page_of(&clerk, sku).await, delta, "broken");
        let first = send(&clerk, &form).await.expect(303);
        // Applied twice, there would not be enough stock.
        let second = send(&clerk, &form).await.expect(303);
        assert_eq!((second.location(), shop.number("select stock from skus")), (first.location(), left));
        let said = clerk.page(second.location()).await.text_of(".flash-success");
        assert!(said.contains(&format!("was counted already. There are {left} now")), "{said}");
    }
    // A new page has a new token, even for the same change.
    send(&clerk, &typed(&page_of(&clerk, sku).await, "-1", "broken")).await.expect(303);
    assert_eq!(shop.text("select string_agg(delta::text, ' ' order by id) from stock_movements"), "6 -4 -1 -1");
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_many_sends_at_once_one_is_counted() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(10, "9.00");
    let clerk = shop.clerk("clerk").await;
    for delta in ["5", "-9"] {
        let form = typed(&page_of(&clerk, sku).await, delta, "");
        for answer in join_all((0..8).map(|_| send(&clerk, &form))).await {
            answer.expect(303);
        }
    }
    assert_eq!(shop.number("select stock from skus"), 6);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_old_form_that_says_something_else_is_asked_about_and_not_lost() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(6, "9.00");
    let clerk = shop.clerk("clerk").await;
    let page = page_of(&clerk, sku).await;
    send(&clerk, &typed(&page, "5", "")).await.expect(303);

    let refused = send(&clerk, &typed(&page, "7", "two more")).await.expect(422);

    assert!(refused.text_of(".field-error").contains("sent before"), "{refused}");
    assert_eq!(refused.attribute_of(&format!("#delta-{sku}"), "value"), "7");
    assert_eq!(shop.number("select stock from skus"), 11);
    // The page that comes back has a token of its own.
    send(&clerk, &typed(&refused, "7", "two more")).await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 18);
    // The same token from another member of staff is another change.
    let other = shop.clerk("other").await;
    send(&other, &typed(&refused, "7", "two more")).await.expect(422);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_count_sent_twice_is_answered_as_the_first() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(6, "9.00");
    let clerk = shop.clerk("clerk").await;
    let (path, mut fields) = typed(&page_of(&clerk, sku).await, "4", "");
    fields.retain(|(name, _)| name != "how");
    fields.push(("how".to_owned(), "count".to_owned()));
    let form = (path, fields);
    for answer in join_all((0..4).map(|_| send(&clerk, &form))).await {
        answer.expect(303);
    }
    assert_eq!(shop.text("select string_agg(delta::text, ' ' order by id) from stock_movements"), "6 -2");
    assert_eq!(shop.number("select count(*) from audit_log"), 1, "it is written down once");
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_answer_to_a_question_sent_twice_counts_once() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let counted = |page: &Answer, carried: Option<String>| {
        let (path, mut fields) = typed(page, "50", "");
        fields.retain(|(name, _)| name != "how");
        fields.push(("how".to_owned(), "count".to_owned()));
        fields.extend(carried.map(|carried| ("carried".to_owned(), carried)));
        (path, fields)
    };
    let old = page_of(&clerk, sku).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    mei.orders().await;
    let asked = send(&clerk, &counted(&old, None)).await.expect(422);
    let answer = counted(&asked, Some(asked.attribute_of("button[name=carried]", "value")));
    for sent in join_all((0..4).map(|_| send(&clerk, &answer))).await {
        sent.expect(303);
    }
    assert_eq!(shop.text("select string_agg(delta::text, ' ' order by id) from stock_movements"), "40 10");
    assert_eq!(shop.number("select stock from skus"), 47);
    shop.assert_reconciled();
}
