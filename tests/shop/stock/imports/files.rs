//! Downloaded files can be imported again with the meaning that they had.

use super::{confirm, make_skus, read, send_as, stocks, worked};
use crate::support::TestShop;

#[tokio::test]
async fn a_sheet_lists_the_skus_with_an_empty_column_and_comes_back_filled_in() {
    let shop = TestShop::open().await;
    make_skus(&shop, 4, 10);
    shop.execute("update spus set name = '=HYPERLINK(\"http://evil\")'");
    let clerk = shop.clerk("clerk").await;
    for (mode, head, filled, after) in [
        ("difference", "Change", ["", "5", "", "-3"], ["C1 10", "C2 15", "C3 10", "C4 7"]),
        ("count", "Count", ["8", "", "0", "7"], ["C1 8", "C2 15", "C3 0", "C4 7"]),
    ] {
        let sheet = clerk.page(&format!("/admin/imports/sheet?mode={mode}")).await;
        assert!(sheet.header("content-disposition").contains(&format!("stock-{mode}.csv")));
        let lines: Vec<&str> = sheet.body.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], format!("SKU code,Name,Options,Stock now,{head}"));
        assert_eq!(lines.len(), 5);
        assert!(lines[4].contains("'=HYPERLINK"), "{}", lines[4]);
        let empty = lines[1..].iter().map(|line| line.strip_suffix("\"\"").unwrap());
        let filled: Vec<String> = empty.zip(filled).map(|(line, number)| format!("{line}{number}")).collect();
        let file = format!("{}\r\n{}\r\n", lines[0], filled.join("\r\n"));
        let at = read(&shop, &clerk, mode, &file).await;
        assert!(clerk.page(&at).await.text_of(".import-state").contains("2 lines would change stock"));
        assert_eq!(clerk.page(&format!("{at}?show=failed")).await.texts_of(".import-lines tbody tr").len(), 0);
        confirm(&clerk, &at).await.expect(303);
        worked(&shop).await;
        assert_eq!(stocks(&shop), after);
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_sheet_of_a_category_lists_no_other_and_the_wrong_sheet_changes_nothing() {
    let shop = TestShop::open().await;
    make_skus(&shop, 2, 10);
    shop.execute("insert into categories (slug, name) values ('light', 'Light')");
    let other = shop.make_spu_in("light", "Lamp");
    shop.make_sku_of(other, 3, "9.00");
    let (before, clerk) = (stocks(&shop), shop.clerk("clerk").await);
    assert!(clerk.page("/admin/imports/new").await.has("#category option[value=things]"));
    let lines = |page: &str| page.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let tea = clerk.page("/admin/imports/sheet?mode=difference&category=things").await;
    assert_eq!(lines(&tea.body), ["C1,Teapot,,10,", "C2,Teapot,,10,"]);
    assert_eq!(lines(&clerk.page("/admin/imports/sheet").await.body).len(), 3);
    assert_eq!(lines(&clerk.page("/admin/imports/sheet?category=none&mode=%00").await.body).len(), 0);

    for (mode, file, words) in [
        ("count", tea.body.replace("10,", "10,4"), "say how many came or went"),
        ("difference", tea.body.replace("Change", "Count"), "are counts"),
        ("difference", tea.body.replace("Change", "Colour"), "must name the columns"),
    ] {
        let at = read(&shop, &clerk, mode, &file).await;
        let page = clerk.page(&at).await;
        assert!(page.text_of(".notice-error").contains(words), "{page}");
    }
    assert_eq!(stocks(&shop), before);
}

#[tokio::test]
async fn the_failed_lines_are_mended_and_sent_again() {
    let shop = TestShop::open().await;
    make_skus(&shop, 3, 10);
    let clerk = shop.clerk("clerk").await;
    let at = read(&shop, &clerk, "difference", "SKU code,Change\nC1,5\nC2,-11\nC3,two\n").await;
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    let failed = clerk.page(&format!("{at}/failed.csv")).await.body;
    assert!(failed.contains("3,C2,-11,"), "{failed}");
    let mended = failed.replace("-11", "-1").replace("two", "2");
    let at = read(&shop, &clerk, "difference", &mended).await;
    confirm(&clerk, &at).await.expect(303);
    worked(&shop).await;
    assert_eq!(stocks(&shop), ["C1 15", "C2 9", "C3 12"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn sheets_in_other_encodings_are_read() {
    let shop = TestShop::open().await;
    make_skus(&shop, 1, 10);
    let clerk = shop.clerk("clerk").await;
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let gbk = b"SKU \xb1\xe0\xc2\xeb;\xd4\xf6\xbc\xf5\xca\xfd\xc1\xbf\r\nC1;3\r\n";
    for (n, file) in [utf16("\u{feff}SKU code\tChange\r\nC1\t3\r\n"), utf16("SKU code\tChange\nC1\t3"), gbk.to_vec()]
        .into_iter()
        .enumerate()
    {
        let sent = send_as(&clerk, "stock.txt", &file, &[("mode", "difference")]).await.expect(303);
        worked(&shop).await;
        confirm(&clerk, sent.location()).await.expect(303);
        worked(&shop).await;
        assert_eq!(stocks(&shop), [format!("C1 {}", 13 + 3 * n)]);
    }
    shop.assert_reconciled();
}
