//! Computes the tax within prices, the lines of documents, and how a refund is divided among the lines of an invoice.
//! All amounts are rounded to the fen, and their sums are exact.

use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;

use super::model::{CreditedLine, DocumentView, DraftLine, RefundedAmounts, TaxAmounts, TaxedLine};
use crate::kernel::{Money, OrderLineId};

/// Returns the tax that an amount of `gross` yuan includes at `rate` percent, rounded to the fen, half a fen away from
/// zero. `gross` may be negative.
pub fn tax_in(gross: Decimal, rate: Decimal) -> Decimal {
    round(gross * rate / (Decimal::ONE_HUNDRED + rate))
}

fn round(amount: Decimal) -> Decimal {
    let mut fen = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    fen.rescale(2);
    fen
}

fn money(amount: Decimal) -> Money {
    Money::new(amount).unwrap_or_default()
}

fn less(amount: Money, other: Money) -> Money {
    money(amount.amount() - other.amount())
}

/// Computes the tax of each line so that the taxes of all lines with the same rate add up to the tax in the sum of
/// these lines, which is rounded only once.
pub fn taxed_lines(drafts: Vec<DraftLine>) -> Vec<TaxedLine> {
    let mut up_to: BTreeMap<Decimal, Decimal> = BTreeMap::new();
    let mut lines = Vec::with_capacity(drafts.len());
    for line in drafts {
        let sum = up_to.entry(line.rate).or_default();
        let before = tax_in(*sum, line.rate);
        *sum += line.gross.amount();
        let tax = money(tax_in(*sum, line.rate) - before);
        lines.push(TaxedLine {
            amounts: TaxAmounts { net: less(line.gross, tax), tax, gross: line.gross },
            draft: line,
        });
    }
    lines
}

/// Returns the sums of net, tax and gross amounts.
pub fn sum_of(all: impl IntoIterator<Item = TaxAmounts>) -> TaxAmounts {
    all.into_iter().fold(TaxAmounts::default(), |sum, one| TaxAmounts {
        net: sum.net + one.net,
        tax: sum.tax + one.tax,
        gross: sum.gross + one.gross,
    })
}

/// Adds up the amounts of each tax rate: (rate in percent, sums), highest rate first.
pub fn sums_by_rate(all: impl IntoIterator<Item = (Decimal, TaxAmounts)>) -> Vec<(Decimal, TaxAmounts)> {
    let mut sums: BTreeMap<Decimal, TaxAmounts> = BTreeMap::new();
    for (rate, amounts) in all {
        let sum = sums.entry(rate.normalize()).or_default();
        *sum = sum_of([*sum, amounts]);
    }
    sums.into_iter().rev().collect()
}

/// Divides a refund among the lines of its invoice; returns the amounts to credit for each line, in the order of
/// `lines`. Amounts that the refund names for an order line or the freight are credited there, the rest in proportion
/// to what is not credited yet. All credit notes of an invoice together never exceed its gross amount or tax, nor that
/// of a line; if everything is refunded, they are equal to it.
pub fn credit_lines(lines: &[CreditedLine], refund: &RefundedAmounts) -> Vec<TaxAmounts> {
    let left: Vec<Money> = lines.iter().map(|line| less(line.amounts.gross, line.credited)).collect();
    let mut credit: Vec<Money> = Vec::with_capacity(lines.len());
    for (line, left) in lines.iter().zip(&left) {
        let named = match line.order_line {
            Some(id) => refund.amount_of(id),
            None => refund.freight,
        };
        credit.push(named.min(*left));
    }
    let named: Money = credit.iter().copied().sum();
    let open: Vec<Money> = left.iter().zip(&credit).map(|(left, credit)| less(*left, *credit)).collect();
    let shares = divide(less(refund.amount, named), &open);
    let credit = credit.into_iter().zip(shares).map(|(named, share)| named + share);
    lines.iter().zip(credit).map(|(line, gross)| credited(line, gross)).collect()
}

/// Divides an amount in proportion to `weights`, in whole fen. No part exceeds its weight: if the amount exceeds the
/// sum of the weights, each part is its weight.
fn divide(amount: Money, weights: &[Money]) -> Vec<Money> {
    let total: Money = weights.iter().copied().sum();
    let amount = amount.min(total).amount();
    let (mut up_to, mut given) = (Decimal::ZERO, Decimal::ZERO);
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        up_to += weight.amount();
        let fen = (amount * up_to).checked_div(total.amount()).unwrap_or_default() * Decimal::ONE_HUNDRED;
        let next = fen.floor() / Decimal::ONE_HUNDRED;
        parts.push(money(next - given));
        given = next;
    }
    parts
}

/// Returns the amounts to credit if `gross` more of a line is credited. The tax is the share of the line's tax for all
/// that is credited then, less the share for what was credited before, so that no fen is lost by rounding.
fn credited(line: &CreditedLine, gross: Money) -> TaxAmounts {
    let tax_up_to = |gross: Money| {
        if gross == line.amounts.gross {
            return line.amounts.tax.amount();
        }
        let part = line.amounts.tax.amount() * gross.amount();
        round(part.checked_div(line.amounts.gross.amount()).unwrap_or_default())
    };
    let tax = money(tax_up_to(line.credited + gross) - tax_up_to(line.credited));
    TaxAmounts { net: less(gross, tax), tax, gross }
}

impl RefundedAmounts {
    fn amount_of(&self, id: OrderLineId) -> Money {
        self.goods.iter().find(|part| part.line == id).map(|part| part.amount).unwrap_or_default()
    }
}

impl DocumentView {
    /// Returns the sums of the lines of each tax rate, as (rate in percent, sums).
    pub fn rates(&self) -> Vec<(Decimal, TaxAmounts)> {
        sums_by_rate(self.lines.iter().map(|line| (line.rate, line.amounts())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payments::RefundLine;

    fn fen(fen: i64) -> Money {
        Money::new(Decimal::new(fen, 2)).unwrap()
    }

    fn draft(id: i64, gross: i64, rate: i64) -> DraftLine {
        DraftLine {
            order_line: (id > 0).then_some(OrderLineId(id)),
            name: String::new(),
            options: String::new(),
            count: 1,
            price: fen(gross),
            rate: Decimal::new(rate, 2),
            gross: fen(gross),
        }
    }

    fn state(line: &TaxedLine, credited: Money) -> CreditedLine {
        CreditedLine { order_line: line.draft.order_line, amounts: line.amounts, credited }
    }

    #[test]
    fn the_tax_in_a_price_is_rounded_half_up_to_the_fen() {
        let tax = |gross: i64, rate: i64| tax_in(Decimal::new(gross, 2), Decimal::new(rate, 2)).to_string();
        assert_eq!(tax(11_300, 1_300), "13.00");
        assert_eq!(tax(10_000, 1_300), "11.50");
        assert_eq!(tax(9, 2_000), "0.02", "0.015 is rounded up");
        assert_eq!(tax(-9, 2_000), "-0.02");
        assert_eq!(tax(10_000, 0), "0.00");
    }

    #[test]
    fn the_taxes_of_the_lines_are_the_tax_of_their_sum() {
        // One yuan contains 0.115 of tax: three times that is 0.345, not three times 0.12.
        let lines = taxed_lines(vec![draft(1, 100, 1_300), draft(2, 100, 1_300), draft(3, 100, 1_300)]);
        let taxes: Vec<String> = lines.iter().map(|line| line.amounts.tax.plain()).collect();
        assert_eq!(taxes, ["0.12", "0.11", "0.12"]);
        assert_eq!(sum_of(lines.iter().map(|line| line.amounts)).tax.plain(), "0.35");
    }

    #[test]
    fn a_refund_of_an_amount_is_divided_by_what_is_not_credited_yet() {
        let lines = taxed_lines(vec![draft(1, 6_000, 1_300), draft(2, 3_000, 600), draft(0, 1_000, 1_300)]);
        let lines: Vec<CreditedLine> = lines.iter().map(|line| state(line, Money::ZERO)).collect();
        let refund = RefundedAmounts { amount: fen(1_000), freight: Money::ZERO, goods: Vec::new() };
        let parts: Vec<String> = credit_lines(&lines, &refund).iter().map(|part| part.gross.plain()).collect();
        assert_eq!(parts, ["6.00", "3.00", "1.00"]);
        let goods = vec![RefundLine { line: OrderLineId(2), count: 1, amount: fen(3_000) }];
        let refund = RefundedAmounts { amount: fen(3_500), freight: fen(500), goods };
        let parts: Vec<String> = credit_lines(&lines, &refund).iter().map(|part| part.gross.plain()).collect();
        assert_eq!(parts, ["0.00", "30.00", "5.00"]);
    }

    proptest! {
        #[test]
        fn net_and_tax_are_the_price(gross in -100_000_000_i64..100_000_000, rate in 0_i64..10_000) {
            let (gross, rate) = (Decimal::new(gross, 2), Decimal::new(rate, 2));
            let tax = tax_in(gross, rate);
            prop_assert_eq!(tax.scale(), 2);
            let exact = gross * rate / (Decimal::ONE_HUNDRED + rate);
            prop_assert!((tax - exact).abs() <= Decimal::new(5, 3));
        }

        #[test]
        fn an_invoice_is_its_lines_and_its_rates(
            grosses in prop::collection::vec((0_i64..1_000_000, 0_usize..3), 1..12)
        ) {
            let drafts: Vec<DraftLine> = grosses.iter().zip(0..)
                .map(|((gross, rate), i)| draft(i, *gross, [1_300, 600, 0][*rate])).collect();
            let lines = taxed_lines(drafts);
            for line in &lines {
                prop_assert_eq!(line.amounts.net + line.amounts.tax, line.amounts.gross);
            }
            for (rate, sum) in sums_by_rate(lines.iter().map(|line| (line.draft.rate, line.amounts))) {
                prop_assert_eq!(sum.tax.amount(), tax_in(sum.gross.amount(), rate));
                prop_assert_eq!(sum.net + sum.tax, sum.gross);
            }
        }

        /// Refunds of lines, of freight and of other amounts, in any order, until nothing is left to refund.
        #[test]
        fn credit_notes_never_exceed_their_invoice_and_end_at_it(
            grosses in prop::collection::vec((0_i64..50_000, 0_usize..2), 1..6),
            refunds in prop::collection::vec((0_usize..7, 1_i64..30_000, 0_i64..3_000), 0..10),
        ) {
            let drafts: Vec<DraftLine> = grosses.iter().zip(0..)
                .map(|((gross, rate), i)| draft(i, *gross, [1_300, 2_000][*rate])).collect();
            let lines = taxed_lines(drafts);
            let total: Money = lines.iter().map(|line| line.amounts.gross).sum();
            let mut credited = vec![TaxAmounts::default(); lines.len()];
            let mut left = total;
            let last = (usize::MAX, i64::MAX, 0);
            for (line, amount, freight) in refunds.into_iter().chain([last]) {
                let amount = if amount == i64::MAX { left } else { fen(amount).min(left) };
                let freight = fen(freight).min(amount);
                let named = Money::new(amount.amount() - freight.amount()).unwrap();
                let goods = lines.get(line).and_then(|line| line.draft.order_line)
                    .map(|line| RefundLine { line, count: 1, amount: named }).into_iter().collect();
                let states: Vec<CreditedLine> =
                    lines.iter().zip(&credited).map(|(line, credited)| state(line, credited.gross)).collect();
                let parts = credit_lines(&states, &RefundedAmounts { amount, freight, goods });
                prop_assert_eq!(sum_of(parts.iter().copied()).gross, amount, "all of the refund is credited");
                for ((credited, part), line) in credited.iter_mut().zip(parts).zip(&lines) {
                    prop_assert_eq!(part.net + part.tax, part.gross);
                    *credited = sum_of([*credited, part]);
                    prop_assert!(credited.gross <= line.amounts.gross);
                    prop_assert!(credited.tax <= line.amounts.tax);
                    prop_assert!(credited.net <= line.amounts.net);
                }
                left = Money::new(left.amount() - amount.amount()).unwrap();
            }
            prop_assert_eq!(sum_of(credited), sum_of(lines.iter().map(|line| line.amounts)));
        }
    }
}
