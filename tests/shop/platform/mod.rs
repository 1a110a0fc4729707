//! What does not depend on the domains: connections, migrations, outages, outbox, transactions, and the constraints of
//! the tables.

mod connections;
mod migrations;
mod outages;
mod outbox;
mod sql_files;
mod tables;
mod transaction;
