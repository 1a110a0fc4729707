//! By what staff search orders, and which ranges of the indexes have such orders.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    kernel::{OrderId, OrderNumber, PayMethod, codes},
    orders::model::Status,
    platform::{cursor::Cursor, db::escape_like},
};

/// An unsent order is late if more than this time has passed since it was paid, or since it was placed if it need not
/// be paid before it is sent.
pub const LATE_AFTER: TimeDelta = TimeDelta::hours(24);

codes! {
    /// A list of orders about which staff have to decide something. The rows of another table than `orders` say which
    /// orders these are.
    pub enum WorkList {
        CancellationAsked = "cancellation_asked",
        ReturnAsked = "return_asked",
        ReturnArrived = "return_arrived",
        Held = "held",
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderFilter {
    #[default]
    All,
    /// Orders that count as revenue: neither canceled nor refunded.
    Counting,
    Of(Status),
    /// Unsent orders that have waited to be sent for longer than [`LATE_AFTER`].
    Late,
    /// Cash-on-delivery orders that were sent and whose money the courier has not handed in.
    ToCollect,
    Work(WorkList),
}

impl OrderFilter {
    /// Returns the code of the filter in URLs; empty for `All`.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Counting => "counting",
            Self::Of(status) => status.code(),
            Self::Late => "late",
            Self::ToCollect => "to_collect",
            Self::Work(list) => list.code(),
        }
    }

    /// Returns the filter with this code; `None` if no filter has it.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "" => Some(Self::All),
            "counting" => Some(Self::Counting),
            "late" => Some(Self::Late),
            "to_collect" => Some(Self::ToCollect),
            code => Status::from_code(code).map(Self::Of).or_else(|| WorkList::from_code(code).map(Self::Work)),
        }
    }

    fn statuses(self) -> Vec<Status> {
        match self {
            Self::All | Self::Work(_) => Status::ALL.to_vec(),
            Self::Counting => Status::ALL
                .into_iter()
                .filter(|status| !matches!(status, Status::Canceled | Status::Refunded))
                .collect(),
            Self::Of(status) => vec![status],
            Self::Late => vec![Status::Unsent],
            Self::ToCollect => vec![Status::Unreceived, Status::Unreviewed, Status::Finished],
        }
    }
}

#[derive(Clone, Debug)]
pub struct OrderSearch {
    /// The words of the search, each in folded form. Only orders match that have all of them in their number, phone,
    /// recipient, shopper, tracking numbers, SKU codes or products.
    pub words: Vec<String>,
    pub show: OrderFilter,
    /// If set, only orders placed at this time or later match.
    pub from: Option<DateTime<Utc>>,
    /// If set, only orders placed before this time match.
    pub to: Option<DateTime<Utc>>,
    /// If true, only orders whose money has come in match; if false, only others.
    pub paid: Option<bool>,
    pub pay_method: Option<PayMethod>,
    /// The current time, by which late orders are recognized.
    pub now: DateTime<Utc>,
    pub cursor: Cursor<OrderId>,
}

/// The combinations of status and pay method to which a search is limited; an index lists the orders of each
/// combination by time. If `paid` is set, only orders that are paid (true) or not paid (false) match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    /// The code of the status of each combination; `pay_methods` has the code of the pay method at the same index.
    pub(super) statuses: Vec<&'static str>,
    pub(super) pay_methods: Vec<&'static str>,
    pub(super) paid: Option<bool>,
}

impl OrderSearch {
    /// Returns the statuses and pay methods to which the search is limited; `None` if it is not limited.
    pub(super) fn groups(&self) -> Option<Groups> {
        let is_filtered = !matches!(self.show, OrderFilter::All | OrderFilter::Work(_));
        if !is_filtered && self.pay_method.is_none() && self.paid.is_none() {
            return None;
        }
        let to_collect = self.show == OrderFilter::ToCollect;
        let is_searched = |method: &PayMethod| {
            self.pay_method.is_none_or(|wanted| wanted == *method) && (!to_collect || *method == PayMethod::Cod)
        };
        let methods: Vec<PayMethod> = PayMethod::ALL.into_iter().filter(is_searched).collect();
        let (mut statuses, mut pay_methods) = (Vec::new(), Vec::new());
        for status in self.show.statuses() {
            for method in &methods {
                statuses.push(status.code());
                pay_methods.push(method.code());
            }
        }
        let is_contradiction = to_collect && self.paid == Some(true);
        if is_contradiction {
            (statuses, pay_methods) = (Vec::new(), Vec::new());
        }
        Some(Groups { statuses, pay_methods, paid: if to_collect { Some(false) } else { self.paid } })
    }

    /// Returns the order number that is searched for; `None` unless the only word is a complete order number.
    pub(super) fn number(&self) -> Option<OrderNumber> {
        match self.words.as_slice() {
            [word] => word.to_uppercase().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn work_list(&self) -> Option<WorkList> {
        match self.show {
            OrderFilter::Work(list) => Some(list),
            _ => None,
        }
    }

    /// Returns the time before which an order must have been ready for sending to be late; `None` if the search is not
    /// for late orders.
    pub(super) fn late_before(&self) -> Option<DateTime<Utc>> {
        (self.show == OrderFilter::Late).then(|| self.now - LATE_AFTER)
    }

    /// Returns whether rows are read from the oldest on, which is done for a page before the cursor.
    pub fn is_ascending(&self) -> bool {
        matches!(self.cursor, Cursor::NewerThan(_))
    }

    /// Returns the SQL `like` pattern of each word.
    pub(super) fn patterns(&self) -> Vec<String> {
        self.words.iter().map(|word| pattern(word)).collect()
    }
}

/// A search word with fewer letters is found only as a whole word, or at the start of Chinese text, because a trigram
/// index needs three letters.
const MIN_INFIX_LEN: usize = 3;

/// Returns the SQL `like` pattern of a word for the column `order_search.words`, which has a space before and behind
/// each word and repeats Chinese text so that each character begins a word.
fn pattern(word: &str) -> String {
    let text = word.to_lowercase();
    let word = escape_like(&text);
    if text.chars().count() >= MIN_INFIX_LEN {
        format!("%{word}%")
    } else if text.contains(|c: char| c >= '\u{2e80}') {
        format!("% {word}%")
    } else {
        format!("% {word} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(show: OrderFilter) -> OrderSearch {
        let now = DateTime::UNIX_EPOCH;
        let words = Vec::new();
        OrderSearch { words, show, from: None, to: None, paid: None, pay_method: None, now, cursor: Cursor::Newest }
    }

    #[test]
    fn a_word_is_found_inside_of_others_and_a_short_one_as_a_whole() {
        for (word, expected) in [
            ("Mei", "%mei%"),
            ("me", "% me %"),
            ("7", "% 7 %"),
            ("云", "% 云%"),
            ("云雀", "% 云雀%"),
            ("云雀茶", "%云雀茶%"),
            ("1_3%", "%1\\_3\\%%"),
        ] {
            assert_eq!(pattern(word), expected);
        }
    }

    #[test]
    fn a_filter_is_a_union_of_groups() {
        assert_eq!(search(OrderFilter::All).groups(), None);
        let unsent = search(OrderFilter::Of(Status::Unsent)).groups().unwrap();
        assert_eq!((unsent.statuses, unsent.pay_methods), (vec!["unsent", "unsent"], vec!["cod", "alipay"]));
        let to_collect = search(OrderFilter::ToCollect).groups().unwrap();
        assert_eq!(to_collect.statuses, ["unreceived", "unreviewed", "finished"]);
        assert_eq!((to_collect.pay_methods, to_collect.paid), (vec!["cod"; 3], Some(false)));
        let paid = OrderSearch { paid: Some(true), ..search(OrderFilter::All) };
        assert_eq!(paid.groups().unwrap().statuses.len(), 14);
        let nothing = OrderSearch { paid: Some(true), ..search(OrderFilter::ToCollect) };
        assert_eq!(nothing.groups().unwrap().statuses, [""; 0]);
    }

    #[test]
    fn each_filter_has_a_code_of_its_own() {
        let all = [OrderFilter::All, OrderFilter::Counting, OrderFilter::Late, OrderFilter::ToCollect];
        let all = all.into_iter().chain(Status::ALL.map(OrderFilter::Of)).chain(WorkList::ALL.map(OrderFilter::Work));
        for filter in all {
            assert_eq!(OrderFilter::from_code(filter.code()), Some(filter));
        }
        assert_eq!(OrderFilter::from_code("x"), None);
    }
}
