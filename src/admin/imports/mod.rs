//! Imports: stock out of a file. The rules are the stock room's.

mod files;
mod upload;
mod work;

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;
use std::{collections::HashMap, fs::File};

use super::{
    NewStaffAction,
    counter::Counter,
    large_changes::{ask_password, needs_password},
    record,
    stock_words::{reason_name, reasons},
};
use crate::{
    accounts::Staff,
    catalog::{self, Branch, Offer},
    config::Config,
    kernel::{ImportId, SkuId, UserId},
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
        secrets,
    },
    stock::{
        self, Confirmed, Decided, Import, ImportFile, ImportLine, ImportState, MOST_BYTES, MOST_LINES, MOST_STOCK,
        Mode, NewImport, Outcome, Problem, Reason, Unreadable,
    },
    web::{
        self, Arrived, Asked, Fields, Flash, Form, Language, Page, PageError, Paging, Text, client_address, grouped,
        see_other, signed,
    },
};

use upload::Arriving;

pub use files::{failed_lines, import_sheet};
pub use work::{work_on_an_import, work_on_imports};

const IMPORTS: &str = "/admin/imports";
/// How many imports, or lines of one, a page lists.
const PER_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/imports.html")]
struct ImportsPage {
    page: Page,
    counter: Counter,
    imports: Vec<Import>,
    paging: Paging,
    zone: FixedOffset,
}

/// `GET /admin/imports`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn imports(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let query = Fields::of_query(&req);
    let (paging, imports) = db
        .run(move |conn| {
            let asked = query.get("page").parse().unwrap_or(1);
            let (count, imports) = stock::imports(conn, (asked, PER_PAGE))?;
            Ok::<_, DbError>((Paging::new(&query, &[], count, PER_PAGE), imports))
        })
        .await?;
    let counter = Counter::load(&db).await?;
    web::html(&ImportsPage { page, counter, imports, paging, zone: config.zone })
}

#[derive(Template)]
#[template(path = "admin/import-new.html")]
struct NewImportPage {
    page: Page,
    counter: Counter,
    form: Form,
    /// What a sheet to fill in may be of.
    tree: Vec<Branch>,
}

impl NewImportPage {
    async fn load(page: Page, db: &Db, form: Form) -> Result<Self, PageError> {
        let language = page.language();
        let tree = db.run(move |conn| Ok::<_, DbError>(catalog::category_tree(conn, language)?)).await?;
        Ok(Self { page, counter: Counter::load(db).await?, form, tree })
    }
}

/// `GET /admin/imports/new`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn new_import(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let form = Form::filled([("token", secrets::token()), ("mode", Mode::Difference.code().to_owned())]);
    web::html(&NewImportPage::load(page, &db, form).await?)
}

/// What the form asks for.
const ASKED: Asked<4> = Asked { fields: ["token", "mode", "reason", "note"], file: "file", most_bytes: MOST_BYTES };

/// `POST /admin/imports`: takes in a file, to be read in the background.
///
/// # Errors
/// Not staff, no form with a file, or the database's own.
pub async fn send_import(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    form: Multipart,
    db: Data<Db>,
) -> Result<HttpResponse, PageError> {
    let (mut form, file) = web::receive(form, ASKED, Arriving::begin()?).await?;
    let typed = read_form(&mut form, person.id, page.t);
    match file {
        Arrived::TooLarge => form.fail("file", page.t.import_file_too_large(MOST_BYTES / 1024 / 1024)),
        Arrived::Nothing => form.fail("file", page.t.import_file_needed()),
        Arrived::File { name, content } => {
            if let Some(new) = typed {
                let (about, file) = content.end(name).await?;
                let id = keep(&db, new, about, file, client_address(&req)).await?;
                return Ok(see_other(&address(id)));
            }
        }
    }
    web::unprocessable(&NewImportPage::load(page.at("/admin/imports/new"), &db, form).await?)
}

/// What was typed beside the file. The reason follows the numbers unless one is chosen.
fn read_form(form: &mut Form, staff_id: UserId, t: Text) -> Option<NewImport> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let token = form.value("token").to_owned();
    let sound = (16..=64).contains(&token.len()) && token.chars().all(is_token);
    let token = if sound { token } else { secrets::token() };
    let mode = Mode::from_code(form.value("mode"));
    if mode.is_none() {
        form.fail("mode", t.import_mode_wrong());
    }
    let usual = match mode {
        Some(Mode::Count) => Reason::Count,
        _ => Reason::Delivery,
    };
    let reason = match form.value("reason") {
        "" => Some(usual),
        "import" => Some(Reason::Import),
        chosen => Reason::OF_STAFF.into_iter().find(|reason| reason.code() == chosen),
    };
    if reason.is_none() {
        form.fail("reason", t.stock_reason_wrong());
    }
    let note = form.line("note", 0..=500, t);
    Some(NewImport { token, staff_id, mode: mode?, reason: reason?, note: note? })
}

async fn keep(
    db: &Db,
    new: NewImport,
    about: ImportFile,
    mut file: File,
    came_from: String,
) -> Result<ImportId, PageError> {
    let kept = db.run(move |conn| {
        db::transaction(conn, |conn| {
            let (id, is_new) = stock::keep_import(conn, &new, &about, &mut file)?;
            if is_new {
                let after = json!({ "import": id.0, "mode": new.mode.code(), "bytes": about.bytes });
                let subject = about.name.clone();
                let came_from = Some(came_from.clone());
                let what = "send_import";
                record(
                    conn,
                    &NewStaffAction {
                        staff_id: new.staff_id,
                        what,
                        subject,
                        before: None,
                        after: Some(after),
                        came_from,
                    },
                )?;
            }
            Ok::<_, DbError>(id)
        })
    });
    Ok(kept.await?)
}

fn address(id: ImportId) -> String {
    format!("{IMPORTS}/{id}")
}

/// One import: what it would do, how far it is, or what it did.
#[derive(Template)]
#[template(path = "admin/import.html")]
struct ImportPage {
    page: Page,
    counter: Counter,
    import: Import,
    /// The last time the same file was applied.
    same: Option<Import>,
    /// How many counts met a stock that had changed.
    changed: i64,
    show: Outcome,
    lines: Vec<ImportLine>,
    /// What their SKUs are called.
    names: HashMap<SkuId, String>,
    paging: Paging,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/imports/{import}`
///
/// # Errors
/// Not staff, no such import, or the database's own.
pub async fn import(
    _: Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, query) = (ImportId(id.into_inner()), Fields::of_query(&req));
    web::html(&ImportPage::load(page, id, query, &db, &config, Form::default()).await?)
}

impl ImportPage {
    async fn load(
        page: Page,
        id: ImportId,
        query: Fields,
        db: &Db,
        config: &Config,
        form: Form,
    ) -> Result<Self, PageError> {
        let language = page.language();
        let (import, same, changed, show, lines, names, paging) = db
            .run(move |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let same = match import.state {
                    ImportState::Ready => stock::same_file_before(conn, &import)?,
                    _ => None,
                };
                let done = import.state == ImportState::Done && import.mode == Mode::Count && import.failed > 0;
                let changed = if done { stock::changed_lines(conn, id)? } else { 0 };
                let show = Outcome::from_code(query.get("show")).unwrap_or_else(|| first_shown(&import));
                let count = i64::from(import.of_outcome(show));
                let paging = Paging::new(&query, &["show"], count, PER_PAGE).at(address(id));
                let lines = match import.state {
                    ImportState::Ready | ImportState::Applying | ImportState::Done => {
                        stock::import_lines(conn, id, show, (paging.offset(), paging.limit()))?
                    }
                    _ => Vec::new(),
                };
                let names = names(conn, &lines, language)?;
                Ok::<_, DbError>((import, same, changed, show, lines, names, paging))
            })
            .await?;
        let counter = Counter::load(db).await?;
        Ok(Self { page, counter, import, same, changed, show, lines, names, paging, form, zone: config.zone })
    }

    /// Whether something goes on that the page should follow.
    fn is_moving(&self) -> bool {
        matches!(self.import.state, ImportState::Reading | ImportState::Applying)
    }

    fn has_lines(&self) -> bool {
        matches!(self.import.state, ImportState::Ready | ImportState::Applying | ImportState::Done)
    }

    /// How many lines are through, of how many that were to be applied; a crash forgets neither.
    fn progress(&self) -> (i32, i32) {
        // What failed before is not known apart from what failed in applying, and counts as through.
        let through = self.import.applied + self.import.failed;
        (through, through + self.import.due)
    }

    fn tabs(&self) -> Vec<(Outcome, &'static str, String, String)> {
        let t = self.page.t;
        let name = |outcome| match outcome {
            Outcome::Due => t.import_show_due(),
            Outcome::Applied => t.import_show_applied(),
            Outcome::Failed => t.import_show_failed(),
            Outcome::Unchanged => t.import_show_unchanged(),
        };
        let shown = Outcome::ALL.into_iter().filter(|outcome| match outcome {
            Outcome::Due => self.import.state != ImportState::Done,
            Outcome::Applied => self.import.state != ImportState::Ready,
            Outcome::Failed | Outcome::Unchanged => true,
        });
        let tab = |outcome: Outcome| {
            let count = grouped(&self.import.of_outcome(outcome));
            (outcome, name(outcome), count, format!("{}?show={}", address(self.import.id), outcome.code()))
        };
        shown.map(tab).collect()
    }

    fn about(&self) -> String {
        let t = self.page.t;
        let reason = reason_name(t, self.import.reason.or(Some(Reason::Import)));
        let at = clock::minute(self.import.at, self.zone);
        t.import_about(mode_name(&t, &self.import.mode), reason, &self.import.by, at)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn finished(&self) -> String {
        self.import.finished_at.map(|at| clock::minute(at, self.zone)).unwrap_or_default()
    }

    /// By how much a line changes stock: the style and the difference.
    fn change(&self, line: &ImportLine) -> Option<(&'static str, String)> {
        let change = i64::from(line.after?) - i64::from(line.before?);
        let class = match change {
            0 => "",
            coming if coming > 0 => "delta-in",
            _ => "delta-out",
        };
        Some((class, signed(&change)))
    }

    fn name(&self, line: &ImportLine) -> Option<&String> {
        self.names.get(&line.sku?)
    }

    fn problem(&self, line: &ImportLine) -> String {
        line.problem.map(|problem| problem_words(self.page.t, problem, line)).unwrap_or_default()
    }
}

fn names(conn: &mut Connection, lines: &[ImportLine], language: Language) -> Result<HashMap<SkuId, String>, DbError> {
    let skus: Vec<SkuId> = lines.iter().filter_map(|line| line.sku).collect();
    let offers = catalog::offers(conn, &skus, language)?;
    let called = |offer: Offer| {
        let words = [offer.name, offer.options].into_iter().filter(|words| !words.is_empty());
        (offer.sku_id, words.collect::<Vec<_>>().join(" · "))
    };
    Ok(offers.into_iter().map(called).collect())
}

impl ImportsPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

/// What an import's page shows where nobody asks for anything else: what would happen before, what went wrong after.
fn first_shown(import: &Import) -> Outcome {
    match import.state {
        ImportState::Done if import.failed > 0 => Outcome::Failed,
        ImportState::Done => Outcome::Applied,
        _ if import.due == 0 && import.failed > 0 => Outcome::Failed,
        _ => Outcome::Due,
    }
}

fn mode_name(t: &Text, mode: &Mode) -> &'static str {
    match mode {
        Mode::Difference => t.import_mode_difference(),
        Mode::Count => t.import_mode_count(),
    }
}

/// How far an import is: the badge's class and what it says.
fn state_badge(t: &Text, state: &ImportState) -> (&'static str, &'static str) {
    match state {
        ImportState::Reading => ("", t.import_state_reading()),
        ImportState::Refused(..) => ("badge-danger", t.import_state_refused()),
        ImportState::Ready => ("badge-low", t.import_state_ready()),
        ImportState::Discarded => ("", t.import_state_discarded()),
        ImportState::Applying => ("badge-low", t.import_state_applying()),
        ImportState::Done => ("badge-accent", t.import_state_done()),
    }
}

fn problem_words(t: Text, problem: Problem, line: &ImportLine) -> String {
    match problem {
        Problem::NoCode => t.line_no_code().to_owned(),
        Problem::UnknownCode if is_rewritten(&line.code) => t.line_code_rewritten().to_owned(),
        Problem::UnknownCode => t.line_unknown_code().to_owned(),
        Problem::NotANumber => t.line_not_a_number().to_owned(),
        Problem::TooFar => t.line_too_far().to_owned(),
        Problem::CountBelowZero => t.line_count_below_zero().to_owned(),
        Problem::Twice(line) => t.line_twice(line),
        Problem::BelowZero(stock) => t.line_below_zero(grouped(&stock)),
        Problem::TooMany(stock) => t.line_too_many(grouped(&stock), grouped(&MOST_STOCK)),
        Problem::Changed(now) => t.line_changed(grouped(&line.before.unwrap_or_default()), grouped(&now)),
        Problem::Refused => t.line_refused().to_owned(),
    }
}

/// Whether a spreadsheet has taken a code of digits for a number: `4.00638E+12`.
fn is_rewritten(code: &str) -> bool {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    code.split_once("E+").is_some_and(|(digits, exponent)| is_number(digits) && is_number(exponent))
}

fn unreadable_words(t: &Text, why: &Unreadable) -> String {
    match why {
        Unreadable::Empty => t.file_empty().to_owned(),
        Unreadable::NotATable => t.file_not_a_table().to_owned(),
        Unreadable::Encoding => t.file_encoding().to_owned(),
        Unreadable::NoHeading => t.file_no_heading().to_owned(),
        Unreadable::NoLines => t.file_no_lines().to_owned(),
        Unreadable::TooManyLines => t.file_too_many_lines(most_lines()),
        Unreadable::LineTooLong => t.file_line_too_long().to_owned(),
        Unreadable::OldWorkbook => t.file_old_workbook().to_owned(),
        Unreadable::BrokenWorkbook => t.file_broken_workbook().to_owned(),
        Unreadable::TooLargeInside => t.file_too_large_inside().to_owned(),
        Unreadable::GivenUp => t.file_given_up().to_owned(),
    }
}

fn most_lines() -> String {
    grouped(&i64::try_from(MOST_LINES).unwrap_or(i64::MAX))
}

/// `POST /admin/imports/{import}/confirmation`: has it applied.
///
/// # Errors
/// Not staff, no such import, or the database's own.
pub async fn confirm_import(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, t) = (ImportId(id.into_inner()), page.t);
    let mut form = Form::from(fields);
    let units = db.run(move |conn| Ok::<_, DbError>(stock::import_units(conn, id)?)).await?;
    if needs_password(&req, units, &config).await? {
        return ask_password(&req, page, &person, form.fields(), units, &db).await;
    }
    let (again, came_from) = (form.ticked("again"), client_address(&req));
    let confirmed = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let confirmed = stock::confirm_import(conn, id, person.id, again, clock::now())?;
                if let Some(Confirmed::Yes(import)) = &confirmed {
                    let after = json!({ "import": id.0, "lines": import.due, "once_more": again });
                    record(conn, &of_import(person.id, "confirm_import", import, after, &came_from))?;
                }
                Ok::<_, DbError>(confirmed)
            })
        })
        .await?;
    match confirmed.ok_or(PageError::NotFound)? {
        Confirmed::Yes(_) | Confirmed::Already => Ok(see_other(&address(id))),
        Confirmed::NotReady => Ok(Flash::notice(t.import_not_ready()).see_other(&address(id), &config)),
        Confirmed::SameFile => {
            form.fail("again", t.import_same_file_tick());
            let page = page.at(&address(id));
            web::unprocessable(&ImportPage::load(page, id, Fields::default(), &db, &config, form).await?)
        }
    }
}

/// `POST /admin/imports/{import}/removal`: decides against it.
///
/// # Errors
/// Not staff, no such import, or the database's own.
pub async fn discard_import(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, came_from) = (ImportId(id.into_inner()), client_address(&req));
    let discarded = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let discarded = stock::discard_import(conn, id)?;
                if discarded {
                    let after = json!({ "import": id.0 });
                    record(conn, &of_import(person.id, "discard_import", &import, after, &came_from))?;
                }
                Ok::<_, DbError>(discarded)
            })
        })
        .await?;
    if discarded {
        return Ok(see_other(&address(id)));
    }
    Ok(Flash::notice(page.t.import_not_ready()).see_other(&address(id), &config))
}

/// `POST /admin/imports/{import}/successor`: shows the counts that met a changed stock again, with the stock of now.
///
/// # Errors
/// Not staff, no such import, or the database's own.
pub async fn decide_again(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, came_from, token) = (ImportId(id.into_inner()), client_address(&req), secrets::token());
    let decided = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let decided = stock::decide_again(conn, id, person.id, &token)?;
                if let Decided::Here(follower) = decided {
                    let after = json!({ "import": id.0, "successor": follower.0 });
                    record(conn, &of_import(person.id, "decide_import_again", &import, after, &came_from))?;
                }
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    match decided {
        Decided::Here(follower) => Ok(see_other(&address(follower))),
        Decided::Nothing => Ok(Flash::notice(page.t.import_nothing_to_decide()).see_other(&address(id), &config)),
    }
}

fn of_import(
    staff_id: UserId,
    what: &'static str,
    import: &Import,
    after: serde_json::Value,
    came_from: &str,
) -> NewStaffAction {
    let (subject, came_from) = (import.file_name.clone(), Some(came_from.to_owned()));
    NewStaffAction { staff_id, what, subject, before: None, after: Some(after), came_from }
}
