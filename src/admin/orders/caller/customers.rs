//! Finds the customer for whom staff place an order, or creates an account for the customer's email address.

use askama::Template;

use super::{NEW_ORDER, page::CallerOrderPage, path_of};
use crate::{
    accounts::{self, StaffRequest, User},
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        filtered_list::FilteredList,
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    kernel::{Email, Phone},
    orders::{self, LastRecipient, OrderFilter, OrderSearch},
    platform::{
        clock,
        cursor::Cursor,
        db::{self, Connection, DbError},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};
use serde_json::json;

/// The maximum number of orders that a search for customers by phone number reads.
const MAX_ORDERS: i64 = 50;

#[derive(Template)]
#[template(path = "admin/orders/caller-customer.html")]
struct FindCustomerPage {
    page: AdminPage,
    typed: String,
    customers: Vec<FoundCustomer>,
    form: Form,
}

struct FoundCustomer {
    user: User,
    last: Option<LastRecipient>,
}

/// `GET /admin/orders/new`: searches customers by the query parameter `q`; with the parameter `customer` (an id), shows
/// the form of a new order for that customer.
pub async fn new_order(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    if let Some(customer) = super::customer(&staff, &query).await? {
        return web::html(&CallerOrderPage::load(staff, customer, Form::default(), None).await?);
    }
    web::html(&FindCustomerPage::load(staff, Form::default()).await?)
}

/// `POST /admin/customers`: finds the customer with the email address in the field `customer_email`, or creates the
/// account, and redirects to the form of a new order for that customer.
pub async fn create_customer(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(email) = form.parsed::<Email>("customer_email", t.email_wrong(), t) else {
        return web::unprocessable(&FindCustomerPage::load(staff.at(NEW_ORDER), form).await?);
    };
    let password_hash = accounts::unknown_password_hash().await?;
    let audit = AuditContext::of(&staff);
    let created = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let created = accounts::create_customer(conn, &email, &password_hash)?;
            let Ok(id) = created else {
                return Ok((accounts::user_by_name(conn, email.as_str())?, false));
            };
            let user = accounts::user_by_id(conn, id)?.ok_or(DbError::Missing)?;
            let diff = Diff::after(json!({ "email": user.email }));
            audit.record(conn, AuditAction::CreateCustomer, &user.username, diff)?;
            Ok::<_, DbError>((Some(user), true))
        })
    });
    let (user, is_new) = created.await?;
    let user = user.ok_or_else(|| PageError::internal("an email address is taken by nobody"))?;
    let words = if is_new { t.caller_created() } else { t.caller_email_known() };
    Ok(Flash::success(words).see_other(&path_of(user.id), &staff.config))
}

/// Returns the customers with this email address or username, and those of earlier orders with this phone number.
fn find(conn: &mut Connection, typed: &str) -> Result<Vec<FoundCustomer>, DbError> {
    let mut found = Vec::new();
    if typed.is_empty() {
        return Ok(found);
    }
    if let Some(user) = accounts::user_by_name(conn, typed)? {
        found.push(FoundCustomer { last: orders::last_recipient(conn, user.id)?, user });
    }
    if let Ok(phone) = typed.parse::<Phone>() {
        let digits = accounts::phone_key_of(conn, phone.number())?;
        let search = OrderSearch {
            words: vec![digits.trim_start_matches('+').to_owned()],
            show: OrderFilter::All,
            from: None,
            to: None,
            paid: None,
            pay_method: None,
            now: clock::now(),
            cursor: Cursor::Newest,
        };
        let ids = orders::find_orders(conn, &search, MAX_ORDERS)?;
        let shoppers = orders::shoppers_of(conn, &ids)?;
        let ids: Vec<_> = shoppers.iter().map(|shopper| shopper.user_id).collect();
        let mut users = accounts::users_by_id(conn, &ids)?;
        for last in shoppers {
            if last.phone.contains(digits.trim_start_matches('+'))
                && let Some(user) = users.remove(&last.user_id)
            {
                found.push(FoundCustomer { user, last: Some(last) });
            }
        }
    }
    Ok(found)
}

impl FindCustomerPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let typed = FilteredList::search_words(&staff.query());
        let asked = typed.clone();
        let (badges, customers) =
            staff.db.run(move |conn| Ok::<_, DbError>((NavBadges::load_with(conn)?, find(conn, &asked)?))).await?;
        Ok(Self { page: AdminPage::new(staff.page, badges), typed, customers, form })
    }

    /// Returns the email address to suggest for a new customer: the typed one, otherwise the search text if it is an
    /// email address and no customer was found.
    fn email(&self) -> &str {
        let typed = self.form.value("customer_email");
        if typed.is_empty() && self.customers.is_empty() && self.typed.contains('@') { &self.typed } else { typed }
    }
}
