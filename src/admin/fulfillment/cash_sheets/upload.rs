//! The list of uploaded sheets with collected cash, and the form that uploads one.

use actix_multipart::Multipart;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{SHEETS_PATH, address};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        fulfillment::table_files::{read_rows, refusal, state_name},
    },
    audit::AuditAction,
    fulfillment::{
        self, CashSheet, CashSheetLine, MAX_CASH_FILE_BYTES, MAX_CASH_LINES, NewCashSheet, UnreadCashSheet,
        cash_lines_of_rows, is_cash_heading,
    },
    kernel::CashSheetId,
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    web::{self, Form, PageError, PageResult, UploadFields, UploadResult, see_other},
};

const UPLOAD_FIELDS: UploadFields<3> = UploadFields {
    fields: ["token", "number_heading", "amount_heading"],
    file: "file",
    max_bytes: MAX_CASH_FILE_BYTES,
};
const MEGABYTE: u64 = 1024 * 1024;

#[derive(Template)]
#[template(path = "admin/fulfillment/cash-sheets.html")]
struct CashSheetsPage {
    page: AdminPage,
    sheets: Vec<CashSheet>,
    form: Form,
    token: String,
    zone: FixedOffset,
}

/// `GET /admin/cash-sheets`: the list of sheets.
pub async fn cash_sheets(staff: StaffRequest) -> PageResult {
    web::html(&CashSheetsPage::load(staff, Form::default()).await?)
}

/// `POST /admin/cash-sheets`: stores the lines of an uploaded sheet and redirects to the page that shows what they
/// would record.
pub async fn upload_cash_sheet(staff: StaffRequest, body: Multipart) -> PageResult {
    let (mut form, file) = web::receive(body, UPLOAD_FIELDS, Vec::new()).await?;
    match read(&staff, &mut form, file).await? {
        Some((name, lines)) => Ok(see_other(&address(store(&staff, &form, name, lines).await?))),
        None => web::unprocessable(&CashSheetsPage::load(staff, form).await?),
    }
}

/// Returns the name and the lines of the file; `None`, with errors in the form, if it cannot be read.
async fn read(
    staff: &StaffRequest,
    form: &mut Form,
    file: UploadResult<Vec<u8>>,
) -> Result<Option<(String, Vec<CashSheetLine>)>, PageError> {
    let t = staff.page.t;
    let (name, content) = match file {
        UploadResult::File { name, content } => (name, content),
        UploadResult::TooLarge => {
            form.fail("file", t.shipment_file_too_large(MAX_CASH_FILE_BYTES / MEGABYTE));
            return Ok(None);
        }
        UploadResult::Nothing => {
            form.fail("file", t.shipment_file_needed());
            return Ok(None);
        }
    };
    // A heading that staff have typed may be one that is not known, so the sheet of a workbook is found by the others.
    let rows = match read_rows(content, MAX_CASH_LINES, is_cash_heading).await? {
        Ok(rows) => rows,
        Err(unreadable) => {
            form.fail("file", refusal(t, MAX_CASH_LINES, unreadable));
            return Ok(None);
        }
    };
    let typed = |field: &str| form.value(field).trim().to_owned();
    match cash_lines_of_rows(&rows, &typed("number_heading"), &typed("amount_heading")) {
        Ok(lines) if lines.is_empty() => form.fail("file", t.cash_sheet_empty()),
        Ok(lines) if lines.len() > MAX_CASH_LINES => form.fail("file", t.shipment_file_too_long(MAX_CASH_LINES)),
        Ok(lines) => return Ok(Some((name, lines))),
        Err(UnreadCashSheet::NoNumbers) => form.fail("number_heading", t.cash_sheet_no_numbers()),
        Err(UnreadCashSheet::NoAmounts) => form.fail("amount_heading", t.cash_sheet_no_amounts()),
    }
    Ok(None)
}

async fn store(
    staff: &StaffRequest,
    form: &Form,
    name: String,
    lines: Vec<CashSheetLine>,
) -> Result<CashSheetId, PageError> {
    let token = random::token_or_new(form.value("token"));
    let audit = AuditContext::of(staff);
    let file_name = if name.is_empty() { "file".to_owned() } else { name };
    let new = NewCashSheet { token, staff: audit.staff_id, file_name, lines };
    let stored = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let (id, is_new) = fulfillment::store_cash_sheet(conn, &new)?;
            if is_new {
                let after = json!({ "sheet_id": id.0, "lines": new.lines.len() });
                audit.record(conn, AuditAction::UploadCashSheet, &new.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(id)
        })
    });
    Ok(stored.await?)
}

impl CashSheetsPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let zone = staff.config.zone;
        let sheets = staff.db.run(|conn| Ok::<_, DbError>(fulfillment::cash_sheets(conn)?)).await?;
        let page = AdminPage::load(staff.page.at(SHEETS_PATH), &staff.db).await?;
        Ok(Self { page, sheets, form, token: random::token(), zone })
    }

    fn hint(&self) -> String {
        self.page.t.cash_sheet_hint(MAX_CASH_LINES, MAX_CASH_FILE_BYTES / MEGABYTE)
    }

    /// Returns whether the page shows the fields for the headings of columns at once, without a click.
    fn has_headings(&self) -> bool {
        let fields = ["number_heading", "amount_heading"];
        fields.iter().any(|field| self.form.error(field).is_some() || !self.form.value(field).is_empty())
    }

    fn state(&self, sheet: &CashSheet) -> &'static str {
        state_name(self.page.t, sheet.state, self.page.t.cash_sheet_state_applying())
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
