//! The second step of signing in: entering a code of the second factor.

use askama::Template;

use super::sign_in::{finish_sign_in, next, record_staff_sign_in};
use crate::{
    accounts::{
        current_user, forms,
        second_factor::{CodeCheck, SecondFactorKey, verify_code},
    },
    platform::clock,
    web::{
        Fields, Flash, Form, Page, PageResult, SecurityEvent, Subject, VisitorRequest, html, see_other, too_many,
        unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/second-factor.html")]
struct SecondFactorPage {
    page: Page,
    form: Form,
    next: Option<String>,
    refusal: Option<String>,
}

/// `GET /sign-in/code`: asks a user who has just given the right password for the code.
pub async fn second_factor_page(visitor: VisitorRequest) -> PageResult {
    let next = next(&visitor.query());
    if visitor.page.current_user.is_some() {
        return Ok(see_other(next.as_deref().unwrap_or("/")));
    }
    if current_user::pending_second_factor(&visitor.http, clock::now()).await?.is_none() {
        return Ok(see_other("/sign-in"));
    }
    html(&SecondFactorPage { page: visitor.page, form: Form::default(), next, refusal: None })
}

/// `POST /sign-in/code`: checks the code and signs the user in.
pub async fn check_second_factor(visitor: VisitorRequest, fields: Fields) -> PageResult {
    let (t, next) = (visitor.page.t, next(&fields));
    let mut form = Form::from(fields);
    let Some(user) = current_user::pending_second_factor(&visitor.http, clock::now()).await? else {
        return Ok(Flash::notice(t.second_factor_expired()).see_other("/sign-in", &visitor.config));
    };
    let Some(code) = forms::second_factor_code(&mut form, t) else {
        return unprocessable(&SecondFactorPage { page: visitor.page, form, next, refusal: None });
    };
    let about = Subject::User(user.id);
    let (key, from) = (SecondFactorKey::of(visitor.config.session_key.master()), visitor.client_address());
    match verify_code((&visitor.db, &visitor.redis), key, &from, user.id, &code).await? {
        CodeCheck::Correct { recovery_codes_left } => {
            let kind = if recovery_codes_left.is_some() { "recovery_code" } else { "app" };
            SecurityEvent::SecondFactorSucceeded.record(&visitor.http, about, kind);
            record_staff_sign_in(&visitor.db, &user).await?;
            let flash = recovery_codes_left.map(|left| Flash::notice(t.recovery_codes_left(left)));
            finish_sign_in(&visitor, &user, next, flash).await
        }
        CodeCheck::Wrong => {
            SecurityEvent::SecondFactorFailed.record(&visitor.http, about, "wrong");
            form.fail("code", t.second_factor_code_wrong());
            unprocessable(&SecondFactorPage { page: visitor.page, form, next, refusal: None })
        }
        CodeCheck::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(&visitor.http, about, "secret_unreadable");
            form.fail("code", t.second_factor_unreadable());
            unprocessable(&SecondFactorPage { page: visitor.page, form, next, refusal: None })
        }
        CodeCheck::RetryAfter(seconds) => {
            SecurityEvent::RateLimited.record(&visitor.http, about, "second_factor");
            let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
            too_many(&SecondFactorPage { page: visitor.page, form, next, refusal }, seconds)
        }
    }
}
