//! Pick lists and packing slips.

use till::kernel::SkuId;

use crate::support::{Answer, Browser, Shopper, TestShop};

/// A member of staff, and a shopper who orders for cash on delivery.
async fn staffed() -> (TestShop, Browser, Shopper) {
    let shop = TestShop::open().await;
    let (clerk, mei) = (shop.clerk("clerk").await, shop.shopper("mei").await);
    (shop, clerk, mei)
}

async fn order(mei: &Shopper, wanted: &[(SkuId, u32)]) -> String {
    for (sku, count) in wanted {
        mei.puts_in_cart(*sku, *count).await;
    }
    mei.orders().await
}

async fn paper(clerk: &Browser, name: &str, numbers: &[&str]) -> Answer {
    let chosen: Vec<String> = numbers.iter().map(|number| format!("order={number}")).collect();
    clerk.page(&format!("/admin/orders/{name}?{}", chosen.join("&"))).await
}

/// The lines of a pick list, one text each.
fn picked(page: &Answer) -> Vec<String> {
    page.texts_of(".pick-table tbody tr")
        .iter()
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn tail(number: &str) -> &str {
    &number[23..]
}

#[tokio::test]
async fn a_pick_list_sums_the_chosen_orders_by_shelf_and_says_which_order_needs_what() {
    let (shop, clerk, mei) = staffed().await;
    let [tea, pot, cup] = [shop.make_sku(50, "10.00"), shop.make_sku(50, "20.00"), shop.make_sku(50, "30.00")];
    shop.execute(&format!("update skus set shelf_place = 'B-10' where id = {tea}"));
    shop.execute(&format!("update skus set shelf_place = 'B-2' where id = {pot}"));
    let first = order(&mei, &[(tea, 2), (cup, 1)]).await;
    let second = order(&mei, &[(tea, 3), (pot, 1)]).await;
    let other = order(&mei, &[(pot, 5)]).await;
    shop.execute(&format!("update spus set name = 'Green tea' where id = {}", shop.spu_of(tea)));
    let code = |sku: SkuId| shop.text(&format!("select code from skus where id = {sku}"));

    let page = paper(&clerk, "pick-list", &[&first, &second, &first]).await;
    assert!(page.text_of(".pick-sum").starts_with("2 orders, 7 pieces"), "{page}");
    let expected = [
        format!("B-2 1 Thing 2 {} {}", code(pot), tail(&second)),
        format!("B-10 5 Green tea {} {} ×2 {} ×3", code(tea), tail(&first), tail(&second)),
        format!("1 Thing 3 {} {}", code(cup), tail(&first)),
    ];
    assert_eq!(picked(&page), expected, "with the names of today");
    assert!(!page.body.contains(tail(&other)) && !page.body.contains('¥'));

    // What was sent or withdrawn is not picked again.
    shop.execute(&format!(
        "update order_goods g set sent_count = 1, withdrawn_count = 1 from orders o
         where o.id = g.order_id and g.sku_id = {tea} and o.number = '{second}'"
    ));
    assert!(picked(&paper(&clerk, "pick-list", &[&second]).await)[1].starts_with("B-10 1 Green tea"));
}

#[tokio::test]
async fn orders_that_are_not_to_be_packed_are_named_with_the_reason() {
    let (shop, clerk, mei) = staffed().await;
    let tea = shop.make_sku(50, "10.00");
    let mut numbers = Vec::new();
    for _ in 0..5 {
        numbers.push(order(&mei, &[(tea, 1)]).await);
    }
    let [good, held, canceled, sent, asked] = [0, 1, 2, 3, 4].map(|at: usize| numbers[at].as_str());
    shop.execute(&format!(
        "insert into order_holds (order_id, reason, staff_id)
         select id, 'address looks odd', (select id from users where username = 'clerk')
         from orders where number = '{held}';
         insert into cancellation_requests (order_id) select id from orders where number = '{asked}';
         update orders set status = 'canceled', canceled_at = now(), canceled_by = 'staff' where number = '{canceled}';
         update order_goods set sent_count = 1 where order_id = (select id from orders where number = '{sent}');
         update orders set status = 'unreceived', sent_at = now() where number = '{sent}'"
    ));
    let chosen = [good, held, canceled, sent, asked, "20261121093000000000042ZZZZZZ", "'; drop table orders"];
    for name in ["pick-list", "packing-slips"] {
        let page = paper(&clerk, name, &chosen).await;
        let left =
            page.texts_of(".paper-left-out li").into_iter().map(|said| said.replace(" : ", ": ")).collect::<Vec<_>>();
        let expected = [
            format!("{held}: on hold: address looks odd"),
            format!("{canceled}: canceled"),
            format!("{sent}: nothing is left to be sent"),
            format!("{asked}: the shopper has asked to cancel it"),
            "20261121093000000000042ZZZZZZ: there is no such order".to_owned(),
            "'; drop table orders: there is no such order".to_owned(),
        ];
        assert_eq!(left, expected, "{name}");
        assert_eq!(page.texts_of(".pick-table tbody tr, article.slip").len(), 1, "{name}");
    }
    let none = paper(&clerk, "packing-slips", &[canceled]).await;
    assert!(none.text_of("main").contains("None of these orders is to be packed"), "{none}");
}

#[tokio::test]
async fn a_packing_slip_says_all_but_the_prices_in_the_language_of_its_order() {
    let (shop, clerk, mei) = staffed().await;
    let tea = shop.make_sku(50, "10.00");
    shop.execute(&format!("insert into texts (spu_id, language, name) values ({}, 'zh', '龙井茶')", shop.spu_of(tea)));
    let first = order(&mei, &[(tea, 2)]).await;
    mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    mei.puts_in_cart(tea, 3).await;
    let mut form = mei.opens_checkout().await;
    form.note = "请放门口\n谢谢 <3".into();
    let second = crate::support::order_number(&mei.places(&form).await.expect(303));

    let page = paper(&clerk, "packing-slips", &[&first, &second]).await;
    let slips = page.texts_of("article.slip");
    assert_eq!(slips.len(), 2);
    for (slip, number, words) in [
        (&slips[0], &first, ["Packing slip", "Mei Lin 13800138000", "Thing 1", "1 Anfu Road", "2"]),
        (&slips[1], &second, ["发货单", "Mei Lin 13800138000", "龙井茶", "请放门口", "3"]),
    ] {
        for said in words.into_iter().chain([number.as_str(), tail(number)]) {
            assert!(slip.contains(said), "{said} in {slip}");
        }
    }
    assert!(!page.body.contains('¥') && !page.text_of("main").contains(".00"), "{page}");
    assert!(page.has(&format!("svg.slip-barcode[aria-label='{first}'] path")));
    assert!(page.has("article.slip-a4[lang=en]") && page.has("article.slip-a4[lang=zh-Hans]"), "{page}");
    let small = clerk.page(&format!("/admin/orders/packing-slips?size=label&order={first}")).await;
    assert!(small.has("article.slip-label"));
    assert!(!small.has("[style]"), "the policy of the shop forbids styles in the page");
}

#[tokio::test]
async fn papers_are_for_staff_and_for_two_hundred_orders_at_most() {
    let (shop, clerk, mei) = staffed().await;
    let number = order(&mei, &[(shop.make_sku(9, "10.00"), 1)]).await;
    let many: Vec<String> = (100_000..100_200).map(|n| format!("20261121093000000000042{n}")).collect();
    let mut chosen: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(paper(&clerk, "pick-list", &chosen).await.texts_of(".paper-left-out li").len(), 200);
    chosen.push(&number);
    for name in ["pick-list", "packing-slips"] {
        let query: Vec<String> = chosen.iter().map(|number| format!("order={number}")).collect();
        let path = format!("/admin/orders/{name}?{}", query.join("&"));
        assert_eq!(clerk.get(&path).await.expect(303).location(), "/admin/orders", "{name}");
        clerk.get(&format!("/admin/orders/{name}")).await.expect(303);
        mei.browser.get(&format!("/admin/orders/{name}?order={number}")).await.expect(404);
    }
}

/// What happened to an order because of its packing, and who did it.
fn packing_of(shop: &TestShop, number: &str) -> Vec<String> {
    shop.texts(&format!(
        "select e.event || ' ' || u.username from order_events e join users u on u.id = e.user_id
         where e.order_id = (select id from orders where number = '{number}') and e.event like 'packing%' order by e.id"
    ))
}

#[tokio::test]
async fn packing_begins_with_the_pick_list_or_a_button_and_is_stopped_by_a_button() {
    let (shop, clerk, mei) = staffed().await;
    let tea = shop.make_sku(50, "10.00");
    let [first, held] = [order(&mei, &[(tea, 1)]).await, order(&mei, &[(tea, 1)]).await];
    shop.execute(&format!(
        "insert into order_holds (order_id, reason, staff_id)
         select id, 'odd', (select id from users where username = 'clerk') from orders where number = '{held}'"
    ));
    let packed = || shop.texts("select number from orders where packing_at is not null order by id");

    paper(&clerk, "pick-list", &[&first]).await;
    assert_eq!(packed(), Vec::<String>::new(), "reading a page changes nothing");
    let both = [("order", first.as_str()), ("order", held.as_str()), ("order", "nonsense")];
    let answer = clerk.post("/admin/orders/packing", &both).await.expect(303);
    assert!(answer.location().starts_with("/admin/orders/pick-list?order="), "{}", answer.location());
    assert_eq!(clerk.page(answer.location()).await.texts_of(".paper-left-out li").len(), 2);
    assert_eq!(packed(), [first.as_str()]);
    clerk.post("/admin/orders/packing", &both).await.expect(303);
    assert_eq!(packing_of(&shop, &first), ["packing clerk"], "once");

    let at = format!("/admin/orders/{first}");
    assert!(clerk.page(&at).await.text_of("main").contains("is being packed"));
    clerk.post(&format!("{at}/packing-stop"), &[]).await.expect(303);
    clerk.post(&format!("{at}/packing-stop"), &[]).await.expect(303);
    assert_eq!(packed(), Vec::<String>::new());
    clerk.post(&format!("{at}/packing"), &[]).await.expect(303);
    assert_eq!(packing_of(&shop, &first), ["packing clerk", "packing_stopped clerk", "packing clerk"]);
    let log = shop.texts("select action || ' ' || target from audit_log order by id");
    assert_eq!(
        log,
        [format!("start_packing {first}"), format!("stop_packing {first}"), format!("start_packing {first}")]
    );

    let refused = clerk.post_and_follow(&format!("/admin/orders/{held}/packing"), &[]).await;
    assert!(refused.text_of("#flash").contains("on hold: odd"), "{refused}");
    shop.execute(&format!(
        "update order_goods set sent_count = count where order_id = (select id from orders where number = '{first}');
         update orders set status = 'unreceived', sent_at = now() where number = '{first}'"
    ));
    let refused = clerk.post_and_follow(&format!("{at}/packing-stop"), &[]).await;
    assert!(refused.text_of("#flash").contains("not being packed"), "{refused}");
    assert_eq!(packed(), [first.as_str()], "what was sent was packed");
    clerk.post("/admin/orders/nonsense/packing", &[]).await.expect(404);
    mei.browser.post(&format!("{at}/packing"), &[]).await.expect(404);
}

#[tokio::test]
async fn ten_who_begin_to_pack_the_same_orders_at_once_are_one_who_began() {
    let (shop, clerk, mei) = staffed().await;
    let tea = shop.make_sku(50, "10.00");
    let [first, second] = [order(&mei, &[(tea, 1)]).await, order(&mei, &[(tea, 1)]).await];
    let (there, back) =
        ([("order", first.as_str()), ("order", &second)], [("order", second.as_str()), ("order", &first)]);
    let posts = (0..10).map(|n| clerk.post("/admin/orders/packing", if n % 2 == 0 { &there } else { &back }));
    for answer in futures_util::future::join_all(posts).await {
        answer.expect(303);
    }
    assert_eq!((packing_of(&shop, &first).len(), packing_of(&shop, &second).len()), (1, 1));
}
