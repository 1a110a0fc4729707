//! The open transaction and savepoints of a connection. They are stored in the connection itself, because functions
//! that write get only a `PgConnection`, in the one place that Diesel offers: its instrumentation.

use diesel::{
    Connection, PgConnection, QueryResult,
    connection::{Instrumentation, InstrumentationEvent},
    result::Error,
};

use std::sync::Arc;

use super::{DbError, pool::Progress};

pub(super) type AfterCommitHook = Box<dyn FnOnce(&mut PgConnection) -> Result<(), DbError> + Send>;

/// An open transaction or savepoint: a block that can be rolled back alone.
#[derive(Default)]
pub(super) struct Block {
    /// True if [`set_rollback`](super::set_rollback) was called: the block is rolled back even if it returns `Ok`.
    pub(super) forced: bool,
    pub(super) hooks: Vec<AfterCommitHook>,
}

#[derive(Default)]
struct State {
    /// The open blocks (the transaction and the savepoints within it), outermost first.
    open: Vec<Block>,
    /// True if a statement has failed since the transaction began.
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

/// Makes the connection record in `progress` when it sends a statement and when that is answered.
pub(super) fn watch(conn: &mut PgConnection, progress: Arc<Progress>) {
    conn.set_instrumentation(State { progress: Some(progress), ..State::default() });
}

pub(super) fn has_failed(conn: &mut PgConnection) -> bool {
    conn.instrumentation().downcast_mut().is_some_and(|State { has_failed, .. }| *has_failed)
}

fn open(conn: &mut PgConnection) -> Option<&mut Vec<Block>> {
    conn.instrumentation().downcast_mut().map(|State { open, .. }| open)
}

pub(super) fn enter(conn: &mut PgConnection) {
    match conn.instrumentation().downcast_mut::<State>() {
        Some(state) => {
            state.has_failed &= !state.open.is_empty();
            state.open.push(Block::default());
        }
        None => conn.set_instrumentation(State { open: vec![Block::default()], ..State::default() }),
    }
}

pub(super) fn leave(conn: &mut PgConnection) -> Block {
    open(conn).and_then(Vec::pop).unwrap_or_default()
}

/// Returns the innermost open block; [`Error::NotInTransaction`] if there is none.
pub(super) fn innermost(conn: &mut PgConnection) -> QueryResult<&mut Block> {
    open(conn).and_then(|open| open.last_mut()).ok_or(Error::NotInTransaction)
}
