//! How long a member of staff stays behind the counter on one sign-in: twelve hours, and half an hour without doing anything
//! there. After that the password is asked for again; as a shopper the session goes on.
//!
//! A shift is a key in Redis that each request behind the counter moves on, and that the session names. In the session itself
//! it would be written back at each request, and could bring a session back that another request has just ended. Beside it
//! stands, for some minutes, that the password was given again.

use actix_session::SessionExt;
use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use redis::{AsyncCommands, Expiry};

use super::rules::{RECENT_PASSWORD_SECONDS, STAFF_SESSION_IDLE_SECONDS, staff_session_lasts};
use crate::{
    platform::{
        clock,
        redis::{Redis, is_rubbish},
        secrets,
    },
    web::{PageError, held},
};

const KEY: &str = "shift";

/// A shift begins, in the request's session.
pub(super) async fn begin(req: &HttpRequest) -> Result<(), PageError> {
    let token = secrets::token();
    let mut redis = held::<Redis>(req)?.get_ref().clone();
    let _: () = redis.set_ex(name(&token), clock::now().timestamp(), STAFF_SESSION_IDLE_SECONDS).await?;
    req.get_session().insert(KEY, token).map_err(PageError::internal)
}

/// No shift any more, in the request's session.
pub(super) fn leave(req: &HttpRequest) {
    req.get_session().remove(KEY);
}

/// Whether the shift of the request's session goes on; this request counts as doing something.
pub async fn staff_session_is_active(req: &HttpRequest, now: DateTime<Utc>) -> Result<bool, PageError> {
    let Some(token) = token(req) else {
        return Ok(false);
    };
    let mut redis = held::<Redis>(req)?.get_ref().clone();
    let begun: Option<i64> = readable(redis.get_ex(name(&token), Expiry::EX(STAFF_SESSION_IDLE_SECONDS)).await)?;
    Ok(begun.is_some_and(|begun| staff_session_lasts(begun, now.timestamp())))
}

/// The password was given just now, in the request's shift.
pub(super) async fn record_password(req: &HttpRequest) -> Result<(), PageError> {
    if let Some(token) = token(req) {
        let mut redis = held::<Redis>(req)?.get_ref().clone();
        let _: () = redis.set_ex(password_name(&token), 1, RECENT_PASSWORD_SECONDS).await?;
    }
    Ok(())
}

/// Whether the password was given again in the request's shift a few minutes ago: signing in alone does not count, since
/// whoever stands at the counter by now may be somebody else.
pub async fn has_recent_password(req: &HttpRequest) -> Result<bool, PageError> {
    let Some(token) = token(req) else {
        return Ok(false);
    };
    let mut redis = held::<Redis>(req)?.get_ref().clone();
    let given: Option<i64> = readable(redis.get(password_name(&token)).await)?;
    Ok(given.is_some())
}

/// What the session names.
fn token(req: &HttpRequest) -> Option<String> {
    req.get_session().get(KEY).ok().flatten()
}

fn readable(found: Result<Option<i64>, redis::RedisError>) -> Result<Option<i64>, PageError> {
    match found {
        Err(error) if is_rubbish(&error) => Ok(None),
        found => Ok(found?),
    }
}

fn name(token: &str) -> String {
    format!("shift:{token}")
}

fn password_name(token: &str) -> String {
    format!("password:{token}")
}
