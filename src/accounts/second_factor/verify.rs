//! Checks a code of the second factor and limits how often codes may be wrong.

use super::{
    recovery_codes::RecoveryCode,
    store,
    totp::{SecondFactorKey, TotpSecret, digits},
};
use crate::{
    accounts::login_throttle::AttemptCounters,
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError},
        redis::Redis,
    },
    web::{PageError, RateLimit},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeCheck {
    /// The code is correct. It cannot be used again.
    Correct {
        /// The number of unused recovery codes left, if this was a recovery code; `None` for a code of the app.
        recovery_codes_left: Option<i64>,
    },
    /// The code is wrong, too old, or was used before.
    Wrong,
    /// The secret was encrypted with another `SESSION_SECRET`, so only recovery codes can be checked.
    Unreadable,
    /// There were too many failures; the code was not checked. Holds the seconds to wait.
    RetryAfter(u64),
}

/// Checks `typed` as a code of the user `of`; `from` is the client's address. The attempt is counted before the check,
/// and is subtracted again after the check unless the code was wrong.
pub async fn verify_code(
    (db, redis): (&Db, &Redis),
    key: SecondFactorKey,
    from: &str,
    of: UserId,
    typed: &str,
) -> Result<CodeCheck, PageError> {
    let counters = AttemptCounters::for_codes(of, from);
    if let RateLimit::Wait(seconds) = counters.hit(redis).await? {
        return Ok(CodeCheck::RetryAfter(seconds));
    }
    let tried = match (digits(typed), RecoveryCode::typed(typed)) {
        (Some(code), _) => verify_totp(db, key, of, code).await,
        (None, Some(code)) => verify_recovery_code(db, of, code).await,
        (None, None) => Ok(CodeCheck::Wrong),
    };
    if !matches!(tried, Ok(CodeCheck::Wrong)) {
        counters.refund(redis).await;
    }
    tried
}

async fn verify_totp(db: &Db, key: SecondFactorKey, of: UserId, code: String) -> Result<CodeCheck, PageError> {
    let now = clock::now();
    let tried = db.run(move |conn| {
        let Some(sealed) = store::sealed_secret(conn, of)? else {
            return Ok(CodeCheck::Wrong);
        };
        let Some(secret) = TotpSecret::open(&key, of, &sealed) else {
            tracing::error!(user = of.0, "a second factor cannot be read: was SESSION_SECRET changed?");
            return Ok(CodeCheck::Unreadable);
        };
        let used = match secret.step_of(&code, now) {
            Some(step) => store::use_step(conn, of, step)?,
            None => false,
        };
        Ok::<_, DbError>(if used { CodeCheck::Correct { recovery_codes_left: None } } else { CodeCheck::Wrong })
    });
    Ok(tried.await?)
}

async fn verify_recovery_code(db: &Db, of: UserId, code: RecoveryCode) -> Result<CodeCheck, PageError> {
    let left =
        db.run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(store::use_recovery_code(conn, of, &code)?)));
    Ok(match left.await? {
        Some(left) => CodeCheck::Correct { recovery_codes_left: Some(left) },
        None => CodeCheck::Wrong,
    })
}
