//! The audit log: every staff change has an entry, and the page finds it.

use diesel::connection::SimpleConnection;

use crate::support::{Answer, Browser, TestShop};

/// The rows of the page, each as its text.
fn rows(page: &Answer) -> Vec<String> {
    page.texts_of(".audit-log-table tbody tr")
}

/// The number of rows that the page shows for a query.
async fn found(clerk: &Browser, query: &str) -> usize {
    rows(&clerk.page(&format!("/admin/audit-log?{query}")).await).len()
}

async fn changes_stock(clerk: &Browser, delta: &str, note: &str) {
    let fields = [("delta", delta), ("reason", "delivery"), ("note", note)];
    clerk.post("/admin/stock/1/movements", &fields).await.expect(303);
}

#[tokio::test]
async fn a_change_of_stock_is_in_the_journal_with_who_what_before_after_when_and_from_where() {
    let shop = TestShop::open().await;
    shop.make_sku(1200, "9.00");
    let code = shop.text("select code from skus");
    let clerk = shop.clerk("chen").await;
    let page = clerk.page("/admin/audit-log").await;
    assert_eq!(page.text_of(".empty h2"), "Nothing was done yet");

    changes_stock(&clerk, "5", "<Pallet> 7").await;
    let page = clerk.page("/admin/audit-log").await;
    let row = rows(&page).concat();
    let shown = shop.text("select to_char(at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') from audit_log");
    for said in
        [&shown, "chen", "Change stock", &code, "Stock 1,200 → to 1,205", "Reason Delivery", "<Pallet> 7", "127.0.0.1"]
    {
        assert!(row.contains(said), "{said} in {row}");
    }
    assert!(page.has("nav a[href='/admin/audit-log'][aria-current]"));

    clerk.post("/language", &[("language", "zh")]).await.expect(303);
    let row = rows(&clerk.page("/admin/audit-log").await).concat();
    for said in ["调整库存", "库存 1,200 → 变为 1,205", "原因 进货", "备注 <Pallet> 7"] {
        assert!(row.contains(said), "{said} in {row}");
    }
}

#[tokio::test]
async fn what_was_refused_is_not_in_the_journal() {
    let shop = TestShop::open().await;
    shop.make_sku(3, "9.00");
    let clerk = shop.clerk("chen").await;
    clerk.post("/admin/stock/1/movements", &[("delta", "-4"), ("reason", "damage")]).await.expect(422);
    clerk.post("/admin/stock/9/movements", &[("delta", "4"), ("reason", "damage")]).await.expect(404);
    clerk.post("/admin/outbox/attempts", &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from audit_log"), 0);
}

#[tokio::test]
async fn a_change_that_cannot_be_written_down_does_not_happen() {
    let shop = TestShop::open().await;
    shop.make_sku(3, "9.00");
    let clerk = shop.clerk("chen").await;
    shop.execute("alter table audit_log add constraint nothing_more check (false)");
    clerk.post("/admin/stock/1/movements", &[("delta", "4"), ("reason", "delivery")]).await.expect(500);
    assert_eq!((shop.number("select stock from skus"), shop.number("select count(*) from stock_movements")), (3, 1));
}

#[tokio::test]
async fn a_check_of_the_books_and_a_retry_of_the_outbox_are_in_the_journal() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("chen").await;
    shop.execute("insert into outbox (kind, payload, attempts) select 'odd', '{}', 16 from generate_series(1, 3)");
    clerk.post("/admin/outbox/2/attempt", &[]).await.expect(303);
    clerk.post("/admin/outbox/attempts", &[]).await.expect(303);
    clerk.post("/admin/reconciliation/checks", &[]).await.expect(303);
    for _ in 0..400 {
        if shop.number("select count(*) from reconciliations") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let rows = rows(&clerk.page("/admin/audit-log").await);
    let said = [
        "Run reconciliation Checks with mismatches 0",
        "Try background jobs again Background jobs 2",
        "Try background jobs again 2 Background jobs 1",
    ];
    assert_eq!(rows.len(), said.len(), "{rows:?}");
    for (row, said) in rows.iter().zip(said) {
        assert!(row.contains(said) && row.ends_with("127.0.0.1"), "{said} in {row}");
    }
}

#[tokio::test]
async fn the_journal_is_filtered_by_who_what_subject_and_day() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("Chen").await;
    shop.make_staff("bo");
    let (chen, bo) = (shop.number("select min(id) from users"), shop.number("select max(id) from users"));
    shop.execute(&format!(
        "insert into audit_log (staff_id, action, target, at) values
            ({chen}, 'move_stock', 'TEA-1', '2026-03-01 15:59:59Z'), ({bo}, 'move_stock', 'TEA-1', '2026-03-01 16:00:00Z'),
            ({bo}, 'odd_thing', '茶 & co', '2026-03-02 15:59:59Z'), (null, 'add_staff', 'bo', '2026-03-02 16:00:00Z')"
    ));
    for (query, count) in [
        ("", 4),
        ("who=chen", 1),
        ("who=BO", 2),
        ("who=nobody", 0),
        ("what=move_stock", 2),
        ("subject=TEA-1", 2),
        ("subject=TEA", 0),
        ("subject=%E8%8C%B6+%26+co", 1),
        // A day in the shop's time zone, which is eight hours ahead of UTC.
        ("day=2026-03-02", 2),
        ("day=2026-03-02&who=bo&what=odd_thing", 1),
        ("day=2026-03-03", 1),
        // An invalid filter is ignored.
        ("day=2026-02-30", 4),
        ("day=-9999-01-01", 4),
        ("day=262142-12-31", 4),
        ("older=x&newer=1e3", 4),
        ("older=99999999999999999999", 4),
        ("what=%00%ff&subject=", 0),
        ("who=%27+or+1%3D1--", 0),
    ] {
        assert_eq!(found(&clerk, query).await, count, "{query}");
    }
    let page = clerk.page("/admin/audit-log?what=odd_thing&who=%22%3E").await;
    assert_eq!(page.text_of(".empty h2"), "Nothing like this was done");
    assert_eq!(page.attribute_of("#who", "value"), "\">");
    assert_eq!(page.attribute_of("#what option[selected]", "value"), "odd_thing");
    // The filters offer every recorded action, also one without a label, and everybody with an entry.
    assert_eq!(page.texts_of("#what option"), ["Anything", "Add a member of staff", "Change stock", "odd thing"]);
    assert_eq!(page.attributes_of("#people option", "value"), ["Chen", "bo"]);
    // A link in a row filters by its target.
    let all = clerk.page("/admin/audit-log").await.attribute_of("tbody tr:nth-child(2) a", "href");
    assert_eq!(rows(&clerk.page(&all).await).len(), 1);
    assert!(rows(&clerk.page("/admin/audit-log?subject=bo").await).concat().contains("Command line"));
}

#[tokio::test]
async fn a_long_journal_is_read_page_by_page_in_both_directions_while_it_grows() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("chen").await;
    let insert = |from: i32, to: i32| {
        shop.execute(&format!(
            "insert into audit_log (staff_id, action, target) select 1, 'move_stock', 's' || n from generate_series({from}, {to}) n"
        ));
    };
    insert(1, 120);
    let step = |page: &Answer, to: &str| page.attributes_of(&format!(".pager a[rel={to}]"), "href").pop();
    let subjects = |page: &Answer| page.texts_of(".audit-log-table tbody td:nth-child(4)");
    let first = clerk.page("/admin/audit-log?what=move_stock").await;
    assert_eq!((subjects(&first).len(), subjects(&first)[0].as_str(), step(&first, "prev")), (50, "s120", None));
    insert(121, 125);
    let second = clerk.page(&step(&first, "next").unwrap()).await;
    assert_eq!((subjects(&second)[0].as_str(), subjects(&second)[49].as_str()), ("s70", "s21"));
    let third = clerk.page(&step(&second, "next").unwrap()).await;
    assert_eq!((subjects(&third).len(), subjects(&third)[19].as_str(), step(&third, "next")), (20, "s1", None));
    let back = clerk.page(&step(&third, "prev").unwrap()).await;
    assert_eq!(subjects(&back), subjects(&second));
    let newer = clerk.page(&step(&back, "prev").unwrap()).await;
    assert_eq!(subjects(&newer), subjects(&first));
    // Entries added in the meantime are found too.
    let newest = clerk.page(&step(&newer, "prev").unwrap()).await;
    assert_eq!(subjects(&newest), ["s125", "s124", "s123", "s122", "s121"]);
    assert_eq!(step(&newest, "prev"), None);
    assert!(step(&newest, "next").unwrap().contains("what=move_stock&older="));
    let nothing = clerk.page("/admin/audit-log?older=0").await;
    assert_eq!(nothing.attribute_of(".pager a", "href"), "/admin/audit-log");
}

#[tokio::test]
async fn the_journal_cannot_be_changed_not_even_in_the_database() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    shop.execute("insert into audit_log (staff_id, action, target) values (1, 'move_stock', 'x')");
    for write in ["update audit_log set action = 'nothing'", "delete from audit_log"] {
        let refused = shop.connect().batch_execute(write).unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    // An entry without a member of staff must have no IP address.
    let refused = "insert into audit_log (action, target, ip_address) values ('move_stock', 'x', '::1')";
    assert!(shop.connect().batch_execute(refused).is_err());
}
