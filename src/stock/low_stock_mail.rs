//! The mail on what is low: who wants it, and which were sent. One a day and person, whoever sends it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{BigInt, Date},
};

use crate::{
    kernel::{Language, UserId},
    platform::db::statement,
    schema::{low_stock_mails, low_stock_readers, users},
};

/// The kind of the outbox jobs that send it.
pub const LOW_STOCK_MAIL: &str = "low_stock_mail";

/// In which language somebody wants the mail; none who does not want it.
pub fn low_stock_mail_language(conn: &mut PgConnection, user: UserId) -> QueryResult<Option<Language>> {
    let code: Option<String> =
        low_stock_readers::table.find(user).select(low_stock_readers::language).first(conn).optional()?;
    let unknown = |code: String| Error::DeserializationError(format!("\"{code}\" is no language of a mail").into());
    code.map(|code| Language::from_code(&code).ok_or_else(|| unknown(code))).transpose()
}

/// Has somebody get the mail in this language, or not at all. Says what it was before.
pub fn set_low_stock_mail_language(
    conn: &mut PgConnection,
    user: UserId,
    wanted: Option<Language>,
) -> QueryResult<Option<Language>> {
    // Whoever sends the same form at the same moment is waited for here.
    users::table.find(user).select(users::id).for_no_key_update().first::<UserId>(conn)?;
    let before = low_stock_mail_language(conn, user)?;
    match wanted {
        Some(language) => {
            let row = (low_stock_readers::user_id.eq(user), low_stock_readers::language.eq(language.code()));
            diesel::insert_into(low_stock_readers::table)
                .values(row)
                .on_conflict(low_stock_readers::user_id)
                .do_update()
                .set(low_stock_readers::language.eq(language.code()))
                .execute(conn)?;
        }
        None => {
            diesel::delete(low_stock_readers::table.find(user)).execute(conn)?;
        }
    }
    Ok(before)
}

/// Those who are to get the mail of this day and had none of it, where anything is low; from now on it is theirs to get. Of
/// many who ask at once each reader is given to one.
pub fn schedule_low_stock_mails(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<Vec<UserId>> {
    let readers: Vec<(UserId,)> = Readers { day }.load(conn)?;
    Ok(readers.into_iter().map(|(reader,)| reader).collect())
}

statement! {
    /// A row for each.
    Readers(day: NaiveDate as Date) -> (BigInt,) =
    "insert into low_stock_mails (user_id, day)
     select r.user_id, " day "
     from low_stock_readers r join users u on u.id = r.user_id
     where u.role <> 'shopper' and u.disabled_at is null and exists (select from short_skus)
     on conflict do nothing returning user_id"
}

/// A mail of a day.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = low_stock_mails)]
pub struct LowStockMail {
    /// The shop's.
    pub day: NaiveDate,
    /// When its text began to leave.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was taken.
    pub sent_at: Option<DateTime<Utc>>,
}

/// The last mail to somebody.
pub fn last_low_stock_mail(conn: &mut PgConnection, user: UserId) -> QueryResult<Option<LowStockMail>> {
    low_stock_mails::table
        .filter(low_stock_mails::user_id.eq(user))
        .order(low_stock_mails::day.desc())
        .select(LowStockMail::as_select())
        .first(conn)
        .optional()
}

/// The mail of a day.
pub fn low_stock_mail(conn: &mut PgConnection, user: UserId, day: NaiveDate) -> QueryResult<Option<LowStockMail>> {
    low_stock_mails::table.find((user, day)).select(LowStockMail::as_select()).first(conn).optional()
}

/// The text leaves now. Says whether it may: of many who are ready to send it one does.
pub fn begin_low_stock_mail(
    conn: &mut PgConnection,
    user: UserId,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let waiting = low_stock_mails::table.find((user, day)).filter(low_stock_mails::begun_at.is_null());
    Ok(diesel::update(waiting).set(low_stock_mails::begun_at.eq(now)).execute(conn)? == 1)
}

/// It was taken; or it was refused, and may be sent again.
pub fn finish_low_stock_mail(
    conn: &mut PgConnection,
    user: UserId,
    day: NaiveDate,
    sent_at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    let begun = low_stock_mails::table.find((user, day)).filter(low_stock_mails::sent_at.is_null());
    match sent_at {
        Some(at) => diesel::update(begun).set(low_stock_mails::sent_at.eq(at)).execute(conn)?,
        None => diesel::update(begun).set(low_stock_mails::begun_at.eq(None::<DateTime<Utc>>)).execute(conn)?,
    };
    Ok(())
}
