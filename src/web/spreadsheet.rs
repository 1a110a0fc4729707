//! Tables as files for spreadsheets, written row by row: CSV, or a workbook (XLSX, ECMA-376).

use rust_decimal::Decimal;
use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

use super::csv::{BYTE_ORDER_MARK, csv_row};
use crate::kernel::{codes, text};

codes! {
    pub enum SheetFormat {
        Csv = "csv",
        Xlsx = "xlsx",
    }
}

impl SheetFormat {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A cell of a table. A text is never taken for a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Count(i64),
    Amount(Decimal),
    Empty,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a cell with the text; an empty one for `None`.
    pub fn of(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }

    fn to_plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Amount(amount) => format!("{amount:.2}"),
            Self::Empty => String::new(),
        }
    }
}

/// Writes a table to memory, from which the caller takes the bytes in pieces.
pub enum SheetWriter {
    Csv(Vec<u8>),
    Xlsx(Box<Workbook>),
}

impl SheetWriter {
    /// Begins a table with the names of its columns.
    ///
    /// # Errors
    /// Those of the compression of a workbook.
    pub fn new(format: SheetFormat, head: &[&str]) -> io::Result<Self> {
        let cells = head.iter().map(|name| Cell::text(*name)).collect();
        match format {
            SheetFormat::Csv => {
                let row = csv_row(head.iter().copied());
                Ok(Self::Csv(format!("{BYTE_ORDER_MARK}{row}").into_bytes()))
            }
            SheetFormat::Xlsx => Workbook::new(cells).map(|workbook| Self::Xlsx(Box::new(workbook))),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Those of the compression of a workbook.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        match self {
            Self::Csv(bytes) => {
                let texts: Vec<String> = cells.iter().map(Cell::to_plain).collect();
                bytes.extend_from_slice(csv_row(texts.iter().map(String::as_str)).as_bytes());
                Ok(())
            }
            Self::Xlsx(workbook) => workbook.row(cells),
        }
    }

    /// Returns the bytes that were written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(bytes) => mem::take(bytes),
            Self::Xlsx(workbook) => workbook.bytes.take(),
        }
    }

    /// Ends the table and returns the last bytes.
    ///
    /// # Errors
    /// Those of the compression of a workbook.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(bytes) => Ok(bytes),
            Self::Xlsx(workbook) => workbook.finish(),
        }
    }
}

/// The memory to which a workbook is written.
#[derive(Clone, Default)]
struct SharedBytes(Arc<Mutex<Vec<u8>>>);

impl SharedBytes {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for SharedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The maximum number of rows of a sheet that Excel opens.
const MAX_ROWS: usize = 1_048_576;

/// A workbook whose rows are compressed and sent while later rows are still being loaded. Rows that do not fit on a
/// sheet follow on another one.
pub struct Workbook {
    zip: ZipWriter<StreamWriter<SharedBytes>>,
    bytes: SharedBytes,
    head: Vec<Cell>,
    sheets: usize,
    /// The number of rows on the current sheet.
    rows: usize,
    max_rows: usize,
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const DOCUMENT_RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE_RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const CONTENT_TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const SHEET_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

impl Workbook {
    fn new(head: Vec<Cell>) -> io::Result<Self> {
        Self::with_sheets_of(MAX_ROWS, head)
    }

    fn with_sheets_of(max_rows: usize, head: Vec<Cell>) -> io::Result<Self> {
        let bytes = SharedBytes::default();
        let zip = ZipWriter::new_stream(bytes.clone());
        let mut workbook = Self { zip, bytes, head, sheets: 0, rows: 0, max_rows };
        workbook.begin_sheet()?;
        Ok(workbook)
    }

    fn begin_part(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        self.zip.start_file(name, options)?;
        self.zip.write_all(DECLARATION.as_bytes())
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        self.rows = 0;
        self.begin_part(&format!("xl/worksheets/sheet{}.xml", self.sheets))?;
        write!(self.zip, "<worksheet xmlns=\"{MAIN}\"><sheetData>")?;
        let head = self.head.clone();
        self.write_row(&head)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.zip.write_all(b"</sheetData></worksheet>")
    }

    fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        if self.rows >= self.max_rows {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.write_row(cells)
    }

    fn write_row(&mut self, cells: &[Cell]) -> io::Result<()> {
        self.rows += 1;
        let mut row = String::from("<row>");
        for cell in cells {
            match cell {
                Cell::Empty => row.push_str("<c/>"),
                Cell::Count(count) => row.push_str(&format!("<c><v>{count}</v></c>")),
                Cell::Amount(amount) => row.push_str(&format!("<c s=\"1\"><v>{amount:.2}</v></c>")),
                Cell::Text(text) => {
                    row.push_str("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
                    row.push_str(&escaped(text));
                    row.push_str("</t></is></c>");
                }
            }
        }
        row.push_str("</row>");
        self.zip.write_all(row.as_bytes())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        let (mut sheets, mut relations, mut types) = (String::new(), String::new(), String::new());
        for n in 1..=self.sheets {
            sheets.push_str(&format!("<sheet name=\"{n}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"));
            relations.push_str(&format!(
                "<Relationship Id=\"rId{n}\" Type=\"{DOCUMENT_RELATIONS}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            ));
            types.push_str(&format!(
                "<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"{SHEET_TYPE}.worksheet+xml\"/>"
            ));
        }
        self.begin_part("xl/workbook.xml")?;
        write!(
            self.zip,
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{DOCUMENT_RELATIONS}\"><sheets>{sheets}</sheets></workbook>"
        )?;
        self.begin_part("xl/styles.xml")?;
        // The second format shows two decimals (numFmtId 2 is 0.00).
        write!(
            self.zip,
            "<styleSheet xmlns=\"{MAIN}\"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>\
             <cellStyleXfs><xf/></cellStyleXfs>\
             <cellXfs><xf/><xf numFmtId=\"2\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
        )?;
        self.begin_part("xl/_rels/workbook.xml.rels")?;
        write!(
            self.zip,
            "<Relationships xmlns=\"{PACKAGE_RELATIONS}\">{relations}\
             <Relationship Id=\"styles\" Type=\"{DOCUMENT_RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
        )?;
        self.begin_part("_rels/.rels")?;
        write!(
            self.zip,
            "<Relationships xmlns=\"{PACKAGE_RELATIONS}\">\
             <Relationship Id=\"rId1\" Type=\"{DOCUMENT_RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/>\
             </Relationships>"
        )?;
        self.begin_part("[Content_Types].xml")?;
        write!(
            self.zip,
            "<Types xmlns=\"{CONTENT_TYPES}\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Override PartName=\"/xl/workbook.xml\" ContentType=\"{SHEET_TYPE}.sheet.main+xml\"/>\
             <Override PartName=\"/xl/styles.xml\" ContentType=\"{SHEET_TYPE}.styles+xml\"/>{types}</Types>"
        )?;
        let bytes = self.bytes.clone();
        self.zip.finish()?;
        Ok(bytes.take())
    }
}

/// Returns the text without invisible characters, as XML.
fn escaped(said: &str) -> String {
    text::clean(said).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    use super::*;

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = ZipArchive::new(Cursor::new(file.to_vec())).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_csv_file_has_a_mark_numbers_and_no_formulas() {
        let mut sheet = SheetWriter::new(SheetFormat::Csv, &["Order", "Net"]).unwrap();
        sheet.row(&[Cell::text("=1+1"), Cell::Amount(Decimal::new(-1250, 2))]).unwrap();
        sheet.row(&[Cell::Empty, Cell::Count(-3)]).unwrap();
        let text = String::from_utf8(sheet.finish().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}Order,Net\r\n\"'=1+1\",\"-12.50\"\r\n,-3\r\n");
    }

    #[test]
    fn a_workbook_comes_in_pieces_and_goes_on_on_another_sheet() {
        let mut workbook = Workbook::with_sheets_of(2, vec![Cell::text("Name")]).unwrap();
        let mut file = workbook.bytes.take();
        for name in ["=1+1", "a < b & \u{1}c"] {
            workbook.row(&[Cell::text(name), Cell::Amount(Decimal::new(5, 0))]).unwrap();
            file.extend(workbook.bytes.take());
        }
        file.extend(workbook.finish().unwrap());
        let second = part(&file, "xl/worksheets/sheet2.xml");
        assert!(second.contains("<t xml:space=\"preserve\">a &lt; b &amp; c</t>"), "{second}");
        assert!(second.contains("<c s=\"1\"><v>5.00</v></c>"), "{second}");
        let first = part(&file, "xl/worksheets/sheet1.xml");
        assert!(first.contains("<t xml:space=\"preserve\">=1+1</t>") && first.ends_with("</worksheet>"), "{first}");
        for name in
            ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
        {
            assert!(part(&file, name).starts_with("<?xml"), "{name}");
        }
        assert!(part(&file, "xl/workbook.xml").contains("r:id=\"rId2\""));
    }
}
