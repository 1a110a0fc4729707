//! `/admin/two-factor`: a member of staff turns their own second factor on and off.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use qrcode::{Color, QrCode};

use crate::{
    accounts::{
        self, CodeCheck, PasswordCheck, RecoveryCode, SecondFactor, SecondFactorForm, SecondFactorKey, StaffRequest,
        TotpSecret, User,
    },
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    config::Config,
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult, SecurityEvent, Subject},
};

/// The path of the page on which staff set up their second factor. The page is also open to staff who still lack a
/// required one.
pub(in crate::admin) const TWO_FACTOR: &str = "/admin/two-factor";

#[derive(Template)]
#[template(path = "admin/accounts/two-factor.html")]
struct TwoFactorPage {
    page: AdminPage,
    form: Form,
    refusal: Option<String>,
    required: bool,
    now: TwoFactorState,
    zone: FixedOffset,
}

/// Whether the member of staff has a second factor; if not, a new secret to set one up.
enum TwoFactorState {
    On(SecondFactor),
    Off(Offer),
}

/// A new secret, as a QR code and as text, to be added to an authenticator app.
struct Offer {
    /// The encrypted secret in hexadecimal, which the form sends back.
    sealed: String,
    base32: String,
    qr_code: QrCodeSvg,
}

/// A QR code: the width in modules (its small squares), and the dark modules as an SVG path.
struct QrCodeSvg {
    width: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "admin/accounts/recovery-codes.html")]
struct RecoveryCodesPage {
    page: AdminPage,
    codes: Vec<RecoveryCode>,
}

/// `GET /admin/two-factor`: the page on which a member of staff turns their second factor on or off.
pub async fn two_factor(staff: StaffRequest) -> PageResult {
    web::html(&TwoFactorPage::load(staff, Form::default(), None).await?)
}

/// `POST /admin/two-factor`: turns the second factor on; needs the password and a code of the app.
pub async fn turn_on_two_factor(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(SecondFactorForm { password, code }) = SecondFactorForm::read(&mut form, t) else {
        return again(staff, form, None).await;
    };
    let secret = offered(&form, &staff.user, &staff.config);
    let (Some((secret, sealed)), now) = (secret, clock::now()) else {
        form.fail("code", t.two_factor_offer_gone());
        return again(staff, form, None).await;
    };
    if let Some(wrong) = password_wrong(&staff, &mut form, password).await? {
        return again(staff, form, wrong).await;
    }
    let Some(step) = secret.step_of(&code.replace(' ', ""), now) else {
        SecurityEvent::SecondFactorFailed.record(&staff.http, Subject::User(staff.user.id), "set_up");
        form.fail("code", t.two_factor_code_wrong());
        return again(staff, form, None).await;
    };
    let codes = accounts::new_recovery_codes();
    let (kept, id) = (codes.clone(), staff.user.id);
    let (audit, username) = (AuditContext::of(&staff), staff.user.username.clone());
    let turned = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let turned = accounts::turn_on_second_factor(conn, id, &sealed, step, &kept)?;
            if turned.is_some() {
                audit.record(conn, AuditAction::TurnOnTwoFactor, &username, Diff::default())?;
            }
            Ok::<_, DbError>(turned)
        })
    });
    let Some(person) = turned.await? else {
        return Ok(Flash::notice(t.two_factor_on_already()).see_other(TWO_FACTOR, &staff.config));
    };
    accounts::renew_session(&staff.http, &person)?;
    SecurityEvent::SecondFactorOn.record(&staff.http, Subject::User(person.id), "");
    let page = AdminPage::load(staff.page.at(TWO_FACTOR), &staff.db).await?;
    web::html(&RecoveryCodesPage { page, codes })
}

/// `POST /admin/two-factor/removal`: turns the second factor off; needs the password and a code.
pub async fn turn_off_two_factor(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, id, audit) = (staff.page.t, staff.user.id, AuditContext::of(&staff));
    let mut form = Form::from(fields);
    let Some(SecondFactorForm { password, code }) = SecondFactorForm::read(&mut form, t) else {
        return again(staff, form, None).await;
    };
    if let Some(wrong) = password_wrong(&staff, &mut form, password).await? {
        return again(staff, form, wrong).await;
    }
    let key = SecondFactorKey::of(staff.config.session_key.master());
    match accounts::verify_code((&staff.db, &staff.redis), key, audit.ip_address(), id, &code).await? {
        CodeCheck::Correct { .. } => {}
        CodeCheck::Wrong => {
            SecurityEvent::SecondFactorFailed.record(&staff.http, Subject::User(id), "wrong");
            form.fail("code", t.second_factor_code_wrong());
            return again(staff, form, None).await;
        }
        CodeCheck::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(&staff.http, Subject::User(id), "secret_unreadable");
            form.fail("code", t.second_factor_unreadable());
            return again(staff, form, None).await;
        }
        CodeCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&staff.http, Subject::User(id), "second_factor");
            return again(staff, form, Some(seconds)).await;
        }
    }
    let username = staff.user.username.clone();
    let turned = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let turned = accounts::remove_second_factor(conn, id)?;
            if turned.is_some() {
                audit.record(conn, AuditAction::TurnOffTwoFactor, &username, Diff::default())?;
            }
            Ok::<_, DbError>(turned)
        })
    });
    if let Some(person) = turned.await? {
        accounts::renew_session(&staff.http, &person)?;
        SecurityEvent::SecondFactorOff.record(&staff.http, Subject::User(person.id), "");
    }
    Ok(Flash::success(t.two_factor_is_off()).see_other(TWO_FACTOR, &staff.config))
}

/// Decrypts the secret that the form has sent back. Returns (secret, its encrypted form for the database); `None` if
/// this page has not encrypted it for this user.
fn offered(form: &Form, person: &User, config: &Config) -> Option<(TotpSecret, Vec<u8>)> {
    let sealed = crate::platform::random::of_hex(form.value("offer"))?;
    let secret = TotpSecret::open(&SecondFactorKey::of(config.session_key.master()), person.id, &sealed)?;
    Some((secret, sealed))
}

/// Checks the password of the member of staff. Returns `None` if it is correct; `Some(None)` if it is wrong, with an
/// error in the form; `Some(Some(seconds))` if there were too many failed attempts, with the seconds to wait.
async fn password_wrong(
    staff: &StaffRequest,
    form: &mut Form,
    password: String,
) -> Result<Option<Option<u64>>, PageError> {
    let (from, user) = (staff.client_address(), User::clone(&staff.user));
    let (req, about) = (&staff.http, Subject::User(user.id));
    Ok(match accounts::verify_own_password((&staff.db, &staff.redis), &from, user, password).await? {
        PasswordCheck::Correct(_) => None,
        PasswordCheck::Wrong => {
            SecurityEvent::ReauthenticationFailed.record(req, about, "second_factor");
            form.fail("password", staff.page.t.password_wrong());
            Some(None)
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(req, about, "reauthentication");
            Some(Some(seconds))
        }
    })
}

/// Responds with the page again: with status 422 and the errors of the form; or with 429 if the user must `wait` this
/// many seconds.
async fn again(staff: StaffRequest, form: Form, wait: Option<u64>) -> PageResult {
    let refusal = wait.map(|seconds| staff.page.t.error_too_many(seconds.div_ceil(60)));
    let shown = TwoFactorPage::load(staff.at(TWO_FACTOR), form, refusal).await?;
    match wait {
        Some(seconds) => web::too_many(&shown, seconds),
        None => web::unprocessable(&shown),
    }
}

impl TwoFactorPage {
    async fn load(staff: StaffRequest, form: Form, refusal: Option<String>) -> Result<Self, PageError> {
        let (id, config) = (staff.user.id, &staff.config);
        let (required, factor) = staff
            .db
            .run(move |conn| {
                Ok::<_, DbError>((accounts::second_factor_required(conn)?, accounts::second_factor(conn, id)?))
            })
            .await?;
        let now = match factor {
            Some(factor) => TwoFactorState::On(factor),
            None => {
                let before = offered(&form, &staff.user, config);
                TwoFactorState::Off(Offer::make(&staff.user, before, config, &staff.page.shop_name)?)
            }
        };
        let page = AdminPage::load(staff.page, &staff.db).await?;
        Ok(Self { page, form, refusal, required, now, zone: config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

impl Offer {
    /// Makes what the page shows of a secret to be set up. `before` is the secret that the page has shown before, so
    /// that nobody has to scan a new QR code after a mistyped code; if it is `None`, generates a random secret.
    fn make(
        person: &User,
        before: Option<(TotpSecret, Vec<u8>)>,
        config: &Config,
        shop_name: &str,
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
        let qr_code = QrCodeSvg::of(&secret.otpauth_uri(shop_name, &person.username))?;
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
