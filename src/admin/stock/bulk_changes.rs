//! Changes of the stock of many SKUs by the form that contains the stock list.

use serde_json::json;

use super::{
    labels::{self, arrows, bare_sum},
    large_changes::{needs_password, require_password},
    list::{StockPage, TypedChanges, TypedRow, back},
};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    kernel::{SkuId, thousands, with_sign},
    messages::Messages,
    platform::db::{self, Connection, DbError},
    stock::{
        self, BulkStockChange, BulkStockRow, ChangeAmount, FormUndoOutcome, NewMovement, StockChange,
        StockChangeOutcome,
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// `POST /admin/stock/changes`: changes the stock of many SKUs. If any field is invalid, nothing is changed. SKUs whose
/// change is refused, or whose count must be confirmed, stay unchanged; the others are changed.
pub async fn change_stocks(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let changes = BulkStockChange::read(&mut form, t);
    let Some(why) = changes.why.clone().filter(|_| is_well_typed(&form, &changes)) else {
        let rows = changes.rows.into_iter().map(|row| (row.sku, TypedRow::with_error(row))).collect();
        return again(staff, TypedChanges { form, rows }).await;
    };
    let units = changes.units();
    if needs_password(&staff, units).await? {
        return require_password(staff, form.fields(), units).await;
    }
    let (audit, token) = (AuditContext::of(&staff), stock::form_token(&form));
    let (counts, form_token) = (form.value("how") == "count", token.clone());
    let wanted: Vec<(SkuId, StockChange)> =
        changes.rows.iter().filter_map(|row| Some((row.sku, why.of(row.amount.ok()?)))).collect();
    let changing = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            // In the order of SKU ids, as checkouts lock them.
            let made = wanted.iter().map(|(sku, change)| {
                let made = make(conn, *sku, (change, token.as_deref()), &audit)?;
                made.ok_or(DbError::Missing)
            });
            let made = made.collect::<Result<Vec<StockChangeOutcome>, DbError>>()?;
            if made.iter().any(|one| matches!(one, StockChangeOutcome::Done { .. })) {
                stock::save_counting_preference(conn, audit.staff_id, counts)?;
            }
            Ok::<_, DbError>(made)
        })
    });
    let changed = changing.await?;
    if changed.iter().all(is_settled) {
        let said = Flash::success(settled_words(t, &changed));
        let said = match form_token.filter(|_| changed.iter().any(|one| matches!(one, StockChangeOutcome::Done { .. })))
        {
            Some(token) => said.with_button(UNDO, &token, t.movement_undo()),
            None => said,
        };
        return Ok(said.see_other(&back(&form), &staff.config));
    }
    let rows = changes.rows.into_iter().zip(changed).map(|(row, changed)| (row.sku, TypedRow::of(row, changed, t)));
    let typed = TypedChanges { rows: rows.collect(), form };
    again(staff, typed).await
}

/// The path of [`undo_stock_changes`], for the undo button in the message after a form was saved.
const UNDO: &str = "/admin/stock/reversals";

/// `POST /admin/stock/reversals`: undoes all changes that this user has made by submitting the form with the
/// idempotency token `token`. If one of them cannot be undone, undoes none.
pub async fn undo_stock_changes(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, by, form) = (staff.page.t, staff.user.id, Form::from(fields));
    let token = stock::form_token(&form).ok_or(PageError::BadRequest)?;
    let asked = token.clone();
    let units = staff.db.run(move |conn| Ok::<_, DbError>(stock::units_of_form(conn, &asked, by)?)).await?;
    if needs_password(&staff, units).await? {
        return require_password(staff, form.fields(), units).await;
    }
    let audit = AuditContext::of(&staff);
    let undoing = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let undone = stock::undo_form(conn, &token, by)?;
            if let FormUndoOutcome::Done(movements) = &undone {
                for movement in movements {
                    let after = json!({ "stock": movement.after, "movement": movement.movement });
                    let diff = Diff::new(json!({ "stock": movement.before }), after);
                    audit.record(conn, AuditAction::UndoMovement, &movement.code, diff)?;
                }
            }
            Ok::<_, DbError>(undone)
        })
    });
    let said = undone_words(t, &undoing.await?);
    let back = web::referer_path(&staff.http).filter(|path| path.starts_with("/admin/"));
    Ok(said.see_other(back.as_deref().unwrap_or("/admin/stock"), &staff.config))
}

fn undone_words(t: Messages, undone: &FormUndoOutcome) -> Flash {
    match undone {
        FormUndoOutcome::Refused { code, why } => Flash::error(t.stock_undo_refused(code, labels::refused(t, *why))),
        FormUndoOutcome::Done(movements) if movements.is_empty() => Flash::notice(t.stock_undo_gone()),
        FormUndoOutcome::Done(movements) => {
            let moves: Vec<(&str, i32, i32)> =
                movements.iter().map(|one| (one.code.as_str(), one.before, one.after)).collect();
            let words = t.stock_undone_many(arrows(t, &moves));
            let since = movements.iter().filter(|one| one.changed_since).take(5);
            let since: Vec<&str> = since.map(|one| one.code.as_str()).collect();
            if since.is_empty() {
                return Flash::success(words);
            }
            Flash::notice(format!("{words} {}", t.stock_undone_since(since.join(t.audit_log_comma()))))
        }
    }
}

fn is_well_typed(form: &Form, changes: &BulkStockChange) -> bool {
    !form.has_errors() && changes.rows.iter().all(|row| row.amount.is_ok())
}

/// Changes or counts the stock of a SKU and records it in the audit log, even if a count equals the stock. `token` is
/// the idempotency token of the form. Returns `None` if there is no such SKU.
pub(super) fn make(
    conn: &mut Connection,
    sku: SkuId,
    (change, token): (&StockChange, Option<&str>),
    audit: &AuditContext,
) -> Result<Option<StockChangeOutcome>, DbError> {
    let movement = NewMovement {
        sku_id: sku,
        delta: 0,
        reason: change.reason.code(),
        staff_id: Some(audit.staff_id),
        note: change.note.clone(),
    };
    let (action, changed) = match change.amount {
        ChangeAmount::By(delta) => {
            (AuditAction::MoveStock, stock::change_stock(conn, &NewMovement { delta: delta.get(), ..movement }, token)?)
        }
        ChangeAmount::Counted(count) => (AuditAction::CountStock, stock::count_stock(conn, count, movement, token)?),
    };
    let (code, before, after) = match &changed {
        Some(StockChangeOutcome::Done { code, before, after }) => (code, *before, *after),
        Some(StockChangeOutcome::Unchanged { code, stock }) => (code, *stock, *stock),
        _ => return Ok(changed),
    };
    let difference = i64::from(after) - i64::from(before);
    let mut said = json!({ "stock": after, "difference": difference, "reason": change.reason.code() });
    if let (Some(said), false) = (said.as_object_mut(), change.note.is_empty()) {
        said.insert("note".to_owned(), json!(change.note));
    }
    audit.record(conn, action, code, Diff::new(json!({ "stock": before }), said))?;
    Ok(changed)
}

/// Returns whether nothing remains to be done for a SKU, because its stock is what was typed.
fn is_settled(changed: &StockChangeOutcome) -> bool {
    matches!(
        changed,
        StockChangeOutcome::Done { .. }
            | StockChangeOutcome::Unchanged { .. }
            | StockChangeOutcome::AlreadyApplied { .. }
    )
}

/// Returns the message after a form was saved: for a single SKU "12 + 5 = 17", for many the numbers of SKUs by outcome.
fn settled_words(t: Messages, changed: &[StockChangeOutcome]) -> String {
    let count = |kind: fn(&StockChangeOutcome) -> bool| {
        i64::try_from(changed.iter().filter(|one| kind(one)).count()).unwrap_or(0)
    };
    match changed {
        [] => t.stock_left().to_owned(),
        [StockChangeOutcome::Done { code, before, after }] => {
            format!("{} ({})", arrows(t, &[(code, *before, *after)]), bare_sum(*before, *after))
        }
        [StockChangeOutcome::Unchanged { code, stock }] => t.stock_agrees(code, thousands(stock)),
        [StockChangeOutcome::AlreadyApplied { code, delta, now }] => {
            t.stock_changed_before(code, with_sign(delta), thousands(now))
        }
        _ => {
            let done = count(|one| matches!(one, StockChangeOutcome::Done { .. }));
            let agrees = count(|one| matches!(one, StockChangeOutcome::Unchanged { .. }));
            let before = count(|one| matches!(one, StockChangeOutcome::AlreadyApplied { .. }));
            let said = [
                (done, t.stock_changed_many(thousands(&done))),
                (agrees, t.stock_agree_many(thousands(&agrees))),
                (before, t.stock_before_many(thousands(&before))),
            ];
            let mut said: Vec<String> = said.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect();
            let moves = changed.iter().filter_map(|one| match one {
                StockChangeOutcome::Done { code, before, after } => Some((code.as_str(), *before, *after)),
                _ => None,
            });
            let moves: Vec<(&str, i32, i32)> = moves.collect();
            if !moves.is_empty() {
                said.push(t.stock_change_list(arrows(t, &moves)));
            }
            said.join(" ")
        }
    }
}

impl TypedRow {
    /// Returns a row of the form that was not accepted, with the typed number, and its error message if it is invalid.
    fn with_error(BulkStockRow { typed, expected: seen, amount, .. }: BulkStockRow) -> Self {
        Self { typed, seen: Some(seen), wrong: amount.err().map(str::to_owned), ..Self::default() }
    }

    fn of(row: BulkStockRow, changed: StockChangeOutcome, t: Messages) -> Self {
        let wrong = |words: String| Self { typed: row.typed.clone(), wrong: Some(words), ..Self::default() };
        match changed {
            StockChangeOutcome::Done { before, after, .. } => {
                Self { done: Some(bare_sum(before, after)), ..Self::default() }
            }
            StockChangeOutcome::Unchanged { .. } => {
                Self { done: Some(t.stock_as_counted().to_owned()), ..Self::default() }
            }
            StockChangeOutcome::AlreadyApplied { .. } => {
                Self { done: Some(t.stock_before().to_owned()), ..Self::default() }
            }
            StockChangeOutcome::TokenReused => wrong(t.stock_form_reused().to_owned()),
            StockChangeOutcome::Refused(why) => wrong(labels::refused(t, why)),
            StockChangeOutcome::Stale(by) => {
                // The form keeps the count and the stock seen then until somebody confirms.
                let count = match row.amount {
                    Ok(ChangeAmount::Counted(count)) => Some(count),
                    _ => None,
                };
                Self {
                    typed: by.counted.to_string(),
                    seen: count.map(|count| BulkStockRow::expected_field(count.expected, count.expected_sales)),
                    asked: Some(by),
                    ..wrong(labels::stale_count(t, by))
                }
            }
        }
    }
}

/// Responds with status 422 and the list again, with the errors of the form.
async fn again(staff: StaffRequest, typed: TypedChanges) -> PageResult {
    let here = web::local_path(typed.form.value("next")).unwrap_or("/admin/stock").to_owned();
    let (_, query) = here.split_once('?').unwrap_or((&here, ""));
    let query = Fields::of_query_string(query);
    web::unprocessable(&StockPage::load(staff, here, &query, Some(typed)).await?)
}
