//! The page with the form of a new stock import. Its file is read in the background.

use actix_multipart::Multipart;
use askama::Template;
use serde_json::json;
use std::fs::File;

use super::{super::labels, address, labels::most_lines, upload::TempFileSink};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    catalog::{self, CategoryNode},
    kernel::{ImportId, UserId},
    messages::Messages,
    platform::{
        db::{self, DbError},
        random,
    },
    stock::{self, ImportFile, ImportMode, MAX_FILE_BYTES, NewImport, Reason},
    web::{self, Form, PageError, PageResult, UploadFields, UploadResult, see_other},
};

#[derive(Template)]
#[template(path = "admin/stock/imports/new.html")]
struct NewImportPage {
    page: AdminPage,
    form: Form,
    /// The categories, for each of which a sheet to fill in can be downloaded.
    tree: Vec<CategoryNode>,
}

impl NewImportPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let language = staff.page.language();
        let tree = staff.db.run(move |conn| Ok::<_, DbError>(catalog::category_tree(conn, language)?)).await?;
        Ok(Self { page: AdminPage::load(staff.page, &staff.db).await?, form, tree })
    }
}

impl NewImportPage {
    fn file_hint(&self) -> String {
        self.page.t.import_file_hint(MAX_FILE_BYTES / 1024 / 1024, most_lines())
    }

    fn reasons(&self) -> Vec<(&'static str, &'static str)> {
        labels::reasons(&self.page.t)
    }
}

/// `GET /admin/imports/new`: the form of a new import.
pub async fn new_import(staff: StaffRequest) -> PageResult {
    let form = Form::filled([("token", random::token()), ("mode", ImportMode::Difference.code().to_owned())]);
    web::html(&NewImportPage::load(staff, form).await?)
}

/// The names of the form's text fields and of its file, and the file's maximum size.
const UPLOAD_FIELDS: UploadFields<4> =
    UploadFields { fields: ["token", "mode", "reason", "note"], file: "file", max_bytes: MAX_FILE_BYTES };

/// `POST /admin/imports`: stores an uploaded file, to be read in the background.
pub async fn send_import(staff: StaffRequest, form: Multipart) -> PageResult {
    let t = staff.page.t;
    let (mut form, file) = web::receive(form, UPLOAD_FIELDS, TempFileSink::begin()?).await?;
    let typed = read_form(&mut form, staff.user.id, t);
    match file {
        UploadResult::TooLarge => form.fail("file", t.import_file_too_large(MAX_FILE_BYTES / 1024 / 1024)),
        UploadResult::Nothing => form.fail("file", t.import_file_needed()),
        UploadResult::File { name, content } => {
            if let Some(new) = typed {
                let (about, file) = content.end(name).await?;
                let id = keep(&staff, new, about, file).await?;
                return Ok(see_other(&address(id)));
            }
        }
    }
    web::unprocessable(&NewImportPage::load(staff.at("/admin/imports/new"), form).await?)
}

/// Reads the fields beside the file; `None`, with errors in the form, if one is wrong. If no reason was chosen, it is
/// `Count` for counts and `Delivery` for differences. An invalid token is replaced by a new one.
fn read_form(form: &mut Form, staff_id: UserId, t: Messages) -> Option<NewImport> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let token = form.value("token").to_owned();
    let sound = (16..=64).contains(&token.len()) && token.chars().all(is_token);
    let token = if sound { token } else { random::token() };
    let mode = ImportMode::from_code(form.value("mode"));
    if mode.is_none() {
        form.fail("mode", t.import_mode_wrong());
    }
    let usual = match mode {
        Some(ImportMode::Count) => Reason::Count,
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

async fn keep(staff: &StaffRequest, new: NewImport, about: ImportFile, mut file: File) -> Result<ImportId, PageError> {
    let audit = AuditContext::of(staff);
    let kept = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let (id, is_new) = stock::store_import(conn, &new, &about, &mut file)?;
            if is_new {
                let after = json!({ "import": id.0, "mode": new.mode.code(), "bytes": about.bytes });
                audit.record(conn, AuditAction::SendImport, &about.name, Diff::after(after))?;
            }
            Ok::<_, DbError>(id)
        })
    });
    Ok(kept.await?)
}
