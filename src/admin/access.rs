//! Who may open admin pages: staff, and admins for some of them.

use actix_web::{
    Error, HttpRequest, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::accounts::TWO_FACTOR;
use crate::{
    accounts::{self, NeedsPassword, Role, StaffRequest},
    platform::{
        clock,
        db::{Db, DbError, Share, with_share},
    },
    web::{self, Fields, PageError, PageResult, SecurityEvent, Subject, app_data, see_other},
};

/// The prefix of the paths that a script polls while an admin page is open. Nobody may be using the page, so these
/// requests do not extend the staff session.
const POLLED: &str = "/admin/new-orders/";

/// Middleware: lets only staff and admins open admin pages. Others get 404, even from a handler without a check of its
/// own.
pub async fn staff_only(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    only(Role::Staff, req, next).await
}

/// Middleware: lets only admins open these pages. Others, staff included, get 404.
pub async fn admins_only(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    only(Role::Admin, req, next).await
}

async fn only<B: MessageBody + 'static>(
    least: Role,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match check_access(least, &req).await {
        Ok(AccessDecision::Open) => Ok(with_share(Share::Staff, next.call(req)).await?.map_into_left_body()),
        Ok(AccessDecision::StaffSessionOver) => {
            let answer = password_first(&mut req).await;
            Ok(req.into_response(answer.unwrap_or_else(|error| error.error_response())).map_into_right_body())
        }
        Ok(AccessDecision::TwoFactorFirst) => Ok(req.into_response(see_other(TWO_FACTOR)).map_into_right_body()),
        Err(error) => {
            if matches!(error, PageError::NotFound) && !req.path().starts_with(POLLED) {
                record_refusal(least, req.request()).await;
            }
            Ok(req.error_response(error).map_into_right_body())
        }
    }
}

async fn record_refusal(least: Role, req: &HttpRequest) {
    let who = accounts::current_user(req).await.ok().flatten();
    let about = who.map_or(Subject::Nobody, |person| Subject::User(person.id));
    SecurityEvent::AdminAccessRefused.record(req, about, least.code());
}

/// Whether a member of staff may see a page, or what they must do first.
enum AccessDecision {
    Open,
    /// The staff session has ended; the member of staff must type the password again.
    StaffSessionOver,
    /// All staff must have a second factor, and this member of staff must set one up first.
    TwoFactorFirst,
}

async fn check_access(least: Role, req: &ServiceRequest) -> Result<AccessDecision, PageError> {
    let person = accounts::current_user(req.request()).await?.filter(|person| person.role() >= least);
    let person = person.ok_or(PageError::NotFound)?;
    if req.path().starts_with(POLLED) {
        // Nobody is asked for a password by what a page does on its own.
        let is_open = accounts::staff_session_is_open(req.request(), clock::now()).await?;
        return if is_open { Ok(AccessDecision::Open) } else { Err(PageError::NotFound) };
    }
    if !accounts::staff_session_is_active(req.request(), clock::now()).await? {
        return Ok(AccessDecision::StaffSessionOver);
    }
    if req.path() == TWO_FACTOR {
        return Ok(AccessDecision::Open);
    }
    let db = app_data::<Db>(req.request())?;
    let missing =
        db.run(move |conn| Ok::<_, DbError>(accounts::lacks_required_second_factor(conn, person.id)?)).await?;
    Ok(if missing { AccessDecision::TwoFactorFirst } else { AccessDecision::Open })
}

/// Responds with a page that asks for the password. A form that was submitted is submitted again afterwards; only its
/// files must be chosen again.
async fn password_first(req: &mut ServiceRequest) -> PageResult {
    let staff = req.extract::<StaffRequest>().await?;
    let waits = !req.method().is_safe() && web::brings_form(req.request());
    let fields = if waits { Some(req.extract::<Fields>().await?) } else { None };
    accounts::require_password(staff, fields, NeedsPassword::StaffSessionOver).await
}
