//! Signing in and signing out.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::{
    accounts::{
        Role, SessionClaim, actions, current_user,
        demo::demo_user_with_password,
        forms,
        login_throttle::{self, PasswordCheck},
        model::User,
        queries,
        second_factor::has_second_factor,
    },
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{
        Fields, Flash, Form, Page, PageError, PageResult, SecurityEvent, Subject, VisitorRequest, html, local_path,
        referer_path, see_other, too_many, unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/sign-in.html")]
struct SignInPage {
    page: Page,
    form: Form,
    /// The path to show after signing in; `None` for the home page.
    next: Option<String>,
    /// True if `next` is only the page from which the user came to sign in. Staff then go to the admin pages instead.
    was_reading: bool,
    /// An error message about the whole form, such as that there were too many attempts.
    refusal: Option<String>,
}

/// `GET /sign-in`: the sign-in form.
pub async fn sign_in_page(visitor: VisitorRequest) -> PageResult {
    let (asked, page) = (next(&visitor.query()), visitor.page);
    if page.current_user.is_some() {
        let home = if page.current_user.is_some_and(|user| user.is_staff) { ADMIN_HOME } else { "/" };
        return Ok(see_other(asked.as_deref().unwrap_or(home)));
    }
    let read = if asked.is_none() { was_reading(&visitor.http) } else { None };
    let was_reading = read.is_some();
    html(&SignInPage { page, form: Form::default(), next: asked.or(read), was_reading, refusal: None })
}

/// `POST /sign-in`: checks username and password, then signs the user in or asks for the second factor.
pub async fn sign_in(visitor: VisitorRequest, fields: Fields) -> PageResult {
    let (t, next) = (visitor.page.t, next(&fields));
    let mut form = Form::from(fields);
    let was_reading = form.ticked("was_reading");
    let Some(typed) = forms::sign_in(&mut form, t) else {
        return unprocessable(&SignInPage { page: visitor.page, form, next, was_reading, refusal: None });
    };
    let name = typed.name.clone();
    let known = demo_user_with_password(&typed.password).filter(|_| !visitor.config.is_local);
    let found = visitor.db.run(move |conn| Ok::<_, DbError>(queries::user_by_login(conn, &name)?)).await?;
    let about = found.as_ref().map_or(Subject::Name(&typed.name), |(user, _)| Subject::User(user.id));
    let from = visitor.client_address();
    match login_throttle::verify_password(&visitor.redis, &from, &typed.name, found, typed.password).await? {
        PasswordCheck::Correct(user) if known == Some(user.username.as_str()) => {
            SecurityEvent::SignInFailed.record(&visitor.http, Subject::User(user.id), "demo_password");
            let refusal = Some(t.demo_sign_in_refused().to_owned());
            unprocessable(&SignInPage { page: visitor.page, form, next, was_reading, refusal })
        }
        PasswordCheck::Correct(user)
            if user.disabled_at.is_none() && needs_second_factor(&visitor.db, &user).await? =>
        {
            current_user::begin_second_factor(&visitor.http, &user, clock::now())?;
            let next = next.filter(|_| !was_reading);
            let query =
                next.map(|next| form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish());
            Ok(see_other(
                &query.map_or_else(|| SECOND_FACTOR_PATH.to_owned(), |query| format!("{SECOND_FACTOR_PATH}?{query}")),
            ))
        }
        PasswordCheck::Correct(user) if user.disabled_at.is_none() => {
            record_staff_sign_in(&visitor.db, &user).await?;
            let next = next.filter(|_| !(was_reading && user.role() >= Role::Staff));
            finish_sign_in(&visitor, &user, next, None).await
        }
        PasswordCheck::Correct(_) => {
            SecurityEvent::SignInFailed.record(&visitor.http, about, "account_closed");
            let refusal = Some(t.account_closed().to_owned());
            unprocessable(&SignInPage { page: visitor.page, form, next, was_reading, refusal })
        }
        PasswordCheck::Wrong => {
            SecurityEvent::SignInFailed.record(&visitor.http, about, "password");
            let refusal = Some(t.sign_in_wrong().to_owned());
            unprocessable(&SignInPage { page: visitor.page, form, next, was_reading, refusal })
        }
        PasswordCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&visitor.http, about, "sign_in");
            let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
            too_many(&SignInPage { page: visitor.page, form, next, was_reading, refusal }, seconds)
        }
    }
}

/// `POST /sign-out`: ends the session.
pub async fn sign_out(visitor: VisitorRequest) -> HttpResponse {
    let about = SessionClaim::in_session(&visitor.http).map_or(Subject::Nobody, |claim| Subject::User(claim.user_id()));
    SecurityEvent::SignOut.record(&visitor.http, about, "");
    current_user::sign_out(&visitor.http);
    Flash::success(visitor.page.t.signed_out()).see_other("/", &visitor.config)
}

const ADMIN_HOME: &str = "/admin";

const SECOND_FACTOR_PATH: &str = "/sign-in/code";

/// Returns whether the password alone is not enough to sign in. Only staff have a second factor.
pub(super) async fn needs_second_factor(db: &Db, user: &User) -> Result<bool, PageError> {
    let id = user.id;
    if user.role() < Role::Staff {
        return Ok(false);
    }
    Ok(db.run(move |conn| Ok::<_, DbError>(has_second_factor(conn, id)?)).await?)
}

/// Stores the time of a member of staff's sign-in, which admins see; does nothing for shoppers.
pub(super) async fn record_staff_sign_in(db: &Db, user: &User) -> Result<(), PageError> {
    let id = user.id;
    if user.role() >= Role::Staff {
        db.run(move |conn| Ok::<_, DbError>(actions::record_sign_in(conn, id)?)).await?;
    }
    Ok(())
}

pub(super) async fn finish_sign_in(
    visitor: &VisitorRequest,
    user: &User,
    next: Option<String>,
    welcome: Option<Flash>,
) -> PageResult {
    let flash = current_user::sign_in(&visitor.http, user, visitor.page.t).await?.or(welcome);
    SecurityEvent::SignInSucceeded.record(&visitor.http, Subject::User(user.id), "");
    let home = if user.role() >= Role::Staff { ADMIN_HOME } else { "/" };
    let next = next.as_deref().unwrap_or(home);
    Ok(flash.map_or_else(|| see_other(next), |flash| flash.see_other(next, &visitor.config)))
}

/// Reads the field `next`, the path to show after sign-in. `None` if it is not a path of this shop.
pub(super) fn next(fields: &Fields) -> Option<String> {
    local_path(fields.get("next")).map(str::to_owned)
}

/// Returns the path of the page from which the user came to sign in (the `Referer`); `None` if it is a sign-in or
/// sign-up page or not of this shop.
pub(super) fn was_reading(req: &HttpRequest) -> Option<String> {
    referer_path(req).filter(|page| !page.starts_with("/sign-"))
}
