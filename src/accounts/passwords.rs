//! Passwords: argon2id, which takes time and memory on purpose, and so is kept off the threads that answer requests.

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::Error};
use std::{sync::LazyLock, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::{error::Elapsed, timeout},
};

use crate::{platform::secrets, web::PageError};

/// How many hash at once: each takes 19 MiB, and a core for itself.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The hash of a password nobody has. It is checked where there is no account, so that the time an answer takes does
/// not tell whether there is one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_password(&secrets::token()).unwrap_or_default());

/// The hash to keep of a password (argon2id with a salt of its own, in PHC's string format). It takes tens of
/// milliseconds; in async code see [`hash`].
///
/// # Errors
/// The machine has no memory or no randomness left.
pub fn hash_password(password: &str) -> Result<String, Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// [`hash_password`] on a thread of its own, in turn.
///
/// # Errors
/// [`PageError::Unavailable`] when the turn does not come in time.
pub(super) async fn hash(password: String) -> Result<String, PageError> {
    in_turn(turn().await?, move || hash_password(&password)).await?.map_err(PageError::internal)
}

/// Whether this is the password of `hash`. Without one it is not, which takes as long to say.
///
/// # Errors
/// The thread was lost.
pub(super) async fn verify(turn: Turn, password: String, hash: Option<String>) -> Result<bool, PageError> {
    in_turn(turn, move || {
        let nobodys = NOBODYS.as_str();
        let kept = hash.as_deref().unwrap_or(nobodys);
        Argon2::default().verify_password(password.as_bytes(), kept).is_ok() && hash.is_some()
    })
    .await
}

/// Leave to hash, until it is dropped.
pub(super) type Turn = SemaphorePermit<'static>;

/// Waits for a turn.
///
/// # Errors
/// [`PageError::Unavailable`] when it does not come in time.
pub(super) async fn turn() -> Result<Turn, PageError> {
    let turn = timeout(PATIENCE, TURNS.acquire()).await.map_err(|late: Elapsed| PageError::Unavailable(late.into()))?;
    turn.map_err(PageError::internal)
}

/// The turn goes with the work: whoever asked may leave, the thread still hashes.
async fn in_turn<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PageError> {
    let worked = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    worked.await.map_err(PageError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_and_never_the_same_twice() {
        let (one, other) = (hash_password("paper lantern").unwrap(), hash_password("paper lantern").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
    }

    #[actix_web::test]
    async fn only_the_password_itself_is_right() {
        let verify = async |password, hash| verify(turn().await?, password, hash).await;
        let hash = hash_password("paper lantern").unwrap();
        assert!(verify("paper lantern".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("paper lantern ".into(), Some(hash)).await.unwrap());
        assert!(!verify("paper lantern".into(), Some("no hash at all".into())).await.unwrap());
        assert!(!verify(String::new(), None).await.unwrap());
    }
}
