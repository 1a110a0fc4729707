//! The `till` command: what operators type.

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
    /// Run the shop: pages for shoppers and staff, and the work that committed orders still owe
    Serve,
    /// Bring the tables up to this version
    Migrate,
    /// Fill the shop: with the demo catalog, or with as many generated goods and users as wanted
    Seed(seed::Seed),
    /// Check that the books agree: stock, sales and the sums of orders
    Reconcile(reconcile::Reconcile),
    /// Say who may come behind the counter
    #[command(subcommand)]
    Staff(staff::Staff),
}

/// Reads the command line, does what it says, and says in one line what went wrong.
pub fn run() -> ExitCode {
    let till = Till::parse();
    let outcome = match till.command {
        Command::Serve => serve::serve(),
        Command::Migrate => migrate(),
        Command::Seed(what) => seed::seed(&what),
        Command::Reconcile(how) => reconcile::reconcile(&how),
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

/// What a command ends with: an exit code, or one line that says why it could not.
type Outcome = Result<ExitCode, String>;

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn config() -> Result<Config, String> {
    Config::read(&Env(&environment)).map_err(|error| error.to_string())
}

fn database_url() -> Result<String, String> {
    config::database_url(&Env(&environment)).map_err(|error| error.to_string())
}

/// One connection to the shop's database, for commands that need no pool.
fn connect(database_url: &str) -> Result<PgConnection, String> {
    PgConnection::establish(&db::with_timeouts(database_url))
        .map_err(|error| format!("DATABASE_URL: cannot connect: {}", error.to_string().trim()))
}

fn migrate() -> Outcome {
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
