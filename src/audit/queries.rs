use diesel::{PgConnection, QueryResult, prelude::*, sql_types::Text};

use super::model::{AuditEntry, AuditFilter};
use crate::{
    kernel::UserId,
    platform::{cursor::Cursor, db::lower},
    schema::{audit_log, users},
};

/// Loads at most `limit` entries that match `filter`, newest first: the newest of all, or those just older or just
/// newer than the entry with the id in `cursor`. Empty if no user has the username of the filter.
pub fn audit_entries(
    conn: &mut PgConnection,
    filter: &AuditFilter,
    cursor: Cursor<i64>,
    limit: i64,
) -> QueryResult<Vec<AuditEntry>> {
    let mut entries = audit_log::table
        .left_join(users::table)
        .select((
            audit_log::id,
            audit_log::at,
            users::username.nullable(),
            audit_log::action,
            audit_log::target,
            audit_log::before,
            audit_log::after,
            audit_log::ip_address,
        ))
        .limit(limit)
        .into_boxed();
    if let Some(username) = &filter.username {
        // The id is looked up first, so that the index on `staff_id` is used.
        let id: Option<UserId> =
            users::table.filter(lower(users::username).eq(lower(username))).select(users::id).first(conn).optional()?;
        let Some(id) = id else {
            return Ok(Vec::new());
        };
        entries = entries.filter(audit_log::staff_id.eq(id));
    }
    if let Some(action) = &filter.action {
        entries = entries.filter(audit_log::action.eq(action));
    }
    if let Some(target) = &filter.target {
        entries = entries.filter(audit_log::target.eq(target));
    }
    if let Some((from, to)) = filter.period {
        entries = entries.filter(audit_log::at.ge(from)).filter(audit_log::at.lt(to));
    }
    match cursor {
        Cursor::Newest => entries.order(audit_log::id.desc()).load(conn),
        Cursor::OlderThan(id) => entries.filter(audit_log::id.lt(id)).order(audit_log::id.desc()).load(conn),
        Cursor::NewerThan(id) => {
            let mut found = entries.filter(audit_log::id.gt(id)).order(audit_log::id).load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

/// Loads the codes of all actions in the log, including those that this version does not know.
pub fn recorded_actions(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct RecordedAction {
        #[diesel(sql_type = Text)]
        action: String,
    }
    // A loose index scan, which reads one index entry per code instead of all rows.
    let recorded: Vec<RecordedAction> = diesel::sql_query(
        "with recursive recorded as (
            (select action from audit_log order by action limit 1)
            union all
            select (select a.action from audit_log a where a.action > r.action order by a.action limit 1)
            from recorded r where r.action is not null
         )
         select action from recorded where action is not null",
    )
    .load(conn)?;
    Ok(recorded.into_iter().map(|row| row.action).collect())
}
