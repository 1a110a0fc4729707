//! The outcome of an operation, read from the response.

use scraper::{ElementRef, Html, Selector};
use std::fmt;

use super::{operation::yuan, state::fen};
use crate::support::{Answer, OrderForm};

/// The outcome of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// 404.
    NotThere,
    /// 422 or a similar refusal.
    Refused,
    SignIn,
    BackToCart,
    BackToCheckout,
    /// The number of unpaid orders that were canceled.
    Canceled(usize),
    Checkout(CheckoutPage),
    /// The order number.
    Ordered(String),
    /// With the total of the page, if it has one.
    NotOrdered {
        problem: Problem,
        total: Option<i64>,
    },
    /// None of these, as text.
    Else(String),
}

/// The contents of a checkout page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutPage {
    pub total: i64,
    pub short: Vec<String>,
    pub token: String,
    /// True if there is an address.
    pub can_be_sent: bool,
}

/// Why nothing was ordered, with the rows of the page's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    NoAddress,
    NothingSelected,
    /// The checkout was opened with nothing selected, and now something is.
    Outdated,
    Short(Vec<String>),
    TooManyOpen,
    TooManyExpired,
    TooManyPieces(Vec<String>),
    Changed {
        lines: Vec<String>,
        total: (String, String),
    },
}

/// The outcome of a simple operation.
pub fn read_outcome(answer: &Answer) -> Outcome {
    match (answer.status, answer.location().split('?').next().unwrap()) {
        (303, "/sign-in") => Outcome::SignIn,
        (303, _) => Outcome::Done,
        (404, _) => Outcome::NotThere,
        (422, _) => Outcome::Refused,
        _ => Outcome::Else(answer.to_string()),
    }
}

/// The outcome of a checkout operation, and what the button of the page would send; `None` if no button can be pressed.
pub fn read_checkout_outcome(answer: &Answer) -> (Outcome, Option<OrderForm>) {
    let page = Page(answer.html());
    let outcome = match (answer.status, answer.location().split('?').next().unwrap()) {
        (303, "/sign-in") => Outcome::SignIn,
        (303, "/cart") => Outcome::BackToCart,
        (303, "/checkout") => Outcome::BackToCheckout,
        (303, path) if path.starts_with("/orders/") => Outcome::Ordered(path["/orders/".len()..].to_owned()),
        (422, _) => match page.problem() {
            Some(problem) => Outcome::NotOrdered { problem, total: page.total() },
            None => Outcome::Else(answer.to_string()),
        },
        (200, _) => page.checkout().map_or_else(|| Outcome::Else(answer.to_string()), Outcome::Checkout),
        _ => Outcome::Else(answer.to_string()),
    };
    (outcome, page.form())
}

/// A page that is parsed once and searched often.
struct Page(Html);

impl Page {
    fn find(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.0.select(&Selector::parse(selector).unwrap()).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        let words = |element: ElementRef| element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        self.find(selector).into_iter().map(words).collect()
    }

    fn values(&self, selector: &str) -> Vec<String> {
        self.find(selector).into_iter().filter_map(|field| field.attr("value").map(str::to_owned)).collect()
    }

    fn value(&self, selector: &str) -> Option<String> {
        self.values(selector).into_iter().next()
    }

    fn total(&self) -> Option<i64> {
        self.value("[name=expected_total]").map(|total| fen(&total))
    }

    fn checkout(&self) -> Option<CheckoutPage> {
        Some(CheckoutPage {
            total: self.total()?,
            token: self.value("[name=checkout_token]")?,
            short: self.texts(".problem tbody tr"),
            can_be_sent: !self.find("[name=address_id]").is_empty(),
        })
    }

    fn problem(&self) -> Option<Problem> {
        if !self.find("#address_id-error").is_empty() {
            return Some(Problem::NoAddress);
        }
        let rows = self.texts(".problem tbody tr");
        match self.texts("#problem-title").first()?.as_str() {
            "Nothing is selected" => Some(Problem::NothingSelected),
            "This page was out of date" => Some(Problem::Outdated),
            "You have open orders to settle first" => Some(Problem::TooManyOpen),
            "Too many of your orders were not paid in time" => Some(Problem::TooManyExpired),
            "That is more than one account may have unpaid" => Some(Problem::TooManyPieces(rows)),
            "There is not enough left" => Some(Problem::Short(rows)),
            "The total changed while you were here" => {
                let [before, now] = self.texts(".problem tfoot td").try_into().ok()?;
                Some(Problem::Changed { lines: rows, total: (before, now) })
            }
            _ => None,
        }
    }

    /// If no address is chosen, the first one is used.
    fn form(&self) -> Option<OrderForm> {
        Some(OrderForm {
            token: self.value("[name=checkout_token]")?,
            address: self.value("[name=address_id][checked]").or_else(|| self.value("[name=address_id]"))?,
            pay_method: String::new(),
            expected_total: self.value("[name=expected_total]")?,
            note: String::new(),
            seen: self.values("[name=seen]"),
        })
    }
}

impl fmt::Display for Outcome {
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
                write!(f, "that it comes to {}{}", yuan(page.total), shortage(&page.short))
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

/// Which SKUs are short, as the end of a sentence.
pub fn shortage(rows: &[String]) -> String {
    if rows.is_empty() { String::new() } else { format!(", too little is left ({})", rows.join("; ")) }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => write!(f, "there is no such address"),
            Self::NothingSelected => write!(f, "nothing is selected"),
            Self::Outdated => write!(f, "the page was out of date"),
            Self::TooManyOpen => write!(f, "they have too many open orders"),
            Self::TooManyExpired => write!(f, "too many of their orders were not paid in time"),
            Self::TooManyPieces(rows) => write!(f, "they would hold too much ({})", rows.join("; ")),
            Self::Short(rows) => write!(f, "too little is left ({})", rows.join("; ")),
            Self::Changed { lines, total: (before, now) } => {
                write!(f, "the total was {before} and is {now} ({})", lines.join("; "))
            }
        }
    }
}
