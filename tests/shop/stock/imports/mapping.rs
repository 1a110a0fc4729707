//! Which columns are read: the page shows them, staff can change them, and nothing is applied while they are unclear.

use futures_util::future::join_all;
use std::fmt::Write;
use till::jobs::run_stock_import_step;

use super::{confirm, db, hostile::workbook, make_skus, read, send, send_as, stocks, worked};
use crate::support::{Browser, Form, TestShop};

fn sheet(rows: &str) -> Vec<u8> {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes()
}

async fn mapping(clerk: &Browser, at: &str) -> Form {
    Form::of(&clerk.page(at).await, ".import-change form")
}

async fn state(shop: &TestShop) -> String {
    shop.text("select state from imports order by id desc limit 1")
}

const TWO_COUNTS: &str = "SKU,Count,Counted,Note\nC1,5,50,shelf 4\nC2,6,60,\n";

#[tokio::test]
async fn nothing_is_applied_before_somebody_has_chosen_and_the_choice_is_remembered_for_them() {
    let shop = TestShop::open().await;
    make_skus(&shop, 3, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", TWO_COUNTS).await;
    let page = clerk.page(&at).await;
    assert!(page.text_of(".notice-warning").contains("More than one column could hold the numbers."), "{page}");
    assert!(page.has(".import-change[open]"), "{page}");
    let likely = page.texts_of("#number_column optgroup[label='Could be meant'] option");
    assert_eq!(likely, ["B · Count · e.g. 5, 6", "C · Counted · e.g. 50, 60"]);
    let refused = confirm(&clerk, &at).await.expect(422);
    assert!(refused.text_of(".error-summary").contains("Nothing was applied"), "{refused}");

    // Without a choice the page asks again, with a message beside the field.
    let form = mapping(&clerk, &at).await;
    let again = clerk.post(&form.action, &form.pairs()).await.expect(422);
    assert!(again.text_of("#number_column-error").contains("Please choose a column."), "{again}");
    let form = form.typed("number_column", "2");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    assert!(clerk.page(&at).await.text_of(".import-state").contains("being read"));
    confirm(&clerk, &at).await.expect(422);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 10", "C2 10", "C3 10"]);
    let page = clerk.page(&at).await;
    let facts = page.text_of(".import-facts");
    for fact in ["Line 1: SKU · Count", "A · SKU", "C · Counted", "D · Note · e.g. shelf 4"] {
        assert!(facts.contains(fact), "{facts}");
    }
    assert!(page.text_of(".import-read").contains("Chosen by hand"), "{page}");
    assert!(page.texts_of(".import-lines tbody tr")[0].contains("shelf 4"), "{page}");

    // The next file with these headings is read in the same way for this person only, which can be changed again.
    let next = read(&shop, &clerk, "count", &TWO_COUNTS.replace("60", "61")).await;
    let page = clerk.page(&next).await;
    assert!(page.text_of(".import-read").contains("As you chose last time"), "{page}");
    assert!(page.text_of(".import-facts").contains("C · Counted"), "{page}");
    let other = shop.clerk("other").await;
    read(&shop, &other, "count", &TWO_COUNTS.replace("60", "62")).await;
    assert_eq!(state(&shop).await, "unmapped");
    let form = mapping(&clerk, &next).await.typed("number_column", "1").typed("note_column", "");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(&shop).await;
    let confirmation = Form::of(&clerk.page(&next).await, ".import-decision form");
    clerk.post(&confirmation.action, &confirmation.pairs()).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 5", "C2 6", "C3 10"]);
    assert_eq!(shop.number("select count(*) from import_files where import_id = 2"), 0);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'map_import'"), 2);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_page_that_has_shown_other_columns_applies_nothing() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let (clerk, other) = (shop.clerk("clerk").await, shop.clerk("other").await);
    let at = read(&shop, &clerk, "count", "SKU,Stock,Count\nC1,70,61\n").await;
    let confirmation = Form::of(&clerk.page(&at).await, ".import-decision form");
    let (seen, seen_by_other) = (mapping(&clerk, &at).await, mapping(&other, &at).await);

    // Another member of staff maps other columns; of two concurrent changes one counts.
    let presses = [&seen, &seen_by_other].map(|form| form.clone().typed("number_column", "1"));
    let other_browser = &other;
    let press = |form: Form| async move { other_browser.post(&form.action, &form.pairs()).await };
    let answers = join_all(presses.map(press)).await;
    answers.iter().for_each(|answer| assert_eq!(answer.status, 303));
    assert_eq!(shop.number("select revision from imports"), 2);
    worked(&shop).await;
    assert_eq!(other.page(&at).await.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 70 10 +60 70"]);

    let stale = clerk.post(&confirmation.action, &confirmation.pairs()).await.expect(422);
    assert!(stale.text_of(".error-summary").contains("was changed meanwhile"), "{stale}");
    confirm(&clerk, &at).await.expect(422);
    clerk.post(&seen.action, &seen.pairs()).await.expect(303);
    worked(&shop).await;
    assert_eq!(shop.number("select revision from imports"), 2, "a stale choice changes nothing");
    assert_eq!(stocks(&shop), ["C1 10", "C2 10"]);

    // The mapping is remembered for whoever chose it, not for whoever sent the file.
    assert_eq!(shop.texts("select username from import_mappings m join users u on u.id = m.staff_id"), ["other"]);
}

#[tokio::test]
async fn a_choice_that_was_not_offered_is_refused_beside_its_field() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", "SKU,Stock,Count\nC1,70,61\n").await;
    let form = mapping(&clerk, &at).await;
    for (name, value) in [
        ("code_column", "99"),
        ("code_column", "-1"),
        ("code_column", "18446744073709551616"),
        ("code_column", "x"),
        ("code_column", ""),
        ("number_column", "0"),
        ("number_column", "1e3"),
        ("note_column", "2"),
        ("note_column", "７"),
        ("heading_row", "0"),
        ("heading_row", "2147483648"),
        ("heading_row", "17"),
    ] {
        let wrong = form.clone().typed(name, value);
        let answer = clerk.post(&wrong.action, &wrong.pairs()).await.expect(422);
        assert!(!answer.text_of(&format!("#{name}-error")).is_empty(), "{name} {value}: {answer}");
    }
    let nothing =
        [("revision", "1"), ("sheet", "4"), ("heading_row", "1"), ("code_column", "0"), ("number_column", "2")];
    clerk.post(&form.action, &nothing).await.expect(422);
    clerk.post(&form.action, &[("revision", "x")]).await.expect(303);
    clerk.post(&form.action, &[]).await.expect(422);
    clerk.post("/admin/imports/99/mapping", &form.pairs()).await.expect(404);
    shop.shopper("mei").await.browser.post(&form.action, &form.pairs()).await.expect(404);
    assert_eq!(shop.number("select revision from imports"), 1);
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(&shop).await;
    assert_eq!(state(&shop).await, "done");
    assert_eq!(stocks(&shop), ["C1 61", "C2 10"]);
    assert!(!clerk.page(&at).await.has(".import-change"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn columns_are_not_changed_while_a_file_is_read_and_a_reader_that_dies_begins_anew() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", "SKU,Stock,Count\nC1,70,61\n").await;
    let form = mapping(&clerk, &at).await.typed("number_column", "1");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    // The background job is stopped in the middle of reading.
    let mut hold = shop.connect();
    diesel::connection::SimpleConnection::batch_execute(&mut hold, "begin; lock table skus in access exclusive mode")
        .unwrap();
    let cut_off = db(&shop);
    let worker = tokio::spawn(async move { run_stock_import_step(&cut_off).await });
    shop.somebody_waits().await;
    let busy = clerk.post(&form.action, &form.pairs()).await;
    assert_eq!(busy.status, 303, "{busy}");
    assert_eq!(shop.number("select revision from imports"), 2);
    shop.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'",
    );
    assert!(worker.await.unwrap().is_err());
    drop(hold);
    assert_eq!(state(&shop).await, "reading");
    worked(&shop).await;
    assert_eq!(clerk.page(&at).await.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 70 10 +60 70"]);
    assert_eq!(stocks(&shop), ["C1 10", "C2 10"]);
}

#[tokio::test]
async fn headings_that_nobody_knows_are_mapped_by_hand() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", "Kaufhaus Nord\nWas,Wie viel\nC1,61\nC2,62\n").await;
    let page = clerk.page(&at).await;
    assert!(page.text_of(".notice-error").contains("must name the columns"), "{page}");
    let form = mapping(&clerk, &at).await;
    assert_eq!(form.fields.iter().find(|(name, _)| name == "heading_row").unwrap().1, "2");
    let form = form.typed("code_column", "0").typed("number_column", "1");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(&shop).await;
    let confirmation = Form::of(&clerk.page(&at).await, ".import-decision form");
    clerk.post(&confirmation.action, &confirmation.pairs()).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 61", "C2 62"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_a_column_holds_decides_where_its_heading_does_not() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    for (mode, file, expected) in [
        // "Quantity" beside another column of numbers with an unknown heading.
        ("difference", "SKU,Quantity,Booked\nC1,64,5\n", "unmapped"),
        ("count", "SKU,Stock,Zählung\nC1,70,61\n", "unmapped"),
        ("count", "SKU,Stock,Quantity\nC1,70,61\n", "unmapped"),
        ("count", "SKU,Quantity,Difference\nC1,70,-9\n", "unmapped"),
        ("difference", "SKU,Quantity,Counted\nC1,70,61\n", "unmapped"),
        ("count", "SKU,Count,Quantity\nC1,,70\n", "unmapped"),
        ("count", "SKU,Count,Count\nC1,61,61\n", "unmapped"),
        ("difference", "SKU,Received,Accepted\nC1,6,5\n", "unmapped"),
        ("count", "SKU,Part no.,Count\nC1,C2,5\n", "unmapped"),
        // These are unambiguous.
        ("count", "SKU,Count,Count\nC1,61,\n", "ready"),
        ("count", "SKU,Price,Weight,Stock\nC1,9,100,61\n", "ready"),
        ("count", "SKU,Part no.,Count\nC1,C1,5\n", "ready"),
        ("count", "Barcode,Count\nC1,5\n", "ready"),
        ("count", "Parent SKU,SKU,Count\nC2,C1,5\n", "ready"),
        ("difference", "SKU,Stock,Qty\nC1,70,5\n", "ready"),
        ("count", "SKU,Count\nunknown,5\n", "ready"),
        ("count", "instructions: count all,\nplease,\nSKU,Count\n编码,盘点数量\nC1,5\n", "ready"),
    ] {
        read(&shop, &clerk, mode, file).await;
        assert_eq!(state(&shop).await, expected, "{file}");
    }
}

#[tokio::test]
async fn sheets_that_explain_are_passed_over_and_of_two_lists_one_is_chosen() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let row =
        |cells: [&str; 2]| format!("<row>{}</row>", cells.map(|cell| format!("<c t='str'><v>{cell}</v></c>")).join(""));
    let list = |count| sheet(&(row(["SKU", "Count"]) + &row(["C1", count])));
    let help = sheet(&(row(["How to count", ""]) + &row(["Please", "twice"])));
    let book: &[u8] = br#"<workbook><sheets><sheet name="Read me" r:id="r1"/><sheet name="Front" r:id="r2"/><sheet name="Back" r:id="r3"/></sheets></workbook>"#;
    let relations: &[u8] = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="1.xml"/><Relationship Id="r2" Type="x/worksheet" Target="2.xml"/><Relationship Id="r3" Type="x/worksheet" Target="3.xml"/></Relationships>"#;
    for (third, expected) in [(help.clone(), "ready"), (list("31"), "unmapped")] {
        let file = super::hostile::zipped(&[
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", relations),
            ("xl/1.xml", &help),
            ("xl/2.xml", &list("30")),
            ("xl/3.xml", &third),
        ]);
        let sent = send_as(&clerk, "counts.xlsx", &file, &[("mode", "count")]).await.expect(303);
        worked(&shop).await;
        assert_eq!(state(&shop).await, expected);
        let at = sent.location();
        let page = clerk.page(at).await;
        assert!(page.text_of(".import-facts").contains("Front (sheet 2 of 3)"), "{page}");
        if expected == "unmapped" {
            assert!(page.text_of(".notice-warning").contains("More than one sheet has a stock list."), "{page}");
            confirm(&clerk, at).await.expect(422);
            let form = mapping(&clerk, at).await;
            clerk.post(&form.action, &form.pairs()).await.expect(422);
            let form = form.typed("sheet", "2");
            clerk.post(&form.action, &form.pairs()).await.expect(303);
            worked(&shop).await;
            assert_eq!(clerk.page(at).await.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 31 10 +21 31"]);
        }
    }
    assert_eq!(stocks(&shop), ["C1 10", "C2 10"]);
}

#[tokio::test]
async fn cells_are_read_as_a_sheet_shows_them() {
    let shop = TestShop::open().await;
    make_skus(&shop, 6, 10);
    shop.execute("update skus set code = '000012' where code = 'C2'");
    let clerk = shop.clerk("clerk").await;
    let styles: &[u8] = br##"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="000000"/><numFmt numFmtId="165" formatCode="#,##0"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>"##;
    let relations: &[u8] = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/styles" Target="styles.xml"/></Relationships>"#;
    let book: &[u8] = br#"<workbook><sheets><sheet name="Stock" r:id="r1"/></sheets></workbook>"#;
    let rows = "<row><c t='str'><v>SKU</v></c><c t='str'><v>Count</v></c></row>
        <row><c t='str'><v>C1_x000D_</v></c><c s='3'><v>1000</v></c></row>
        <row><c s='1'><v>12</v></c><c><v>12.000000000000002</v></c></row>
        <row><c t='str'><v>C3</v></c><c s='2'><v>46082</v></c></row>
        <row><c t='str'><v>C4</v></c><c><f>B2</f></c></row>
        <row><c t='str'><v>C5</v></c><c t='str'><f>IF(1,\"\")</f><v></v></c></row>
        <row><c s='2'><v>46082</v></c><c><v>5</v></c></row>
        <row><c><f>A2</f></c><c><v>5</v></c></row>";
    let file = super::hostile::zipped(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relations),
        ("xl/styles.xml", styles),
        ("xl/sheet.xml", &sheet(rows)),
    ]);
    let sent = send_as(&clerk, "counts.xlsx", &file, &[("mode", "count")]).await.expect(303);
    worked(&shop).await;
    let at = sent.location();
    let failed = clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr");
    assert_eq!(failed.len(), 4, "{failed:?}");
    for (line, words) in
        failed.iter().zip(["not a whole number", "never worked out", "into a date", "never worked out"])
    {
        assert!(line.contains(words), "{line}");
    }
    confirm(&clerk, at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 1000", "000012 12", "C3 10", "C4 10", "C5 10", "C6 10"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn differences_of_one_sku_add_up_within_what_stock_may_be() {
    let shop = TestShop::with(&super::NO_PASSWORD).await;
    make_skus(&shop, 7, 10);
    let clerk = shop.clerk("clerk").await;
    let mut file = String::from(
        "SKU,Change\nC1,-15\nC1,8\nC2,-8\nC2,-8\nC3,5\nC3,-5\nC4,600000\nC4,600000\nC5,3\nC5,x\nC6,4\nC6,0\nC6,\n",
    );
    (0..2_100).for_each(|n| writeln!(file, "C7,{}", if n % 2 == 0 { 3 } else { -2 }).unwrap());
    let at = read(&shop, &clerk, "difference", &file).await;
    let failed = clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr");
    assert_eq!(failed.len(), 5, "{failed:?}");
    for (line, words) in
        failed.iter().zip(["cannot go below zero", "below zero", "at most 1,000,000", "1,000,000", "whole"])
    {
        assert!(line.contains(words), "{line}");
    }
    confirm(&clerk, &at).await.expect(303);
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 3", "C2 10", "C3 10", "C4 10", "C5 13", "C6 14", "C7 1060"]);
    assert_eq!(shop.number("select count(*) from stock_movements where staff_id is not null"), 4);
    assert_eq!(shop.number("select due_count from imports"), 0);
    assert_eq!(shop.number("select failed_count from imports"), 5);
    assert_eq!(shop.number("select applied_count from imports"), 2 + 2 + 1 + 1 + 2_100);
    shop.assert_reconciled();
}

#[tokio::test]
async fn sums_that_no_number_holds_are_refused() {
    let shop = TestShop::with(&super::NO_PASSWORD).await;
    make_skus(&shop, 1, 10);
    let clerk = shop.clerk("clerk").await;
    let mut file = String::from("SKU,Change\n");
    for sign in ["", "-"] {
        (0..3_000).for_each(|_| writeln!(file, "C1,{sign}1000000").unwrap());
    }
    let at = read(&shop, &clerk, "difference", &file).await;
    assert!(clerk.page(&at).await.text_of(".import-lines tbody tr").contains("at most 1,000,000"));
    assert_eq!(shop.number("select failed_count from imports"), 6_000);
    assert_eq!(stocks(&shop), ["C1 10"]);
}

#[tokio::test]
async fn sheets_with_endless_columns_are_read_within_bounds() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    // 16,384 columns, the maximum of a sheet; the table is in the first ones.
    let wide: String = (0..16_384).map(|n| format!("<c><v>{n}</v></c>")).collect();
    let rows = format!(
        "<row r='1'><c r='A1' t='str'><v>SKU</v></c><c r='B1' t='str'><v>Count</v></c></row>
         <row r='2'><c r='A2' t='str'><v>C1</v></c><c r='B2'><v>61</v></c></row><row r='3'>{wide}</row>"
    );
    let file = workbook(&[("xl/sheet.xml", &sheet(&rows))]);
    let sent = send_as(&clerk, "wide.xlsx", &file, &[("mode", "count")]).await.expect(303);
    worked(&shop).await;
    let page = clerk.page(sent.location()).await;
    assert!(page.text_of(".import-facts").contains("B · Count"), "{page}");
    assert!(page.body.len() < 200_000, "{}", page.body.len());

    // 10,000 equal headings: any of those that are examined may be meant, and only those are offered.
    let at = send(&clerk, "count", &format!("SKU{}\nC1{}\n", ",Count".repeat(10_000), ",5".repeat(10_000))).await;
    worked(&shop).await;
    let page = clerk.page(&at).await;
    assert_eq!(state(&shop).await, "unmapped");
    assert!(page.body.len() < 400_000, "{}", page.body.len());
    let form = mapping(&clerk, &at).await.typed("number_column", "7");
    clerk.post(&form.action, &form.pairs()).await.expect(303);
    worked(&shop).await;
    assert_eq!(clerk.page(&at).await.texts_of(".import-lines tbody tr"), ["2 C1 Teapot 5 10 −5 5"]);
    assert_eq!(stocks(&shop), ["C1 10", "C2 10"]);
}

#[tokio::test]
async fn files_are_kept_until_somebody_decides_and_not_for_ever() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "count", TWO_COUNTS).await;
    assert_eq!(shop.number("select count(*) from import_files"), 1);
    clerk.post(&format!("{at}/removal"), &[]).await.expect(303);
    assert_eq!(shop.number("select count(*) from import_files"), 0);
    assert_eq!(state(&shop).await, "discarded");

    let (clear, open) = ("SKU,Count\nC1,5\n", &TWO_COUNTS.replace("60", "61"));
    let ready = read(&shop, &clerk, "count", clear).await;
    let unmapped = read(&shop, &clerk, "count", open).await;
    shop.execute("update imports set at = now() - interval '20 days'");
    let recent = read(&shop, &clerk, "count", "SKU,Count\nC1,7\n").await;
    shop.with(|conn| till::stock::drop_old_import_files(conn, chrono::Utc::now()));
    assert_eq!(shop.number("select count(*) from import_files"), 1);
    assert!(clerk.page(&recent).await.has(".import-change"));
    assert!(clerk.page(&unmapped).await.text_of(".import-state").contains("discarded"));
    let page = clerk.page(&ready).await;
    assert!(!page.has(".import-change") && page.text_of(".import-facts").contains("B · Count"), "{page}");
    confirm(&clerk, &ready).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 5", "C2 10"]);

    shop.execute(
        "insert into imports (token, staff_id, file_name, bytes, digest, mode, reason, state)
         select 'token-number-' || n || '-longer', staff_id, 'f', 1, repeat('a', 64), mode, reason, 'ready'
         from imports, generate_series(1, 60) n where id = 1;
         insert into import_files select id, 0, 'x' from imports where file_name = 'f'",
    );
    read(&shop, &clerk, "count", "SKU,Count\nC1,8\n").await;
    assert_eq!(
        shop.number("select count(distinct import_id) from import_files"),
        51,
        "50 and the one that has just come"
    );
}
