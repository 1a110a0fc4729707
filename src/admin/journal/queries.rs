//! Questions to the journal.

use diesel::{PgConnection, QueryResult, define_sql_function, prelude::*, sql_types::Text};

use super::model::{JournalFilter, JournalRow};
use crate::{
    kernel::UserId,
    schema::{staff_actions, users},
    web::Turn,
};

define_sql_function! {
    /// As the unique key of usernames folds them.
    fn lower(text: Text) -> Text;
}

/// At most `most` of the rows that `filter` lets through, the newest first, from where `turn` says.
pub fn journal_rows(
    conn: &mut PgConnection,
    filter: &JournalFilter,
    turn: Turn<i64>,
    most: i64,
) -> QueryResult<Vec<JournalRow>> {
    let mut rows = staff_actions::table
        .left_join(users::table)
        .select((
            staff_actions::id,
            staff_actions::at,
            users::username.nullable(),
            staff_actions::what,
            staff_actions::subject,
            staff_actions::before,
            staff_actions::after,
            staff_actions::came_from,
        ))
        .limit(most)
        .into_boxed();
    if let Some(who) = &filter.who {
        // Asked first, so that the index of who did it is used.
        let id: Option<UserId> =
            users::table.filter(lower(users::username).eq(lower(who))).select(users::id).first(conn).optional()?;
        let Some(id) = id else {
            return Ok(Vec::new());
        };
        rows = rows.filter(staff_actions::staff_id.eq(id));
    }
    if let Some(what) = &filter.what {
        rows = rows.filter(staff_actions::what.eq(what));
    }
    if let Some(subject) = &filter.subject {
        rows = rows.filter(staff_actions::subject.eq(subject));
    }
    if let Some((from, to)) = filter.during {
        rows = rows.filter(staff_actions::at.ge(from)).filter(staff_actions::at.lt(to));
    }
    match turn {
        Turn::Newest => rows.order(staff_actions::id.desc()).load(conn),
        Turn::OlderThan(id) => rows.filter(staff_actions::id.lt(id)).order(staff_actions::id.desc()).load(conn),
        Turn::NewerThan(id) => {
            let mut found = rows.filter(staff_actions::id.gt(id)).order(staff_actions::id).load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

/// Everything that was ever done, by its name in code.
pub(super) fn kinds(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Kind {
        #[diesel(sql_type = Text)]
        what: String,
    }
    // From one name to the next along the index, instead of through every row.
    let kinds: Vec<Kind> = diesel::sql_query(
        "with recursive kinds as (
            (select what from staff_actions order by what limit 1)
            union all
            select (select a.what from staff_actions a where a.what > k.what order by a.what limit 1)
            from kinds k where k.what is not null
         )
         select what from kinds where what is not null",
    )
    .load(conn)?;
    Ok(kinds.into_iter().map(|kind| kind.what).collect())
}
