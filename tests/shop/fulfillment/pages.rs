//! The pages with which staff send and correct, and shoppers follow, confirm and return.

use crate::support::{Answer, Browser, Shopper, TestShop};

const SF: &str = "1";
const ZTO: &str = "3";

/// A member of staff, a shopper, and the shopper's order on delivery of three units.
struct Scene {
    shop: TestShop,
    clerk: Browser,
    mei: Shopper,
    number: String,
}

impl Scene {
    async fn open() -> Self {
        let shop = TestShop::open().await;
        let (clerk, mei) = (shop.clerk("chen").await, shop.shopper("mei").await);
        mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
        mei.puts_in_cart(shop.make_sku(9, "30.00"), 1).await;
        let number = mei.orders().await;
        Self { shop, clerk, mei, number }
    }

    fn path(&self, of: &str) -> String {
        format!("/admin/orders/{}{of}", self.number)
    }

    async fn page(&self) -> Answer {
        self.clerk.page(&self.path("")).await
    }

    async fn own(&self) -> Answer {
        self.mei.browser.page(&format!("/orders/{}", self.number)).await
    }

    async fn sends(&self, carrier: &str, number: &str, units: &[(&str, &str)]) -> Answer {
        let token = self.page().await.attribute_of("form[action$='/shipments'] [name=token]", "value");
        let mut fields = vec![("token", token.as_str()), ("carrier", carrier), ("number", number)];
        for (line, count) in units {
            fields.extend([("line", *line), ("count", *count)]);
        }
        self.clerk.post(&self.path("/shipments"), &fields).await
    }

    async fn shopper_posts(&self, of: &str, fields: &[(&str, &str)]) -> Answer {
        self.mei.browser.post(&format!("/orders/{}{of}", self.number), fields).await
    }

    fn status(&self) -> String {
        self.shop.text("select status from orders")
    }
}

#[tokio::test]
async fn an_order_is_sent_in_two_parcels_corrected_collected_and_confirmed() {
    let scene = Scene::open().await;
    let wrong = scene.sends(SF, " ", &[("1", "2"), ("2", "0")]).await.expect(422);
    assert!(wrong.text_of("#number-error").contains("fill") || wrong.text_of("#number-error").contains("number"));
    assert_eq!(wrong.attribute_of("#count-1", "value"), "2", "what was typed is kept");
    let wrong = scene.sends(SF, "sf 1", &[("1", "3"), ("2", "0")]).await.expect(422);
    assert!(wrong.text_of("#count-error").contains('2'), "{wrong}");

    scene.sends(SF, "sf 12 34", &[("1", "2"), ("2", "0")]).await.expect(303);
    let page = scene.page().await;
    assert_eq!(page.texts_of(".parcel-number"), ["SF1234"]);
    assert_eq!(scene.status(), "unsent");
    let own = scene.own().await;
    assert!(own.attribute_of(".parcel a", "href").ends_with("/SF1234"), "{own}");
    assert!(!own.has("form[action$='/delivery-confirmation']"), "a part is still here");
    assert!(!own.has("form[action$='/cancellation']"), "a part has left");

    scene.sends(ZTO, "7/3", &[("2", "1")]).await.expect(303);
    assert_eq!(scene.status(), "unreceived");
    let parcel = scene.path("/shipments/2");
    scene.clerk.post(&parcel, &[("carrier", SF), ("number", "sf9")]).await.expect(303);
    assert_eq!(scene.shop.texts("select number from shipments order by id"), ["SF1234", "SF9"]);
    scene.clerk.post(&format!("{parcel}/reversal"), &[]).await.expect(303);
    assert_eq!(scene.status(), "unsent");
    scene.sends(ZTO, "73", &[("2", "1")]).await.expect(303);

    scene.clerk.post(&scene.path("/cash"), &[("collected", "80.00")]).await.expect(303);
    scene.shopper_posts("/delivery-confirmation", &[]).await.expect(303);
    assert_eq!(scene.status(), "unreviewed");
    let history = scene.page().await.text_of(".order-history");
    for words in ["Placed", "Parcel sent", "Parcel corrected", "Parcel undone", "Sent", "Paid", "Received"] {
        assert!(history.contains(words), "{words}: {history}");
    }
    let logged = scene.shop.texts("select distinct action from audit_log order by 1");
    assert_eq!(logged, ["correct_parcel", "record_cash", "send_parcel", "undo_parcel"]);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_on_hold_or_asked_to_be_canceled_is_not_sent_before_that_is_settled() {
    let scene = Scene::open().await;
    scene.clerk.post(&scene.path("/hold"), &[("hold_reason", "")]).await.expect(422);
    scene.clerk.post(&scene.path("/hold"), &[("hold_reason", "Calls back <b>")]).await.expect(303);
    let page = scene.page().await;
    assert!(page.text_of(".notice").contains("Calls back <b>") && !page.has("form[action$='/shipments']"), "{page}");
    scene.clerk.post(&scene.path("/release"), &[]).await.expect(303);

    // While it is packed, a shopper asks, and staff answer.
    scene.clerk.post(&scene.path("/packing"), &[]).await.expect(303);
    let asks = [("reason", "Too late"), ("shown", "unsent")];
    scene.shopper_posts("/cancellation", &asks).await.expect(303);
    assert_eq!(scene.status(), "unsent");
    let page = scene.page().await;
    assert!(page.text_of(".notice").contains("Too late") && !page.has("form[action$='/shipments']"), "{page}");
    let answer = scene.path("/cancellation-answer");
    scene.clerk.post(&answer, &[("accepted", "no"), ("answer", "")]).await.expect(422);
    scene.clerk.post(&answer, &[("accepted", "no"), ("answer", "It is with the courier")]).await.expect(303);
    assert!(scene.page().await.has("form[action$='/shipments']"));
    scene.shopper_posts("/cancellation", &asks).await.expect(303);
    scene.clerk.post(&answer, &[("accepted", "yes"), ("answer", "")]).await.expect(303);
    assert_eq!(scene.status(), "canceled");
    assert_eq!(scene.shop.text("select canceled_by from orders"), "shopper");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn goods_are_taken_out_and_the_address_is_changed_until_the_order_is_sent() {
    let scene = Scene::open().await;
    let page = scene.clerk.page(&scene.path("/withdrawals")).await;
    let token = page.attribute_of("[name=token]", "value");
    let take = |count: &'static str, reason: &'static str| {
        let fields =
            [("token", token.clone()), ("line", "1".into()), ("count", count.into()), ("reason", reason.into())];
        let path = scene.path("/withdrawals");
        async {
            let (path, fields) = (path, fields);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            scene.clerk.post(&path, &fields).await
        }
    };
    take("3", "Broken").await.expect(422);
    take("1", "").await.expect(422);
    take("1", "Broken").await.expect(303);
    assert_eq!(scene.shop.text("select waived_amount from orders"), "20.00");
    take("1", "Broken").await.expect(303);
    assert_eq!(scene.shop.text("select waived_amount from orders"), "20.00", "the same form twice");
    assert!(scene.own().await.text_of("main").contains("60.00"), "the courier collects less");

    let form = scene.clerk.page(&scene.path("/address")).await;
    assert_eq!(form.attribute_of("#recipient", "value"), "Mei Lin");
    let address = [
        ("recipient", "王小明"),
        ("phone", "13900139000"),
        ("region", "北京市海淀区"),
        ("street", "中关村大街 1 号"),
        ("postcode", ""),
    ];
    scene.clerk.post(&scene.path("/address"), &[("recipient", "x"), ("phone", "1")]).await.expect(422);
    scene.clerk.post(&scene.path("/address"), &address).await.expect(303);
    assert_eq!(scene.shop.text("select recipient || ' ' || phone from orders"), "王小明 13900139000");
    scene.sends(SF, "SF1", &[]).await.expect(303);
    let late = scene.clerk.post_and_follow(&scene.path("/address"), &address).await;
    assert!(late.text_of(".flash").contains("On its way"), "{late}");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn a_shopper_returns_goods_and_only_the_owner_sees_it() {
    let scene = Scene::open().await;
    scene.sends(SF, "SF1", &[]).await.expect(303);
    scene.clerk.post(&scene.path("/cash"), &[("collected", "80.00")]).await.expect(303);
    scene.shopper_posts("/delivery-confirmation", &[]).await.expect(303);
    let form = scene.mei.browser.page(&format!("/orders/{}/returns", scene.number)).await;
    let token = form.attribute_of("[name=token]", "value");
    let asked = |count: &'static str| {
        [
            ("token", token.clone()),
            ("line", "1".to_owned()),
            ("count", count.to_owned()),
            ("kind", "goods_back".to_owned()),
            ("reason", "damaged".to_owned()),
            ("words", "The <lid> is broken".to_owned()),
        ]
    };
    for (count, status) in [("3", 422), ("0", 422), ("1", 303), ("1", 303)] {
        let fields = asked(count);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        scene.shopper_posts("/returns", &fields).await.expect(status);
    }
    assert_eq!(scene.shop.number("select count(*) from returns"), 1, "the same form twice");
    let stranger = scene.shop.shopper("bo").await.browser;
    let own = format!("/orders/{}/returns/1", scene.number);
    stranger.get(&own).await.expect(404);
    stranger.post(&format!("{own}/withdrawal"), &[]).await.expect(404);

    let path = scene.path("/returns/1");
    assert!(scene.clerk.page("/admin/returns").await.text_of("table").contains("Mei Lin"));
    assert!(scene.clerk.page(&path).await.text_of("main").contains("The <lid> is broken"));
    scene.clerk.post(&format!("{path}/answer"), &[("accepted", "no"), ("answer", "")]).await.expect(422);
    scene.clerk.post(&format!("{path}/answer"), &[("accepted", "yes"), ("answer", "")]).await.expect(303);
    scene.shopper_posts("/returns/1/parcel", &[("carrier", ""), ("number", "")]).await.expect(422);
    scene.shopper_posts("/returns/1/parcel", &[("carrier", "SF"), ("number", "sf 77")]).await.expect(303);
    let arrived = |sellable| [("line", "1"), ("sellable", sellable), ("damaged", "0")];
    scene.clerk.post(&format!("{path}/arrival"), &arrived("2")).await.expect(422);
    scene.clerk.post(&format!("{path}/arrival"), &arrived("1")).await.expect(303);
    let refund = |note| [("line", "1"), ("count", "1"), ("freight", ""), ("note", note)];
    scene.clerk.post(&format!("{path}/refund"), &refund("")).await.expect(422);
    scene.clerk.post(&format!("{path}/refund"), &refund("in cash")).await.expect(303);
    assert!(scene.mei.browser.page(&own).await.text_of("main").contains("Closed"));
    assert_eq!(scene.shop.text("select refunded_amount from orders"), "20.00");
    scene.shop.assert_reconciled();
}
