//! Sessions: a random id in a signed cookie, the rest in Redis.

use actix_session::{
    SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key},
};
use actix_web::cookie::{SameSite, time::Duration};
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions};
use std::collections::HashMap;

use crate::{
    config::Config,
    platform::redis::{Redis, is_rubbish},
};

/// How long somebody stays signed in without coming back.
const DAYS: i64 = 14;

/// The middleware that loads and saves them. Visitors who have nothing to remember get no cookie.
pub fn sessions(config: &Config, redis: Redis) -> SessionMiddleware<Sessions> {
    let lifetime = PersistentSession::default()
        .session_ttl(Duration::days(DAYS))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    SessionMiddleware::builder(Sessions(redis), config.session_key.clone())
        .cookie_name("session".to_owned())
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
pub struct Sessions(Redis);

type State = HashMap<String, String>;

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let found: Option<String> = self.0.clone().get(name(key)).await.map_err(|error| {
            // A session that cannot be read is none; the next one is written over it.
            let fault = if is_rubbish(&error) { LoadError::Deserialization } else { LoadError::Other };
            fault(error.into())
        })?;
        let state = found.map(|state| serde_json::from_str(&state)).transpose();
        state.map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let key = generate_session_key();
        self.set(&key, &state, ttl, ExistenceCheck::NX).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    /// A session that ended meanwhile goes on under a new id, which its cookie then carries.
    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let written = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        if self.set(&key, &written, ttl, ExistenceCheck::XX).await.map_err(UpdateError::Other)? {
            return Ok(key);
        }
        self.save(state, ttl).await.map_err(|error| UpdateError::Other(error.into()))
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> anyhow::Result<()> {
        Ok(self.0.clone().expire(name(key), ttl.whole_seconds()).await?)
    }

    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        Ok(self.0.clone().del(name(key)).await?)
    }
}

impl Sessions {
    /// Says whether it was written: where there was none (`NX`), or where there was one (`XX`).
    async fn set(&self, key: &SessionKey, state: &str, ttl: &Duration, when: ExistenceCheck) -> anyhow::Result<bool> {
        let seconds = u64::try_from(ttl.whole_seconds())?;
        let options = SetOptions::default().conditional_set(when).with_expiration(SetExpiry::EX(seconds));
        let answer: Option<String> = self.0.clone().set_options(name(key), state, options).await?;
        Ok(answer.is_some())
    }
}

fn name(key: &SessionKey) -> String {
    format!("session:{}", key.as_ref())
}
