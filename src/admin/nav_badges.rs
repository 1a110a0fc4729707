//! The badges in the navigation of admin pages, which show what needs attention.

use diesel::{QueryableByName, RunQueryDsl, sql_types::BigInt};

use crate::{
    fapiao::{self, OpenFapiao},
    kernel::{OrderId, thousands},
    messages::Messages,
    orders::{self, LastReconciliation, ReconciliationStatus},
    payments::{self, PaymentTasks},
    platform::{
        clock,
        db::{Connection, Db, DbError, OneRow},
        outbox,
    },
    questions::{self, OpenQuestions},
    reviews, stock,
    web::PageError,
};

/// The numbers that the badges show.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct NavBadges {
    #[diesel(embed)]
    reconciliation: LastReconciliation,
    #[diesel(sql_type = BigInt)]
    failed_jobs: i64,
    #[diesel(sql_type = BigInt)]
    low_or_out: i64,
    #[diesel(embed)]
    payments: PaymentTasks,
    #[diesel(sql_type = BigInt)]
    newest_order: OrderId,
    #[diesel(sql_type = BigInt)]
    new_reviews: i64,
    #[diesel(embed)]
    questions: OpenQuestions,
    #[diesel(embed)]
    fapiao: OpenFapiao,
}

/// A badge beside a link: its CSS class, its sign, and its meaning as text.
pub(super) struct Badge {
    pub(super) class: &'static str,
    pub(super) sign: String,
    pub(super) words: String,
}

impl NavBadges {
    pub(super) async fn load(db: &Db) -> Result<Self, PageError> {
        Ok(db.run(Self::load_with).await?)
    }

    /// Loads all numbers with one statement, because every page of staff shows them.
    pub(super) fn load_with(conn: &mut Connection) -> Result<Self, DbError> {
        let counts = OneRow(&[
            &orders::last_reconciliation(),
            &orders::newest_order(),
            &outbox::failed_count(),
            &stock::low_or_out_statement(),
            &payments::payment_tasks_statement(payments::stuck_before(clock::now())),
            &reviews::new_reviews_statement(),
            &questions::open_questions_statement(),
            &fapiao::open_fapiao_statement(),
        ]);
        Ok(counts.get_result(conn)?)
    }

    /// Returns the number of SKUs that are low or sold out, counted up to [`stock::MAX_BADGE_COUNT`] + 1.
    pub(super) fn low_or_out(&self) -> i64 {
        self.low_or_out
    }

    /// Returns the newest order at the time when the page was made; the page asks later how many have come since.
    pub(super) fn newest_order(&self) -> OrderId {
        self.newest_order
    }

    /// Returns the number of outbox jobs that have failed too often and wait for staff.
    pub(super) fn failed_jobs(&self) -> i64 {
        self.failed_jobs
    }

    /// Returns the numbers of payments and refunds that staff have to do something about.
    pub(super) fn payment_tasks(&self) -> PaymentTasks {
        self.payments
    }

    /// Returns a badge if the last reconciliation or the last bill of a gateway has mismatches, or is not recent;
    /// `None` if all is well.
    pub(super) fn reconciliation(&self, t: &Messages) -> Option<Badge> {
        let own = self.own_reconciliation(t);
        if own.as_ref().is_some_and(|badge| badge.class == "badge-danger") {
            return own;
        }
        match self.payments.bill_status() {
            Some(ReconciliationStatus::Mismatched(n)) => {
                Some(Badge { class: "badge-danger", sign: n.to_string(), words: t.bills_last_mismatches(n) })
            }
            Some(ReconciliationStatus::Failed) => {
                Some(Badge { class: "badge-low", sign: "!".to_owned(), words: t.bills_last_failed().to_owned() })
            }
            _ => own,
        }
    }

    fn own_reconciliation(&self, t: &Messages) -> Option<Badge> {
        let badge = |class, sign: &str, words: String| Some(Badge { class, sign: sign.to_owned(), words });
        match self.reconciliation.status(clock::now()) {
            ReconciliationStatus::Passed => None,
            ReconciliationStatus::Mismatched(n) => {
                badge("badge-danger", &n.to_string(), t.reconciliation_mismatches(n))
            }
            ReconciliationStatus::Failed => badge("badge-danger", "!", t.reconciliation_failed().to_owned()),
            ReconciliationStatus::Outdated => badge("badge-low", "!", t.reconciliation_outdated().to_owned()),
            ReconciliationStatus::Never => badge("badge-low", "!", t.reconciliation_never().to_owned()),
        }
    }

    pub(super) fn stock(&self, t: &Messages) -> Option<Badge> {
        let sign = low_stock_count(self.low_or_out);
        let words = t.stock_low_many(&sign);
        (self.low_or_out > 0).then_some(Badge { class: "badge-low", sign, words })
    }

    pub(super) fn payments(&self, t: &Messages) -> Option<Badge> {
        let total = self.payments.total();
        let sign = thousands(&total);
        let words = t.payments_waiting(&sign);
        (total > 0).then_some(Badge { class: "badge-danger", sign, words })
    }

    /// Returns the number of reviews that staff have not looked at, formatted; `None` if there are none.
    pub(super) fn new_reviews(&self) -> Option<String> {
        (self.new_reviews > 0).then(|| capped_count(self.new_reviews, reviews::MAX_NEW_COUNT))
    }

    pub(super) fn reviews(&self, t: &Messages) -> Option<Badge> {
        let sign = self.new_reviews()?;
        let words = t.reviews_new_many(&sign);
        Some(Badge { class: "badge-accent", sign, words })
    }

    pub(super) fn questions(&self, t: &Messages) -> Option<Badge> {
        let sign = capped_count(self.questions.count, questions::MAX_OPEN_COUNT);
        let words = t.questions_open_many(&sign);
        (self.questions.count > 0).then_some(Badge { class: "badge-accent", sign, words })
    }

    /// Returns the questions that wait for an answer.
    pub(super) fn open_questions(&self) -> OpenQuestions {
        self.questions
    }

    /// Returns how many requests for a fapiao wait for staff, and since when.
    pub(super) fn open_fapiao(&self) -> OpenFapiao {
        self.fapiao
    }

    /// Returns whether the shop has anything to do with fapiao: shoppers can ask for one, or a request waits.
    pub(super) fn has_fapiao(&self) -> bool {
        self.fapiao.is_on || self.fapiao.count > 0
    }

    pub(super) fn fapiao(&self, t: &Messages) -> Option<Badge> {
        let sign = capped_count(self.fapiao.count, fapiao::MAX_OPEN_COUNT);
        let words = t.fapiao_open_many(&sign);
        (self.fapiao.count > 0).then_some(Badge { class: "badge-accent", sign, words })
    }

    /// Returns the badge of the "more" menu: the most urgent badge of the pages in it; `None` if none of them has one.
    pub(super) fn more(&self, t: &Messages) -> Option<Badge> {
        self.outbox(t).or_else(|| self.reconciliation(t)).or_else(|| self.fapiao(t))
    }

    pub(super) fn outbox(&self, t: &Messages) -> Option<Badge> {
        let sign = thousands(&self.failed_jobs);
        let words = t.outbox_failed(&sign);
        (self.failed_jobs > 0).then_some(Badge { class: "badge-danger", sign, words })
    }
}

/// Formats a number of SKUs that are low or sold out, such as "12"; "1,000+" if there are more.
pub(super) fn low_stock_count(count: i64) -> String {
    capped_count(count, stock::MAX_BADGE_COUNT)
}

/// Formats a number that was counted up to `max` + 1; a number above `max` becomes "1,000+" (for a `max` of 1,000).
pub(super) fn capped_count(count: i64, max: i64) -> String {
    if count > max { format!("{}+", thousands(&max)) } else { thousands(&count) }
}
