//! The papers of the demo shop: refunds, questions, requests for a fapiao, invoices and credit notes.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Binary, Date},
};

use super::{SeedError, demo::DemoShop};
use crate::{
    config::Config,
    invoices,
    platform::db::DbError,
    reports::Month,
    store::{self, Settings},
};

/// What an invoice says of the seller, if the shop has no settings yet.
const ADDRESS: &str = "浙江省杭州市西湖区文三路 268 号";
const TAX_NUMBER: &str = "91350100M000100Y43";
/// The file of each demo fapiao, which says that it is none.
const FAPIAO: &[u8] = include_bytes!("../../../demo/fapiao.pdf");
/// How many documents are issued in one step.
const STEP: i64 = 1_000;

/// Stores the settings of the shop, with what must be in invoices.
pub(super) fn settings(conn: &mut PgConnection, config: &Config) -> QueryResult<Settings> {
    let settings = store::create(conn, &config.first_settings)?;
    let mut new = settings.values.clone();
    if new.address.is_empty() && new.tax_number.is_empty() {
        ADDRESS.clone_into(&mut new.address);
        TAX_NUMBER.clone_into(&mut new.tax_number);
    }
    Ok(store::save(conn, &new, settings.version)?.map_or(settings, |(_, saved)| saved))
}

/// Writes the papers of the demo orders: refunds, questions and requests for a fapiao. [`issue`] issues the invoices.
pub(super) fn write(conn: &mut PgConnection, shop: &DemoShop, now: DateTime<Utc>) -> QueryResult<usize> {
    conn.batch_execute(include_str!("papers.sql"))?;
    sql_query(
        "insert into fapiao_files (request_id, part, format, body) select distinct request_id, part, 'pdf', $1
         from fapiao_numbers",
    )
    .bind::<Binary, _>(FAPIAO)
    .execute(conn)?;
    let first = Month::at(now, shop.zone).previous().first_day();
    sql_query("update invoice_settings set invoices_from = $1, version = version + 1 where invoices_from is null")
        .bind::<Date, _>(first)
        .execute(conn)?;
    let settings = invoices::invoice_settings(conn)?;
    // The job has been past the days on which these orders were paid.
    invoices::restart(conn, invoices::first_time(&settings, shop.zone))
}

/// Issues the documents of all demo orders that were paid since the beginning of last month. Each document has a
/// transaction of its own, so call it outside of one; what it does not come to is left to the job.
pub(super) fn issue(conn: &mut PgConnection, shop: &DemoShop, now: DateTime<Utc>) -> Result<(), SeedError> {
    loop {
        let step = invoices::issue_due(conn, (&shop.settings, shop.zone), STEP, now).map_err(|error| match error {
            DbError::Query(error) => SeedError::Database(error),
            error => SeedError::Plan(error.to_string()),
        })?;
        if step.failed > 0 {
            return Err(SeedError::Plan("an invoice of a demo order could not be issued".to_owned()));
        }
        if !step.has_more {
            return Ok(());
        }
    }
}
