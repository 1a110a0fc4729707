//! How staff find orders: by words of every kind, by filters, and with totals of what is found.

use chrono::Utc;
use diesel::connection::SimpleConnection;
use till::{
    kernel::{OrderId, text},
    orders::{self, OrderFilter, OrderSearch, SearchLimits, Status},
    platform::cursor::Cursor,
};

use crate::support::{Browser, TestShop};

/// An order of a user, with a line of each of these SKUs, placed so many minutes ago.
struct MadeOrder<'a> {
    user: i64,
    number: &'a str,
    recipient: &'a str,
    phone: &'a str,
    skus: &'a [i64],
    minutes: i64,
}

fn make_order(shop: &TestShop, made: &MadeOrder<'_>) -> OrderId {
    let MadeOrder { user, number, recipient, phone, skus, minutes } = made;
    let order = shop.insert(&format!(
        "orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight, total_amount,
            recipient, phone, region, street, postcode, placed_at)
         values ('{number}', {user}, 'token-of-{number}', 'unsent', 'cod', 1, 20, 10, 30, '{recipient}', '{phone}',
            'Shanghai', '1 Anfu Road', '', now() - {minutes} * interval '1 minute')"
    ));
    for sku in *skus {
        shop.execute(&format!(
            "insert into order_goods (order_id, sku_id, name, price, count) select {order}, k.id, s.name, 20, 1
             from skus k join spus s on s.id = k.spu_id where k.id = {sku}"
        ));
    }
    OrderId(order)
}

async fn found(clerk: &Browser, query: &str) -> Vec<String> {
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    clerk.page(&format!("/admin/orders?q={encoded}")).await.texts_of(".orders-table .order-number")
}

#[tokio::test]
async fn an_order_is_found_by_any_part_of_what_people_say_about_it() {
    let shop = TestShop::open().await;
    let (mei, bo) = (shop.make_user("mei.lin").0, shop.make_user("bo").0);
    let (teapot, lamp) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "20.00"));
    shop.execute(&format!(
        "update spus set name = 'Skylark teapot' where id = {};
         update skus set code = 'POT-77' where id = {teapot};
         update spus set name = 'Lantern' where id = {};
         update skus set code = 'LAN-1' where id = {lamp};
         insert into texts (spu_id, language, name) values ({}, 'zh', '云雀茶壶')",
        shop.spu_of(teapot),
        shop.spu_of(lamp),
        shop.spu_of(teapot)
    ));
    let first = "20261121093000000000042QRSTUV";
    let second = "20261121093100000000043ABCDEF";
    let made = make_order(
        &shop,
        &MadeOrder {
            user: mei,
            number: first,
            recipient: "刘杰轩",
            phone: "13800138000",
            skus: &[teapot.0],
            minutes: 9,
        },
    );
    make_order(
        &shop,
        &MadeOrder { user: bo, number: second, recipient: "Bo Ek", phone: "+4612345678", skus: &[lamp.0], minutes: 8 },
    );
    shop.execute(&format!("insert into shipments (order_id, carrier_id, number) values ({made}, 1, 'SF1369999777')"));
    shop.fill_order_search();
    let clerk = shop.clerk("clerk").await;
    for words in [
        first,
        "qrstuv",
        "RSTU",
        "000042",
        "13800138000",
        "0138",
        "138 0013 8000",
        "8000 刘杰轩",
        "杰轩",
        "刘",
        "mei.lin",
        "lin",
        "pot-77",
        "Teapot",
        "skylark 138",
        "云雀茶壶",
        "云雀",
        "茶",
        "sf1369999777",
        "9997",
    ] {
        assert_eq!(found(&clerk, words).await, [first], "{words}");
    }
    for words in ["abcdef", "4612", "bo", "Ek", "lantern", "LAN-1"] {
        assert_eq!(found(&clerk, words).await, [second], "{words}");
    }
    assert_eq!(found(&clerk, "20261121").await, [second, first]);
    for words in ["lark nowhere", "me", "teapot lantern", "轩刘", "%", "a_b", "'"] {
        assert_eq!(found(&clerk, words).await, [""; 0], "{words}");
    }
    // The lines are in the language of whoever reads them.
    let lines = |page: crate::support::Answer| page.texts_of(".order-lines li");
    assert_eq!(lines(clerk.page("/admin/orders?q=qrstuv").await), ["1 × Skylark teapot"]);
    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    assert_eq!(lines(clerk.page("/admin/orders?q=qrstuv").await), ["1 × 云雀茶壶"]);
}

#[tokio::test]
async fn filters_narrow_the_list_and_the_totals_say_what_is_found() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    let numbers: Vec<String> = (0..8).map(|i| format!("2026112109300000000004{i}ABCDEF")).collect();
    for (minutes, number) in numbers.iter().enumerate() {
        let minutes = i64::try_from(minutes).unwrap() * 60;
        let made = MadeOrder { user: mei, number, recipient: "Mei", phone: "13800138000", skus: &[], minutes };
        make_order(&shop, &made);
    }
    let set =
        |at: usize, what: &str| shop.execute(&format!("update orders set {what} where number = '{}'", numbers[at]));
    set(0, "status = 'unpaid', pay_method = 'alipay', expires_at = now()");
    set(1, "pay_method = 'alipay', paid_at = now(), paid_amount = 30");
    set(2, "placed_at = now() - interval '25 hours'");
    set(3, "placed_at = now() - interval '25 hours', pay_method = 'alipay', paid_at = now(), paid_amount = 30");
    set(4, "status = 'unreceived', sent_at = now(), placed_at = '2026-11-20T16:00:00Z'");
    set(5, "status = 'finished', paid_at = now(), paid_amount = 30, placed_at = '2026-11-20T15:59:59Z'");
    set(6, "status = 'canceled', canceled_at = now()");
    shop.fill_order_search();
    let id = |at: usize| shop.number(&format!("select id from orders where number = '{}'", numbers[at]));
    let (staff, held) = (shop.make_staff("lin").0, id(7));
    shop.execute(&format!(
        "insert into order_holds (order_id, reason, staff_id) values ({held}, 'No glass left', {staff})"
    ));
    shop.execute(&format!("insert into cancellation_requests (order_id) values ({})", id(1)));
    shop.execute(&format!(
        "insert into returns (order_id, kind, status, reason, token) values
            ({}, 'goods_back', 'asked', 'damaged', 'token-of-the-first-return'),
            ({}, 'goods_back', 'arrived', 'damaged', 'token-of-the-other-return')",
        id(4),
        id(5)
    ));
    let clerk = shop.clerk("clerk").await;
    for (query, expected) in [
        ("", vec![0, 1, 7, 6, 2, 3, 4, 5]),
        ("show=unsent", vec![1, 7, 2, 3]),
        ("show=late", vec![2]),
        ("show=to_collect", vec![4]),
        ("show=counting", vec![0, 1, 7, 2, 3, 4, 5]),
        ("show=held", vec![7]),
        ("show=cancellation_asked", vec![1]),
        ("show=return_asked", vec![4]),
        ("show=return_arrived", vec![5]),
        ("paid=yes", vec![1, 3, 5]),
        ("paid=no&method=alipay", vec![0]),
        ("method=cod&show=unsent", vec![7, 2]),
        ("to=2026-11-20", vec![5]),
        ("from=2026-11-21&to=2026-11-21", vec![4]),
        ("show=finished&paid=no", vec![]),
        ("show=to_collect&paid=yes", vec![]),
    ] {
        // The words match every order, so that they change nothing.
        for words in ["", "&q=13800138000", "&q=0013+20261121"] {
            let page = clerk.page(&format!("/admin/orders?{query}{words}")).await;
            let mut listed = page.texts_of(".orders-table .order-number");
            let mut numbers: Vec<&str> = expected.iter().map(|at: &usize| numbers[*at].as_str()).collect();
            assert_eq!(listed.len(), numbers.len(), "{query}{words}");
            listed.sort();
            numbers.sort();
            assert_eq!(listed, numbers, "{query}{words}");
            let (count, amount) = (numbers.len(), numbers.len() * 30);
            let totals = page.text_of(".page-head p");
            let said = match count {
                1 => "1 order, ¥30.00".to_owned(),
                _ => format!("{count} orders, ¥{amount}.00 in all"),
            };
            assert_eq!(totals, said, "{query}{words}");
        }
    }
    let page = clerk.page("/admin/orders?show=held").await;
    assert!(page.text_of(".orders-table tbody").contains("On hold: No glass left"));
    assert_eq!(page.attributes_of("[name=orders]", "value"), [numbers[7].as_str()]);
}

fn search(words: &str, show: OrderFilter, cursor: Cursor<OrderId>) -> OrderSearch {
    OrderSearch {
        words: text::search_words(words, 100, 8),
        show,
        from: None,
        to: None,
        paid: None,
        pay_method: None,
        now: Utc::now(),
        cursor,
    }
}

#[tokio::test]
async fn whatever_way_a_search_goes_no_order_is_lost_or_doubled() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    shop.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, placed_at, canceled_at)
         select '20261121093000' || lpad(i::text, 9, '0') || 'ABCDEF', {mei}, 'token-of-a-checkout-' || i,
            case when i % 3 = 0 then 'canceled' else 'unsent' end, 'cod', 1, i, 0, i,
            case when i % 5 = 0 then '林梅' else 'Bo' end, case when i % 2 = 0 then '13800000000' else '13900000000' end,
            '', '', '', now() - (i / 4) * interval '1 hour', case when i % 3 = 0 then now() end
         from generate_series(1, 200) i;
         insert into order_search_parts select i, now() - (52 - i * 7) * interval '1 hour' from generate_series(1, 6) i"
    ));
    shop.fill_order_search();
    let parts = shop.number("select count(distinct part) from order_search");
    assert_eq!(parts, 7);
    let small = SearchLimits {
        max_looked_up: 3,
        looked_up_first: 4,
        few_parts: 0,
        parts_of_page: 1,
        parts_of_totals: 1,
        rare_in_parts: 1_000,
        many_in_parts: 2,
        common_in_parts: 3,
        max_parts: i64::MAX,
        max_matches: 1_000,
    };
    let all_limits = [
        SearchLimits::DEFAULT,
        SearchLimits { few_parts: 0, ..SearchLimits::DEFAULT },
        small,
        SearchLimits { many_in_parts: 1_000, common_in_parts: 1_000, looked_up_first: 50, ..small },
        SearchLimits { max_matches: 2, common_in_parts: 1_000, ..small },
        SearchLimits { rare_in_parts: 1, max_looked_up: 40, ..small },
        SearchLimits { few_parts: 100, ..small },
        SearchLimits { max_parts: 2, max_matches: 1, looked_up_first: 1, ..small },
    ];
    let (all, canceled) = (OrderFilter::All, OrderFilter::Of(Status::Canceled));
    let (mut cut_off, mut ended_early) = (0, 0);
    for (words, show, condition) in [
        ("", all, "true"),
        ("", canceled, "status = 'canceled'"),
        ("138", all, "phone like '138%'"),
        ("林", all, "recipient = '林梅'"),
        ("林梅 138", all, "recipient = '林梅' and phone like '138%'"),
        ("138", canceled, "status = 'canceled' and phone like '138%'"),
        ("林", canceled, "status = 'canceled' and recipient = '林梅'"),
        ("nowhere", canceled, "false"),
    ] {
        let expected: Vec<OrderId> = shop
            .texts(&format!("select o.id::text from orders o where {condition} order by o.placed_at desc, o.id desc"))
            .iter()
            .map(|id| id.parse().unwrap())
            .collect();
        let amount =
            shop.number(&format!("select coalesce(sum(total_amount), 0)::bigint from orders where {condition}"));
        for limits in all_limits {
            let conn = &mut shop.connect();
            let (mut pages, mut cursor) = (Vec::new(), Cursor::Newest);
            loop {
                let page = orders::find_orders_with_limits(conn, &search(words, show, cursor), 7, limits).unwrap();
                ended_early += i32::from(page.searched_to.is_some());
                let from = page.searched_to.map(|last| last.id).or(page.ids.last().copied());
                pages.push(page.ids);
                let Some(from) = from else { break };
                cursor = Cursor::OlderThan(from);
            }
            assert_eq!(pages.concat(), expected, "{words} {show:?} {limits:?}");
            // And back again, from the oldest one.
            let mut back = Vec::new();
            if let Some(last) = expected.last() {
                back.push(*last);
                cursor = Cursor::NewerThan(*last);
            }
            loop {
                let mut page = orders::find_orders_with_limits(conn, &search(words, show, cursor), 7, limits).unwrap();
                let from = page.searched_to.map(|last| last.id).or(page.ids.first().copied());
                page.ids.reverse();
                back.extend(page.ids);
                match from {
                    Some(from) if !back.is_empty() => cursor = Cursor::NewerThan(from),
                    _ => break,
                }
            }
            back.reverse();
            assert_eq!(back, expected, "{words} {show:?} {limits:?}");
            let totals = orders::order_totals_with_limits(conn, &search(words, show, cursor), limits).unwrap();
            let expected = i64::try_from(expected.len()).unwrap();
            if totals.is_cut_off {
                assert!(totals.count <= expected && !words.is_empty(), "{words} {show:?} {limits:?}");
                assert!(limits.max_looked_up < 100, "nothing is cut off of a few orders: {limits:?}");
                cut_off += 1;
                continue;
            }
            assert_eq!(totals.count, expected, "{words} {show:?} {limits:?}");
            assert_eq!(totals.amount.plain(), format!("{amount}.00"), "{words} {show:?} {limits:?}");
        }
    }
    assert!(cut_off > 0, "totals with small limits end early");
    assert!(ended_early > 0, "searches in few parts end early");
}

#[tokio::test]
async fn totals_that_would_read_too_much_say_at_least_how_many_there_are() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    shop.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, placed_at, canceled_at)
         select '20261121093000' || lpad(i::text, 9, '0') || 'ABCDEF', {mei}, 'token-of-a-checkout-' || i,
            case when i > 3500 then 'canceled' else 'unsent' end, 'cod', 1, 20, 0, 20, 'Mei', '138', '', '', '',
            now() - i * interval '1 second', case when i > 3500 then now() end
         from generate_series(1, 14000) i;
         insert into order_search
         select id, 0, placed_at, total_amount, case when id <= 3503 or id % 2 = 0 then ' mei ' else ' bo ' end
         from (select row_number() over (order by placed_at desc) as id, placed_at, total_amount from orders) o;
         update order_search set words = words || 'few ' where order_id <= 3503;
         analyze orders, order_search"
    ));
    let clerk = shop.clerk("clerk").await;
    let mut said = Vec::new();
    for query in ["show=canceled", "show=canceled&q=mei", "show=canceled&q=few", "show=unsent&q=few"] {
        let page = clerk.page(&format!("/admin/orders?{query}")).await;
        said.push(page.text_of(".page-head p"));
        let listed = page.texts_of(".orders-table .order-number").len();
        assert_eq!(listed, if query == "show=canceled&q=few" { 3 } else { 50 }, "{query}");
    }
    let count: i64 = said[1].split(' ').nth(2).unwrap().replace(',', "").parse().unwrap();
    assert!((4_000..=5_252).contains(&count), "{said:?}");
    said[1] = said[1].replace(|c: char| c.is_ascii_digit() || c == ',', "");
    assert_eq!(
        said,
        [
            "10,000+ orders",
            "At least  orders; too many to count them all",
            "3 orders, ¥60.00 in all",
            "3,500 orders, ¥70,000.00 in all"
        ]
    );
}

#[tokio::test]
async fn an_order_that_is_committed_late_is_found_all_the_same() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    let numbers = ["20261121093000000000042LATEST", "20261121093100000000042SECOND"];
    let insert = |number: &str| {
        format!(
            "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
                total_amount, recipient, phone, region, street, postcode)
             values ('{number}', {mei}, 'token-of-{number}', 'unsent', 'cod', 1, 20, 10, 30, 'Mei', '138', '', '', '')"
        )
    };
    let mut late = shop.connect();
    late.batch_execute(&format!("begin; {}", insert(numbers[0]))).unwrap();
    shop.execute(&insert(numbers[1]));
    shop.fill_order_search();
    let clerk = shop.clerk("clerk").await;
    assert_eq!(found(&clerk, "second").await, [numbers[1]]);
    late.batch_execute("commit").unwrap();
    shop.fill_order_search();
    assert_eq!(found(&clerk, "latest").await, [numbers[0]]);

    // Even after it counts as checked, a sweep finds what has no row.
    shop.execute("delete from order_search; update order_search_progress set checked_through = 1000000");
    shop.fill_order_search();
    assert_eq!(shop.number("select count(*) from order_search"), 0, "the last sweep is not an hour ago");
    shop.execute("update order_search_progress set swept_at = now() - interval '61 minutes'");
    shop.fill_order_search();
    assert_eq!(shop.number("select count(*) from order_search"), 2);
}

#[tokio::test]
async fn several_processes_fill_the_table_at_once_and_each_order_has_one_row() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    shop.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode)
         select '20261121093000' || lpad(i::text, 9, '0') || 'ABCDEF', {mei}, 'token-of-a-checkout-' || i, 'unsent', 'cod',
            1, i, 0, i, 'Mei', '138', '', '', ''
         from generate_series(1, 9000) i"
    ));
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let mut conn = shop.connect();
                while shop.number("select count(*) from order_search") < 9000 {
                    orders::fill_search(&mut conn).unwrap();
                }
            });
        }
    });
    assert_eq!(shop.number("select count(*) from order_search"), 9000);
    let parts = shop.texts("select id::text from order_search_parts order by id");
    assert_eq!(parts, ["0", "1"], "a full part is followed by one that begins later");
    assert_eq!(shop.number("select count(*) from order_search_parts where begins > now()"), 1);
}

#[tokio::test]
async fn what_staff_change_is_found_at_once() {
    let shop = TestShop::open().await;
    let mei = shop.make_user("mei").0;
    let number = "20261121093000000000042QRSTUV";
    let made = MadeOrder { user: mei, number, recipient: "Mei", phone: "13800138000", skus: &[], minutes: 9 };
    let order = make_order(&shop, &made);
    let clerk = shop.clerk("clerk").await;
    // Also if the job has not yet seen the order.
    for phone in ["13700000000", "13600000000"] {
        shop.execute(&format!("update orders set phone = '{phone}' where id = {order}"));
        shop.with(|conn| orders::refresh_search(conn, order));
        assert_eq!(found(&clerk, phone).await, [number]);
    }
    assert_eq!(found(&clerk, "13700000000").await, [""; 0]);
    shop.fill_order_search();
    assert_eq!(found(&clerk, "13600000000").await, [number], "the job leaves what is there");
}
