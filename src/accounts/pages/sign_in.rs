//! Signing up, in and out.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use crate::{
    accounts::{
        NameTaken, Role, SessionClaim, actions, current_user,
        demo::demo_user_with_password,
        forms::{self, SignUp},
        login_throttle::{self, PasswordCheck},
        model::{NewUser, User},
        passwords, queries,
        second_factor::has_second_factor,
    },
    config::Config,
    messages::Messages,
    platform::{
        clock,
        db::{self, Db, DbError},
        redis::Redis,
    },
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, SecurityEvent, Subject, Verdict, came_from, client_address,
        html, local_path, see_other, too_many, unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/sign-in.html")]
struct SignInPage {
    page: Page,
    form: Form,
    /// Where to go on, if not to the home page.
    next: Option<String>,
    /// Whether that is only the page whose link led here: staff go behind the counter instead.
    was_reading: bool,
    /// Why not, where that is no single field's fault.
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/sign-up.html")]
struct SignUpPage {
    page: Page,
    form: Form,
    next: Option<String>,
    refusal: Option<String>,
}

/// `GET /sign-in`.
pub async fn sign_in_page(req: HttpRequest, page: Page) -> Result<HttpResponse, PageError> {
    let asked = next(&Fields::of_query(&req));
    if page.current_user.is_some() {
        let home = if page.current_user.is_some_and(|user| user.is_staff) { ADMIN_HOME } else { "/" };
        return Ok(see_other(asked.as_deref().unwrap_or(home)));
    }
    let read = if asked.is_none() { was_reading(&req) } else { None };
    let was_reading = read.is_some();
    html(&SignInPage { page, form: Form::default(), next: asked.or(read), was_reading, refusal: None })
}

/// `GET /sign-up`.
pub async fn sign_up_page(req: HttpRequest, page: Page) -> Result<HttpResponse, PageError> {
    let asked = next(&Fields::of_query(&req));
    if page.current_user.is_some() {
        return Ok(see_other(asked.as_deref().unwrap_or("/")));
    }
    html(&SignUpPage { page, form: Form::default(), next: asked.or_else(|| was_reading(&req)), refusal: None })
}

/// `POST /sign-in`.
pub async fn sign_in(
    req: HttpRequest,
    page: Page,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, next) = (page.t, next(&fields));
    let mut form = Form::from(fields);
    let was_reading = form.ticked("was_reading");
    let Some(typed) = forms::sign_in(&mut form, t) else {
        return unprocessable(&SignInPage { page, form, next, was_reading, refusal: None });
    };
    let name = typed.name.clone();
    let known = demo_user_with_password(&typed.password).filter(|_| !config.is_local);
    let found = db.run(move |conn| Ok::<_, DbError>(queries::user_by_login(conn, &name)?)).await?;
    let about = found.as_ref().map_or(Subject::Name(&typed.name), |(person, _)| Subject::User(person.id));
    match login_throttle::verify_password(&redis, &client_address(&req), &typed.name, found, typed.password).await? {
        PasswordCheck::Right(person) if known == Some(person.username.as_str()) => {
            SecurityEvent::SignInFailed.record(&req, Subject::User(person.id), "demo_password");
            let refusal = Some(t.demo_sign_in_refused().to_owned());
            unprocessable(&SignInPage { page, form, next, was_reading, refusal })
        }
        PasswordCheck::Right(person) if person.disabled_at.is_none() && needs_second_factor(&db, &person).await? => {
            current_user::begin_second_factor(&req, &person, clock::now())?;
            let next = next.filter(|_| !was_reading);
            let query =
                next.map(|next| form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish());
            Ok(see_other(
                &query.map_or_else(|| SECOND_FACTOR_PATH.to_owned(), |query| format!("{SECOND_FACTOR_PATH}?{query}")),
            ))
        }
        PasswordCheck::Right(person) if person.disabled_at.is_none() => {
            record_staff_sign_in(&db, &person).await?;
            let next = next.filter(|_| !(was_reading && person.role() >= Role::Staff));
            finish_sign_in(&req, &person, next, None, t, &config).await
        }
        PasswordCheck::Right(_) => {
            SecurityEvent::SignInFailed.record(&req, about, "account_closed");
            unprocessable(&SignInPage { page, form, next, was_reading, refusal: Some(t.account_closed().to_owned()) })
        }
        PasswordCheck::Wrong => {
            SecurityEvent::SignInFailed.record(&req, about, "password");
            unprocessable(&SignInPage { page, form, next, was_reading, refusal: Some(t.sign_in_wrong().to_owned()) })
        }
        PasswordCheck::Wait(seconds) => {
            SecurityEvent::RateLimited.record(&req, about, "sign_in");
            let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
            too_many(&SignInPage { page, form, next, was_reading, refusal }, seconds)
        }
    }
}

/// `POST /sign-up`.
pub async fn sign_up(
    req: HttpRequest,
    page: Page,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, next) = (page.t, next(&fields));
    let mut form = Form::from(fields);
    let Some(typed) = forms::sign_up(&mut form, t) else {
        return unprocessable(&SignUpPage { page, form, next, refusal: None });
    };
    if let Verdict::Wait(seconds) = Limit::SignUp.spend(&req, &redis, Asker::Nobody).await? {
        let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
        return too_many(&SignUpPage { page, form, next, refusal }, seconds);
    }
    match create_account(&db, typed).await? {
        Ok(person) => {
            SecurityEvent::SignUp.record(&req, Subject::User(person.id), "");
            let welcome = Flash::success(t.welcome(&person.username));
            finish_sign_in(&req, &person, next, Some(welcome), t, &config).await
        }
        Err(taken) => {
            SecurityEvent::SignUpRefused.record(&req, Subject::Nobody, taken.code());
            if let Verdict::Wait(seconds) = login_throttle::hit_name_taken(&redis, &client_address(&req), taken).await?
            {
                SecurityEvent::RateLimited.record(&req, Subject::Nobody, "sign_up_taken");
                let refusal = Some(t.sign_up_not_now(seconds.div_ceil(60)));
                return too_many(&SignUpPage { page, form, next, refusal }, seconds);
            }
            match taken {
                NameTaken::Username => form.fail("username", t.username_taken()),
                NameTaken::Email => form.fail("email", t.email_taken()),
            }
            unprocessable(&SignUpPage { page, form, next, refusal: None })
        }
    }
}

async fn create_account(db: &Db, typed: SignUp) -> Result<Result<User, NameTaken>, PageError> {
    let SignUp { username, email, password } = typed;
    let password_hash = passwords::hash(password).await?;
    let new = NewUser { username, email, password_hash, role: Role::Shopper };
    let opened = db.run(move |conn| {
        db::transaction(conn, |conn| {
            Ok::<_, DbError>(match actions::create_user(conn, &new)? {
                Ok(id) => Ok(queries::user_by_id(conn, id)?.ok_or(DbError::Missing)?),
                Err(taken) => Err(taken),
            })
        })
    });
    Ok(opened.await?)
}

/// `POST /sign-out`.
pub async fn sign_out(req: HttpRequest, page: Page, config: Data<Config>) -> HttpResponse {
    let about = SessionClaim::in_session(&req).map_or(Subject::Nobody, |claim| Subject::User(claim.user_id()));
    SecurityEvent::SignOut.record(&req, about, "");
    current_user::sign_out(&req);
    Flash::success(page.t.signed_out()).see_other("/", &config)
}

/// Where staff begin.
const ADMIN_HOME: &str = "/admin";

/// Where the code is asked for.
const SECOND_FACTOR_PATH: &str = "/sign-in/code";

/// Whether the password is not enough: the second factor is a matter of those who come behind the counter.
pub(super) async fn needs_second_factor(db: &Db, person: &User) -> Result<bool, PageError> {
    let id = person.id;
    if person.role() < Role::Staff {
        return Ok(false);
    }
    Ok(db.run(move |conn| Ok::<_, DbError>(has_second_factor(conn, id)?)).await?)
}

/// When staff come is known to admins.
pub(super) async fn record_staff_sign_in(db: &Db, person: &User) -> Result<(), PageError> {
    let id = person.id;
    if person.role() >= Role::Staff {
        db.run(move |conn| Ok::<_, DbError>(actions::record_sign_in(conn, id)?)).await?;
    }
    Ok(())
}

pub(super) async fn finish_sign_in(
    req: &HttpRequest,
    person: &User,
    next: Option<String>,
    welcome: Option<Flash>,
    t: Messages,
    config: &Config,
) -> Result<HttpResponse, PageError> {
    let said = current_user::sign_in(req, person, t).await?.or(welcome);
    SecurityEvent::SignInSucceeded.record(req, Subject::User(person.id), "");
    let home = if person.role() >= Role::Staff { ADMIN_HOME } else { "/" };
    let next = next.as_deref().unwrap_or(home);
    Ok(said.map_or_else(|| see_other(next), |said| said.see_other(next, config)))
}

/// Where to go on, if that is a page of ours.
pub(super) fn next(fields: &Fields) -> Option<String> {
    local_path(fields.get("next")).map(str::to_owned)
}

/// The page whose link led here, to go on reading there.
fn was_reading(req: &HttpRequest) -> Option<String> {
    came_from(req).filter(|page| !page.starts_with("/sign-"))
}
