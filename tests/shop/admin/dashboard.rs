//! The dashboard: its figures match the orders, and each links to the list of what it counts.

use chrono::{DateTime, Duration, FixedOffset, Timelike, Utc};
use till::{
    lifecycle::cancel_expired,
    orders::{last_days, record_days, recount_day, revenue_by_day, revenue_in},
    platform::clock,
    stock::{record_day_start, refresh_sales_figures},
};

use crate::support::{Answer, Database, Shopper, TestShop};

/// A time zone in which it is now between twelve and one, far from midnight.
fn noon() -> FixedOffset {
    let hour = i32::try_from(Utc::now().hour()).unwrap();
    FixedOffset::east_opt((12 - hour) * 3600).unwrap()
}

/// A shop in whose time zone it is noon.
async fn at_noon() -> (TestShop, FixedOffset) {
    let zone = noon();
    (TestShop::with(&[("UTC_OFFSET", &zone.to_string())]).await, zone)
}

/// Places an order of one piece with freight of ¥10 at this time.
async fn ordered(shop: &TestShop, shopper: &Shopper, at: DateTime<Utc>) -> String {
    let sku = shop.make_sku(9, "20.00");
    shopper.puts_in_cart(sku, 1).await;
    let number = shopper.orders().await;
    place_at(shop, &number, at);
    number
}

fn place_at(database: &Database, number: &str, at: DateTime<Utc>) {
    let at = at.to_rfc3339();
    database.execute(&format!("update orders set placed_at = '{at}' where number = '{number}'"));
}

fn cancel(database: &Database, number: &str) {
    database.execute(&format!("update orders set status = 'canceled', canceled_at = now() where number = '{number}'"));
}

/// Today's figures, each with the text below it.
fn metrics(page: &Answer) -> Vec<String> {
    page.texts_of(".metrics li")
}

/// The rows of the table (day, orders, revenue), only those with orders.
fn days(page: &Answer) -> Vec<String> {
    page.texts_of(".revenue-table tbody tr").into_iter().filter(|row| !row.ends_with(" 0 ¥0.00")).collect()
}

#[tokio::test]
async fn today_stands_beside_the_same_hours_a_week_ago() {
    let (shop, zone) = at_noon().await;
    let (mei, clerk) = (shop.shopper("mei").await, shop.clerk("clerk").await);
    let now = Utc::now();
    let (midnight, week) = (clock::beginning_of_day(now, zone), Duration::weeks(1));
    let instant = Duration::microseconds(1);
    for at in [midnight, now] {
        ordered(&shop, &mei, at).await;
    }
    ordered(&shop, &mei, midnight - instant).await;
    // A week ago: at the start of the day, an hour before the present time of day, an hour after it, and on the day
    // before.
    for at in [midnight - week, now - week - Duration::hours(1), now - week + Duration::hours(1)] {
        ordered(&shop, &mei, at).await;
    }
    ordered(&shop, &mei, midnight - week - instant).await;
    let then = ordered(&shop, &mei, now - week - Duration::hours(2)).await;

    let page = clerk.page("/admin").await;
    assert_eq!(
        metrics(&page),
        [
            "Orders 2 3 by this hour a week ago (−33 %)",
            "Revenue ¥60.00 ¥90.00 by this hour a week ago (−33 %)",
            "Average order ¥30.00 ¥30.00 by this hour a week ago (as then)",
        ]
    );
    cancel(&shop, &then);
    let page = clerk.page("/admin").await;
    assert_eq!(metrics(&page)[0], "Orders 2 2 by this hour a week ago (as then)");

    let day = |at: DateTime<Utc>| clock::day(at, zone);
    let expected = [
        format!("{} so far 2 ¥60.00", day(now)),
        format!("{} 1 ¥30.00", day(midnight - instant)),
        format!("{} 3 ¥90.00", day(now - week)),
        format!("{} 1 ¥30.00", day(midnight - week - instant)),
    ];
    assert_eq!(days(&page), expected);
    assert!(page.text_of(".dashboard-head p").contains("7 orders, ¥210.00"));
}

#[tokio::test]
async fn every_day_of_the_chart_is_in_the_table_and_leads_to_its_orders() {
    let (shop, zone) = at_noon().await;
    let (mei, clerk) = (shop.shopper("mei").await, shop.clerk("clerk").await);
    let first = clock::beginning_of_day(Utc::now(), zone) - Duration::days(29);
    ordered(&shop, &mei, first - Duration::microseconds(1)).await;
    let kept = ordered(&shop, &mei, first).await;
    let gone = ordered(&shop, &mei, first + Duration::hours(5)).await;
    cancel(&shop, &gone);
    let page = clerk.page("/admin").await;
    assert_eq!(page.texts_of(".revenue-table tbody tr").len(), 30);
    assert_eq!(days(&page), [format!("{} 1 ¥30.00", clock::day(first, zone))]);
    let bars = page.attributes_of(".revenue-chart-bars .revenue-chart-bar", "height");
    assert_eq!((bars.len(), bars[0].as_str(), bars[29].as_str()), (30, "100", "0"));
    let words = page.attribute_of(".revenue-chart-bars", "aria-label");
    assert!(words.contains("The most was ¥30.00"), "{words}");

    let to = page.attributes_of(".revenue-table tbody a", "href");
    assert_eq!(clerk.page(&to[29]).await.texts_of(".orders-table .order-number"), [kept]);
    assert!(clerk.page(&to[0]).await.has(".empty"));
}

/// Parses a time with its time zone.
fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_day_that_is_over_is_kept_once_and_still_knows_of_later_cancellations() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    // The 20th in Shanghai, from its first moment to its last, and the moments before and after.
    let mut numbers = Vec::new();
    for placed in
        ["2026-11-19T15:59:59.999999Z", "2026-11-19T16:00:00Z", "2026-11-20T15:59:59.999999Z", "2026-11-20T16:00:00Z"]
    {
        numbers.push(ordered(&shop, &mei, at(placed)).await);
    }
    let now = at("2026-11-20T16:30:00Z");
    let days = last_days(now, zone, 3);
    let asked = || {
        let days = revenue_by_day(&mut shop.connect(), &days).unwrap();
        days.iter().map(|day| (day.orders, day.amount.plain())).collect::<Vec<_>>()
    };
    let expected = |orders: [(i64, &str); 3]| orders.map(|(orders, revenue)| (orders, revenue.to_owned()));
    assert_eq!(asked(), expected([(1, "30.00"), (2, "60.00"), (1, "30.00")]));
    // An order of the 20th was not paid in time, long before the day is recorded.
    let unpaid = ordered(&shop, &mei, at("2026-11-20T06:00:00Z")).await;
    shop.execute(&format!(
        "update orders set status = 'canceled', canceled_at = placed_at + interval '30 minutes' where number = '{unpaid}'"
    ));
    assert_eq!(asked(), expected([(1, "30.00"), (2, "60.00"), (1, "30.00")]));
    let kept = || shop.texts("select orders from order_days where orders > 0 order by begins");

    // Half an hour after midnight, yesterday is not recorded: a transaction may still place or cancel an order of that
    // day.
    record_days(&mut shop.connect(), now, zone).unwrap();
    assert_eq!(kept(), ["1"]);
    assert_eq!(record_days(&mut shop.connect(), now + Duration::minutes(150), zone).unwrap(), 1);
    assert_eq!(kept(), ["1", "2"]);
    assert_eq!(record_days(&mut shop.connect(), now + Duration::minutes(151), zone).unwrap(), 0);
    assert_eq!(asked(), expected([(1, "30.00"), (2, "60.00"), (1, "30.00")]));

    cancel(&shop, &numbers[2]);
    assert_eq!(asked(), expected([(1, "30.00"), (1, "30.00"), (1, "30.00")]));
    shop.execute(&format!(
        "update orders set status = 'refunded', refunded_at = now() where number = '{}'",
        numbers[1]
    ));
    assert_eq!(asked(), expected([(1, "30.00"), (0, "0.00"), (1, "30.00")]));
    // The orders alone give the same revenue.
    let stretches: Vec<_> = days.iter().map(|day| (*day, *day + Duration::days(1))).collect();
    let read = revenue_in(&mut shop.connect(), &stretches).unwrap();
    assert_eq!(read, revenue_by_day(&mut shop.connect(), &days).unwrap());

    // In another time zone days begin at other moments; recorded days of this zone are not used for them.
    let tokyo = FixedOffset::east_opt(9 * 3600).unwrap();
    let moved = revenue_by_day(&mut shop.connect(), &last_days(now, tokyo, 3)).unwrap();
    assert_eq!(moved.iter().map(|day| day.orders).collect::<Vec<_>>(), [0, 1, 1]);
}

#[tokio::test]
async fn days_that_were_recorded_by_a_wrong_clock_are_counted_again() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let now = at("2026-11-20T04:00:00Z");
    let recorded = || shop.texts("select orders from order_days where orders > 0 order by begins");
    ordered(&shop, &mei, at("2026-11-18T03:00:00Z")).await;
    ordered(&shop, &mei, at("2026-11-20T03:00:00Z")).await;

    // Ahead by 25 hours: today seems to be over.
    record_days(&mut shop.connect(), now + Duration::hours(25), zone).unwrap();
    assert_eq!(recorded(), ["1", "1"]);
    record_days(&mut shop.connect(), now, zone).unwrap();
    assert_eq!(recorded(), ["1"], "today is not over");

    // Behind by two days: an order is placed on a day that is recorded.
    ordered(&shop, &mei, at("2026-11-18T05:00:00Z")).await;
    let corrected = (0..31).filter(|_| recount_day(&mut shop.connect(), now, zone).unwrap()).count();
    assert_eq!((corrected, recorded()), (1, vec!["2".to_owned()]));
    assert_eq!(shop.text("select amount from order_days where orders > 0"), "60.00");
}

#[tokio::test]
async fn an_order_that_nobody_paid_counts_until_it_is_canceled() {
    let (shop, _) = at_noon().await;
    let (mei, clerk) = (shop.shopper("mei").await, shop.clerk("clerk").await);
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let mut form = mei.opens_checkout().await;
    form.pay_method = "alipay".into();
    mei.places(&form).await.expect(303);
    let page = clerk.page("/admin").await;
    assert!(metrics(&page)[1].starts_with("Revenue ¥50.00 "), "{page}");
    assert!(page.text_of(".dashboard-counts").contains("paid or not"));
    cancel_expired(&mut shop.connect(), Utc::now() + Duration::hours(1), 10).unwrap();
    let page = clerk.page("/admin").await;
    assert!(metrics(&page)[1].starts_with("Revenue ¥0.00 "), "{page}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_empty_shop_says_where_to_begin() {
    let shop = TestShop::open().await;
    let boss = shop.boss("boss").await;
    let page = boss.page("/admin").await;
    assert_eq!(page.text_of("h1"), "Today");
    assert_eq!(metrics(&page)[0], "Orders 0 None by this hour a week ago");
    assert_eq!(metrics(&page)[2], "Average order – None by this hour a week ago");
    assert!(
        page.text_of(".dashboard-empty").contains("No orders in the last 30 days")
            && !page.has("svg.revenue-chart-bars")
    );
    boss.page(&page.attribute_of(".dashboard-empty a", "href")).await;
    assert_eq!(page.texts_of(".best-lists p"), ["Nothing was sold."; 2]);
    assert_eq!(page.texts_of(".task-done"), ["none"; 14]);
    assert_eq!(page.text_of(".task .badge"), "never checked");
    boss.post("/language", &[("language", "zh")]).await.expect(303);
    assert_eq!(boss.page("/admin").await.text_of("h1"), "今日");
}

/// The label and number of a task, and the number of rows in the list that it links to.
async fn task(shop: &TestShop, page: &Answer, place: usize, rows: &str) -> (String, usize) {
    let clerk = shop.signed_in("clerk").await;
    let to = page.attributes_of(".task", "href");
    (page.texts_of(".task")[place].clone(), clerk.page(&to[place]).await.texts_of(rows).len())
}

#[tokio::test]
async fn what_needs_doing_is_counted_and_leads_to_exactly_that() {
    let shop = TestShop::open().await;
    let (mei, clerk) = (shop.shopper("mei").await, shop.clerk("clerk").await);
    let now = Utc::now();
    for _ in 0..3 {
        ordered(&shop, &mei, now).await;
    }
    let sent = ordered(&shop, &mei, now).await;
    shop.send_orders(&format!("o.number = '{sent}'"));
    for _ in 0..2 {
        mei.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
        let mut form = mei.opens_checkout().await;
        form.pay_method = "alipay".into();
        mei.places(&form).await.expect(303);
    }
    shop.make_sku(0, "9.00");
    shop.make_sku(2, "9.00");
    shop.execute(
        "insert into outbox (kind, payload, attempts) values ('clear_cart', '{}', 16);
         insert into payments (order_id, pay_method, number, amount, expires_at, strange)
         select 1, 'alipay', 'number_' || i, 5, now(), case i when 1 then 'odd' when 4 then null else 'out_of_stock' end
         from generate_series(1, 4) i;
         insert into refunds (payment_id, number, amount, reason, status)
         select id, 'refund_1', 5, 'amount', 'refused' from payments where number = 'number_4';
         insert into reconciliations (started_at, milliseconds, disagreeing) values (now(), 5, 2)",
    );
    let page = clerk.page("/admin").await;
    let rows = [".orders-table tbody tr", ".stock-table tbody tr", ".outbox-table tbody tr"];
    let (unsent, listed) = task(&shop, &page, 0, rows[0]).await;
    assert!(unsent.starts_with("Orders to be sent the first was placed ") && unsent.ends_with(" 3"), "{unsent}");
    assert_eq!(listed, 3);
    let collected = task(&shop, &page, 5, rows[0]).await;
    assert!(collected.0.starts_with("Cash to collect the oldest has waited for ") && collected.1 == 1, "{collected:?}");
    let questions = task(&shop, &page, 7, ".table tbody tr").await;
    assert_eq!(questions, ("Questions without an answer none".into(), 0));
    let (unpaid, listed) = task(&shop, &page, 6, rows[0]).await;
    assert!(unpaid.contains("is cancelled at") && unpaid.ends_with(" 2"), "{unpaid}");
    assert_eq!(listed, 2);
    for (place, name, count) in
        [(8, "Payments to look at", 1), (9, "Paid late, out of stock", 2), (10, "Refunds refused or stuck", 1)]
    {
        let (said, listed) = task(&shop, &page, place, rows[0]).await;
        assert!(said.starts_with(&format!("{name} the oldest has waited for ")), "{said}");
        assert!(said.ends_with(&format!(" {count}")), "{said}");
        assert_eq!(listed, count);
    }
    assert_eq!(task(&shop, &page, 11, rows[1]).await, ("SKUs sold out 1".into(), 1));
    assert_eq!(task(&shop, &page, 12, rows[1]).await, ("SKUs low or sold out 2".into(), 2));
    assert_eq!(task(&shop, &page, 13, rows[2]).await, ("Failed background jobs 1".into(), 1));
    let (books, _) = task(&shop, &page, 14, "h1").await;
    assert!(books.starts_with("Reconciliation checked ") && books.ends_with(" 2 with mismatches"), "{books}");
    // The list behind today's figures has the same orders.
    let today = page.attribute_of(".metrics a", "href");
    assert_eq!(clerk.page(&today).await.texts_of(rows[0]).len(), 6);
}

#[tokio::test]
async fn bestsellers_are_what_sold_most_in_a_week_and_in_a_month() {
    let shop = TestShop::open().await;
    let (mei, clerk) = (shop.shopper("mei").await, shop.clerk("clerk").await);
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let goods = ["Kettle", "Teapot", "Lamp"].map(|name| {
        let spu = shop.make_spu(name);
        shop.make_sku_of(spu, 50, "9.00")
    });
    let now = Utc::now();
    for (sku, count, days) in [(goods[0], 7, 20), (goods[1], 4, 2), (goods[0], 1, 1), (goods[2], 9, 40)] {
        mei.puts_in_cart(sku, count).await;
        let number = mei.orders().await;
        place_at(&shop, &number, now - Duration::days(days));
    }
    record_day_start(&mut shop.connect(), now, zone).unwrap();
    refresh_sales_figures(&mut shop.connect(), now, zone).unwrap();
    let page = clerk.page("/admin").await;
    let best = page.texts_of(".best li");
    assert_eq!(
        best,
        ["Teapot 46 left 4 sold", "Kettle 42 left 1 sold", "Kettle 42 left 8 sold", "Teapot 46 left 4 sold"]
    );
    clerk.page(&page.attribute_of(".best a", "href")).await;
}
