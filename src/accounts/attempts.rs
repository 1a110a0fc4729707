//! Whether a password is somebody's, and how often one may try.

use sha2::{Digest, Sha256};
use std::time::Duration;

use super::{model::Person, passwords};
use crate::{
    platform::{redis::Redis, secrets::hex},
    web::{PageError, Verdict, forgive_one, spend},
};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wrong passwords for one account in the window.
const PER_ACCOUNT: u32 = 10;
/// Wrong passwords from one address in the window.
const PER_ADDRESS: u32 = 30;

/// Accounts opened from one address in an hour: a school or an office may stand behind it, a script would want more.
const SIGN_UPS: u32 = 2_000;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What became of a try.
#[derive(Debug)]
pub(super) enum Tried {
    /// It is their password.
    Right(Person),
    /// It is not, or nobody is called that.
    Wrong,
    /// Too many were wrong; so many seconds to wait. The password was not looked at.
    Wait(u64),
}

/// Whose password is tried: whoever was found, and the hash of theirs.
pub(super) type Found = Option<(Person, String)>;

/// Tries `password` for whom `name` was `found` to be. Each try is counted before the password is looked at, so that many
/// at once do not slip through, and given back unless the password was wrong.
///
/// # Errors
/// Redis is away, or too many passwords are looked at just now.
pub(super) async fn try_password(
    redis: &Redis,
    from: &str,
    name: &str,
    found: Found,
    password: String,
) -> Result<Tried, PageError> {
    let account = account_key(name, found.as_ref().map(|(person, _)| person));
    let address = format!("sign-in:from:{from}");
    // Counted in turn: many who sign in at once from one address, each with the right password, are never too many.
    let turn = passwords::turn().await?;
    // An address that may not try must not use up what an account allows, nor the other way round.
    if let Verdict::Wait(seconds) = spend(redis, &account, PER_ACCOUNT, WINDOW).await? {
        return Ok(Tried::Wait(seconds));
    }
    if let Verdict::Wait(seconds) = spend(redis, &address, PER_ADDRESS, WINDOW).await? {
        forgive_one(redis, &account).await?;
        return Ok(Tried::Wait(seconds));
    }
    let (person, hash) = found.unzip();
    let right = passwords::verify(turn, password, hash).await;
    if !matches!(right, Ok(false)) {
        forgive_one(redis, &account).await?;
        forgive_one(redis, &address).await?;
    }
    Ok(match person {
        Some(person) if right? => Tried::Right(person),
        _ => Tried::Wrong,
    })
}

/// One account has one counter, by whichever of its names it is called. A name nobody has is counted as well, and may
/// be long and strange.
fn account_key(name: &str, person: Option<&Person>) -> String {
    match person {
        Some(person) => format!("sign-in:user:{}", person.id),
        None => {
            let digest = Sha256::digest(name.to_lowercase());
            format!("sign-in:name:{}", hex(digest.get(..16).unwrap_or_default()))
        }
    }
}

/// Whether one more account may be opened from an address.
///
/// # Errors
/// Redis is away.
pub(super) async fn count_sign_up(redis: &Redis, from: &str) -> Result<Verdict, PageError> {
    spend(redis, &format!("sign-up:from:{from}"), SIGN_UPS, HOUR).await
}
