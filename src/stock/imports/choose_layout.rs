//! Recognizes which sheet of a file has the stock list, which row is its heading, and which columns hold codes and
//! numbers: by the headings, the cells below them, and the SKU codes of the shop. If several answers are possible, a
//! person is asked.

use std::collections::{BTreeSet, HashSet};

use super::{
    headings::{Meaning, meaning},
    layout::{ChosenBy, ColumnMapping, FileLayout, HeadingRow, ImportColumn, MappingQuestion},
    reading::ReadPlan,
    rules::{ImportMode, MAX_HEADING_ROWS, UnreadableFile},
    sheet_sample::{ColumnTally, SheetSample, digest, heading_row, rank},
};
use crate::kernel::text;

/// The maximum number of columns that the form for choosing columns offers.
const MAX_OFFERED: usize = 250;
/// The maximum number of columns that the form suggests for the codes, and for the numbers.
const MAX_LIKELY: usize = 50;

pub(super) struct SheetChoice {
    pub(super) sheet: usize,
    pub(super) questions: Vec<MappingQuestion>,
}

/// Returns the sheet `asked` if there is such a sheet; otherwise the first of the sheets whose heading row fits a stock
/// list best. Adds a question for staff if the heading rows of several sheets name both codes and numbers.
pub(super) fn pick_sheet(tables: &[Option<SheetSample>], asked: Option<usize>) -> SheetChoice {
    if let Some(sheet) = asked.filter(|asked| *asked < tables.len()) {
        return SheetChoice { sheet, questions: Vec::new() };
    }
    let ranks: Vec<Option<u8>> = tables.iter().map(|table| table.as_ref().and_then(rank_of_heading)).collect();
    let lists = ranks.iter().filter(|rank| **rank == Some(3)).count();
    let best = ranks.iter().max().copied().flatten();
    // Without a stock list, the first sheet that is not empty.
    let sheet = match best {
        Some(best) => ranks.iter().position(|rank| *rank == Some(best)),
        None => tables.iter().position(|table| table.as_ref().is_some_and(|table| table.count > 0)),
    };
    let questions = if lists > 1 { vec![MappingQuestion::Sheet] } else { Vec::new() };
    SheetChoice { sheet: sheet.unwrap_or_default(), questions }
}

/// Returns how well the heading row of a sheet fits a stock list, by [`rank`]; `None` if the sheet has no heading row
/// or no lines below it.
fn rank_of_heading(table: &SheetSample) -> Option<u8> {
    let heading = heading_row(table).filter(|heading| table.has_lines(*heading))?;
    table.rows.get(heading).map(rank)
}

/// What helps to recognize the columns of a file, besides the file itself.
pub(super) struct MappingHints<'a> {
    /// The texts of the sheet's sample that are SKU codes of the shop.
    pub(super) codes: &'a HashSet<String>,
    /// The columns that a person chose for this import, if somebody has.
    pub(super) asked: Option<&'a ColumnMapping>,
    /// The columns that the same person chose earlier for a file with the same heading row, with the index of that row
    /// in this file.
    pub(super) remembered: Option<(usize, ColumnMapping)>,
}

/// Recognizes the heading row and the columns of the sheet `picked`, of which `table` is a sample. `names` are the
/// names of all sheets. If something is uncertain, the returned layout has questions for staff.
///
/// # Errors
/// If there is no stock list: the reason, and the number of the line if it is known.
pub(super) fn choose_layout(
    mode: ImportMode,
    names: Vec<String>,
    picked: SheetChoice,
    table: &SheetSample,
    known: &MappingHints<'_>,
) -> Result<FileLayout, (UnreadableFile, Option<i32>)> {
    let first = table.rows.first().ok_or((UnreadableFile::Empty, None))?;
    let asked_row = known.asked.and_then(|asked| asked.heading).and_then(|line| table.row_at(line));
    let remembered = if asked_row.is_none() { known.remembered.as_ref() } else { None };
    let found = asked_row.or(remembered.map(|(row, _)| *row)).or_else(|| heading_row(table));
    let heading = found.ok_or((UnreadableFile::NoHeading, Some(first.line)))?;
    if !table.has_lines(heading) && known.asked.is_none() {
        return Err((UnreadableFile::NoLines, None));
    }
    let columns = ColumnCandidates::new(mode, table, heading, known.codes);
    let wanted = known.asked.filter(|asked| asked.code.is_some() || asked.number.is_some());
    let wanted = wanted.or(remembered.map(|(_, mapping)| mapping));
    let mut questions = picked.questions;
    if !table.has_lines(heading) {
        questions.push(MappingQuestion::NoLines);
    }
    let number = match wanted.and_then(|wanted| wanted.number) {
        Some(number) => ColumnGuess::sure(number),
        None => columns.number(&mut questions),
    };
    let code = match wanted.and_then(|wanted| wanted.code) {
        Some(code) => ColumnGuess::sure(code),
        None => columns.code(number.at, &mut questions),
    };
    let note = match wanted {
        Some(wanted) => wanted.note,
        None => columns.note(),
    };
    let chosen_by = match (known.asked, remembered) {
        (Some(_), _) => ChosenBy::Chosen,
        (None, Some(_)) => ChosenBy::Remembered,
        (None, None) => ChosenBy::Found,
    };
    let could_be: Vec<usize> = code.could_be.iter().chain(&number.could_be).copied().collect();
    Ok(FileLayout {
        sheets: names,
        sheet: picked.sheet,
        rows: heading_rows(table),
        heading: table.rows.get(heading).map_or(0, |row| row.line),
        columns: columns.offered([code.at, number.at, note], &could_be),
        width: table.width(heading),
        code: code.at,
        number: number.at,
        note,
        code_could_be: code.could_be,
        number_could_be: number.could_be,
        questions,
        chosen_by,
        digest: table.rows.get(heading).map(digest).unwrap_or_default(),
    })
}

impl FileLayout {
    /// Returns which cells of the file to read; `None` if a question about the layout is open.
    pub(super) fn plan(&self) -> Option<ReadPlan> {
        let (sheet, heading, note) = (self.sheet, self.heading, self.note);
        let (code, number) = (self.code?, self.number?);
        // A person may choose a column beyond the heading.
        let width = self.width.max(code + 1).max(number + 1).max(note.map_or(0, |note| note + 1));
        let plan = ReadPlan { sheet, heading, code, number, note, width };
        self.questions.is_empty().then_some(plan)
    }
}

fn heading_rows(table: &SheetSample) -> Vec<HeadingRow> {
    let mut headings = Vec::new();
    for row in table.rows.iter().take(MAX_HEADING_ROWS) {
        let texts = row.cells.iter().map(|cell| cell.text.as_str());
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        headings.push(HeadingRow { line: row.line, text: shortened(&texts.join(" · "), 60) });
    }
    headings
}

fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

/// The column recognized for codes or numbers (`at`); if none is certain, `could_be` has the columns that may be right.
#[derive(Default)]
struct ColumnGuess {
    at: Option<usize>,
    could_be: Vec<usize>,
}

impl ColumnGuess {
    fn sure(at: usize) -> Self {
        Self { at: Some(at), could_be: Vec::new() }
    }

    fn open(mut could_be: Vec<usize>) -> Self {
        could_be.sort_unstable();
        could_be.dedup();
        could_be.truncate(MAX_LIKELY);
        Self { at: None, could_be }
    }
}

/// What the headings and cells tell about each column of a sheet.
struct ColumnCandidates<'a> {
    mode: ImportMode,
    table: &'a SheetSample,
    heading: usize,
    meanings: Vec<Meaning>,
    tallies: Vec<ColumnTally>,
    codes: &'a HashSet<String>,
}

impl<'a> ColumnCandidates<'a> {
    fn new(mode: ImportMode, table: &'a SheetSample, heading: usize, codes: &'a HashSet<String>) -> Self {
        let all = 0..table.widest();
        // In CSV, cells beyond the heading come from a comma within a number.
        let end = if table.splits { table.width(heading) } else { usize::MAX };
        let meaning_at = |at| if at < end { meaning(table.text(heading, at)) } else { Meaning::Other };
        let meanings = all.clone().map(meaning_at).collect();
        let tallies = all.map(|at| table.tally_below(heading, at)).collect();
        Self { mode, table, heading, meanings, tallies, codes }
    }

    fn of(&self, is: impl Fn(Meaning) -> bool) -> Vec<usize> {
        self.meanings.iter().enumerate().filter(|(_, meaning)| is(**meaning)).map(|(at, _)| at).collect()
    }

    /// Returns whether at least half of the non-empty cells of a column are whole numbers; false if all are empty.
    fn holds_numbers(&self, column: usize) -> bool {
        self.tallies.get(column).is_some_and(|tally| tally.whole > 0 && tally.whole * 2 >= tally.filled)
    }

    fn has_digits(&self, column: usize) -> bool {
        self.tallies.get(column).is_some_and(|tally| tally.digits > 0)
    }

    fn number(&self, questions: &mut Vec<MappingQuestion>) -> ColumnGuess {
        let mode = self.mode;
        let (best, perhaps) = (self.of(|meaning| meaning.fits(mode) == 2), self.of(|meaning| meaning.fits(mode) == 1));
        // Columns with unknown headings are candidates by their cells. A column of the other mode makes a plain
        // "Quantity" doubtful.
        let others =
            self.of(|meaning| meaning == Meaning::Unknown || (meaning.fits_other(mode) && meaning != Meaning::Stock));
        let others: Vec<usize> = others.into_iter().filter(|at| self.holds_numbers(*at)).collect();
        let no_other = others.is_empty() && !perhaps.iter().any(|at| self.holds_numbers(*at));
        let with_digits: Vec<usize> = best.iter().copied().filter(|at| self.has_digits(*at)).collect();
        let guess = match (with_digits.as_slice(), best.as_slice(), perhaps.as_slice()) {
            ([only], ..) if no_other || self.holds_numbers(*only) => ColumnGuess::sure(*only),
            ([_, _, ..], ..) => ColumnGuess::open(with_digits),
            // An empty column to be filled in.
            ([], [only], _) if no_other => ColumnGuess::sure(*only),
            ([], [], [only]) if others.is_empty() => ColumnGuess::sure(*only),
            _ => ColumnGuess::open([best, perhaps, others].concat()),
        };
        if guess.at.is_none() {
            let is_other = guess.could_be.iter().all(|at| self.meaning(*at).fits(mode) == 0)
                && self.meanings.iter().any(|meaning| meaning.fits_other(mode));
            questions.push(match guess.could_be.as_slice() {
                _ if is_other => MappingQuestion::OtherNumbers,
                [] | [_] => MappingQuestion::Heading,
                _ => MappingQuestion::Number,
            });
        }
        guess
    }

    fn meaning(&self, column: usize) -> Meaning {
        self.meanings.get(column).copied().unwrap_or(Meaning::Unknown)
    }

    fn code(&self, number: Option<usize>, questions: &mut Vec<MappingQuestion>) -> ColumnGuess {
        let named: Vec<usize> = self.of(|meaning| matches!(meaning, Meaning::Sku | Meaning::Code));
        let found: Vec<usize> = named.iter().copied().filter(|at| self.hits(*at) > 0).collect();
        let guess = match (found.as_slice(), named.as_slice()) {
            ([only], _) => ColumnGuess::sure(*only),
            ([_, _, ..], _) if self.say_the_same(&found) => {
                ColumnGuess { at: self.best_named(&found), could_be: Vec::new() }
            }
            ([_, _, ..], _) => ColumnGuess::open(found),
            ([], _) => self.code_by_its_cells(&named, number),
        };
        if guess.at.is_none() {
            questions.push(if guess.could_be.len() > 1 { MappingQuestion::Code } else { MappingQuestion::CodeHeading });
        }
        guess
    }

    /// Returns the column of codes for a sheet in which the columns `named`, whose headings announce codes, have no SKU
    /// code of the shop: the only other column with such codes, if there is exactly one.
    fn code_by_its_cells(&self, named: &[usize], number: Option<usize>) -> ColumnGuess {
        let found = |columns: Vec<usize>| -> Vec<usize> {
            columns.into_iter().filter(|at| Some(*at) != number && self.hits(*at) > 0).collect()
        };
        let other_codes = found(self.of(|meaning| meaning == Meaning::OtherCode));
        let unknown = found(self.of(|meaning| matches!(meaning, Meaning::Unknown | Meaning::Other)));
        match (other_codes.as_slice(), unknown.as_slice(), named) {
            ([only], [], _) => ColumnGuess::sure(*only),
            // No sampled code exists in the shop, so the import would change nothing.
            ([], [], [_, ..]) if self.is_whole() || named.len() == 1 => {
                ColumnGuess { at: self.best_named(named), could_be: Vec::new() }
            }
            _ => ColumnGuess::open([named, &other_codes, &unknown].concat()),
        }
    }

    /// Returns whether the sample of the sheet contains all its rows.
    fn is_whole(&self) -> bool {
        self.table.count == self.table.rows.len()
    }

    fn best_named(&self, columns: &[usize]) -> Option<usize> {
        let sku = columns.iter().find(|at| self.meaning(**at) == Meaning::Sku);
        sku.or(columns.first()).copied()
    }

    /// Returns how many sampled cells of a column are SKU codes of the shop.
    fn hits(&self, column: usize) -> usize {
        self.table.texts_below(self.heading, column).filter(|text| self.is_code(text)).count()
    }

    fn is_code(&self, text: &str) -> bool {
        !text.is_empty() && (self.codes.contains(text) || self.codes.contains(text::fold(text).trim()))
    }

    /// Returns whether these columns have equal cells in each row, so that any of them will do; false if the sample
    /// does not contain all rows.
    fn say_the_same(&self, columns: &[usize]) -> bool {
        let rows = self.table.rows.iter().skip(self.heading + 1);
        self.is_whole()
            && rows.into_iter().all(|row| {
                let texts = columns.iter().filter_map(|at| row.cells.get(*at)).map(|cell| cell.text.as_str());
                let texts: BTreeSet<&str> = texts.collect();
                texts.len() <= 1
            })
    }

    fn note(&self) -> Option<usize> {
        self.of(|meaning| meaning == Meaning::Note).first().copied()
    }

    /// Returns the columns that the form for choosing columns offers, each with its first values: those that are not
    /// empty, at most [`MAX_OFFERED`]. The columns in `chosen` (for code, number and note) and in `could_be` are always
    /// among them.
    fn offered(&self, chosen: [Option<usize>; 3], could_be: &[usize]) -> Vec<ImportColumn> {
        let mut offered = Vec::new();
        for at in 0..self.meanings.len() {
            let is_needed = chosen.contains(&Some(at)) || could_be.contains(&at);
            let is_filled = self.tallies.get(at).is_some_and(|tally| tally.filled > 0);
            let is_empty = !is_filled && self.table.text(self.heading, at).is_empty();
            if is_needed || (!is_empty && offered.len() < MAX_OFFERED) {
                let texts = self.table.texts_below(self.heading, at).filter(|text| !text.is_empty()).take(3);
                offered.push(ImportColumn {
                    at,
                    name: shortened(self.table.text(self.heading, at), 40),
                    example: shortened(&texts.collect::<Vec<_>>().join(", "), 30),
                    hidden: self.table.hidden.contains(&at),
                });
            }
        }
        offered
    }
}
