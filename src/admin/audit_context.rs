//! Who changes something, and from where, for the audit log.

use diesel::{PgConnection, QueryResult};
use serde_json::Value;
use std::ops::Deref;

use crate::{
    accounts::User,
    audit::{self, AuditAction, NewAuditEntry},
    kernel::UserId,
    platform::db::{self, Db, DbError},
    web::{PageError, PageRequest},
};

/// The member of staff who makes a request, and the client's address.
#[derive(Clone, Debug)]
pub(super) struct AuditContext {
    pub(super) staff_id: UserId,
    ip_address: String,
}

/// The changed fields of an object before and after a change, as JSON objects. `None` before its creation and after its
/// removal.
#[derive(Clone, Debug, Default)]
pub(super) struct Diff {
    before: Option<Value>,
    after: Option<Value>,
}

impl Diff {
    pub(super) fn new(before: Value, after: Value) -> Self {
        Self { before: Some(before), after: Some(after) }
    }

    pub(super) fn after(after: Value) -> Self {
        Self { before: None, after: Some(after) }
    }

    pub(super) fn before(before: Value) -> Self {
        Self { before: Some(before), after: None }
    }

    /// Returns the slug after the change; `None` if the change does not concern the slug.
    pub(super) fn new_slug(&self) -> Option<&str> {
        self.after.as_ref()?.get("slug")?.as_str()
    }
}

impl AuditContext {
    pub(super) fn of(request: &PageRequest<impl Deref<Target = User>>) -> Self {
        Self { staff_id: request.user.id, ip_address: request.client_address() }
    }

    /// Returns the client's IP address.
    pub(super) fn ip_address(&self) -> &str {
        &self.ip_address
    }

    /// Adds an entry for a download to the audit log, in a transaction of its own.
    pub(super) async fn record_download(
        self,
        db: &Db,
        action: AuditAction,
        target: String,
        after: Value,
    ) -> Result<(), PageError> {
        let recorded = db.run(move |conn| {
            db::transaction(conn, |conn| {
                self.record(conn, action, &target, Diff::after(after.clone()))?;
                Ok::<_, DbError>(())
            })
        });
        Ok(recorded.await?)
    }

    /// Adds an entry to the audit log; `target` is the changed object by the name that staff know. Must be called in
    /// the transaction of the change.
    ///
    /// # Errors
    /// Those of [`audit::record`].
    pub(super) fn record(
        &self,
        conn: &mut PgConnection,
        action: AuditAction,
        target: &str,
        Diff { before, after }: Diff,
    ) -> QueryResult<()> {
        let entry = NewAuditEntry {
            staff_id: self.staff_id,
            action,
            target: target.to_owned(),
            before,
            after,
            ip_address: Some(self.ip_address.clone()),
        };
        audit::record(conn, &entry)
    }
}
