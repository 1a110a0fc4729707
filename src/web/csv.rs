use crate::kernel::text;

/// The byte order mark. At the start of a file, it makes Excel read the file as UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Returns one line of a CSV file with its line end, without invisible characters. A cell that a spreadsheet would
/// take for a formula is prefixed with an apostrophe (CSV injection), except signed integers.
pub fn csv_row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            row.push(',');
        }
        push_cell(&mut row, &text::clean(cell));
    }
    row.push_str("\r\n");
    row
}

/// Characters that make a spreadsheet take a cell for a formula if it starts with one. The full-width ones are typed
/// on Chinese keyboards, and some spreadsheets treat them alike.
const BEGIN_FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

fn is_whole_number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn push_cell(row: &mut String, cell: &str) {
    let formula = cell.starts_with(BEGIN_FORMULAS) && !is_whole_number(cell);
    let quoted = formula || cell.contains(['"', ',', ';', '\t', '\n', '\r']);
    if !quoted {
        row.push_str(cell);
        return;
    }
    row.push('"');
    if formula {
        row.push('\'');
    }
    let mut before = None;
    for (at, sign) in cell.chars().enumerate() {
        // A spreadsheet with another separator may start a new cell here, even inside quotes.
        if (at > 1 || !formula) && matches!(before, Some(';' | '\t')) && BEGIN_FORMULAS.contains(&sign) {
            row.push('\'');
        }
        if sign == '"' {
            row.push('"');
        }
        row.push(sign);
        before = Some(sign);
    }
    row.push('"');
}

#[cfg(test)]
mod tests {
    use super::csv_row;

    #[test]
    fn a_cell_is_never_a_formula_and_never_more_than_one_cell() {
        assert_eq!(csv_row(["A-1", "Tea, green", "12"]), "A-1,\"Tea, green\",12\r\n");
        assert_eq!(csv_row(["a\"b", "a\nb", ""]), "\"a\"\"b\",\"a\nb\",\r\n");
        assert_eq!(csv_row(["-11", "+5"]), "-11,+5\r\n");
        assert_eq!(csv_row(["\u{202e}Mei", "\u{200b}=1+1"]), "Mei,\"'=1+1\"\r\n");
        assert_eq!(csv_row(["tea;=1+1", "a; b"]), "\"tea;'=1+1\",\"a; b\"\r\n");
        for formula in ["=1+1", "+1+1", "-1-A1", "+", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠SUM(A1)"] {
            assert_eq!(csv_row([formula]), format!("\"'{formula}\"\r\n"));
        }
    }
}
