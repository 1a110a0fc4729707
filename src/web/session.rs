//! Sessions: a random id in a signed cookie, the rest in Redis.

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
    platform::redis::{Redis, is_rubbish, passes},
};

/// A session that has less than this left is given its whole time again when it is used: so at most daily.
const RENEW_BELOW: Duration = Duration::days(13);

/// What the state of a session says, between its store and [`renewals`], where it is to be given its time again. It is never
/// stored.
const TO_RENEW: &str = "to_renew";

/// What the state of a session says that could not be read. Whoever only looks at goods needs none; it is never stored.
const UNREADABLE: &str = "unreadable";

/// Whether the session of this request could not be read just now: whose it is, nobody knows.
pub fn is_session_unreadable(req: &HttpRequest) -> bool {
    req.get_session().get(UNREADABLE).ok().flatten().unwrap_or(false)
}

/// What the ids of sessions begin with whose cookie only the shop's own host can set.
const HOST_BOUND: &str = "H.";

/// Whether a session of this id was begun under a cookie that only the shop's own host can set.
pub(super) fn is_bound_to_host(id: &str) -> bool {
    id.starts_with(HOST_BOUND)
}

/// The middleware that loads and saves them. Visitors who have nothing to remember get no cookie.
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

/// Sessions in the shop's own Redis, with the shop's own patience: the store that comes with the middleware waits without an
/// end for a Redis that is away, and keeps everybody who is signed in waiting long after it is back.
#[derive(Clone)]
pub struct Sessions {
    redis: Redis,
    is_host_bound: bool,
}

type State = HashMap<String, String>;

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let mut pipe = redis::pipe();
        pipe.get(name(key)).ttl(name(key));
        let found: redis::RedisResult<(Option<String>, i64)> = pipe.query_async(&mut self.redis.clone()).await;
        let (found, left) = match found {
            Ok(found) => found,
            // A session that cannot be read is none; the next one is written over it.
            Err(error) if is_rubbish(&error) => return Err(LoadError::Deserialization(error.into())),
            Err(error) if passes(&error) => {
                return Ok(Some(State::from([(UNREADABLE.to_owned(), "true".to_owned())])));
            }
            Err(error) => return Err(LoadError::Other(error.into())),
        };
        let state = found.map(|state| serde_json::from_str(&state)).transpose();
        let mut state: Option<State> = state.map_err(|error| LoadError::Deserialization(error.into()))?;
        if let Some(state) = &mut state
            && left < RENEW_BELOW.whole_seconds()
        {
            state.insert(TO_RENEW.to_owned(), "true".to_owned());
        }
        Ok(state)
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let state = written(state).map_err(SaveError::Other)?;
        let key = self.fresh_key().map_err(SaveError::Other)?;
        self.set(&key, &state, ttl, ExistenceCheck::NX).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    /// A session that ended meanwhile goes on under a new id, which its cookie then carries.
    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
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

fn written(mut state: State) -> anyhow::Result<String> {
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

    /// Says whether it was written: where there was none (`NX`), or where there was one (`XX`).
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

/// Middleware, inside the sessions: what lasts for so long from its last use gets its time again because of this request, at
/// most daily. That is the session, with its cookie, and the cookie of the language. The state of the session is not written:
/// it could bring back a session that another request has just ended.
pub async fn renewals(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let to_renew = req.get_session().get(TO_RENEW).ok().flatten().unwrap_or(false);
    let mut response = next.call(req).await?;
    let request = response.request().clone();
    if cookies::may_renew(response.response()) {
        if to_renew && extend(&request).await {
            cookies::renew_as_it_came(&request, SESSION, SESSION_AGE);
        }
        if let Some(cookie) = Language::renewed_cookie(&request) {
            cookies::renew(&request, cookie);
        }
    }
    cookies::give_renewed(&request, response.response_mut());
    Ok(response)
}

/// Gives the session of this request its whole time again; says whether it is still there.
async fn extend(req: &HttpRequest) -> bool {
    let (Some(id), Some(redis)) = (cookies::read_signed(req, SESSION), req.app_data::<Data<Redis>>()) else {
        return false;
    };
    let extended = redis.get_ref().clone().expire(name_of(&id), SESSION_AGE.whole_seconds()).await;
    extended.unwrap_or(false)
}
