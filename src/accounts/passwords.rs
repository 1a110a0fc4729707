//! Password hashing with argon2id. It is slow and uses much memory by design, so it runs on blocking threads.

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
use crate::{
    platform::{deadline, random},
    web::PageError,
};

/// Allows two concurrent hashes: each takes 19 MiB and one core.
static HASH_PERMITS: Semaphore = Semaphore::const_new(2);

const HASH_PERMIT_TIMEOUT: Duration = Duration::from_secs(20);

/// The hash that a password is checked against if the typed name belongs to no account, so that the response takes as
/// long as for an existing account.
static DUMMY_HASH: LazyLock<String> = LazyLock::new(|| hash_password(&random::token()).unwrap_or_default());

/// Hashes a password (argon2id, random salt) to a PHC string, which takes tens of milliseconds; async code uses
/// [`hash`].
pub fn hash_password(password: &str) -> Result<String, Error> {
    let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
    let salt = Salt::new(&random::random_bytes::<16>())?;
    let kept = ParamsString::try_from(&params)?;
    let hash = output(&Argon2::new(algorithm, version, params), &normalized(password), &salt)?;
    let algorithm = algorithm.ident();
    let hash =
        PasswordHash { algorithm, version: Some(version.into()), params: kept, salt: Some(salt), hash: Some(hash) };
    Ok(hash.to_string())
}

/// Returns whether the password has this hash. Tries the Unicode form NFC, which is hashed now, and the password as
/// typed, which older versions hashed.
fn matches_hash_in_any_form(password: &str, hash: &str) -> Result<bool, Error> {
    let normalized = normalized(password);
    Ok(matches_hash(&normalized, hash)? || (normalized != password && matches_hash(password, hash)?))
}

fn matches_hash(password: &str, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash)?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash)?);
    let (Some(salt), Some(kept)) = (&hash.salt, &hash.hash) else {
        return Ok(false);
    };
    // `Output` compares in constant time.
    Ok(output(&argon2, password, salt)? == *kept)
}

/// Memory blocks of argon2 that are used again. If they were freed, the allocator would keep them for each thread that
/// ever hashed: gigabytes after some hundred sign-ins.
static HASH_BUFFERS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn output(argon2: &Argon2<'_>, password: &str, salt: &Salt) -> Result<Output, Error> {
    let mut memory = HASH_BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    memory.resize(argon2.params().block_count(), Block::new());
    let mut out = vec![0; argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory);
    HASH_BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    done?;
    Ok(Output::new(&out)?)
}

/// Runs [`hash_password`] on a blocking thread.
///
/// # Errors
/// [`PageError::Unavailable`] if two other hashes are computed and neither ends in time.
pub(super) async fn hash(password: String) -> Result<String, PageError> {
    with_permit(hash_permit().await?, move || hash_password(&password)).await?.map_err(PageError::internal)
}

/// Returns the hash of a password that nobody knows. It takes as long to verify as any other.
///
/// # Errors
/// [`PageError::Unavailable`] if no permit is free in time.
pub async fn unknown_password_hash() -> Result<String, PageError> {
    hash(random::token()).await
}

/// Returns whether `password` has this hash. If `hash` is `None` (no such account), returns false after the same time.
pub(super) async fn verify(permit: HashPermit, password: String, hash: Option<String>) -> Result<bool, PageError> {
    with_permit(permit, move || {
        let dummy_hash = DUMMY_HASH.as_str();
        let kept = hash.as_deref().unwrap_or(dummy_hash);
        matches_hash_in_any_form(&password, kept).unwrap_or(false) && hash.is_some()
    })
    .await
}

/// The right to compute one password hash; it ends when this value is dropped.
pub(super) type HashPermit = SemaphorePermit<'static>;

/// Waits until fewer than two hashes are being computed. The wait does not count towards the request's deadline.
///
/// # Errors
/// [`PageError::Unavailable`] after [`HASH_PERMIT_TIMEOUT`].
pub(super) async fn hash_permit() -> Result<HashPermit, PageError> {
    let permit = timeout(HASH_PERMIT_TIMEOUT, HASH_PERMITS.acquire())
        .await
        .map_err(|late: Elapsed| PageError::Unavailable(late.into()))?;
    deadline::restart();
    permit.map_err(PageError::internal)
}

/// Runs `work` on a blocking thread, which holds the permit until the work is done, even if the caller stops waiting.
/// This time does not count towards the request's deadline.
async fn with_permit<T: Send + 'static>(
    permit: HashPermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PageError> {
    let worked = spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    let done = worked.await.map_err(PageError::internal);
    deadline::restart();
    done
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
            assert!(matches_hash("paper lantern", &theirs).unwrap());
            assert!(!matches_hash("paper lanterns", &theirs).unwrap());
            let ours = hash_password("paper lantern").unwrap();
            Argon2::default().verify_password(b"paper lantern", ours.as_str()).unwrap();
        }
    }

    #[actix_web::test]
    async fn only_the_password_itself_is_right() {
        let verify = async |password, hash| verify(hash_permit().await?, password, hash).await;
        let hash = hash_password("paper lantern").unwrap();
        assert!(verify("paper lantern".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("paper lantern ".into(), Some(hash)).await.unwrap());
        assert!(!verify("paper lantern".into(), Some("no hash at all".into())).await.unwrap());
        assert!(!verify(String::new(), None).await.unwrap());
    }

    #[actix_web::test]
    async fn a_letter_is_the_same_however_a_keyboard_writes_it() {
        use argon2::PasswordHasher;
        let verify = async |password: &str, hash| verify(hash_permit().await?, password.to_owned(), Some(hash)).await;
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        for (set, typed) in [(composed, decomposed), (decomposed, composed), (decomposed, decomposed)] {
            assert!(verify(typed, hash_password(set).unwrap()).await.unwrap());
        }
        let from_before = Argon2::default().hash_password(decomposed.as_bytes()).unwrap().to_string();
        assert!(verify(decomposed, from_before).await.unwrap());
        assert!(!verify("cafe au lait", hash_password(composed).unwrap()).await.unwrap());
    }
}
