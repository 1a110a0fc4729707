//! The page of the checkout, and why an order was refused on it.

use actix_web::{FromRequest, HttpRequest};
use askama::Template;
use futures_util::future::join;
use std::sync::Arc;

use super::{CheckoutContext, draft::Draft};
use crate::{
    accounts::{self, Address, Shopper},
    cart::Entry,
    checkout::{
        forms, metrics,
        model::{Bound, PriceChange, Quote, Refusal, Shortage, Token},
        rules,
    },
    kernel::{Language, Money, PayMethod, PayMethods, UserId},
    messages::Messages,
    platform::db::DbError,
    web::{
        Form, Page, PageError, PageResult, SecurityEvent, Subject, filters, reached_limits, too_many, unavailable,
        unprocessable,
    },
};

/// Why no order can be placed; the page shows it at the top.
pub(super) enum Problem {
    Nothing,
    NothingSelected,
    Shortages(Vec<Shortage>),
    Changed {
        lines: Vec<PriceChange>,
        before: Money,
        now: Money,
    },
    /// The shopper would have too many unpaid orders, or too many units in them.
    Bound(Bound),
    /// A contact of the shopper or of the address is blocked. Holds the phone number and email address of the shop.
    Blocked(String),
    /// The cart has changed since the page was shown.
    Outdated,
    /// There were too many checkouts; holds the minutes to wait.
    TooOften(u64),
    /// Nothing was ordered, because the shop is busy; the same form can be sent again.
    TryAgain,
    /// It is unknown whether an order was placed; sending the same form again tells.
    OutcomeUnknown,
}

impl Problem {
    /// Converts a transient database error into a problem that the page shows above the typed form. Returns other
    /// errors as `Err`.
    fn of_fault(fault: Arc<DbError>) -> Result<Self, PageError> {
        if !fault.is_transient() {
            return Err(fault.into());
        }
        tracing::warn!(%fault, "an order has to be sent again");
        Ok(if matches!(*fault, DbError::Lost(_)) { Self::OutcomeUnknown } else { Self::TryAgain })
    }
}

#[derive(Template)]
#[template(path = "checkout/checkout.html")]
pub(super) struct CheckoutPage {
    page: Page,
    quote: Quote,
    addresses: Arc<Vec<Address>>,
    pay_methods: PayMethods,
    form: Form,
    problem: Problem,
    token: Token,
}

impl CheckoutPage {
    /// Builds the page for these entries of the cart, with the problems that they already have, such as too little
    /// stock.
    pub(super) async fn of(
        context: &CheckoutContext,
        page: Page,
        owner: UserId,
        entries: Vec<Entry>,
        form: Form,
    ) -> Result<Self, PageError> {
        let (quote, addresses) =
            join(context.quote(entries, page.language()), context.accounts.address_book(owner)).await;
        let (quote, addresses) = (quote?, addresses?);
        let shortages = rules::shortages(&quote);
        let problem = if quote.lines.is_empty() {
            Problem::NothingSelected
        } else if !shortages.is_empty() {
            Problem::Shortages(shortages)
        } else {
            Problem::Nothing
        };
        let token = match form.value("checkout_token").parse() {
            Ok(sent) => sent,
            Err(_) => context.service.token(owner).await?,
        };
        let pay_methods = context.config.pay_methods.clone();
        Ok(Self { page, quote, addresses, pay_methods, form, problem, token })
    }

    fn is_chosen(&self, address: &Address) -> bool {
        forms::chosen_address(&self.form, &self.addresses) == Some(address.id)
    }

    /// Returns whether the page shows the fields of a new address at once, without a click.
    fn is_new_open(&self) -> bool {
        self.addresses.is_empty() || forms::wants_new_address(&self.form)
    }

    fn is_book_full(&self) -> bool {
        self.addresses.len() >= accounts::MAX_ADDRESSES
    }

    /// Returns whether this pay method is chosen. If the shopper has chosen none, the first one is; in a form with
    /// errors none is, unless the shop offers only one.
    fn is_chosen_pay_method(&self, method: &PayMethod) -> bool {
        let typed: Option<PayMethod> = self.form.value("pay_method").parse().ok();
        let chosen = match typed.filter(|typed| self.pay_methods.contains(*typed)) {
            None if self.form.has_errors() => self.pay_methods.only(),
            None => self.pay_methods.iter().next(),
            typed => typed,
        };
        chosen == Some(*method)
    }

    fn max_note_len(&self) -> usize {
        forms::MAX_NOTE_LEN
    }

    fn some_left(&self, shortages: &[Shortage]) -> bool {
        shortages.iter().any(|shortage| shortage.left > 0)
    }

    fn can_be_placed(&self) -> bool {
        !self.quote.lines.is_empty() && !matches!(self.problem, Problem::Shortages(_))
    }
}

impl CheckoutContext {
    pub(super) async fn quote(&self, entries: Vec<Entry>, language: Language) -> Result<Quote, PageError> {
        let skus: Vec<_> = entries.iter().map(|entry| entry.sku_id).collect();
        let offers = self.catalog.sku_offers(&skus, language).await?;
        Ok(rules::quote(&entries, offers, self.settings.freight_terms()))
    }

    /// Responds with the checkout page, which says why nothing was ordered and shows what was typed: status 422; 429
    /// after too many checkouts; 503 if the same form may succeed soon. `refusal` is `None` if a field of the form was
    /// invalid.
    pub(super) async fn refuse(&self, req: &HttpRequest, mut form: Form, refusal: Option<Refusal>) -> PageResult {
        metrics::refused(refusal.as_ref());
        let shopper = match Shopper::extract(req).await {
            Err(PageError::SignInNeeded(_)) => {
                return Ok(Draft::until_sign_in(&form, &self.config, Messages(Language::of(req))));
            }
            shopper => shopper?,
        };
        let page = Page::extract(req).await?.at("/checkout");
        let (t, owner) = (page.t, shopper.0.id);
        let (mut found, mut wait) = (None, None);
        match refusal {
            None => {}
            Some(Refusal::NothingSelected) => found = Some(Problem::Outdated),
            Some(Refusal::Blocked(kind)) => {
                SecurityEvent::BlockedContactRefused.record(req, Subject::User(owner), kind.code());
                found = Some(Problem::Blocked(self.settings.contact(t)));
            }
            Some(Refusal::NotSignedIn | Refusal::AccountClosed) => {
                return Ok(Draft::until_sign_in(&form, &self.config, t));
            }
            Some(Refusal::NoAddress) => form.fail("address_id", t.checkout_address_gone()),
            Some(Refusal::AddressChanged) => form.fail("address_id", t.checkout_address_changed()),
            Some(Refusal::AddressBookFull) => {
                form.fail("recipient", t.checkout_book_full(accounts::MAX_ADDRESSES));
            }
            Some(Refusal::TooMuch) => form.fail("expected_total", t.checkout_too_much()),
            Some(Refusal::Bound(bound)) => {
                reached_limits::record(req, &self.service.redis, bound.code(), Some(owner)).await;
                found = Some(Problem::Bound(bound));
            }
            Some(Refusal::TooOften(seconds)) => {
                (found, wait) = (Some(Problem::TooOften(seconds.div_ceil(60))), Some(seconds))
            }
            Some(Refusal::OutOfStock(shortages)) => found = Some(Problem::Shortages(shortages)),
            Some(Refusal::Changed { lines, before, now }) => found = Some(Problem::Changed { lines, before, now }),
            Some(Refusal::Contention | Refusal::LockTimeout | Refusal::QueueFull) => found = Some(Problem::TryAgain),
            Some(Refusal::OutcomeUnknown) => found = Some(Problem::OutcomeUnknown),
            Some(Refusal::Fault(fault)) => found = Some(Problem::of_fault(fault)?),
        }
        let try_again = matches!(found, Some(Problem::TryAgain | Problem::OutcomeUnknown));
        let entries = self.service.selected(owner).await?;
        if try_again && entries.is_empty() {
            return Err(PageError::Unavailable("the cart was emptied while its checkout was busy".into()));
        }
        let mut screen = CheckoutPage::of(self, page, owner, entries, form).await?;
        // A problem of the cart as it is now says more than that the cart has changed.
        match (found, &screen.problem) {
            (Some(Problem::Outdated), Problem::Shortages(_) | Problem::NothingSelected) | (None, _) => {}
            (Some(found), _) => screen.problem = found,
        }
        match wait {
            Some(seconds) => too_many(&screen, seconds),
            None if try_again => unavailable(&screen),
            None => unprocessable(&screen),
        }
    }
}
