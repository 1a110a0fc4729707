//! `till seed`: demo data, or generated data of any size.

mod batch_runner;
mod catalog;
mod demo;
mod generator;
mod name_lists;
mod orders;
mod papers;
mod products;
mod rows;
mod scale;
mod users;

use clap::{Args, value_parser};
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};
use std::{io::Write, process::ExitCode};

use super::CommandResult;
use crate::{
    config::Stores,
    platform::{clock, db},
};

pub(super) use users::demo_list;

/// The arguments of `till seed`.
#[derive(Args)]
pub(super) struct Seed {
    #[command(flatten)]
    what: SeedTarget,
    /// How many SPUs to generate
    #[arg(long, value_name = "N", default_value_t = 1_000, conflicts_with = "demo", value_parser = value_parser!(i64).range(1..=1_000_000))]
    spus: i64,
    /// How many SKUs to generate, spread over the SPUs
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with = "demo", value_parser = value_parser!(i64).range(1..=10_000_000))]
    skus: i64,
    /// How many users to generate, each with an address
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with = "demo", value_parser = value_parser!(i64).range(0..=10_000_000))]
    users: i64,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct SeedTarget {
    /// Fill an empty shop with the demo catalog, users and orders
    #[arg(long)]
    demo: bool,
    /// Add generated products and users, to test the shop at scale
    #[arg(long)]
    scale: bool,
}

pub(super) fn seed(seed: &Seed) -> CommandResult {
    let config = super::config()?;
    let mut conn = super::connect(&config.stores.database_url)?;
    if db::pending_migrations(&mut conn)? {
        return Err("the tables are not up to date: run `till migrate` first".to_owned());
    }
    let done = if seed.what.demo {
        demo::fill(&mut conn, &config, clock::now())
    } else {
        scale(seed, &mut conn, &config.stores)
    };
    done.map_err(|failed| failed.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn scale(seed: &Seed, conn: &mut PgConnection, stores: &Stores) -> Result<(), SeedError> {
    let sizes = scale::Sizes { spus: seed.spus, skus: seed.skus, users: seed.users };
    scale::fill(conn, stores, sizes.check()?, clock::now())
}

#[derive(Debug)]
enum SeedError {
    /// The demo catalog or the arguments contain a contradiction.
    Plan(String),
    Database(diesel::result::Error),
    /// A thread that writes rows panicked.
    Panicked,
}

impl std::fmt::Display for SeedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plan(problem) => f.write_str(problem),
            Self::Database(error) => error.fmt(f),
            Self::Panicked => f.write_str("stopped by a panic"),
        }
    }
}

impl From<String> for SeedError {
    fn from(problem: String) -> Self {
        Self::Plan(problem)
    }
}

impl From<diesel::result::Error> for SeedError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

impl db::TransactionError for SeedError {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Plan(_) | Self::Panicked => None,
            Self::Database(error) => Some(error),
        }
    }
}

/// Takes an advisory lock, so that only one process seeds the shop at a time. It lasts until the connection closes.
fn lock_seeding(conn: &mut PgConnection) -> QueryResult<()> {
    sql_query("select pg_advisory_lock(hashtext('till seed'))").execute(conn).map(|_| ())
}

/// Updates the planner's statistics of the filled tables (SQL `analyze`).
fn analyze(conn: &mut PgConnection) -> QueryResult<()> {
    sql_query(
        "analyze users, addresses, brands, categories, spus, skus, options, option_values, sku_option_values, images, \
         texts, stock_movements, orders, order_goods, payments, reviews, review_figures, \
         listings, listing_counts",
    )
    .execute(conn)
    .map(|_| ())
}

/// Converts a length or index to the `integer` of a database column.
fn position(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// Prints a line to standard output. Ignores errors, so that seeding goes on if standard output is closed.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
