//! The layout of a file: its sheets, heading row and columns, and the questions about them that a person has to answer.

use serde::{Deserialize, Serialize};

/// The sheet, heading row and columns that a person chose for an import; `None` for what the program shall recognize.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The index of the sheet among those that are not hidden, from 0.
    pub sheet: Option<usize>,
    /// The line number of the heading row, from 1.
    pub heading: Option<i32>,
    /// The index of the column with SKU codes, from 0. `number` and `note` are such indexes too.
    pub code: Option<usize>,
    pub number: Option<usize>,
    pub note: Option<usize>,
}

/// A question about the layout of a file, which a person has to answer before the import can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingQuestion {
    /// Which sheet has the stock list? Several could.
    Sheet,
    /// Which column has the SKU codes? Several could.
    Code,
    /// Which column has the SKU codes? No column has a heading or cells that look like SKU codes.
    CodeHeading,
    /// Which column has the numbers of units? Several could.
    Number,
    /// Which column has the numbers of units? No column has a heading that looks like that.
    Heading,
    /// Is the import for counts or for differences? The headings announce differences although counts were chosen, or
    /// the reverse.
    OtherNumbers,
    NoLines,
}

impl MappingQuestion {
    /// Returns whether the question is an error, because nothing suitable was found; false if several answers are
    /// possible.
    pub fn is_error(self) -> bool {
        matches!(self, Self::CodeHeading | Self::Heading | Self::OtherNumbers | Self::NoLines)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChosenBy {
    /// The program has recognized the columns.
    Found,
    /// The columns are those that the same person chose for an earlier file with the same heading row.
    Remembered,
    /// A person has chosen the columns for this import.
    Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingRow {
    pub line: i32,
    /// The texts of the row's cells, shortened and joined.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// The index of the column, from 0.
    pub at: usize,
    /// The heading of the column; may be empty.
    pub name: String,
    /// The first three values below the heading, joined by commas and truncated.
    pub example: String,
    pub hidden: bool,
}

impl ImportColumn {
    /// Returns the name of the column in spreadsheets: A, B, ... Z, AA.
    pub fn letters(&self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.at + 1);
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().collect()
    }
}

/// The layout of a file as far as it is recognized, and what staff can choose instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLayout {
    /// The names of the visible sheets. A CSV file has one sheet, with an empty name.
    pub sheets: Vec<String>,
    pub sheet: usize,
    /// The rows at the start of the sheet that may be the heading row.
    pub rows: Vec<HeadingRow>,
    pub heading: i32,
    pub columns: Vec<ImportColumn>,
    /// The number of columns of the heading row.
    pub width: usize,
    pub code: Option<usize>,
    pub number: Option<usize>,
    pub note: Option<usize>,
    /// The columns that may hold the SKU codes, if it is uncertain which one does. `number_could_be` is the same for
    /// the numbers.
    pub code_could_be: Vec<usize>,
    pub number_could_be: Vec<usize>,
    pub questions: Vec<MappingQuestion>,
    pub chosen_by: ChosenBy,
    /// A hash of the heading row; the chosen columns are remembered by it for later files.
    pub digest: String,
}

impl FileLayout {
    /// Returns the column with this index among those that the form offers; `None` if it is not offered.
    pub fn column(&self, at: Option<usize>) -> Option<&ImportColumn> {
        self.columns.iter().find(|column| Some(column.at) == at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_sheets_call_them() {
        let letters = |at| ImportColumn { at, name: String::new(), example: String::new(), hidden: false }.letters();
        assert_eq!([0, 25, 26, 51, 52, 701, 702, 999].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "ALL"]);
    }
}
