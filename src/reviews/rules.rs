//! Who may review what, and what a review adds to the figures of its product.

use chrono::{DateTime, TimeDelta, Utc};

use super::model::{Review, ReviewStatus};
use crate::orders::{LineState, Status};

/// How long after the receipt of an order its goods can be reviewed.
pub const MAX_REVIEW_AGE: TimeDelta = TimeDelta::days(180);

/// Why an order line cannot be reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewRefusal {
    /// The order was not received, or all its money went back.
    NotReceived,
    /// Nothing of the line is left with the shopper: it was not sent, or came back.
    Returned,
    TooLate,
}

/// Returns how many units of a line the shopper has got and kept.
pub fn units_kept(line: &LineState) -> i32 {
    line.sent_count - line.returned_count
}

/// Decides whether a line of an order can be reviewed.
pub fn check_reviewable(
    (status, received_at): (Status, Option<DateTime<Utc>>),
    line: &LineState,
    now: DateTime<Utc>,
) -> Result<(), ReviewRefusal> {
    let is_received = matches!(status, Status::Unreviewed | Status::Finished);
    let Some(received_at) = received_at.filter(|_| is_received) else { return Err(ReviewRefusal::NotReceived) };
    if units_kept(line) <= 0 {
        return Err(ReviewRefusal::Returned);
    }
    if now - received_at > MAX_REVIEW_AGE {
        return Err(ReviewRefusal::TooLate);
    }
    Ok(())
}

/// What reviews add to the figures of a product; also a change of these figures, which may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReviewFigures {
    pub(super) count: i32,
    pub(super) star_sum: i64,
    /// The number of reviews with pictures.
    pub(super) pictured: i32,
}

impl ReviewFigures {
    /// Returns what one review adds: nothing unless it is shown.
    pub(super) fn of(review: &Review) -> Self {
        if review.status != ReviewStatus::Shown {
            return Self::default();
        }
        Self { count: 1, star_sum: review.stars.get().into(), pictured: i32::from(review.picture_count > 0) }
    }

    /// Returns by how much the figures of a product change if a review that added `before` until now adds `self` from
    /// now on.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            count: self.count - before.count,
            star_sum: self.star_sum - before.star_sum,
            pictured: self.pictured - before.pictured,
        }
    }
}

/// Returns the status of a review after its shopper has written or changed it.
pub(super) fn status_of_change(before: Option<ReviewStatus>, needs_approval: bool) -> ReviewStatus {
    match before {
        Some(ReviewStatus::Hidden) => ReviewStatus::Hidden,
        Some(ReviewStatus::Waiting) => ReviewStatus::Waiting,
        _ if needs_approval => ReviewStatus::Waiting,
        _ => ReviewStatus::Shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Money, OrderLineId, SkuId};

    fn line(sent: i32, returned: i32) -> LineState {
        LineState {
            id: OrderLineId(1),
            sku_id: SkuId(1),
            name: String::new(),
            options: String::new(),
            price: Money::ZERO,
            count: 3,
            withdrawn_count: 0,
            sent_count: sent,
            returned_count: returned,
            discount: Money::ZERO,
            waived_amount: Money::ZERO,
            refunded_amount: Money::ZERO,
        }
    }

    #[test]
    fn only_what_was_received_and_kept_is_reviewed_and_not_for_ever() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(400);
        let at = |status, days| (status, Some(now - TimeDelta::days(days)));
        let (kept, back) = (line(3, 2), line(3, 3));
        for status in Status::ALL {
            let wanted = if matches!(status, Status::Unreviewed | Status::Finished) {
                Ok(())
            } else {
                Err(ReviewRefusal::NotReceived)
            };
            assert_eq!(check_reviewable(at(status, 1), &kept, now), wanted, "{status:?}");
        }
        let unreviewed = Status::Unreviewed;
        assert_eq!(check_reviewable((unreviewed, None), &kept, now), Err(ReviewRefusal::NotReceived));
        assert_eq!(check_reviewable(at(unreviewed, 1), &back, now), Err(ReviewRefusal::Returned));
        assert_eq!(check_reviewable(at(unreviewed, 1), &line(0, 0), now), Err(ReviewRefusal::Returned));
        assert_eq!(check_reviewable(at(unreviewed, 180), &kept, now), Ok(()));
        assert_eq!(check_reviewable(at(unreviewed, 181), &kept, now), Err(ReviewRefusal::TooLate));
    }

    #[test]
    fn an_edit_shows_nothing_that_staff_have_hidden_or_not_approved() {
        use ReviewStatus::{Hidden, Shown, Waiting};
        let cases = [
            (None, [Shown, Waiting]),
            (Some(Shown), [Shown, Waiting]),
            (Some(Waiting), [Waiting, Waiting]),
            (Some(Hidden), [Hidden, Hidden]),
        ];
        for (before, after) in cases {
            assert_eq!([false, true].map(|approval| status_of_change(before, approval)), after, "{before:?}");
        }
    }
}
