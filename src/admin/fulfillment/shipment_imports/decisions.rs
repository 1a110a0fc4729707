//! What staff decide about an uploaded file with tracking numbers: which columns hold what, and whether its parcels are
//! sent.

use actix_web::web::Path;
use serde_json::json;

use super::{IMPORTS_PATH, address, page::ShipmentFilePage};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    fulfillment::{self, ConfirmShipmentsOutcome, ShipmentColumns},
    kernel::ShipmentImportId,
    messages::Messages,
    platform::{
        clock,
        db::{self, DbError},
    },
    stock::MAX_ROW_CELLS,
    web::{self, Fields, Flash, Form, PageResult, see_other},
};

/// `POST /admin/shipments/imports/{import}/mapping`: changes which columns of a file are read, and the carrier of lines
/// that name none.
pub async fn map_shipments(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (ShipmentImportId(*id), staff.page.t, Form::from(fields));
    let Some(columns) = columns(&mut form, t) else {
        return web::unprocessable(&ShipmentFilePage::load(staff, id, form).await?);
    };
    let carrier = form.value("carrier").parse().ok();
    let changed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| Ok::<_, DbError>(fulfillment::change_columns(conn, id, columns, carrier)?))
    });
    if changed.await? {
        return Ok(see_other(&address(id)));
    }
    Ok(Flash::notice(t.shipment_too_late()).see_other(&address(id), &staff.config))
}

fn columns(form: &mut Form, t: Messages) -> Option<ShipmentColumns> {
    let heading_line = form.value("heading_line").parse().ok().filter(|line| (0..=1_000).contains(line));
    if heading_line.is_none() {
        form.fail("heading_line", t.shipment_column_wrong());
    }
    let mut chosen: Vec<i32> = Vec::new();
    let mut column = |name: &'static str, form: &mut Form| {
        let at: i32 = form.value(name).parse().ok()?;
        if usize::try_from(at).is_ok_and(|at| at < MAX_ROW_CELLS) && !chosen.contains(&at) {
            chosen.push(at);
            return Some(at);
        }
        form.fail(name, t.shipment_column_twice());
        None
    };
    let (order, number) = (column("order_column", form), column("number_column", form));
    let (carrier, code) = (column("carrier_column", form), column("code_column", form));
    let count = column("count_column", form);
    let heading_line = heading_line.filter(|_| !form.has_errors())?;
    Some(ShipmentColumns { heading_line, order, carrier, number, code, count })
}

/// `POST /admin/shipments/imports/{import}/confirmation`: confirms a file, so that a background job sends its parcels.
pub async fn confirm_shipments(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t) = (ShipmentImportId(*id), staff.page.t);
    let revision = fields.get("revision").parse().unwrap_or(0);
    let audit = AuditContext::of(&staff);
    let confirmed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let import = fulfillment::shipment_import(conn, id)?.ok_or(DbError::Missing)?;
            let outcome = fulfillment::confirm_shipment_import(conn, (id, revision), audit.staff_id, clock::now())?;
            if let ConfirmShipmentsOutcome::Confirmed(parcels) = outcome {
                let after = json!({ "import": id.0, "parcels": parcels });
                audit.record(conn, AuditAction::ConfirmShipments, &import.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    let notice = match confirmed.await? {
        ConfirmShipmentsOutcome::Confirmed(_) => return Ok(see_other(&address(id))),
        ConfirmShipmentsOutcome::Already => t.shipment_too_late(),
        ConfirmShipmentsOutcome::Stale => t.shipment_stale(),
        ConfirmShipmentsOutcome::Nothing => t.shipment_preview_nothing(),
    };
    Ok(Flash::notice(notice).see_other(&address(id), &staff.config))
}

/// `POST /admin/shipments/imports/{import}/removal`: discards a file that was not confirmed.
pub async fn discard_shipments(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t, audit) = (ShipmentImportId(*id), staff.page.t, AuditContext::of(&staff));
    let discarded = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let import = fulfillment::shipment_import(conn, id)?.ok_or(DbError::Missing)?;
            let discarded = fulfillment::discard_shipment_import(conn, id)?;
            if discarded {
                let after = json!({ "import": id.0 });
                audit.record(conn, AuditAction::DiscardShipments, &import.file_name, Diff::after(after))?;
            }
            Ok::<_, DbError>(discarded)
        })
    });
    if discarded.await? {
        return Ok(see_other(IMPORTS_PATH));
    }
    Ok(Flash::notice(t.shipment_too_late()).see_other(&address(id), &staff.config))
}
