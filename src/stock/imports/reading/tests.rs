use super::{
    super::{
        choose_layout::{MappingHints, choose_layout, pick_sheet},
        headings::is_known,
        rules::ImportMode,
        sheet_sample::SheetSample,
    },
    *,
};
use std::{
    collections::HashSet,
    io::{Cursor, Seek, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Returns the lines of a file as texts `line code typed`, or the questions about its layout in brackets; or why it
/// cannot be read.
fn said(bytes: &[u8]) -> Result<Vec<String>, (UnreadableFile, Option<i32>)> {
    match lines_of(bytes) {
        Ok(lines) => Ok(lines),
        Err(ReadError::Unreadable(why, line)) => Err((why, line)),
        Err(other) => panic!("{other:?}"),
    }
}

fn lines_of(bytes: &[u8]) -> Result<Vec<String>, ReadError<()>> {
    let mut source = Source::open(file_of(bytes), is_known)?;
    let (names, tables) = (source.sheets(), SheetSample::beginnings(&mut source)?);
    let picked = pick_sheet(&tables, None);
    source.reset_size_limit();
    let table = SheetSample::read(&mut source, picked.sheet, false)?;
    let known = MappingHints { codes: &HashSet::new(), asked: None, remembered: None };
    let layout = choose_layout(ImportMode::Difference, names, picked, &table, &known);
    let layout = layout.map_err(|(why, line)| ReadError::Unreadable(why, line))?;
    let Some(plan) = layout.plan() else { return Ok(vec![format!("{:?}", layout.questions)]) };
    let mut lines = Vec::new();
    source.reset_size_limit();
    read(&mut source, plan, &mut |line: FileLine| {
        lines.push(format!("{} {} {}", line.line, line.code, line.typed));
        Ok(())
    })?;
    Ok(lines)
}

#[test]
fn text_is_read_with_any_separator_and_in_the_encodings_that_sheets_write() {
    let lines = Ok(vec!["2 A-1 5".to_owned(), "3 B,2 -3".to_owned()]);
    assert_eq!(said(b"SKU,Qty\nA-1,5\n\"B,2\",-3\n"), lines);
    assert_eq!(said("\u{feff}SKU;Qty\r\nA-1;5\r\nB,2;-3".as_bytes()), lines);
    assert_eq!(said(b"sep=\t\nSKU\tQty\nA-1\t5"), Ok(vec!["3 A-1 5".to_owned()]));
    assert_eq!(said(b"SKU\tQty\nA-1\t5\n"), Ok(vec!["2 A-1 5".to_owned()]));
    assert_eq!(said(b"SKU,Qty\rA-1,5\rB,6"), Ok(vec!["2 A-1 5".to_owned(), "3 B 6".to_owned()]));
    let chinese = "名称,编码,数量\n茶壶,A-1,5\n";
    let one = Ok(vec!["2 A-1 5".to_owned()]);
    assert_eq!(said(chinese.as_bytes()), one);
    assert_eq!(said(&encoding_rs::GBK.encode(chinese).0), one);
    let utf16: Vec<u8> = "\u{feff}编码\t数量\nA-1\t5\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(said(&utf16), one);
    let big: Vec<u8> = "SKU\tQty\nA-1\t5\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(said(&big), one);
    assert_eq!(
        said(b"SKU,Qty\n\n  ,\nA-1,5,more\nB\n'=1+1,'-5"),
        Ok(vec!["4 A-1 5,more".to_owned(), "5 B ".to_owned(), "6 =1+1 -5".to_owned(),])
    );
}

#[test]
fn what_is_no_list_of_stock_is_refused_with_a_reason() {
    assert_eq!(said(b""), Err((UnreadableFile::Empty, None)));
    assert_eq!(said(b"\n\n  \n"), Err((UnreadableFile::Empty, None)));
    assert_eq!(said(b"SKU,Qty\n"), Err((UnreadableFile::NoLines, None)));
    assert_eq!(said(b"A-1,5\nB,6\n"), Err((UnreadableFile::NoHeading, Some(1))));
    assert_eq!(said(b"SKU,Count\nA-1,5\n"), Ok(vec!["[OtherNumbers]".to_owned()]));
    assert_eq!(said(b"%PDF-1.7\n"), Err((UnreadableFile::Pdf, None)));
    assert_eq!(said(b"\xef\xbb\xbf <HTML><table>"), Err((UnreadableFile::WebPage, None)));
    assert_eq!(said(b"\x1f\x8b\x08\0"), Err((UnreadableFile::Archive, None)));
    assert_eq!(said(b"SKU,Qty\nA\0,5\n"), Err((UnreadableFile::NotATable, None)));
    assert_eq!(said(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err((UnreadableFile::NotATable, None)));
    assert_eq!(said(b"SKU,Qty\n\xff\xff,5\n"), Err((UnreadableFile::Encoding, None)));
    assert_eq!(said(b"\xff\xfeS\0K\0U\0,\0\x00\xd8,\0"), Err((UnreadableFile::Encoding, None)));
    assert_eq!(said(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Err((UnreadableFile::OldWorkbook, None)));
    let long = format!("SKU,Qty\nA-1,5\n{},1\n", "x".repeat(100_000));
    assert_eq!(said(long.as_bytes()), Err((UnreadableFile::LineTooLong, Some(3))));
    let unclosed = format!("SKU,Qty\n\"A-1,5\n{}", "B-2,5\n".repeat(20_000));
    assert_eq!(said(unclosed.as_bytes()), Err((UnreadableFile::LineTooLong, Some(2))));
    let many = format!("SKU,Qty\n{}", "A,1\n".repeat(MAX_FILE_LINES + 1));
    assert_eq!(said(many.as_bytes()).unwrap_err().0, UnreadableFile::TooManyLines);
}

#[test]
fn text_of_other_programs_is_read() {
    let one = Ok(vec!["2 A-1 5".to_owned()]);
    assert_eq!(said(b"SKU|Qty\nA-1|5\n"), one);
    for sep in ["sep=;", "\"sep=;\"", "SEP=;"] {
        assert_eq!(said(format!("{sep}\r\nSKU;Qty\r\nA-1;5").as_bytes()), Ok(vec!["3 A-1 5".to_owned()]), "{sep}");
    }
    assert_eq!(said(b"SKU,Qty\n=\"A-1\",5\n"), one);
    assert_eq!(said(b"SKU,Qty\n\"=\"\"A-1\"\"\",5\n"), one);
    assert_eq!(said(b"Delivery of May\n\nSKU;Qty\nA-1;5\n"), Ok(vec!["4 A-1 5".to_owned()]));
    let traditional = "名稱,編號,數量\n茶壺,A-1,5\n";
    assert_eq!(said(&encoding_rs::BIG5.encode(traditional).0), one);
    for name in ["Tasse caf\u{e9}", "Stra\u{df}e", "pi\u{f1}ata"] {
        let latin = encoding_rs::WINDOWS_1252.encode(&format!("SKU;Name;Qty\nA-1;{name};5\n")).0.into_owned();
        assert_eq!(said(&latin), one, "{name}");
    }
    let french = encoding_rs::WINDOWS_1252.encode("R\u{e9}f\u{e9}rence|Quantit\u{e9}\nA-1|5\n").0.into_owned();
    assert_eq!(said(&french), one);
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let sheet = format!(r#"<worksheet xmlns="{namespace}"><sheetData>{sheet}</sheetData></worksheet>"#);
    let strings = format!(r#"<sst xmlns="{namespace}">{strings}</sst>"#);
    book(&[("xl/sharedStrings.xml", strings.as_bytes()), ("xl/worksheets/sheet1.xml", sheet.as_bytes())])
}

const START: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Lists" sheetId="2" state="hidden" r:id="r0"/><sheet name="Stock" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/Sheet1.xml"/><Relationship Id="r0" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/lists.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="../xl/sharedStrings.xml"/></Relationships>"#;

/// Returns the file of a workbook with these parts. Its first sheet is hidden; its second sheet is the part
/// `sheet1.xml`.
fn book(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let types = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    let about: [(&str, &[u8]); 4] = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", START.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
    ];
    zipped(&[&about, parts].concat())
}

const SHEET: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>编码</t></is></c><c r="C1" t="s"><v>0</v></c></row>
    <row r="2"><c r="A2" t="s"><v>1</v></c><c r="C2"><v>5</v></c></row>
    <row r="4"><c r="A4"><v>4.006381333931E12</v></c><c r="C4"><f>1+1</f><v>2.5</v></c></row>
    <row r="5"><c r="C5"><v>-3</v></c></row>"#;
const STRINGS: &str = "<si><t>数量</t></si><si><t>A-1</t></si>";

#[test]
fn a_workbook_is_read_by_its_first_sheet() {
    let lines = ["2 A-1 5", "4 4006381333931 2.5", "5  -3"].map(str::to_owned).to_vec();
    assert_eq!(said(&workbook(SHEET, STRINGS)), Ok(lines));
}

#[test]
fn a_second_sheet_with_a_list_is_not_left_out_without_a_word() {
    let sheet = |rows: &str| format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let (first, strings) = (sheet(SHEET), format!("<sst>{STRINGS}</sst>"));
    let with = |other: &str| {
        let rels = RELATIONS.replace(
            "</Relationships>",
            r#"<Relationship Id="r3" Type="x/worksheet" Target="worksheets/more.xml"/></Relationships>"#,
        );
        let book = BOOK.replace("</sheets>", r#"<sheet name="More" sheetId="3" r:id="r3"/></sheets>"#);
        let other = sheet(other);
        said(&zipped(&[
            ("_rels/.rels", START.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/worksheets/sheet1.xml", first.as_bytes()),
            ("xl/worksheets/more.xml", other.as_bytes()),
        ]))
    };
    assert_eq!(with(SHEET), Ok(vec!["[Sheet]".to_owned()]));
    let heading = SHEET.split_once("</row>").map(|(heading, _)| format!("{heading}</row>")).unwrap();
    let notes = "<row><c t='str'><v>Please count twice.</v></c></row><row><c><v>5</v></c></row>";
    for other in ["", heading.as_str(), notes, "<row>", "</x>"] {
        assert!(with(other).is_ok(), "{other}");
    }
}

#[test]
fn cells_are_read_as_they_are_written_by_any_program() {
    let strings =
        r#"<si><r><t>B</t></r><r><t xml:space="preserve"> &amp; &#67;</t></r><rPh><t>bee</t></rPh></si><si/>"#;
    let sheet = r#"<x:row xmlns:x="x"><x:c t="str"><x:v>SKU</x:v></x:c><x:c t="str"><x:v>Qty</x:v></x:c></x:row>
        <row><c t="s"><v>0</v></c><c><v>7.0</v></c></row>
        <row><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row>
        <row><c t="str"><v><![CDATA[<D>]]></v></c><c><f>1+1</f></c></row>
        <row><c t="str"><v>E</v></c><c t="e"><v>#N/A</v></c></row>
        <row><c r="b9"><v>1</v></c><c r="A9" t="b"><v>1</v></c></row>"#;
    let lines = ["2 B & C 7", "4 <D> =1+1", "5 E #N/A", "6 TRUE 1"].map(str::to_owned).to_vec();
    assert_eq!(said(&workbook(sheet, strings)), Ok(lines));
}

#[test]
fn a_workbook_that_is_broken_is_refused() {
    let whole = workbook(SHEET, STRINGS);
    for end in [4, 30, whole.len() / 2, whole.len() - 10] {
        assert_eq!(said(&whole[..end]), Err((UnreadableFile::BrokenWorkbook, None)), "{end}");
    }
    assert_eq!(said(&zipped(&[("letter.txt", b"hello")])), Err((UnreadableFile::Archive, None)));
    let numbers: [(&str, &[u8]); 1] = [("Index/Document.iwa", b"")];
    assert_eq!(said(&zipped(&numbers)), Err((UnreadableFile::Numbers, None)));
    let binary: [(&str, &[u8]); 2] = [("[Content_Types].xml", b""), ("xl/workbook.bin", b"")];
    assert_eq!(said(&zipped(&binary)), Err((UnreadableFile::BinaryWorkbook, None)));
    assert_eq!(said(&book(&[])), Err((UnreadableFile::BrokenWorkbook, None)));
    for sheet in [
        "<row><c><v>1</v>",
        "</row>",
        "<row r='2'/><row r='1'/>",
        "<row><c t='str'><v>&nothing;</v></c></row>",
        "<row><c t='str'><v>\u{0}&#xD800;</v></c></row>",
    ] {
        assert_eq!(said(&workbook(sheet, "")), Err((UnreadableFile::BrokenWorkbook, None)), "{sheet}");
    }
    let cut = "<worksheet><sheetData><row><c t='str'><v>SKU</v></c><c t='str'><v>Qty</v></c></row>";
    let cut = book(&[("xl/worksheets/sheet1.xml", cut.as_bytes())]);
    assert_eq!(said(&cut), Err((UnreadableFile::BrokenWorkbook, None)));
    for strings in ["<si><t>", "<si><t>\u{1}</t></si></sst><sst>"] {
        assert!(said(&workbook("", strings)).is_err(), "{strings}");
    }
}

#[test]
fn a_workbook_that_holds_too_much_is_refused() {
    const MEGABYTE: usize = 1024 * 1024;
    let spaces = " ".repeat(MEGABYTE);
    let refused = Err((UnreadableFile::TooLargeInside, None));
    // A long text, tag and comment; many small elements; texts that are not closed.
    assert_eq!(said(&workbook(&spaces, "")), refused);
    assert_eq!(said(&workbook(&format!("<row {spaces}/>"), "")), refused);
    assert_eq!(said(&workbook(&format!("<!--{}-->", "<>".repeat(MEGABYTE)), "")), refused);
    assert_eq!(said(&workbook(SHEET, &spaces)), refused);
    let many = format!("{}<a/>", &spaces[..MEGABYTE / 5]).repeat(900);
    let bomb = workbook(&many, "");
    assert!(bomb.len() < MEGABYTE);
    assert_eq!(said(&bomb), refused);
    let texts = format!("<si><t>{}</t></si>", "x".repeat(800)).repeat(64 * 1024);
    assert_eq!(said(&workbook(SHEET, &texts)), refused);
    assert_eq!(said(&workbook(SHEET, &"<si/>".repeat(1_000_001))), refused);

    let deep = workbook(&"<a>".repeat(MEGABYTE), "");
    assert_eq!(said(&deep), Err((UnreadableFile::BrokenWorkbook, None)));
    let names: Vec<String> = (0..2_001).map(|n| n.to_string()).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    assert_eq!(said(&book(&parts)), refused);
}

#[test]
fn what_a_workbook_says_of_itself_is_not_believed() {
    // Declares more texts than fit into memory.
    let lines = ["2 A-1 5", "4 4006381333931 2.5", "5  -3"].map(str::to_owned).to_vec();
    let strings = format!("<sst count='9' uniqueCount='{}'>{STRINGS}</sst>", u64::MAX);
    let sheet = format!("<worksheet><dimension ref='A1:XFD1048576'/><sheetData>{SHEET}</sheetData></worksheet>");
    let parts = [("xl/sharedStrings.xml", strings.as_bytes()), ("xl/worksheets/sheet1.xml", sheet.as_bytes())];
    assert_eq!(said(&book(&parts)), Ok(lines));

    // A part that declares a smaller size than it has.
    let size = 2 * 1024 * 1024;
    let mut liar = workbook(&" ".repeat(size), "");
    for at in 0..liar.len() - 4 {
        let said = u32::from_le_bytes(liar[at..at + 4].try_into().unwrap());
        if (size..size + 1_000).contains(&usize::try_from(said).unwrap()) {
            liar[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
    }
    let refused = said(&liar).unwrap_err().0;
    assert!(matches!(refused, UnreadableFile::TooLargeInside | UnreadableFile::BrokenWorkbook), "{refused:?}");
}
