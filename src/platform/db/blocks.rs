//! What a connection remembers of the blocks that are open on it.
//!
//! Actions hand on a plain `PgConnection`, so that is where it has to be kept. Diesel lets a connection carry one value of
//! ours, meant for watching its statements; whoever wants to watch them does so here.

use diesel::{
    Connection, PgConnection, QueryResult,
    connection::{Instrumentation, InstrumentationEvent},
    result::Error,
};

use super::DbError;

/// Runs after the outermost commit.
pub(super) type Hook = Box<dyn FnOnce(&mut PgConnection) -> Result<(), DbError> + Send>;

/// A block that can be undone alone: the transaction itself, or one with a savepoint.
#[derive(Default)]
pub(super) struct Block {
    /// Whether it is rolled back whatever it answers.
    pub(super) forced: bool,
    pub(super) hooks: Vec<Hook>,
}

/// The open blocks of a connection, the outermost first.
struct Blocks(Vec<Block>);

impl Instrumentation for Blocks {
    fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {}
}

fn open(conn: &mut PgConnection) -> Option<&mut Vec<Block>> {
    conn.instrumentation().downcast_mut().map(|Blocks(open)| open)
}

/// A block begins.
pub(super) fn enter(conn: &mut PgConnection) {
    match open(conn) {
        Some(open) => open.push(Block::default()),
        None => conn.set_instrumentation(Blocks(vec![Block::default()])),
    }
}

/// The innermost block ends.
pub(super) fn leave(conn: &mut PgConnection) -> Block {
    open(conn).and_then(Vec::pop).unwrap_or_default()
}

/// The block that statements now belong to.
///
/// # Errors
/// [`Error::NotInTransaction`].
pub(super) fn innermost(conn: &mut PgConnection) -> QueryResult<&mut Block> {
    open(conn).and_then(|open| open.last_mut()).ok_or(Error::NotInTransaction)
}
