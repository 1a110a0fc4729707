//! Forms that edit products, categories and brands. Each edit and its entry in the audit log are one transaction. If
//! somebody else has edited the row since the form was loaded, the response shows the differences, and nothing is
//! saved.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use diesel::QueryResult;
use serde_json::{Value, json};
use std::{future::Future, pin::Pin};

use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    catalog::{CreatedTaxon, EditOutcome, EditRefusal},
    messages::Messages,
    platform::db::{self, Connection, Db, DbError},
    web::{Fields, Flash, Form, PageError, PageResult, see_other},
};

/// A function that converts a refusal into (name of the form field to which the message belongs, message).
pub(super) type RefusalMessage = fn(Messages, &EditRefusal) -> (&'static str, String);

/// A submitted form of an edit in the catalog, with the member of staff who sent it.
pub struct CatalogEditForm {
    pub(super) staff: StaffRequest,
    pub(super) form: Form,
    audit: AuditContext,
}

impl FromRequest for CatalogEditForm {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let staff = StaffRequest::extract(&req).await?;
            let form = Fields::from_request(&req, &mut payload).await?.into();
            let audit = AuditContext::of(&staff);
            Ok(Self { staff, form, audit })
        })
    }
}

/// The outcome of saving a form.
pub(super) enum SaveOutcome {
    /// The form is saved, or nothing was changed in it. Holds the message to show.
    Done(Flash),
    /// Somebody else has edited the row since the form was loaded; nothing was saved.
    Stale,
    /// The input was refused; the form has the error messages, and nothing was saved.
    Refused,
}

impl CatalogEditForm {
    /// Returns the version of the row that was loaded into the form (field `version`); 0, which no row has, if the
    /// field is missing.
    pub(super) fn seen(&self) -> i32 {
        self.form.value("version").parse().unwrap_or(0)
    }

    pub(super) fn audited_edit(&self, action: AuditAction) -> AuditedEdit {
        AuditedEdit { action, audit: self.audit.clone() }
    }

    /// Creates a row by `work`, records it in the audit log as `action`, and returns its id. If `work` refuses,
    /// returns `None` and adds the error to the form.
    pub(super) async fn create<I, W>(
        &mut self,
        action: AuditAction,
        work: W,
        refused: RefusalMessage,
    ) -> Result<Option<I>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection, &AuditedEdit) -> QueryResult<Result<CreatedRow<I>, EditRefusal>> + Send + 'static,
    {
        match self.audited_edit(action).create(&self.staff.db, work).await? {
            Ok(id) => Ok(Some(id)),
            Err(why) => {
                self.fail(refused, &why);
                Ok(None)
            }
        }
    }

    /// Saves changes to a row by `work`, and records them in the audit log as `action` on the target that `subject`
    /// returns. If `work` refuses, adds the error to the form.
    pub(super) async fn save<S, W>(
        &mut self,
        action: AuditAction,
        subject: S,
        work: W,
        refused: RefusalMessage,
    ) -> Result<SaveOutcome, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        Ok(match self.audited_edit(action).edit(&self.staff.db, subject, work).await? {
            EditOutcome::Stale => SaveOutcome::Stale,
            EditOutcome::Refused(why) => {
                self.fail(refused, &why);
                SaveOutcome::Refused
            }
            done => SaveOutcome::Done(answer(&done, self.staff.page.t, refused)),
        })
    }

    fn fail(&mut self, refused: RefusalMessage, why: &EditRefusal) {
        let (field, words) = refused(self.staff.page.t, why);
        self.form.fail(field, words);
    }

    /// Removes a row by `work`, records that in the audit log, and redirects to the path `list` with the message
    /// `removed`. If `work` refuses, redirects to the path `its_page` with the reason.
    pub(super) async fn remove<S, W>(
        self,
        action: AuditAction,
        subject: S,
        work: W,
        (list, its_page, removed, refused): (&str, &str, &str, RefusalMessage),
    ) -> PageResult
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        match self.audited_edit(action).edit(&self.staff.db, subject, work).await {
            Ok(refusal @ EditOutcome::Refused(_)) => {
                Ok(answer(&refusal, self.staff.page.t, refused).see_other(its_page, &self.staff.config))
            }
            Ok(_) => Ok(Flash::success(removed).see_other(list, &self.staff.config)),
            // Somebody else has removed it, or the form was sent twice.
            Err(PageError::NotFound) => Ok(see_other(list)),
            Err(error) => Err(error),
        }
    }
}

/// An edit by a member of staff that is made in one transaction with its entry in the audit log.
#[derive(Clone)]
pub(super) struct AuditedEdit {
    action: AuditAction,
    audit: AuditContext,
}

impl AuditedEdit {
    pub(super) fn new(action: AuditAction, staff: &StaffRequest) -> Self {
        Self { action, audit: AuditContext::of(staff) }
    }

    /// Runs `work` in a transaction and records the changes that it returns, if any, in the audit log. `subject`
    /// returns the target of the entry (a slug) before `work` runs; if `work` changes the slug, the new one is
    /// recorded.
    pub(super) async fn make<T, S, W>(self, db: &Db, subject: S, work: W) -> Result<T, PageError>
    where
        T: Send + 'static,
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> Result<(T, Option<Diff>), DbError> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let subject = subject(conn)?;
                let (made, diff) = work(conn)?;
                if let Some(diff) = diff {
                    let target = diff.new_slug().map_or(subject, str::to_owned);
                    self.audit.record(conn, self.action, &target, diff)?;
                }
                Ok::<_, DbError>(made)
            })
        });
        Ok(made.await?)
    }

    /// Runs an edit like [`AuditedEdit::make`], for `work` that returns an [`EditOutcome`]; only [`EditOutcome::Done`]
    /// is recorded in the audit log.
    pub(super) async fn edit<S, W>(self, db: &Db, subject: S, work: W) -> Result<EditOutcome, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        let work = move |conn: &mut Connection| {
            let edited = work(conn)?;
            let diff = match &edited {
                EditOutcome::Done { before, after } => Some(Diff::new(before.clone(), after.clone())),
                EditOutcome::Unchanged | EditOutcome::Stale | EditOutcome::Refused(_) => None,
            };
            Ok((edited, diff))
        };
        self.make(db, subject, work).await
    }

    /// Runs `work`, which creates a row or refuses to, in a transaction, and records the created row in the audit log.
    /// Returns the id of the row, or the refusal as the inner `Err`.
    pub(super) async fn create<I, W>(self, db: &Db, work: W) -> Result<Result<I, EditRefusal>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection, &Self) -> QueryResult<Result<CreatedRow<I>, EditRefusal>> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let made = work(conn, &self)?;
                if let Ok(new) = &made {
                    self.audit.record(conn, self.action, &new.slug, Diff::after(new.audit_json.clone()))?;
                }
                Ok::<_, DbError>(made.map(|new| new.id))
            })
        });
        Ok(made.await?)
    }

    /// Adds the creation of these categories and brands to the audit log, in the transaction that created them.
    pub(super) fn record_taxa(&self, conn: &mut Connection, taxa: &[CreatedTaxon]) -> QueryResult<()> {
        for taxon in taxa {
            self.audit.record(conn, taxon.action, &taxon.slug, Diff::after(json!({ "name": taxon.name })))?;
        }
        Ok(())
    }
}

/// A row that an edit has created.
pub(super) struct CreatedRow<I> {
    pub(super) id: I,
    pub(super) slug: String,
    /// The fields of the row for the audit log.
    pub(super) audit_json: Value,
}

/// Returns the message to show after an edit: that it is saved, that nothing has changed, or why it was refused.
pub(super) fn answer(edited: &EditOutcome, t: Messages, refused: RefusalMessage) -> Flash {
    match edited {
        EditOutcome::Done { .. } => Flash::success(t.products_saved()),
        EditOutcome::Refused(why) => Flash::error(refused(t, why).1),
        EditOutcome::Unchanged | EditOutcome::Stale => Flash::notice(t.products_unchanged()),
    }
}
