//! Counts the searches that found nothing, by day, for staff.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Date, Text},
};

use crate::platform::db::statement;

/// The maximum number of different texts that are counted on one day.
const MAX_PER_DAY: i64 = 2_000;
const MAX_LEN: usize = 60;
/// A text with this many digits in a row is not counted: it may be a phone number, a card number or an order number.
const MIN_PRIVATE_DIGITS: usize = 7;
/// The maximum number of texts on the page for staff.
const MAX_SHOWN: i64 = 200;

/// A searched text for which nothing was found, with the number of such searches and the last day.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct MissedSearch {
    #[diesel(sql_type = Text)]
    pub words: String,
    #[diesel(sql_type = BigInt)]
    pub searches: i64,
    #[diesel(sql_type = Date)]
    pub last_day: NaiveDate,
}

statement! {
    RecordMiss(day: NaiveDate as Date, words: String as Text, most: i64 as BigInt) -> () =
    "insert into search_misses (day, words)
     select " day ", " words "
     where exists (select from search_misses where day = " day " and words = " words ")
        or (select count(*) from search_misses where day = " day ") < " most "
     on conflict (day, words) do update set searches = search_misses.searches + 1"
}

/// Counts a search that found nothing, for the day of `now` in `zone`. Does nothing if the text may say something about
/// a person, or if [`MAX_PER_DAY`] other texts are counted on that day.
pub(in crate::catalog) fn record_miss(
    conn: &mut PgConnection,
    words: &str,
    now: DateTime<Utc>,
    zone: FixedOffset,
) -> QueryResult<()> {
    let Some(words) = countable(words) else { return Ok(()) };
    RecordMiss { day: now.with_timezone(&zone).date_naive(), words, most: MAX_PER_DAY }.execute(conn).map(|_| ())
}

/// Returns the text as it is counted: in lower case, trimmed and cut. `None` if it could contain an email address or
/// has [`MIN_PRIVATE_DIGITS`] digits in a row.
fn countable(words: &str) -> Option<String> {
    let counted: String = words.to_lowercase().chars().take(MAX_LEN).collect();
    let counted = counted.trim().to_owned();
    let (mut digits, mut longest) = (0, 0);
    for c in words.chars() {
        digits = match c {
            c if c.is_numeric() => digits + 1,
            ' ' | '-' | '.' | '(' | ')' | '+' => digits,
            _ => 0,
        };
        longest = longest.max(digits);
    }
    let is_private = longest >= MIN_PRIVATE_DIGITS || words.contains('@');
    (!is_private && !counted.is_empty()).then_some(counted)
}

statement! {
    MissedSearches(since: NaiveDate as Date, most: i64 as BigInt) -> [MissedSearch] =
    "select words, sum(searches)::bigint as searches, max(day) as last_day from search_misses
     where day > " since " group by words order by 2 desc, 3 desc, 1 limit " most
}

/// Loads the texts for which nothing was found in the last 30 days, the most frequently searched first, at most
/// [`MAX_SHOWN`].
pub fn missed_searches(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    zone: FixedOffset,
) -> QueryResult<Vec<MissedSearch>> {
    let since = now.with_timezone(&zone).date_naive() - chrono::Days::new(30);
    MissedSearches { since, most: MAX_SHOWN }.load(conn)
}

statement! {
    DeleteOldMisses() -> () = "delete from search_misses where day < current_date - 90"
}

/// Deletes the counts of days more than 90 days ago. Returns how many rows.
pub(in crate::catalog) fn delete_old_misses(conn: &mut PgConnection) -> QueryResult<usize> {
    DeleteOldMisses {}.execute(conn)
}

#[cfg(test)]
mod tests {
    use super::countable;

    #[test]
    fn what_may_tell_about_a_person_is_not_counted() {
        assert_eq!(countable("Purple Elephant").as_deref(), Some("purple elephant"));
        assert_eq!(countable("a5 120 gsm").as_deref(), Some("a5 120 gsm"));
        for private in ["13800138000", "138 0013 8000", "mei@example.com", "order 2026113000017", " "] {
            assert_eq!(countable(private), None, "{private}");
        }
    }
}
