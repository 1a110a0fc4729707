//! Requests of erased shoppers: one without an issued fapiao is erased at once; the law wants issued ones kept as they
//! are for some years.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use crate::{kernel::UserId, platform::db::statement};

/// Erases what names a shopper in the requests for all their orders, with the files: at once where no fapiao was
/// issued, and after the years of the settings for which the law wants issued ones kept. Doing it twice changes nothing.
/// Returns how many requests were erased.
pub fn erase_requests(conn: &mut PgConnection, shopper: UserId, now: DateTime<Utc>) -> QueryResult<usize> {
    EraseDue { shopper: Some(shopper.0), most: None, now }.execute(conn)
}

/// Does the same for at most `most` requests of erased shoppers that have become old enough. Returns how many.
pub fn erase_due(conn: &mut PgConnection, most: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    EraseDue { shopper: None, most: Some(most), now }.execute(conn)
}

statement! {
    /// Without a shopper it reads the requests of all who are erased; without `most` it has no limit.
    EraseDue(
        shopper: Option<i64> as Nullable<BigInt>,
        most: Option<i64> as Nullable<BigInt>,
        now: DateTime<Utc> as Timestamptz
    ) -> () =
    "with due as materialized (
        select f.id
        from invoice_settings s
        cross join users u
        join orders o on o.user_id = u.id
        join fapiao_requests f on f.order_id = o.id
        where (u.id = " shopper " or " shopper " is null and u.erased_at is not null) and f.erased_at is null
            and (f.issued_at is null or f.issued_at < now() - make_interval(years => s.retention_years))
        limit " most "
     ), files as (
        delete from fapiao_files where request_id in (select id from due)
     )
     update fapiao_requests set title = '', taxpayer_number = '', address = '', phone = '', bank = '',
        bank_account = '', email = '', refusal = '', erased_at = " now ",
        status = case status when 'requested' then 'refused' else status end
     where id in (select id from due)"
}
