//! What the head of every page behind the counter shows: where somebody should have a look.

use super::stock_words;
use crate::{
    messages::Messages,
    orders::{self, Standing},
    platform::{
        clock,
        db::{Connection, Db, DbError},
        outbox,
    },
    stock,
    web::{PageError, grouped},
};

/// The marks beside the links.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counter {
    books: Standing,
    given_up: i64,
    short: i64,
}

/// A mark beside a link: the badge's class, what it shows, and what it means.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) sign: String,
    pub(super) words: String,
}

impl Counter {
    pub(super) async fn load(db: &Db) -> Result<Self, PageError> {
        Ok(db.run(Self::ask).await?)
    }

    pub(super) fn ask(conn: &mut Connection) -> Result<Self, DbError> {
        let books = orders::standing_of_books(conn, clock::now())?;
        let given_up = outbox::backlog(conn)?.given_up;
        Ok(Self { books, given_up, short: stock::count_low_or_out(conn)? })
    }

    /// How many SKUs are low or sold out, counted up to a thousand and one.
    pub(super) fn short(&self) -> i64 {
        self.short
    }

    /// How many promises wait for a person.
    pub(super) fn given_up(&self) -> i64 {
        self.given_up
    }

    /// Where the books do not agree, or nobody knows whether they do.
    pub(super) fn books(&self, t: &Messages) -> Option<Mark> {
        let mark = |class, sign: &str, words: String| Some(Mark { class, sign: sign.to_owned(), words });
        match self.books {
            Standing::Agree => None,
            Standing::Disagree(n) => mark("badge-danger", &n.to_string(), t.reconciliation_mismatches(n)),
            Standing::Failed => mark("badge-danger", "!", t.reconciliation_failed().to_owned()),
            Standing::Old => mark("badge-low", "!", t.reconciliation_outdated().to_owned()),
            Standing::Never => mark("badge-low", "!", t.reconciliation_never().to_owned()),
        }
    }

    /// Where SKUs run out.
    pub(super) fn stock(&self, t: &Messages) -> Option<Mark> {
        let sign = stock_words::short(self.short);
        let words = t.stock_low_many(&sign);
        (self.short > 0).then_some(Mark { class: "badge-low", sign, words })
    }

    /// Where promises wait for a person.
    pub(super) fn outbox(&self, t: &Messages) -> Option<Mark> {
        let sign = grouped(&self.given_up);
        let words = t.outbox_failed(&sign);
        (self.given_up > 0).then_some(Mark { class: "badge-danger", sign, words })
    }
}
