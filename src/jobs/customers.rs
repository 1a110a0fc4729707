//! Keeps the table with which staff find and sort customers.

use std::time::Duration;

use super::repeat;
use crate::{
    customers, fapiao, invoices,
    platform::{
        clock,
        db::{Db, DbError},
    },
};

/// How old the figures in the list of customers are at most, if few orders come in.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many new accounts, orders and events one step looks at, each.
const MAX_ROWS: i32 = 2_000;
/// How many customers one step checks while all are checked in turn.
const SWEPT: i32 = 500;

/// How often documents are looked for that the law does not want kept any more.
const ANONYMIZE_INTERVAL: Duration = Duration::from_secs(3600);
/// The maximum number of documents that one step blanks.
const MAX_ANONYMIZED: i64 = 500;

/// Blanks the buyer in documents and fapiao of erased shoppers once they are old enough, until the runtime ends.
pub(super) async fn anonymize_documents(db: &Db) {
    repeat(ANONYMIZE_INTERVAL, "invoices of erased customers could not be blanked", || {
        db.run_in_line(|conn| {
            let blanked = invoices::anonymize_due(conn, MAX_ANONYMIZED, clock::now())?;
            let erased = fapiao::erase_due(conn, MAX_ANONYMIZED, clock::now())?;
            Ok([blanked, erased].iter().any(|done| i64::try_from(*done) == Ok(MAX_ANONYMIZED)))
        })
    })
    .await;
}

/// Writes changed rows of the table until the runtime ends.
pub(super) async fn work(db: &Db) {
    repeat(INTERVAL, "the list of customers could not be refreshed", || {
        db.run(|conn| Ok::<_, DbError>(customers::follow_customers(conn, MAX_ROWS, SWEPT)?))
    })
    .await;
}
