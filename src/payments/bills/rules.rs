//! The rules that must hold between a bill and the shop's payments, and the times at which bills are requested.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{BillCheck, BillCheckResult, BillTotals, KnownEntries, KnownEntry};
use crate::{
    kernel::Money,
    orders::Mismatch,
    payments::gateway::{BillLine, BillLineKind},
};

/// How much the clocks of a gateway and of the shop may differ when their times are compared.
pub(super) const CLOCK_GRACE: TimeDelta = TimeDelta::minutes(2);
/// For how many earlier days bills are requested too, if a refund is missing in a bill: the gateway may have carried it
/// out long before the shop learned that.
const MAX_EARLIER_DAYS: usize = 7;

/// A bill that the gateway does not have, or that cannot be parsed, is requested again after this time, until
/// [`RETRY_FOR`] after the bill was due.
const RETRY_INTERVAL: TimeDelta = TimeDelta::minutes(30);
const RETRY_FOR: TimeDelta = TimeDelta::days(3);

/// The text of a mismatch for the value of the side (bill or shop) that lacks the payment or refund.
const NOTHING: &str = "–";

/// Returns when the gateway has the bill of a day: at the time of day `time` on the next day.
pub fn bill_due_at(day: NaiveDate, time: NaiveTime, zone: FixedOffset) -> Option<DateTime<Utc>> {
    let next = day.succ_opt()?.and_time(time);
    Some(next.and_local_timezone(zone).earliest()?.to_utc())
}

/// Returns when to request a gateway's bill again that was due at `due`; `None` if it is not requested any more.
pub fn retry_bill_at(due: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (now < due + RETRY_FOR).then(|| now + RETRY_INTERVAL)
}

/// The numbers that identify the payments and refunds in a gateway's bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct BillNumbers {
    pub(super) payments: BTreeSet<String>,
    pub(super) refunds: BTreeSet<String>,
}

pub(super) fn numbers(lines: &[BillLine]) -> BillNumbers {
    let mut numbers = BillNumbers::default();
    for line in lines {
        match &line.kind {
            BillLineKind::Payment => drop(numbers.payments.insert(line.payment_number.clone())),
            BillLineKind::Refund(Some(number)) => drop(numbers.refunds.insert(number.clone())),
            BillLineKind::Refund(None) | BillLineKind::Other(_) => {}
        }
    }
    numbers
}

impl BillNumbers {
    pub(super) fn extend(&mut self, other: Self) {
        self.payments.extend(other.payments);
        self.refunds.extend(other.refunds);
    }
}

/// A day, as (its start, the start of the next day).
pub(super) type DayRange = (DateTime<Utc>, DateTime<Utc>);

/// Returns whether a payment or refund must be in the bill of this day or of an earlier one, because the gateway
/// carried it out by the end of this day. If that is not certain, the bill of a later day is checked for it.
fn ends_within(entry: &KnownEntry, (start, end): DayRange) -> bool {
    entry.carried_out.is_some_and(|(_, latest)| start <= latest && latest < end)
}

/// Returns how many payments and refunds of the shop must be in the bill of this day or of an earlier one.
pub(super) fn expected(known: &KnownEntries, range: DayRange) -> usize {
    known.payments.iter().chain(&known.refunds).filter(|entry| ends_within(entry, range)).count()
}

/// Returns the earlier days whose bills may list payments and refunds that are missing in the bill of `day`: at most
/// seven, the latest first.
pub(super) fn earlier_days(
    known: &KnownEntries,
    listed: &BillNumbers,
    day: NaiveDate,
    range: DayRange,
    zone: FixedOffset,
) -> Vec<NaiveDate> {
    let payments = known.payments.iter().filter(|entry| !listed.payments.contains(&entry.number));
    let refunds = known.refunds.iter().filter(|entry| !listed.refunds.contains(&entry.number));
    let missing = payments.chain(refunds).filter(|entry| ends_within(entry, range));
    let earliest = missing.filter_map(|entry| entry.carried_out).map(|(earliest, _)| earliest).min();
    let Some(earliest) = earliest.map(|at| at.with_timezone(&zone).date_naive()) else { return Vec::new() };
    let mut days = Vec::new();
    let mut before = day.pred_opt();
    while let Some(day) = before.filter(|day| *day >= earliest && days.len() < MAX_EARLIER_DAYS) {
        days.push(day);
        before = day.pred_opt();
    }
    days
}

pub(super) fn totals(lines: &[BillLine]) -> BillTotals {
    let mut totals = BillTotals::default();
    for line in lines {
        totals.fees += line.fee;
        match line.kind {
            BillLineKind::Payment => {
                totals.payments = totals.payments.saturating_add(1);
                totals.paid = totals.paid + line.amount;
            }
            BillLineKind::Refund(_) => {
                totals.refunds = totals.refunds.saturating_add(1);
                totals.refunded = totals.refunded + line.amount;
            }
            BillLineKind::Other(_) => {}
        }
    }
    totals
}

/// What a gateway's bill says about one payment or refund.
struct Listed {
    trade_no: String,
    /// The amount of the payment or refund; the sum if the bill has several lines for it.
    amount: Money,
}

/// Compares a gateway's bill with the payments and refunds that the shop knows. `earlier` are the numbers in the bills
/// of [`earlier_days`].
pub(super) fn compare(
    lines: &[BillLine],
    known: &KnownEntries,
    earlier: &BillNumbers,
    range: DayRange,
) -> Vec<BillCheckResult> {
    let (mut payments, mut refunds, mut others) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for line in lines {
        match &line.kind {
            BillLineKind::Payment => add(&mut payments, line.payment_number.clone(), line),
            // A refund without a number was not made by the shop.
            BillLineKind::Refund(number) => add(&mut refunds, number.clone().unwrap_or_default(), line),
            BillLineKind::Other(name) => {
                let expected = format!("{name} {}", line.amount.plain());
                others.push(mismatch(&line.trade_no, NOTHING, expected));
            }
        }
    }
    let [payments_known, payments_listed, payment_amounts] =
        compare_entries(&payments, &known.payments, &earlier.payments, range);
    let [refunds_known, refunds_listed, refund_amounts] =
        compare_entries(&refunds, &known.refunds, &earlier.refunds, range);
    let found = [
        (BillCheck::PaymentsKnown, payments_known),
        (BillCheck::PaymentsListed, payments_listed),
        (BillCheck::PaymentAmounts, payment_amounts),
        (BillCheck::RefundsKnown, refunds_known),
        (BillCheck::RefundsListed, refunds_listed),
        (BillCheck::RefundAmounts, refund_amounts),
        (BillCheck::NothingElse, others),
    ];
    found.into_iter().map(|(check, mismatches)| BillCheckResult { check, mismatches }).collect()
}

fn add(listed: &mut BTreeMap<(String, String), Listed>, number: String, line: &BillLine) {
    let key = (number, line.trade_no.clone());
    let entry = listed.entry(key).or_insert_with(|| Listed { trade_no: line.trade_no.clone(), amount: Money::ZERO });
    entry.amount = entry.amount + line.amount;
}

/// Returns the mismatches of three checks: payments (or refunds) that only the bill has, that only the shop has, and
/// those with different amounts.
fn compare_entries(
    listed: &BTreeMap<(String, String), Listed>,
    known: &[KnownEntry],
    earlier: &BTreeSet<String>,
    range: DayRange,
) -> [Vec<Mismatch>; 3] {
    let by_number: HashMap<&str, &KnownEntry> = known.iter().map(|entry| (entry.number.as_str(), entry)).collect();
    let (mut unknown, mut missing, mut different) = (Vec::new(), Vec::new(), Vec::new());
    for ((number, _), line) in listed {
        let key = if number.is_empty() { format!("{NOTHING}, {}", line.trade_no) } else { number.clone() };
        let in_bill = line.amount.plain();
        match by_number.get(number.as_str()) {
            None => unknown.push(mismatch(&key, NOTHING, format!("{in_bill}, {}", line.trade_no))),
            Some(entry) if entry.amount != line.amount => {
                let here = if entry.carried_out.is_some() {
                    entry.amount.plain()
                } else {
                    format!("{}, {}", entry.amount.plain(), entry.status)
                };
                different.push(mismatch(&key, &here, in_bill));
            }
            Some(entry) if entry.carried_out.is_none() => {
                unknown.push(mismatch(&key, entry.status, format!("{in_bill}, {}", line.trade_no)));
            }
            Some(entry) => {
                if let Some(trade_no) = entry.trade_no.as_ref().filter(|trade_no| **trade_no != line.trade_no) {
                    unknown.push(mismatch(&key, trade_no, format!("{in_bill}, {}", line.trade_no)));
                }
            }
        }
    }
    let numbers: BTreeSet<&str> = listed.keys().map(|(number, _)| number.as_str()).collect();
    for entry in known.iter().filter(|entry| ends_within(entry, range)) {
        if !numbers.contains(entry.number.as_str()) && !earlier.contains(&entry.number) {
            missing.push(mismatch(&entry.number, &entry.amount.plain(), NOTHING.to_owned()));
        }
    }
    missing.sort_by(|a, b| a.key.cmp(&b.key));
    [unknown, missing, different]
}

fn mismatch(key: &str, actual: &str, expected: String) -> Mismatch {
    Mismatch { key: key.to_owned(), actual: actual.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    const HOUR: TimeDelta = TimeDelta::hours(1);

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 29).unwrap()
    }

    fn zone() -> FixedOffset {
        FixedOffset::east_opt(8 * 3600).unwrap()
    }

    fn range() -> DayRange {
        crate::platform::clock::day_range(day(), zone()).unwrap()
    }

    fn line(kind: BillLineKind, number: &str, amount: &str) -> BillLine {
        BillLine {
            kind,
            trade_no: "T1".into(),
            payment_number: number.into(),
            amount: amount.parse().unwrap(),
            fee: Decimal::new(6, 2),
        }
    }

    fn payment(number: &str, amount: &str) -> BillLine {
        line(BillLineKind::Payment, number, amount)
    }

    fn refund(number: &str, amount: &str) -> BillLine {
        line(BillLineKind::Refund(Some(number.into())), "N1", amount)
    }

    /// Returns a payment or refund of the shop that was carried out between these times after the start of the day.
    fn entry(number: &str, amount: &str, from: TimeDelta, to: TimeDelta) -> KnownEntry {
        let (start, _) = range();
        KnownEntry {
            number: number.into(),
            trade_no: Some("T1".into()),
            amount: amount.parse().unwrap(),
            status: "paid",
            carried_out: Some((start + from, start + to)),
        }
    }

    fn known(payments: &[KnownEntry], refunds: &[KnownEntry]) -> KnownEntries {
        KnownEntries { payments: payments.to_vec(), refunds: refunds.to_vec() }
    }

    /// Returns the mismatches between a bill and the known payments and refunds, as texts.
    fn found(lines: &[BillLine], known: &KnownEntries, earlier: &BillNumbers) -> Vec<String> {
        let results = compare(lines, known, earlier, range());
        assert_eq!(results.iter().map(|result| result.check).collect::<Vec<_>>(), BillCheck::ALL);
        let said = |result: &BillCheckResult, row: &Mismatch| {
            format!("{}: {} | {} | {}", result.check.name(), row.key, row.actual, row.expected)
        };
        results.iter().flat_map(|result| result.mismatches.iter().map(|row| said(result, row))).collect()
    }

    #[test]
    fn a_bill_that_agrees_has_no_mismatch_and_its_sums() {
        let lines = [payment("N1", "50.00"), refund("R1", "20.00"), refund("R2", "5.00")];
        let noon = HOUR * 12;
        let known = known(
            &[entry("N1", "50.00", noon, noon)],
            &[entry("R1", "20.00", noon, noon), entry("R2", "5.00", noon, noon)],
        );
        assert_eq!(found(&lines, &known, &BillNumbers::default()), [""; 0]);
        assert_eq!(
            (expected(&known, range()), earlier_days(&known, &numbers(&lines), day(), range(), zone())),
            (3, vec![])
        );
        let money = |text: &str| text.parse::<Money>().unwrap();
        let fees = Decimal::new(18, 2);
        let sums = BillTotals { payments: 1, paid: money("50.00"), refunds: 2, refunded: money("25.00"), fees };
        assert_eq!(totals(&lines), sums);
    }

    #[test]
    fn each_difference_is_found_and_named() {
        let noon = HOUR * 12;
        let not_paid = KnownEntry { status: "open", carried_out: None, ..entry("N4", "7.00", noon, noon) };
        let other_trade = KnownEntry { trade_no: Some("T9".into()), ..entry("N6", "1.00", noon, noon) };
        let elsewhere = KnownEntry { status: "elsewhere", carried_out: None, ..entry("R2", "2.00", noon, noon) };
        let payments =
            [entry("N1", "50.00", noon, noon), entry("N2", "8.00", noon, noon), not_paid.clone(), other_trade];
        let refunds = [entry("R1", "20.00", noon, noon), elsewhere, entry("R4", "4.00", noon, noon)];
        let lines = [
            payment("N1", "40.00"),
            payment("N3", "3.00"),
            payment("N4", "7.00"),
            payment("N6", "1.00"),
            refund("R1", "19.99"),
            refund("R2", "2.00"),
            refund("R3", "0.01"),
            line(BillLineKind::Refund(None), "N1", "9.00"),
            line(BillLineKind::Other("转账".into()), "N1", "1.00"),
        ];
        let expected = [
            "bill-payments-known: N3 | – | 3.00, T1",
            "bill-payments-known: N4 | open | 7.00, T1",
            "bill-payments-known: N6 | T9 | 1.00, T1",
            "bill-payments-listed: N2 | 8.00 | –",
            "bill-payment-amounts: N1 | 50.00 | 40.00",
            "bill-refunds-known: –, T1 | – | 9.00, T1",
            "bill-refunds-known: R2 | elsewhere | 2.00, T1",
            "bill-refunds-known: R3 | – | 0.01, T1",
            "bill-refunds-listed: R4 | 4.00 | –",
            "bill-refund-amounts: R1 | 20.00 | 19.99",
            "bill-nothing-else: T1 | – | 转账 1.00",
        ];
        assert_eq!(found(&lines, &known(&payments, &refunds), &BillNumbers::default()), expected);
        let strange = [payment("N4", "6.00"), payment("N1", "25.00"), payment("N1", "25.00")];
        let known = known(&[not_paid, entry("N1", "50.00", noon, noon)], &[]);
        let expected = ["bill-payment-amounts: N4 | 7.00, open | 6.00"];
        assert_eq!(found(&strange, &known, &BillNumbers::default()), expected, "lines of one number are added up");
    }

    #[test]
    fn what_was_carried_out_around_midnight_may_be_in_the_bill_of_either_day() {
        let minute = TimeDelta::minutes(1);
        let before = entry("N1", "1.00", -minute, minute * 3);
        let after = entry("N2", "2.00", HOUR * 24 - minute, HOUR * 24 + minute);
        let hung = entry("R1", "3.00", -HOUR * 50, HOUR);
        let known = known(&[before, after], &[hung]);
        let listed = numbers(&[]);
        assert_eq!(expected(&known, range()), 2, "the one after the end is looked for on the next day");
        let days = earlier_days(&known, &listed, day(), range(), zone());
        assert_eq!(
            days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-11-28", "2026-11-27", "2026-11-26"]
        );
        let found_before = numbers(&[payment("N1", "1.00"), refund("R1", "3.00")]);
        assert_eq!(found(&[], &known, &found_before), [""; 0]);
        assert_eq!(found(&[], &known, &numbers(&[payment("N1", "1.00")])), ["bill-refunds-listed: R1 | 3.00 | –"]);
        let months = KnownEntries { refunds: vec![entry("R1", "3.00", -HOUR * 2400, HOUR)], ..KnownEntries::default() };
        assert_eq!(earlier_days(&months, &listed, day(), range(), zone()).len(), MAX_EARLIER_DAYS);
    }

    #[test]
    fn a_bill_is_asked_for_each_half_hour_for_three_days() {
        let due = bill_due_at(day(), NaiveTime::from_hms_opt(10, 0, 0).unwrap(), zone()).unwrap();
        assert_eq!(due.to_rfc3339(), "2026-11-30T02:00:00+00:00");
        assert_eq!(retry_bill_at(due, due), Some(due + HOUR / 2));
        assert_eq!(retry_bill_at(due, due + HOUR * 71), Some(due + HOUR * 71 + HOUR / 2));
        assert_eq!(retry_bill_at(due, due + HOUR * 72), None);
    }
}
