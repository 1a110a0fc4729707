//! What the head of every page behind the counter shows: where somebody should have a look.

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
pub(super) struct NavBadges {
    books: Standing,
    given_up: i64,
    short: i64,
}

/// A mark beside a link: the badge's class, what it shows, and what it means.
pub(super) struct Badge {
    pub(super) class: &'static str,
    pub(super) sign: String,
    pub(super) words: String,
}

impl NavBadges {
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
    pub(super) fn books(&self, t: &Messages) -> Option<Badge> {
        let mark = |class, sign: &str, words: String| Some(Badge { class, sign: sign.to_owned(), words });
        match self.books {
            Standing::Agree => None,
            Standing::Disagree(n) => mark("badge-danger", &n.to_string(), t.reconciliation_mismatches(n)),
            Standing::Failed => mark("badge-danger", "!", t.reconciliation_failed().to_owned()),
            Standing::Old => mark("badge-low", "!", t.reconciliation_outdated().to_owned()),
            Standing::Never => mark("badge-low", "!", t.reconciliation_never().to_owned()),
        }
    }

    /// Where SKUs run out.
    pub(super) fn stock(&self, t: &Messages) -> Option<Badge> {
        let sign = low_stock_count(self.short);
        let words = t.stock_low_many(&sign);
        (self.short > 0).then_some(Badge { class: "badge-low", sign, words })
    }

    /// Where promises wait for a person.
    pub(super) fn outbox(&self, t: &Messages) -> Option<Badge> {
        let sign = grouped(&self.given_up);
        let words = t.outbox_failed(&sign);
        (self.given_up > 0).then_some(Badge { class: "badge-danger", sign, words })
    }
}

/// A number of SKUs that are low or sold out. They are counted only up to 1,001, so above a thousand it is "1,000+".
pub(super) fn low_stock_count(count: i64) -> String {
    const MAX: i64 = 1_000;
    if count > MAX { format!("{}+", grouped(&MAX)) } else { grouped(&count) }
}
