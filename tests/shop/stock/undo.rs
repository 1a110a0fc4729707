//! Undoing a whole form, and the mode of the next form.

use till::kernel::SkuId;

use crate::support::{Answer, Browser, Form, TestShop};

const LIST: &str = "form[action='/admin/stock/changes']";
const UNDO: &str = "form[action='/admin/stock/reversals']";

async fn change(clerk: &Browser, how: &str, amounts: &[(SkuId, &str)]) -> Answer {
    let mut fields = Form::of(&clerk.page("/admin/stock").await, LIST).fields;
    fields.retain(|(name, _)| name != "how" && amounts.iter().all(|(sku, _)| *name != format!("amount-{sku}")));
    fields.push(("how".to_owned(), how.to_owned()));
    fields.extend(amounts.iter().map(|(sku, amount)| (format!("amount-{sku}"), (*amount).to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = clerk.post("/admin/stock/changes", &fields).await.expect(303);
    clerk.page(answer.location()).await
}

async fn undo(clerk: &Browser, token: &str) -> Answer {
    let answer = clerk.post("/admin/stock/reversals", &[("token", token)]).await.expect(303);
    clerk.page(answer.location()).await
}

fn token(page: &Answer) -> String {
    page.attribute_of(&format!("{UNDO} [name=token]"), "value")
}

#[tokio::test]
async fn what_one_form_has_changed_is_told_and_taken_back_with_one_press() {
    let shop = TestShop::open().await;
    let skus = [36, 15, 4].map(|stock| shop.make_sku(stock, "9.00"));
    let stocks = || skus.map(|sku| shop.number(&format!("select stock from skus where id = {sku}")));
    let clerk = shop.clerk("clerk").await;
    let page = change(&clerk, "count", &[(skus[0], "71"), (skus[1], "29")]).await;
    let said = page.text_of(".flash-success");
    assert!(said.contains("36 → 71") && said.contains("15 → 29"), "{said}");
    assert_eq!(stocks(), [71, 29, 4]);
    let token = token(&page);
    // Only the person who sent the form can undo it.
    let other = shop.clerk("other").await;
    assert!(undo(&other, &token).await.text_of(".flash").contains("nothing to undo"));
    assert_eq!(stocks(), [71, 29, 4]);
    let page = undo(&clerk, &token).await;
    assert!(page.text_of(".flash-success").contains("71 → 36"), "{page}");
    assert_eq!(stocks(), [36, 15, 4]);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'undo_movement'"), 2);
    assert!(undo(&clerk, &token).await.text_of(".flash").contains("nothing to undo"));
    assert_eq!(stocks(), [36, 15, 4]);
    clerk.post("/admin/stock/reversals", &[("token", "x")]).await.expect(400);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_has_changed_since_is_said_and_what_cannot_be_taken_back_takes_nothing_with_it() {
    let shop = TestShop::open().await;
    let skus = [10, 20].map(|stock| shop.make_sku(stock, "9.00"));
    let stocks = || skus.map(|sku| shop.number(&format!("select stock from skus where id = {sku}")));
    let clerk = shop.clerk("clerk").await;
    let first = token(&change(&clerk, "difference", &[(skus[0], "5"), (skus[1], "5")]).await);
    change(&clerk, "difference", &[(skus[1], "-1")]).await;
    let page = undo(&clerk, &first).await;
    let (said, code) = (page.text_of(".flash"), shop.texts(&format!("select code from skus where id = {}", skus[1])));
    assert!(said.contains("24 → 19") && said.contains("meanwhile") && said.contains(&code[0]), "{said}");
    assert_eq!(stocks(), [10, 19]);
    let second = token(&change(&clerk, "difference", &[(skus[0], "5"), (skus[1], "5")]).await);
    change(&clerk, "difference", &[(skus[1], "-24")]).await;
    let page = undo(&clerk, &second).await;
    assert!(page.text_of(".flash-error").contains("Nothing was undone"), "{page}");
    assert_eq!(stocks(), [15, 0]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn each_member_of_staff_begins_as_they_ended() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(10, "9.00");
    let (clerk, other) = (shop.clerk("clerk").await, shop.clerk("other").await);
    let how = async |browser: &Browser, at: &str| browser.page(at).await.attribute_of("[name=how] [selected]", "value");
    change(&clerk, "count", &[(sku, "12")]).await;
    let own = format!("/admin/stock/{sku}/movements");
    assert_eq!(how(&clerk, "/admin/stock").await, "count");
    assert_eq!(how(&clerk, &own).await, "count");
    assert_eq!(other.page("/admin/stock").await.attributes_of("[name=how] [selected]", "value").len(), 0);
    // The mode is kept, also in another session.
    assert_eq!(how(&shop.signed_in("clerk").await, "/admin/stock").await, "count");
    change(&clerk, "difference", &[(sku, "1")]).await;
    assert_eq!(clerk.page("/admin/stock").await.attributes_of("[name=how] [selected]", "value").len(), 0);
}
