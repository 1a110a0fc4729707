//! Where shoppers see reviews: on the product, on a page of their own, in lists.

use std::collections::HashSet;

use super::Scene;
use crate::support::Answer;

/// Writes this many reviews of the shirt, of orders of other shoppers: every second with two stars, every third pictured.
fn many(scene: &Scene, count: i64) {
    let (shirt, sku) = (scene.shirt, scene.skus[0]);
    scene.shop.execute(&format!(
        "insert into users (username, email, password_hash) select 'reader' || n, 'r' || n || '@example.com', '!'
         from generate_series(1, {count}) n;
         insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, paid_amount, recipient, phone, region, street, postcode, placed_at, paid_at, sent_at, received_at,
            finished_at)
         select '20261130120000' || lpad(id::text, 9, '0') || 'ABCDEF', id, repeat('t', 20) || id, 'finished', 'cod', 1, 20,
            10, 30, 30, 'Bo', '13800138000', 'Shanghai', '1 Road', '', now(), now(), now(), now(), now()
         from users where username like 'reader%';
         insert into payments (order_id, pay_method, number, amount, status, counts, expires_at, paid_at)
         select id, 'cod', number || '_1', 30, 'paid', true, now(), now() from orders where number like '%ABCDEF';
         insert into order_goods (order_id, sku_id, name, options, price, count, sent_count)
         select id, {sku}, 'Shirt', 'Red', 20, 1, 1 from orders where number like '%ABCDEF';
         insert into reviews (order_goods_id, order_id, spu_id, user_id, options, language, stars, words, status, picture_count)
         select g.id, o.id, {shirt}, o.user_id, 'Red', 'en', 2 + o.id % 2 * (o.id % 4), 'Number ' || o.id, 'shown',
            case o.id % 3 when 0 then 1 else 0 end
         from orders o join order_goods g on g.order_id = o.id where o.number like '%ABCDEF' order by o.id;
         insert into shipments (order_id, carrier_id, number) select id, 1, 'SF' || id from orders where number like '%ABCDEF';
         insert into shipment_goods (shipment_id, order_goods_id, count)
         select s.id, g.id, 1 from shipments s join order_goods g on g.order_id = s.order_id;
         update skus set stock = stock - {count}, sales = sales + {count} where id = {sku};
         update spus set sales = sales + {count} where id = {shirt};
         insert into review_pictures select id, 1, 'x', 'x' from reviews where picture_count > 0;
         insert into review_figures select spu_id, count(*), sum(stars), count(*) filter (where picture_count > 0)
         from reviews group by spu_id"
    ));
}

fn stars(page: &Answer) -> Vec<usize> {
    let drawn = page.texts_of(".review .review-stars");
    drawn.iter().map(|drawn| drawn.chars().filter(|star| *star == '★').count()).collect()
}

#[tokio::test]
async fn each_order_of_reviews_shows_each_review_once_page_after_page() {
    let scene = Scene::open().await;
    many(&scene, 45);
    let visitor = scene.shop.visitor();
    for (sort, all) in [("newest", 45), ("best", 45), ("worst", 45), ("pictures", 15)] {
        let (mut words, mut seen_stars, mut pages) = (Vec::new(), Vec::new(), 0);
        let mut next = format!("/products/{}/reviews?sort={sort}", scene.shirt);
        loop {
            let page = visitor.page(&next).await;
            words.extend(page.texts_of(".review-words"));
            seen_stars.extend(stars(&page));
            pages += 1;
            let Some(to) = page.attributes_of(".pager a[rel=next]", "href").pop() else { break };
            assert!(page.texts_of(".review").len() == 20, "{page}");
            next = to;
        }
        assert_eq!((words.len(), words.iter().collect::<HashSet<_>>().len()), (all, all), "{sort}");
        assert_eq!(pages, all.div_ceil(20), "{sort}");
        let numbers: Vec<u32> = words.iter().map(|words| words[7..].parse().unwrap()).collect();
        let newest_first = |pair: &[(usize, u32)]| pair[0].0 != pair[1].0 || pair[0].1 > pair[1].1;
        let both: Vec<(usize, u32)> = seen_stars.iter().copied().zip(numbers.iter().copied()).collect();
        match sort {
            "best" => assert!(seen_stars.is_sorted_by(|a, b| a >= b) && both.windows(2).all(newest_first), "{both:?}"),
            "worst" => assert!(seen_stars.is_sorted() && both.windows(2).all(newest_first), "{both:?}"),
            _ => assert!(numbers.is_sorted_by(|a, b| a > b), "{numbers:?}"),
        }
    }
    let path = format!("/products/{}/reviews", scene.shirt);
    for odd in [
        "?sort=odd",
        "?after=x",
        "?sort=best&after=6-1",
        "?after=1-99999999999999999999",
        "?after=1--9223372036854775808",
        "?after=%00",
    ] {
        assert_eq!(visitor.page(&format!("{path}{odd}")).await.texts_of(".review").len(), 20, "{odd}");
    }
    assert!(!visitor.page(&format!("{path}?after=1-0")).await.has(".review"), "after the last one");
    for missing in ["/products/99/reviews", "/products/x/reviews"] {
        visitor.get(missing).await.expect(404);
    }
    scene.shop.assert_reconciled();
}

#[tokio::test]
async fn a_product_without_reviews_says_so_and_lists_show_no_stars() {
    let scene = Scene::open().await;
    let product = scene.product().await;
    assert!(product.text_of("#reviews").contains("No reviews yet"), "{product}");
    assert!(!product.has(".rating"), "{product}");
    let visitor = scene.shop.visitor();
    let page = visitor.page(&format!("/products/{}/reviews", scene.shirt)).await;
    assert!(page.text_of("main").contains("No reviews yet"), "{page}");
    assert!(!visitor.page("/").await.has(".card .rating"));
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let product = visitor.page(&format!("/products/{}", scene.shirt)).await;
    assert!(product.text_of("#reviews").contains("暂无评价"), "{product}");
}

#[tokio::test]
async fn the_product_shows_the_newest_reviews_with_what_was_bought_and_every_list_its_stars() {
    let scene = Scene::received().await;
    scene.writes(1, "5", "Soft <script>alert(1)</script>\n& warm").await.expect(303);
    scene.writes(2, "4", "\u{202e}odd").await.expect(303);
    let product = scene.product().await;
    assert!(!product.body.contains("<script>alert"), "{product}");
    let reviews = product.texts_of(".review");
    assert!(reviews[0].contains("Blue <b>") && reviews[1].contains("Red"), "{reviews:?}");
    assert!(
        reviews[1].contains("Soft <script>alert(1)</script> & warm") && reviews[1].contains("m***i"),
        "{reviews:?}"
    );
    assert!(!product.body.contains(">mei<"), "with a whole username somebody signs in");
    assert_eq!(stars(&product), [4, 5]);
    assert!(product.text_of(".product-rating").contains("4.5"), "{product}");
    assert!(product.text_of(".product-rating").contains("4.5 of 5 stars, 2 reviews"));
    for list in ["/", "/search?q=shirt", "/categories/things"] {
        let cards = scene.shop.visitor().page(list).await.texts_of(".card .rating");
        assert!(!cards.is_empty() && cards[0].contains("4.5"), "{list}: {cards:?}");
    }
    // The next page is of the moment, also for those who share it.
    scene.staff_post("1/hiding", &[("hidden_reason", "Odd")]).await.expect(303);
    assert_eq!(stars(&scene.product().await), [4]);
    let zh = scene.shop.visitor();
    zh.post("/language", &[("language", "zh")]).await.expect(303);
    let product = zh.page(&format!("/products/{}", scene.shirt)).await;
    assert!(product.text_of(".review").contains("已购：Blue <b>"), "{product}");
    assert!(product.text_of("#reviews").contains("查看全部 1 条评价"), "{product}");
    scene.shop.execute("update spus set published = false");
    zh.get(&format!("/products/{}/reviews", scene.shirt)).await.expect(404);
}
