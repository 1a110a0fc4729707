//! The password once more: for staff who go behind the counter after their shift has ended, and before something large is
//! done there. A form that was being sent waits on the page, and is sent by the browser when the password was right.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::sign_in::{needs_second_factor, next, record_staff_sign_in};
use crate::{
    accounts::{
        Staff, User, current_user, forms,
        login_throttle::{PasswordCheck, verify_own_password},
        second_factor::{CodeCheck, SecondFactorKey, verify_code},
        staff_session,
    },
    config::Config,
    messages::Messages,
    platform::{clock, db::Db, redis::Redis},
    web::{
        Fields, Form, Page, PageError, SecurityEvent, Subject, came_from, client_address, forbidden, grouped, html,
        local_path, see_other, send_again, too_many, unprocessable,
    },
};

/// What the fields of this page begin with, so that they are none of the form that waits.
const FIELD_PREFIX: &str = "again_";
/// The most fields of a form that waits; the page's own come on top, and there is a bound for all.
const MAX_PENDING_FIELDS: usize = 480;
/// Where forms that wait may be going.
const ADMIN_HOME: &str = "/admin";

#[derive(Template)]
#[template(path = "accounts/reauthenticate.html")]
struct ReauthenticatePage {
    page: Page,
    form: Form,
    why: NeedsPassword,
    /// Where to go on without a form, and back without doing anything.
    next: String,
    waiting: Option<PendingForm>,
    /// Whether a code is asked for as well.
    needs_second_factor: bool,
    refusal: Option<String>,
}

/// Why it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeedsPassword {
    /// The shift is over.
    StaffSessionOver,
    /// So many units of stock would change at once.
    Units(u64),
}

/// A form that was being sent.
struct PendingForm {
    to: String,
    fields: Fields,
}

impl PendingForm {
    /// What another request was about to do; none if that was only to read, or if it cannot be kept. Passwords and codes
    /// are not kept: they are typed once more.
    fn of(req: &HttpRequest, fields: Fields) -> Option<Self> {
        let fields =
            fields.only(|name| !name.starts_with(FIELD_PREFIX) && !name.contains("password") && name != "code");
        let kept = !req.method().is_safe() && fields.count() <= MAX_PENDING_FIELDS;
        kept.then(|| Self { to: req.path().to_owned(), fields })
    }

    /// What the page brings back.
    fn brought(fields: &Fields) -> Option<Self> {
        let to = local_path(fields.get("again_to")).filter(|to| to.starts_with(ADMIN_HOME))?;
        Some(Self { to: to.to_owned(), fields: fields.clone().only(|name| !name.starts_with(FIELD_PREFIX)) })
    }
}

/// The answer to a request that needs the password first: a page that asks for it and keeps what was typed. `fields` is what
/// came with the request, if it brought a form.
pub async fn require_password(
    req: &HttpRequest,
    page: Page,
    person: &User,
    fields: Option<Fields>,
    why: NeedsPassword,
    db: &Db,
) -> Result<HttpResponse, PageError> {
    let next =
        if req.method().is_safe() { page.path.clone() } else { came_from(req).unwrap_or_else(|| ADMIN_HOME.into()) };
    let waiting = fields.and_then(|fields| PendingForm::of(req, fields));
    if waiting.is_none() {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
        return Ok(see_other(&format!("/sign-in/again?{query}")));
    }
    let needs_second_factor = why == NeedsPassword::StaffSessionOver && needs_second_factor(db, person).await?;
    forbidden(&ReauthenticatePage {
        page,
        form: Form::default(),
        why,
        next,
        waiting,
        needs_second_factor,
        refusal: None,
    })
}

/// `GET /sign-in/again`: for staff whose shift is over.
pub async fn reauthenticate_page(
    Staff(person): Staff,
    req: HttpRequest,
    page: Page,
    db: Data<Db>,
) -> Result<HttpResponse, PageError> {
    let next = next(&Fields::of_query(&req)).unwrap_or_else(|| ADMIN_HOME.into());
    if staff_session::staff_session_is_active(&req, clock::now()).await? {
        return Ok(see_other(&next));
    }
    let (why, needs_second_factor) = (NeedsPassword::StaffSessionOver, needs_second_factor(&db, &person).await?);
    html(&ReauthenticatePage {
        page,
        form: Form::default(),
        why,
        next,
        waiting: None,
        needs_second_factor,
        refusal: None,
    })
}

/// `POST /sign-in/again`
pub async fn reauthenticate(
    Staff(person): Staff,
    req: HttpRequest,
    page: Page,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let t = page.t;
    let goes_on = staff_session::staff_session_is_active(&req, clock::now()).await?;
    let mut shown = ReauthenticatePage {
        page,
        why: if goes_on { NeedsPassword::brought(&fields) } else { NeedsPassword::StaffSessionOver },
        next: local_path(fields.get("again_next")).unwrap_or(ADMIN_HOME).to_owned(),
        waiting: PendingForm::brought(&fields),
        needs_second_factor: !goes_on && needs_second_factor(&db, &person).await?,
        form: Form::from(fields),
        refusal: None,
    };
    let Some(typed) = forms::reauthentication(&mut shown.form, shown.needs_second_factor, t) else {
        return unprocessable(&shown);
    };
    let key = SecondFactorKey::of(config.session_key.master());
    match prove(&req, &person, typed, (&db, &redis), key).await? {
        Proof::Right => SecurityEvent::ReauthenticationSucceeded.record(&req, Subject::User(person.id), ""),
        Proof::Wrong(field, words) => {
            shown.form.fail(field, words(t));
            return unprocessable(&shown);
        }
        Proof::Wait(seconds) => return shown.wait(seconds),
    }
    if !goes_on {
        record_staff_sign_in(&db, &person).await?;
        current_user::renew_session(&req, &person)?;
        current_user::begin_staff_session(&req, &person).await?;
    }
    staff_session::record_password(&req).await?;
    Ok(shown.waiting.map_or_else(|| see_other(&shown.next), |waiting| send_again(&waiting.to)))
}

/// What became of a password and a code.
enum Proof {
    Right,
    /// Which field is wrong, and how that is said.
    Wrong(&'static str, fn(Messages) -> &'static str),
    Wait(u64),
}

async fn prove(
    req: &HttpRequest,
    person: &User,
    (password, code): (String, Option<String>),
    (db, redis): (&Db, &Redis),
    key: SecondFactorKey,
) -> Result<Proof, PageError> {
    let (from, about) = (client_address(req), Subject::User(person.id));
    match verify_own_password((db, redis), &from, person.clone(), password).await? {
        PasswordCheck::Right(_) => {}
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(req, about, "password");
            return Ok(Proof::Wrong("again_password", Messages::password_wrong));
        }
        PasswordCheck::Wait(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "reauthentication");
            return Ok(Proof::Wait(seconds));
        }
    }
    let Some(code) = code else {
        return Ok(Proof::Right);
    };
    Ok(match verify_code((db, redis), key, &from, person.id, &code).await? {
        CodeCheck::Right { .. } => Proof::Right,
        CodeCheck::Wrong => {
            SecurityEvent::SecondFactorFailed.record(req, about, "wrong");
            Proof::Wrong("again_code", Messages::second_factor_code_wrong)
        }
        CodeCheck::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(req, about, "secret_unreadable");
            Proof::Wrong("again_code", Messages::second_factor_unreadable)
        }
        CodeCheck::Wait(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "second_factor");
            Proof::Wait(seconds)
        }
    })
}

impl NeedsPassword {
    fn brought(fields: &Fields) -> Self {
        fields.get("again_units").parse().map_or(Self::StaffSessionOver, Self::Units)
    }

    fn words(self, t: Messages) -> String {
        match self {
            Self::StaffSessionOver => t.reauthenticate_lead().to_owned(),
            Self::Units(units) => t.reauthenticate_units(grouped(&i64::try_from(units).unwrap_or(i64::MAX))),
        }
    }
}

impl ReauthenticatePage {
    fn units(&self) -> Option<u64> {
        match self.why {
            NeedsPassword::StaffSessionOver => None,
            NeedsPassword::Units(units) => Some(units),
        }
    }

    fn wait(mut self, seconds: u64) -> Result<HttpResponse, PageError> {
        self.refusal = Some(self.page.t.error_too_many(seconds.div_ceil(60)));
        too_many(&self, seconds)
    }
}
