//! `till seed --scale`: generates any number of products and users. Each batch is a transaction, so that an
//! interrupted run leaves complete SPUs and users.

use chrono::{DateTime, Duration, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl,
    sql_types::{BigInt, Nullable},
};
use indicatif::HumanCount;
use std::{ops::Range, time::Instant};

use super::{
    SeedError,
    batch_runner::{BatchRunner, batches},
    generator::{InsertBatch, NewSpu, SeedCatalog},
    rows,
    users::{self, FakeUser},
};
use crate::{config::Stores, platform::db};

/// The password of all generated users.
const PASSWORD: &str = "scale-shops-here";

/// The approximate number of SKUs, or of users, that one transaction writes.
const BATCH: i64 = 2_500;

/// The maximum number of generated SKUs of one SPU.
const MAX_SKUS: i64 = 1_000;

/// The number of days over which the generated SPUs were added to the shop.
const DAYS: i64 = 120;

#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) spus: i64,
    pub(super) skus: i64,
    pub(super) users: i64,
}

impl Sizes {
    pub(super) fn check(self) -> Result<Self, String> {
        let Self { spus, skus, .. } = self;
        if skus < spus {
            Err(format!("--skus: {skus} SKUs are too few for {spus} SPUs; each needs one at least"))
        } else if skus > spus * MAX_SKUS {
            Err(format!("--skus: {skus} SKUs are too many for {spus} SPUs; each holds {MAX_SKUS} at most"))
        } else {
            Ok(self)
        }
    }

    /// Returns the numbers of the SKUs of the SPU with the number `spu`. If the SKUs cannot be divided evenly, the
    /// first SPUs have one more.
    fn skus_of(self, spu: i64) -> Range<i64> {
        let first = |spu: i64| self.skus / self.spus * spu + spu.min(self.skus % self.spus);
        first(spu)..first(spu + 1)
    }
}

/// Adds generated products and users to the shop and prints the result; batches written before an error stay.
pub(super) fn fill(
    conn: &mut PgConnection,
    stores: &Stores,
    sizes: Sizes,
    now: DateTime<Utc>,
) -> Result<(), SeedError> {
    super::lock_seeding(conn)?;
    let began = Instant::now();
    let hash = users::hash_password(PASSWORD)?;
    let catalog = db::transaction(conn, SeedCatalog::open)?;
    let (run, before) = (highest(conn, LAST_RUN)? + 1, highest(conn, LAST_USER)?);

    let spus = batches(sizes.spus, (BATCH * sizes.spus / sizes.skus).max(1));
    let runner = BatchRunner { what: "SKUs", count: sizes.skus, stores };
    put_indexes_back(conn)?; // Those of a run that was killed.
    set_indexes_aside(conn)?;
    let filled = runner.run(spus, |conn, batch| add_spus(conn, &catalog, run, sizes, batch, now));
    put_indexes_back(conn)?;
    filled?;

    let users = batches(sizes.users, BATCH).map(|batch| before + batch.start + 1..before + batch.end + 1);
    let runner = BatchRunner { what: "users", count: sizes.users, stores };
    runner.run(users, |conn, batch| add_users(conn, batch, &hash, now))?;

    super::analyze(conn)?;
    let [spus, skus, users] = [sizes.spus, sizes.skus, sizes.users].map(|count| HumanCount(count.unsigned_abs()));
    let seconds = began.elapsed().as_secs_f64();
    super::print_line(&format!("Added {spus} SPUs with {skus} SKUs, and {users} users, in {seconds:.1} s."));
    if sizes.users > 0 {
        let (first, last) = (before + 1, before + sizes.users);
        super::print_line(&format!("Users scale-{first} to scale-{last} sign in with {PASSWORD}"));
    }
    Ok(())
}

/// Drops the search indexes if the shop is empty: it takes half the time to write the rows without indexes and create
/// the indexes afterwards. Stores the definitions of the indexes in a comment on the table, in case the process is
/// killed before it creates them again.
fn set_indexes_aside(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(
        "do $$
         declare
            definitions text;
            drops text;
         begin
            select string_agg(pg_get_indexdef(indexrelid), '; '), string_agg('drop index ' || indexrelid::regclass, '; ')
            into definitions, drops
            from pg_index where indrelid = 'sku_search'::regclass and not indisprimary;
            if drops is not null and not exists (select from sku_search) then
                execute format('comment on table sku_search is %L', definitions);
                execute drops;
            end if;
         end
         $$",
    )
}

/// Creates the indexes again that [`set_indexes_aside`] has dropped, if it has dropped any.
fn put_indexes_back(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(
        "set maintenance_work_mem = '256MB';
         do $$
         declare
            definitions text := obj_description('sku_search'::regclass);
         begin
            if definitions is not null then
                execute definitions;
                comment on table sku_search is null;
            end if;
         end
         $$;
         reset maintenance_work_mem",
    )
}

/// Writes the SPUs with these numbers and their SKUs. Returns how many SKUs it wrote.
fn add_spus(
    conn: &mut PgConnection,
    catalog: &SeedCatalog,
    run: i64,
    sizes: Sizes,
    numbers: Range<i64>,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    let mut skus = 0;
    let spus = numbers.map(|number| {
        let its_skus = sizes.skus_of(number);
        skus += its_skus.end - its_skus.start;
        let age = Duration::days(DAYS).num_seconds() * (sizes.spus - number) / sizes.spus;
        NewSpu { run, number, skus: its_skus, at: now - Duration::seconds(age) }
    });
    let spus: Vec<_> = spus.collect();
    InsertBatch::load(conn, catalog, &spus)?.write(conn)?;
    Ok(skus)
}

/// Writes the users with these numbers, each with an address. Returns how many users it wrote.
fn add_users(conn: &mut PgConnection, numbers: Range<i64>, hash: &str, now: DateTime<Utc>) -> QueryResult<i64> {
    let count = numbers.end - numbers.start;
    let ids = rows::ids(conn, "users", usize::try_from(count).unwrap_or_default())?;
    let users = numbers.zip(ids).map(|(number, id)| FakeUser::new(id, format!("scale-{number}"), number, hash, now));
    users::write(conn, users.collect())?;
    Ok(count)
}

/// An SQL expression for the number of the last run of `till seed --scale`, which the slugs of its SPUs contain.
const LAST_RUN: &str =
    "(select max(substring(slug from '^scale-([0-9]{1,9})-')::bigint) from spus where slug like 'scale-%')";

/// An SQL expression for the number of the last generated user, which the usernames contain.
const LAST_USER: &str =
    "(select max(substring(username from '^scale-([0-9]{1,9})$')::bigint) from users where username like 'scale-%')";

/// Evaluates an SQL expression such as [`LAST_RUN`]; 0 if it is null.
fn highest(conn: &mut PgConnection, question: &'static str) -> QueryResult<i64> {
    let found: Option<i64> = diesel::select(dsl::sql::<Nullable<BigInt>>(question)).get_result(conn)?;
    Ok(found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { spus: 4, skus: 10, users: 0 };

    #[test]
    fn every_sku_belongs_to_one_spu() {
        let shared: Vec<_> = (0..4).map(|spu| SIZES.skus_of(spu)).collect();
        assert_eq!(shared, [0..3, 3..6, 6..8, 8..10]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_in_words() {
        assert!(SIZES.check().is_ok());
        let said = |sizes: Sizes| sizes.check().err().unwrap();
        assert!(said(Sizes { spus: 11, ..SIZES }).starts_with("--skus: 10 SKUs are too few for 11 SPUs"));
        assert!(said(Sizes { skus: 4001, ..SIZES }).starts_with("--skus: 4001 SKUs are too many for 4 SPUs"));
    }
}
