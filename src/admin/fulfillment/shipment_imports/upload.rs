//! The list of uploaded files with tracking numbers, and the form that uploads one.

use actix_multipart::Multipart;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{IMPORTS_PATH, address};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        fulfillment::table_files::{read_rows, refusal, state_name},
    },
    audit::AuditAction,
    fulfillment::{self, Carrier, MAX_SHIPMENT_FILE_BYTES, MAX_SHIPMENT_LINES, NewShipmentImport, ShipmentImport},
    kernel::ShipmentImportId,
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    stock::FileRow,
    web::{self, Form, PageError, PageResult, UploadFields, UploadResult, see_other},
};

const UPLOAD_FIELDS: UploadFields<2> =
    UploadFields { fields: ["token", "carrier"], file: "file", max_bytes: MAX_SHIPMENT_FILE_BYTES };
const MEGABYTE: u64 = 1024 * 1024;

#[derive(Template)]
#[template(path = "admin/fulfillment/shipment-imports.html")]
struct ShipmentFilesPage {
    page: AdminPage,
    imports: Vec<ShipmentImport>,
    carriers: Vec<Carrier>,
    form: Form,
    token: String,
    zone: FixedOffset,
}

/// `GET /admin/shipments/imports`: the list of files.
pub async fn shipment_files(staff: StaffRequest) -> PageResult {
    web::html(&ShipmentFilesPage::load(staff, Form::default()).await?)
}

/// `POST /admin/shipments/imports`: stores the rows of an uploaded file and redirects to the page that shows what it
/// would do.
pub async fn upload_shipments(staff: StaffRequest, body: Multipart) -> PageResult {
    let t = staff.page.t;
    let (mut form, file) = web::receive(body, UPLOAD_FIELDS, Vec::new()).await?;
    match file {
        UploadResult::TooLarge => form.fail("file", t.shipment_file_too_large(MAX_SHIPMENT_FILE_BYTES / MEGABYTE)),
        UploadResult::Nothing => form.fail("file", t.shipment_file_needed()),
        UploadResult::File { name, content } => {
            match read_rows(content, MAX_SHIPMENT_LINES, fulfillment::is_shipment_heading).await? {
                Ok(rows) => return Ok(see_other(&address(store(&staff, &form, name, rows).await?))),
                Err(unreadable) => form.fail("file", refusal(t, MAX_SHIPMENT_LINES, unreadable)),
            }
        }
    }
    web::unprocessable(&ShipmentFilesPage::load(staff, form).await?)
}

async fn store(
    staff: &StaffRequest,
    form: &Form,
    name: String,
    rows: Vec<FileRow>,
) -> Result<ShipmentImportId, PageError> {
    let token = random::token_or_new(form.value("token"));
    let audit = AuditContext::of(staff);
    let carrier = form.value("carrier").parse().ok();
    let file_name = if name.is_empty() { "file".to_owned() } else { name };
    let lines = rows.len();
    let new = NewShipmentImport { token, staff: audit.staff_id, file_name, carrier, rows };
    let stored = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let (id, is_new) = fulfillment::store_shipment_import(conn, &new)?;
            if is_new {
                let after = json!({ "import": id.0, "lines": lines });
                audit.record(conn, AuditAction::UploadShipments, &new.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(id)
        })
    });
    Ok(stored.await?)
}

impl ShipmentFilesPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let zone = staff.config.zone;
        let (imports, carriers) = staff
            .db
            .run(|conn| Ok::<_, DbError>((fulfillment::shipment_imports(conn)?, fulfillment::active_carriers(conn)?)))
            .await?;
        let page = AdminPage::load(staff.page.at(IMPORTS_PATH), &staff.db).await?;
        Ok(Self { page, imports, carriers, form, token: random::token(), zone })
    }

    fn hint(&self) -> String {
        self.page.t.shipment_file_hint(MAX_SHIPMENT_LINES, MAX_SHIPMENT_FILE_BYTES / MEGABYTE)
    }

    fn state(&self, import: &ShipmentImport) -> &'static str {
        state_name(self.page.t, import.state, self.page.t.shipment_state_applying())
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
