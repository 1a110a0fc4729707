//! Tests of the bill of a day.

use std::io::{Cursor, Read};

use encoding_rs::GBK;
use serde_json::json;

use crate::client::{Client, Order, beijing};

#[actix_web::test]
async fn the_bill_lists_payments_and_refunds_in_gbk() {
    let client = Client::start();
    client.pay(&Order { number: "T1", amount: "100.00", notify_url: "" }).await;
    client.pay(&Order { number: "T2", amount: "0.01", notify_url: "" }).await;
    let content = json!({
        "out_trade_no": "T1", "refund_amount": "30.00", "out_request_no": "R1", "refund_reason": "破损, \"一件\""
    });
    client.call("alipay.trade.refund", content).await;
    let today = &beijing(0)[..10];
    let method = "alipay.data.dataservice.bill.downloadurl.query";
    let answer = client.call(method, json!({"bill_type": "trade", "bill_date": today})).await;
    let url = answer["bill_download_url"].as_str().unwrap();
    let archive = client.http.get(url).send().await.unwrap().bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let (name, _, wrong) = GBK.decode(file.name_raw());
        assert!(!wrong);
        files.push((name.into_owned(), GBK.decode(&bytes).0.into_owned()));
    }
    let day = today.replace('-', "");
    assert_eq!(files[0].0, format!("20880000000000020156_{day}_业务明细.csv"));
    assert_eq!(files[1].0, format!("20880000000000020156_{day}_业务明细(汇总).csv"));
    check_detail(&files[0].1);
    assert!(files[1].1.contains(",合计,2,1,70.01,70.01,"), "{}", files[1].1);
}

fn check_detail(text: &str) {
    assert!(text.starts_with("#支付宝业务明细查询\r\n#账号："), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let (table, remarks): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| !line.starts_with('#'));
    assert!(remarks.len() >= 7 && lines.last().unwrap().starts_with("#导出时间"), "{text}");
    let table = table.join("\n");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let columns = reader.headers().unwrap().clone();
    assert_eq!(columns.len(), 25);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |name: &str| {
        let at = columns.iter().position(|column| column == name).unwrap();
        rows.iter().map(|row| row[at].trim().to_owned()).collect::<Vec<String>>()
    };
    assert_eq!(column("商户订单号"), ["T1", "T2", "T1"]);
    assert_eq!(column("业务类型"), ["交易", "交易", "退款"]);
    assert_eq!(column("商品名称"), ["茶叶 500 克"; 3]);
    assert_eq!(column("订单金额（元）"), ["100.00", "0.01", "-30.00"]);
    assert_eq!(column("商家实收（元）"), ["100.00", "0.01", "-30.00"]);
    assert_eq!(column("服务费（元）"), ["-0.60", "0.00", "0.00"]);
    assert_eq!(column("退款批次号/请求号"), ["", "", "R1"]);
    assert_eq!(column("备注"), ["", "", "破损, \"一件\""]);
    assert!(rows.iter().all(|row| row[0].ends_with('\t') && row[0].len() == 29), "{rows:?}");
}

#[actix_web::test]
async fn a_day_without_payments_has_no_bill() {
    let client = Client::start();
    let method = "alipay.data.dataservice.bill.downloadurl.query";
    let cases = [
        (json!({"bill_type": "trade", "bill_date": "2020-01-01"}), "isp.bill_not_exist"),
        (json!({"bill_type": "trade", "bill_date": "2020-1-1"}), "ACQ.INVALID_PARAMETER"),
        (json!({"bill_date": "2020-01-01"}), "ACQ.INVALID_PARAMETER"),
    ];
    for (content, sub_code) in cases {
        assert_eq!(client.call(method, content).await["sub_code"], sub_code);
    }
    let gone = client.http.get(format!("{}/bill/unknown", client.process.url)).send().await.unwrap();
    assert_eq!(gone.status(), 403);
}

#[actix_web::test]
async fn a_download_can_be_cut_nonsense_or_large() {
    let client = Client::start();
    client.pay(&Order { number: "T1", amount: "1.00", notify_url: "" }).await;
    let content = json!({"bill_type": "trade", "bill_date": &beijing(0)[..10]});
    let answer = client.call("alipay.data.dataservice.bill.downloadurl.query", content).await;
    let url = answer["bill_download_url"].as_str().unwrap();
    client.control(json!({"down": true, "times": 1, "only": "bill"})).await;
    assert!(client.http.get(url).send().await.is_err());
    client.control(json!({"nonsense": true, "times": 1, "only": "bill"})).await;
    assert!(client.http.get(url).send().await.unwrap().text().await.unwrap().starts_with("<h1>"));
    client.control(json!({"large_bill": 3, "times": 1, "only": "bill"})).await;
    assert_eq!(client.http.get(url).send().await.unwrap().bytes().await.unwrap().len(), 3 * 1024 * 1024);
    assert_eq!(client.http.get(url).send().await.unwrap().headers()["content-type"], "application/zip");
}
