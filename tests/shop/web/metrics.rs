//! `/metrics`: its contents, and who may read it.

use reqwest::header::AUTHORIZATION;
use std::collections::BTreeMap;

use crate::support::{Answer, Browser, TestShop};

const TOKEN: &str = "0123456789abcdefghij";

async fn with_token() -> TestShop {
    TestShop::with(&[("METRICS_TOKEN", TOKEN)]).await
}

async fn asked(visitor: &Browser, said: &str) -> Answer {
    let request = visitor.request(reqwest::Method::GET, "/metrics").header(AUTHORIZATION, said);
    visitor.send(request).await
}

/// Every sample by its name and labels. Checks that Prometheus can parse each line, and that it belongs to the family
/// before it.
async fn samples(visitor: &Browser) -> BTreeMap<String, f64> {
    let answer = asked(visitor, &format!("Bearer {TOKEN}")).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut samples = BTreeMap::new();
    let mut families: Vec<&str> = Vec::new();
    let lines = answer.body.strip_suffix("# EOF\n").unwrap();
    for line in lines.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (family, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty() && !families.contains(&family), "{line}");
            families.push(family);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (family, kind) = kind.split_once(' ').unwrap();
            assert_eq!(families.last(), Some(&family), "{line}");
            assert!(matches!(kind, "counter" | "gauge" | "histogram" | "info"), "{line}");
        } else {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(sample.starts_with(families.last().unwrap()), "{line}");
            assert!(samples.insert(sample.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    samples
}

#[tokio::test]
async fn what_the_shop_counts_is_told_to_the_operators_machines_alone() {
    let closed = TestShop::open().await;
    for said in ["", "Bearer ", "Bearer null", &format!("Bearer {TOKEN}")] {
        asked(&closed.visitor(), said).await.expect(404);
    }
    let shop = with_token().await;
    shop.make_staff("clerk");
    for who in [shop.visitor(), shop.signed_in("clerk").await] {
        who.get("/metrics").await.expect(404);
        for said in ["Bearer", "Bearer 0123456789abcdefghik", "Basic 0123456789abcdefghij", TOKEN] {
            let answer = asked(&who, said).await.expect(404);
            assert_eq!(answer.text_of("h1"), "This page does not exist");
        }
    }
    asked(&shop.visitor(), &format!("bearer {TOKEN}")).await.expect(200);
}

#[tokio::test]
async fn orders_refusals_and_requests_are_counted() {
    let shop = with_token().await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(1, "20.00");
    let machine = shop.visitor();
    let before = samples(&machine).await;

    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;
    mei.places(&form).await.expect(303);
    mei.places(&form).await.expect(303);
    mei.puts_in_cart(sku, 1).await;
    let mut next = form.clone();
    next.token = "another-token-of-hers".into();
    mei.places(&next).await.expect(422);
    shop.visitor().get("/no/such/<page>").await.expect(404);
    let after = samples(&machine).await;

    // The same process also counts the shops of other tests.
    let more = |sample: &str| after.get(sample).unwrap_or(&0.0) - before.get(sample).unwrap_or(&0.0);
    assert!(more("till_orders_placed_total") >= 1.0);
    assert!(more("till_checkout_batch_size_count") >= 1.0 && more("till_checkout_batch_size_sum") >= 1.0);
    assert!(more("till_checkouts_refused_total{reason=\"out_of_stock\"}") >= 1.0);
    let requests = |status: &str| {
        more(&format!("till_http_requests_total{{route=\"/checkout\",method=\"POST\",status=\"{status}\"}}"))
    };
    assert!(requests("3xx") >= 2.0 && requests("4xx") >= 1.0);
    assert!(more("till_http_request_duration_seconds_count{route=\"/checkout\",method=\"POST\"}") >= 3.0);
    assert!(more("till_http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"}") >= 1.0);
    assert!(after.keys().all(|sample| !sample.contains("such")), "user input is not a route label");
    let bucket = |le: &str| {
        after[&format!("till_http_request_duration_seconds_bucket{{le=\"{le}\",route=\"/checkout\",method=\"POST\"}}")]
    };
    assert!(bucket("0.001") <= bucket("0.25") && bucket("0.25") <= bucket("+Inf"));
    assert!(after["process_resident_memory_bytes"] > 1e6 && after["process_cpu_seconds_total"] > 0.0);
}

#[tokio::test]
async fn what_waits_and_what_disagrees_is_told() {
    let shop = with_token().await;
    let machine = shop.visitor();
    let fresh = samples(&machine).await;
    assert_eq!((fresh["till_db_up"], fresh["till_outbox_waiting"]), (1.0, 0.0));
    assert!(fresh["till_db_connections_max"] >= 1.0);
    assert!(!fresh.contains_key("till_reconciliation_age_seconds"), "reconciliation never ran");

    shop.execute(
        "insert into outbox (kind, payload, attempts, created_at) values
            ('clear_cart', '{}', 0, now() - interval '1 hour'), ('clear_cart', '{}', 16, now())",
    );
    shop.execute(
        "insert into reconciliations (started_at, milliseconds, disagreeing, findings) values
            (now() - interval '2 hours', 5, 1, '[{\"name\": \"sku-stock\", \"count\": 3, \"rows\": []}]')",
    );
    let told = samples(&machine).await;
    assert_eq!((told["till_outbox_waiting"], told["till_outbox_failed"]), (1.0, 1.0));
    assert!((3600.0..3700.0).contains(&told["till_outbox_oldest_seconds"]));
    assert!((7200.0..7300.0).contains(&told["till_reconciliation_age_seconds"]));
    assert_eq!((told["till_reconciliation_completed"], told["till_reconciliation_failed_checks"]), (1.0, 1.0));
    assert_eq!(told["till_reconciliation_mismatches{check=\"sku-stock\"}"], 3.0);
    assert!(!told.contains_key("till_gateway_bill_compared"), "no bill was asked for");

    shop.execute(
        "insert into gateway_bills (pay_method, day, compared_at, failed_checks, failure) values
            ('alipay', '2026-11-27', null, null, 'it is not a zip'), ('alipay', '2026-11-28', now(), 2, null),
            ('alipay', '2026-11-29', null, null, null)",
    );
    let told = samples(&machine).await;
    assert_eq!((told["till_gateway_bill_compared"], told["till_gateway_bill_failed_checks"]), (1.0, 2.0));
    shop.execute("delete from gateway_bills where failed_checks is not null");
    assert_eq!(samples(&machine).await["till_gateway_bill_compared"], 0.0);
}

#[tokio::test]
async fn a_shop_in_trouble_still_tells_what_it_knows() {
    let mut shop = with_token().await;
    let mei = shop.shopper("mei").await;
    let machine = shop.visitor();
    let away = "till_redis_errors_total{reason=\"away\"}";
    let before = samples(&machine).await[away];
    shop.redis.kill();
    mei.browser.get("/cart").await.expect(503);
    assert!(samples(&machine).await[away] > before);

    shop.execute("alter table outbox rename to elsewhere");
    let told = samples(&machine).await;
    assert_eq!(told["till_db_up"], 0.0);
    assert!(!told.contains_key("till_outbox_waiting") && told.contains_key("till_orders_placed_total"));
}

#[tokio::test]
async fn what_waits_of_payments_is_told() {
    let shop = with_token().await;
    shop.execute("alter table payments disable trigger all; alter table refunds disable trigger all");
    shop.execute(
        "insert into payments (order_id, pay_method, number, amount, expires_at, next_query_at, strange, status, trade_no, paid_at)
         values (1, 'alipay', 'number_1', 50, now(), now() + interval '1 hour', null, 'open', null, null),
            (1, 'alipay', 'number_2', 50, now(), null, 'paid twice', 'open', null, null),
            (1, 'alipay', 'number_3', 50, now(), null, 'out_of_stock', 'paid', 'T3', now());
         insert into refunds (payment_id, number, amount, reason, status, next_attempt_at, created_at)
         values (3, 'number_3_r1', 5, 'amount', 'wanted', now() + interval '1 hour', now()),
            (3, 'number_3_r2', 5, 'amount', 'sent', now() + interval '1 hour', now() - interval '2 hours'),
            (3, 'number_3_r3', 5, 'amount', 'refused', null, now()),
            (3, 'number_3_r4', 50, 'amount', 'refused', null, now())",
    );
    let told = samples(&shop.visitor()).await;
    assert_eq!(told["till_payments_open"], 1.0);
    let waiting = |kind: &str| told[&format!("till_payments_waiting{{kind=\"{kind}\"}}")];
    assert_eq!((waiting("strange"), waiting("out_of_stock")), (1.0, 1.0));
    assert_eq!(waiting("refund"), 2.0, "one is stuck, one refused; the amount of the other is no longer left");
    let refunds = |status: &str| told[&format!("till_refunds{{status=\"{status}\"}}")];
    assert_eq!((refunds("wanted"), refunds("sent"), refunds("refused")), (1.0, 1.0, 2.0));
    assert!(told.contains_key("till_refund_results_total{result=\"refused\"}"));
}
