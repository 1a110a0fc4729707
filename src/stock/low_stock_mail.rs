//! The daily email about SKUs with low stock: its recipients, and the emails sent. Each recipient gets one a day,
//! however many processes send.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Date},
};

use crate::{
    kernel::{Language, UserId},
    platform::db::statement,
    schema::{low_stock_mails, low_stock_readers, users},
};

/// The kind of the outbox job that sends the daily low-stock email to one user.
pub const LOW_STOCK_MAIL: &str = "low_stock_mail";

/// Returns the language in which a user wants the low-stock email; `None` if they do not want it.
pub fn low_stock_mail_language(conn: &mut PgConnection, user: UserId) -> QueryResult<Option<Language>> {
    low_stock_readers::table.find(user).select(low_stock_readers::language).first(conn).optional()
}

/// Sets in which language a user gets the low-stock email; `None` for no email. Returns the setting before.
pub fn set_low_stock_mail_language(
    conn: &mut PgConnection,
    user: UserId,
    wanted: Option<Language>,
) -> QueryResult<Option<Language>> {
    // Waits for a concurrent request with the same form.
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

/// Records that each subscriber is to get the low-stock email of a day, if any SKU is low. Returns the users for whom
/// that was not recorded before; of concurrent calls, only one returns a user.
pub fn schedule_low_stock_mails(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<Vec<UserId>> {
    let readers: Vec<(UserId,)> = LowStockMailReaders { day }.load(conn)?;
    Ok(readers.into_iter().map(|(reader,)| reader).collect())
}

statement! {
    LowStockMailReaders(day: NaiveDate as Date) -> (BigInt,) =
    "insert into low_stock_mails (user_id, day)
     select r.user_id, " day "
     from low_stock_readers r join users u on u.id = r.user_id
     where u.role <> 'shopper' and u.disabled_at is null and exists (select from low_stock_skus)
     on conflict do nothing returning user_id"
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = low_stock_mails)]
pub struct LowStockMail {
    /// The day of the email, in the time zone of the shop.
    pub day: NaiveDate,
    /// When a process began to send the email; `None` if no process has.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the mail server accepted the email; `None` if it has not.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Returns the last low-stock email that was scheduled for a user, sent or not; `None` if there is none.
pub fn last_low_stock_mail(conn: &mut PgConnection, user: UserId) -> QueryResult<Option<LowStockMail>> {
    low_stock_mails::table
        .filter(low_stock_mails::user_id.eq(user))
        .order(low_stock_mails::day.desc())
        .select(LowStockMail::as_select())
        .first(conn)
        .optional()
}

/// Returns the low-stock email that was scheduled for a user on a day; `None` if none was.
pub fn low_stock_mail(conn: &mut PgConnection, user: UserId, day: NaiveDate) -> QueryResult<Option<LowStockMail>> {
    low_stock_mails::table.find((user, day)).select(LowStockMail::as_select()).first(conn).optional()
}

/// Records that this process begins to send a low-stock email; of concurrent calls only one returns true and may send
/// it.
pub fn begin_low_stock_mail(
    conn: &mut PgConnection,
    user: UserId,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let waiting = low_stock_mails::table.find((user, day)).filter(low_stock_mails::begun_at.is_null());
    Ok(diesel::update(waiting).set(low_stock_mails::begun_at.eq(now)).execute(conn)? == 1)
}

/// Records when the mail server accepted a low-stock email; with `None`, that the server refused it, so that it may be
/// sent again.
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
