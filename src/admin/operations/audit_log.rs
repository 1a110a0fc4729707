//! `/admin/audit-log`: the entries of the audit log, newest first.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::audit_labels::{self, Change};
use crate::{
    accounts::{self, StaffRequest},
    admin::admin_page::AdminPage,
    audit::{self, AuditEntry, AuditFilter},
    kernel::text,
    platform::{clock, db::DbError},
    web::{self, Fields, PageResult},
};

const PER_PAGE: usize = 50;
const AUDIT_LOG: &str = "/admin/audit-log";
/// The query parameters that filter the list; links to other pages of it keep them.
const FILTERS: [&str; 4] = ["who", "what", "subject", "day"];

#[derive(Template)]
#[template(path = "admin/operations/audit-log.html")]
struct AuditLogPage {
    page: AdminPage,
    query: Fields,
    entries: Vec<AuditEntry>,
    /// The codes of actions to choose from; `people` are the usernames.
    actions: Vec<String>,
    people: Vec<String>,
    /// The path of the page of newer entries, if there is one; `older` is that of older ones.
    newer: Option<String>,
    older: Option<String>,
    zone: FixedOffset,
}

/// `GET /admin/audit-log`
pub async fn audit_log(staff: StaffRequest) -> PageResult {
    let (query, zone) = (staff.query(), staff.config.zone);
    let (filter, cursor) = (filter(&query, zone), query.cursor());
    let (mut entries, actions, people) = staff
        .db
        .run(move |conn| {
            // One entry more than is shown tells whether there is a further page.
            let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
            let entries = audit::audit_entries(conn, &filter, cursor, limit)?;
            let people = accounts::staff_users(conn)?.into_iter().map(|person| person.username);
            Ok::<_, DbError>((entries, audit::recorded_actions(conn)?, people.collect()))
        })
        .await?;
    let (is_newer, is_older) = cursor.split_page(&mut entries, PER_PAGE);
    let step = |parameter, entry: Option<&AuditEntry>| entry.map(|entry| address(&query, Some((parameter, entry.id))));
    let newer = if is_newer { step("newer", entries.first()) } else { None };
    let older = if is_older { step("older", entries.last()) } else { None };
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&AuditLogPage { page, query, entries, actions, people, newer, older, zone })
}

fn filter(query: &Fields, zone: FixedOffset) -> AuditFilter {
    // Values that are too long are truncated and not refused, because this page only reads.
    let folded = |name| text::fold(query.get(name)).trim().chars().take(200).collect::<String>();
    let asked = |name| Some(folded(name)).filter(|word| !word.is_empty());
    AuditFilter {
        username: asked("who"),
        action: asked("what"),
        target: asked("subject"),
        period: query.get("day").parse().ok().and_then(|day| clock::day_range(day, zone)),
    }
}

/// Returns the path of the list with the filters of `query` and this cursor: parameter (`newer` or `older`) and entry
/// id.
fn address(query: &Fields, cursor: Option<(&str, i64)>) -> String {
    let filters = FILTERS.iter().map(|name| (*name, query.get(name))).filter(|(_, value)| !value.is_empty());
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.extend_pairs(filters);
    if let Some((parameter, id)) = cursor {
        parameters.append_pair(parameter, &id.to_string());
    }
    let query = parameters.finish();
    if query.is_empty() { AUDIT_LOG.to_owned() } else { format!("{AUDIT_LOG}?{query}") }
}

impl AuditLogPage {
    fn action(&self, code: &str) -> String {
        audit_labels::action(self.page.t, code)
    }

    fn changes(&self, entry: &AuditEntry) -> Vec<Change> {
        audit_labels::changes(self.page.t, entry.before.as_ref(), entry.after.as_ref())
    }

    fn second(&self, at: &DateTime<Utc>) -> String {
        clock::second(*at, self.zone)
    }

    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| !self.query.get(name).is_empty())
    }

    /// Returns the path of the list of all entries with this target.
    fn all_of(&self, target: &str) -> String {
        let parameters = form_urlencoded::Serializer::new(String::new()).append_pair("subject", target).finish();
        format!("{AUDIT_LOG}?{parameters}")
    }

    fn newest(&self) -> String {
        address(&self.query, None)
    }
}
