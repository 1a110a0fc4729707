//! Decisions about an import that was read: to apply it, to discard it, or to review stale counts again.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::json;

use super::{
    super::large_changes::{needs_password, require_password},
    address,
    page::ImportPage,
};
use crate::{
    accounts::Staff,
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::{ImportId, UserId},
    platform::{
        clock,
        db::{self, Db, DbError},
        random,
    },
    stock::{self, ConfirmOutcome, Confirmation, Import, RetryOutcome},
    web::{self, Fields, Flash, Form, Page, PageError, client_address, see_other},
};

/// `POST /admin/imports/{import}/confirmation`: lets the background job apply the import.
pub async fn confirm_import(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, t) = (ImportId(id.into_inner()), page.t);
    let mut form = Form::from(fields);
    let units = db.run(move |conn| Ok::<_, DbError>(stock::import_units(conn, id)?)).await?;
    if needs_password(&req, units, &config).await? {
        return require_password(&req, page, &person, form.fields(), units, &db).await;
    }
    let said = Confirmation { revision: revision(&form), again: form.ticked("again") };
    let ip_address = client_address(&req);
    let confirmed = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let confirmed = stock::confirm_import(conn, id, person.id, said, clock::now())?;
                if let Some(ConfirmOutcome::Yes(import)) = &confirmed {
                    let after = json!({ "import": id.0, "lines": import.due, "once_more": said.again });
                    audit::record(conn, &of_import(person.id, AuditAction::ConfirmImport, import, after, &ip_address))?;
                }
                Ok::<_, DbError>(confirmed)
            })
        })
        .await?;
    match confirmed.ok_or(PageError::NotFound)? {
        ConfirmOutcome::Yes(_) | ConfirmOutcome::Already => Ok(see_other(&address(id))),
        ConfirmOutcome::NotReady => Ok(Flash::notice(t.import_not_ready()).see_other(&address(id), &config)),
        refused => {
            match refused {
                ConfirmOutcome::Unmapped => form.fail("mapping", t.import_unmapped_refused()),
                ConfirmOutcome::Stale => form.fail("mapping", t.import_stale()),
                _ => form.fail("again", t.import_same_file_tick()),
            }
            let page = page.at(&address(id));
            web::unprocessable(&ImportPage::load(page, id, Fields::default(), &db, &config, form).await?)
        }
    }
}

/// Returns the revision of the reading that the page has shown; 1 if the form does not say, 0 if it is not a number.
pub(super) fn revision(form: &Form) -> i32 {
    match form.value("revision") {
        "" => 1,
        typed => typed.parse().unwrap_or(0),
    }
}

/// `POST /admin/imports/{import}/removal`: discards an import that is not confirmed yet.
pub async fn discard_import(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, ip_address) = (ImportId(id.into_inner()), client_address(&req));
    let discarded = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let discarded = stock::discard_import(conn, id)?;
                if discarded {
                    let after = json!({ "import": id.0 });
                    audit::record(
                        conn,
                        &of_import(person.id, AuditAction::DiscardImport, &import, after, &ip_address),
                    )?;
                }
                Ok::<_, DbError>(discarded)
            })
        })
        .await?;
    if discarded {
        return Ok(see_other(&address(id)));
    }
    Ok(Flash::notice(page.t.import_not_ready()).see_other(&address(id), &config))
}

/// `POST /admin/imports/{import}/successor`: makes a new import of the stale counts, compared with the current stock.
pub async fn decide_again(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, ip_address, token) = (ImportId(id.into_inner()), client_address(&req), random::token());
    let decided = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let import = stock::import(conn, id)?.ok_or(DbError::Missing)?;
                let decided = stock::retry_changed_lines(conn, id, person.id, &token)?;
                if let RetryOutcome::Created(follower) = decided {
                    let after = json!({ "import": id.0, "successor": follower.0 });
                    audit::record(
                        conn,
                        &of_import(person.id, AuditAction::DecideImportAgain, &import, after, &ip_address),
                    )?;
                }
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    match decided {
        RetryOutcome::Created(follower) | RetryOutcome::Already(follower) => Ok(see_other(&address(follower))),
        RetryOutcome::Nothing => Ok(Flash::notice(page.t.import_nothing_to_decide()).see_other(&address(id), &config)),
    }
}

pub(super) fn of_import(
    staff_id: UserId,
    action: AuditAction,
    import: &Import,
    after: serde_json::Value,
    ip_address: &str,
) -> NewAuditEntry {
    let (target, ip_address) = (import.file_name.clone(), Some(ip_address.to_owned()));
    NewAuditEntry { staff_id, action, target, before: None, after: Some(after), ip_address }
}
