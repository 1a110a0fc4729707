//! Many orders are sent at once: from a page with a row for each, and from a file.

use futures_util::future::{join, join_all};
use reqwest::{Method, header::CONTENT_TYPE};
use std::io::{Cursor, Write};
use till::{jobs::run_shipment_import_step, kernel::SkuId, platform::db::Db};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::support::{Answer, Browser, Shopper, TestShop};

const IMPORTS: &str = "/admin/shipments/imports";

/// A member of staff, a shopper, and this many orders of two teapots each.
async fn ordered(count: usize) -> (TestShop, Browser, Shopper, Vec<String>) {
    let shop = TestShop::unbounded().await;
    let (clerk, mei) = (shop.clerk("clerk").await, shop.shopper("mei").await);
    let pot = shop.make_sku(1_000, "10.00");
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(order(&mei, &[(pot, 2)]).await);
    }
    (shop, clerk, mei, numbers)
}

async fn order(mei: &Shopper, wanted: &[(SkuId, u32)]) -> String {
    for (sku, count) in wanted {
        mei.puts_in_cart(*sku, *count).await;
    }
    mei.orders().await
}

fn tail(number: &str) -> &str {
    &number[23..]
}

/// The parcels of the shop: order, carrier, tracking number and units.
fn parcels(shop: &TestShop) -> Vec<String> {
    shop.texts(
        "select right(o.number, 6) || ' ' || c.code || ' ' || s.number || ' ' || sum(g.count)
         from shipments s join orders o on o.id = s.order_id join carriers c on c.id = s.carrier_id
         join shipment_goods g on g.shipment_id = s.id group by s.id, o.number, c.code order by s.id",
    )
}

async fn upload(clerk: &Browser, name: &str, file: &[u8], fields: &[(&str, &str)]) -> Answer {
    upload_to(clerk, IMPORTS, (name, file), fields).await
}

/// Sends the form with a file at this path.
pub async fn upload_to(clerk: &Browser, path: &str, (name, file): (&str, &[u8]), fields: &[(&str, &str)]) -> Answer {
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!("--border\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--border--\r\n");
    let request = clerk
        .request(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=border");
    clerk.send(request.body(body)).await
}

/// Uploads a CSV file; returns the path of its page.
async fn uploaded(clerk: &Browser, file: &str) -> String {
    upload(clerk, "parcels.csv", file.as_bytes(), &[]).await.expect(303).location().to_owned()
}

async fn confirm(clerk: &Browser, at: &str) -> Answer {
    clerk.post(&format!("{at}/confirmation"), &[("revision", "1")]).await
}

async fn worked(shop: &TestShop) {
    let db = Db::connect(&shop.database.url, 4).unwrap();
    while run_shipment_import_step(&db).await.unwrap() {}
}

/// A workbook whose only sheet has these rows.
fn workbook(rows: &str) -> Vec<u8> {
    let relations = "<Relationships><Relationship Id='r1' Type='x/worksheet' Target='sheet.xml'/></Relationships>";
    let book = "<workbook><sheets><sheet name='Parcels' r:id='r1'/></sheets></workbook>";
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", relations), ("xl/sheet.xml", &sheet)]
    {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What happens to each line: its number and the words.
fn lines(page: &Answer) -> Vec<String> {
    let words = page.texts_of(".shipment-lines td:last-child");
    let numbers = page.texts_of(".shipment-lines td:first-child");
    numbers.into_iter().zip(words).map(|(line, words)| format!("{line} {words}")).collect()
}

#[tokio::test]
async fn ticked_orders_are_sent_from_one_page_and_what_fails_stays_on_it() {
    let (shop, clerk, _, numbers) = ordered(4).await;
    let [first, second, held, later] = [0, 1, 2, 3].map(|at: usize| numbers[at].as_str());
    let query: Vec<String> = numbers.iter().map(|number| format!("orders={number}")).collect();
    let page = clerk.page(&format!("/admin/shipments/new?{}", query.join("&"))).await;
    let token = page.attribute_of("form[action='/admin/shipments'] input[name=token]", "value");
    assert_eq!(page.texts_of(".send-table tbody tr").len(), 4);
    shop.execute(&format!(
        "insert into order_holds (order_id, reason, staff_id)
         select id, 'odd', (select id from users where username = 'clerk') from orders where number = '{held}'"
    ));
    let mut fields: Vec<(String, &str)> = vec![("token".into(), token.as_str())];
    for number in &numbers {
        fields.push(("order".into(), number));
        fields.push((format!("carrier-{number}"), if number == second { "x" } else { "1" }));
    }
    for (number, typed) in [(first, " sf 1 "), (second, "SF2"), (later, "")] {
        fields.push((format!("number-{number}"), typed));
    }
    let as_fields = |fields: &[(String, &str)]| -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect()
    };
    let post = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        clerk.post("/admin/shipments", &fields).await
    };
    let again = post(as_fields(&fields)).await.expect(422);
    assert_eq!(parcels(&shop), [format!("{} sf SF1 2", tail(first))]);
    assert!(again.has(&format!("#carrier-{second}-error")), "{again}");
    let left = again.texts_of(".send-table tbody th");
    assert_eq!(left.len(), 2, "the one with the fault and the one for later: {left:?}");
    assert!(again.text_of(".paper-left-out").contains("on hold: odd"), "{again}");

    for (name, value) in &mut fields {
        if *name == format!("carrier-{second}") {
            *value = "3";
        }
    }
    post(as_fields(&fields)).await.expect(303);
    post(as_fields(&fields)).await.expect(422);
    let sent = [format!("{} sf SF1 2", tail(first)), format!("{} zto SF2 2", tail(second))];
    assert_eq!(parcels(&shop), sent, "sent twice, the form sends nothing twice");
    assert_eq!(shop.number("select count(*) from audit_log where action = 'send_parcel'"), 2);
}

#[tokio::test]
async fn a_file_is_shown_before_it_sends_and_bad_lines_take_no_good_ones_with_them() {
    let (shop, clerk, mei, numbers) = ordered(4).await;
    let [whole, short, held, sent] = [0, 1, 2, 3].map(|at: usize| numbers[at].as_str());
    let [tea, cup] = [shop.make_sku(50, "5.00"), shop.make_sku(50, "6.00")];
    let parts = order(&mei, &[(tea, 2), (cup, 1)]).await;
    let code = |sku: SkuId| shop.text(&format!("select code from skus where id = {sku}"));
    shop.execute(&format!(
        "insert into order_holds (order_id, reason, staff_id)
         select id, 'odd', (select id from users where username = 'clerk') from orders where number = '{held}'"
    ));
    let first = [("token", "0123456789abcdef0123456789abcdef"), ("carrier", "1"), ("number", "OLD1")];
    clerk.post(&format!("/admin/orders/{sent}/shipments"), &first).await.expect(303);
    let file = format!(
        "发货清单,,,,\n订单编号,快递公司,快递单号,商家编码,数量\n{whole},顺丰,sf 100,,\n{short},中通快递,ZT200,,\n{held},顺丰,SF3,,\n\
         {sent},SF,OLD1,,\n{parts},圆通,YT1,{},2\n{parts},圆通,YT2,{},\nABCDEF,顺丰,SF4,,\n{whole},顺丰,SF5,,\n,顺丰,SF6,,\n\
         {whole},顺丰,,,\n{whole},顺丰,7.31E+13,,\n=HYPERLINK(1),顺丰,<b>1</b>,,\n",
        code(tea),
        code(cup),
        short = tail(short).to_lowercase(),
    );
    let at = uploaded(&clerk, &file).await;
    let page = clerk.page(&at).await;
    let sums = page.text_of(".shipment-sums");
    assert!(sums.contains("4 parcels will be sent") && sums.contains("of 3 orders"), "{sums}");
    let expected = [
        "3 will be sent",
        "4 will be sent",
        "5 the order is on hold: odd",
        "6 sent before, with this number",
        "7 will be sent",
        "8 will be sent",
        "9 there is no such order, or these last six characters belong to none that is to be sent",
        "10 line 3 sends the whole order with another number; for several parcels give SKU codes and units",
        "11 no order number",
        "12 no tracking number",
        "13 a spreadsheet has rounded or changed the number: format that column as text and type it again",
        "14 there is no such order, or these last six characters belong to none that is to be sent",
    ];
    assert_eq!(lines(&page), expected);
    assert_eq!(parcels(&shop).len(), 1, "nothing is sent before it is confirmed");

    confirm(&clerk, &at).await.expect(303);
    confirm(&clerk, &at).await.expect(303);
    let moving = clerk.page(&at).await;
    assert!(moving.has("[data-watch]") && moving.text_of(".shipment-sums").contains("being sent"), "{moving}");
    worked(&shop).await;
    let done = [
        format!("{} sf OLD1 2", tail(sent)),
        format!("{} sf SF100 2", tail(whole)),
        format!("{} zto ZT200 2", tail(short)),
        format!("{} yto YT1 2", tail(&parts)),
        format!("{} yto YT2 1", tail(&parts)),
    ];
    assert_eq!(parcels(&shop), done);
    let statuses = shop.texts("select distinct status from orders where id in (select order_id from shipments)");
    assert_eq!(statuses, ["unreceived"]);
    let page = clerk.page(&at).await;
    assert!(page.text_of(".shipment-sums").contains("4 lines sent") && !page.has("[data-watch]"), "{page}");
    let failed = clerk.page(&format!("{at}/failed.csv")).await.body;
    assert_eq!(failed.lines().count(), 1 + 7, "{failed}");
    assert!(failed.contains("\"'=HYPERLINK(1)\""), "{failed}");

    // The same file again.
    let at = uploaded(&clerk, &file).await;
    let page = clerk.page(&at).await;
    assert!(page.text_of(".shipment-sums").contains("5 lines were sent before"), "{page}");
    clerk.post(&format!("{at}/confirmation"), &[("revision", "1")]).await.expect(303);
    worked(&shop).await;
    assert_eq!(parcels(&shop), done);
}

#[tokio::test]
async fn two_who_send_the_same_file_at_once_send_each_order_once() {
    let (shop, clerk, _, numbers) = ordered(12).await;
    let other = shop.clerk("other").await;
    let mut file = String::from("订单号,快递公司,运单号\n");
    for (at, number) in numbers.iter().enumerate() {
        file.push_str(&format!("{number},顺丰,SF{at}\n"));
    }
    let (first, second) = join(uploaded(&clerk, &file), uploaded(&other, &file)).await;
    let confirms = [(&clerk, &first), (&clerk, &first), (&other, &second), (&other, &second)];
    for answer in join_all(confirms.map(|(staff, at)| confirm(staff, at))).await {
        answer.expect(303);
    }
    join_all((0..3).map(|_| worked(&shop))).await;
    assert_eq!(parcels(&shop).len(), 12);
    assert_eq!(shop.number("select count(*) from orders where status = 'unreceived'"), 12);
    assert_eq!(shop.number("select count(*) from shipment_imports where state = 'done'"), 2);
    let of = |outcome: &str| {
        shop.number(&format!("select count(*) from shipment_import_parcels where outcome = '{outcome}'"))
    };
    assert_eq!((of("sent"), of("already"), of("failed")), (12, 12, 0));
}

#[tokio::test]
async fn columns_that_are_not_recognized_are_chosen_and_a_workbook_keeps_the_digits_of_numbers() {
    let (shop, clerk, _, numbers) = ordered(2).await;
    let rows = format!(
        "<row r=\"1\"><c t=\"str\"><v>A</v></c><c t=\"str\"><v>B</v></c></row>\
         <row r=\"2\"><c t=\"str\"><v>{}</v></c><c><v>7.3123456789012E+13</v></c></row>\
         <row r=\"3\"><c t=\"str\"><v>{}</v></c><c><v>7.31234567890123E+17</v></c></row>",
        numbers[0], numbers[1]
    );
    let file = workbook(&rows);
    let at = upload(&clerk, "parcels.xlsx", &file, &[("carrier", "2")]).await.expect(303).location().to_owned();
    let page = clerk.page(&at).await;
    assert!(page.text_of(".shipment-sums").contains("were not recognized"), "{page}");
    let wrong = [("heading_line", "x"), ("order_column", "0"), ("number_column", "0")];
    let refused = clerk.post(&format!("{at}/mapping"), &wrong).await.expect(422);
    assert!(refused.has("#heading_line-error") && refused.has("#number_column-error"), "{refused}");
    let columns = [("heading_line", "1"), ("order_column", "0"), ("number_column", "1"), ("carrier", "2")];
    clerk.post(&format!("{at}/mapping"), &columns).await.expect(303);
    let page = clerk.page(&at).await;
    assert_eq!(lines(&page)[0], "2 will be sent");
    assert!(lines(&page)[1].contains("a spreadsheet has rounded"), "18 digits are more than it keeps: {page}");

    let stale = clerk.post_and_follow(&format!("{at}/confirmation"), &[("revision", "1")]).await;
    assert!(stale.text_of("#flash").contains("changed the columns"), "{stale}");
    clerk.post(&format!("{at}/confirmation"), &[("revision", "2")]).await.expect(303);
    worked(&shop).await;
    assert_eq!(parcels(&shop), [format!("{} jd 73123456789012 2", tail(&numbers[0]))]);
    clerk.post(&format!("{at}/mapping"), &columns).await.expect(303);
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(shop.text("select state from shipment_imports"), "done", "it is too late for both");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_with_the_reason_beside_it() {
    let (shop, clerk, mei, numbers) = ordered(1).await;
    let mut long = String::from("订单号,运单号\n");
    for line in 0..5_030 {
        long.push_str(&format!("A,{line}\n"));
    }
    let large = vec![b'x'; 5 * 1024 * 1024];
    for (file, words) in [
        (&b"%PDF-1.7"[..], "PDF"),
        (b"", "empty"),
        (long.as_bytes(), "more than 5000 lines"),
        (&large, "larger than 4 MB"),
        (b"PK\x03\x04 broken", "broken or cut off"),
    ] {
        let answer = upload(&clerk, "x.csv", file, &[]).await.expect(422);
        let said = answer.text_of("#file-error");
        assert!(said.to_lowercase().contains(&words.to_lowercase()), "{words}: {said}");
    }
    assert_eq!(shop.number("select count(*) from shipment_imports"), 0);
    let token = [("token", "0123456789abcdef0123456789abcdef")];
    let file = format!("order,tracking number,carrier\n{},SF1,sf\n", numbers[0]);
    let sends = (0..4).map(|_| upload(&clerk, "x.csv", file.as_bytes(), &token));
    join_all(sends).await.into_iter().for_each(|answer| drop(answer.expect(303)));
    let at = format!("{IMPORTS}/{}", shop.number("select max(id) from shipment_imports"));
    mei.browser.get(&at).await.expect(404);
    clerk.get(&format!("{IMPORTS}/999")).await.expect(404);
    clerk.post(&format!("{IMPORTS}/999/confirmation"), &[]).await.expect(404);
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    clerk.post_and_follow(&format!("{at}/confirmation"), &[("revision", "1")]).await;
    worked(&shop).await;
    assert_eq!(parcels(&shop), Vec::<String>::new(), "what was discarded sends nothing");
}
