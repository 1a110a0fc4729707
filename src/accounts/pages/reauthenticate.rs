//! Asks staff for their password again: when the staff session is over, and before a large change of stock or a large
//! refund. The page contains the submitted form, and the browser submits that form again after the correct password.

use actix_web::HttpRequest;
use askama::Template;

use super::sign_in::{needs_second_factor, next, record_staff_sign_in};
use crate::{
    accounts::{
        Staff, StaffRequest, User, current_user, forms,
        login_throttle::{PasswordCheck, verify_own_password},
        second_factor::{CodeCheck, SecondFactorKey, verify_code},
        staff_session,
    },
    kernel::{Money, thousands},
    messages::Messages,
    platform::{clock, db::Db, redis::Redis},
    web::{
        Fields, Form, Page, PageError, PageResult, SecurityEvent, Subject, client_address, forbidden, html, local_path,
        referer_path, see_other, send_again, too_many, unprocessable,
    },
};

/// The prefix of the names of the own fields of the page that asks for the password, such as `reauth_password`. The
/// page also contains the fields of the submitted form that waits for the password, without a prefix.
const FIELD_PREFIX: &str = "reauth_";
/// A submitted form with more fields than this is not kept while the user types the password again. The limit leaves
/// room for the fields of the page that asks for the password.
const MAX_PENDING_FIELDS: usize = 480;
/// A submitted form is sent again after the password was typed only if its path begins with this.
const ADMIN_HOME: &str = "/admin";

#[derive(Template)]
#[template(path = "accounts/reauthenticate.html")]
struct ReauthenticatePage {
    page: Page,
    form: Form,
    why: NeedsPassword,
    /// The path of the page that is shown next if the user leaves this page, or if the password is correct and there is
    /// no submitted form to send again.
    next: String,
    waiting: Option<PendingForm>,
    /// True if the page asks for a code of the second factor too.
    needs_second_factor: bool,
    refusal: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeedsPassword {
    StaffSessionOver,
    /// A large change of stock; holds the number of units that would change.
    Units(u64),
    /// A large refund; holds the amount that would be refunded.
    Amount(Money),
    /// A download or the erasure of a customer's data.
    PersonalData,
}

/// A form that cannot be handled before the user has typed the password again. The page that asks for the password
/// contains the fields of this form, and submits it again afterwards.
struct PendingForm {
    to: String,
    fields: Fields,
}

impl PendingForm {
    /// Returns the submitted form of a POST request, without passwords and codes. `None` for a GET or too many fields.
    fn of(req: &HttpRequest, fields: Fields) -> Option<Self> {
        let fields =
            fields.only(|name| !name.starts_with(FIELD_PREFIX) && !name.contains("password") && name != "code");
        let kept = !req.method().is_safe() && fields.count() <= MAX_PENDING_FIELDS;
        kept.then(|| Self { to: req.path().to_owned(), fields })
    }

    /// Reads the waiting form from the fields that the page that asks for the password has sent; `None` if no form
    /// waits.
    fn from_fields(fields: &Fields) -> Option<Self> {
        let to = local_path(fields.get("reauth_to")).filter(|to| to.starts_with(ADMIN_HOME))?;
        Some(Self { to: to.to_owned(), fields: fields.clone().only(|name| !name.starts_with(FIELD_PREFIX)) })
    }
}

/// Returns a page that asks for the password and then submits the form with these `fields` again. For a request without
/// a form (`None`), or with too many fields, redirects to `/sign-in/again`.
pub async fn require_password(staff: StaffRequest, fields: Option<Fields>, why: NeedsPassword) -> PageResult {
    let req = &staff.http;
    let next = if req.method().is_safe() {
        staff.page.path.clone()
    } else {
        referer_path(req).unwrap_or_else(|| ADMIN_HOME.into())
    };
    let waiting = fields.and_then(|fields| PendingForm::of(req, fields));
    if waiting.is_none() {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
        return Ok(see_other(&format!("/sign-in/again?{query}")));
    }
    let needs_second_factor =
        why == NeedsPassword::StaffSessionOver && needs_second_factor(&staff.db, &staff.user).await?;
    forbidden(&ReauthenticatePage {
        page: staff.page,
        form: Form::default(),
        why,
        next,
        waiting,
        needs_second_factor,
        refusal: None,
    })
}

/// `GET /sign-in/again`: the page that asks staff for their password again, if their staff session is over.
pub async fn reauthenticate_page(staff: StaffRequest) -> PageResult {
    let next = next(&staff.query()).unwrap_or_else(|| ADMIN_HOME.into());
    if staff_session::staff_session_is_active(&staff.http, clock::now()).await? {
        return Ok(see_other(&next));
    }
    let needs_second_factor = needs_second_factor(&staff.db, &staff.user).await?;
    html(&ReauthenticatePage {
        page: staff.page,
        form: Form::default(),
        why: NeedsPassword::StaffSessionOver,
        next,
        waiting: None,
        needs_second_factor,
        refusal: None,
    })
}

/// `POST /sign-in/again`: checks the password (and code), then submits the contained form again, or redirects to
/// `next`.
pub async fn reauthenticate(staff: StaffRequest, fields: Fields) -> PageResult {
    let StaffRequest { user: Staff(user), page, db, redis, config, http: req } = staff;
    let t = page.t;
    let goes_on = staff_session::staff_session_is_active(&req, clock::now()).await?;
    let mut shown = ReauthenticatePage {
        page,
        why: if goes_on { NeedsPassword::from_fields(&fields) } else { NeedsPassword::StaffSessionOver },
        next: local_path(fields.get("reauth_next")).unwrap_or(ADMIN_HOME).to_owned(),
        waiting: PendingForm::from_fields(&fields),
        needs_second_factor: !goes_on && needs_second_factor(&db, &user).await?,
        form: Form::from(fields),
        refusal: None,
    };
    let Some(typed) = forms::reauthentication(&mut shown.form, shown.needs_second_factor, t) else {
        return unprocessable(&shown);
    };
    let key = SecondFactorKey::of(config.session_key.master());
    match prove(&req, &user, typed, (&db, &redis), key).await? {
        Proof::Correct => SecurityEvent::ReauthenticationSucceeded.record(&req, Subject::User(user.id), ""),
        Proof::Wrong(field, words) => {
            shown.form.fail(field, words(t));
            return unprocessable(&shown);
        }
        Proof::RetryAfter(seconds) => return shown.wait(seconds),
    }
    if !goes_on {
        record_staff_sign_in(&db, &user).await?;
        current_user::renew_session(&req, &user)?;
        current_user::begin_staff_session(&req, &user).await?;
    }
    staff_session::record_password(&req).await?;
    Ok(shown.waiting.map_or_else(|| see_other(&shown.next), |waiting| send_again(&waiting.to)))
}

enum Proof {
    Correct,
    /// The password or code is wrong. Holds the name of its field and the error message.
    Wrong(&'static str, fn(Messages) -> &'static str),
    RetryAfter(u64),
}

async fn prove(
    req: &HttpRequest,
    user: &User,
    (password, code): (String, Option<String>),
    (db, redis): (&Db, &Redis),
    key: SecondFactorKey,
) -> Result<Proof, PageError> {
    let (from, about) = (client_address(req), Subject::User(user.id));
    match verify_own_password((db, redis), &from, user.clone(), password).await? {
        PasswordCheck::Correct(_) => {}
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(req, about, "password");
            return Ok(Proof::Wrong("reauth_password", Messages::password_wrong));
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "reauthentication");
            return Ok(Proof::RetryAfter(seconds));
        }
    }
    let Some(code) = code else {
        return Ok(Proof::Correct);
    };
    Ok(match verify_code((db, redis), key, &from, user.id, &code).await? {
        CodeCheck::Correct { .. } => Proof::Correct,
        CodeCheck::Wrong => {
            SecurityEvent::SecondFactorFailed.record(req, about, "wrong");
            Proof::Wrong("reauth_code", Messages::second_factor_code_wrong)
        }
        CodeCheck::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(req, about, "secret_unreadable");
            Proof::Wrong("reauth_code", Messages::second_factor_unreadable)
        }
        CodeCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "second_factor");
            Proof::RetryAfter(seconds)
        }
    })
}

impl NeedsPassword {
    fn from_fields(fields: &Fields) -> Self {
        if let Ok(units) = fields.get("reauth_units").parse() {
            return Self::Units(units);
        }
        if !fields.get("reauth_data").is_empty() {
            return Self::PersonalData;
        }
        fields.get("reauth_amount").parse().map_or(Self::StaffSessionOver, Self::Amount)
    }

    fn words(self, t: Messages) -> String {
        match self {
            Self::StaffSessionOver => t.reauthenticate_lead().to_owned(),
            Self::Units(units) => t.reauthenticate_units(thousands(&i64::try_from(units).unwrap_or(i64::MAX))),
            Self::Amount(amount) => t.reauthenticate_amount(amount),
            Self::PersonalData => t.reauthenticate_data().to_owned(),
        }
    }
}

impl ReauthenticatePage {
    /// Returns the hidden field (name, value) that says why the password is needed; `None` if the reason is that the
    /// staff session is over.
    fn why_field(&self) -> Option<(&'static str, String)> {
        match self.why {
            NeedsPassword::StaffSessionOver => None,
            NeedsPassword::Units(units) => Some(("reauth_units", units.to_string())),
            NeedsPassword::Amount(amount) => Some(("reauth_amount", amount.plain())),
            NeedsPassword::PersonalData => Some(("reauth_data", "true".to_owned())),
        }
    }

    fn wait(mut self, seconds: u64) -> PageResult {
        self.refusal = Some(self.page.t.error_too_many(seconds.div_ceil(60)));
        too_many(&self, seconds)
    }
}
