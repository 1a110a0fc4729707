//! `/admin/blocked-contacts`: contacts from which the shop takes no orders.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value, json};

use crate::{
    accounts::{self, BlockRefusal, BlockedContact, ContactKind, NewBlockedContact, StaffRequest, forms},
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        filtered_list::{FilteredList, PageLinks},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    messages::Messages,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

const PATH: &str = "/admin/blocked-contacts";
const LIST: FilteredList = FilteredList { path: PATH, filters: &["q", "show"] };
/// The maximum length of the target of an audit log entry, in characters.
const MAX_TARGET_LEN: usize = 200;

#[derive(Template)]
#[template(path = "admin/accounts/blocked-contacts.html")]
struct BlockedContactsPage {
    page: AdminPage,
    query: Fields,
    contacts: Vec<BlockedContact>,
    links: PageLinks,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/blocked-contacts`: the list of blocked contacts, newest first. The query has the search text (`q`) and
/// the kind (`show`).
pub async fn blocked_contacts(staff: StaffRequest) -> PageResult {
    web::html(&BlockedContactsPage::load(staff, Form::default()).await?)
}

/// `POST /admin/blocked-contacts`: blocks the contact in the field `contact`, of the kind in `block_kind`.
pub async fn block_contact(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(new) = forms::blocked_contact(&mut form, t) else {
        return web::unprocessable(&BlockedContactsPage::load(staff.at(PATH), form).await?);
    };
    let audit = AuditContext::of(&staff);
    match staff.db.run(move |conn| db::transaction(conn, |conn| block(conn, &new, &audit))).await? {
        Ok(()) => Ok(Flash::success(t.blocked_contact_added()).see_other(PATH, &staff.config)),
        Err(why) => {
            form.fail("contact", refusal(t, why));
            web::unprocessable(&BlockedContactsPage::load(staff.at(PATH), form).await?)
        }
    }
}

/// `POST /admin/blocked-contacts/{id}/removal`: removes a contact from the list, so that orders from it are taken
/// again.
pub async fn unblock_contact(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (t, audit) = (staff.page.t, AuditContext::of(&staff));
    let removed = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let removed = accounts::unblock_contact(conn, *id)?;
            if let Some(contact) = &removed {
                let diff = Diff::before(audit_value(contact));
                audit.record(conn, AuditAction::UnblockContact, &target(contact), diff)?;
            }
            Ok::<_, DbError>(removed)
        })
    });
    let flash = match removed.await? {
        Some(_) => Flash::success(t.blocked_contact_removed()),
        None => Flash::notice(t.blocked_contact_removed_before()),
    };
    Ok(flash.see_other(PATH, &staff.config))
}

/// Blocks a contact and records that in the audit log.
pub(in crate::admin) fn block(
    conn: &mut Connection,
    new: &NewBlockedContact,
    audit: &AuditContext,
) -> Result<Result<(), BlockRefusal>, DbError> {
    let blocked = accounts::block_contact(conn, new, audit.staff_id)?;
    if blocked.is_ok() {
        audit.record(conn, AuditAction::BlockContact, &target(new), Diff::after(audit_value(new)))?;
    }
    Ok(blocked)
}

/// Returns the message that says why a contact was not blocked.
pub(in crate::admin) fn refusal(t: Messages, why: BlockRefusal) -> &'static str {
    match why {
        BlockRefusal::AlreadyBlocked => t.blocked_contact_again(),
        BlockRefusal::NotComparable => t.blocked_contact_odd(),
    }
}

fn target(contact: &NewBlockedContact) -> String {
    contact.contact.chars().take(MAX_TARGET_LEN).collect()
}

fn audit_value(contact: &NewBlockedContact) -> Value {
    json!({ contact.kind.code(): contact.contact, "reason": contact.reason })
}

impl BlockedContactsPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let (query, zone) = (staff.query(), staff.config.zone);
        let (kind, typed) = (ContactKind::from_code(query.get("show")), FilteredList::search_words(&query));
        let cursor = query.cursor();
        let (badges, mut contacts) = staff
            .db
            .run(move |conn| {
                let found = accounts::blocked_contacts(conn, kind, &typed, cursor, FilteredList::LIMIT)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, found))
            })
            .await?;
        let links = LIST.cut(&mut contacts, &query, cursor, |contact| contact.id);
        Ok(Self { page: AdminPage::new(staff.page, badges), query, contacts, links, form, zone })
    }

    fn kinds(&self) -> [ContactKind; ContactKind::ALL.len()] {
        ContactKind::ALL
    }

    fn is_shown(&self, kind: &ContactKind) -> bool {
        self.query.get("show") == kind.code()
    }

    fn is_chosen(&self, kind: &ContactKind) -> bool {
        self.form.value("block_kind") == kind.code()
    }

    /// Returns the contact as pages show it: in a phone number, a word such as "ext." stands before the extension.
    fn shown(&self, contact: &BlockedContact) -> String {
        match contact.kind {
            ContactKind::Phone => self.page.t.phone(&contact.contact),
            ContactKind::Email | ContactKind::Address => contact.contact.clone(),
        }
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    fn is_filtered(&self) -> bool {
        LIST.is_filtered(&self.query)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
