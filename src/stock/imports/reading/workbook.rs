//! Workbooks (XLSX, ECMA-376): a zip of XML. Only the first sheet that is not hidden is read, what leads to it and the texts
//! that its cells name; and of the other sheets the beginning, since half a delivery must not be left out without a word.

use quick_xml::{
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use std::{fs::File, ops::ControlFlow};

use super::{
    Lines, Stop,
    parts::{Parts, Seen, said},
};
use crate::stock::imports::rules::{MOST_COLUMNS, Mode, Unreadable};

/// A text is looked at no further; in bytes.
const LONGEST_TEXT: usize = 800;
/// The most texts that cells name, and what all of them hold.
const MOST_TEXTS: usize = 1_000_000;
const MOST_OF_TEXTS: usize = 48 * 1024 * 1024;
const MOST_RELATIONS: usize = 2_000;

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

/// Hands on all lines of the sheet.
///
/// # Errors
/// Why it ended before the end.
pub(super) fn read<E>(file: File, lines: &mut Lines<'_, E>) -> Result<(), Stop<E>> {
    let mut parts = Parts::open(file)?;
    let start = relations(&mut parts, "")?;
    let book = of_kind(&start, "officeDocument").map_or("xl/workbook.xml", |start| start.path.as_str());
    let related = relations(&mut parts, book)?;
    let sheets = sheets(&mut parts, book)?;
    let mut sheets = sheets.iter().filter_map(|id| related.iter().find(|to| to.id == *id && to.kind == "worksheet"));
    let sheet = sheets.next().ok_or(Unreadable::BrokenWorkbook)?;
    let mut texts = Texts::default();
    if let Some(part) = of_kind(&related, "sharedStrings") {
        texts.read(&mut parts, &part.path)?;
    }
    let mode = lines.mode;
    if !walk_rows(&mut parts, &sheet.path, &texts, lines)? {
        return Err(Unreadable::BrokenWorkbook.into());
    }
    for other in sheets {
        if has_list(&mut parts, &other.path, &texts, mode)? {
            return Err(Unreadable::MoreSheets.into());
        }
    }
    Ok(())
}

/// Hands on the lines of a sheet. `false` where there is no such part.
fn walk_rows<E>(parts: &mut Parts, path: &str, texts: &Texts, lines: &mut Lines<'_, E>) -> Result<bool, Stop<E>> {
    let mut rows = Rows { texts, lines, row: 0, cells: Vec::new(), cell: None, column: 0 };
    parts.walk(path, &mut |event| rows.take(event))
}

/// Whether a sheet has our columns and a line below them. What cannot be read is no list.
fn has_list<E>(parts: &mut Parts, path: &str, texts: &Texts, mode: Mode) -> Result<bool, Stop<E>> {
    let mut enough = |_| Err(());
    let mut lines = Lines { mode, splits: false, columns: None, last: 0, count: 0, take: &mut enough };
    match walk_rows(parts, path, texts, &mut lines) {
        Err(Stop::Taker(())) => Ok(true),
        Err(Stop::Machine(error)) => Err(error.into()),
        Ok(_) | Err(Stop::Unreadable(..)) => Ok(false),
    }
}

/// Where a part leads.
struct Relation {
    id: String,
    /// The last word of its type.
    kind: String,
    path: String,
}

fn of_kind<'a>(relations: &'a [Relation], kind: &str) -> Option<&'a Relation> {
    relations.iter().find(|relation| relation.kind == kind)
}

/// Where a part leads; the archive as a whole has no name.
fn relations<E>(parts: &mut Parts, of: &str) -> Result<Vec<Relation>, Stop<E>> {
    let (folder, name) = of.rsplit_once('/').map_or(("", of), |(folder, name)| (folder, name));
    let mut found = Vec::new();
    let mut take = |event: &Event<'_>| {
        if let Event::Start(element) = event
            && element.local_name().as_ref() == "Relationship"
            && found.len() < MOST_RELATIONS
        {
            let word = |name| said(element, name).unwrap_or_default();
            let kind = word("Type").rsplit('/').next().unwrap_or_default().to_owned();
            found.push(Relation { id: word("Id"), kind, path: path(folder, &word("Target")) });
        }
        Ok(GO_ON)
    };
    parts.walk(&path(folder, &format!("_rels/{name}.rels")), &mut take)?;
    Ok(found)
}

/// A path as seen from a folder.
fn path(folder: &str, target: &str) -> String {
    let folder = if target.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The sheets that are not hidden, in their order.
fn sheets<E>(parts: &mut Parts, book: &str) -> Result<Vec<String>, Stop<E>> {
    let mut sheets = Vec::new();
    parts.walk(book, &mut |event| {
        if let Event::Start(element) = event
            && element.local_name().as_ref() == "sheet"
            && said(element, "state").is_none_or(|state| state == "visible")
            && sheets.len() < MOST_RELATIONS
        {
            sheets.extend(said(element, "id"));
        }
        Ok(GO_ON)
    })?;
    Ok(sheets)
}

/// The texts that cells name by number, one after the other.
#[derive(Default)]
struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    fn read<E>(&mut self, parts: &mut Parts, path: &str) -> Result<(), Stop<E>> {
        let mut writing = Writing::default();
        parts.walk(path, &mut |event| {
            match event {
                Event::Start(element) if element.local_name().as_ref() == "si" => writing = Writing::default(),
                Event::End(element) if element.local_name().as_ref() == "si" => {
                    self.all.push_str(&writing.text);
                    self.ends.push(self.all.len());
                }
                event => writing.take(event)?,
            }
            let too_many = self.ends.len() > MOST_TEXTS || self.all.len() > MOST_OF_TEXTS;
            if too_many { Err(Unreadable::TooLargeInside.into()) } else { Ok(GO_ON) }
        })?;
        Ok(())
    }

    fn at(&self, number: usize) -> Option<&str> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start..*self.ends.get(number)?)
    }
}

/// What an element says in the elements `t` and `v` below it, whatever it looks like, and without what tells how to
/// pronounce it.
#[derive(Default)]
struct Writing {
    text: String,
    /// The formula it comes from.
    formula: Option<String>,
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

impl Writing {
    fn take<E>(&mut self, event: &Event<'_>) -> Result<(), Stop<E>> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" | "v" if !self.pronounced => self.within = Within::Text,
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
                    return Err(Unreadable::BrokenWorkbook.into());
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
            if text.len() >= LONGEST_TEXT {
                return;
            }
            text.push(c);
        }
    }
}

/// What the number of a cell means.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    /// A text of the book.
    Named,
    Text,
    /// Yes or no, kept as 1 or 0, which nobody has counted.
    Truth,
}

/// The rows of the sheet, as they come by.
struct Rows<'a, 'l, E> {
    texts: &'a Texts,
    lines: &'a mut Lines<'l, E>,
    /// The last one, from 1.
    row: u64,
    cells: Vec<String>,
    cell: Option<(Kind, Writing)>,
    /// Where the next cell stands, from 0.
    column: usize,
}

impl<E> Rows<'_, '_, E> {
    fn take(&mut self, event: &Event<'_>) -> Seen<E> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => self.begin_row(element)?,
                "c" => self.begin_cell(element),
                _ => self.within(event)?,
            },
            Event::End(element) => match element.local_name().as_ref() {
                "row" => self.lines.row(self.row, self.cells.iter().map(String::as_str))?,
                "c" => self.end_cell(),
                "sheetData" => return Ok(ControlFlow::Break(())),
                _ => self.within(event)?,
            },
            _ => self.within(event)?,
        }
        Ok(GO_ON)
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), Stop<E>> {
        let row = said(element, "r").and_then(|row| row.parse().ok()).unwrap_or(self.row + 1);
        if row <= self.row {
            return Err(Unreadable::BrokenWorkbook.into());
        }
        (self.row, self.column, self.cell) = (row, 0, None);
        self.cells.clear();
        Ok(())
    }

    fn begin_cell(&mut self, element: &BytesStart<'_>) {
        if let Some(column) = said(element, "r").and_then(|at| column(&at)) {
            self.column = column;
        }
        let kind = match said(element, "t").as_deref() {
            None | Some("n") => Kind::Number,
            Some("s") => Kind::Named,
            Some("b") => Kind::Truth,
            Some(_) => Kind::Text,
        };
        self.cell = Some((kind, Writing::default()));
    }

    fn within(&mut self, event: &Event<'_>) -> Result<(), Stop<E>> {
        self.cell.as_mut().map_or(Ok(()), |(_, writing)| writing.take(event))
    }

    fn end_cell(&mut self) {
        let Some((kind, writing)) = self.cell.take() else { return };
        if self.column < MOST_COLUMNS {
            if self.cells.len() <= self.column {
                self.cells.resize(self.column + 1, String::new());
            }
            if let Some(place) = self.cells.get_mut(self.column) {
                *place = self.texts.cell(kind, writing);
            }
        }
        self.column += 1;
    }
}

impl Texts {
    /// A cell as a person reads it there; a formula that nobody has worked out yet as what it is.
    fn cell(&self, kind: Kind, writing: Writing) -> String {
        let Writing { text, formula, .. } = writing;
        let text = text.trim();
        match (kind, formula) {
            (_, Some(formula)) if text.is_empty() => format!("={formula}"),
            (Kind::Named, _) => text.parse().ok().and_then(|number| self.at(number)).unwrap_or_default().to_owned(),
            (Kind::Number, _) => number(text),
            (Kind::Text, _) => text.to_owned(),
            (Kind::Truth, _) => if text == "1" { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// A number without the point and the exponent that it is kept with: `4.006381333931E12` is a code.
fn number(text: &str) -> String {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// The column of a cell like `AB12`, from 0.
fn column(at: &str) -> Option<usize> {
    let letters = at.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.map(|letter| usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.take(8).reduce(|so_far, letter| so_far * 26 + letter)?.checked_sub(1)
}
