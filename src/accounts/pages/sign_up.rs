//! Signing up.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::sign_in::{finish_sign_in, next, was_reading};
use crate::{
    accounts::{
        NameTaken, Role, actions,
        forms::{self, SignUp},
        login_throttle,
        model::{NewUser, User},
        passwords, queries,
    },
    config::Config,
    platform::{
        db::{self, Db, DbError},
        redis::Redis,
    },
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, RateLimit, SecurityEvent, Subject, client_address, html,
        see_other, too_many, unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/sign-up.html")]
struct SignUpPage {
    page: Page,
    form: Form,
    next: Option<String>,
    refusal: Option<String>,
}

/// `GET /sign-up`
pub async fn sign_up_page(req: HttpRequest, page: Page) -> Result<HttpResponse, PageError> {
    let asked = next(&Fields::of_query(&req));
    if page.current_user.is_some() {
        return Ok(see_other(asked.as_deref().unwrap_or("/")));
    }
    html(&SignUpPage { page, form: Form::default(), next: asked.or_else(|| was_reading(&req)), refusal: None })
}

/// `POST /sign-up`
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
    if let RateLimit::Wait(seconds) = Limit::SignUp.hit(&req, &redis, Asker::Nobody).await? {
        let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
        return too_many(&SignUpPage { page, form, next, refusal }, seconds);
    }
    match create_account(&db, typed).await? {
        Ok(user) => {
            SecurityEvent::SignUp.record(&req, Subject::User(user.id), "");
            let welcome = Flash::success(t.welcome(&user.username));
            finish_sign_in(&req, &user, next, Some(welcome), t, &config).await
        }
        Err(taken) => {
            SecurityEvent::SignUpRefused.record(&req, Subject::Nobody, taken.code());
            if let RateLimit::Wait(seconds) =
                login_throttle::hit_name_taken(&redis, &client_address(&req), taken).await?
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
