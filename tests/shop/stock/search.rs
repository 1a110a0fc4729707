//! The search table of the stock list, and that each plan of the list finds the same as a full search.

use diesel::connection::SimpleConnection;
use std::{thread, time::Duration};
use till::{
    kernel::{BrandId, CategoryId, SkuId},
    stock::{ScanLimits, StockCursor, StockFilter, StockSearch, stock_page_with_limits},
    web::Fields,
};

use crate::support::Database;

/// The number of rows in which the search tables differ from the views that define them.
const DIFFERENCES: &str = "
    select (select count(*) from ((table sku_search except table sku_search_now)
            union all (table sku_search_now except table sku_search)) d)
        + (select count(*) from ((table spu_search except table spu_search_now)
            union all (table spu_search_now except table spu_search)) d)";

#[test]
fn what_skus_are_found_by_follows_every_change_at_once_and_no_sale_touches_it() {
    let database = Database::migrated();
    database.make_category("Kitchen", None);
    let pot = database.make_spu("Iron Pot");
    let red = database.make_sku_of(pot, 9, "9.00");
    database.make_sku_of(pot, 9, "9.00");
    let tea = database.make_sku(9, "9.00");
    database.execute("insert into brands (slug, name) values ('other', 'Other')");
    let words = |sku: SkuId| database.text(&format!("select words from sku_search where sku_id = {sku}"));
    assert!(words(red).contains(" iron pot"), "{}", words(red));
    for (change, said) in [
        (format!("insert into texts (language, spu_id, name) values ('zh', {pot}, '铁锅')"), " 铁锅"),
        (format!("update spus set name = 'Copper Pan' where id = {pot}"), " copper pan"),
        (format!("update texts set name = '铜平底锅 XL' where spu_id = {pot}"), " 底锅"),
        (format!("update skus set code = 'RED-7' where id = {red}"), " red-7"),
        (format!("update skus set name = '大红' where id = {red}"), " 大红"),
        (
            format!(
                "update spus set category_id = (select id from categories where slug = 'kitchen') where id = {pot}"
            ),
            "",
        ),
        (format!("update spus set brand_id = (select id from brands where slug = 'other') where id = {pot}"), ""),
        (format!("update skus set active = false where id = {red}"), ""),
        (format!("delete from texts where spu_id = {pot}"), " copper pan"),
        (format!("insert into skus (spu_id, code, name, price) values ({pot}, 'NEW', 'New', 9)"), ""),
        (format!("update skus set spu_id = {pot} where id = {tea}"), ""),
        ("insert into texts (language, spu_id, name) select 'zh', id, '茶' from spus".to_owned(), " 茶"),
        ("delete from skus where code = 'NEW'".to_owned(), ""),
    ] {
        database.execute(&change);
        assert!(words(red).contains(said), "{change}: {}", words(red));
        assert_eq!(database.number(DIFFERENCES), 0, "{change}");
    }
    assert!(!words(red).contains('锅') && !words(red).contains("iron"), "{}", words(red));
    let written = || database.text("select string_agg(xmin::text, ' ' order by sku_id) from sku_search");
    let before = written();
    database.execute(
        "update skus set stock = stock - 1, sales = sales + 1 where stock > 0; update spus set sales = sales + 1",
    );
    database
        .execute("update skus set price = 8, low_stock_at = 1; update spus set description = 'x', published = true");
    assert_eq!(written(), before);
}

#[test]
fn two_who_name_and_fill_a_product_at_once_leave_its_skus_to_be_found_by_both() {
    let database = Database::migrated();
    let pot = database.make_spu("Iron Pot");
    let (mut one, mut other) = (database.connect(), database.connect());
    let fill = format!("begin; insert into skus (spu_id, code, name, price) values ({pot}, 'A', 'A', 9)");
    one.batch_execute(&fill).unwrap();
    let rename = format!("update spus set name = 'Copper Pan' where id = {pot}");
    let renaming = thread::spawn(move || other.batch_execute(&rename));
    thread::sleep(Duration::from_millis(300));
    assert!(!renaming.is_finished(), "whoever names it waits for whoever fills it");
    one.batch_execute("commit").unwrap();
    renaming.join().unwrap().unwrap();
    assert_eq!(database.number(DIFFERENCES), 0);
    assert_eq!(database.number("select count(*) from sku_search where words like '% copper pan%'"), 1);
}

/// More SKUs than are counted and sorted, in three categories, of two brands, half of them "mint". The words of names
/// are related to the sort orders in some of the ways that a real shop has: found everywhere, never at the start, or
/// rarely.
fn shop_of_many() -> Database {
    let database = Database::migrated();
    database.make_category("Kitchen", None);
    database.make_category("Garden", None);
    database.make_category("Attic", None);
    database.execute(
        "insert into brands (slug, name) values ('maker', 'Maker'), ('other', 'Other');
         insert into spus (category_id, brand_id, slug, name)
         select c.id, b.id, 'p-' || n, concat_ws(' ', case n % 2 when 0 then 'Mint' else 'Plain' end,
            case when n % 100 = 3 then 'Rake' when n < 60 then 'Knife' else 'Saucepan' end)
         from generate_series(1, 200) n
         join categories c on c.slug = case when n in (50, 99) then 'attic' when n % 3 = 0 then 'garden' else 'kitchen' end
         join brands b on b.slug = case when n % 5 < 3 then 'maker' else 'other' end;
         insert into texts (language, spu_id, name)
         select 'zh', id, case when name like 'Mint%' then '薄荷绿锅' else '素锅' end from spus where id % 7 < 6;
         insert into skus (spu_id, code, name, price, stock, low_stock_at, active)
         select s.id, 'C' || lpad((s.id * 7919 % 1009)::text, 4, '0') || '-' || n, 'Size ' || n, 9,
            case when s.name like 'Mint%' then 500 + n else (s.id + n) % 30 end, 5, (s.id + n) % 11 > 0
         from spus s cross join generate_series(1, 24) n;
         update sku_figures f set stock = k.stock, sold_30 = k.id * 31 % 97, days_left = k.id * 17 % 89 from skus k
         where k.id = f.sku_id;
         analyze",
    );
    database
}

/// The SKUs of a search, in order, found without the search table.
fn slowly(database: &Database, conditions: &[&str], order: &str) -> Vec<SkuId> {
    let found = database.texts(&format!(
        "select k.id from skus k join spus s on s.id = k.spu_id left join texts t on t.spu_id = s.id
         join sku_figures f on f.sku_id = k.id
         where {} order by {order}",
        conditions.join(" and ")
    ));
    found.iter().map(|id| SkuId(id.parse().unwrap())).collect()
}

/// Words, categories, brand, and the SQL conditions that they mean.
type Sought<'a> = (&'a str, &'a [CategoryId], Option<i64>, &'a [&'a str]);

fn said(word: &str) -> String {
    format!("lower(concat_ws(' ', s.name, t.name, k.code, k.name)) like '%{word}%'")
}

#[test]
fn every_page_of_every_list_is_the_one_that_going_through_everything_finds() {
    let database = shop_of_many();
    let conn = &mut database.connect();
    let id = |table: &str, slug: &str| database.number(&format!("select id from {table} where slug = '{slug}'"));
    let (kitchen, garden, attic) = (id("categories", "kitchen"), id("categories", "garden"), id("categories", "attic"));
    let (maker, other) = (id("brands", "maker"), id("brands", "other"));
    let (mint, knife, rake, saucepan) = (said("mint"), said("knife"), said("rake"), said("saucepan"));
    let (code, pot, green) = (said("c0012-1"), said("锅"), said("荷绿"));
    let (in_kitchen, in_garden) = (format!("s.category_id = {kitchen}"), format!("s.category_id = {garden}"));
    let (in_attic, in_either) = (format!("s.category_id = {attic}"), format!("s.category_id <> {attic}"));
    let (of_maker, of_other) = (format!("s.brand_id = {maker}"), format!("s.brand_id = {other}"));
    let (low, out) = ("k.active and k.stock <= k.low_stock_at", "k.active and k.stock = 0");
    let searches: [Sought; 25] = [
        ("", &[], None, &["true"]),
        ("q=mint", &[], None, &[&mint]),
        ("q=saucepan", &[], None, &[&saucepan]),
        ("q=mint+saucepan", &[], None, &[&mint, &saucepan]),
        ("q=knife", &[], None, &[&knife]),
        ("q=rake+mint", &[], None, &["false"]),
        ("q=rake", &[], None, &[&rake]),
        ("q=c0012-1", &[], None, &[&code]),
        ("q=%E9%94%85", &[], None, &[&pot]),
        ("q=%E8%8D%B7%E7%BB%BF", &[], None, &[&green]),
        ("q=mi", &[], None, &[&mint]),
        ("show=low", &[], None, &[low]),
        ("show=out", &[], None, &[out]),
        ("show=inactive", &[], None, &["not k.active"]),
        ("show=inactive&q=mint", &[], None, &["not k.active", &mint]),
        ("", &[CategoryId(kitchen)], None, &[&in_kitchen]),
        ("", &[CategoryId(garden)], None, &[&in_garden]),
        ("", &[CategoryId(kitchen), CategoryId(garden)], None, &[&in_either]),
        ("", &[CategoryId(attic)], None, &[&in_attic]),
        ("", &[], Some(maker), &[&of_maker]),
        ("q=mint", &[CategoryId(kitchen)], None, &[&mint, &in_kitchen]),
        ("", &[CategoryId(kitchen)], Some(maker), &[&in_kitchen, &of_maker]),
        ("q=saucepan", &[CategoryId(kitchen), CategoryId(garden)], Some(other), &[&saucepan, &in_either, &of_other]),
        ("show=low&q=plain", &[CategoryId(garden)], Some(other), &[low, &in_garden, &of_other]),
        ("show=low", &[], Some(maker), &[low, &of_maker]),
    ];
    let most = 7;
    // The limits of a shop of a million SKUs, divided by about two hundred, so that each plan is used here.
    let limits = ScanLimits {
        max_joined_matches: 1_000,
        max_sorted_matches: 2_000,
        short_scan_factor: 2,
        long_scan_factor: 10,
        cheap_row_factor: 2,
    };
    for (words, categories, brand, conditions) in searches {
        for (sort, order) in [
            ("code", "k.code"),
            ("name", "k.name, k.id"),
            ("newest", "k.id desc"),
            ("stock", "f.stock, k.id"),
            ("sold", "f.sold_30 desc, k.id desc"),
            ("days", "f.days_left, k.id"),
        ] {
            let slow = slowly(&database, conditions, order);
            let categories = Some(categories.to_vec()).filter(|all| !all.is_empty());
            let search = StockSearch {
                categories,
                brand: brand.map(BrandId),
                ..StockSearch::read(&Fields::of_query_string(&format!("{words}&sort={sort}")))
            };
            let what = format!("{search:?}");
            let mut at =
                |cursor| stock_page_with_limits(conn, &StockSearch { cursor, ..search.clone() }, most, limits).unwrap();
            let first = at(StockCursor::First);
            let enough = usize::try_from(most).unwrap();
            assert_eq!(first.skus, slow[..enough.min(slow.len())], "{what}");
            assert_eq!((first.before, first.after), (false, slow.len() > enough), "{what}");
            let counted = i64::try_from(slow.len()).unwrap();
            // The other searches fill a page before anything is counted.
            let is_counted = search.show != StockFilter::All || sort == "code" && conditions == [&in_attic];
            if is_counted && counted <= limits.max_joined_matches {
                assert_eq!(first.found, Some(counted), "{what}");
            }
            assert!(first.found.is_none_or(|found| found == counted && found <= limits.max_joined_matches), "{what}");
            assert!(first.found.is_some() || first.after, "{what}");
            for share in [1, 3, 7, 10] {
                let Some(place) = (slow.len() * share / 10).checked_sub(1) else { continue };
                let (behind, here) = (&slow[place + 1..], slow[place]);
                let page = at(StockCursor::After(here));
                assert_eq!(page.skus, behind[..enough.min(behind.len())], "{what} after {place}");
                assert_eq!((page.before, page.after), (true, behind.len() > enough), "{what} after {place}");
                let page = at(StockCursor::Before(here));
                assert_eq!(page.skus, slow[place.saturating_sub(enough)..place], "{what} before {place}");
                assert_eq!((page.before, page.after), (place > enough, true), "{what} before {place}");
            }
        }
    }
}
