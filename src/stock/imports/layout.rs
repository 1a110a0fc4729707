//! The layout of a file: its sheets, headings and columns, and what a person has to say about them.

use serde::{Deserialize, Serialize};

/// The sheet, heading and columns that a person chose; those that are `None` are recognized automatically.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The index of the sheet, from 0; hidden sheets are not counted.
    pub sheet: Option<usize>,
    /// The line number of the heading, from 1.
    pub heading: Option<i32>,
    /// The index of the column of codes, from 0, as are those below.
    pub code: Option<usize>,
    pub number: Option<usize>,
    pub note: Option<usize>,
}

/// Questions that a person has to answer before an import can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingQuestion {
    /// Several sheets have a stock list.
    Sheet,
    /// Several columns could be the codes.
    Code,
    /// No column is recognized as the codes.
    CodeHeading,
    /// Several columns could be the numbers.
    Number,
    /// No column is recognized as the numbers.
    Heading,
    /// The recognized numbers are of the other mode: counts instead of differences, or the reverse.
    OtherNumbers,
    NoLines,
}

impl MappingQuestion {
    /// Returns whether something is missing; false if there are several possible answers.
    pub fn is_error(self) -> bool {
        matches!(self, Self::CodeHeading | Self::Heading | Self::OtherNumbers | Self::NoLines)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChosenBy {
    /// The columns were recognized by the headings.
    Found,
    /// The columns are those that the same person chose for an earlier file with the same headings.
    Remembered,
    /// A person chose the columns for this import.
    Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingRow {
    pub line: i32,
    /// The cells of the row, shortened.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// The index of the column, from 0.
    pub at: usize,
    /// The heading of the column; may be empty.
    pub name: String,
    /// The first values below the heading.
    pub example: String,
    pub hidden: bool,
}

impl ImportColumn {
    /// Returns its name in spreadsheets: A, B, ... Z, AA.
    pub fn letters(&self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.at + 1);
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().collect()
    }
}

/// The recognized layout of a file, and the alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLayout {
    /// The names of the sheets. A CSV file has one sheet without a name.
    pub sheets: Vec<String>,
    pub sheet: usize,
    /// The rows that may be the heading.
    pub rows: Vec<HeadingRow>,
    pub heading: i32,
    pub columns: Vec<ImportColumn>,
    /// The number of columns of the heading.
    pub width: usize,
    pub code: Option<usize>,
    pub number: Option<usize>,
    pub note: Option<usize>,
    /// The candidates for the codes if none is certain; those for the numbers below.
    pub code_could_be: Vec<usize>,
    pub number_could_be: Vec<usize>,
    pub questions: Vec<MappingQuestion>,
    pub chosen_by: ChosenBy,
    /// The digest of the heading, the key of remembered mappings.
    pub digest: String,
}

impl FileLayout {
    /// Returns the column at this index; `None` if it is not offered.
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
