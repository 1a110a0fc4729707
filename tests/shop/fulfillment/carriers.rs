//! Carriers, edited by staff.

use crate::support::TestShop;

const LINK: &str = "https://cn.example/track?n={number}";

fn carriers(shop: &TestShop) -> Vec<String> {
    shop.texts(
        "select concat_ws('|', code, name_zh, name_en, link, active) from carriers where code like 'dbl%' order by id",
    )
}

#[tokio::test]
async fn a_carrier_is_added_renamed_switched_off_and_removed_and_each_is_in_the_audit_log() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let names = clerk.page("/admin/carriers").await.texts_of("tbody th");
    assert!(names.len() > 10 && names[0] == "SF Express", "{names:?}");
    let new = [("carrier_code", "DBL"), ("name_zh", "德邦快递"), ("name_en", ""), ("link", LINK), ("active", "true")];
    clerk.post("/admin/carriers", &new).await.expect(303);
    assert_eq!(carriers(&shop), [format!("dbl|德邦快递|德邦快递|{LINK}|t")]);

    let at = format!("/admin/carriers/{}", shop.number("select max(id) from carriers"));
    let edited = [("carrier_code", "other"), ("name_zh", "德邦快递"), ("name_en", "Deppon"), ("link", "")];
    clerk.post(&at, &edited).await.expect(303);
    assert_eq!(carriers(&shop), ["dbl|德邦快递|Deppon||f"], "the code stays");
    clerk.post(&at, &edited).await.expect(303);

    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(carriers(&shop), Vec::<String>::new());
    assert_eq!(
        shop.texts("select action || ' ' || target from audit_log order by id"),
        ["create_carrier dbl", "edit_carrier dbl", "remove_carrier dbl"]
    );
    let log = clerk.page("/admin/audit-log").await.text_of("tbody");
    assert!(log.contains("Edit a carrier") && log.contains("Link to follow a parcel"), "{log}");
}

#[tokio::test]
async fn what_a_carrier_cannot_be_is_said_beside_its_field() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let good = [("carrier_code", "dbl"), ("name_zh", "德邦"), ("name_en", "Deppon"), ("link", LINK)];
    let long = "x".repeat(61);
    for (field, value) in [
        ("carrier_code", ""),
        ("carrier_code", "d"),
        ("carrier_code", "德邦"),
        ("carrier_code", "a b"),
        ("carrier_code", "sf"),
        ("name_zh", long.as_str()),
        ("link", "http://cn.example/{number}"),
        ("link", "https://cn.example/track"),
        ("link", "javascript:alert('{number}')"),
    ] {
        let wrong = good.map(|(name, typed)| (name, if name == field { value } else { typed }));
        let answer = clerk.post("/admin/carriers", &wrong).await.expect(422);
        assert!(answer.has(&format!("#{field}-error")), "{field} {value}: {answer}");
        assert_eq!(answer.attribute_of("input[name=name_en]", "value"), "Deppon", "what was typed stays");
    }
    assert_eq!(carriers(&shop), Vec::<String>::new());
    assert_eq!(shop.number("select count(*) from audit_log"), 0);
    clerk.get("/admin/carriers/999").await.expect(404);
    shop.shopper("mei").await.browser.get("/admin/carriers").await.expect(404);
}

#[tokio::test]
async fn a_carrier_that_has_sent_a_parcel_can_be_switched_off_but_not_removed() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "15.00"), 1).await;
    mei.orders().await;
    shop.execute("insert into shipments (order_id, carrier_id, number) select id, 1, 'SF1' from orders");
    let answer = clerk.post("/admin/carriers/1/removal", &[]).await.expect(303);
    assert_eq!(answer.header("location"), "/admin/carriers/1");
    assert!(clerk.page("/admin/carriers/1").await.text_of("#flash").contains("cannot be removed"));
    let off = [("name_zh", "顺丰速运"), ("name_en", "SF Express"), ("link", "")];
    clerk.post("/admin/carriers/1", &off).await.expect(303);
    assert_eq!(shop.number("select count(*) from carriers where not active"), 1);
}
