//! What leads on: goods bought together, others of the category, those seen before, also where nothing is found.

use diesel::connection::SimpleConnection;
use reqwest::Method;
use till::{
    catalog::follow_related,
    kernel::{SkuId, SpuId},
};

use crate::support::{Answer, Shopper, TestShop, until};

fn goods(page: &Answer, title: &str) -> Vec<String> {
    page.texts_of(&format!("section[aria-labelledby={title}] .card-name"))
}

async fn buys(shopper: &Shopper, skus: &[SkuId]) {
    for sku in skus {
        shopper.puts_in_cart(*sku, 1).await;
    }
    shopper.places(&shopper.opens_checkout().await).await.expect(303);
}

fn count(shop: &TestShop) {
    follow_related(&mut shop.connect(), 1_000, 1_000).unwrap();
}

fn make(shop: &TestShop, name: &str) -> (SpuId, SkuId) {
    let spu = shop.make_spu(name);
    (spu, shop.make_sku_of(spu, 50, "9.00"))
}

#[tokio::test]
async fn what_was_bought_together_stands_beside_each() {
    let shop = TestShop::open().await;
    let (pot, pot_sku) = make(&shop, "Teapot");
    let (_, cup_sku) = make(&shop, "Cup");
    let (_, tray_sku) = make(&shop, "Tray");
    let (lamp, lamp_sku) = make(&shop, "Lamp");
    buys(&shop.shopper("mei").await, &[pot_sku, cup_sku, tray_sku]).await;
    buys(&shop.shopper("lin").await, &[pot_sku, cup_sku]).await;
    // Three orders of one shopper are one shopper.
    let wang = shop.shopper("wang").await;
    for _ in 0..3 {
        buys(&wang, &[pot_sku, tray_sku]).await;
    }
    buys(&shop.shopper("zhao").await, &[pot_sku, cup_sku]).await;
    buys(&shop.shopper("qian").await, &[lamp_sku]).await;
    count(&shop);
    let visitor = shop.visitor();
    let page = visitor.page(&shop.product_path(pot)).await;
    assert_eq!(goods(&page, "together-title"), ["Cup", "Tray"], "three shoppers, and two");
    assert_eq!(goods(&page, "similar-title"), ["Lamp"], "none stands there twice");
    let page = visitor.page(&shop.product_path(lamp)).await;
    assert_eq!(goods(&page, "together-title"), Vec::<String>::new());
    assert_eq!(goods(&page, "similar-title").len(), 3);

    let buyer = shop.visitor();
    buyer.add(cup_sku, 1).await.expect(303);
    assert_eq!(goods(&buyer.page("/cart").await, "beside-title"), ["Teapot", "Tray"]);
    buyer.add(pot_sku, 1).await.expect(303);
    assert_eq!(goods(&buyer.page("/cart").await, "beside-title"), ["Tray"], "not what is in the cart");

    // What is sold out or not on sale is not offered.
    shop.execute("update spus set published = false where name = 'Tray'; update skus set stock = 0 where name = 'Cup'");
    till::catalog::follow_stock(&mut shop.connect()).unwrap();
    shop.execute("select refresh_listings(array_agg(id)) from spus");
    assert_eq!(goods(&visitor.page(&shop.product_path(pot)).await, "together-title"), Vec::<String>::new());
}

#[tokio::test]
async fn canceled_orders_do_not_count() {
    let shop = TestShop::open().await;
    let (pot, pot_sku) = make(&shop, "Teapot");
    let (_, cup_sku) = make(&shop, "Cup");
    buys(&shop.shopper("mei").await, &[pot_sku, cup_sku]).await;
    count(&shop);
    let visitor = shop.visitor();
    assert_eq!(goods(&visitor.page(&shop.product_path(pot)).await, "together-title"), ["Cup"]);
    shop.execute("alter table orders disable trigger user; update orders set status = 'canceled', canceled_at = now()");
    count(&shop);
    assert_eq!(shop.number("select count(*) from related_products"), 0);
}

#[tokio::test]
async fn an_order_that_commits_after_later_ones_counts_too() {
    let shop = TestShop::open().await;
    let (pot, pot_sku) = make(&shop, "Teapot");
    let (_, cup_sku) = make(&shop, "Cup");
    buys(&shop.shopper("mei").await, &[pot_sku, cup_sku]).await;
    shop.execute("truncate related_products; update reading_progress set settled_id = 0, read_id = 0");
    // A copy of the order for another shopper, whose lines have lower numbers than those of the next order.
    let other = shop.make_user("lin");
    let mut slow = shop.connect();
    slow.batch_execute(&format!("begin; {}", shop.copy_of_order_for(other))).unwrap();
    let (_, tray_sku) = make(&shop, "Tray");
    buys(&shop.shopper("zhao").await, &[tray_sku, cup_sku]).await;
    let read = |checked| follow_related(&mut shop.connect(), 1_000, checked).unwrap();
    assert_eq!(read(0), 4);
    let shoppers = || shop.number(&format!("select max(shoppers) from related_products where spu_id = {pot}"));
    assert_eq!(shoppers(), 1);
    slow.batch_execute("commit").unwrap();
    assert_eq!(read(0), 6);
    assert_eq!(shoppers(), 2);
    // Transactions of other databases of the server delay it.
    until("nothing is read again", || read(0) == 0).await;
}

#[tokio::test]
async fn visitors_find_again_what_they_have_seen() {
    let shop = TestShop::open().await;
    let (pot, _) = make(&shop, "Teapot");
    let (cup, cup_sku) = make(&shop, "Cup");
    let (tray, _) = make(&shop, "Tray");
    let visitor = shop.visitor();
    let seen = |page: &Answer| goods(page, "seen-title");
    for spu in [pot, cup, pot, pot] {
        visitor.page(&shop.product_path(spu)).await;
    }
    assert_eq!(seen(&visitor.page("/").await), ["Teapot", "Cup"]);
    assert_eq!(seen(&visitor.page("/cart").await), ["Teapot", "Cup"]);
    assert_eq!(seen(&visitor.page("/search?q=zeppelin").await), ["Teapot", "Cup"]);
    assert_eq!(seen(&visitor.get("/nowhere").await.expect(404)), ["Teapot", "Cup"]);
    assert_eq!(seen(&visitor.page(&shop.product_path(cup)).await), ["Teapot"], "not the product itself");
    assert_eq!(seen(&visitor.page(&shop.product_path(tray)).await), ["Cup", "Teapot"]);
    visitor.add(cup_sku, 1).await.expect(303);
    assert_eq!(seen(&visitor.page("/cart").await), ["Tray", "Teapot"], "not what is in the cart");
    assert_eq!(seen(&shop.visitor().page("/").await), Vec::<String>::new(), "nobody else's");

    // What is in the cart takes no place in the row of five.
    let keen = shop.visitor();
    for n in 1..=7 {
        let (spu, sku) = make(&shop, &format!("Bowl {n}"));
        keen.page(&shop.product_path(spu)).await;
        if n > 3 {
            keen.add(sku, 1).await.expect(303);
        }
    }
    assert_eq!(seen(&keen.page("/cart").await), ["Bowl 3", "Bowl 2", "Bowl 1"]);

    let private = shop.visitor();
    let path = shop.product_path(pot);
    let answer = private.send(private.request(Method::GET, &path).header("sec-gpc", "1")).await;
    assert_eq!(answer.cookie("seen"), None);
    for forged in ["1", "seen=1.2.3", "%00", "1.2.3.4=", "9999999999999999999999"] {
        let answer = private.send(private.request(Method::GET, "/").header("cookie", format!("seen={forged}"))).await;
        assert_eq!((answer.status, seen(&answer)), (200, Vec::new()), "{forged}");
    }
}

#[tokio::test]
async fn what_is_sold_out_or_missing_leads_to_goods_in_stock() {
    let shop = TestShop::open().await;
    let (pot, _) = make(&shop, "Teapot");
    make(&shop, "Cup");
    shop.execute("update skus set stock = 0 where name = 'Teapot'; select refresh_listings(array_agg(id)) from spus");
    let visitor = shop.visitor();
    let page = visitor.page(&shop.product_path(pot)).await;
    assert_eq!(page.text_of("#similar-title"), "What we have near it");
    assert_eq!(goods(&page, "similar-title"), ["Cup"]);
    for path in ["/nowhere", "/products/999-kettle", "/products/x", "/categories/none", "/a/b/c?d=e"] {
        let page = visitor.get(path).await.expect(404);
        assert_eq!(page.text_of("h1"), "This page does not exist", "{path}");
        assert_eq!(goods(&page, "best-title").len(), 2, "{path}");
    }
    for path in ["/admin/nowhere", "/static/nowhere.css"] {
        assert!(goods(&visitor.get(path).await.expect(404), "best-title").is_empty(), "{path}");
    }
    let page = visitor.post("/nowhere", &[]).await;
    assert!((400..500).contains(&page.status), "{}", page.status);
    let empty = visitor.page("/cart").await;
    assert_eq!(goods(&empty, "beside-title").len(), 2);
    let page = visitor.page("/search?q=zeppelin").await;
    assert_eq!(goods(&page, "best-title").len(), 2);
}
