//! Malicious files, and crashes while an import is running.

use diesel::connection::SimpleConnection;
use reqwest::{Method, header::CONTENT_TYPE};
use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{NO_PASSWORD, confirm, make_skus, send, send_as, stocks, worked};
use crate::support::{Browser, Database, PASSWORD, RedisServer, TestShop, TillServer, until};

const MEGABYTE: usize = 1024 * 1024;

/// A workbook with these parts and the part that names its sheet.
pub(super) fn workbook(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let relations: &[u8] = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>"#;
    let book: &[u8] = br#"<workbook><sheets><sheet name="Stock" r:id="r1"/></sheets></workbook>"#;
    zipped(&[&[("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", relations)], parts].concat())
}

pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(rows: &str) -> Vec<u8> {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes()
}

const ROWS: &str =
    "<row><c t='str'><v>SKU</v></c><c t='str'><v>Qty</v></c></row><row><c t='str'><v>C1</v></c><c><v>5</v></c></row>";

/// Each file with the message about it, in both languages.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let good = workbook(&[("xl/sheet.xml", &sheet(ROWS))]);
    let bomb = format!("<a>{}</a>", " ".repeat(MEGABYTE / 5)).repeat(900);
    let texts = format!("<sst>{}</sst>", "<si/>".repeat(1_000_001));
    let entries = [b"PK\x03\x04".as_slice(), &[b"PK\x01\x02".as_slice(), &[0; 42]].concat().repeat(400_000)].concat();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let broken = ("broken or cut off", "已损坏或不完整");
    let large = ("far more than a stock list", "内容过大");
    let endless = ("no end", "该行过长");
    let case = |name, file: Vec<u8>, words: (&'static str, &'static str)| (name, file, words.0, words.1);
    vec![
        case("empty.csv", Vec::new(), ("The file is empty", "文件是空的")),
        case("blank.csv", b"\n".repeat(19 * MEGABYTE), ("The file is empty", "文件是空的")),
        case("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), ("no table", "不是表格文件")),
        case("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), ("old kind", "旧格式")),
        case("plain.csv", b"C1,5\nC2,6\n".to_vec(), ("Line 1. The first line must name", "第 1 行。 第一行必须是列名")),
        case("heading.csv", b"SKU,Qty\n".to_vec(), ("there is nothing", "下面没有内容")),
        case("encoding.csv", b"SKU,Qty\n\xff\xff,1\n".to_vec(), ("could not be read", "无法识别文字编码")),
        case("cut16.txt", [utf16("\u{feff}SKU\tQty\nC1\t5"), vec![b'1']].concat(), ("could not be read", "无法识别")),
        case("long.csv", [b"SKU,Qty\n".to_vec(), vec![b'1'; 19 * MEGABYTE]].concat(), endless),
        case("quote.csv", format!("SKU,Qty\n\"C1,5\n{}", "C2,5\n".repeat(3 * MEGABYTE)).into_bytes(), endless),
        case("long16.txt", utf16(&"1".repeat(9 * MEGABYTE)), endless),
        case(
            "many.csv",
            format!("SKU,Qty\n{}", "C1,1\n".repeat(200_001)).into_bytes(),
            ("more than 200,000 lines", "超过 200,000 行"),
        ),
        case("cut.xlsx", good[..good.len() / 2].to_vec(), broken),
        case("end.xlsx", good[..good.len() - 1].to_vec(), broken),
        case("other.xlsx", workbook(&[]), broken),
        case("deep.xlsx", workbook(&[("xl/sheet.xml", &sheet(&"<a>".repeat(20 * MEGABYTE)))]), broken),
        case("bomb.xlsx", workbook(&[("xl/sheet.xml", &sheet(&bomb))]), large),
        case("text.xlsx", workbook(&[("xl/sheet.xml", &sheet(&" ".repeat(150 * MEGABYTE)))]), large),
        case("texts.xlsx", workbook(&[("xl/strings.xml", texts.as_bytes()), ("xl/sheet.xml", &sheet(ROWS))]), large),
        case("parts.xlsx", entries, large),
    ]
}

/// The program in a process of its own.
struct Program {
    server: TillServer,
    /// Only keeps the server running.
    _redis: RedisServer,
    database: Database,
}

impl Program {
    async fn open() -> Self {
        let (database, redis) = (Database::migrated(), RedisServer::lasting());
        let mut server = TillServer::new(&database.url, &redis.url(), &NO_PASSWORD);
        server.resume().await;
        Self { server, _redis: redis, database }
    }

    async fn clerk(&self) -> Browser {
        self.database.make_staff("clerk");
        let clerk = Browser::at(&self.server.url());
        clerk.sign_in("clerk", PASSWORD).await.expect(303);
        clerk
    }

    async fn until_none_is(&self, state: &str, file: &str) {
        let question = format!("select count(*) from imports where state = '{state}'");
        until(file, || self.database.number(&question) == 0).await;
    }
}

#[tokio::test]
async fn bad_files_get_a_clear_answer_in_both_languages_and_little_memory_and_change_nothing() {
    let program = Program::open().await;
    make_skus(&program.database, 2, 10);
    let (before, clerk) = (stocks(&program.database), program.clerk().await);
    let memory = program.server.most_memory();
    for (name, file, english, chinese) in hostile() {
        assert!(file.len() <= 20 * MEGABYTE, "{name}");
        let at = send_as(&clerk, name, &file, &[("mode", "difference")]).await.expect(303).location().to_owned();
        program.until_none_is("reading", name).await;
        for (language, words) in [("en", english), ("zh", chinese)] {
            clerk.post("/language", &[("language", language)]).await.expect(303);
            let page = clerk.page(&at).await;
            assert!(page.text_of(".notice-error").contains(words), "{name}: {page}");
        }
        let grown = program.server.most_memory() - memory;
        assert!(grown < 300, "{name}: {grown} MB");
        confirm(&clerk, &at).await.expect(303);
    }
    let database = &program.database;
    assert_eq!(stocks(database), before);
    for table in ["import_files", "import_rows"] {
        assert_eq!(database.number(&format!("select count(*) from {table}")), 0);
    }
    assert_eq!(database.number("select max(attempts) from imports"), 1, "none of them took the shop down");
}

#[tokio::test]
async fn what_a_workbook_says_of_itself_or_of_other_files_is_not_believed() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let (before, clerk) = (stocks(&shop), shop.clerk("clerk").await);
    let row = |code: &str| format!("<row><c t='str'><v>{code}</v></c><c><v>5</v></c></row>");
    let head = "<row><c t='str'><v>SKU</v></c><c t='str'><v>Qty</v></c></row>";
    let laughs: String = (1..30).fold(String::from("<!ENTITY e0 'ha'>"), |all, n| {
        all + &format!("<!ENTITY e{n} '&e{0};&e{0};&e{0};&e{0};'>", n - 1)
    });
    for (name, before_it, rows) in [
        (
            "outside",
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
            head.to_owned() + &row("&e;") + &row("C1"),
        ),
        ("laughs", &*format!("<!DOCTYPE x [{laughs}]>"), head.to_owned() + &row("&e29;") + &row("C1")),
    ] {
        let file = [before_it.as_bytes(), &sheet(&rows)].concat();
        let at = send_as(&clerk, name, &workbook(&[("xl/sheet.xml", &file)]), &[("mode", "difference")]).await;
        worked(&shop).await;
        let at = at.expect(303);
        let page = clerk.page(at.location()).await;
        let failed = clerk.page(&format!("{}?show=failed", at.location())).await;
        assert!(!page.body.contains("root:") && !failed.body.contains("root:"), "{name}");
        assert!(page.body.len() < 60_000 && failed.body.len() < 60_000, "{name}");
    }
    let wide = "<dimension ref='A1:XFD1048576'/><cols><col min='1' max='16384'/></cols>";
    let far = "<row r='1048577'><c r='ZZZZZZ1048577' t='str'><v>C1</v></c><c r='B1048577'><v>1</v></c></row>";
    let file = format!("<worksheet>{wide}<sheetData>{head}{}{far}</sheetData></worksheet>", row("C1"));
    let at =
        send_as(&clerk, "wide.xlsx", &workbook(&[("xl/sheet.xml", file.as_bytes())]), &[("mode", "difference")]).await;
    worked(&shop).await;
    clerk.page(at.expect(303).location()).await;
    assert_eq!(stocks(&shop), before, "nothing happens unless somebody confirms it");
}

#[tokio::test]
async fn what_is_no_form_with_a_file_is_refused_and_what_was_typed_is_kept() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    let (before, clerk) = (stocks(&shop), shop.clerk("clerk").await);
    let none = send_as(&clerk, "", b"", &[("mode", "count"), ("note", "Pallet 7")]).await.expect(422);
    assert!(none.text_of("#file-error").contains("choose a file"), "{none}");
    assert_eq!(none.attribute_of("#note", "value"), "Pallet 7");
    assert!(none.has("[name=mode][value=count][checked]"));
    let huge = vec![b'1'; 20 * MEGABYTE + 1];
    for (language, words) in [("zh", "文件超过 20 MB"), ("en", "larger than 20 MB")] {
        clerk.post("/language", &[("language", language)]).await.expect(303);
        let huge = send_as(&clerk, "huge.csv", &huge, &[("mode", "difference")]).await.expect(422);
        assert!(huge.text_of("#file-error").contains(words), "{huge}");
    }
    let wrong = send_as(&clerk, "a.csv", b"SKU,Qty\nC1,1", &[("mode", "x"), ("reason", "theft"), ("note", "a\u{7}b")]);
    assert_eq!(wrong.await.expect(422).texts_of(".error-summary li").len(), 3);
    assert!(matches!(clerk.post("/admin/imports", &[("mode", "difference")]).await.status, 400 | 422));
    for body in
        ["", "--border", "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nSKU,Qty"]
    {
        let request = clerk.request(Method::POST, "/admin/imports").header("sec-fetch-site", "same-origin");
        let cut_off = request.header(CONTENT_TYPE, "multipart/form-data; boundary=border").body(body);
        assert_eq!(clerk.send(cut_off).await.status, 400, "{body}");
    }
    clerk.get("/admin/imports/99").await.expect(404);
    clerk.get("/admin/imports/99/failed.csv").await.expect(404);
    for path in ["confirmation", "removal", "successor"] {
        clerk.post(&format!("/admin/imports/99/{path}"), &[]).await.expect(404);
    }
    worked(&shop).await;
    assert_eq!(shop.number("select count(*) from imports"), 0);
    assert_eq!(stocks(&shop), before);
}

#[tokio::test]
async fn numbers_that_no_shelf_holds_fail_line_by_line() {
    let shop = TestShop::open().await;
    make_skus(&shop, 9, 10);
    let clerk = shop.clerk("clerk").await;
    let numbers = ["-11", "1.5", "99999999999999999999", "=1+1", "1e3", "1,5", "０", "-", "+3"];
    let mut file = String::from("SKU;Change\n");
    (1..).zip(numbers).for_each(|(n, number)| writeln!(file, "C{n};{number}").unwrap());
    let at = send(&clerk, "difference", &file).await;
    worked(&shop).await;
    let failed = clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr");
    // A full-width zero is a zero, and changes nothing.
    assert_eq!(failed.len(), 7, "{failed:?}");
    assert!(failed[0].contains("There are 10: stock cannot go below zero."), "{failed:?}");
    assert!(failed[2].contains("at most 1,000,000"), "{failed:?}");
    assert_eq!(failed.iter().filter(|row| row.contains("This is not a whole number.")).count(), 5, "{failed:?}");
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(shop.texts("select code from skus where stock <> 10"), ["C9"]);
    let csv = clerk.page(&format!("{at}/failed.csv")).await.body;
    assert!(csv.contains("\"'=1+1\""), "{csv}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_shop_that_is_killed_in_the_middle_of_an_import_goes_on_with_it() {
    let mut program = Program::open().await;
    make_skus(&program.database, 3_000, 10);
    let clerk = program.clerk().await;
    let mut file = String::from("SKU,Change\n");
    (1..=3_000).for_each(|n| writeln!(file, "C{n},{}", n % 5 + 1).unwrap());
    let at = send(&clerk, "difference", &file).await;
    program.until_none_is("reading", "the file").await;

    for held in [1_300, 2_200] {
        let mut hold = program.database.connect();
        hold.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();
        if held == 1_300 {
            confirm(&clerk, &at).await.expect(303);
        } else {
            program.server.resume().await;
        }
        program.database.somebody_waits().await;
        program.server.kill();
        drop(hold);
        let through = i64::from(held) / 500 * 500;
        assert_eq!(program.database.number("select applied_count from imports"), through);
        let moved = "select count(*) from stock_movements where staff_id is not null";
        until("what was in hand is undone", || {
            program.database.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == 0
        })
        .await;
        assert_eq!(program.database.number(moved), through);
    }
    program.server.resume().await;
    program.until_none_is("applying", "the file").await;
    let page = clerk.page(&at).await;
    assert!(page.text_of(".import-state").contains("3,000 lines were applied"), "{page}");
    assert_eq!(program.database.number("select count(*) from skus where stock <> 10 + id % 5 + 1"), 0);
    assert_eq!(program.database.number("select count(*) from stock_movements where staff_id is not null"), 3_000);
    assert_eq!(program.database.number("select count(*) from audit_log where action = 'finish_import'"), 1);
    program.database.assert_reconciled();
}
