//! Second factors in the database. Each function that writes runs inside the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, not},
    prelude::*,
    select,
};

use super::recovery_codes::RecoveryCode;
use crate::{
    accounts::{actions::end_sessions, model::User},
    kernel::UserId,
    schema::{recovery_codes, second_factors, staff_rules},
};

#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// When the second factor was turned on.
    pub since: DateTime<Utc>,
    pub recovery_codes_left: i64,
}

pub fn second_factor(conn: &mut PgConnection, of: UserId) -> QueryResult<Option<SecondFactor>> {
    let since = second_factors::table.find(of).select(second_factors::since).first(conn).optional()?;
    let left = recovery_codes_left(conn, of)?;
    Ok(since.map(|since| SecondFactor { since, recovery_codes_left: left }))
}

pub(in crate::accounts) fn has_second_factor(conn: &mut PgConnection, of: UserId) -> QueryResult<bool> {
    select(exists(second_factors::table.find(of))).get_result(conn)
}

fn recovery_codes_left(conn: &mut PgConnection, of: UserId) -> QueryResult<i64> {
    let left = recovery_codes::table.filter(recovery_codes::user_id.eq(of)).filter(recovery_codes::used_at.is_null());
    left.count().get_result(conn)
}

/// Turns on the second factor of the user `of` and ends their sessions. `sealed` is the encrypted secret, `step` the
/// time step of the code that was just entered, so that this code cannot be used again. Returns the user, with whom the
/// current session can be renewed; `None`, with nothing written, if the second factor was on already.
pub fn turn_on_second_factor(
    conn: &mut PgConnection,
    of: UserId,
    sealed: &[u8],
    step: i64,
    codes: &[RecoveryCode],
) -> QueryResult<Option<User>> {
    let factor =
        (second_factors::user_id.eq(of), second_factors::secret.eq(sealed), second_factors::last_step.eq(step));
    if diesel::insert_into(second_factors::table).values(factor).on_conflict_do_nothing().execute(conn)? == 0 {
        return Ok(None);
    }
    let row = |code: &RecoveryCode| (recovery_codes::user_id.eq(of), recovery_codes::digest.eq(code.digest()));
    let rows: Vec<_> = codes.iter().map(row).collect();
    diesel::insert_into(recovery_codes::table).values(&rows).execute(conn)?;
    end_sessions(conn, of).map(Some)
}

/// Turns off the second factor of a user, deletes the recovery codes and ends the sessions. Returns the user, with whom
/// the current session can be renewed; `None` if the second factor was off already.
pub fn remove_second_factor(conn: &mut PgConnection, of: UserId) -> QueryResult<Option<User>> {
    if diesel::delete(second_factors::table.find(of)).execute(conn)? == 0 {
        return Ok(None);
    }
    end_sessions(conn, of).map(Some)
}

/// Loads the encrypted secret of a user's second factor; `None` if the user has none.
pub(super) fn sealed_secret(conn: &mut PgConnection, of: UserId) -> QueryResult<Option<Vec<u8>>> {
    second_factors::table.find(of).select(second_factors::secret).first(conn).optional()
}

/// Marks the code of a time step, and those of all earlier steps, as used; returns `false` if that code was used
/// before.
pub(super) fn use_step(conn: &mut PgConnection, of: UserId, step: i64) -> QueryResult<bool> {
    let unused = second_factors::table.find(of).filter(second_factors::last_step.lt(step));
    Ok(diesel::update(unused).set(second_factors::last_step.eq(step)).execute(conn)? == 1)
}

/// Marks a recovery code as used and returns how many unused ones are left; `None` if the code is unknown or was used
/// before.
pub(super) fn use_recovery_code(conn: &mut PgConnection, of: UserId, code: &RecoveryCode) -> QueryResult<Option<i64>> {
    let unused = recovery_codes::table.find((of, code.digest())).filter(recovery_codes::used_at.is_null());
    let used = diesel::update(unused).set(recovery_codes::used_at.eq(diesel::dsl::now)).execute(conn)?;
    if used == 1 { recovery_codes_left(conn, of).map(Some) } else { Ok(None) }
}

/// Returns whether all staff must have a second factor.
pub fn second_factor_required(conn: &mut PgConnection) -> QueryResult<bool> {
    let required = staff_rules::table.select(staff_rules::second_factor_required).first(conn).optional()?;
    Ok(required.unwrap_or(false))
}

/// Returns whether the user must have a second factor and has none.
pub fn lacks_required_second_factor(conn: &mut PgConnection, of: UserId) -> QueryResult<bool> {
    let required = exists(staff_rules::table.filter(staff_rules::second_factor_required));
    select(required.and(not(exists(second_factors::table.find(of))))).get_result(conn)
}

/// Sets whether all staff must have a second factor; returns `false` if nothing changed.
pub fn set_second_factor_required(conn: &mut PgConnection, required: bool) -> QueryResult<bool> {
    let other = staff_rules::table.filter(staff_rules::second_factor_required.ne(required));
    Ok(diesel::update(other).set(staff_rules::second_factor_required.eq(required)).execute(conn)? == 1)
}
