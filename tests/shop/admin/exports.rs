//! Files for spreadsheets with orders, order lines and the money that has moved.

use std::io::{Cursor, Read};
use zip::ZipArchive;

use crate::support::{Answer, Browser, TestShop};

/// Orders of a user, a minute apart, each with one line of a SKU; of two in three the phone begins with 138.
fn make_orders(shop: &TestShop, how_many: u32) {
    let (owner, sku) = (shop.make_user("mei").0, shop.make_sku(9, "20.00").0);
    shop.execute(&format!(
        "update skus set code = 'POT-1' where id = {sku};
         update spus set name = '=Teapot' where id = (select spu_id from skus where id = {sku});
         insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, note, placed_at)
         select '20261121093000' || lpad({owner}::text, 9, '0') || lpad(i::text, 6, '0'), {owner},
            'token-of-a-checkout-' || i, 'unsent', 'cod', 2, 40, 10, 50, '林梅',
            case when i % 3 = 0 then '13900000000' else '13800000000' end, 'Shanghai', '1, Anfu Road', '', '=1+1',
            now() - i * interval '1 minute'
         from generate_series(1, {how_many}) i;
         insert into order_goods (order_id, sku_id, name, price, count)
         select id, {sku}, 'as ordered', 20, 2 from orders"
    ));
    shop.fill_order_search();
}

async fn export(clerk: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    clerk.post(path, fields).await.expect(200)
}

/// The rows of a CSV file, without its byte order mark.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let text = answer.body.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn an_export_has_exactly_what_the_list_shows() {
    let shop = TestShop::open().await;
    make_orders(&shop, 2_500);
    shop.execute("update orders set status = 'canceled', canceled_at = now() where id % 5 = 0");
    shop.execute("insert into shipments (order_id, carrier_id, number) select min(id), 1, 'SF77' from orders");
    let clerk = shop.clerk("clerk").await;
    for (fields, condition) in [
        (vec![], "true"),
        (vec![("q", "1380000")], "phone like '138%'"),
        (vec![("show", "canceled"), ("q", "1380000")], "status = 'canceled' and phone like '138%'"),
        (vec![("q", "nowhere")], "false"),
    ] {
        let expected =
            shop.texts(&format!("select number from orders where {condition} order by placed_at desc, id desc"));
        for kind in ["orders", "lines"] {
            let asked: Vec<_> = fields.iter().copied().chain([("kind", kind), ("format", "csv")]).collect();
            let answer = export(&clerk, "/admin/orders/exports", &asked).await;
            let numbers: Vec<String> = rows(&answer).into_iter().skip(1).map(|mut row| row.remove(0)).collect();
            assert_eq!(numbers, expected, "{kind} {fields:?}");
        }
    }
    let last = export(&clerk, "/admin/orders/exports", &[("kind", "orders"), ("format", "csv")]).await;
    let row = rows(&last).into_iter().find(|row| row.last().is_some_and(|parcel| parcel == "SF77")).unwrap();
    assert_eq!(row[3..12].join("|"), "mei|林梅|13800000000|Shanghai|1, Anfu Road||'=1+1|Cash on delivery|2");
    assert_eq!(row[15], "50.00");
    let lines = export(&clerk, "/admin/orders/exports", &[("kind", "lines"), ("format", "csv")]).await;
    assert_eq!(rows(&lines)[1][3..10].join("|"), "POT-1|'=Teapot||20.00|2|0.00|40.00", "as the catalog says it");
    for broken in [("kind", "x"), ("format", "x")] {
        let fields = [broken, ("kind", "orders"), ("format", "csv")];
        clerk.post("/admin/orders/exports", &fields).await.expect(404);
    }
    // Who took what is in the audit log.
    assert_eq!(shop.number("select count(*) from audit_log where action = 'export_orders'"), 10);
    let log = clerk.page("/admin/audit-log?what=export_orders").await;
    assert!(log.text_of("main").contains("/admin/orders?q=1380000&show=canceled"), "{log}");
}

#[tokio::test]
async fn a_workbook_has_the_same_rows_as_texts() {
    let shop = TestShop::open().await;
    make_orders(&shop, 3);
    let clerk = shop.clerk("clerk").await;
    let asked = clerk.form("/admin/orders/exports", &[("kind", "lines"), ("format", "xlsx")]);
    let file = asked.send().await.unwrap().bytes().await.unwrap();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert_eq!(sheet.matches("<row>").count(), 4);
    assert!(sheet.contains("<t xml:space=\"preserve\">=Teapot</t>"), "{sheet}");
    assert!(sheet.contains("<c s=\"1\"><v>40.00</v></c>"), "{sheet}");
}

#[tokio::test]
async fn accounting_has_a_row_for_each_move_of_money() {
    let shop = TestShop::with(&[("UTC_OFFSET", "+08:00")]).await;
    make_orders(&shop, 2);
    let [first, second]: [i64; 2] =
        [1, 2].map(|n| shop.number(&format!("select id from orders order by id limit 1 offset {n} - 1")));
    shop.execute(&format!(
        "insert into payments (order_id, pay_method, number, amount, status, counts, trade_no, expires_at, paid_at) values
            ({first}, 'alipay', 'attempt_1', 50, 'paid', true, 'trade-1', now(), '2026-11-20T16:00:00Z'),
            ({first}, 'alipay', 'attempt_2', 50, 'paid', false, 'trade-2', now(), '2026-11-21T02:00:00Z'),
            ({second}, 'cod', 'attempt_3', 50, 'paid', true, null, now(), '2026-11-21T03:00:00Z');
         insert into refunds (payment_id, number, amount, status, reason, done_at)
         select id, 'refund_1', 50, 'done', 'surplus', '2026-11-21T04:00:00Z' from payments where number = 'attempt_2';
         insert into refunds (payment_id, number, amount, status, reason)
         select id, 'refund_2', 5, 'wanted', 'amount' from payments where number = 'attempt_1';
         insert into gateway_bills (pay_method, day, compared_at, failed_checks, fees) values
            ('alipay', '2026-11-21', now(), 0, 0.6), ('alipay', '2026-11-22', now(), 0, 0)"
    ));
    let clerk = shop.clerk("clerk").await;
    let said = |answer: &Answer| -> Vec<String> {
        rows(answer).into_iter().skip(1).map(|row| [&row[0..2], &row[4..]].concat().join("|")).collect()
    };
    let all = export(&clerk, "/admin/payments/exports", &[("format", "csv")]).await;
    assert_eq!(
        said(&all),
        [
            "2026-11-21 00:00:00|Payment|attempt_1|trade-1|50.00|0.00|50.00|CNY",
            "2026-11-21 10:00:00|Payment|attempt_2|trade-2|50.00|0.00|50.00|CNY",
            "2026-11-21 11:00:00|Cash on delivery|attempt_3||50.00|0.00|50.00|CNY",
            "2026-11-21 12:00:00|Refund|refund_1|trade-2|-50.00|0.00|-50.00|CNY",
            "2026-11-21 23:59:59|Fee|2026-11-21||0.00|0.60|-0.60|CNY",
        ]
    );
    let day = [("from", "2026-11-21"), ("to", "2026-11-21"), ("format", "csv")];
    assert_eq!(said(&export(&clerk, "/admin/payments/exports", &day).await), said(&all));
    let before = [("to", "2026-11-20"), ("format", "csv")];
    assert_eq!(said(&export(&clerk, "/admin/payments/exports", &before).await), [""; 0]);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'export_payments'"), 3);
}

#[tokio::test]
async fn an_export_of_many_moves_has_each_once() {
    let shop = TestShop::open().await;
    make_orders(&shop, 1_300);
    shop.execute(
        "insert into payments (order_id, pay_method, number, amount, status, counts, trade_no, expires_at, paid_at)
         select id, 'alipay', 'attempt_' || id, 50, 'paid', true, 'trade-' || id, now(), now() - interval '1 hour'
         from orders;
         insert into refunds (payment_id, number, amount, status, reason, done_at)
         select id, 'refund_' || id, 50, 'done', 'amount', now() - interval '1 hour' from payments",
    );
    let clerk = shop.clerk("clerk").await;
    let all = rows(&export(&clerk, "/admin/payments/exports", &[("format", "csv")]).await);
    let mut numbers: Vec<&str> = all.iter().skip(1).map(|row| row[4].as_str()).collect();
    assert_eq!(numbers.len(), 2_600);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 2_600);
}
