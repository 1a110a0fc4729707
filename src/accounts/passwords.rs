//! Passwords: argon2id, which takes time and memory on purpose, and so is kept off the threads that answer requests.

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{
        Error,
        phc::{Output, ParamsString, Salt},
    },
};
use std::{
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::{error::Elapsed, timeout},
};

use super::rules::normalized;
use crate::{platform::secrets, web::PageError};

/// How many hash at once: each takes 19 MiB, and a core for itself.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// The hash of a password nobody has. It is checked where there is no account, so that the time an answer takes does
/// not tell whether there is one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_password(&secrets::token()).unwrap_or_default());

/// The hash to keep of a password (argon2id with a salt of its own, in PHC's string format). It takes tens of
/// milliseconds; in async code see [`hash`].
pub fn hash_password(password: &str) -> Result<String, Error> {
    let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
    let salt = Salt::new(&secrets::random_bytes::<16>())?;
    let kept = ParamsString::try_from(&params)?;
    let hash = output(&Argon2::new(algorithm, version, params), &normalized(password), &salt)?;
    let algorithm = algorithm.ident();
    let hash =
        PasswordHash { algorithm, version: Some(version.into()), params: kept, salt: Some(salt), hash: Some(hash) };
    Ok(hash.to_string())
}

/// Hashes from before passwords were normalised are of what was typed then.
fn is_of_hash_in_any_form(password: &str, hash: &str) -> Result<bool, Error> {
    let normalized = normalized(password);
    Ok(is_of_hash(&normalized, hash)? || (normalized != password && is_of_hash(password, hash)?))
}

fn is_of_hash(password: &str, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash)?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash)?);
    let (Some(salt), Some(kept)) = (&hash.salt, &hash.hash) else {
        return Ok(false);
    };
    // Outputs are compared in constant time.
    Ok(output(&argon2, password, salt)? == *kept)
}

/// What argon2 works in, kept for the next. Given back to the allocator instead, it would stay with each thread that
/// ever hashed: gigabytes after some hundred sign-ins.
static MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn output(argon2: &Argon2<'_>, password: &str, salt: &Salt) -> Result<Output, Error> {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    memory.resize(argon2.params().block_count(), Block::new());
    let mut out = vec![0; argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory);
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    done?;
    Ok(Output::new(&out)?)
}

/// [`hash_password`] on a thread of its own, in turn.
///
/// # Errors
/// [`PageError::Unavailable`] when the turn does not come in time.
pub(super) async fn hash(password: String) -> Result<String, PageError> {
    in_turn(turn().await?, move || hash_password(&password)).await?.map_err(PageError::internal)
}

/// Whether this is the password of `hash`. Without one it is not, which takes as long to say.
pub(super) async fn verify(turn: Turn, password: String, hash: Option<String>) -> Result<bool, PageError> {
    in_turn(turn, move || {
        let nobodys = NOBODYS.as_str();
        let kept = hash.as_deref().unwrap_or(nobodys);
        is_of_hash_in_any_form(&password, kept).unwrap_or(false) && hash.is_some()
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

    #[test]
    fn a_hash_is_what_every_argon2_makes_of_it() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let theirs = Argon2::default().hash_password(b"paper lantern").unwrap().to_string();
        for _ in 0..3 {
            assert!(is_of_hash("paper lantern", &theirs).unwrap());
            assert!(!is_of_hash("paper lanterns", &theirs).unwrap());
            let ours = hash_password("paper lantern").unwrap();
            Argon2::default().verify_password(b"paper lantern", ours.as_str()).unwrap();
        }
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

    #[actix_web::test]
    async fn a_letter_is_the_same_however_a_keyboard_writes_it() {
        use argon2::PasswordHasher;
        let verify = async |password: &str, hash| verify(turn().await?, password.to_owned(), Some(hash)).await;
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        for (set, typed) in [(composed, decomposed), (decomposed, composed), (decomposed, decomposed)] {
            assert!(verify(typed, hash_password(set).unwrap()).await.unwrap());
        }
        let from_before = Argon2::default().hash_password(decomposed.as_bytes()).unwrap().to_string();
        assert!(verify(decomposed, from_before).await.unwrap());
        assert!(!verify("cafe au lait", hash_password(composed).unwrap()).await.unwrap());
    }
}
