//! `till listings`: repairs the lists of products.

use clap::Subcommand;
use std::process::ExitCode;

use super::CommandResult;
use crate::catalog;

/// The commands for the lists of products.
#[derive(Subcommand)]
pub(super) enum ListingsCommand {
    /// Compare all products with the lists and their counts, and correct what differs
    Rebuild,
}

pub(super) fn listings(what: &ListingsCommand) -> CommandResult {
    match what {
        ListingsCommand::Rebuild => rebuild(),
    }
}

fn rebuild() -> CommandResult {
    let mut conn = super::connect(&super::database_url()?)?;
    let corrected = catalog::rebuild_listings(&mut conn).map_err(|error| error.to_string())?;
    println!("Corrected {} products in the lists, and {} counts.", corrected.products, corrected.counts);
    Ok(ExitCode::SUCCESS)
}
