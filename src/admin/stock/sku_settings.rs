//! The forms on the page of a SKU's ledger that do not change its stock: the low-stock threshold, the place in the
//! store room and the cost.

use actix_web::web::Path;
use serde_json::json;

use super::ledger::{MovementsPage, ShownChangeForm, address};
use crate::{
    accounts::{Staff, StaffRequest},
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    catalog::MAX_SHELF_PLACE_LEN,
    kernel::{Money, SkuId, thousands},
    platform::db::{self, DbError},
    stock,
    web::{self, Fields, Flash, Form, PageError, PageResult, see_other},
};

/// The largest low-stock threshold that staff can set.
const MAX_LOW_STOCK_AT: i32 = 1_000_000;

/// `GET /admin/stock/{sku id}/low`: redirects to the ledger, which has the form.
pub async fn low_stock_page(_: Staff, id: Path<i64>) -> PageResult {
    Ok(see_other(&address(SkuId(id.into_inner()))))
}

/// `POST /admin/stock/{sku id}/low`: sets the low-stock threshold of a SKU.
pub async fn set_low_stock(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (sku, t) = (SkuId(id.into_inner()), staff.page.t);
    let mut failed = ShownChangeForm { sku, form: Form::from(fields), asked: None };
    let inherits = failed.form.ticked("inherit");
    let at = if inherits { None } else { failed.form.parsed::<i32>("low_stock_at", t.stock_low_wrong(), t) };
    if !inherits && !at.is_some_and(|at| (0..=MAX_LOW_STOCK_AT).contains(&at)) {
        failed.form.fail("low_stock_at", t.stock_low_wrong());
        return web::unprocessable(&MovementsPage::load(staff, address(sku), failed, &Fields::default()).await?);
    }
    let audit = AuditContext::of(&staff);
    let set = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let set = stock::set_low_stock(conn, sku, at)?;
                if let Some((code, before, at)) = &set {
                    let diff = Diff::new(json!({ "low_stock_at": before }), json!({ "low_stock_at": at }));
                    audit.record(conn, AuditAction::SetLowStock, code, diff)?;
                }
                Ok::<_, DbError>(set)
            })
        })
        .await?;
    let (code, _, at) = set.ok_or(PageError::NotFound)?;
    let said = if inherits { t.stock_low_set_default(code) } else { t.stock_low_set(code, thousands(&at)) };
    Ok(Flash::success(said).see_other(&address(sku), &staff.config))
}

/// `GET /admin/stock/{sku id}/shelf-place`: redirects to the ledger, which has the form.
pub async fn shelf_place_page(_: Staff, id: Path<i64>) -> PageResult {
    Ok(see_other(&address(SkuId(id.into_inner()))))
}

/// `POST /admin/stock/{sku id}/shelf-place`: sets where in the store room a SKU lies; empty if that is unknown.
pub async fn set_shelf_place(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (sku, t) = (SkuId(id.into_inner()), staff.page.t);
    let mut failed = ShownChangeForm { sku, form: Form::from(fields), asked: None };
    let Some(place) = failed.form.line("shelf_place", 0..=MAX_SHELF_PLACE_LEN, t) else {
        return web::unprocessable(&MovementsPage::load(staff, address(sku), failed, &Fields::default()).await?);
    };
    let audit = AuditContext::of(&staff);
    let set = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let set = stock::set_shelf_place(conn, sku, &place)?;
            if let Some((code, before)) = &set
                && *before != place
            {
                let diff = Diff::new(json!({ "shelf_place": before }), json!({ "shelf_place": place }));
                audit.record(conn, AuditAction::SetShelfPlace, code, diff)?;
            }
            Ok::<_, DbError>(set)
        })
    });
    set.await?.ok_or(PageError::NotFound)?;
    Ok(Flash::success(t.products_saved()).see_other(&address(sku), &staff.config))
}

/// `GET /admin/stock/{sku id}/cost`: redirects to the ledger, which has the form.
pub async fn cost_page(_: Staff, id: Path<i64>) -> PageResult {
    Ok(see_other(&address(SkuId(id.into_inner()))))
}

/// `POST /admin/stock/{sku id}/cost`: sets what a unit of a SKU costs the shop; empty if that is not known.
pub async fn set_cost(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (sku, t) = (SkuId(id.into_inner()), staff.page.t);
    let mut failed = ShownChangeForm { sku, form: Form::from(fields), asked: None };
    let typed = failed.form.line("cost", 0..=20, t);
    let cost = typed.and_then(|typed| if typed.is_empty() { Some(None) } else { Money::typed(&typed).ok().map(Some) });
    let Some(cost) = cost else {
        failed.form.fail("cost", t.refund_amount_wrong());
        return web::unprocessable(&MovementsPage::load(staff, address(sku), failed, &Fields::default()).await?);
    };
    let audit = AuditContext::of(&staff);
    let set = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let set = stock::set_sku_cost(conn, sku, cost)?;
            if let Some(change) = &set
                && change.before != cost
            {
                let amount = |cost: Option<Money>| json!({ "cost": cost.map(Money::plain) });
                audit.record(
                    conn,
                    AuditAction::SetCost,
                    &change.code,
                    Diff::new(amount(change.before), amount(cost)),
                )?;
            }
            Ok::<_, DbError>(set)
        })
    });
    set.await?.ok_or(PageError::NotFound)?;
    Ok(Flash::success(t.products_saved()).see_other(&address(sku), &staff.config))
}
