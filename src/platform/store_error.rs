//! An error of PostgreSQL or of Redis, for work that needs both.

use super::{db::DbError, redis};

#[derive(Debug)]
pub enum StoreError {
    Database(DbError),
    Redis(redis::Error),
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<redis::Error> for StoreError {
    fn from(error: redis::Error) -> Self {
        Self::Redis(error)
    }
}
