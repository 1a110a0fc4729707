//! How much is refunded, and what a payment means for its order.

use std::collections::BTreeMap;

use crate::{
    kernel::{Money, OrderLineId, PaymentId},
    orders::{LineState, LockedOrder, Status},
    payments::{PaidTrade, Payment, PaymentStatus, RefundLine, worth_of_units},
};

/// What it means for an order that one of its payment attempts is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaidDecision {
    /// The attempt is already stored as paid by this payment of the gateway.
    Repeated,
    /// Staff must look at the payment, for this reason; no order is changed.
    Strange(String),
    /// The order waits for a payment, and this one pays it.
    PaysOrder,
    /// The order does not wait for a payment: it was canceled, or another attempt has paid it.
    NotAwaited,
}

/// Decides what follows if the gateway reports that an attempt was paid by the payment `trade`. `known` is the attempt
/// that is already stored as paid by `trade`; `None` if there is none.
pub fn decide_paid(
    order: &LockedOrder,
    payment: &Payment,
    trade: &PaidTrade,
    known: Option<PaymentId>,
) -> PaidDecision {
    let trade_no = &trade.trade_no;
    if payment.status == PaymentStatus::Paid && payment.trade_no.as_ref() == Some(trade_no) {
        PaidDecision::Repeated
    } else if payment.status == PaymentStatus::Paid {
        PaidDecision::Strange(format!("paid again, by trade {trade_no}"))
    } else if trade.amount != payment.amount {
        let (paid, due) = (trade.amount.plain(), payment.amount.plain());
        PaidDecision::Strange(format!("{paid} was paid instead of {due}"))
    } else if known.is_some_and(|known| known != payment.id) {
        PaidDecision::Strange(format!("trade {trade_no} is that of another attempt"))
    } else if order.status == Status::Unpaid {
        PaidDecision::PaysOrder
    } else {
        PaidDecision::NotAwaited
    }
}

/// What staff refund of an order: units of lines, or an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundedPart {
    /// Units of order lines, and an amount of the freight.
    Lines {
        units: BTreeMap<OrderLineId, i32>,
        freight: Money,
    },
    Amount(Money),
}

/// What can still be refunded of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundableOrder {
    /// The amount that was paid and is not refunded; refunds in progress count as made.
    pub left: Money,
    pub freight_left: Money,
    /// Each line, with the number of its units that cannot be refunded any more: they were refunded (refunds in
    /// progress included), or never paid.
    pub lines: Vec<(LineState, i32)>,
    /// True if no gateway can pay the money back: then staff pay it back, and describe how in a note.
    pub by_hand: bool,
}

/// A refund that does not exceed what can be refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPlan {
    pub amount: Money,
    /// The part of the amount that is freight.
    pub freight: Money,
    pub lines: Vec<RefundLine>,
}

/// Why a refund that staff want to make is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundError {
    NothingLeft,
    NothingChosen,
    /// More units of a line are to be refunded than can be.
    TooManyUnits {
        line: String,
        left: i32,
    },
    TooMuchFreight {
        left: Money,
    },
    TooMuch {
        left: Money,
    },
    /// The note is missing. It must say how the money is paid back, because no gateway does that.
    NoteNeeded,
    /// No unit would be left to be sent: staff have to cancel the order instead.
    CancelInstead,
    /// The shopper was erased, so the order cannot be changed.
    Erased,
}

/// Computes the amount of a refund. However the units of a line are divided into refunds, these add up to exactly what
/// was paid for the line.
pub fn plan_refund(order: &RefundableOrder, part: &RefundedPart) -> Result<RefundPlan, RefundError> {
    if order.left.is_zero() {
        return Err(RefundError::NothingLeft);
    }
    let plan = match part {
        RefundedPart::Amount(amount) => RefundPlan { amount: *amount, freight: Money::ZERO, lines: Vec::new() },
        RefundedPart::Lines { units, freight } => plan_of_lines(order, units, *freight)?,
    };
    if plan.amount.is_zero() {
        return Err(RefundError::NothingChosen);
    }
    if plan.amount > order.left {
        return Err(RefundError::TooMuch { left: order.left });
    }
    Ok(plan)
}

fn plan_of_lines(
    order: &RefundableOrder,
    units: &BTreeMap<OrderLineId, i32>,
    freight: Money,
) -> Result<RefundPlan, RefundError> {
    if freight > order.freight_left {
        return Err(RefundError::TooMuchFreight { left: order.freight_left });
    }
    let mut lines = Vec::new();
    for (line, refunded) in &order.lines {
        let Some(count) = units.get(&line.id).copied().filter(|count| *count > 0) else { continue };
        let left = line.count.saturating_sub(*refunded);
        if count > left {
            return Err(RefundError::TooManyUnits { line: line.name.clone(), left });
        }
        let up_to = worth_of_units(line.net(), line.count, 0, refunded.saturating_add(count));
        let gone = line.refunded_amount.amount() + line.waived_amount.amount();
        let amount = Money::new(up_to.amount() - gone).unwrap_or_default();
        lines.push(RefundLine { line: line.id, count, amount });
    }
    let amount = lines.iter().map(|line| line.amount).sum::<Money>() + freight;
    Ok(RefundPlan { amount, freight, lines })
}

/// Computes the refund of units that are taken out of an order before they are sent. Units that were refunded before
/// are not refunded again. The amount may be zero, and never exceeds what is left of the payment.
pub fn plan_withdrawal(order: &RefundableOrder, units: &BTreeMap<OrderLineId, i32>) -> Result<RefundPlan, RefundError> {
    let mut owed = BTreeMap::new();
    for (line, refunded) in &order.lines {
        let settled = (refunded - line.sent_count - line.withdrawn_count).max(0);
        owed.insert(line.id, units.get(&line.id).copied().unwrap_or_default() - settled);
    }
    let plan = plan_of_lines(order, &owed, Money::ZERO)?;
    if plan.amount > order.left {
        return Ok(RefundPlan { amount: order.left, freight: Money::ZERO, lines: Vec::new() });
    }
    Ok(plan)
}

/// Computes the refund of the units in a lost parcel, with the freight if `with_freight` is true. The amount never
/// exceeds what is left of the payment: an earlier refund may have paid back an amount without naming units.
pub fn plan_lost(
    order: &RefundableOrder,
    units: &BTreeMap<OrderLineId, i32>,
    with_freight: bool,
) -> Result<RefundPlan, RefundError> {
    if order.left.is_zero() {
        return Err(RefundError::NothingLeft);
    }
    let mut plan = plan_of_lines(order, units, Money::ZERO)?;
    if plan.amount > order.left {
        return Ok(RefundPlan { amount: order.left, freight: Money::ZERO, lines: Vec::new() });
    }
    if with_freight {
        let rest = Money::new(order.left.amount() - plan.amount.amount()).unwrap_or_default();
        plan.freight = order.freight_left.min(rest);
        plan.amount = plan.amount + plan.freight;
    }
    if plan.amount.is_zero() {
        return Err(RefundError::NothingChosen);
    }
    Ok(plan)
}

/// Returns whether a refund that the gateway has refused still does not exceed what can be refunded: in total, of the
/// freight, and of each order line.
pub fn fits(order: &RefundableOrder, (amount, freight): (Money, Money), lines: &[RefundLine]) -> bool {
    let fits_line = |part: &RefundLine| {
        let found = order.lines.iter().find(|(line, _)| line.id == part.line);
        found.is_some_and(|(line, refunded)| {
            let gone = line.refunded_amount + line.waived_amount;
            refunded.saturating_add(part.count) <= line.count && gone + part.amount <= line.net()
        })
    };
    amount <= order.left && freight <= order.freight_left && lines.iter().all(fits_line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SkuId;

    fn money(amount: &str) -> Money {
        amount.parse().unwrap()
    }

    fn order(refunded: (i32, &str)) -> RefundableOrder {
        let line = LineState {
            id: OrderLineId(1),
            sku_id: SkuId(1),
            name: "Pot".into(),
            options: String::new(),
            price: money("40.00"),
            count: 3,
            withdrawn_count: 0,
            sent_count: 3,
            returned_count: 0,
            discount: money("20.00"),
            waived_amount: Money::ZERO,
            refunded_amount: money(refunded.1),
        };
        let lines = vec![(line, refunded.0)];
        RefundableOrder { left: money("110.00"), freight_left: money("10.00"), lines, by_hand: false }
    }

    fn units(count: i32) -> RefundedPart {
        RefundedPart::Lines { units: BTreeMap::from([(OrderLineId(1), count)]), freight: Money::ZERO }
    }

    #[test]
    fn three_parts_of_a_line_add_up_to_its_net() {
        let parts = [(0, "0.00"), (1, "33.33"), (2, "66.66")];
        let amounts = parts.map(|refunded| plan_refund(&order(refunded), &units(1)).unwrap().amount.plain());
        assert_eq!(amounts, ["33.33", "33.33", "33.34"]);
        let after_a_refusal = plan_refund(&order((2, "66.67")), &units(1)).unwrap();
        assert_eq!(after_a_refusal.amount.plain(), "33.33", "whichever parts are left");
    }

    #[test]
    fn no_refund_is_larger_than_what_is_left() {
        let fresh = order((1, "33.33"));
        let lines = |count, freight| RefundedPart::Lines {
            units: BTreeMap::from([(OrderLineId(1), count)]),
            freight: money(freight),
        };
        let refused = |part: RefundedPart| plan_refund(&fresh, &part).unwrap_err();
        assert_eq!(refused(units(3)), RefundError::TooManyUnits { line: "Pot".into(), left: 2 });
        assert_eq!(refused(lines(1, "10.01")), RefundError::TooMuchFreight { left: money("10.00") });
        assert_eq!(refused(lines(0, "0.00")), RefundError::NothingChosen);
        assert_eq!(refused(RefundedPart::Amount(money("110.01"))), RefundError::TooMuch { left: money("110.00") });
        let given_back = RefundableOrder { left: Money::ZERO, ..order((0, "0.00")) };
        assert_eq!(plan_refund(&given_back, &units(1)), Err(RefundError::NothingLeft));
    }
}
