//! Categories and brands behind the counter.

mod brands;
mod categories;

use actix_web::HttpRequest;

use super::{
    journal::{NewStaffAction, record},
    products::Difference,
};
use crate::{
    catalog::{Edited, Refused},
    kernel::UserId,
    platform::db::{self, Connection, Db, DbError},
    web::{self, Fields, Flash, Form, PageError, Text},
};

pub use brands::{brand, brands, create_brand, new_brand, remove_brand, save_brand};
pub use categories::{
    categories, category, create_category, new_category, place_category, remove_category, save_category,
};

/// The version that a form was made of; none that there is where it does not say.
fn seen(fields: &Fields) -> i32 {
    fields.get("version").parse().unwrap_or(0)
}

/// Why not, and which field that is said beside.
fn refused(t: Text, why: &Refused) -> (&'static str, String) {
    match why {
        Refused::SlugTaken => ("slug", t.shelf_slug_taken().to_owned()),
        Refused::CategoryGone => ("parent_id", t.goods_choose().to_owned()),
        Refused::BelowItself => ("parent_id", t.category_below_itself().to_owned()),
        Refused::TooDeep => ("parent_id", t.category_too_deep().to_owned()),
        Refused::InUse => ("slug", t.shelf_in_use().to_owned()),
        // Said of goods alone.
        Refused::BrandGone | Refused::CodeTaken(_) | Refused::NothingToSell => ("slug", t.goods_choose().to_owned()),
    }
}

/// What an edit that is done says.
fn answer(edited: &Edited, t: Text) -> Flash {
    match edited {
        Edited::Done { .. } => Flash::success(t.goods_saved()),
        Edited::Refused(why) => Flash::error(refused(t, why).1),
        Edited::Unchanged | Edited::Stale => Flash::notice(t.goods_unchanged()),
    }
}

/// The fields in which two forms differ, as `said` says what they hold.
fn differing(
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

/// A deed by somebody behind the counter, about to be done and written down.
struct Deed {
    what: &'static str,
    by: UserId,
    came_from: Option<String>,
}

impl Deed {
    fn new(what: &'static str, by: UserId, req: &HttpRequest) -> Self {
        Self { what, by, came_from: Some(web::client_address(req)) }
    }

    /// Does it in a transaction of its own, with its row in the journal; `subject` is asked before it is done.
    async fn make<S, W>(self, db: &Db, subject: S, work: W) -> Result<Edited, PageError>
    where
        S: Fn(&mut Connection) -> diesel::QueryResult<String> + Send + 'static,
        W: Fn(&mut Connection) -> diesel::QueryResult<Edited> + Send + 'static,
    {
        let edited = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let subject = subject(conn)?;
                let edited = work(conn)?;
                if let Edited::Done { before, after } = &edited {
                    // What a thing is called now, where it is called otherwise since.
                    let now = after.get("slug").and_then(serde_json::Value::as_str).map(str::to_owned);
                    let action = NewStaffAction {
                        staff_id: self.by,
                        what: self.what,
                        subject: now.unwrap_or(subject),
                        before: Some(before.clone()),
                        after: Some(after.clone()),
                        came_from: self.came_from.clone(),
                    };
                    record(conn, &action)?;
                }
                Ok::<_, DbError>(edited)
            })
        });
        Ok(edited.await?)
    }

    /// Makes something new in a transaction of its own, with its row in the journal.
    async fn create<I, W>(self, db: &Db, slug: String, work: W) -> Result<Result<I, Refused>, PageError>
    where
        I: Send + 'static,
        W: Fn(&mut Connection) -> diesel::QueryResult<Result<(I, serde_json::Value), Refused>> + Send + 'static,
    {
        let made = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let (id, after) = match work(conn)? {
                    Ok(made) => made,
                    Err(why) => return Ok(Err(why)),
                };
                let action = NewStaffAction {
                    staff_id: self.by,
                    what: self.what,
                    subject: slug.clone(),
                    before: None,
                    after: Some(after),
                    came_from: self.came_from.clone(),
                };
                record(conn, &action)?;
                Ok::<_, DbError>(Ok(id))
            })
        });
        Ok(made.await?)
    }
}
