//! Keeps the table `customers` up to date, with which staff search and sort customers, and blanks old documents of
//! erased shoppers.

use std::time::{Duration, Instant};

use super::repeat;
use crate::{
    customers, fapiao, invoices,
    platform::{
        clock,
        db::{Db, DbError},
    },
};

/// How often changed customers are looked for. If few orders come in, figures in the list of customers are at most this
/// old.
const INTERVAL: Duration = Duration::from_secs(5);
/// After a step, the job pauses for at least this many times the duration of the step, to leave the database to
/// checkouts.
const PAUSE_FACTOR: u32 = 10;
/// How many new accounts, orders and events one step looks at, each.
const MAX_ROWS: i32 = 2_000;
/// How many customers one step checks while all are checked in turn.
const SWEPT: i32 = 500;

/// How often the job looks for documents of erased shoppers whose retention years are over.
const ANONYMIZE_INTERVAL: Duration = Duration::from_secs(3600);
/// The maximum number of documents, and of fapiao, that one step blanks.
const MAX_ANONYMIZED: i64 = 500;

/// Blanks the buyer's data in documents and fapiao of erased shoppers once their retention years are over. Runs until
/// the runtime ends.
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

/// Updates changed rows of the table `customers` until the runtime ends.
pub(super) async fn work(db: &Db) {
    loop {
        let began = Instant::now();
        let pause = match db.run(|conn| Ok::<_, DbError>(customers::follow_customers(conn, MAX_ROWS, SWEPT)?)).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => INTERVAL,
            Err(error) => {
                tracing::warn!(%error, "the list of customers could not be refreshed");
                INTERVAL
            }
        };
        tokio::time::sleep(pause.max(began.elapsed() * PAUSE_FACTOR)).await;
    }
}
