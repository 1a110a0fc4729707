//! Edits of goods and of the shelves they stand on: each in a transaction of its own with its row in the journal, and what is said where
//! somebody else was quicker.

use actix_web::HttpRequest;
use diesel::QueryResult;
use serde_json::Value;

use super::journal::{NewStaffAction, record};
use crate::{
    catalog::{Edited, Refused},
    kernel::UserId,
    platform::db::{self, Connection, Db, DbError},
    web::{self, Fields, Flash, Form, PageError, Text},
};

/// A deed by somebody behind the counter, about to be done and written down.
pub(super) struct Deed {
    what: &'static str,
    by: UserId,
    came_from: Option<String>,
}

/// What it was, and what it is now.
pub(super) type Told = (Option<Value>, Option<Value>);

impl Deed {
    pub(super) fn new(what: &'static str, by: UserId, req: &HttpRequest) -> Self {
        Self { what, by, came_from: Some(web::client_address(req)) }
    }

    /// Does it in a transaction of its own, and writes down what `work` tells of it, if anything; `subject` is asked before.
    pub(super) async fn make<T, S, W>(self, db: &Db, subject: S, work: W) -> Result<T, PageError>
    where
        T: Send + 'static,
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> Result<(T, Option<Told>), DbError> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let subject = subject(conn)?;
                let (made, told) = work(conn)?;
                if let Some((before, after)) = told {
                    // What a thing is called now, where it is called otherwise since.
                    let now = after.as_ref().and_then(|after| after.get("slug")?.as_str()).map(str::to_owned);
                    let action = NewStaffAction {
                        staff_id: self.by,
                        what: self.what,
                        subject: now.unwrap_or(subject),
                        before,
                        after,
                        came_from: self.came_from.clone(),
                    };
                    record(conn, &action)?;
                }
                Ok::<_, DbError>(made)
            })
        });
        Ok(made.await?)
    }

    /// The same for what may end as an edit does.
    pub(super) async fn edit<S, W>(self, db: &Db, subject: S, work: W) -> Result<Edited, PageError>
    where
        S: Fn(&mut Connection) -> QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<Edited> + Send + 'static,
    {
        let work = move |conn: &mut Connection| {
            let edited = work(conn)?;
            let told = match &edited {
                Edited::Done { before, after } => Some((Some(before.clone()), Some(after.clone()))),
                Edited::Unchanged | Edited::Stale | Edited::Refused(_) => None,
            };
            Ok((edited, told))
        };
        self.make(db, subject, work).await
    }

    /// The same for what is new, if it can be; `work` gives what is there now and what is told of it.
    pub(super) async fn create<I, W>(self, db: &Db, slug: String, work: W) -> Result<Result<I, Refused>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection) -> QueryResult<Result<(I, Value), Refused>> + Send + 'static,
    {
        let work = move |conn: &mut Connection| {
            Ok(match work(conn)? {
                Ok((id, after)) => (Ok(id), Some((None, Some(after)))),
                Err(why) => (Err(why), None),
            })
        };
        self.make(db, move |_| Ok(slug.clone()), work).await
    }
}

/// The version that a form was made of; none that there is where it does not say.
pub(super) fn seen(fields: &Fields) -> i32 {
    fields.get("version").parse().unwrap_or(0)
}

/// What an edit says that leads back to its page; `refused` says why not, and which field that is of.
pub(super) fn answer(edited: &Edited, t: Text, refused: impl Fn(Text, &Refused) -> (&'static str, String)) -> Flash {
    match edited {
        Edited::Done { .. } => Flash::success(t.goods_saved()),
        Edited::Refused(why) => Flash::error(refused(t, why).1),
        Edited::Unchanged | Edited::Stale => Flash::notice(t.goods_unchanged()),
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
