//! What couriers have collected is recorded from the sheet of a carrier.

use futures_util::future::join_all;
use till::{jobs::run_cash_sheet_step, kernel::SkuId, platform::db::Db};

use super::bulk_sending::upload_to;
use crate::support::{Answer, Browser, Shopper, TestShop};

const SHEETS: &str = "/admin/cash-sheets";

struct Scene {
    shop: TestShop,
    clerk: Browser,
    mei: Shopper,
    pot: SkuId,
}

impl Scene {
    async fn open() -> Self {
        let shop = TestShop::unbounded().await;
        let (clerk, mei) = (shop.clerk("clerk").await, shop.shopper("mei").await);
        let pot = shop.make_sku(1_000, "10.00");
        Self { shop, clerk, mei, pot }
    }

    /// An order that is paid on delivery, sent in parcels with these tracking numbers, one unit in each.
    async fn sent(&self, parcels: &[&str]) -> String {
        self.mei.puts_in_cart(self.pot, u32::try_from(parcels.len()).unwrap()).await;
        let order = self.mei.orders().await;
        let line = self.line(&order);
        for parcel in parcels {
            let carrier = self.shop.number("select id from carriers where code = 'sf'").to_string();
            let page = self.clerk.page(&format!("/admin/orders/{order}")).await;
            let token = page.attribute_of("form[action$='/shipments'] input[name=token]", "value");
            let line = line.to_string();
            let fields =
                [("line", line.as_str()), ("count", "1"), ("carrier", &carrier), ("number", parcel), ("token", &token)];
            self.clerk.post(&format!("/admin/orders/{order}/shipments"), &fields).await.expect(303);
        }
        assert_eq!(self.status(&order), "unreceived");
        order
    }

    fn line(&self, order: &str) -> i64 {
        self.shop.number(&format!(
            "select g.id from order_goods g join orders o on o.id = g.order_id where o.number = '{order}'"
        ))
    }

    fn status(&self, order: &str) -> String {
        self.shop.texts(&format!("select status from orders where number = '{order}'")).remove(0)
    }

    fn due(&self, order: &str) -> String {
        self.shop.texts(&format!("select total_amount::text from orders where number = '{order}'")).remove(0)
    }

    fn payments(&self) -> Vec<String> {
        self.shop.texts(
            "select right(o.number, 6) || ' ' || p.amount || case when p.counts then '' else ' strange' end
             from payments p join orders o on o.id = p.order_id order by p.id",
        )
    }

    async fn uploaded(&self, file: &str) -> String {
        let answer = upload_to(&self.clerk, SHEETS, ("cash.csv", file.as_bytes()), &[]).await;
        answer.expect(303).location().to_owned()
    }

    async fn confirm(&self, at: &str, fields: &[(&str, &str)]) -> Answer {
        self.clerk.post(&format!("{at}/confirmation"), fields).await.expect(303)
    }

    async fn worked(&self) {
        let db = Db::connect(&self.shop.database.url, 4).unwrap();
        while run_cash_sheet_step(&db).await.unwrap() {}
    }
}

fn tail(number: &str) -> &str {
    &number[23..]
}

fn lines(page: &Answer) -> Vec<String> {
    page.texts_of(".shipment-lines td:last-child")
}

#[tokio::test]
async fn a_sheet_is_shown_first_and_then_recorded_once() {
    let scene = Scene::open().await;
    let (whole, parts) = (scene.sent(&["SF1"]).await, scene.sent(&["SF2", "SF3"]).await);
    let (due, parts_due) = (scene.due(&whole), scene.due(&parts));
    let sheet = format!("运单号,代收货款金额,手续费\nSF1,{due},1\nSF2,{parts_due},1\nSF3,0,0\nSF9,5,1\n合计,,\n");
    let at = scene.uploaded(&sheet).await;
    let page = scene.clerk.page(&at).await;
    let before = ["will be recorded", "will be recorded", "nothing was collected", "the shop has no such parcel"];
    assert_eq!(lines(&page)[..4], before);
    assert!(page.text_of(".shipment-sums").contains("2 orders"), "{page}");
    assert_eq!(scene.payments(), [""; 0], "nothing is recorded before");
    scene.confirm(&at, &[]).await;
    scene.worked().await;
    assert_eq!(scene.payments(), [format!("{} {due}", tail(&whole)), format!("{} {parts_due}", tail(&parts))]);
    let page = scene.clerk.page(&at).await;
    assert_eq!(lines(&page)[..2], ["recorded"; 2]);
    let failed = scene.clerk.get(&format!("{at}/failed.csv")).await.expect(200);
    assert!(failed.body.contains("SF9") && !failed.body.contains("SF1,"), "{}", failed.body);
    let again = scene.uploaded(&sheet).await;
    assert_eq!(lines(&scene.clerk.page(&again).await)[..2], ["recorded before"; 2]);
    scene.confirm(&again, &[]).await;
    scene.confirm(&at, &[]).await;
    scene.worked().await;
    assert_eq!(scene.payments().len(), 2);
    assert_eq!(scene.shop.number("select count(*) from audit_log where action = 'record_cash'"), 2);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn another_amount_than_is_due_is_recorded_only_if_staff_say_so() {
    let scene = Scene::open().await;
    let (exact, short) = (scene.sent(&["SF1"]).await, scene.sent(&["SF2"]).await);
    let due = scene.due(&exact);
    let sheet = format!("tracking number,cod amount\nSF1,{due}\nsf 2,1.50\n");
    let first = scene.uploaded(&sheet).await;
    let page = scene.clerk.page(&first).await;
    assert!(lines(&page)[1].contains("is due for the order"), "{page}");
    scene.confirm(&first, &[]).await;
    scene.worked().await;
    assert_eq!(scene.payments(), [format!("{} {due}", tail(&exact))]);
    let second = scene.uploaded(&sheet).await;
    scene.confirm(&second, &[("with_differences", "true")]).await;
    scene.worked().await;
    assert_eq!(scene.payments()[1..], [format!("{} 1.50 strange", tail(&short))]);
    assert!(lines(&scene.clerk.page(&second).await)[1].contains("see payments"));
    assert_eq!(scene.status(&short), "unreceived");
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn several_processes_and_staff_record_each_order_once() {
    let scene = Scene::open().await;
    let mut orders = Vec::new();
    let mut sheet = "order number,amount\n".to_owned();
    for at in 0..6 {
        let order = scene.sent(&[&format!("SF{at}")]).await;
        sheet.push_str(&format!("{order},{}\n", scene.due(&order)));
        orders.push(order);
    }
    let pages = [scene.uploaded(&sheet).await, scene.uploaded(&sheet).await];
    join_all(pages.iter().flat_map(|at| [scene.confirm(at, &[]), scene.confirm(at, &[])])).await;
    let by_hand = [("collected", scene.due(&orders[3]))];
    let by_hand: Vec<(&str, &str)> = by_hand.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let path = format!("/admin/orders/{}/cash", orders[3]);
    let one_by_one = async { scene.clerk.post(&path, &by_hand).await.expect(303) };
    tokio::join!(scene.worked(), scene.worked(), scene.worked(), one_by_one);
    scene.worked().await;
    assert_eq!(scene.payments().len(), 6, "{:?}", scene.payments());
    assert_eq!(scene.shop.number("select count(*) from cash_sheets where state = 'done'"), 2);
    assert_eq!(scene.shop.number("select count(*) from cash_sheet_orders where outcome is null"), 0);
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn a_sheet_that_cannot_be_read_is_answered_beside_the_field() {
    let scene = Scene::open().await;
    scene.sent(&["SF1"]).await;
    let upload = async |file: &str, fields: &[(&str, &str)]| {
        upload_to(&scene.clerk, SHEETS, ("cash.csv", file.as_bytes()), fields).await
    };
    let unknown = "Box,Money in\nSF1,20\n";
    let refused = upload(unknown, &[]).await.expect(422);
    assert!(refused.has("#number_heading-error"), "{refused}");
    let refused = upload(unknown, &[("number_heading", "box")]).await.expect(422);
    assert!(refused.has("#amount_heading-error"), "{refused}");
    assert_eq!(refused.attribute_of("#number_heading", "value"), "box", "what was typed is kept");
    let headings = [("number_heading", "box"), ("amount_heading", "money in")];
    upload(unknown, &headings).await.expect(303);
    assert!(upload("运单号,代收货款\n", &[]).await.expect(422).has("#file-error"));
    assert!(upload("", &[]).await.expect(422).has("#file-error"));
    let long = format!("运单号,代收货款\n{}", "SF1,5\n".repeat(5_001));
    assert!(upload(&long, &[]).await.expect(422).text_of("#file-error").contains("5000"), "too long");
    let (clerk, mei) = (&scene.clerk, &scene.mei);
    let at = format!("{SHEETS}/1");
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(clerk.post(&format!("{at}/confirmation"), &[]).await.expect(303).location(), at);
    scene.worked().await;
    assert_eq!(scene.payments(), [""; 0]);
    for path in [SHEETS, &at, &format!("{at}/failed.csv")] {
        assert_eq!(mei.browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(clerk.get(&format!("{SHEETS}/99")).await.status, 404);
}
