//! The read model of lists: it follows every change, and whoever turns pages loses and doubles nothing.

use diesel::{PgConnection, connection::SimpleConnection};
use std::{collections::BTreeMap, process::Command};
use till::{
    catalog::{check_listings, delete_ended_listings, follow_stock, refresh_listing_sales},
    kernel::SpuId,
};

use crate::support::{Answer, Database, TestShop};

fn names(page: &Answer) -> Vec<String> {
    page.texts_of("main .card-name")
}

async fn listed(shop: &TestShop, path: &str) -> Vec<String> {
    names(&shop.visitor().page(path).await)
}

#[tokio::test]
async fn what_staff_change_stands_in_the_lists_at_once() {
    let shop = TestShop::open().await;
    let home = shop.make_category("Home", None);
    let kitchen = shop.make_category("Kitchen", Some(home));
    let garden = shop.make_category("Garden", None);
    let pan = shop.make_spu_in("kitchen", "Pan");
    let lid = shop.make_sku_of(pan, 1, "20.00");
    let pot = shop.make_spu_in("kitchen", "Pot");
    shop.make_sku_of(pot, 1, "30.00");
    let by_price = "/categories/home?sort=price_up";
    assert_eq!(listed(&shop, by_price).await, ["Pan", "Pot"]);

    shop.execute(&format!("update skus set price = 40 where id = {lid}"));
    assert_eq!(listed(&shop, by_price).await, ["Pot", "Pan"], "another price");
    shop.make_sku_of(pan, 1, "10.00");
    assert_eq!(listed(&shop, by_price).await, ["Pan", "Pot"], "a cheaper SKU");
    shop.execute(&format!("update spus set published = false where id = {pan}"));
    assert_eq!(listed(&shop, by_price).await, ["Pot"], "taken down");
    shop.execute(&format!("update spus set published = true where id = {pan}"));
    shop.execute(&format!("update skus set active = false where spu_id = {pot}"));
    assert_eq!(listed(&shop, by_price).await, ["Pan"], "without SKUs");
    shop.execute(&format!("update spus set category_id = {garden} where id = {pan}"));
    assert_eq!(listed(&shop, by_price).await, Vec::<String>::new(), "in another category");
    assert_eq!(listed(&shop, "/categories/garden").await, ["Pan"]);
    assert_eq!(listed(&shop, "/search").await, ["Pan"]);
    shop.execute(&format!("update spus set category_id = {kitchen} where id = {pan}"));
    shop.execute(&format!("update categories set parent_id = {garden} where id = {kitchen}"));
    assert_eq!(listed(&shop, by_price).await, Vec::<String>::new(), "its category has moved");
    assert_eq!(listed(&shop, "/categories/garden").await, ["Pan"]);
    assert_eq!(listed(&shop, "/categories/kitchen").await, ["Pan"]);
    shop.execute(&format!("update categories set parent_id = null where id = {kitchen}"));
    assert_eq!(listed(&shop, "/categories/garden").await, Vec::<String>::new());
    shop.assert_reconciled();
}

#[tokio::test]
async fn whoever_turns_pages_meets_each_product_once_whatever_changes_meanwhile() {
    let shop = TestShop::open().await;
    shop.make_sku(1, "1.00");
    shop.execute(
        "insert into spus (category_id, brand_id, slug, name)
         select category_id, brand_id, 'button-' || n, 'Button ' || n from spus, generate_series(2, 110) n;
         insert into skus (spu_id, code, name, price, stock) select id, slug, name, id, 5 from spus where slug like 'button-%';
         insert into stock_movements (sku_id, delta, reason)
         select id, 5, 'import' from skus where code like 'button-%';
         update sku_figures set sold_30 = sku_id % 7",
    );
    refresh_listing_sales(&mut shop.connect()).unwrap();
    let visitor = shop.visitor();
    for (sort, link) in [("bestselling", "next"), ("price_up", "next"), ("price_down", "number"), ("new", "next")] {
        let (mut met, mut path): (BTreeMap<String, usize>, _) = (BTreeMap::new(), format!("?sort={sort}"));
        for round in 1_i64.. {
            let page = visitor.page(&format!("/categories/things{path}")).await;
            for name in names(&page) {
                *met.entry(name).or_default() += 1;
            }
            let next = match link {
                "next" => page.attributes_of(".pager a[rel=next]", "href").into_iter().next(),
                _ => page
                    .attributes_of(".pager-number a", "href")
                    .into_iter()
                    .find(|to| to.contains(&format!("page={}&", round + 1))),
            };
            let Some(next) = next else { break };
            path = next;
            let slug = format!("new-{}-{round}", sort.replace('_', "-"));
            // What was first becomes last, and the other way round; things come, go and sell out.
            shop.execute(&format!(
                "update sku_figures set sold_30 = (sku_id * 31 + {round} * 17) % 100;
                 update skus set price = 1 + (id * 37 + {round} * 53) % 120;
                 insert into stock_movements (sku_id, delta, reason)
                 select id, -stock, 'count' from skus where id % 5 = {round} and stock > 0;
                 update skus set stock = 0 where id % 5 = {round};
                 insert into spus (category_id, brand_id, slug, name)
                 select category_id, brand_id, '{slug}', 'New {sort} {round}' from spus limit 1;
                 insert into skus (spu_id, code, name, price) select id, slug, name, 3 from spus where slug = '{slug}'"
            ));
            refresh_listing_sales(&mut shop.connect()).unwrap();
            follow_stock(&mut shop.connect()).unwrap();
        }
        for n in 2..=110 {
            assert_eq!(met.get(&format!("Button {n}")), Some(&1), "{sort}: Button {n}");
        }
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn places_in_a_list_that_nobody_gave_out_are_survived() {
    let shop = TestShop::open().await;
    shop.make_sku(1, "1.00");
    let visitor = shop.visitor();
    let now = shop.number("select version from listing_clock");
    for query in [
        "at=x&after=x",
        "at=-1",
        "at=9223372036854775807",
        "at=9223372036854775808",
        "after=0-0",
        "page=2&after=5",
        "after=9223372036854775807-9223372036854775807",
        "page=99999999999&after=1-1",
        "at=%00",
        "after=%00-1",
    ] {
        visitor.page(&format!("/categories/things?{query}")).await;
        visitor.page(&format!("/search?q=thing&{query}")).await;
    }
    let page = visitor.page(&format!("/categories/things?at={now}&after=0-0&sort=price_up")).await;
    assert_eq!(names(&page), ["Thing 1"]);
}

fn is_listed_in_stock(database: &Database, spu: SpuId) -> bool {
    database.number(&format!(
        "select count(*) from listings where spu_id = {spu} and category_id = 0 and in_stock and until > 9e18"
    )) == 1
}

#[test]
fn lists_know_what_is_sold_out_without_an_order_writing_them() {
    let database = Database::migrated();
    let conn = &mut database.connect();
    let sku = database.make_sku(5, "9.90");
    let spu = database.spu_of(sku);
    follow_stock(conn).unwrap();
    let version = database.number("select version from listing_clock");
    let takes = |count| {
        format!(
            "update skus set stock = stock + {count} where id = {sku};
             insert into stock_movements (sku_id, delta, reason) values ({sku}, {count}, 'correction')"
        )
    };
    database.execute(&takes(-5));
    assert_eq!(database.number("select version from listing_clock"), version, "a change of stock writes no list");
    assert!(is_listed_in_stock(&database, spu));
    assert_eq!(follow_stock(conn), Ok(1));
    assert!(!is_listed_in_stock(&database, spu));
    assert_eq!(follow_stock(conn), Ok(0));

    // A number that was given first is committed last.
    let other = database.make_sku(1, "5.00");
    for _ in 0..3 {
        follow_stock(conn).unwrap();
    }
    let mut slow = database.connect();
    slow.batch_execute(&format!("begin; {}", takes(5))).unwrap();
    database.execute(&format!(
        "update skus set stock = 0 where id = {other};
         insert into stock_movements (sku_id, delta, reason) values ({other}, -1, 'correction')"
    ));
    for _ in 0..3 {
        follow_stock(conn).unwrap();
    }
    assert!(!is_listed_in_stock(&database, database.spu_of(other)));
    assert!(!is_listed_in_stock(&database, spu));
    slow.batch_execute("commit").unwrap();
    assert_eq!(follow_stock(conn), Ok(1));
    assert!(is_listed_in_stock(&database, spu));
    database.assert_reconciled();
}

#[test]
fn two_who_change_one_product_at_once_do_not_undo_each_other() {
    let database = Database::migrated();
    let first = database.make_sku(1, "50.00");
    let spu = database.spu_of(first);
    let second = database.make_sku_of(spu, 1, "60.00");
    let lowest = || {
        database.number(&format!(
            "select price_fen from listings where spu_id = {spu} and category_id = 0 and until > 9e18"
        ))
    };
    let (mut one, mut other) = (database.connect(), database.connect());
    one.batch_execute(&format!("begin; update skus set price = 70 where id = {first}")).unwrap();
    other.batch_execute(&format!("begin; update skus set price = 80 where id = {second}")).unwrap();
    assert_eq!(lowest(), 5000, "not before the commit");
    one.batch_execute("commit").unwrap();
    assert_eq!(lowest(), 6000);
    other.batch_execute("commit").unwrap();
    assert_eq!(lowest(), 7000);
    one.batch_execute(&format!("begin; update skus set price = 1 where id = {first}; rollback")).unwrap();
    assert_eq!(lowest(), 7000);
    assert_eq!(database.number("select count(*) from listing_changes"), 0);
    database.assert_reconciled();
}

/// Runs the check until it begins again; returns how many products it has corrected.
fn check_all(conn: &mut PgConnection) -> usize {
    let mut corrected = 0;
    while let Some(wrong) = check_listings(conn).unwrap() {
        corrected += wrong;
    }
    corrected
}

#[test]
fn what_went_wrong_in_the_lists_is_found_and_corrected() {
    let database = Database::migrated();
    let conn = &mut database.connect();
    let spus: Vec<SpuId> = (1..=4).map(|_| database.spu_of(database.make_sku(1, "9.00"))).collect();
    assert_eq!(check_all(conn), 0);
    database.execute(&format!(
        "update listings set price_fen = 1 where spu_id = {}; delete from listings where spu_id = {};
         update listings set in_stock = false where spu_id = {}",
        spus[0], spus[1], spus[2]
    ));
    let wrong = database.reconciliation_mismatches().join("\n");
    assert!(wrong.contains("The lists show each product"), "{wrong}");
    assert_eq!(check_all(conn), 3);
    database.assert_reconciled();
    database.execute("update listing_counts set count = count + 1 where kind = 'all'");
    let wrong = database.reconciliation_mismatches().join("\n");
    assert!(wrong.contains("The products that lists count"), "{wrong}");
}

fn rebuild(database: &Database) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
    let output = command.args(["listings", "rebuild"]).env("DATABASE_URL", &database.url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_command_repairs_lists_and_their_counts() {
    let database = Database::migrated();
    let spus: Vec<SpuId> = (1..=4).map(|_| database.spu_of(database.make_sku(1, "9.00"))).collect();
    database.execute(&format!(
        "update listings set price_fen = 1 where spu_id = {}; delete from listings where spu_id = {};
         update listing_counts set count = count + 1 where kind = 'all';
         delete from listing_counts where kind = 'stock';
         insert into listing_counts values (0, 'brand', 987654, 3)",
        spus[0], spus[1]
    ));
    let said = rebuild(&database);
    assert!(said.starts_with("Corrected 2 products"), "{said}");
    database.assert_reconciled();
    assert_eq!(rebuild(&database), "Corrected 0 products in the lists, and 0 counts.\n");
}

#[test]
fn old_versions_stay_for_an_hour() {
    let database = Database::migrated();
    let conn = &mut database.connect();
    let sku = database.make_sku(1, "9.00");
    database.execute(&format!("update skus set price = 8 where id = {sku}"));
    let rows = || database.number("select count(*) from listings");
    assert_eq!(rows(), 4, "two lists, each with an old row");
    assert_eq!(delete_ended_listings(conn, 100), Ok(0));
    database.execute("update listings set since = 1, until = until - 2 * 3600 * 1000000::bigint where until < 9e18");
    assert_eq!(delete_ended_listings(conn, 1), Ok(1));
    assert_eq!(delete_ended_listings(conn, 100), Ok(1));
    assert_eq!(rows(), 2);
    database.assert_reconciled();
}

#[test]
fn a_product_of_very_many_values_is_listed() {
    let database = Database::migrated();
    let sku = database.make_sku(1, "9.00");
    let spu = database.spu_of(sku);
    database.execute(&format!(
        "insert into options (spu_id, name, position) values ({spu}, 'Size', 0);
         insert into option_values (option_id, name, position) select o.id, 'Size ' || n, n from options o, generate_series(1, 900) n;
         insert into skus (spu_id, code, name, price) select {spu}, 'V' || n, 'V', 9 from generate_series(1, 900) n;
         insert into sku_option_values (sku_id, option_id, option_value_id)
         select k.id, v.option_id, v.id from skus k join option_values v on k.code = 'V' || v.position"
    ));
    assert_eq!(database.number("select max(cardinality(option_values)) from listings where until > 9e18"), 400);
    database.assert_reconciled();
}
