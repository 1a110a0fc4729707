//! Handlers of the forms on a customer's page: notes by all staff; closing the account, downloading and erasing the
//! data by admins.

use actix_web::web::Path;
use serde_json::json;

use super::{PATH, customer::with_errors};
use crate::{
    accounts::{self, AdminRequest, NeedsPassword, StaffRequest},
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    customers::{self, ErasureOutcome, NoteRemoval, OpenMatters, erased_name, forms},
    kernel::{CustomerNoteId, UserId},
    platform::db::{self, Connection, DbError},
    web::{self, Fields, Flash, Form, PageError, PageResult, SecurityEvent, Subject},
};

fn path_of(id: UserId) -> String {
    format!("{PATH}/{id}")
}

/// `POST /admin/customers/{customer}/notes`: adds a note that only staff see.
pub async fn add_note(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (UserId(id.into_inner()), staff.page.t, Form::from(fields));
    let Some(words) = forms::note(&mut form, t) else {
        return with_errors(staff, id, (form, OpenMatters::default())).await;
    };
    let (audit, token) = (AuditContext::of(&staff), form.value("token").to_owned());
    if !(16..=64).contains(&token.len()) {
        return Err(PageError::BadRequest);
    }
    let added = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let user = customers::customer_by_id(conn, id)?.ok_or(DbError::Missing)?;
            if user.disabled_at.is_some() && accounts::is_erased(conn, id)? {
                return Err(DbError::Missing);
            }
            if customers::add_note(conn, id, audit.staff_id, (&words, &token))? {
                let after = Diff::after(json!({ "note": words }));
                audit.record(conn, AuditAction::NoteCustomer, &user.username, after)?;
            }
            Ok::<_, DbError>(())
        })
    });
    added.await?;
    Ok(Flash::success(t.customer_note_added()).see_other(&path_of(id), &staff.config))
}

/// `POST /admin/customers/{customer}/notes/{note}/removal`: removes a note that the same member of staff has written.
pub async fn remove_note(staff: StaffRequest, ids: Path<(i64, i64)>) -> PageResult {
    let (id, note) = ids.into_inner();
    let (id, note, t, audit) = (UserId(id), CustomerNoteId(note), staff.page.t, AuditContext::of(&staff));
    let removed = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let user = customers::customer_by_id(conn, id)?.ok_or(DbError::Missing)?;
            let removal = customers::remove_note(conn, id, note, audit.staff_id)?;
            if removal == NoteRemoval::Removed {
                audit.record(conn, AuditAction::NoteCustomer, &user.username, Diff::default())?;
            }
            Ok::<_, DbError>(removal)
        })
    });
    let flash = match removed.await? {
        NoteRemoval::Removed => Flash::success(t.customer_note_removed()),
        NoteRemoval::NotOwn => Flash::error(t.customer_note_not_own()),
    };
    Ok(flash.see_other(&path_of(id), &staff.config))
}

/// `POST /admin/customers/{customer}/closure`: disables the account, which also ends its sessions.
pub async fn close(admin: AdminRequest, id: Path<i64>) -> PageResult {
    change_account(admin, UserId(id.into_inner()), true).await
}

/// `POST /admin/customers/{customer}/reopening`: enables an account that was closed.
pub async fn reopen(admin: AdminRequest, id: Path<i64>) -> PageResult {
    change_account(admin, UserId(id.into_inner()), false).await
}

async fn change_account(admin: AdminRequest, id: UserId, is_closing: bool) -> PageResult {
    let (t, by, audit) = (admin.page.t, admin.user.id, AuditContext::of(&admin));
    let changed = admin.db.run(move |conn| db::transaction(conn, |conn| set_closed(conn, id, is_closing, &audit)));
    let is_changed = changed.await?;
    if is_changed {
        let event = if is_closing { SecurityEvent::AccountClosed } else { SecurityEvent::AccountReopened };
        event.record_by(&admin.http, by, Subject::User(id), "shopper");
    }
    let flash = match (is_changed, is_closing) {
        (false, _) => Flash::notice(t.customer_unchanged()),
        (true, true) => Flash::success(t.customer_was_closed()),
        (true, false) => Flash::success(t.customer_was_reopened()),
    };
    Ok(flash.see_other(&path_of(id), &admin.config))
}

fn set_closed(conn: &mut Connection, id: UserId, is_closing: bool, audit: &AuditContext) -> Result<bool, DbError> {
    let user = customers::customer_by_id(conn, id)?.ok_or(DbError::Missing)?;
    if accounts::is_erased(conn, id)? {
        return Ok(false);
    }
    let (changed, action) = if is_closing {
        (accounts::disable_user(conn, id)?, AuditAction::CloseCustomer)
    } else {
        (accounts::enable_user(conn, id)?, AuditAction::ReopenCustomer)
    };
    if changed {
        audit.record(conn, action, &user.username, Diff::after(json!({ "closed": is_closing })))?;
    }
    Ok(changed)
}

/// `POST /admin/customers/{customer}/data`: downloads all stored data of the customer as a ZIP file. Only for admins
/// who have typed their password in the last five minutes.
pub async fn export_data(admin: AdminRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let id = UserId(id.into_inner());
    if !accounts::has_recent_password(&admin.http).await? {
        return accounts::require_password(as_staff(admin), Some(fields), NeedsPassword::PersonalData).await;
    }
    let audit = AuditContext::of(&admin);
    let recorded = admin.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let user = customers::customer_by_id(conn, id)?.ok_or(DbError::Missing)?;
            audit.record(conn, AuditAction::ExportCustomer, &user.username, Diff::default())?;
            Ok::<_, DbError>(())
        })
    });
    recorded.await?;
    let file = customers::zip_of(&admin.db, &admin.redis, id).await?.map_err(PageError::internal)?;
    Ok(web::download("application/zip", &format!("customer-{id}.zip"), file))
}

/// `POST /admin/customers/{customer}/erasure`: erases the customer's data, with the reason in `erasure_reason`. Only
/// for admins who have typed their password in the last five minutes.
pub async fn erase(admin: AdminRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (UserId(id.into_inner()), admin.page.t, Form::from(fields));
    let user = admin.db.run(move |conn| Ok::<_, DbError>(customers::customer_by_id(conn, id)?)).await?;
    let user = user.ok_or(PageError::NotFound)?;
    let Some(reason) = forms::erasure(&mut form, &user.username, t) else {
        return with_errors(as_staff(admin), id, (form, OpenMatters::default())).await;
    };
    if !accounts::has_recent_password(&admin.http).await? {
        let typed = form.fields().clone();
        return accounts::require_password(as_staff(admin), Some(typed), NeedsPassword::PersonalData).await;
    }
    let (by, audit) = (admin.user.id, AuditContext::of(&admin));
    let also = move |conn: &mut Connection| {
        audit.record(conn, AuditAction::EraseCustomer, &erased_name(id), Diff::after(json!({ "reason": reason })))
    };
    match customers::erase(&admin.db, &admin.redis, id, also).await? {
        ErasureOutcome::Erased => {
            SecurityEvent::AccountClosed.record_by(&admin.http, by, Subject::User(id), "erased");
            Ok(Flash::success(t.customer_erase_done()).see_other(&path_of(id), &admin.config))
        }
        ErasureOutcome::Open(open) => with_errors(as_staff(admin), id, (form, open)).await,
        ErasureOutcome::NotAShopper => Err(PageError::NotFound),
    }
}

fn as_staff(admin: AdminRequest) -> StaffRequest {
    let AdminRequest { user, page, db, redis, config, http } = admin;
    StaffRequest { user: accounts::Staff(user.0), page, db, redis, config, http }
}
