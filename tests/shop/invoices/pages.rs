//! The pages of invoices and months over HTTP.

use std::time::{Duration, Instant};
use till::platform::clock;

use super::Scene;
use crate::support::TestShop;

/// A scene whose server has read the settings, which takes it a second.
async fn with_settings() -> Scene {
    let scene = Scene::open().await;
    let (visitor, deadline) = (scene.shop.visitor(), Instant::now() + Duration::from_secs(60));
    while !visitor.page("/").await.body.contains("Paper Shop") {
        assert!(Instant::now() < deadline, "the settings are not read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scene
}

#[tokio::test]
async fn shoppers_see_the_invoice_of_their_own_order_and_of_no_other() {
    let scene = Scene::open().await;
    let orders = scene.paid_orders(2, "2026-03-01 10:00:00+08");
    let number = scene.shop.text(&format!("select number from orders where id = {}", orders[0]));
    let mei = scene.shop.signed_in("mei").await;
    let path = format!("/orders/{number}/invoice");
    assert!(!mei.get(&path).await.has(".invoice-number"));
    scene.refund(orders[0], ("33.33", "0"), Some((1, "33.33")), "2026-03-02 10:00:00+08");
    scene.run_job(clock::now());
    let page = mei.page(&path).await;
    let invoice = scene.shop.text("select number from invoices where kind = 'invoice' order by id limit 1");
    let credit = scene.shop.text("select number from invoices where kind = 'credit_note'");
    assert_eq!(page.texts_of(".invoice-number"), [invoice.clone(), credit]);
    for words in ["91310000MA1FL8TQ32", "1 Anfu Road", "Mei Lin", "109.99", "12.65", "13 %", &invoice] {
        assert!(page.body.contains(words), "{words}");
    }
    scene.shop.member("lin").await.get(&path).await.expect(404);
    assert_eq!(scene.shop.visitor().get(&path).await.status, 303);
}

#[tokio::test]
async fn a_shopper_names_a_company_until_the_invoice_is_issued() {
    let scene = with_settings().await;
    let shop = &scene.shop;
    let orders = scene.paid_orders(2, "2026-03-01 10:00:00+08");
    let number = shop.text(&format!("select number from orders where id = {}", orders[0]));
    let (mei, path) = (shop.signed_in("mei").await, format!("/orders/{number}/invoice"));
    assert!(mei.page(&format!("/orders/{number}")).await.has(&format!("a[href='{path}']")));
    let company = |name: &'static str, number: &'static str| [("company_name", name), ("tax_number", number)];
    let wrong = mei.post(&path, &company("Lin's <b>Tea</b> GmbH", "=DE1")).await.expect(422);
    assert!(wrong.has("#tax_number-error"), "{wrong}");
    assert!(wrong.text_of("label[for='company_name']").starts_with("Name of the company"), "{wrong}");
    assert_eq!(wrong.attribute_of("#company_name", "value"), "Lin's <b>Tea</b> GmbH");
    mei.post(&path, &company("Lin's Tea", "")).await.expect(422);
    for (typed, words) in [
        (company("Somebody", "DE 1234"), "for this company"),
        (company("", ""), "name of the recipient"),
        (company("Lin's <b>Tea</b> GmbH", "de811569869"), "for this company"),
    ] {
        let page = mei.post_and_follow(&path, &typed).await;
        assert!(page.text_of("#flash").contains(words), "{words}: {page}");
    }
    assert_eq!(mei.page(&path).await.attribute_of("#tax_number", "value"), "DE811569869");
    // Nobody else can.
    let lin = shop.member("lin").await;
    for typed in [company("Evil", "DE 6666"), company("Evil", "=")] {
        lin.post(&path, &typed).await.expect(404);
    }
    lin.get(&path).await.expect(404);
    assert_eq!(shop.visitor().post(&path, &company("Evil", "DE 6666")).await.status, 303);

    scene.refund(orders[0], ("33.33", "0"), Some((1, "33.33")), "2026-03-02 10:00:00+08");
    scene.run_job(clock::now());
    let buyers = "select concat_ws('|', kind, buyer_name, buyer_tax_number) from invoices order by id";
    assert_eq!(
        shop.texts(buyers),
        [
            "invoice|Lin's <b>Tea</b> GmbH|DE811569869",
            "credit_note|Lin's <b>Tea</b> GmbH|DE811569869",
            "invoice|Mei Lin|",
        ]
    );
    let page = mei.page(&path).await;
    assert!(page.body.contains("DE811569869") && !page.body.contains("<b>Tea"), "{page}");
    let late = mei.post_and_follow(&path, &company("Too Late", "DE 1234")).await;
    assert!(late.text_of("#flash").contains("does not change any more"), "{late}");
    assert_eq!(shop.text("select name from invoice_buyers"), "Lin's <b>Tea</b> GmbH");

    // An order that gets no invoice has no form.
    let canceled = scene.paid_orders(1, "2026-03-03 10:00:00+08")[0];
    shop.execute(&format!("update orders set status = 'canceled', canceled_at = now() where id = {canceled}"));
    let number = shop.text(&format!("select number from orders where id = {canceled}"));
    mei.get(&format!("/orders/{number}/invoice")).await.expect(404);
    let page = mei.post_and_follow(&format!("/orders/{number}/invoice"), &company("Late", "DE 1234")).await;
    assert!(page.text_of("#flash").contains("gets no invoice"), "{page}");
}

#[tokio::test]
async fn staff_issue_an_invoice_by_a_button_once_and_see_why_not() {
    let scene = with_settings().await;
    let orders = scene.paid_orders(3, "2026-03-01 10:00:00+08");
    let numbers = scene.shop.texts("select number from orders order by id");
    scene.shop.execute(&format!(
        "update orders set status = 'canceled', canceled_at = now() where id = {};
         delete from payments where order_id = {}",
        orders[1], orders[2]
    ));
    let clerk = scene.shop.clerk("clerk").await;
    let path = |n: usize| format!("/admin/orders/{}/invoice", numbers[n]);
    assert!(clerk.page(&path(0)).await.has("form button"));
    for (n, words) in [(0, "is issued"), (0, "was issued before"), (1, "is canceled"), (2, "not paid")] {
        let page = clerk.post_and_follow(&path(n), &[]).await;
        assert!(page.text_of("#flash").contains(words), "{words}: {}", page.text_of("#flash"));
    }
    assert_eq!(scene.shop.number("select count(*) from invoices"), 1);
    assert_eq!(scene.shop.number("select count(*) from audit_log where action = 'issue_invoice'"), 1);
    let list = clerk.page("/admin/invoices").await;
    assert!(list.body.contains("INV-"), "{list}");
    let file = clerk.post("/admin/invoices/exports", &[("format", "csv")]).await.expect(200);
    assert!(file.body.contains("INV-") && file.header("content-disposition").starts_with("attachment"), "{file}");
}

#[tokio::test]
async fn a_month_of_orders_closes_reconciles_and_exports() {
    let scene = Scene::open().await;
    let boss = scene.shop.boss("boss").await;
    let orders = scene.paid_orders(4, "2026-03-05 10:00:00+08");
    scene.refund(orders[0], ("20.00", "0"), None, "2026-03-06 10:00:00+08");
    scene.shop.execute("update spus set name = '=HYPERLINK(1)'");
    scene.run_job(clock::now());
    let open = boss.page("/admin/reports/2026-03").await;
    assert!(open.has("form[action='/admin/reports/2026-03/closing']") && open.body.contains("¥439.96"), "{open}");
    let closed = boss.post_and_follow("/admin/reports/2026-03/closing", &[]).await;
    assert!(closed.body.contains("2026-03 is closed.") && closed.body.contains("by boss"), "{closed}");
    assert!(!closed.has("form[action='/admin/reports/2026-03/closing']"));
    let again = boss.post_and_follow("/admin/reports/2026-03/closing", &[]).await;
    assert!(again.text_of("#flash").contains("closed before"), "{again}");
    assert_eq!(scene.shop.number("select count(*) from month_closings"), 1);
    assert_eq!(scene.shop.number("select count(*) from audit_log where action = 'close_month'"), 1);
    assert_eq!(scene.mismatches(), [""; 0]);

    let export = async |part: &str| boss.post("/admin/reports/2026-03/exports", &[("part", part)]).await;
    let figures = export("figures").await.expect(200);
    assert!(figures.body.contains("Sales,439.96,"), "{figures}");
    let products = export("product").await.expect(200);
    assert!(products.body.contains("'=HYPERLINK(1)"), "a name is no formula: {products}");
    for part in ["category", "pay_method", "tax_rate"] {
        export(part).await.expect(200);
    }
    export("everything").await.expect(404);
    boss.post("/admin/reports/2026-3/closing", &[]).await.expect(404);
    assert!(boss.page("/admin/reports").await.body.contains("2026-03"));
}

#[tokio::test]
async fn the_settings_of_invoices_keep_what_was_typed_and_refuse_what_is_wrong() {
    let scene = with_settings().await;
    let boss = scene.shop.boss("boss").await;
    let things = scene.shop.make_category("Things", None);
    let path = "/admin/settings/invoices";
    let page = boss.page(path).await;
    let version = page.attribute_of("[name=version]", "value");
    let rate = format!("rate_{things}");
    let typed = |from: &'static str, standard: &'static str, own: &'static str| {
        vec![
            ("version", version.clone()),
            ("invoices_from", from.to_owned()),
            ("tax_rate", standard.to_owned()),
            ("invoice_prefix", "re".to_owned()),
            ("credit_note_prefix", "CRN".to_owned()),
            ("retention_years", "10".to_owned()),
            ("fapiao", "true".to_owned()),
            ("fapiao_days", "90".to_owned()),
            (rate.as_str(), own.to_owned()),
        ]
    };
    let send = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        boss.post(path, &fields).await
    };
    let wrong = send(typed("2026-02-01", "130", "x")).await.expect(422);
    assert_eq!(wrong.attribute_of("#tax_rate", "value"), "130");
    assert_eq!(wrong.attribute_of(&format!("#{rate}"), "value"), "x");
    assert!(wrong.has("#tax_rate-error") && wrong.has("#rates-error"), "{wrong}");
    send(typed("2026-02-01", "20", "6.5")).await.expect(303);
    let stored =
        "select concat_ws('|', invoices_from, tax_rate, invoice_prefix, fapiao, fapiao_days) from invoice_settings";
    assert_eq!(scene.shop.text(stored), "2026-02-01|20.00|RE|t|90");
    assert_eq!(scene.shop.text("select rate::text from category_tax_rates"), "6.50");
    let stale = send(typed("2026-02-01", "13", "")).await.expect(422);
    assert!(stale.body.contains("Somebody else has changed"), "{stale}");

    let settings = boss.page("/admin/settings").await;
    assert!(settings.has("a[href='/admin/settings/invoices']"));
}

#[tokio::test]
async fn a_shop_without_a_tax_number_issues_no_invoices() {
    let shop = TestShop::open().await;
    let boss = shop.boss("boss").await;
    let fields = [
        ("version", "1"),
        ("invoices_from", "2026-02-01"),
        ("tax_rate", "13"),
        ("invoice_prefix", "INV"),
        ("credit_note_prefix", "CRN"),
        ("retention_years", "10"),
        ("fapiao_days", "365"),
    ];
    let refused = boss.post("/admin/settings/invoices", &fields).await.expect(422);
    assert!(refused.has("#invoices_from-error") && refused.body.contains("2026-02-01"), "{refused}");
}
