//! Whether a password is somebody's, and how often one may try.

use sha2::{Digest, Sha256};
use std::time::Duration;

use super::{model::Person, passwords, queries};
use crate::{
    kernel::UserId,
    platform::{
        db::{Db, DbError},
        redis::Redis,
        secrets::hex,
    },
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
pub enum Tried {
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
    let counters = [(account, PER_ACCOUNT), (format!("sign-in:from:{from}"), PER_ADDRESS)];
    // Counted in turn: many who sign in at once from one address, each with the right password, are never too many.
    let turn = passwords::turn().await?;
    if let Verdict::Wait(seconds) = count(redis, &counters).await? {
        return Ok(Tried::Wait(seconds));
    }
    let (person, hash) = found.unzip();
    let right = passwords::verify(turn, password, hash).await;
    if !matches!(right, Ok(false)) {
        forgive(redis, &counters).await?;
    }
    Ok(match person {
        Some(person) if right? => Tried::Right(person),
        _ => Tried::Wrong,
    })
}

/// Tries the password of whoever is signed in already.
///
/// # Errors
/// Redis or the database is away, or too many passwords are looked at just now.
pub async fn try_own_password(
    (db, redis): (&Db, &Redis),
    from: &str,
    person: Person,
    password: String,
) -> Result<Tried, PageError> {
    let id = person.id;
    let hash = db.run(move |conn| Ok::<_, DbError>(queries::password_hash(conn, id)?)).await?;
    try_password(redis, from, "", hash.map(|hash| (person, hash)), password).await
}

/// The counters of wrong codes: of the account and of the address, each with how many it allows.
pub(super) fn code_counters(of: UserId, from: &str) -> [(String, u32); 2] {
    [(format!("code:user:{of}"), PER_ACCOUNT), (format!("code:from:{from}"), PER_ADDRESS)]
}

/// Counts a try with each of the counters, or with none: an address that may not try must not use up what an account
/// allows, nor the other way round.
///
/// # Errors
/// Redis is away.
pub(super) async fn count(redis: &Redis, counters: &[(String, u32); 2]) -> Result<Verdict, PageError> {
    let [(account, per_account), (address, per_address)] = counters;
    let verdict = spend(redis, account, *per_account, WINDOW).await?;
    if verdict != Verdict::Allowed {
        return Ok(verdict);
    }
    let verdict = spend(redis, address, *per_address, WINDOW).await?;
    if verdict != Verdict::Allowed {
        forgive_one(redis, account).await?;
    }
    Ok(verdict)
}

/// Gives it back.
///
/// # Errors
/// Redis is away.
pub(super) async fn forgive(redis: &Redis, counters: &[(String, u32); 2]) -> Result<(), PageError> {
    for (counter, _) in counters {
        forgive_one(redis, counter).await?;
    }
    Ok(())
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
