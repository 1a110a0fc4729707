//! `/admin/people`: admins manage the accounts of staff.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::{
    accounts::{self, AdminRequest, Role, StaffChange, StaffChangeError, StaffMember},
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    kernel::UserId,
    messages::Messages,
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{self, Fields, Flash, PageError, PageResult, SecurityEvent, Subject, filters},
};

const STAFF_PATH: &str = "/admin/people";

#[derive(Template)]
#[template(path = "admin/accounts/staff.html")]
struct StaffPage {
    page: AdminPage,
    people: Vec<StaffMember>,
    /// True if all staff must have a second factor.
    required: bool,
    /// The id of the admin who looks at the page: admins cannot change their own account here.
    me: UserId,
    zone: FixedOffset,
}

/// `GET /admin/people`: the accounts of staff.
pub async fn staff(admin: AdminRequest) -> PageResult {
    web::html(&StaffPage::load(admin).await?)
}

/// `POST /admin/people/{person}/closure`: disables the account of a member of staff, who is signed out everywhere.
pub async fn close_account(admin: AdminRequest, person: Path<i64>) -> PageResult {
    change(admin, UserId(person.into_inner()), StaffChange::Close).await
}

/// `POST /admin/people/{person}/reopening`: enables a disabled account; its password stays valid.
pub async fn reopen_account(admin: AdminRequest, person: Path<i64>) -> PageResult {
    change(admin, UserId(person.into_inner()), StaffChange::Reopen).await
}

/// `POST /admin/people/{person}/role`: changes the role to staff or admin.
pub async fn change_role(admin: AdminRequest, person: Path<i64>, fields: Fields) -> PageResult {
    let role = [Role::Staff, Role::Admin].into_iter().find(|role| role.code() == fields.get("role"));
    let Some(role) = role else {
        let flash = Flash::error(admin.page.t.staff_role_wrong());
        return again(admin, flash).await;
    };
    change(admin, UserId(person.into_inner()), StaffChange::Role(role)).await
}

async fn change(admin: AdminRequest, person: UserId, change: StaffChange) -> PageResult {
    let (by, t, audit) = (admin.user.id, admin.page.t, AuditContext::of(&admin));
    let outcome = admin
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let changed = accounts::change_staff(conn, by, person, change)?;
                if let Ok((was, is)) = &changed {
                    let diff = Diff::new(audited_fields(was), audited_fields(is));
                    audit.record(conn, action_of(change), &is.username, diff)?;
                }
                Ok::<_, DbError>(changed)
            })
        })
        .await?;
    match outcome {
        Ok((_, is)) => {
            security_event(change).record_by(&admin.http, by, Subject::User(is.id), is.role().code());
            Ok(Flash::success(done(t, change, &is.username)).see_other(STAFF_PATH, &admin.config))
        }
        Err(StaffChangeError::Unchanged) => Ok(Flash::notice(t.staff_already()).see_other(STAFF_PATH, &admin.config)),
        Err(StaffChangeError::OwnAccount) => again(admin, Flash::error(t.staff_oneself())).await,
        Err(StaffChangeError::NotStaff | StaffChangeError::NotAdmin) => Err(PageError::NotFound),
    }
}

/// Responds with status 422 and the page of staff accounts, with `flash` as the error message.
async fn again(mut admin: AdminRequest, flash: Flash) -> PageResult {
    admin.page = admin.page.with_flash(flash);
    web::unprocessable(&StaffPage::load(admin).await?)
}

/// `POST /admin/people/{person}/two-factor-reset`: removes a lost second factor and ends all sessions of the account.
pub async fn reset_two_factor(admin: AdminRequest, person: Path<i64>) -> PageResult {
    let (by, id, t) = (admin.user.id, UserId(person.into_inner()), admin.page.t);
    if by == id {
        // Admins turn off their own second factor on its page, which asks for a code.
        return again(admin, Flash::error(t.staff_oneself())).await;
    }
    let audit = AuditContext::of(&admin);
    let outcome = admin
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let staff = accounts::user_by_id(conn, id)?.filter(|person| person.role() >= Role::Staff);
                let staff = staff.ok_or(DbError::Missing)?;
                let reset = accounts::remove_second_factor(conn, id)?.is_some();
                if reset {
                    audit.record(conn, AuditAction::ResetTwoFactor, &staff.username, Diff::default())?;
                }
                Ok::<_, DbError>(reset.then_some(staff.username))
            })
        })
        .await?;
    if outcome.is_some() {
        SecurityEvent::SecondFactorReset.record_by(&admin.http, by, Subject::User(id), "");
    }
    let flash = match outcome {
        Some(name) => Flash::success(t.staff_two_factor_reset(name)),
        None => Flash::notice(t.staff_already()),
    };
    Ok(flash.see_other(STAFF_PATH, &admin.config))
}

/// `POST /admin/people/two-factor-rule`: sets whether all staff must have a second factor.
pub async fn decide_two_factor(admin: AdminRequest, fields: Fields) -> PageResult {
    let (by, t) = (admin.user.id, admin.page.t);
    let Ok(required) = fields.get("required").parse::<bool>() else {
        return again(admin, Flash::error(t.staff_rule_wrong())).await;
    };
    let audit = AuditContext::of(&admin);
    let decided = admin.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let decided = accounts::set_second_factor_required(conn, required)?;
            if decided {
                let diff = Diff::new(json!({ "required": !required }), json!({ "required": required }));
                audit.record(conn, AuditAction::RequireTwoFactor, "", diff)?;
            }
            Ok::<_, DbError>(decided)
        })
    });
    let decided = decided.await?;
    if decided {
        let rule = if required { "required" } else { "not_required" };
        SecurityEvent::SecondFactorRuleChanged.record_by(&admin.http, by, Subject::Nobody, rule);
    }
    let flash = match (decided, required) {
        (false, _) => Flash::notice(t.staff_already()),
        (true, true) => Flash::success(t.staff_rule_is_on()),
        (true, false) => Flash::success(t.staff_rule_is_off()),
    };
    Ok(flash.see_other(STAFF_PATH, &admin.config))
}

fn action_of(change: StaffChange) -> AuditAction {
    match change {
        StaffChange::Close => AuditAction::DisableStaff,
        StaffChange::Reopen => AuditAction::EnableStaff,
        StaffChange::Role(_) => AuditAction::ChangeRole,
    }
}

/// Returns the security event for a change of a staff account.
fn security_event(change: StaffChange) -> SecurityEvent {
    match change {
        StaffChange::Close => SecurityEvent::AccountClosed,
        StaffChange::Reopen => SecurityEvent::AccountReopened,
        StaffChange::Role(_) => SecurityEvent::RoleChanged,
    }
}

/// Returns the fields of a staff account for the audit log: the role, and whether the account is disabled.
fn audited_fields(person: &accounts::User) -> serde_json::Value {
    json!({"role": person.role().code(), "closed": person.disabled_at.is_some()})
}

fn done(t: Messages, change: StaffChange, name: &str) -> String {
    match change {
        StaffChange::Close => t.staff_closed(name),
        StaffChange::Reopen => t.staff_reopened(name),
        StaffChange::Role(Role::Admin) => t.staff_now_admin(name),
        StaffChange::Role(_) => t.staff_now_staff(name),
    }
}

impl StaffPage {
    async fn load(admin: AdminRequest) -> Result<Self, PageError> {
        let (people, required) = admin
            .db
            .run(|conn| Ok::<_, DbError>((accounts::staff_members(conn)?, accounts::second_factor_required(conn)?)))
            .await?;
        let page = AdminPage::load(admin.page.at(STAFF_PATH), &admin.db).await?;
        Ok(Self { page, people, required, me: admin.user.id, zone: admin.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn role(&self, member: &StaffMember) -> &'static str {
        member.user.role().label(self.page.t)
    }
}
