//! What staff decide about a sheet with collected cash: whether its amounts are recorded.

use actix_web::web::Path;
use serde_json::json;

use super::{SHEETS_PATH, address};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    fulfillment::{self, ConfirmCashOutcome},
    kernel::CashSheetId,
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{Fields, Flash, Form, PageResult, see_other},
};

/// `POST /admin/cash-sheets/{sheet}/confirmation`: confirms a sheet, so that a background job records the collected
/// amounts. Amounts that differ from what the order says is to be collected are recorded only if `with_differences` is
/// set.
pub async fn confirm_cash_sheet(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t) = (CashSheetId(*id), staff.page.t);
    let with_differences = Form::from(fields).ticked("with_differences");
    let audit = AuditContext::of(&staff);
    let confirmed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let sheet = fulfillment::cash_sheet(conn, id)?.ok_or(DbError::Missing)?;
            let chosen = (id, with_differences);
            let outcome = fulfillment::confirm_cash_sheet(conn, chosen, audit.staff_id, clock::now())?;
            if let ConfirmCashOutcome::Confirmed(orders) = outcome {
                let after = json!({ "sheet_id": id.0, "orders": orders });
                audit.record(conn, AuditAction::ConfirmCashSheet, &sheet.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    let notice = match confirmed.await? {
        ConfirmCashOutcome::Confirmed(_) => return Ok(see_other(&address(id))),
        ConfirmCashOutcome::Already => t.cash_too_late(),
        ConfirmCashOutcome::Nothing => t.cash_preview_nothing(),
    };
    Ok(Flash::notice(notice).see_other(&address(id), &staff.config))
}

/// `POST /admin/cash-sheets/{sheet}/removal`: discards a sheet that was not confirmed.
pub async fn discard_cash_sheet(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t, audit) = (CashSheetId(*id), staff.page.t, AuditContext::of(&staff));
    let discarded = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let sheet = fulfillment::cash_sheet(conn, id)?.ok_or(DbError::Missing)?;
            let discarded = fulfillment::discard_cash_sheet(conn, id)?;
            if discarded {
                let after = json!({ "sheet_id": id.0 });
                audit.record(conn, AuditAction::DiscardCashSheet, &sheet.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(discarded)
        })
    });
    if discarded.await? {
        return Ok(see_other(SHEETS_PATH));
    }
    Ok(Flash::notice(t.cash_too_late()).see_other(&address(id), &staff.config))
}
