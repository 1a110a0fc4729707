//! What staff decide about a stock import: to apply it, to discard it, or to import those lines again whose stock had
//! changed.

use actix_web::web::Path;
use serde_json::json;

use super::{
    super::large_changes::{needs_password, require_password},
    address,
    page::ImportPage,
};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    kernel::ImportId,
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    stock::{self, ConfirmOutcome, Confirmation, RetryOutcome},
    web::{self, Fields, Flash, Form, PageError, PageResult, see_other},
};

/// `POST /admin/imports/{import}/confirmation`: confirms an import, so that a background job applies it.
pub async fn confirm_import(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t) = (ImportId(id.into_inner()), staff.page.t);
    let mut form = Form::from(fields);
    let units = staff.db.run(move |conn| Ok::<_, DbError>(stock::import_units(conn, id)?)).await?;
    if needs_password(&staff, units).await? {
        return require_password(staff, form.fields(), units).await;
    }
    let said = Confirmation { revision: revision(&form), again: form.ticked("again") };
    let audit = AuditContext::of(&staff);
    let confirmed = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let confirmed = stock::confirm_import(conn, id, audit.staff_id, said, clock::now())?;
                if let Some(ConfirmOutcome::Yes(import)) = &confirmed {
                    let after = json!({ "import": id.0, "lines": import.due, "once_more": said.again });
                    audit.record(conn, AuditAction::ConfirmImport, &import.file_name, Diff::after(after))?;
                }
                Ok::<_, DbError>(confirmed)
            })
        })
        .await?;
    match confirmed.ok_or(PageError::NotFound)? {
        ConfirmOutcome::Yes(_) | ConfirmOutcome::Already => Ok(see_other(&address(id))),
        ConfirmOutcome::NotReady => Ok(Flash::notice(t.import_not_ready()).see_other(&address(id), &staff.config)),
        refused => {
            match refused {
                ConfirmOutcome::Unmapped => form.fail("mapping", t.import_unmapped_refused()),
                ConfirmOutcome::Stale => form.fail("mapping", t.import_stale()),
                _ => form.fail("again", t.import_same_file_tick()),
            }
            web::unprocessable(&ImportPage::load(staff.at(&address(id)), id, &Fields::default(), form).await?)
        }
    }
}

/// Reads the field `revision`, the version of the chosen columns that the page showed. Returns 1 if it is missing, 0
/// (which no import has) if it is not a number.
pub(super) fn revision(form: &Form) -> i32 {
    match form.value("revision") {
        "" => 1,
        typed => typed.parse().unwrap_or(0),
    }
}

/// `POST /admin/imports/{import}/removal`: discards an import that is not confirmed yet.
pub async fn discard_import(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, audit) = (ImportId(id.into_inner()), AuditContext::of(&staff));
    let discarded = staff
        .db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let discarded = stock::discard_import(conn, id)?;
                if discarded {
                    let after = json!({ "import": id.0 });
                    audit.record(conn, AuditAction::DiscardImport, &import.file_name, Diff::after(after))?;
                }
                Ok::<_, DbError>(discarded)
            })
        })
        .await?;
    if discarded {
        return Ok(see_other(&address(id)));
    }
    Ok(Flash::notice(staff.page.t.import_not_ready()).see_other(&address(id), &staff.config))
}

/// `POST /admin/imports/{import}/successor`: makes a new import of those counts that failed in this import because the
/// stock had changed since its preview. The new import compares them with the current stock.
pub async fn decide_again(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, audit, token) = (ImportId(id.into_inner()), AuditContext::of(&staff), random::token());
    let decided = staff
        .db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let decided = stock::retry_changed_lines(conn, id, audit.staff_id, &token)?;
                if let RetryOutcome::Created(follower) = decided {
                    let after = json!({ "import": id.0, "successor": follower.0 });
                    audit.record(conn, AuditAction::DecideImportAgain, &import.file_name, Diff::after(after))?;
                }
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    match decided {
        RetryOutcome::Created(follower) | RetryOutcome::Already(follower) => Ok(see_other(&address(follower))),
        RetryOutcome::Nothing => {
            Ok(Flash::notice(staff.page.t.import_nothing_to_decide()).see_other(&address(id), &staff.config))
        }
    }
}
