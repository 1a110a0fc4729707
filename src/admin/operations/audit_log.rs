//! `/admin/audit-log`: the entries of the audit log, newest first.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::audit_labels::{self, Change};
use crate::{
    accounts::{self, StaffRequest},
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilteredList, PageLinks},
    },
    audit::{self, AuditEntry, AuditFilter},
    kernel::text,
    platform::{clock, db::DbError},
    web::{self, Fields, PageResult},
};

const LIST: FilteredList = FilteredList { path: "/admin/audit-log", filters: &["who", "what", "subject", "day"] };

#[derive(Template)]
#[template(path = "admin/operations/audit-log.html")]
struct AuditLogPage {
    page: AdminPage,
    query: Fields,
    entries: Vec<AuditEntry>,
    /// The codes of the actions by which the list can be filtered.
    actions: Vec<String>,
    people: Vec<String>,
    links: PageLinks,
    zone: FixedOffset,
}

/// `GET /admin/audit-log`: a page of the audit log, newest entries first.
pub async fn audit_log(staff: StaffRequest) -> PageResult {
    let (query, zone) = (staff.query(), staff.config.zone);
    let (filter, cursor) = (filter(&query, zone), query.cursor());
    let (mut entries, actions, people) = staff
        .db
        .run(move |conn| {
            let entries = audit::audit_entries(conn, &filter, cursor, FilteredList::LIMIT)?;
            let people = accounts::staff_users(conn)?.into_iter().map(|person| person.username);
            Ok::<_, DbError>((entries, audit::recorded_actions(conn)?, people.collect()))
        })
        .await?;
    let links = LIST.cut(&mut entries, &query, cursor, |entry| entry.id);
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&AuditLogPage { page, query, entries, actions, people, links, zone })
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
        LIST.is_filtered(&self.query)
    }

    /// Returns the URL of the audit log with all entries about this target.
    fn all_of(&self, target: &str) -> String {
        LIST.with([("subject", target)])
    }
}
