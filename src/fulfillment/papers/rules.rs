use std::{cmp::Ordering, collections::HashMap};

use super::model::{LeftOutReason, OrderToPack, PickLine};
use crate::{kernel::SkuId, orders::Status};

/// The maximum number of orders for which papers are printed at once.
pub const MAX_ORDERS: usize = 200;

/// Returns why an order with this status, hold and open request to cancel cannot be packed; `None` if it can.
pub(super) fn left_out(status: Status, hold: Option<String>, cancellation_asked: bool) -> Option<LeftOutReason> {
    match status {
        Status::Unpaid => Some(LeftOutReason::Unpaid),
        Status::Canceled => Some(LeftOutReason::Canceled),
        Status::Unreceived | Status::Unreviewed | Status::Finished | Status::Refunded => Some(LeftOutReason::Sent),
        Status::Unsent => match hold {
            Some(reason) => Some(LeftOutReason::OnHold(reason)),
            None => cancellation_asked.then_some(LeftOutReason::CancellationAsked),
        },
    }
}

/// Adds up by SKU the units that these orders need; sorted by the place in the store room and then by code. SKUs
/// without a place come last.
pub fn pick_lines(orders: &[OrderToPack]) -> Vec<PickLine> {
    let mut lines: Vec<PickLine> = Vec::new();
    let mut places: HashMap<SkuId, usize> = HashMap::new();
    for order in orders {
        for line in &order.lines {
            let at = *places.entry(line.sku_id).or_insert(lines.len());
            if at == lines.len() {
                lines.push(PickLine {
                    sku_id: line.sku_id,
                    code: line.code.clone(),
                    shelf_place: line.shelf_place.clone(),
                    name: line.name.clone(),
                    options: line.options.clone(),
                    count: 0,
                    orders: Vec::new(),
                });
            }
            if let Some(summed) = lines.get_mut(at) {
                summed.count += line.count;
                summed.orders.push((order.number.clone(), line.count));
            }
        }
    }
    lines.sort_by(|a, b| {
        let by_place = a.shelf_place.is_empty().cmp(&b.shelf_place.is_empty());
        let by_place = by_place.then_with(|| natural_order(&a.shelf_place, &b.shelf_place));
        by_place.then_with(|| natural_order(&a.code, &b.code))
    });
    lines
}

/// Compares texts so that numbers in them are compared as numbers: "A-2" comes before "A-10". Upper and lower case are
/// the same.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let (mut a, mut b) = (a.as_str(), b.as_str());
    while !a.is_empty() && !b.is_empty() {
        let (number, other) = (leading_digits(a), leading_digits(b));
        if !number.is_empty() && !other.is_empty() {
            let (value, other_value) = (number.trim_start_matches('0'), other.trim_start_matches('0'));
            let order = value.len().cmp(&other_value.len()).then_with(|| value.cmp(other_value));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (a.strip_prefix(number).unwrap_or_default(), b.strip_prefix(other).unwrap_or_default());
            continue;
        }
        let (mut rest, mut other_rest) = (a.chars(), b.chars());
        let order = rest.next().cmp(&other_rest.next());
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest.as_str(), other_rest.as_str());
    }
    a.len().cmp(&b.len())
}

fn leading_digits(text: &str) -> &str {
    text.get(..text.bytes().take_while(u8::is_ascii_digit).count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::{LineToPack, OrderToPack},
        *,
    };
    use crate::kernel::{Language, OrderId, OrderNumber, UserId};
    use chrono::DateTime;

    fn order(id: u8, lines: &[(i64, &str, &str, i32)]) -> OrderToPack {
        let mut to_pack = Vec::new();
        for (sku, code, place, count) in lines {
            to_pack.push(LineToPack {
                sku_id: SkuId(*sku),
                code: (*code).to_owned(),
                shelf_place: (*place).to_owned(),
                name: format!("Name of {code}"),
                options: String::new(),
                count: *count,
            });
        }
        OrderToPack {
            id: OrderId(id.into()),
            number: OrderNumber::new("20261130120000", UserId(1), [id; 6]),
            language: Language::En,
            placed_at: DateTime::UNIX_EPOCH,
            packing_at: None,
            recipient: String::new(),
            phone: String::new(),
            region: String::new(),
            street: String::new(),
            postcode: String::new(),
            note: String::new(),
            lines: to_pack,
        }
    }

    #[test]
    fn units_are_summed_by_sku_in_the_order_of_the_shelves() {
        let orders = [
            order(0, &[(1, "TEA-2", "B-10", 2), (2, "POT", "", 1), (5, "CUP", "a-1", 1)]),
            order(1, &[(1, "TEA-2", "B-10", 3), (3, "TEA-10", "B-2", 1), (4, "BAG", "B-2", 4)]),
        ];
        let mut said = Vec::new();
        for line in pick_lines(&orders) {
            let of_orders: Vec<i32> = line.orders.iter().map(|(_, count)| *count).collect();
            said.push(format!("{} {} {} {of_orders:?}", line.shelf_place, line.code, line.count));
        }
        assert_eq!(said, ["a-1 CUP 1 [1]", "B-2 BAG 4 [4]", "B-2 TEA-10 1 [1]", "B-10 TEA-2 5 [2, 3]", " POT 1 [1]"]);
        assert_eq!(pick_lines(&[]), []);
    }

    #[test]
    fn numbers_in_shelves_count_as_numbers() {
        let mut places = ["B-10-1", "B-2-10", "a", "B-2-9", "A-1", "B-02-9", "架10", "架9", "A-1-1", "2", "10"];
        places.sort_by(|a, b| natural_order(a, b));
        assert_eq!(places, ["2", "10", "a", "A-1", "A-1-1", "B-2-9", "B-02-9", "B-2-10", "B-10-1", "架9", "架10"]);
    }

    #[test]
    fn only_what_is_to_be_sent_and_waits_for_nothing_is_packed() {
        let hold = || Some("fraud?".to_owned());
        assert_eq!(left_out(Status::Unsent, None, false), None);
        assert_eq!(left_out(Status::Unsent, hold(), true), Some(LeftOutReason::OnHold("fraud?".to_owned())));
        assert_eq!(left_out(Status::Unsent, None, true), Some(LeftOutReason::CancellationAsked));
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Unsent) {
            assert!(left_out(status, None, false).is_some(), "{status:?}");
        }
    }
}
