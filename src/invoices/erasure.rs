//! Documents of erased shoppers. The law demands that a document is kept unchanged for some years; after that the
//! buyer's data in it is blanked.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use crate::{kernel::UserId, platform::db::statement};

/// Blanks the buyer's name, address and tax number in those documents of a shopper that are older than the retention
/// years in the settings. Returns how many; [`anonymize_due`] blanks the younger ones later.
pub fn erase_invoices(conn: &mut PgConnection, shopper: UserId, now: DateTime<Utc>) -> QueryResult<usize> {
    AnonymizeDue { shopper: Some(shopper.0), most: None, now }.execute(conn)
}

/// Blanks the buyer's data in at most `most` documents of erased shoppers that are older than the retention years by
/// now. Returns how many.
pub fn anonymize_due(conn: &mut PgConnection, most: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    AnonymizeDue { shopper: None, most: Some(most), now }.execute(conn)
}

statement! {
    /// Without a shopper it reads the documents of all who are erased; without `most` it has no limit.
    AnonymizeDue(
        shopper: Option<i64> as Nullable<BigInt>,
        most: Option<i64> as Nullable<BigInt>,
        now: DateTime<Utc> as Timestamptz
    ) -> () =
    "with due as materialized (
        select i.id
        from invoice_settings s
        cross join users u
        join orders o on o.user_id = u.id
        join invoices i on i.order_id = o.id
        where (u.id = " shopper " or " shopper " is null and u.erased_at is not null) and i.anonymized_at is null
            and i.issued_at < now() - make_interval(years => s.retention_years)
        limit " most "
     )
     update invoices set buyer_name = '', buyer_address = '', buyer_tax_number = '', anonymized_at = " now "
     where id in (select id from due)"
}
