//! Categories and brands, edited by staff.

use diesel::RunQueryDsl;
use futures_util::future::join_all;
use std::sync::Arc;
use till::{
    catalog,
    platform::{
        db::Db,
        outbox::{self, JobHandler},
    },
};

use crate::support::{Answer, TestShop};

/// The category tree, one text for each root.
fn tree(shop: &TestShop) -> Vec<String> {
    shop.texts(
        "with recursive t (id, place, said) as (
            select id, array[position::bigint, id], slug from categories where parent_id is null
            union all
            select c.id, t.place || array[c.position::bigint, c.id], t.said || '/' || c.slug
            from t join categories c on c.parent_id = t.id
         ) select said from t order by place",
    )
}

fn journal(shop: &TestShop) -> Vec<String> {
    shop.texts("select action || ' ' || target from audit_log order by id")
}

/// Performs all jobs that are due; returns how many.
async fn worked(shop: &TestShop) -> usize {
    shop.execute("update outbox set due_at = now() where done_at is null");
    let db = Db::connect(&shop.database.url, 4).unwrap();
    let keeps = db.clone();
    let job_handler: JobHandler = Arc::new(move |job| {
        let db = keeps.clone();
        Box::pin(async move { Ok(catalog::write_low_stock_defaults(job, &db).await?) })
    });
    outbox::work_once(&db, &job_handler).await.unwrap()
}

fn version(page: &Answer) -> String {
    page.attribute_of("input[name=version]", "value")
}

#[tokio::test]
async fn a_category_is_made_named_moved_and_ordered_and_shoppers_see_it_at_their_next_request() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    for (name, zh) in [("Tea", "茶"), ("Coffee", "咖啡"), ("Pots", "壶")] {
        clerk.post("/admin/categories", &[("name_en", name), ("name_zh", zh)]).await.expect(303);
    }
    assert_eq!(tree(&shop), ["tea", "coffee", "pots"]);
    let id = |slug: &str| shop.number(&format!("select id from categories where slug = '{slug}'"));
    let (tea, pots) = (id("tea"), id("pots"));

    clerk.post(&format!("/admin/categories/{pots}/place"), &[("to", "up")]).await.expect(303);
    assert_eq!(tree(&shop), ["tea", "pots", "coffee"]);
    clerk.post(&format!("/admin/categories/{tea}/place"), &[("to", "up")]).await.expect(303);
    assert_eq!(tree(&shop), ["tea", "pots", "coffee"], "the first stays the first");
    clerk.post(&format!("/admin/categories/{tea}/place"), &[("to", "sideways")]).await.expect(400);

    let at = format!("/admin/categories/{pots}");
    let (seen, parent) = (version(&clerk.page(&at).await), tea.to_string());
    let fields = [("version", seen.as_str()), ("name_en", "Teapots"), ("slug", "pots"), ("parent_id", &parent)];
    clerk.post(&at, &fields).await.expect(303);
    assert_eq!(tree(&shop), ["tea", "tea/pots", "coffee"]);
    assert!(shop.visitor().page("/categories/tea").await.text_of("main").contains("Teapots"));
    let page = clerk.page("/admin/categories").await;
    assert_eq!(page.texts_of("tbody th"), ["Tea", "Teapots", "Coffee"]);

    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(tree(&shop), ["tea", "coffee"]);
    assert_eq!(
        journal(&shop),
        [
            "create_category tea",
            "create_category coffee",
            "create_category pots",
            "place_category pots",
            "edit_category pots",
            "remove_category pots"
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_is_said_beside_its_field_and_changes_nothing() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let tea = shop.make_category("Tea", None);
    let green = shop.make_category("Green", Some(tea));
    shop.make_spu_in("green", "Sencha");
    let before = tree(&shop);
    let new = [
        [("name_en", ""), ("slug", "x"), ("low_stock_at", "")],
        [("name_en", "红茶"), ("slug", ""), ("low_stock_at", "")],
        [("name_en", "Tea"), ("slug", ""), ("low_stock_at", "")],
        [("name_en", "Red"), ("slug", "Red Tea"), ("low_stock_at", "")],
        [("name_en", "Red"), ("slug", ""), ("low_stock_at", "-1")],
        [("name_en", "Red"), ("slug", ""), ("low_stock_at", "1.5")],
        [("name_en", "Red"), ("slug", ""), ("low_stock_at", "99999999999")],
    ];
    for fields in new {
        let answer = clerk.post("/admin/categories", &fields).await.expect(422);
        assert!(answer.has(".field-error"), "{fields:?}");
    }
    for parent in ["0", "-1", "x", "9223372036854775807"] {
        let fields = [("name_en", "Red"), ("parent_id", parent)];
        assert!(clerk.post("/admin/categories", &fields).await.expect(422).has("#parent_id-error"), "{parent}");
    }
    let at = format!("/admin/categories/{tea}");
    for below in [tea, green] {
        let below = below.to_string();
        let fields = [("version", "1"), ("name_en", "Tea"), ("slug", "tea"), ("parent_id", below.as_str())];
        let answer = clerk.post(&at, &fields).await.expect(422);
        assert!(answer.text_of("#parent_id-error").contains("below itself"), "{answer}");
    }
    for full in [tea, green] {
        clerk.post(&format!("/admin/categories/{full}/removal"), &[]).await.expect(303);
    }
    clerk.post("/admin/categories/999/place", &[("to", "up")]).await.expect(404);
    clerk.get("/admin/categories/999").await.expect(404);
    assert_eq!(tree(&shop), before);
    assert_eq!(journal(&shop), Vec::<String>::new());
}

#[tokio::test]
async fn the_tree_is_ten_high_at_most() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let mut above = String::new();
    for n in 1..=10 {
        let name = format!("Level {n}");
        clerk.post("/admin/categories", &[("name_en", &name), ("parent_id", &above)]).await.expect(303);
        above = shop.number("select max(id) from categories").to_string();
    }
    let answer = clerk.post("/admin/categories", &[("name_en", "Level 11"), ("parent_id", &above)]).await.expect(422);
    assert!(answer.text_of("#parent_id-error").contains("ten"), "{answer}");
    assert_eq!(tree(&shop).len(), 10);
    clerk.page("/admin/categories").await;
}

#[tokio::test]
async fn the_second_of_two_who_edit_a_category_sees_both_versions() {
    let shop = TestShop::open().await;
    let (one, two) = (shop.clerk("one").await, shop.clerk("two").await);
    let tea = shop.make_category("Tea", None);
    let at = format!("/admin/categories/{tea}");
    let seen = version(&one.page(&at).await);
    let fields = |name: &'static str| [("version", seen.clone()), ("name_en", name.into()), ("slug", "tea".into())];
    let send = |name| fields(name).map(|(field, value): (&str, String)| (field, value));
    let first = send("Teas");
    one.post(&at, &first.each_ref().map(|(f, v)| (*f, v.as_str()))).await.expect(303);
    let second = send("Infusions");
    let answer = two.post(&at, &second.each_ref().map(|(f, v)| (*f, v.as_str()))).await.expect(422);
    let versions = answer.text_of(".versions");
    assert!(versions.contains("Teas") && versions.contains("Infusions"), "{versions}");
    assert_eq!(answer.attribute_of("#name_en", "value"), "Infusions");
    let now = version(&answer);
    two.post(&at, &[("version", &now), ("name_en", "Infusions"), ("slug", "tea")]).await.expect(303);
    assert_eq!(shop.texts("select name from categories"), ["Infusions"]);
    // Saving without a change writes no audit entry.
    let now = version(&two.page(&at).await);
    two.post(&at, &[("version", &now), ("name_en", "Infusions"), ("slug", "tea")]).await.expect(303);
    assert_eq!(journal(&shop).len(), 2);
}

#[tokio::test]
async fn two_who_put_two_categories_below_each_other_at_once_make_no_circle() {
    let shop = TestShop::open().await;
    let (one, two) = (shop.clerk("one").await, shop.clerk("two").await);
    for round in 0..8 {
        let a = shop.make_category(&format!("A{round}"), None);
        let b = shop.make_category(&format!("B{round}"), None);
        let below = |name: String, parent: i64| {
            [
                ("version", "1".to_owned()),
                ("name_en", name.clone()),
                ("slug", name.to_lowercase()),
                ("parent_id", parent.to_string()),
            ]
        };
        let (of_a, of_b) = (below(format!("A{round}"), b), below(format!("B{round}"), a));
        let (at_a, at_b) = (format!("/admin/categories/{a}"), format!("/admin/categories/{b}"));
        let (of_a, of_b) =
            (of_a.each_ref().map(|(f, v)| (*f, v.as_str())), of_b.each_ref().map(|(f, v)| (*f, v.as_str())));
        let (x, y) = tokio::join!(one.post(&at_a, &of_a), two.post(&at_b, &of_b));
        let mut statuses = [x.status, y.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
    }
    assert_eq!(tree(&shop).len(), 16);
}

#[tokio::test]
async fn the_database_itself_refuses_a_circle() {
    let shop = TestShop::open().await;
    let a = shop.make_category("A", None);
    let b = shop.make_category("B", Some(a));
    let c = shop.make_category("C", Some(b));
    let circle = diesel::sql_query(format!("update categories set parent_id = {c} where id = {a}"));
    let refused = circle.execute(&mut shop.connect());
    assert!(refused.unwrap_err().to_string().contains("below itself"));
}

#[tokio::test]
async fn skus_are_low_as_their_category_says_unless_they_say_it_themselves() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let tea = shop.make_category("Tea", None);
    let green = shop.make_category("Green", Some(tea));
    shop.make_category("Pots", None);
    let spu = shop.make_spu_in("green", "Sencha");
    let (follows, own) = (shop.make_sku_of(spu, 9, "1.00"), shop.make_sku_of(spu, 9, "1.00"));
    let low =
        || shop.texts("select low_stock_at || case when low_stock_own then ' own' else '' end from skus order by id");
    clerk.post(&format!("/admin/stock/{own}/low"), &[("low_stock_at", "3")]).await.expect(303);
    assert_eq!(low(), ["5", "3 own"]);

    let at = format!("/admin/categories/{tea}");
    let fields = [("version", "1"), ("name_en", "Tea"), ("slug", "tea"), ("low_stock_at", "12")];
    clerk.post(&at, &fields).await.expect(303);
    assert_eq!(worked(&shop).await, 1);
    assert_eq!(low(), ["12", "3 own"], "also in its subcategories");
    assert_eq!(shop.number("select count(*) from low_stock_skus"), 1);
    assert!(clerk.page("/admin/stock?show=low").await.body.contains(&format!("/admin/stock/{follows}/")));

    clerk.post(&format!("/admin/stock/{own}/low"), &[("inherit", "true"), ("low_stock_at", "x")]).await.expect(303);
    assert_eq!(low(), ["12", "12"]);

    // The SPU moves to another category, and its SKUs get that threshold.
    let page = clerk.page(&format!("/admin/products/{spu}")).await;
    let (pots, brand) = (
        shop.number("select id from categories where slug = 'pots'").to_string(),
        shop.number("select brand_id from spus").to_string(),
    );
    let slug = page.attribute_of("#slug", "value");
    let fields =
        [("version", "1"), ("name_en", "Sencha"), ("category_id", &pots), ("brand_id", &brand), ("slug", &slug)];
    clerk.post(&format!("/admin/products/{spu}"), &fields).await.expect(303);
    assert_eq!(low(), ["5", "5"]);

    // A whole subtree moves.
    let at = format!("/admin/categories/{pots}");
    let below = green.to_string();
    let fields = [("version", "1"), ("name_en", "Pots"), ("slug", "pots"), ("parent_id", below.as_str())];
    clerk.post(&at, &fields).await.expect(303);
    assert_eq!(worked(&shop).await, 1);
    assert_eq!(low(), ["12", "12"]);
}

#[tokio::test]
async fn of_many_who_remove_a_brand_at_once_one_has() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    for round in 0..4 {
        let name = format!("Brand {round}");
        clerk.post("/admin/brands", &[("name_en", name.as_str())]).await.expect(303);
        let at = format!("/admin/brands/{}/removal", shop.number("select max(id) from brands"));
        join_all((0..6).map(|_| clerk.post(&at, &[]))).await.iter().for_each(|answer| assert_eq!(answer.status, 303));
    }
    assert_eq!(shop.number("select count(*) from audit_log where action = 'remove_brand'"), 4);
}

#[tokio::test]
async fn a_brand_is_made_named_and_removed_when_it_makes_nothing() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    clerk.post("/admin/brands", &[("name_en", "Mellow <Hill>"), ("name_zh", "和山")]).await.expect(303);
    clerk.post("/admin/brands", &[("name_en", "Mellow Hill"), ("slug", "mellow-hill")]).await.expect(422);
    let id = shop.number("select id from brands where slug = 'mellow-hill'");
    let at = format!("/admin/brands/{id}");
    let page = clerk.page(&at).await;
    assert_eq!(page.attribute_of("#name_zh", "value"), "和山");
    let seen = version(&page);
    clerk.post(&at, &[("version", &seen), ("name_en", "Mellow Hills"), ("slug", "mellow-hill")]).await.expect(303);
    let stale = clerk.post(&at, &[("version", &seen), ("name_en", "Else"), ("slug", "mellow-hill")]).await.expect(422);
    assert!(stale.text_of(".versions").contains("Mellow Hills"));
    assert_eq!(shop.number("select count(*) from texts where brand_id is not null"), 0, "the Chinese name was emptied");

    let spu = shop.make_spu("Cup");
    shop.execute(&format!("update spus set brand_id = {id} where id = {spu}"));
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(shop.number(&format!("select count(*) from brands where id = {id}")), 1);
    shop.execute(&format!(
        "update spus set brand_id = (select id from brands where id <> {id} limit 1) where id = {spu}"
    ));
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(shop.number(&format!("select count(*) from brands where id = {id}")), 0);
    assert_eq!(journal(&shop), ["create_brand mellow-hill", "edit_brand mellow-hill", "remove_brand mellow-hill"]);
    clerk.page("/admin/brands").await;
}

#[tokio::test]
async fn a_category_counts_the_products_that_its_link_shows() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("clerk").await;
    let tea = shop.make_category("Tea", None);
    let green = shop.make_category("Green", Some(tea));
    shop.make_category("Coffee", None);
    shop.make_spu_in("green", "Sencha");
    shop.make_spu_in("tea", "A pot of tea");
    let page = clerk.page("/admin/categories").await;
    assert_eq!(page.texts_of("tbody th + td + td a"), ["2", "1", "0"]);
    for (category, shown) in [(tea, 2), (green, 1)] {
        let page = clerk.page(&format!("/admin/products?category={category}")).await;
        assert_eq!(page.texts_of("tbody th").len(), shown);
    }
}
