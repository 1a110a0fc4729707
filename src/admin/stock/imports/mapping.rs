//! Which sheet, heading row and columns of its file an import reads, and the form in which staff choose them.

use actix_web::web::Path;
use serde_json::json;

use super::{address, decisions::revision, page::ImportPage};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    kernel::ImportId,
    messages::Messages,
    platform::db::{self, DbError},
    stock::{
        self, ChosenBy, ColumnMapping, FileLayout, Import, ImportColumn, ImportState, MapOutcome, MappingQuestion,
    },
    web::{self, Fields, Flash, Form, PageResult, see_other},
};

/// `POST /admin/imports/{import}/mapping`: stores the chosen sheet, heading row and columns, and lets the background
/// job read the file again.
pub async fn map_import(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t) = (ImportId(id.into_inner()), staff.page.t);
    let mut form = Form::from(fields);
    let import = staff.db.run(move |conn| stock::import(conn, id)?.ok_or(DbError::Missing)).await?;
    let seen = revision(&form);
    let config = staff.config.clone();
    let notice = |words| Ok(Flash::notice(words).see_other(&address(id), &config));
    let layout = match (&import.layout, import.state) {
        (_, ImportState::Reading) => return notice(t.import_mapping_busy()),
        (Some(layout), ImportState::Ready | ImportState::Unmapped) if import.has_file => layout,
        _ => return notice(t.import_mapping_too_late()),
    };
    if import.revision != seen {
        return notice(t.import_stale());
    }
    let Some(mapping) = read_mapping(&mut form, layout, t) else {
        return web::unprocessable(&ImportPage::load(staff.at(&address(id)), id, &Fields::default(), form).await?);
    };
    let audit = AuditContext::of(&staff);
    let mapped = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let mapped = stock::map_import(conn, id, audit.staff_id, seen, &mapping)?;
                if mapped == MapOutcome::Yes {
                    let after = json!({ "import": id.0, "mapping": mapping });
                    audit.record(conn, AuditAction::MapImport, &import.file_name, Diff::after(after))?;
                }
                Ok::<_, DbError>(mapped)
            })
        })
        .await?;
    match mapped {
        MapOutcome::Yes => Ok(see_other(&address(id))),
        MapOutcome::Busy => notice(t.import_mapping_busy()),
        MapOutcome::Stale => notice(t.import_stale()),
        MapOutcome::TooLate => notice(t.import_mapping_too_late()),
    }
}

/// Reads the chosen sheet, heading row and columns; `None`, with errors in the form, if a value is not among those that
/// the page offered.
fn read_mapping(form: &mut Form, layout: &FileLayout, t: Messages) -> Option<ColumnMapping> {
    let sheet = match form.value("sheet") {
        "" if layout.sheets.len() == 1 => Some(layout.sheet),
        typed => typed.parse().ok().filter(|sheet| *sheet < layout.sheets.len()),
    };
    let Some(sheet) = sheet else {
        form.fail("sheet", t.import_sheet_wrong());
        return None;
    };
    if sheet != layout.sheet {
        // The other choices belong to another sheet.
        return Some(ColumnMapping { sheet: Some(sheet), ..ColumnMapping::default() });
    }
    let heading = form.value("heading_row").parse().ok();
    let heading = heading.filter(|heading| layout.rows.iter().any(|row| row.line == *heading));
    if heading.is_none() {
        form.fail("heading_row", t.import_heading_row_wrong());
    }
    let code = column(form, layout, "code_column", t);
    let number = column(form, layout, "number_column", t);
    let note = column(form, layout, "note_column", t);
    // With another heading row, the columns may be recognized by their headings.
    if heading == Some(layout.heading) {
        for (name, column) in [("code_column", code), ("number_column", number)] {
            if column.is_none() {
                form.fail(name, t.import_column_needed());
            }
        }
    }
    if number.is_some() && number == code {
        form.fail("number_column", t.import_column_twice());
    }
    if note.is_some() && (note == code || note == number) {
        form.fail("note_column", t.import_column_twice());
    }
    (!form.has_errors()).then_some(ColumnMapping { sheet: Some(sheet), heading, code, number, note })
}

/// Reads the column chosen in the field `name`. Returns `None` if no column was chosen, or, with an error in the form,
/// if the page did not offer it.
fn column(form: &mut Form, layout: &FileLayout, name: &'static str, t: Messages) -> Option<usize> {
    let typed = form.value(name);
    if typed.is_empty() {
        return None;
    }
    let column = typed.parse().ok().filter(|at| layout.column(Some(*at)).is_some());
    if column.is_none() {
        form.fail(name, t.import_column_wrong());
    }
    column
}

/// A choice in a select field.
pub(super) struct MappingChoice {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

/// A select field of the form, with its label and its choices.
pub(super) struct MappingField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// The text of the choice for no column; `None` if a column must be chosen.
    pub(super) none: Option<&'static str>,
    /// The columns that are probably right, which come first; may be empty.
    pub(super) likely: Vec<MappingChoice>,
    pub(super) others: Vec<MappingChoice>,
}

/// What an import reads of its file, formatted for the page.
pub(super) struct MappingView {
    /// (label, current value) of each field: sheet, heading row and columns.
    pub(super) layout_rows: Vec<(&'static str, String)>,
    pub(super) fields: Vec<MappingField>,
    /// The questions that staff must answer, as (question, true if nothing suitable was found; false if several answers
    /// are possible).
    pub(super) questions: Vec<(String, bool)>,
    /// The text that says who chose the columns: the program, staff for an earlier file, or staff for this one.
    pub(super) chosen_by: &'static str,
}

impl MappingView {
    pub(super) fn of(import: &Import, layout: &FileLayout, form: &Form, t: Messages) -> Self {
        let mut fields = Vec::new();
        if layout.sheets.len() > 1 {
            fields.push(sheet_field(layout, form, t));
        }
        fields.push(heading_row_field(layout, form, t));
        for column in [Column::Code, Column::Number, Column::Note] {
            fields.push(column.field(layout, form, t));
        }
        let mut questions: Vec<(String, bool)> = Vec::new();
        for question in &layout.questions {
            let words = question_words(import, *question, t);
            if !questions.iter().any(|(said, _)| *said == words) {
                questions.push((words, question.is_error()));
            }
        }
        let chosen_by = match layout.chosen_by {
            ChosenBy::Found => t.import_found(),
            ChosenBy::Remembered => t.import_remembered(),
            ChosenBy::Chosen => t.import_chosen(),
        };
        Self { layout_rows: layout_rows(layout, t), fields, questions, chosen_by }
    }
}

fn sheet_field(layout: &FileLayout, form: &Form, t: Messages) -> MappingField {
    let is_asked = layout.questions.contains(&MappingQuestion::Sheet);
    let mut others = Vec::new();
    for (at, name) in layout.sheets.iter().enumerate() {
        let chosen = (at == layout.sheet && !is_asked).then_some(at);
        let is_chosen = picked(form, "sheet", chosen, at);
        others.push(MappingChoice { value: at.to_string(), words: name.clone(), is_chosen });
    }
    let none = is_asked.then_some(t.import_choose());
    MappingField { name: "sheet", label: t.import_sheet_read(), none, likely: Vec::new(), others }
}

fn heading_row_field(layout: &FileLayout, form: &Form, t: Messages) -> MappingField {
    let mut others = Vec::new();
    for row in &layout.rows {
        others.push(MappingChoice {
            value: row.line.to_string(),
            words: t.import_row_words(row.line, &row.text),
            is_chosen: picked(form, "heading_row", Some(layout.heading), row.line),
        });
    }
    MappingField { name: "heading_row", label: t.import_heading_row(), none: None, likely: Vec::new(), others }
}

/// A column of a file that an import reads.
#[derive(Clone, Copy)]
enum Column {
    Code,
    Number,
    Note,
}

impl Column {
    /// Returns the select field for this column: first the columns of the file that are probably right, then the
    /// others.
    fn field(self, layout: &FileLayout, form: &Form, t: Messages) -> MappingField {
        let (name, label, chosen) = match self {
            Self::Code => ("code_column", t.import_code_column(), layout.code),
            Self::Number => ("number_column", t.import_number_column(), layout.number),
            Self::Note => ("note_column", t.import_note_column(), layout.note),
        };
        let could_be: &[usize] = match self {
            Self::Code => &layout.code_could_be,
            Self::Number => &layout.number_could_be,
            Self::Note => &[],
        };
        let none = match self {
            Self::Note => Some(t.import_no_note()),
            Self::Code | Self::Number => chosen.is_none().then(|| t.import_choose()),
        };
        let (mut likely, mut others) = (Vec::new(), Vec::new());
        for column in &layout.columns {
            let choice = MappingChoice {
                value: column.at.to_string(),
                words: column_words(column, t),
                is_chosen: picked(form, name, chosen, column.at),
            };
            if could_be.contains(&column.at) { likely.push(choice) } else { others.push(choice) }
        }
        MappingField { name, label, none, likely, others }
    }
}

/// Returns whether `choice` is selected in the field `name`: by the submitted form, or by the stored value `chosen` if
/// no form was submitted.
fn picked<T: PartialEq + ToString>(form: &Form, name: &'static str, chosen: Option<T>, choice: T) -> bool {
    let was_typed = form.fields().pairs().any(|(typed, _)| typed == name);
    if was_typed { form.value(name) == choice.to_string() } else { chosen == Some(choice) }
}

fn layout_rows(layout: &FileLayout, t: Messages) -> Vec<(&'static str, String)> {
    let mut layout_rows = Vec::new();
    if let Some(name) = layout.sheets.get(layout.sheet).filter(|name| !name.is_empty()) {
        let words = match layout.sheets.len() {
            1 => name.clone(),
            all => t.import_sheet_of_all(name, layout.sheet + 1, all),
        };
        layout_rows.push((t.import_sheet_read(), words));
    }
    let row = layout.rows.iter().find(|row| row.line == layout.heading);
    layout_rows
        .push((t.import_heading_row(), row.map(|row| t.import_row_words(row.line, &row.text)).unwrap_or_default()));
    for (label, at, none) in [
        (t.import_code_column(), layout.code, t.import_not_chosen()),
        (t.import_number_column(), layout.number, t.import_not_chosen()),
        (t.import_note_column(), layout.note, t.import_no_note()),
    ] {
        layout_rows.push((label, layout.column(at).map_or_else(|| none.to_owned(), |column| column_words(column, t))));
    }
    layout_rows
}

/// Returns the description of a column: its letters, its heading, whether it is hidden, and its first value.
fn column_words(column: &ImportColumn, t: Messages) -> String {
    let mut words = vec![column.letters()];
    if !column.name.is_empty() {
        words.push(column.name.clone());
    }
    if column.hidden {
        words.push(t.import_column_hidden().to_owned());
    }
    if !column.example.is_empty() {
        words.push(t.import_column_example(&column.example));
    }
    words.join(" · ")
}

fn question_words(import: &Import, question: MappingQuestion, t: Messages) -> String {
    match question {
        MappingQuestion::Sheet => t.import_ask_sheet().to_owned(),
        MappingQuestion::Code => t.import_ask_code().to_owned(),
        MappingQuestion::Number => t.import_ask_number().to_owned(),
        MappingQuestion::CodeHeading | MappingQuestion::Heading => t.import_file_no_heading().to_owned(),
        MappingQuestion::OtherNumbers => match import.mode {
            stock::ImportMode::Difference => t.import_file_counts().to_owned(),
            stock::ImportMode::Count => t.import_file_differences().to_owned(),
        },
        MappingQuestion::NoLines => t.import_file_no_lines().to_owned(),
    }
}
