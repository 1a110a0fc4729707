//! Edits of goods and of the shelves they stand on: each in a transaction of its own with its row in the journal, and what is said where
//! somebody else was quicker.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web::Data};
use diesel::QueryResult;
use serde_json::Value;
use std::{future::Future, pin::Pin};

use crate::{
    accounts::Staff,
    audit::{self, AuditAction, NewAuditEntry},
    catalog::{CreatedTaxon, EditOutcome, EditRefusal},
    config::Config,
    kernel::UserId,
    messages::Messages,
    platform::db::{self, Connection, Db, DbError},
    web::{self, Fields, Flash, Form, Page, PageError, held, see_other},
};

/// Says why an edit was refused, and which field that is of.
pub(super) type Words = fn(Messages, &EditRefusal) -> (&'static str, String);

/// A form of goods or shelves that staff have sent, and what it takes to do what it says and to answer.
pub struct Sent {
    pub(super) page: Page,
    pub(super) form: Form,
    pub(super) by: UserId,
    pub(super) db: Data<Db>,
    pub(super) config: Data<Config>,
    ip_address: String,
}

impl FromRequest for Sent {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let Staff(person) = Staff::extract(&req).await?;
            let page = Page::extract(&req).await?;
            let form = Fields::from_request(&req, &mut payload).await?.into();
            let (db, config, ip_address) = (held(&req)?, held(&req)?, web::client_address(&req));
            Ok(Self { page, form, by: person.id, db, config, ip_address })
        })
    }
}

/// What became of a form that was saved.
pub(super) enum Saved {
    /// It is as it says, and this is to be said.
    Done(Flash),
    /// Somebody else was quicker.
    Stale,
    /// The form says why not.
    Refused,
}

impl Sent {
    /// The version that the form was made of; none that there is where it does not say.
    pub(super) fn seen(&self) -> i32 {
        self.form.value("version").parse().unwrap_or(0)
    }

    pub(super) fn audited_edit(&self, action: AuditAction) -> AuditedEdit {
        AuditedEdit { action, by: self.by, ip_address: self.ip_address.clone() }
    }

    /// Makes what is new and leads to it; where it cannot be, the form says why.
    pub(super) async fn create<I, W>(
        &mut self,
        action: AuditAction,
        work: W,
        refused: Words,
    ) -> Result<Option<I>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection, &AuditedEdit) -> QueryResult<Result<New<I>, EditRefusal>> + Send + 'static,
    {
        match self.audited_edit(action).create(&self.db, work).await? {
            Ok(id) => Ok(Some(id)),
            Err(why) => {
                self.fail(refused, &why);
                Ok(None)
            }
        }
    }

    /// Saves what is there already; where it cannot be saved, the form says why.
    pub(super) async fn save<S, W>(
        &mut self,
        action: AuditAction,
        subject: S,
        work: W,
        refused: Words,
    ) -> Result<Saved, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        Ok(match self.audited_edit(action).edit(&self.db, subject, work).await? {
            EditOutcome::Stale => Saved::Stale,
            EditOutcome::Refused(why) => {
                self.fail(refused, &why);
                Saved::Refused
            }
            done => Saved::Done(answer(&done, self.page.t, refused)),
        })
    }

    fn fail(&mut self, refused: Words, why: &EditRefusal) {
        let (field, words) = refused(self.page.t, why);
        self.form.fail(field, words);
    }

    /// Removes what has a page of its own, and says `removed` on the list; where it cannot be, its page says why.
    pub(super) async fn remove<S, W>(
        self,
        action: AuditAction,
        subject: S,
        work: W,
        (list, its_page, removed, refused): (&str, &str, &str, Words),
    ) -> Result<HttpResponse, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        match self.audited_edit(action).edit(&self.db, subject, work).await {
            Ok(refusal @ EditOutcome::Refused(_)) => {
                Ok(answer(&refusal, self.page.t, refused).see_other(its_page, &self.config))
            }
            Ok(_) => Ok(Flash::success(removed).see_other(list, &self.config)),
            // Somebody else was quicker, or it was sent twice.
            Err(PageError::NotFound) => Ok(see_other(list)),
            Err(error) => Err(error),
        }
    }
}

/// A deed by somebody on admin pages, about to be done and written down.
#[derive(Clone)]
pub(super) struct AuditedEdit {
    action: AuditAction,
    by: UserId,
    ip_address: String,
}

/// What it was, and what it is now.
pub(super) type Diff = (Option<Value>, Option<Value>);

impl AuditedEdit {
    pub(super) fn new(action: AuditAction, by: UserId, req: &HttpRequest) -> Self {
        Self { action, by, ip_address: web::client_address(req) }
    }

    /// Does it in a transaction of its own, and writes down what `work` tells of it, if anything; `subject` is asked before.
    pub(super) async fn make<T, S, W>(self, db: &Db, subject: S, work: W) -> Result<T, PageError>
    where
        T: Send + 'static,
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> Result<(T, Option<Diff>), DbError> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let subject = subject(conn)?;
                let (made, told) = work(conn)?;
                if let Some((before, after)) = told {
                    // What a thing is called now, where it is called otherwise since.
                    let now = after.as_ref().and_then(|after| after.get("slug")?.as_str()).map(str::to_owned);
                    let entry = NewAuditEntry {
                        staff_id: self.by,
                        action: self.action,
                        target: now.unwrap_or(subject),
                        before,
                        after,
                        ip_address: Some(self.ip_address.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(made)
            })
        });
        Ok(made.await?)
    }

    /// The same for what may end as an edit does.
    pub(super) async fn edit<S, W>(self, db: &Db, subject: S, work: W) -> Result<EditOutcome, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<EditOutcome> + Send + 'static,
    {
        let work = move |conn: &mut Connection| {
            let edited = work(conn)?;
            let told = match &edited {
                EditOutcome::Done { before, after } => Some((Some(before.clone()), Some(after.clone()))),
                EditOutcome::Unchanged | EditOutcome::Stale | EditOutcome::Refused(_) => None,
            };
            Ok((edited, told))
        };
        self.make(db, subject, work).await
    }

    /// The same for what is new, if it can be.
    pub(super) async fn create<I, W>(self, db: &Db, work: W) -> Result<Result<I, EditRefusal>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection, &Self) -> QueryResult<Result<New<I>, EditRefusal>> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let made = work(conn, &self)?;
                if let Ok(new) = &made {
                    self.note(conn, self.action, &new.slug, &new.told)?;
                }
                Ok::<_, DbError>(made.map(|new| new.id))
            })
        });
        Ok(made.await?)
    }

    /// Writes down that something else was made in the same transaction.
    pub(super) fn note(
        &self,
        conn: &mut Connection,
        action: AuditAction,
        slug: &str,
        after: &Value,
    ) -> QueryResult<()> {
        let entry = NewAuditEntry {
            staff_id: self.by,
            action,
            target: slug.to_owned(),
            before: None,
            after: Some(after.clone()),
            ip_address: Some(self.ip_address.clone()),
        };
        audit::record(conn, &entry)
    }

    /// Writes down the categories and brands that were made together with a product.
    pub(super) fn note_shelves(&self, conn: &mut Connection, shelves: &[CreatedTaxon]) -> QueryResult<()> {
        for shelf in shelves {
            self.note(conn, shelf.action, &shelf.slug, &serde_json::json!({ "name": shelf.name }))?;
        }
        Ok(())
    }
}

/// Something that was made.
pub(super) struct New<I> {
    pub(super) id: I,
    pub(super) slug: String,
    /// What is told of it.
    pub(super) told: Value,
}

/// What an edit says that leads back to its page.
pub(super) fn answer(edited: &EditOutcome, t: Messages, refused: Words) -> Flash {
    match edited {
        EditOutcome::Done { .. } => Flash::success(t.products_saved()),
        EditOutcome::Refused(why) => Flash::error(refused(t, why).1),
        EditOutcome::Unchanged | EditOutcome::Stale => Flash::notice(t.products_unchanged()),
    }
}

/// What somebody else has written since, beside what was typed.
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) mine: String,
    pub(super) theirs: String,
}

/// The fields in which two forms differ, as `said` says what they hold.
pub(super) fn differing(
    names: &[(&str, &str)],
    (mine, theirs): (&Form, &Form),
    said: impl Fn(&str, &str) -> String,
) -> Vec<Difference> {
    let differ = names.iter().filter(|(field, _)| mine.value(field) != theirs.value(field));
    differ
        .map(|(field, name)| Difference {
            what: (*name).to_owned(),
            mine: said(field, mine.value(field)),
            theirs: said(field, theirs.value(field)),
        })
        .collect()
}
