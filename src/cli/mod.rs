//! The `till` command line.

mod listings;
mod reconcile;
mod seed;
mod serve;
mod staff;

use clap::{Parser, Subcommand};
use diesel::{Connection, PgConnection};
use std::process::ExitCode;

use crate::{
    config::{self, Config, Env},
    platform::db,
};

/// A complete shop in one program.
#[derive(Parser)]
#[command(name = "till", version, about, disable_help_subcommand = true)]
struct Till {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shop: pages for shoppers and staff, and background jobs
    Serve,
    /// Run the pending database migrations
    Migrate,
    /// Fill the shop with the demo catalog, or with any number of generated products and users
    Seed(seed::Seed),
    /// Check that stock, sales, orders and payments agree, or compare a gateway's bill with payments
    Reconcile(reconcile::Reconcile),
    /// Repair the lists of products
    #[command(subcommand)]
    Listings(listings::ListingsCommand),
    /// Manage staff accounts
    #[command(subcommand)]
    Staff(staff::StaffCommand),
}

/// Runs the command on the command line; an error is printed as one line.
pub fn run() -> ExitCode {
    let till = Till::parse();
    let outcome = match till.command {
        Command::Serve => serve::serve(),
        Command::Migrate => migrate(),
        Command::Seed(what) => seed::seed(&what),
        Command::Reconcile(how) => reconcile::reconcile(&how),
        Command::Listings(what) => listings::listings(&what),
        Command::Staff(what) => staff::staff(what),
    };
    db::no_more_connections();
    match outcome {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("till: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The exit code of a command, or an error message of one line.
type CommandResult = Result<ExitCode, String>;

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn config() -> Result<Config, String> {
    Config::read(&Env(&environment)).map_err(|error| error.to_string())
}

fn database_url() -> Result<String, String> {
    config::database_url(&Env(&environment)).map_err(|error| error.to_string())
}

/// Opens a single connection to the database, for commands that need no pool.
fn connect(database_url: &str) -> Result<PgConnection, String> {
    PgConnection::establish(&db::with_timeouts(database_url))
        .map_err(|error| format!("DATABASE_URL: cannot connect: {}", error.to_string().trim()))
}

fn migrate() -> CommandResult {
    let mut conn = connect(&database_url()?)?;
    if let Some(trouble) = db::check_encoding(&mut conn).map_err(|error| error.to_string())? {
        eprintln!("till: {trouble}");
    }
    let ran = db::migrate(&mut conn)?;
    match ran.len() {
        0 => println!("The tables are up to date."),
        _ => ran.iter().for_each(|name| println!("Ran migration {name}")),
    }
    Ok(ExitCode::SUCCESS)
}
