//! Staff record that they begin to pack orders, or that they do not pack them after all.

use actix_web::web::Path;

use super::papers::{chosen_orders, path_of, reason_words, refuse_choice};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    fulfillment::{self, MAX_ORDERS, PackingOutcome},
    kernel::OrderNumber,
    orders,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    web::{Fields, Flash, PageError, PageResult, see_other},
};

/// `POST /admin/orders/packing`: marks the orders with the numbers `order` as being packed, each in a transaction of
/// its own, and redirects to their pick list, which also names the orders that cannot be packed.
pub async fn pack_orders(staff: StaffRequest, fields: Fields) -> PageResult {
    let chosen = chosen_orders(&fields);
    if let Some(refusal) = refuse_choice(&staff, &chosen, MAX_ORDERS) {
        return Ok(refusal);
    }
    let (audit, typed) = (AuditContext::of(&staff), chosen.clone());
    let packing = staff.db.run_in_line(move |conn| {
        for number in typed.iter().filter_map(|typed| typed.parse().ok()) {
            match start(conn, &number, &audit) {
                // The pick list names it.
                Ok(_) | Err(DbError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok::<_, DbError>(())
    });
    packing.await?;
    Ok(see_other(&path_of("/admin/orders/pick-list", &chosen, &[])))
}

/// `POST /admin/orders/{number}/packing`: marks one order as being packed.
pub async fn pack_order(staff: StaffRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, path, audit) = (staff.page.t, format!("/admin/orders/{number}"), AuditContext::of(&staff));
    let flash = match staff.db.run_in_line(move |conn| start(conn, &number, &audit)).await? {
        PackingOutcome::Done => Flash::success(t.packing_started()),
        PackingOutcome::Unchanged => Flash::notice(t.packing_already()),
        PackingOutcome::Refused(reason) => Flash::error(t.packing_refused(reason_words(t, &reason))),
    };
    Ok(flash.see_other(&path, &staff.config))
}

/// `POST /admin/orders/{number}/packing-stop`: marks one order as not being packed.
pub async fn stop_packing(staff: StaffRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, path, audit) = (staff.page.t, format!("/admin/orders/{number}"), AuditContext::of(&staff));
    let stopped = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let id = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
            let outcome = fulfillment::stop_packing(conn, id, audit.staff_id)?;
            if outcome == PackingOutcome::Done {
                audit.record(conn, AuditAction::StopPacking, number.as_str(), Diff::default())?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    let flash = match stopped.await? {
        PackingOutcome::Done => Flash::success(t.packing_stopped()),
        _ => Flash::notice(t.packing_was_not()),
    };
    Ok(flash.see_other(&path, &staff.config))
}

fn start(conn: &mut Connection, number: &OrderNumber, audit: &AuditContext) -> Result<PackingOutcome, DbError> {
    db::transaction(conn, |conn| {
        let id = orders::id_of_number(conn, number)?.ok_or(DbError::Missing)?;
        let outcome = fulfillment::start_packing(conn, id, audit.staff_id, clock::now())?;
        if outcome == PackingOutcome::Done {
            audit.record(conn, AuditAction::StartPacking, number.as_str(), Diff::default())?;
        }
        Ok(outcome)
    })
}
