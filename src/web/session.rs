//! Sessions: a random id in a signed cookie, and their state in Redis.

use actix_session::{
    SessionExt, SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key},
};
use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    cookie::{SameSite, time::Duration},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions};
use std::collections::HashMap;

use super::cookies::{self, SESSION, SESSION_AGE};
use crate::{
    config::Config,
    kernel::Language,
    platform::redis::{Redis, is_transient, is_unreadable_value},
};

/// When the remaining time of a session falls below this, it is extended to 14 days: so at most once a day.
const RENEW_BELOW: Duration = Duration::days(13);

/// A key in the session's data that makes the middleware [`renewals`] extend the session after this request. It is
/// never stored.
const TO_RENEW: &str = "to_renew";

/// A key in the session's data that says, during this request, that the session could not be read from Redis. It is
/// never stored.
const UNREADABLE: &str = "unreadable";

/// Returns whether Redis could not be asked for the session, so that it is unknown who the user is.
pub fn is_session_unreadable(req: &HttpRequest) -> bool {
    req.get_session().get(UNREADABLE).ok().flatten().unwrap_or(false)
}

/// The start of the ids of sessions whose cookie has the prefix `__Host-`.
const HOST_BOUND: &str = "H.";

pub(super) fn is_bound_to_host(id: &str) -> bool {
    id.starts_with(HOST_BOUND)
}

/// Makes the session middleware. A client gets no session cookie as long as its session has no data.
pub fn sessions(config: &Config, redis: Redis) -> SessionMiddleware<Sessions> {
    let lifetime = PersistentSession::default()
        .session_ttl(SESSION_AGE)
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    let store = Sessions { redis, is_host_bound: config.secure() };
    SessionMiddleware::builder(store, config.session_key.clone())
        .cookie_name(cookies::name_of(config, SESSION).into_owned())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_secure(config.secure())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(lifetime)
        .build()
}

/// Stores sessions in Redis, with the timeouts of [`Redis`]. (The store of `actix-session` waits without limit while
/// Redis is down, and delays signed-in users long after it is back.)
#[derive(Clone)]
pub struct Sessions {
    redis: Redis,
    is_host_bound: bool,
}

type SessionEntries = HashMap<String, String>;

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionEntries>, LoadError> {
        let mut pipe = redis::pipe();
        pipe.get(name(key)).ttl(name(key));
        let found: redis::RedisResult<(Option<String>, i64)> = pipe.query_async(&mut self.redis.clone()).await;
        let (found, left) = match found {
            Ok(found) => found,
            // An unreadable value counts as no session, and is overwritten.
            Err(error) if is_unreadable_value(&error) => return Err(LoadError::Deserialization(error.into())),
            Err(error) if is_transient(&error) => {
                return Ok(Some(SessionEntries::from([(UNREADABLE.to_owned(), "true".to_owned())])));
            }
            Err(error) => return Err(LoadError::Other(error.into())),
        };
        let state = found.map(|state| serde_json::from_str(&state)).transpose();
        let mut state: Option<SessionEntries> = state.map_err(|error| LoadError::Deserialization(error.into()))?;
        if let Some(state) = &mut state
            && left < RENEW_BELOW.whole_seconds()
        {
            state.insert(TO_RENEW.to_owned(), "true".to_owned());
        }
        Ok(state)
    }

    async fn save(&self, state: SessionEntries, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let state = written(state).map_err(SaveError::Other)?;
        let key = self.fresh_key().map_err(SaveError::Other)?;
        self.set(&key, &state, ttl, ExistenceCheck::NX).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    /// Replaces the data of a session. If the session has ended meanwhile, stores the data under a new id, which is
    /// returned.
    async fn update(&self, key: SessionKey, state: SessionEntries, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let text = written(state.clone()).map_err(UpdateError::Other)?;
        if self.set(&key, &text, ttl, ExistenceCheck::XX).await.map_err(UpdateError::Other)? {
            return Ok(key);
        }
        self.save(state, ttl).await.map_err(|error| UpdateError::Other(error.into()))
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> anyhow::Result<()> {
        Ok(self.redis.clone().expire(name(key), ttl.whole_seconds()).await?)
    }

    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        Ok(self.redis.clone().del(name(key)).await?)
    }
}

fn written(mut state: SessionEntries) -> anyhow::Result<String> {
    if state.contains_key(UNREADABLE) {
        anyhow::bail!("the session could not be read, so nothing is written over it");
    }
    state.remove(TO_RENEW);
    Ok(serde_json::to_string(&state)?)
}

impl Sessions {
    fn fresh_key(&self) -> anyhow::Result<SessionKey> {
        let key = generate_session_key();
        if !self.is_host_bound {
            return Ok(key);
        }
        Ok(format!("{HOST_BOUND}{}", key.as_ref()).try_into()?)
    }

    /// Writes a session's data; with `NX` only if its key does not exist, with `XX` only if it exists. Returns whether
    /// it was written.
    async fn set(&self, key: &SessionKey, state: &str, ttl: &Duration, when: ExistenceCheck) -> anyhow::Result<bool> {
        let seconds = u64::try_from(ttl.whole_seconds())?;
        let options = SetOptions::default().conditional_set(when).with_expiration(SetExpiry::EX(seconds));
        let answer: Option<String> = self.redis.clone().set_options(name(key), state, options).await?;
        Ok(answer.is_some())
    }
}

fn name(key: &SessionKey) -> String {
    name_of(key.as_ref())
}

fn name_of(id: &str) -> String {
    format!("session:{id}")
}

/// Middleware, inside the session middleware: extends the session cookie and the language cookie, at most once a day.
/// It does not write the session's data, which could restore a session that another request has just ended.
pub async fn renewals(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let to_renew = req.get_session().get(TO_RENEW).ok().flatten().unwrap_or(false);
    let mut response = next.call(req).await?;
    let request = response.request().clone();
    if cookies::may_renew(response.response()) {
        if to_renew && extend(&request).await {
            cookies::renew_unchanged(&request, SESSION, SESSION_AGE);
        }
        if let Some(cookie) = Language::renewed_cookie(&request) {
            cookies::renew(&request, cookie);
        }
    }
    cookies::add_renewed(&request, response.response_mut());
    Ok(response)
}

/// Extends the session of this request to 14 days. Returns false if the session does not exist any more.
async fn extend(req: &HttpRequest) -> bool {
    let (Some(id), Some(redis)) = (cookies::read_signed(req, SESSION), req.app_data::<Data<Redis>>()) else {
        return false;
    };
    let extended = redis.get_ref().clone().expire(name_of(&id), SESSION_AGE.whole_seconds()).await;
    extended.unwrap_or(false)
}
