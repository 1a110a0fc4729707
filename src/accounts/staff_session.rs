//! Staff sessions: how long staff can use the admin pages after one sign-in. A staff session ends after 12 hours, or
//! half an hour without a request; then the password is asked for again, while the shopper's session continues.
//!
//! The session holds a token. Redis holds the start time under that token; each request extends the expiry of that key.
//! If the session itself were written at each request, a slow one could restore a session that another has just ended.
//! A second key exists for some minutes after the password was entered again.

use actix_session::SessionExt;
use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use redis::{AsyncCommands, Expiry};

use super::rules::{RECENT_PASSWORD_SECONDS, STAFF_SESSION_IDLE_SECONDS, staff_session_lasts};
use crate::{
    platform::{
        clock, random,
        redis::{Redis, is_unreadable_value},
    },
    web::{PageError, app_data},
};

const KEY: &str = "staff_session";

pub(super) async fn begin(req: &HttpRequest) -> Result<(), PageError> {
    let token = random::token();
    let mut redis = app_data::<Redis>(req)?.get_ref().clone();
    let _: () = redis.set_ex(name(&token), clock::now().timestamp(), STAFF_SESSION_IDLE_SECONDS).await?;
    req.get_session().insert(KEY, token).map_err(PageError::internal)
}

pub(super) fn end(req: &HttpRequest) {
    req.get_session().remove(KEY);
}

/// Returns whether the staff session of the request is valid; if so, extends it by half an hour from now.
pub async fn staff_session_is_active(req: &HttpRequest, now: DateTime<Utc>) -> Result<bool, PageError> {
    let Some(token) = token(req) else {
        return Ok(false);
    };
    let mut redis = app_data::<Redis>(req)?.get_ref().clone();
    let begun: Option<i64> = readable(redis.get_ex(name(&token), Expiry::EX(STAFF_SESSION_IDLE_SECONDS)).await)?;
    Ok(begun.is_some_and(|begun| staff_session_lasts(begun, now.timestamp())))
}

/// Returns whether the staff session of the request is valid, without extending it.
pub async fn staff_session_is_open(req: &HttpRequest, now: DateTime<Utc>) -> Result<bool, PageError> {
    let Some(token) = token(req) else {
        return Ok(false);
    };
    let mut redis = app_data::<Redis>(req)?.get_ref().clone();
    let begun: Option<i64> = readable(redis.get(name(&token)).await)?;
    Ok(begun.is_some_and(|begun| staff_session_lasts(begun, now.timestamp())))
}

/// Records that the user of this staff session has typed the password again just now.
pub(super) async fn record_password(req: &HttpRequest) -> Result<(), PageError> {
    if let Some(token) = token(req) {
        let mut redis = app_data::<Redis>(req)?.get_ref().clone();
        let _: () = redis.set_ex(password_name(&token), 1, RECENT_PASSWORD_SECONDS).await?;
    }
    Ok(())
}

/// Returns whether the password was typed again in the last five minutes. The sign-in itself does not count, because
/// somebody else may be at the computer by now.
pub async fn has_recent_password(req: &HttpRequest) -> Result<bool, PageError> {
    let Some(token) = token(req) else {
        return Ok(false);
    };
    let mut redis = app_data::<Redis>(req)?.get_ref().clone();
    let given: Option<i64> = readable(redis.get(password_name(&token)).await)?;
    Ok(given.is_some())
}

fn token(req: &HttpRequest) -> Option<String> {
    req.get_session().get(KEY).ok().flatten()
}

fn readable(found: Result<Option<i64>, redis::RedisError>) -> Result<Option<i64>, PageError> {
    match found {
        Err(error) if is_unreadable_value(&error) => Ok(None),
        found => Ok(found?),
    }
}

fn name(token: &str) -> String {
    format!("staff-session:{token}")
}

fn password_name(token: &str) -> String {
    format!("password:{token}")
}
