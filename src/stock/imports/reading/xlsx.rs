//! XLSX workbooks (ECMA-376): a ZIP archive of XML files, called parts. Reads the relationships, shared strings, number
//! formats and visible sheets.

use quick_xml::events::{BytesStart, Event};
use std::{collections::HashMap, fs::File, ops::ControlFlow};

use super::{
    ReadError, TakeCells,
    formats::Format,
    kinds,
    xlsx_cells::{Rows, SharedStrings},
    xlsx_parts::{XlsxParts, attribute},
};
use crate::stock::imports::rules::UnreadableFile;

const MAX_RELATIONS: usize = 2_000;
const MAX_SHEETS: usize = 100;
/// The maximum number of cell styles that are read, about as many as Excel allows; further ones are ignored, and their
/// cells read as plain.
const MAX_STYLES: usize = 65_000;

pub(super) const CONTINUE: ControlFlow<()> = ControlFlow::Continue(());

pub(in crate::stock::imports) struct Workbook {
    parts: XlsxParts,
    sheets: Vec<Sheet>,
    texts: SharedStrings,
    /// The number format of each cell style.
    styles: Vec<Format>,
}

struct Sheet {
    name: String,
    path: String,
}

impl Workbook {
    /// Opens a workbook; fails if the file is not one, or broken.
    pub(super) fn open<E>(file: File) -> Result<Self, ReadError<E>> {
        let mut parts = XlsxParts::open(file)?;
        if let Some(other) = kinds::of_archive(&parts.names()) {
            return Err(other.into());
        }
        let start = relations(&mut parts, "")?;
        let book = of_kind(&start, "officeDocument").map_or("xl/workbook.xml", |start| start.path.as_str());
        let related = relations(&mut parts, book)?;
        let sheets = sheets(&mut parts, book, &related)?;
        if sheets.is_empty() {
            return Err(UnreadableFile::BrokenWorkbook.into());
        }
        let mut texts = SharedStrings::default();
        if let Some(part) = of_kind(&related, "sharedStrings") {
            texts.read(&mut parts, &part.path)?;
        }
        let styles = match of_kind(&related, "styles") {
            Some(part) => styles(&mut parts, &part.path)?,
            None => Vec::new(),
        };
        Ok(Self { parts, sheets, texts, styles })
    }

    pub(super) fn sheets(&self) -> Vec<String> {
        self.sheets.iter().map(|sheet| sheet.name.clone()).collect()
    }

    /// Calls `take` for each row of a sheet, until it returns `Break`. Returns the indexes of hidden columns.
    pub(super) fn rows<E>(&mut self, sheet: usize, take: TakeCells<'_, E>) -> Result<Vec<usize>, ReadError<E>> {
        let Self { parts, sheets, texts, styles } = self;
        let sheet = sheets.get(sheet).ok_or(UnreadableFile::BrokenWorkbook)?;
        let mut rows = Rows::new(texts, styles, take);
        if !parts.walk(&sheet.path, &mut |event| rows.take(event))? {
            return Err(UnreadableFile::BrokenWorkbook.into());
        }
        Ok(rows.hidden)
    }

    pub(in crate::stock::imports) fn reset_size_limit(&mut self) {
        self.parts.reset_size_limit();
    }
}

struct Relation {
    id: String,
    /// What the related part is: the last segment of the relationship's type URI, such as `styles`.
    kind: String,
    path: String,
}

fn of_kind<'a>(relations: &'a [Relation], kind: &str) -> Option<&'a Relation> {
    relations.iter().find(|relation| relation.kind == kind)
}

/// Returns the relationships of the part at the path `of`. An empty path stands for the whole workbook.
fn relations<E>(parts: &mut XlsxParts, of: &str) -> Result<Vec<Relation>, ReadError<E>> {
    let (folder, name) = of.rsplit_once('/').map_or(("", of), |(folder, name)| (folder, name));
    let mut found = Vec::new();
    let mut take = |event: &Event<'_>| {
        if let Event::Start(element) = event
            && element.local_name().as_ref() == "Relationship"
            && found.len() < MAX_RELATIONS
        {
            let word = |name| attribute(element, name).unwrap_or_default();
            let kind = word("Type").rsplit('/').next().unwrap_or_default().to_owned();
            found.push(Relation { id: word("Id"), kind, path: path(folder, &word("Target")) });
        }
        Ok(CONTINUE)
    };
    parts.walk(&path(folder, &format!("_rels/{name}.rels")), &mut take)?;
    Ok(found)
}

/// Returns the path of `target`, which is relative to `folder`.
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

/// Returns the visible sheets, in the order of the workbook.
fn sheets<E>(parts: &mut XlsxParts, book: &str, related: &[Relation]) -> Result<Vec<Sheet>, ReadError<E>> {
    let mut sheets = Vec::new();
    parts.walk(book, &mut |event| {
        if let Event::Start(element) = event
            && element.local_name().as_ref() == "sheet"
            && attribute(element, "state").is_none_or(|state| state == "visible")
            && sheets.len() < MAX_SHEETS
            && let Some(id) = attribute(element, "id")
            && let Some(part) = related.iter().find(|to| to.id == id && to.kind == "worksheet")
        {
            let name = attribute(element, "name").unwrap_or_default();
            sheets.push(Sheet { name: name.chars().take(60).collect(), path: part.path.clone() });
        }
        Ok(CONTINUE)
    })?;
    Ok(sheets)
}

/// Returns the number formats of the cell styles, in order; an empty list if the part with the styles is damaged.
fn styles<E>(parts: &mut XlsxParts, path: &str) -> Result<Vec<Format>, ReadError<E>> {
    let (mut codes, mut styles, mut of_cells) = (HashMap::new(), Vec::new(), false);
    let number = |element: &BytesStart<'_>| attribute(element, "numFmtId").and_then(|id| id.parse::<u32>().ok());
    let walked = parts.walk(path, &mut |event| {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" if codes.len() < MAX_STYLES => {
                    if let (Some(id), Some(code)) = (number(element), attribute(element, "formatCode")) {
                        codes.insert(id, code);
                    }
                }
                "cellXfs" => of_cells = true,
                "xf" if of_cells && styles.len() < MAX_STYLES => {
                    let id = number(element).unwrap_or_default();
                    styles.push(Format::of(id, codes.get(&id).map(String::as_str)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => return Ok(ControlFlow::Break(())),
            _ => {}
        }
        Ok(CONTINUE)
    });
    match walked {
        Err(ReadError::Unreadable(UnreadableFile::BrokenWorkbook, _)) | Ok(_) => Ok(styles),
        Err(other) => Err(other),
    }
}
