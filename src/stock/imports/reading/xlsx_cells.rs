//! The cells of a workbook's sheet, and the strings that are stored once for several cells.

use quick_xml::{
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use std::ops::ControlFlow;

use super::{
    Cell, CellKind, ReadError, TakeCells,
    formats::{Format, plain, unescaped},
    xlsx::CONTINUE,
    xlsx_parts::{Flow, XlsxParts, attribute},
};
use crate::stock::imports::rules::{MAX_COLUMNS, UnreadableFile};

/// The number of bytes to which the text of a cell is truncated.
const MAX_TEXT_BYTES: usize = 800;
const MAX_SHARED_STRINGS: usize = 1_000_000;
/// The maximum size of all shared strings together, in bytes.
const MAX_SHARED_STRINGS_BYTES: usize = 48 * 1024 * 1024;

/// All strings that are stored once for several cells, one after the other in one text.
#[derive(Default)]
pub(super) struct SharedStrings {
    all: String,
    /// The end offset of each string in `all`, in bytes.
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(super) fn read<E>(&mut self, parts: &mut XlsxParts, path: &str) -> Result<(), ReadError<E>> {
        let mut writing = ElementText::default();
        parts.walk(path, &mut |event| {
            match event {
                Event::Start(element) if element.local_name().as_ref() == "si" => writing = ElementText::default(),
                Event::End(element) if element.local_name().as_ref() == "si" => {
                    self.all.push_str(&unescaped(&writing.text));
                    self.ends.push(self.all.len());
                }
                event => writing.take(event)?,
            }
            let too_many = self.ends.len() > MAX_SHARED_STRINGS || self.all.len() > MAX_SHARED_STRINGS_BYTES;
            if too_many { Err(UnreadableFile::TooLargeInside.into()) } else { Ok(CONTINUE) }
        })?;
        Ok(())
    }

    fn at(&self, number: usize) -> Option<&str> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start..*self.ends.get(number)?)
    }
}

/// Collects the text of an XML element from its elements `t` and `v`, without formatting and pronunciation hints
/// (`rPh`).
#[derive(Default)]
struct ElementText {
    text: String,
    formula: Option<String>,
    /// True if the element contains a `v`, even an empty one.
    has_value: bool,
    within: Within,
    pronounced: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Nothing,
    Text,
    Formula,
}

impl ElementText {
    fn take<E>(&mut self, event: &Event<'_>) -> Result<(), ReadError<E>> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                name @ ("t" | "v") if !self.pronounced => {
                    self.has_value |= name == "v";
                    self.within = Within::Text;
                }
                "f" => {
                    self.formula.get_or_insert_default();
                    self.within = Within::Formula;
                }
                "rPh" => self.pronounced = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" | "v" | "f" => self.within = Within::Nothing,
                "rPh" => self.pronounced = false,
                _ => {}
            },
            Event::Text(text) => self.push(&text.xml10_content()),
            Event::CData(text) => self.push(&text.xml10_content()),
            Event::GeneralRef(name) => {
                if let Some(known) = resolve_xml_entity(name) {
                    self.push(known);
                } else if let Ok(Some(named)) = name.resolve_char_ref() {
                    self.push(named.encode_utf8(&mut [0; 4]));
                } else {
                    return Err(UnreadableFile::BrokenWorkbook.into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, more: &str) {
        let text = match self.within {
            Within::Nothing => return,
            Within::Text => &mut self.text,
            Within::Formula => self.formula.get_or_insert_default(),
        };
        for c in more.chars() {
            if text.len() >= MAX_TEXT_BYTES {
                return;
            }
            text.push(c);
        }
    }
}

#[derive(Clone, Copy)]
enum CellType {
    Number,
    /// The value is an index into the shared strings.
    SharedString,
    Text,
    /// The value is 1 or 0, for true or false. It is not read as a number of units.
    Boolean,
    /// The value is a date in ISO 8601.
    Date,
}

#[derive(Clone, Default)]
struct ReadCell {
    shown: String,
    /// The number without the cell's format; `None` if the text that is shown is the same.
    value: Option<String>,
    kind: CellKind,
    is_number: bool,
}

struct OpenCell {
    kind: CellType,
    style: usize,
    writing: ElementText,
}

/// Makes rows from the XML events of a sheet, and passes each to the callback, a [`TakeCells`].
pub(super) struct Rows<'a, 't, E> {
    texts: &'a SharedStrings,
    styles: &'a [Format],
    take: TakeCells<'t, E>,
    /// The number of the current row, from 1.
    row: u64,
    cells: Vec<ReadCell>,
    cell: Option<OpenCell>,
    /// The column of the next cell, from 0, if that cell does not name its column itself.
    column: usize,
    pub(super) hidden: Vec<usize>,
}

impl<'a, 't, E> Rows<'a, 't, E> {
    pub(super) fn new(texts: &'a SharedStrings, styles: &'a [Format], take: TakeCells<'t, E>) -> Self {
        Self { texts, styles, take, row: 0, cells: Vec::new(), cell: None, column: 0, hidden: Vec::new() }
    }

    pub(super) fn take(&mut self, event: &Event<'_>) -> Flow<E> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => self.begin_row(element)?,
                "c" => self.begin_cell(element),
                "col" => self.hide(element),
                _ => self.within(event)?,
            },
            Event::End(element) => match element.local_name().as_ref() {
                "row" => return self.end_row(),
                "c" => self.end_cell(),
                "sheetData" => return Ok(ControlFlow::Break(())),
                _ => self.within(event)?,
            },
            _ => self.within(event)?,
        }
        Ok(CONTINUE)
    }

    fn hide(&mut self, element: &BytesStart<'_>) {
        let number = |name| attribute(element, name).and_then(|at| at.parse::<usize>().ok());
        let is_hidden = attribute(element, "hidden").is_some_and(|hidden| matches!(hidden.as_str(), "1" | "true"));
        if is_hidden && let (Some(first), Some(last)) = (number("min"), number("max")) {
            let hidden = first.saturating_sub(1)..last.min(MAX_COLUMNS);
            self.hidden.extend(hidden.take(MAX_COLUMNS.saturating_sub(self.hidden.len())));
        }
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError<E>> {
        let row = attribute(element, "r").and_then(|row| row.parse().ok()).unwrap_or(self.row + 1);
        if row <= self.row {
            return Err(UnreadableFile::BrokenWorkbook.into());
        }
        (self.row, self.column, self.cell) = (row, 0, None);
        self.cells.clear();
        Ok(())
    }

    fn end_row(&mut self) -> Flow<E> {
        let cells: Vec<Cell<'_>> = self.cells.iter().map(ReadCell::as_cell).collect();
        (self.take)(self.row, &cells)
    }

    fn begin_cell(&mut self, element: &BytesStart<'_>) {
        if let Some(column) = attribute(element, "r").and_then(|at| column(&at)) {
            self.column = column;
        }
        let kind = match attribute(element, "t").as_deref() {
            None | Some("n") => CellType::Number,
            Some("s") => CellType::SharedString,
            Some("b") => CellType::Boolean,
            Some("d") => CellType::Date,
            Some(_) => CellType::Text,
        };
        let style = attribute(element, "s").and_then(|style| style.parse().ok()).unwrap_or_default();
        self.cell = Some(OpenCell { kind, style, writing: ElementText::default() });
    }

    fn within(&mut self, event: &Event<'_>) -> Result<(), ReadError<E>> {
        self.cell.as_mut().map_or(Ok(()), |cell| cell.writing.take(event))
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        if self.column < MAX_COLUMNS {
            if self.cells.len() <= self.column {
                self.cells.resize(self.column + 1, ReadCell::default());
            }
            let read = self.texts.cell(cell, self.styles);
            if let Some(place) = self.cells.get_mut(self.column) {
                *place = read;
            }
        }
        self.column += 1;
    }
}

impl ReadCell {
    fn text(shown: String) -> Self {
        Self { shown, ..Self::default() }
    }

    fn as_cell(&self) -> Cell<'_> {
        let value = self.value.as_ref().unwrap_or(&self.shown);
        Cell { shown: &self.shown, value, kind: self.kind, is_number: self.is_number }
    }
}

impl SharedStrings {
    /// Returns the cell as a spreadsheet shows it. A formula without a stored result becomes its text, such as `=A1`.
    fn cell(&self, cell: OpenCell, styles: &[Format]) -> ReadCell {
        let OpenCell { kind, style, writing } = cell;
        let ElementText { text, formula, has_value, .. } = writing;
        let text = text.trim();
        // The result of a formula may be an empty text.
        let is_worked_out = !text.is_empty() || (matches!(kind, CellType::Text) && has_value);
        match (kind, formula) {
            (_, Some(formula)) if !is_worked_out => {
                ReadCell { kind: CellKind::Formula, ..ReadCell::text(format!("={formula}")) }
            }
            (CellType::SharedString, _) => {
                let named = text.parse().ok().and_then(|number| self.at(number)).unwrap_or_default();
                ReadCell::text(named.to_owned())
            }
            (CellType::Number, _) => number(text, styles.get(style).unwrap_or(&Format::General)),
            (CellType::Text, _) => ReadCell::text(unescaped(text)),
            (CellType::Boolean, _) => ReadCell::text(if text == "1" { "TRUE" } else { "FALSE" }.to_owned()),
            (CellType::Date, _) => ReadCell { kind: CellKind::Date, ..ReadCell::text(text.to_owned()) },
        }
    }
}

fn number(text: &str, format: &Format) -> ReadCell {
    let value = plain(text);
    let shown = format.shown(&value);
    if text.is_empty() {
        return ReadCell::default();
    }
    let kind = if *format == Format::Date { CellKind::Date } else { CellKind::Plain };
    // A date is stored as a number, but is not a number of units.
    let value = (shown != value && kind == CellKind::Plain).then_some(value);
    ReadCell { shown, value, kind, is_number: kind == CellKind::Plain }
}

/// Returns the index of the column, from 0, in a cell reference such as `AB12`; `None` if it has no letters.
fn column(at: &str) -> Option<usize> {
    let letters = at.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.map(|letter| usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.take(8).reduce(|so_far, letter| so_far * 26 + letter)?.checked_sub(1)
}
