//! The second step of signing in: the code, for whoever has a second factor.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::entrance::{come_in, next, note_staff};
use crate::{
    accounts::{
        forms,
        second_factor::{FactorKey, TriedCode, try_code},
        visitor,
    },
    config::Config,
    platform::{clock, db::Db, redis::Redis},
    web::{
        Fields, Flash, Form, Page, PageError, SecurityEvent, Subject, client_address, html, see_other, too_many,
        unprocessable,
    },
};

#[derive(Template)]
#[template(path = "accounts/sign-in-code.html")]
struct CodePage {
    page: Page,
    form: Form,
    next: Option<String>,
    refusal: Option<String>,
}

/// `GET /sign-in/code`: for whoever has just given the right password.
pub async fn code_page(req: HttpRequest, page: Page) -> Result<HttpResponse, PageError> {
    let next = next(&Fields::of_query(&req));
    if page.who.is_some() {
        return Ok(see_other(next.as_deref().unwrap_or("/")));
    }
    if visitor::who_is_half_in(&req, clock::now()).await?.is_none() {
        return Ok(see_other("/sign-in"));
    }
    html(&CodePage { page, form: Form::default(), next, refusal: None })
}

/// `POST /sign-in/code`.
pub async fn give_code(
    req: HttpRequest,
    page: Page,
    fields: Fields,
    db: Data<Db>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, next) = (page.t, next(&fields));
    let mut form = Form::from(fields);
    let Some(person) = visitor::who_is_half_in(&req, clock::now()).await? else {
        return Ok(Flash::notice(t.second_factor_expired()).see_other("/sign-in", &config));
    };
    let Some(code) = forms::code(&mut form, t) else {
        return unprocessable(&CodePage { page, form, next, refusal: None });
    };
    let about = Subject::User(person.id);
    let (key, from) = (FactorKey::of(config.session_key.master()), client_address(&req));
    match try_code((&db, &redis), key, &from, person.id, &code).await? {
        TriedCode::Right { recovery_codes_left } => {
            let kind = if recovery_codes_left.is_some() { "recovery_code" } else { "app" };
            SecurityEvent::SecondFactorSucceeded.record(&req, about, kind);
            note_staff(&db, &person).await?;
            let said = recovery_codes_left.map(|left| Flash::notice(t.recovery_codes_left(left)));
            come_in(&req, &person, next, said, t, &config).await
        }
        TriedCode::Wrong => {
            SecurityEvent::SecondFactorFailed.record(&req, about, "wrong");
            form.fail("code", t.second_factor_code_wrong());
            unprocessable(&CodePage { page, form, next, refusal: None })
        }
        TriedCode::Unreadable => {
            SecurityEvent::SecondFactorFailed.record(&req, about, "secret_unreadable");
            form.fail("code", t.second_factor_unreadable());
            unprocessable(&CodePage { page, form, next, refusal: None })
        }
        TriedCode::Wait(seconds) => {
            SecurityEvent::RateLimited.record(&req, about, "second_factor");
            let refusal = Some(t.error_too_many(seconds.div_ceil(60)));
            too_many(&CodePage { page, form, next, refusal }, seconds)
        }
    }
}
