//! The settings of the shop: changed by admins, and the same in every process about a second later.

use std::time::{Duration, Instant};
use till::{platform::db::Db, store::SettingsCache};
use tokio::time::sleep;

use crate::support::{Answer, Browser, Fault, Form, OrderForm, TestShop};

const FORM: &str = "form.settings";

async fn opened(admin: &Browser) -> Form {
    Form::of(&admin.page("/admin/settings").await, FORM)
}

async fn saved(admin: &Browser, form: Form, changes: &[(&str, &str)]) -> Answer {
    let form = changes.iter().fold(form, |form, (field, value)| form.typed(field, value));
    admin.post("/admin/settings", &form.pairs()).await
}

#[tokio::test]
async fn the_first_start_stores_what_the_environment_says_and_then_the_stored_settings_count() {
    let shop = TestShop::with(&[
        ("FREIGHT", "7.50"),
        ("UNPAID_MINUTES", "45"),
        ("MAX_OPEN_ORDERS", "3"),
        ("MAIL_FROM", "Lin <lin@shop.example>"),
    ])
    .await;
    let lin = shop.boss("lin").await;
    let form = opened(&lin).await;
    for (field, value) in [
        ("shop_name_en", "Till"),
        ("shop_name_zh", "Till 商店"),
        ("freight", "7.50"),
        ("unpaid_minutes", "45"),
        ("max_open_orders", "3"),
        ("mail_name", "Lin"),
        ("mail_address", "lin@shop.example"),
        ("received_after_days", "10"),
        ("return_days", "7"),
        ("review_days", "15"),
    ] {
        assert!(form.pairs().contains(&(field, value)), "{field} {value} in {form:?}");
    }
    // A later start with another environment changes nothing.
    let mut later = shop.config().first_settings.clone();
    (later.unpaid_minutes, later.refund_password_from) = (99, "1".parse().unwrap());
    let db = Db::connect(&shop.database.url, 1).unwrap();
    let settings = SettingsCache::open(&db, &later).await.unwrap().get();
    assert_eq!((settings.unpaid_minutes, settings.refund_password_from.plain()), (45, "500.00".to_owned()));
    assert_eq!(shop.number("select count(*) from store_settings"), 1);
}

#[tokio::test]
async fn what_an_admin_saves_counts_at_once_and_stands_in_the_audit_log() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let lin = shop.boss("lin").await;
    let changes = [
        ("shop_name_en", "Lin's <Tea>"),
        ("shop_name_zh", "林记茶庄"),
        ("freight", "¥5"),
        ("free_from", "1,000"),
        ("contact_phone", "400-820 8820"),
        ("unpaid_minutes", "20"),
    ];
    let answer = saved(&lin, opened(&lin).await, &changes).await.expect(303);
    assert_eq!(answer.location(), "/admin/settings");
    let page = lin.page("/admin/settings").await;
    assert!(page.text_of(".flash").contains("Saved"), "{page}");
    let stored = Form::of(&page, FORM);
    for (field, value) in [("freight", "5.00"), ("free_from", "1000.00"), ("contact_phone", "4008208820")] {
        assert!(stored.pairs().contains(&(field, value)), "{field} {value} in {stored:?}");
    }
    let mei = shop.shopper("mei").await;
    let home = mei.browser.page("/").await;
    assert_eq!(home.text_of(".header .wordmark"), "Lin's <Tea>");
    assert!(home.text_of("title").contains("Lin's <Tea>") && home.text_of(".footer-last").contains("Lin's <Tea>"));
    assert!(home.text_of(".strip-note").contains("¥1,000.00"), "{home}");
    assert!(shop.visitor().get("/nowhere").await.text_of("title").contains("Lin's <Tea>"), "error pages too");
    mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    assert_eq!(mei.browser.page("/").await.text_of(".header .wordmark"), "林记茶庄");
    // The checkout takes the new freight and the new deadline.
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    assert_eq!(form.expected_total, "25.00");
    let form = OrderForm { pay_method: "alipay".into(), ..form };
    mei.browser.post("/checkout", &form.fields()).await.expect(303);
    assert_eq!(shop.text("select freight || ' ' || (expires_at - placed_at) from orders"), "5.00 00:20:00");
    let entry = lin.page("/admin/audit-log").await.text_of("tbody tr");
    for said in
        ["lin", "Change the settings", "Delivery charge of an order", "¥10.00 → to ¥5.00", "Till → to Lin's <Tea>"]
    {
        assert!(entry.contains(said), "{said} in {entry}");
    }
    assert!(!entry.contains("Address"), "only what was changed: {entry}");
    // The same once more changes nothing.
    saved(&lin, opened(&lin).await, &[]).await.expect(303);
    assert!(lin.page("/admin/settings").await.text_of(".flash").contains("Nothing was changed"));
    assert_eq!(shop.number("select count(*) from audit_log"), 1);
}

#[tokio::test]
async fn a_wrong_field_is_named_and_nothing_typed_is_lost() {
    let shop = TestShop::with(&[("SHOP_LANGUAGE", "zh")]).await;
    let lin = shop.boss("lin").await;
    lin.post("/language", &[("language", "en")]).await.expect(303);
    let changes = [
        ("shop_name_zh", ""),
        ("return_days", "-1"),
        ("contact_email", "me@"),
        ("address", "1 Anfu Road"),
        ("freight", "x"),
    ];
    let page = saved(&lin, opened(&lin).await, &changes).await.expect(422);
    for field in ["shop_name_zh", "return_days", "contact_email", "freight"] {
        assert!(page.has(&format!("#{field}-error")), "{field} in {page}");
    }
    assert_eq!(page.attributes_of("#address", "value"), ["1 Anfu Road"]);
    assert!(
        page.text_of(".error-summary").contains("Days to ask for a return: Please give a whole number from 0 to 365.")
    );
    assert_eq!(shop.number("select version from store_settings"), 1);
    // The other name may be missing.
    saved(&lin, opened(&lin).await, &[("shop_name_en", "")]).await.expect(303);
    assert_eq!(lin.page("/").await.text_of(".header .wordmark"), "Till 商店");
}

#[tokio::test]
async fn of_two_admins_at_the_same_page_the_second_is_shown_what_the_first_has_changed() {
    let shop = TestShop::open().await;
    let (lin, bo) = (shop.boss("lin").await, shop.boss("bo").await);
    let (of_lin, of_bo) = (opened(&lin).await, opened(&bo).await);
    saved(&lin, of_lin, &[("return_days", "14")]).await.expect(303);
    let page = saved(&bo, of_bo, &[("review_days", "20")]).await.expect(422);
    let rows = page.texts_of(".versions tbody tr");
    assert_eq!(rows, ["Days to ask for a return 7 14", "Days to review an order 20 15"]);
    assert_eq!(shop.text("select return_days || ' ' || review_days from store_settings"), "14 15");
    saved(&bo, Form::of(&page, FORM), &[("return_days", "14")]).await.expect(303);
    assert_eq!(shop.text("select return_days || ' ' || review_days from store_settings"), "14 20");
}

#[tokio::test]
async fn staff_without_the_role_of_an_admin_find_no_settings() {
    let shop = TestShop::open().await;
    let (lin, chen) = (shop.boss("lin").await, shop.clerk("chen").await);
    let form = opened(&lin).await;
    chen.get("/admin/settings").await.expect(404);
    saved(&chen, form.clone(), &[("return_days", "14")]).await.expect(404);
    assert!(!chen.page("/admin").await.has("a[href='/admin/settings']"));
    saved(&shop.visitor(), form, &[("return_days", "14")]).await.expect(404);
    assert_eq!(shop.number("select return_days from store_settings"), 7);
}

#[tokio::test]
async fn every_process_of_the_shop_sees_a_change_and_keeps_what_it_knows_while_postgresql_is_away() {
    let shop = TestShop::behind_proxies(&[]).await;
    let other = shop.other_server();
    assert_eq!(other.visitor().page("/sign-in").await.text_of(".header .wordmark"), "Till");
    let lin = shop.boss("lin").await;
    saved(&lin, opened(&lin).await, &[("shop_name_en", "Lin's Tea")]).await.expect(303);
    let browser = other.visitor();
    let deadline = Instant::now() + Duration::from_secs(60);
    while browser.page("/sign-in").await.text_of(".header .wordmark") != "Lin's Tea" {
        assert!(Instant::now() < deadline, "the other process does not see it");
        sleep(Duration::from_millis(50)).await;
    }
    shop.proxies().database.set(Fault::Refuse);
    let page = other.visitor().get("/nowhere").await;
    assert!(page.text_of("title").contains("Lin's Tea"), "{page}");
}
