//! What somebody is told, read off the answer.

use std::fmt;

use super::{paper::fen, step::yuan};
use crate::support::{Answer, OrderForm};

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is done.
    Done,
    /// There is no such thing.
    NotThere,
    /// It cannot be done.
    Refused,
    SignIn,
    BackToCart,
    BackToCheckout,
    /// So many unpaid orders were canceled.
    Canceled(usize),
    Checkout(CheckoutPage),
    /// By its number.
    Ordered(String),
    /// And the total of the page that says so, where it has one.
    NotOrdered {
        problem: Problem,
        total: Option<i64>,
    },
    /// None of these, in its own words.
    Else(String),
}

/// What the page of a checkout shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutPage {
    pub total: i64,
    pub short: Vec<String>,
    pub token: String,
    /// There is an address.
    pub can_be_sent: bool,
}

/// Why nothing was ordered, with the rows of the page's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    NoAddress,
    NothingSelected,
    Short(Vec<String>),
    Changed { lines: Vec<String>, total: (String, String) },
}

/// An answer to something simple.
pub fn told(answer: &Answer) -> Told {
    match (answer.status, answer.location().split('?').next().unwrap()) {
        (303, "/sign-in") => Told::SignIn,
        (303, _) => Told::Done,
        (404, _) => Told::NotThere,
        (422, _) => Told::Refused,
        _ => Told::Else(answer.to_string()),
    }
}

/// An answer to something of the checkout.
pub fn told_at_checkout(answer: &Answer) -> Told {
    match (answer.status, answer.location().split('?').next().unwrap()) {
        (303, "/sign-in") => Told::SignIn,
        (303, "/cart") => Told::BackToCart,
        (303, "/checkout") => Told::BackToCheckout,
        (303, path) if path.starts_with("/orders/") => Told::Ordered(path["/orders/".len()..].to_owned()),
        (422, _) => match problem(answer) {
            Some(problem) => Told::NotOrdered { problem, total: total(answer) },
            None => Told::Else(answer.to_string()),
        },
        (200, _) => match (total(answer), answer.attributes_of("[name=checkout_token]", "value").pop()) {
            (Some(total), Some(token)) => Told::Checkout(CheckoutPage {
                total,
                token,
                short: answer.texts_of(".problem tbody tr"),
                can_be_sent: answer.has("[name=address_id]"),
            }),
            _ => Told::Else(answer.to_string()),
        },
        _ => Told::Else(answer.to_string()),
    }
}

fn total(answer: &Answer) -> Option<i64> {
    answer.attributes_of("[name=expected_total]", "value").first().map(|total| fen(total))
}

fn problem(answer: &Answer) -> Option<Problem> {
    if answer.has("#address_id-error") {
        return Some(Problem::NoAddress);
    }
    let rows = answer.texts_of(".problem tbody tr");
    match answer.texts_of("#problem-title").first()?.as_str() {
        "Nothing is selected" => Some(Problem::NothingSelected),
        "There is not enough left" => Some(Problem::Short(rows)),
        "The total changed while you were here" => {
            let total = answer.texts_of(".problem tfoot td");
            let [before, now] = total.try_into().ok()?;
            Some(Problem::Changed { lines: rows, total: (before, now) })
        }
        _ => None,
    }
}

/// What the page's button would send; `None` where there is no button that can be pressed. Where no address is chosen, the
/// first one is.
pub fn form_on(answer: &Answer) -> Option<OrderForm> {
    let value = |selector: &str| answer.attributes_of(selector, "value").into_iter().next();
    let address = value("[name=address_id][checked]").or_else(|| value("[name=address_id]"))?;
    Some(OrderForm {
        token: value("[name=checkout_token]")?,
        address,
        pay_method: String::new(),
        expected_total: value("[name=expected_total]")?,
        note: String::new(),
        seen: answer.attributes_of("[name=seen]", "value"),
    })
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => write!(f, "that it is done"),
            Self::NotThere => write!(f, "that there is no such thing"),
            Self::Refused => write!(f, "that it cannot be done"),
            Self::SignIn => write!(f, "to sign in"),
            Self::BackToCart => write!(f, "to go back to the cart"),
            Self::BackToCheckout => write!(f, "to look at the checkout again"),
            Self::Canceled(orders) => write!(f, "that {orders} orders were canceled"),
            Self::Checkout(page) => {
                write!(f, "that it comes to {}{}", yuan(page.total), short(&page.short))
            }
            Self::Ordered(number) => write!(f, "that order {number} is placed"),
            Self::NotOrdered { problem, total } => {
                write!(f, "that nothing was ordered: {problem}")?;
                total.map_or(Ok(()), |total| write!(f, "; it would come to {}", yuan(total)))
            }
            Self::Else(words) => write!(f, "something else: {words}"),
        }
    }
}

/// What there is too little of, as the end of a sentence.
pub fn short(rows: &[String]) -> String {
    if rows.is_empty() { String::new() } else { format!(", too little is left ({})", rows.join("; ")) }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => write!(f, "there is no such address"),
            Self::NothingSelected => write!(f, "nothing is selected"),
            Self::Short(rows) => write!(f, "too little is left ({})", rows.join("; ")),
            Self::Changed { lines, total: (before, now) } => {
                write!(f, "the total was {before} and is {now} ({})", lines.join("; "))
            }
        }
    }
}
