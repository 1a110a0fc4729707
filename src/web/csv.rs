use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::kernel::text;

/// The byte order mark. At the start of a file, it makes Excel read the file as UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Returns a response of status 200, still without a body, that browsers save as a CSV file of this name.
pub fn csv_download(name: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    response
}

/// Returns one line of a CSV file with its line end, without invisible characters. A cell that a spreadsheet would
/// take for a formula is prefixed with an apostrophe (CSV injection), except signed numbers. All cells of a line are
/// quoted if one of them starts with a formula or has a separator of other spreadsheets.
pub fn csv_row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<_> = cells.into_iter().map(text::clean).collect();
    let is_risky = cells.iter().any(|cell| is_formula(cell) || cell.contains(OTHER_SEPARATORS));
    let style = if is_risky { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut writer = WriterBuilder::new().quote_style(style).terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(cells.iter().map(|cell| without_formulas(cell)));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Characters that make a spreadsheet take a cell for a formula if it starts with one. The full-width ones are typed
/// on Chinese keyboards, and some spreadsheets treat them alike.
const BEGIN_FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Separators that some spreadsheets split cells at instead of the comma, even inside quotes.
const OTHER_SEPARATORS: [char; 2] = [';', '\t'];

fn is_number(cell: &str) -> bool {
    let number = cell.strip_prefix(['+', '-']).unwrap_or_default();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    [whole, decimals].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(BEGIN_FORMULAS) && !is_number(cell)
}

/// Returns the cell with an apostrophe before each formula in it: at its start, or after a character that another
/// spreadsheet takes for a separator.
fn without_formulas(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len() + 1);
    if is_formula(cell) {
        safe.push('\'');
    }
    let mut before = None;
    for sign in cell.chars() {
        let is_separated = before.is_some_and(|before| OTHER_SEPARATORS.contains(&before));
        if is_separated && BEGIN_FORMULAS.contains(&sign) {
            safe.push('\'');
        }
        safe.push(sign);
        before = Some(sign);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::csv_row;

    #[test]
    fn a_cell_is_never_a_formula_and_never_more_than_one_cell() {
        assert_eq!(csv_row(["A-1", "Tea, green", "12"]), "A-1,\"Tea, green\",12\r\n");
        assert_eq!(csv_row(["a\"b", "a\nb", ""]), "\"a\"\"b\",\"a\nb\",\r\n");
        assert_eq!(csv_row(["-11", "+5", "-12.50"]), "-11,+5,-12.50\r\n");
        assert_eq!(csv_row(["\u{202e}Mei", "\u{200b}=1+1"]), "\"Mei\",\"'=1+1\"\r\n");
        assert_eq!(csv_row(["tea;=1+1", "a; b"]), "\"tea;'=1+1\",\"a; b\"\r\n");
        assert_eq!(csv_row(["tea\t=1+1", "-5", ""]), "\"tea\t'=1+1\",\"-5\",\"\"\r\n");
        assert_eq!(csv_row(["\t=1"]), "\"'\t'=1\"\r\n");
        for formula in ["=1+1", "+1+1", "-1-A1", "-1.2.3", "-.5", "+", "@SUM(A1)", "\r=1", "＝1+1", "＠SUM(A1)"] {
            assert_eq!(csv_row([formula]), format!("\"'{formula}\"\r\n"));
        }
    }
}
