//! What a connection remembers of the blocks that are open on it.
//!
//! Actions hand on a plain `PgConnection`, so that is where it has to be kept. Diesel lets a connection carry one value of
//! ours, meant for watching its statements; whoever wants to watch them does so here.

use diesel::{
    Connection, PgConnection, QueryResult,
    connection::{Instrumentation, InstrumentationEvent},
    result::Error,
};

use std::sync::Arc;

use super::{DbError, pool::Progress};

/// Runs after the outermost commit.
pub(super) type Hook = Box<dyn FnOnce(&mut PgConnection) -> Result<(), DbError> + Send>;

/// A block that can be undone alone: the transaction itself, or one with a savepoint.
#[derive(Default)]
pub(super) struct Block {
    /// Whether it is rolled back whatever it answers.
    pub(super) forced: bool,
    pub(super) hooks: Vec<Hook>,
}

/// What a connection carries.
#[derive(Default)]
struct State {
    /// The open blocks, the outermost first.
    open: Vec<Block>,
    /// Whether a statement has failed since the transaction began.
    has_failed: bool,
    progress: Option<Arc<Progress>>,
}

impl Instrumentation for State {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match (event, &self.progress) {
            (InstrumentationEvent::StartQuery { .. }, Some(progress)) => progress.sent(),
            (InstrumentationEvent::FinishQuery { error, .. }, progress) => {
                self.has_failed |= error.is_some();
                if let Some(progress) = progress {
                    progress.answered();
                }
            }
            _ => {}
        }
    }
}

/// From now on `progress` says whether the connection waits for an answer.
pub(super) fn watch(conn: &mut PgConnection, progress: Arc<Progress>) {
    conn.set_instrumentation(State { progress: Some(progress), ..State::default() });
}

/// Whether a statement has failed since the outermost block began.
pub(super) fn has_failed(conn: &mut PgConnection) -> bool {
    conn.instrumentation().downcast_mut().is_some_and(|State { has_failed, .. }| *has_failed)
}

fn open(conn: &mut PgConnection) -> Option<&mut Vec<Block>> {
    conn.instrumentation().downcast_mut().map(|State { open, .. }| open)
}

/// A block begins.
pub(super) fn enter(conn: &mut PgConnection) {
    match conn.instrumentation().downcast_mut::<State>() {
        Some(state) => {
            state.has_failed &= !state.open.is_empty();
            state.open.push(Block::default());
        }
        None => conn.set_instrumentation(State { open: vec![Block::default()], ..State::default() }),
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
