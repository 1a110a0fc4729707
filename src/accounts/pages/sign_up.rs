//! Signing up.

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
    platform::db::{self, Db, DbError},
    web::{
        Asker, Fields, Flash, Form, Limit, Page, PageError, PageResult, RateLimit, SecurityEvent, Subject,
        VisitorRequest, html, see_other, too_many, unprocessable,
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

/// `GET /sign-up`: the form for a new account.
pub async fn sign_up_page(visitor: VisitorRequest) -> PageResult {
    let asked = next(&visitor.query());
    if visitor.page.current_user.is_some() {
        return Ok(see_other(asked.as_deref().unwrap_or("/")));
    }
    let next = asked.or_else(|| was_reading(&visitor.http));
    html(&SignUpPage { page: visitor.page, form: Form::default(), next, refusal: None })
}

/// `POST /sign-up`: creates an account and signs its user in.
pub async fn sign_up(visitor: VisitorRequest, fields: Fields) -> PageResult {
    let (t, next) = (visitor.page.t, next(&fields));
    let mut form = Form::from(fields);
    let Some(typed) = forms::sign_up(&mut form, t) else {
        return unprocessable(&SignUpPage { page: visitor.page, form, next, refusal: None });
    };
    if let RateLimit::Wait(seconds) = Limit::SignUp.hit(&visitor.http, &visitor.redis, Asker::Nobody).await? {
        let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
        return too_many(&SignUpPage { page: visitor.page, form, next, refusal }, seconds);
    }
    match create_account(&visitor.db, typed).await? {
        Ok(user) => {
            SecurityEvent::SignUp.record(&visitor.http, Subject::User(user.id), "");
            let welcome = Flash::success(t.welcome(&user.username));
            finish_sign_in(&visitor, &user, next, Some(welcome)).await
        }
        Err(taken) => {
            SecurityEvent::SignUpRefused.record(&visitor.http, Subject::Nobody, taken.code());
            if let RateLimit::Wait(seconds) =
                login_throttle::hit_name_taken(&visitor.redis, &visitor.client_address(), taken).await?
            {
                SecurityEvent::RateLimited.record(&visitor.http, Subject::Nobody, "sign_up_taken");
                let refusal = Some(t.sign_up_not_now(seconds.div_ceil(60)));
                return too_many(&SignUpPage { page: visitor.page, form, next, refusal }, seconds);
            }
            match taken {
                NameTaken::Username => form.fail("username", t.username_taken()),
                NameTaken::Email => form.fail("email", t.email_taken()),
            }
            unprocessable(&SignUpPage { page: visitor.page, form, next, refusal: None })
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
