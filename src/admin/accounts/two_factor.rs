//! `/admin/two-factor`: a member of staff turns their own second factor on and off.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use qrcode::{Color, QrCode};

use crate::admin::nav_badges::NavBadges;
use crate::{
    accounts::{
        self, CodeCheck, PasswordCheck, RecoveryCode, SecondFactor, SecondFactorForm, SecondFactorKey, Staff,
        TotpSecret, User,
    },
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    messages::Messages,
    platform::{
        clock,
        db::{self, Db, DbError},
        redis::Redis,
    },
    web::{self, Fields, Flash, Form, Page, PageError, SecurityEvent, Subject},
};

/// The path of the page. It is also open to staff who still lack a required second factor.
pub(in crate::admin) const TWO_FACTOR: &str = "/admin/two-factor";

#[derive(Template)]
#[template(path = "admin/accounts/two-factor.html")]
struct TwoFactorPage {
    page: Page,
    badges: NavBadges,
    form: Form,
    refusal: Option<String>,
    required: bool,
    now: TwoFactorState,
    zone: FixedOffset,
}

/// Whether the member of staff has a second factor; if not, the offer of a new one.
enum TwoFactorState {
    On(SecondFactor),
    Off(Offer),
}

/// A new secret, in the forms that an authenticator app can read.
struct Offer {
    /// The encrypted secret in hexadecimal, which the form sends back.
    sealed: String,
    base32: String,
    qr_code: QrCodeSvg,
}

/// A QR code: its width in modules, and its dark modules as an SVG path.
struct QrCodeSvg {
    width: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "admin/accounts/recovery-codes.html")]
struct RecoveryCodesPage {
    page: Page,
    badges: NavBadges,
    codes: Vec<RecoveryCode>,
}

/// `GET /admin/two-factor`
pub async fn two_factor(
    Staff(person): Staff,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    web::html(&TwoFactorPage::load(page, &person, (Form::default(), None), &db, &config).await?)
}

/// `POST /admin/two-factor`: turns the second factor on; needs the password and a code of the app.
pub async fn turn_on_two_factor(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, from) = (page.t, web::client_address(&req));
    let mut form = Form::from(fields);
    let Some(SecondFactorForm { password, code }) = SecondFactorForm::read(&mut form, t) else {
        return again(page, &person, form, None, &db, &config).await;
    };
    let secret = offered(&form, &person, &config);
    let (Some((secret, sealed)), now) = (secret, clock::now()) else {
        form.fail("code", t.two_factor_offer_gone());
        return again(page, &person, form, None, &db, &config).await;
    };
    if let Some(wrong) = password_wrong(&mut form, (&db, &redis), &req, &person, password, t).await? {
        return again(page, &person, form, wrong, &db, &config).await;
    }
    let Some(step) = secret.step_of(&code.replace(' ', ""), now) else {
        SecurityEvent::SecondFactorFailed.record(&req, Subject::User(person.id), "set_up");
        form.fail("code", t.two_factor_code_wrong());
        return again(page, &person, form, None, &db, &config).await;
    };
    let codes = accounts::new_recovery_codes();
    let (kept, id) = (codes.clone(), person.id);
    let entry = audit_entry(&person, AuditAction::TurnOnTwoFactor, &from);
    let turned = db.run(move |conn| {
        db::transaction(conn, |conn| {
            let turned = accounts::turn_on_second_factor(conn, id, &sealed, step, &kept)?;
            if turned.is_some() {
                audit::record(conn, &entry)?;
            }
            Ok::<_, DbError>(turned)
        })
    });
    let Some(person) = turned.await? else {
        return Ok(Flash::notice(t.two_factor_on_already()).see_other(TWO_FACTOR, &config));
    };
    accounts::renew_session(&req, &person)?;
    SecurityEvent::SecondFactorOn.record(&req, Subject::User(person.id), "");
    let badges = NavBadges::load(&db).await?;
    web::html(&RecoveryCodesPage { page: page.at(TWO_FACTOR), badges, codes })
}

/// `POST /admin/two-factor/removal`: turns the second factor off; needs the password and a code.
pub async fn turn_off_two_factor(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, from) = (page.t, web::client_address(&req));
    let mut form = Form::from(fields);
    let Some(SecondFactorForm { password, code }) = SecondFactorForm::read(&mut form, t) else {
        return again(page, &person, form, None, &db, &config).await;
    };
    if let Some(wrong) = password_wrong(&mut form, (&db, &redis), &req, &person, password, t).await? {
        return again(page, &person, form, wrong, &db, &config).await;
    }
    let key = SecondFactorKey::of(config.session_key.master());
    match accounts::verify_code((&db, &redis), key, &from, person.id, &code).await? {
        CodeCheck::Correct { .. } => {}
        CodeCheck::Wrong => {
            SecurityEvent::SecondFactorFailed.record(&req, Subject::User(person.id), "wrong");
            form.fail("code", t.second_factor_code_wrong());
            return again(page, &person, form, None, &db, &config).await;
        }
        CodeCheck::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(&req, Subject::User(person.id), "secret_unreadable");
            form.fail("code", t.second_factor_unreadable());
            return again(page, &person, form, None, &db, &config).await;
        }
        CodeCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&req, Subject::User(person.id), "second_factor");
            return again(page, &person, form, Some(seconds), &db, &config).await;
        }
    }
    let (id, entry) = (person.id, audit_entry(&person, AuditAction::TurnOffTwoFactor, &from));
    let turned = db.run(move |conn| {
        db::transaction(conn, |conn| {
            let turned = accounts::remove_second_factor(conn, id)?;
            if turned.is_some() {
                audit::record(conn, &entry)?;
            }
            Ok::<_, DbError>(turned)
        })
    });
    if let Some(person) = turned.await? {
        accounts::renew_session(&req, &person)?;
        SecurityEvent::SecondFactorOff.record(&req, Subject::User(person.id), "");
    }
    Ok(Flash::success(t.two_factor_is_off()).see_other(TWO_FACTOR, &config))
}

/// Decrypts the secret in a form of this page: returns it, and as it is stored. `None` if the page of another user, or no
/// page, has encrypted it.
fn offered(form: &Form, person: &User, config: &Config) -> Option<(TotpSecret, Vec<u8>)> {
    let sealed = crate::platform::random::of_hex(form.value("offer"))?;
    let secret = TotpSecret::open(&SecondFactorKey::of(config.session_key.master()), person.id, &sealed)?;
    Some((secret, sealed))
}

/// Checks the password. Returns `None` if it is correct, `Some(None)` if it is wrong, with an error in the form, and
/// `Some(Some(seconds))` if there were too many attempts: so long the user must wait.
async fn password_wrong(
    form: &mut Form,
    (db, redis): (&Db, &Redis),
    req: &HttpRequest,
    person: &User,
    password: String,
    t: Messages,
) -> Result<Option<Option<u64>>, PageError> {
    let (from, about) = (web::client_address(req), Subject::User(person.id));
    Ok(match accounts::verify_own_password((db, redis), &from, person.clone(), password).await? {
        PasswordCheck::Correct(_) => None,
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(req, about, "second_factor");
            form.fail("password", t.password_wrong());
            Some(None)
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "reauthentication");
            Some(Some(seconds))
        }
    })
}

/// Responds with the page again: with the errors of the form and status 422, or, with 429, the seconds to `wait`.
async fn again(
    page: Page,
    person: &User,
    form: Form,
    wait: Option<u64>,
    db: &Db,
    config: &Config,
) -> Result<HttpResponse, PageError> {
    let refusal = wait.map(|seconds| page.t.error_too_many(seconds.div_ceil(60)));
    let shown = TwoFactorPage::load(page.at(TWO_FACTOR), person, (form, refusal), db, config).await?;
    match wait {
        Some(seconds) => web::too_many(&shown, seconds),
        None => web::unprocessable(&shown),
    }
}

fn audit_entry(person: &User, action: AuditAction, from: &str) -> NewAuditEntry {
    NewAuditEntry {
        staff_id: person.id,
        action,
        target: person.username.clone(),
        before: None,
        after: None,
        ip_address: Some(from.to_owned()),
    }
}

impl TwoFactorPage {
    async fn load(
        page: Page,
        person: &User,
        (form, refusal): (Form, Option<String>),
        db: &Db,
        config: &Config,
    ) -> Result<Self, PageError> {
        let id = person.id;
        let (required, factor) = db
            .run(move |conn| {
                Ok::<_, DbError>((accounts::second_factor_required(conn)?, accounts::second_factor(conn, id)?))
            })
            .await?;
        let now = match factor {
            Some(factor) => TwoFactorState::On(factor),
            None => TwoFactorState::Off(Offer::make(person, offered(&form, person, config), config, page.t)?),
        };
        let badges = NavBadges::load(db).await?;
        Ok(Self { page, badges, form, refusal, required, now, zone: config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

impl Offer {
    /// Offers the secret `before` again after a mistyped code, so that it need not be scanned twice; a new one if it is
    /// `None`.
    fn make(
        person: &User,
        before: Option<(TotpSecret, Vec<u8>)>,
        config: &Config,
        t: Messages,
    ) -> Result<Self, PageError> {
        let (secret, sealed) = match before {
            Some(before) => before,
            None => {
                let secret = TotpSecret::generate();
                let sealed = secret.seal(&SecondFactorKey::of(config.session_key.master()), person.id);
                let sealed = sealed.ok_or_else(|| PageError::internal("a secret could not be sealed"))?;
                (secret, sealed)
            }
        };
        let qr_code = QrCodeSvg::of(&secret.otpauth_uri(t.shop_name(), &person.username))?;
        let characters: Vec<char> = secret.base32().chars().collect();
        let base32 = characters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
        Ok(Self { sealed: crate::platform::random::hex(&sealed), base32, qr_code })
    }
}

impl QrCodeSvg {
    fn of(text: &str) -> Result<Self, PageError> {
        let code = QrCode::new(text).map_err(|error| PageError::internal(error.to_string()))?;
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let path = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width, at / width)).collect();
        Ok(Self { width, path })
    }

    /// Returns the `viewBox` of the SVG, with the margin of four light modules that scanners need.
    fn view_box(&self) -> String {
        let side = self.width + 8;
        format!("-4 -4 {side} {side}")
    }
}
