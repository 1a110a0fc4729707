//! Whether a code is somebody's, and how often one may try.

use super::{
    keeping,
    recovery::RecoveryCode,
    secret::{FactorKey, FactorSecret, digits},
};
use crate::{
    accounts::attempts::Counters,
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError},
        redis::Redis,
    },
    web::{PageError, Verdict},
};

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriedCode {
    /// It was right, and is used up now. Of a recovery code, how many are left.
    Right {
        /// None where it was the app's.
        recovery_codes_left: Option<i64>,
    },
    /// It is wrong, too old, or was used before.
    Wrong,
    /// Only a recovery code can be checked: the secret was kept under another `SESSION_SECRET`.
    Unreadable,
    /// Too many were wrong; so many seconds to wait. The code was not looked at.
    Wait(u64),
}

/// Tries `typed` as the code of `of`, asked for from this address. As with passwords each try is counted before it is looked at,
/// and given back unless the code was wrong.
pub async fn try_code(
    (db, redis): (&Db, &Redis),
    key: FactorKey,
    from: &str,
    of: UserId,
    typed: &str,
) -> Result<TriedCode, PageError> {
    let counters = Counters::of_codes(of, from);
    if let Verdict::Wait(seconds) = counters.count(redis).await? {
        return Ok(TriedCode::Wait(seconds));
    }
    let tried = match (digits(typed), RecoveryCode::typed(typed)) {
        (Some(code), _) => try_digits(db, key, of, code).await,
        (None, Some(code)) => try_recovery_code(db, of, code).await,
        (None, None) => Ok(TriedCode::Wrong),
    };
    if !matches!(tried, Ok(TriedCode::Wrong)) {
        counters.forgive(redis).await?;
    }
    tried
}

async fn try_digits(db: &Db, key: FactorKey, of: UserId, code: String) -> Result<TriedCode, PageError> {
    let now = clock::now();
    let tried = db.run(move |conn| {
        let Some(sealed) = keeping::sealed_secret(conn, of)? else {
            return Ok(TriedCode::Wrong);
        };
        let Some(secret) = FactorSecret::open(&key, of, &sealed) else {
            tracing::error!(user = of.0, "a second factor cannot be read: was SESSION_SECRET changed?");
            return Ok(TriedCode::Unreadable);
        };
        let used = match secret.step_of(&code, now) {
            Some(step) => keeping::use_step(conn, of, step)?,
            None => false,
        };
        Ok::<_, DbError>(if used { TriedCode::Right { recovery_codes_left: None } } else { TriedCode::Wrong })
    });
    Ok(tried.await?)
}

async fn try_recovery_code(db: &Db, of: UserId, code: RecoveryCode) -> Result<TriedCode, PageError> {
    let left = db
        .run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(keeping::use_recovery_code(conn, of, &code)?)));
    Ok(match left.await? {
        Some(left) => TriedCode::Right { recovery_codes_left: Some(left) },
        None => TriedCode::Wrong,
    })
}
