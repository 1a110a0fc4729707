use chrono::{DateTime, Utc};

use crate::messages::Messages;

/// Formats the time from `since` to `now`: in minutes, from one hour on in hours, from two days on in days.
pub(super) fn waiting_time(t: Messages, since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - since;
    match (age.num_days(), age.num_hours()) {
        (..2, ..1) => t.dashboard_minutes(age.num_minutes().max(0)),
        (..2, hours) => t.dashboard_hours(hours),
        (days, _) => t.dashboard_days(days),
    }
}
