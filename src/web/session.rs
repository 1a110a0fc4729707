//! Sessions: a random id in a signed cookie, the rest in Redis.

use actix_session::{
    SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key},
};
use actix_web::cookie::{SameSite, time::Duration};
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions};
use std::collections::HashMap;

use crate::{config::Config, platform::redis::Redis};

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

/// Where sessions are kept: `session:{key}`, on the connection that everybody shares. The store that comes with
/// actix-session has a connection of its own without any time limit: with Redis away its pages would hang for a minute.
pub struct Sessions(Redis);

type State = HashMap<String, String>;

fn name(key: &SessionKey) -> String {
    format!("session:{}", key.as_ref())
}

fn lasting(ttl: &Duration) -> SetOptions {
    SetOptions::default().with_expiration(SetExpiry::EX(ttl.whole_seconds().unsigned_abs()))
}

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let kept: Option<String> =
            self.0.clone().get(name(key)).await.map_err(|error| LoadError::Other(error.into()))?;
        // What cannot be read is no session.
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let saved: redis::RedisResult<()> = self.0.clone().set_options(name(&key), state, lasting(ttl)).await;
        saved.map_err(|error| SaveError::Other(error.into()))?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let text = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let options = lasting(ttl).conditional_set(ExistenceCheck::XX);
        let updated: Option<String> = self
            .0
            .clone()
            .set_options(name(&key), text, options)
            .await
            .map_err(|error| UpdateError::Other(error.into()))?;
        match updated {
            Some(_) => Ok(key),
            // It ended meanwhile: what is to be remembered begins a new one.
            None => self.save(state, ttl).await.map_err(|error| match error {
                SaveError::Serialization(cause) => UpdateError::Serialization(cause),
                SaveError::Other(cause) => UpdateError::Other(cause),
            }),
        }
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(self.0.clone().expire(name(key), ttl.whole_seconds()).await?)
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(self.0.clone().del(name(key)).await?)
    }
}
