//! The page with the form of an order for a caller, and with its preview.

use askama::Template;
use sha2::{Digest, Sha256};

use super::{
    TypedOrder,
    lines::{self, LINES, LineFields},
};
use crate::{
    accounts::{self, Address, BlockedContact, OrderContacts, StaffRequest, User},
    admin::{admin_page::AdminPage, nav_badges::NavBadges},
    catalog,
    checkout::{self, Destination, MAX_NOTE_LEN, Quote, shortages},
    kernel::{Language, PayMethod, PayMethods},
    orders,
    platform::{db::DbError, random},
    web::{Form, PageError, filters},
};

#[derive(Template)]
#[template(path = "admin/orders/caller-order.html")]
pub(super) struct CallerOrderPage {
    page: AdminPage,
    customer: User,
    addresses: Vec<Address>,
    /// The blocked contacts that match the email address of the customer.
    blocks: Vec<BlockedContact>,
    /// The language of the customer's last order, which the form suggests; `None` if there is no order.
    last_language: Option<Language>,
    pay_methods: PayMethods,
    form: Form,
    preview: Option<Preview>,
    problem: Option<String>,
}

/// What the order costs at current prices.
pub(super) struct Preview {
    quote: Quote,
    /// A digest of what the preview shows, by [`digest`].
    digest: String,
}

impl Preview {
    /// Computes the preview and puts the total into the form. Returns `None`, with errors in the form, if a stock is
    /// too low.
    pub(super) async fn of(
        staff: &StaffRequest,
        customer: &User,
        order: &TypedOrder,
        form: &mut Form,
    ) -> Result<Option<Self>, PageError> {
        let skus: Vec<_> = order.lines.entries.iter().map(|entry| entry.sku_id).collect();
        let (language, freight) = (staff.page.language(), staff.settings()?.freight_terms());
        let offers = staff.db.run(move |conn| Ok::<_, DbError>(catalog::sku_offers(conn, &skus, language)?)).await?;
        let quote = checkout::quote(&order.lines.entries, offers, freight);
        let short = shortages(&quote);
        if !short.is_empty() {
            order.lines.fail_short(form, &short, staff.page.t);
            return Ok(None);
        }
        form.set("expected_total", quote.total.plain());
        Ok(Some(Self { quote, digest: digest(customer, order) }))
    }
}

/// Returns a digest of what is ordered, for whom, where to and how it is paid: 16 hexadecimal digits. The button that
/// places the order sends it, so that nothing is ordered that was not previewed.
pub(super) fn digest(customer: &User, order: &TypedOrder) -> String {
    let mut said = format!("{} {} {}", customer.id, order.input.pay_method.code(), order.language.code());
    for entry in &order.lines.entries {
        said.push_str(&format!(" {}:{}", entry.sku_id, entry.count));
    }
    match &order.input.destination {
        Destination::Saved(id) => said.push_str(&format!(" {id}")),
        Destination::New(new) => {
            for field in [&new.recipient, new.phone.as_str(), &new.region, &new.street, &new.postcode] {
                said.push_str(&format!("\0{field}"));
            }
        }
    }
    let digest = Sha256::digest(said);
    random::hex(digest.get(..8).unwrap_or_default())
}

impl CallerOrderPage {
    pub(super) async fn load(
        staff: StaffRequest,
        customer: User,
        form: Form,
        preview: Option<Preview>,
    ) -> Result<Self, PageError> {
        let (owner, email) = (customer.id, customer.email.clone());
        let (badges, addresses, blocks, last_language) = staff
            .db
            .run(move |conn| {
                let nowhere =
                    OrderContacts { email, phone: String::new(), region: String::new(), street: String::new() };
                let blocks = accounts::blocks_of(conn, &nowhere)?;
                let addresses = accounts::addresses_of(conn, owner)?;
                let language = orders::last_language(conn, owner)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, addresses, blocks, language))
            })
            .await?;
        let pay_methods = staff.config.pay_methods.clone();
        let page = AdminPage::new(staff.page.at(&super::path_of(owner)), badges);
        Ok(Self { page, customer, addresses, blocks, last_language, pay_methods, form, preview, problem: None })
    }

    /// Sets the message that says why nothing was ordered.
    #[must_use]
    pub(super) fn with_problem(mut self, words: impl Into<String>) -> Self {
        self.problem = Some(words.into());
        self
    }

    /// Returns (number from 1, field names) of each line that the form shows.
    fn lines(&self) -> impl Iterator<Item = (usize, &'static LineFields)> {
        (1..).zip(LINES.iter()).take(lines::shown(&self.form))
    }

    fn is_chosen(&self, address: &Address) -> bool {
        checkout::chosen_address(&self.form, &self.addresses) == Some(address.id)
    }

    /// Returns whether the fields of a new address are unfolded: text was typed into them, or the customer has no
    /// address.
    fn is_new_open(&self) -> bool {
        self.addresses.is_empty() || checkout::wants_new_address(&self.form)
    }

    fn is_chosen_pay_method(&self, method: &PayMethod) -> bool {
        match self.form.value("pay_method").parse::<PayMethod>() {
            Ok(typed) => typed == *method,
            Err(_) => self.pay_methods.iter().next() == Some(*method),
        }
    }

    fn is_language(&self, language: &Language) -> bool {
        let chosen = self.form.value("language").parse().ok().or(self.last_language);
        chosen.unwrap_or_else(|| self.page.language()) == *language
    }

    fn max_note_len(&self) -> usize {
        MAX_NOTE_LEN
    }
}
