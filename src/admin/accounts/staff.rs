//! `/admin/people`: admins manage the accounts of staff.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::admin::nav_badges::NavBadges;
use crate::{
    accounts::{self, Admin, Role, StaffChange, StaffChangeError, StaffMember},
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::UserId,
    messages::Messages,
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    web::{self, Fields, Flash, Page, PageError, SecurityEvent, Subject},
};

const STAFF_PATH: &str = "/admin/people";

#[derive(Template)]
#[template(path = "admin/accounts/staff.html")]
struct StaffPage {
    page: Page,
    badges: NavBadges,
    people: Vec<StaffMember>,
    /// Whether all staff must have a second factor.
    required: bool,
    /// The admin who looks at the page; they cannot change their own account here.
    me: UserId,
    zone: FixedOffset,
}

/// `GET /admin/people`
pub async fn staff(
    Admin(admin): Admin,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    web::html(&StaffPage::load(page, admin.id, &db, config.zone).await?)
}

/// `POST /admin/people/{person}/closure`: disables the account of a member of staff, who is signed out everywhere.
pub async fn close_account(
    admin: Admin,
    page: Page,
    person: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    change(StaffChange::Close, admin, page, UserId(person.into_inner()), &req, (&db, &config)).await
}

/// `POST /admin/people/{person}/reopening`: enables a disabled account; its password stays valid.
pub async fn reopen_account(
    admin: Admin,
    page: Page,
    person: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    change(StaffChange::Reopen, admin, page, UserId(person.into_inner()), &req, (&db, &config)).await
}

/// `POST /admin/people/{person}/role`: changes the role to staff or admin.
pub async fn change_role(
    admin: Admin,
    page: Page,
    person: Path<i64>,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let role = [Role::Staff, Role::Admin].into_iter().find(|role| role.code() == fields.get("role"));
    let Some(role) = role else {
        let flash = Flash::error(page.t.staff_role_wrong());
        return web::unprocessable(&StaffPage::load(page.with_flash(flash), admin.0.id, &db, config.zone).await?);
    };
    change(StaffChange::Role(role), admin, page, UserId(person.into_inner()), &req, (&db, &config)).await
}

async fn change(
    change: StaffChange,
    Admin(admin): Admin,
    page: Page,
    person: UserId,
    req: &HttpRequest,
    (db, config): (&Db, &Config),
) -> Result<HttpResponse, PageError> {
    let (by, from) = (admin.id, web::client_address(req));
    let outcome = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let changed = accounts::change_staff(conn, by, person, change)?;
                if let Ok((was, is)) = &changed {
                    let entry = NewAuditEntry {
                        staff_id: by,
                        action: action_of(change),
                        target: is.username.clone(),
                        before: Some(audited_fields(was)),
                        after: Some(audited_fields(is)),
                        ip_address: Some(from.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(changed)
            })
        })
        .await?;
    let t = page.t;
    match outcome {
        Ok((_, is)) => {
            security_event(change).record_by(req, by, Subject::User(is.id), is.role().code());
            Ok(Flash::success(done(t, change, &is.username)).see_other(STAFF_PATH, config))
        }
        Err(StaffChangeError::Unchanged) => Ok(Flash::notice(t.staff_already()).see_other(STAFF_PATH, config)),
        Err(StaffChangeError::OwnAccount) => {
            let page = page.with_flash(Flash::error(t.staff_oneself()));
            web::unprocessable(&StaffPage::load(page, by, db, config.zone).await?)
        }
        Err(StaffChangeError::NotStaff | StaffChangeError::NotAdmin) => Err(PageError::NotFound),
    }
}

/// `POST /admin/people/{person}/two-factor-reset`: removes a lost second factor and ends all sessions of the account.
pub async fn reset_two_factor(
    Admin(admin): Admin,
    page: Page,
    person: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (by, id, from) = (admin.id, UserId(person.into_inner()), web::client_address(&req));
    if by == id {
        // Admins turn off their own second factor on its page, which asks for a code.
        let flash = Flash::error(page.t.staff_oneself());
        return web::unprocessable(&StaffPage::load(page.with_flash(flash), by, &db, config.zone).await?);
    }
    let outcome = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let staff = accounts::user_by_id(conn, id)?.filter(|person| person.role() >= Role::Staff);
                let staff = staff.ok_or(DbError::Missing)?;
                let reset = accounts::remove_second_factor(conn, id)?.is_some();
                if reset {
                    let entry = NewAuditEntry {
                        staff_id: by,
                        action: AuditAction::ResetTwoFactor,
                        target: staff.username.clone(),
                        before: None,
                        after: None,
                        ip_address: Some(from.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(reset.then_some(staff.username))
            })
        })
        .await?;
    if outcome.is_some() {
        SecurityEvent::SecondFactorReset.record_by(&req, by, Subject::User(id), "");
    }
    let flash = match outcome {
        Some(name) => Flash::success(page.t.staff_two_factor_reset(name)),
        None => Flash::notice(page.t.staff_already()),
    };
    Ok(flash.see_other(STAFF_PATH, &config))
}

/// `POST /admin/people/two-factor-rule`: sets whether all staff must have a second factor.
pub async fn decide_two_factor(
    Admin(admin): Admin,
    page: Page,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (by, from) = (admin.id, web::client_address(&req));
    let Ok(required) = fields.get("required").parse::<bool>() else {
        let flash = Flash::error(page.t.staff_rule_wrong());
        return web::unprocessable(&StaffPage::load(page.with_flash(flash), by, &db, config.zone).await?);
    };
    let decided = db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let decided = accounts::set_second_factor_required(conn, required)?;
            if decided {
                let entry = NewAuditEntry {
                    staff_id: by,
                    action: AuditAction::RequireTwoFactor,
                    target: String::new(),
                    before: Some(json!({"required": !required})),
                    after: Some(json!({"required": required})),
                    ip_address: Some(from.clone()),
                };
                audit::record(conn, &entry)?;
            }
            Ok::<_, DbError>(decided)
        })
    });
    let decided = decided.await?;
    if decided {
        let rule = if required { "required" } else { "not_required" };
        SecurityEvent::SecondFactorRuleChanged.record_by(&req, by, Subject::Nobody, rule);
    }
    let flash = match (decided, required) {
        (false, _) => Flash::notice(page.t.staff_already()),
        (true, true) => Flash::success(page.t.staff_rule_is_on()),
        (true, false) => Flash::success(page.t.staff_rule_is_off()),
    };
    Ok(flash.see_other(STAFF_PATH, &config))
}

fn action_of(change: StaffChange) -> AuditAction {
    match change {
        StaffChange::Close => AuditAction::DisableStaff,
        StaffChange::Reopen => AuditAction::EnableStaff,
        StaffChange::Role(_) => AuditAction::ChangeRole,
    }
}

/// Returns the event that the security log records for a change.
fn security_event(change: StaffChange) -> SecurityEvent {
    match change {
        StaffChange::Close => SecurityEvent::AccountClosed,
        StaffChange::Reopen => SecurityEvent::AccountReopened,
        StaffChange::Role(_) => SecurityEvent::RoleChanged,
    }
}

/// Returns the fields of an account that the audit log records: the role, and whether it is disabled.
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
    async fn load(page: Page, me: UserId, db: &Db, zone: FixedOffset) -> Result<Self, PageError> {
        let (people, required) = db
            .run(|conn| Ok::<_, DbError>((accounts::staff_members(conn)?, accounts::second_factor_required(conn)?)))
            .await?;
        let badges = NavBadges::load(db).await?;
        Ok(Self { page: page.at(STAFF_PATH), badges, people, required, me, zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn role(&self, member: &StaffMember) -> &'static str {
        member.user.role().label(self.page.t)
    }
}
