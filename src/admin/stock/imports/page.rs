//! The page of a stock import: a preview, its progress, or its result.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use std::collections::HashMap;

use super::{
    PER_PAGE, address,
    labels::{problem_words, unreadable_words},
    mapping::MappingView,
};
use crate::{
    accounts::StaffRequest,
    admin::admin_page::AdminPage,
    catalog::{self, SkuOffer},
    kernel::{ImportId, Language, SkuId, thousands, with_sign},
    platform::{
        clock,
        db::{Connection, DbError},
    },
    stock::{self, Import, ImportLine, ImportMode, ImportState, LineOutcome, LineProblem, SkuTotal, UnreadableFile},
    web::{self, Fields, Form, PageError, PageResult, Paging, filters},
};

#[derive(Template)]
#[template(path = "admin/stock/imports/import.html")]
pub(super) struct ImportPage {
    page: AdminPage,
    import: Import,
    /// An import of the same file that was confirmed before, as a warning; `None` if there is none, or if this import
    /// does not wait to be confirmed.
    same: Option<Import>,
    /// The number of counts that failed because the stock had changed; 0 unless this is a finished import of counts.
    changed: i64,
    show: LineOutcome,
    lines: Vec<ImportLine>,
    /// The names of the SKUs of `lines`, with their option values.
    names: HashMap<SkuId, String>,
    /// The SKUs that occur in several lines, with the sums of their differences.
    together: HashMap<SkuId, SkuTotal>,
    /// SKU codes of the shop that are similar to unknown codes in the file.
    meant: Vec<String>,
    mapping: Option<MappingView>,
    paging: Paging,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/imports/{import}`: the page of an import.
pub async fn import(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, query) = (ImportId(id.into_inner()), staff.query());
    web::html(&ImportPage::load(staff, id, &query, Form::default()).await?)
}

impl ImportPage {
    pub(super) async fn load(staff: StaffRequest, id: ImportId, query: &Fields, form: Form) -> Result<Self, PageError> {
        let (language, query) = (staff.page.language(), query.clone());
        let (import, same, changed, show, lines, names, together, meant, paging) = staff
            .db
            .run(move |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let same = match import.state {
                    ImportState::Ready => stock::same_file_before(conn, &import)?,
                    _ => None,
                };
                let done = import.state == ImportState::Done && import.mode == ImportMode::Count && import.failed > 0;
                let changed = if done { stock::changed_lines(conn, id)? } else { 0 };
                let show = LineOutcome::from_code(query.get("show")).unwrap_or_else(|| first_shown(&import));
                let count = i64::from(import.of_outcome(show));
                let paging = Paging::new(&query, &["show"], count, PER_PAGE).at(address(id));
                let lines = match import.state {
                    ImportState::Ready | ImportState::Applying | ImportState::Done => {
                        stock::import_lines(conn, id, show, (paging.offset(), paging.limit()))?
                    }
                    _ => Vec::new(),
                };
                let names = names(conn, &lines, language)?;
                let together = match import.mode {
                    ImportMode::Difference => stock::sku_totals(conn, id, &skus(&lines))?,
                    ImportMode::Count => HashMap::new(),
                };
                let unknown = lines.iter().filter(|line| line.problem == Some(LineProblem::UnknownCode));
                let unknown: Vec<&str> = unknown.map(|line| line.code.as_str()).collect();
                let meant = stock::codes_like(conn, &unknown)?;
                Ok::<_, DbError>((import, same, changed, show, lines, names, together, meant, paging))
            })
            .await?;
        let (page, zone) = (AdminPage::load(staff.page, &staff.db).await?, staff.config.zone);
        let mapping = import.layout.as_ref().map(|layout| MappingView::of(&import, layout, &form, page.t));
        Ok(Self { page, import, same, changed, show, lines, names, together, meant, mapping, paging, form, zone })
    }

    /// Returns whether the page should reload itself to show how far the import is.
    fn is_moving(&self) -> bool {
        matches!(self.import.state, ImportState::Reading | ImportState::Applying)
    }

    fn has_lines(&self) -> bool {
        matches!(self.import.state, ImportState::Ready | ImportState::Applying | ImportState::Done)
    }

    /// Returns (number of lines that were applied or have failed, number of these and the lines still to be applied).
    fn progress(&self) -> (i32, i32) {
        // Lines that failed while reading and those that failed while applying are not told apart; both count as done.
        let through = self.import.applied + self.import.failed;
        (through, through + self.import.due)
    }

    fn tabs(&self) -> Vec<(LineOutcome, &'static str, String, String)> {
        let t = self.page.t;
        let name = |outcome| match outcome {
            LineOutcome::Due => t.import_show_due(),
            LineOutcome::Applied => t.import_show_applied(),
            LineOutcome::Failed => t.import_show_failed(),
            LineOutcome::Unchanged => t.import_show_unchanged(),
        };
        let shown = LineOutcome::ALL.into_iter().filter(|outcome| match outcome {
            LineOutcome::Due => self.import.state != ImportState::Done,
            LineOutcome::Applied => self.import.state != ImportState::Ready,
            LineOutcome::Failed | LineOutcome::Unchanged => true,
        });
        let tab = |outcome: LineOutcome| {
            let count = thousands(&self.import.of_outcome(outcome));
            (outcome, name(outcome), count, format!("{}?show={}", address(self.import.id), outcome.code()))
        };
        shown.map(tab).collect()
    }

    fn about(&self) -> String {
        let t = self.page.t;
        let reason = self.import.reason.label(t);
        let at = clock::minute(self.import.at, self.zone);
        t.import_about(self.import.mode.label(t), reason, &self.import.by, at)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn finished(&self) -> String {
        self.import.finished_at.map(|at| clock::minute(at, self.zone)).unwrap_or_default()
    }

    /// Returns (CSS class, text) of the difference that a line makes. `None` if the stock before or after it is
    /// unknown.
    fn change(&self, line: &ImportLine) -> Option<(&'static str, String)> {
        let change = i64::from(line.after?) - i64::from(line.before?);
        let class = match change {
            0 => "",
            coming if coming > 0 => "delta-in",
            _ => "delta-out",
        };
        Some((class, with_sign(&change)))
    }

    fn name(&self, line: &ImportLine) -> Option<&String> {
        self.names.get(&line.sku?)
    }

    /// Returns a note that the differences of this SKU's lines are added up; `None` if the SKU has only one line.
    fn together(&self, line: &ImportLine) -> Option<String> {
        let together = self.together.get(&line.sku?)?;
        Some(self.page.t.import_together(thousands(&together.lines), with_sign(&together.change)))
    }

    /// Returns whether the import waits for staff to choose its columns.
    fn is_unmapped(&self) -> bool {
        self.import.state == ImportState::Unmapped
    }

    /// Returns whether the import was confirmed, so that it is being applied or done.
    fn is_applied(&self) -> bool {
        matches!(self.import.state, ImportState::Applying | ImportState::Done)
    }

    /// Returns whether staff can still choose the columns of the file.
    fn can_be_mapped(&self) -> bool {
        self.import.has_file && matches!(self.import.state, ImportState::Ready | ImportState::Unmapped)
    }

    /// Returns whether the form has errors in the fields that choose sheet, heading row and columns.
    fn has_mapping_errors(&self) -> bool {
        self.form
            .errors()
            .iter()
            .any(|(field, _)| field.ends_with("_column") || matches!(*field, "sheet" | "heading_row"))
    }

    fn unreadable_words(&self, why: &UnreadableFile) -> String {
        unreadable_words(&self.page.t, why, &self.import.mode)
    }

    fn problem(&self, line: &ImportLine) -> String {
        let like = |code: &&String| code.to_lowercase() == line.code.to_lowercase();
        if let Some(meant) = self.meant.iter().find(like).filter(|_| line.problem == Some(LineProblem::UnknownCode)) {
            return self.page.t.import_line_unknown_code_but(meant);
        }
        line.problem.map(|problem| problem_words(self.page.t, problem, line)).unwrap_or_default()
    }
}

fn skus(lines: &[ImportLine]) -> Vec<SkuId> {
    lines.iter().filter_map(|line| line.sku).collect()
}

fn names(conn: &mut Connection, lines: &[ImportLine], language: Language) -> Result<HashMap<SkuId, String>, DbError> {
    let offers = catalog::sku_offers(conn, &skus(lines), language)?;
    let called = |offer: SkuOffer| {
        let words = [offer.name, offer.options].into_iter().filter(|words| !words.is_empty());
        (offer.sku_id, words.collect::<Vec<_>>().join(" · "))
    };
    Ok(offers.into_iter().map(called).collect())
}

/// Returns which lines the page shows if the user chooses none. Of an import that is done: the failed lines, or the
/// applied ones if none failed. Of any other import: the lines to apply, or the failed ones if there are none to apply.
fn first_shown(import: &Import) -> LineOutcome {
    match import.state {
        ImportState::Done if import.failed > 0 => LineOutcome::Failed,
        ImportState::Done => LineOutcome::Applied,
        _ if import.due == 0 && import.failed > 0 => LineOutcome::Failed,
        _ => LineOutcome::Due,
    }
}
