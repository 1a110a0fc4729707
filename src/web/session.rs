//! Sessions: a random id in a signed cookie, the rest in Redis.

use actix_session::{
    SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy},
    storage::RedisSessionStore,
};
use actix_web::cookie::{SameSite, time::Duration};

use crate::config::Config;

/// How long somebody stays signed in without coming back.
const DAYS: i64 = 14;

/// The middleware that loads and saves them. Visitors who have nothing to remember get no cookie.
pub fn sessions(config: &Config, store: RedisSessionStore) -> SessionMiddleware<RedisSessionStore> {
    let lifetime = PersistentSession::default()
        .session_ttl(Duration::days(DAYS))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    SessionMiddleware::builder(store, config.session_key.clone())
        .cookie_name("session".to_owned())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_secure(config.secure())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(lifetime)
        .build()
}
