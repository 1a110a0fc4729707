//! What any program on PostgreSQL needs, and what the tables promise whatever the program does.

mod connections;
mod migrations;
mod outages;
mod outbox;
mod tables;
mod transaction;
