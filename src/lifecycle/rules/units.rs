//! Which units of an order can be sent, taken out, refused by the recipient, and returned.

use std::collections::{BTreeMap, HashMap};

use super::RefundError;
use crate::{
    fulfillment::{ArrivedUnits, ReturnLine},
    kernel::OrderLineId,
    orders::LineState,
    payments::worth_of_units,
};

/// Numbers of units by order line.
type Units = BTreeMap<OrderLineId, i32>;

/// Why units of an order cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    Nothing,
    /// More units of a line are to be sent than are left.
    TooMany {
        line: String,
        left: i32,
    },
}

/// Returns the units of a parcel as (order line, number of units): the `wanted` ones, or if that is `None`, all that
/// are still to be sent.
pub fn units_to_send(lines: &[LineState], wanted: Option<&Units>) -> Result<Vec<(OrderLineId, i32)>, SendError> {
    let mut units = Vec::new();
    for line in lines {
        let left = line.unsent();
        let count = wanted.map_or(left, |wanted| wanted.get(&line.id).copied().unwrap_or_default());
        if count > left {
            return Err(SendError::TooMany { line: line.name.clone(), left });
        }
        if count > 0 {
            units.push((line.id, count));
        }
    }
    if units.is_empty() { Err(SendError::Nothing) } else { Ok(units) }
}

/// Returns whether something was sent and nothing is left to be sent.
pub fn is_all_sent(lines: &[LineState]) -> bool {
    is_partly_sent(lines) && lines.iter().all(|line| line.unsent() == 0)
}

pub fn is_partly_sent(lines: &[LineState]) -> bool {
    lines.iter().any(|line| line.sent_count > 0)
}

/// Returns the units to take out of an order, if all `wanted` ones can be taken out and there is at least one.
pub fn units_to_withdraw(lines: &[LineState], wanted: &Units) -> Result<Units, RefundError> {
    let mut units = BTreeMap::new();
    for line in lines {
        let Some(count) = wanted.get(&line.id).copied().filter(|count| *count > 0) else { continue };
        let left = line.unsent();
        if count > left {
            return Err(RefundError::TooManyUnits { line: line.name.clone(), left });
        }
        units.insert(line.id, count);
    }
    if units.is_empty() { Err(RefundError::NothingChosen) } else { Ok(units) }
}

/// Returns whether nothing of the order was sent, and nothing is left to be sent after these units are taken out.
pub fn withdraws_all(lines: &[LineState], units: &Units) -> bool {
    let is_left = |line: &LineState| line.unsent() > units.get(&line.id).copied().unwrap_or_default();
    !is_partly_sent(lines) && !lines.iter().any(is_left)
}

/// Returns the wanted units of each line, at most as many as were not taken out of the order.
pub fn units_within(lines: &[LineState], wanted: &Units) -> Units {
    let mut units = BTreeMap::new();
    for line in lines {
        let count = wanted.get(&line.id).copied().unwrap_or_default().min(line.count - line.withdrawn_count);
        if count > 0 {
            units.insert(line.id, count);
        }
    }
    units
}

/// Returns (units that come back from an order whose recipient refused it, those of them that cannot be sold again);
/// `None` if `sellable` has more units than the order.
pub fn refused_units(lines: &[LineState], sellable: &Units) -> Option<(Units, Units)> {
    let (mut back, mut written_off) = (BTreeMap::new(), BTreeMap::new());
    for line in lines {
        let count = line.count - line.withdrawn_count;
        let sellable = sellable.get(&line.id).copied().unwrap_or_default();
        if !(0..=count).contains(&sellable) {
            return None;
        }
        back.insert(line.id, count);
        written_off.insert(line.id, count - sellable);
    }
    Some((back, written_off))
}

/// A line of a sent order, and how many of its units can be returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnableLine {
    pub state: LineState,
    pub left: i32,
}

/// Returns how many units were taken out of a line before the order was paid, so that nobody has paid for them. This is
/// the smallest number of units that are worth the amount which the courier did not collect.
pub fn waived_units(line: &LineState) -> i32 {
    let is_worth = |count: &i32| worth_of_units(line.net(), line.count, 0, *count) >= line.waived_amount;
    (0..line.withdrawn_count).find(is_worth).unwrap_or(line.withdrawn_count)
}

/// Returns for each line how many units can be returned: those that were sent, without those that came back, were
/// refunded, or are in an open return. `refunded` also counts refunded units that were taken out before they were sent.
pub fn returnable_lines(
    lines: Vec<LineState>,
    refunded: &HashMap<OrderLineId, i32>,
    in_returns: &HashMap<OrderLineId, i32>,
) -> Vec<ReturnableLine> {
    let mut returnable = Vec::with_capacity(lines.len());
    for state in lines {
        let refunded = refunded.get(&state.id).copied().unwrap_or_default();
        let waits = in_returns.get(&state.id).copied().unwrap_or_default();
        let refunded_unsent = state.withdrawn_count - waived_units(&state);
        let gone = state.returned_count.max(refunded - refunded_unsent);
        let left = (state.sent_count - gone - waits).max(0);
        returnable.push(ReturnableLine { state, left });
    }
    returnable
}

/// Returns whether no more units came back than the shopper wanted to return, and no line occurs twice.
pub fn is_within_return(asked: &[ReturnLine], arrived: &[ArrivedUnits]) -> bool {
    let fits = |units: &ArrivedUnits| {
        let is_count = units.sellable >= 0 && units.damaged >= 0;
        let line = asked.iter().find(|line| line.line == units.line);
        is_count && line.is_some_and(|line| units.sellable.saturating_add(units.damaged) <= line.count)
    };
    let mut lines: Vec<OrderLineId> = arrived.iter().map(|units| units.line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.len() == arrived.len() && arrived.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Money, SkuId};

    fn line(id: i64, (count, withdrawn, sent, returned): (i32, i32, i32, i32)) -> LineState {
        LineState {
            id: OrderLineId(id),
            sku_id: SkuId(id),
            name: format!("Line {id}"),
            options: String::new(),
            price: "10.00".parse().unwrap(),
            count,
            withdrawn_count: withdrawn,
            sent_count: sent,
            returned_count: returned,
            discount: Money::ZERO,
            waived_amount: Money::ZERO,
            refunded_amount: Money::ZERO,
        }
    }

    fn units(of: &[(i64, i32)]) -> Units {
        of.iter().map(|(id, count)| (OrderLineId(*id), *count)).collect()
    }

    #[test]
    fn a_parcel_holds_what_is_still_to_be_sent_and_never_more() {
        let lines = [line(1, (3, 1, 1, 0)), line(2, (2, 0, 2, 0))];
        assert_eq!(units_to_send(&lines, None), Ok(vec![(OrderLineId(1), 1)]));
        assert_eq!(
            units_to_send(&lines, Some(&units(&[(1, 2)]))),
            Err(SendError::TooMany { line: "Line 1".into(), left: 1 })
        );
        assert_eq!(units_to_send(&lines, Some(&units(&[(1, 0), (9, 1)]))), Err(SendError::Nothing));
        assert!(!is_all_sent(&lines));
        assert!(is_all_sent(&[line(1, (3, 1, 2, 0))]));
        assert!(!is_all_sent(&[line(1, (3, 3, 0, 0))]), "an order of which nothing left is not sent");
    }

    #[test]
    fn taking_everything_out_of_an_order_is_canceling_it() {
        let lines = [line(1, (3, 1, 0, 0)), line(2, (1, 0, 0, 0))];
        assert!(withdraws_all(&lines, &units(&[(1, 2), (2, 1)])));
        assert!(!withdraws_all(&lines, &units(&[(1, 2)])));
        assert!(!withdraws_all(&[line(1, (3, 0, 1, 0))], &units(&[(1, 2)])), "a part of it was sent");
        let too_many = units_to_withdraw(&lines, &units(&[(1, 3)]));
        assert_eq!(too_many, Err(RefundError::TooManyUnits { line: "Line 1".into(), left: 2 }));
    }

    #[test]
    fn what_came_back_or_was_refunded_cannot_be_returned_again() {
        let lines = vec![line(1, (5, 1, 4, 1)), line(2, (2, 0, 2, 0))];
        let refunded = HashMap::from([(OrderLineId(1), 3), (OrderLineId(2), 2)]);
        let waits = HashMap::from([(OrderLineId(1), 1)]);
        let left: Vec<i32> = returnable_lines(lines, &refunded, &waits).iter().map(|line| line.left).collect();
        assert_eq!(left, [1, 0]);
    }

    #[test]
    fn a_refused_order_comes_back_whole_and_what_is_not_sellable_is_written_off() {
        let lines = [line(1, (3, 1, 2, 0))];
        assert_eq!(refused_units(&lines, &units(&[(1, 1)])), Some((units(&[(1, 2)]), units(&[(1, 1)]))));
        assert_eq!(refused_units(&lines, &units(&[(1, 3)])), None);
        assert_eq!(refused_units(&lines, &units(&[(1, -1)])), None);
    }
}
