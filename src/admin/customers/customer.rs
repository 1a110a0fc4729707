//! The page of one customer.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::{
    PATH,
    look_limit::{count_look, refused},
    masking, record_look, sees_contacts,
};
use crate::{
    accounts::{self, Address, StaffRequest},
    admin::{admin_page::AdminPage, audit_context::AuditContext, nav_badges::NavBadges},
    audit::AuditAction,
    customers::{self, Customer, CustomerNote, CustomerOrder, CustomerQuestion, CustomerReview, OpenMatters},
    kernel::{Email, UserId, thousands},
    orders::OpenOrder,
    platform::{
        clock,
        db::{self, Connection, DbError},
        random,
    },
    web::{self, Form, PageError, PageResult, RateLimit},
};

/// How many orders, reviews and questions the page shows.
const MAX_SHOWN: i64 = 10;

/// The data of a customer that the page shows.
struct CustomerData {
    customer: Customer,
    orders: Vec<CustomerOrder>,
    addresses: Vec<Address>,
    notes: Vec<CustomerNote>,
    reviews: Vec<CustomerReview>,
    questions: Vec<CustomerQuestion>,
}

#[derive(Template)]
#[template(path = "admin/customers/customer.html")]
struct CustomerPage {
    page: AdminPage,
    data: CustomerData,
    form: Form,
    /// The orders and questions because of which the customer was not erased; empty otherwise.
    open: OpenMatters,
    token: String,
    me: UserId,
    is_admin: bool,
    zone: FixedOffset,
}

/// `GET /admin/customers/{customer}`: the page of a customer. The audit log records that the member of staff opened it.
pub async fn customer(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let id = UserId(id.into_inner());
    if let RateLimit::Wait(seconds) = count_look(&staff).await? {
        return refused(staff, seconds).await;
    }
    web::html(&CustomerPage::load(staff, id, Form::default()).await?)
}

/// Responds with the page of a customer and either the errors of a form on it or the orders and questions that keep the
/// customer from being erased. Is counted and recorded in the audit log like opening the page.
pub(super) async fn with_errors(staff: StaffRequest, id: UserId, (form, open): (Form, OpenMatters)) -> PageResult {
    let staff = staff.at(&format!("{PATH}/{id}"));
    if let RateLimit::Wait(seconds) = count_look(&staff).await? {
        return refused(staff, seconds).await;
    }
    let mut shown = CustomerPage::load(staff, id, form).await?;
    shown.open = open;
    web::unprocessable(&shown)
}

impl CustomerData {
    fn load(conn: &mut Connection, id: UserId) -> Result<Self, DbError> {
        let customer = customers::customer(conn, id)?.ok_or(DbError::Missing)?;
        Ok(Self {
            customer,
            orders: customers::latest_orders(conn, id, MAX_SHOWN)?,
            addresses: accounts::addresses_of(conn, id)?,
            notes: customers::notes_of(conn, id)?,
            reviews: customers::latest_reviews(conn, id, MAX_SHOWN)?,
            questions: customers::latest_questions(conn, id, MAX_SHOWN)?,
        })
    }
}

impl CustomerPage {
    /// Loads the page of a customer, and records in the audit log that the member of staff opened it.
    async fn load(staff: StaffRequest, id: UserId, form: Form) -> Result<Self, PageError> {
        let (audit, zone, is_admin, me) =
            (AuditContext::of(&staff), staff.config.zone, sees_contacts(&staff), staff.user.id);
        let loaded = staff.db.run(move |conn| {
            let data = CustomerData::load(conn, id)?;
            let look = (AuditAction::ViewCustomer, data.customer.username.as_str());
            db::transaction(conn, |conn| record_look(conn, &audit, look, None))?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, data))
        });
        let (badges, data) = loaded.await?;
        let token = random::token_or_new(form.value("token"));
        let page = AdminPage::new(staff.page, badges);
        Ok(Self { page, data, form, open: OpenMatters::default(), token, me, is_admin, zone })
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.data.customer.id)
    }

    /// Returns the URL of the list of all orders of the customer.
    fn orders_path(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &self.data.customer.username)
            .append_pair("show", "all")
            .finish();
        format!("/admin/orders?{query}")
    }

    fn email(&self) -> String {
        let shown = Email::shown(&self.data.customer.email);
        if self.is_admin { shown } else { masking::email(&shown) }
    }

    fn recipient(&self, address: &Address) -> String {
        if self.is_admin { address.recipient.clone() } else { masking::name(&address.recipient) }
    }

    fn phone(&self, address: &Address) -> String {
        if self.is_admin { self.page.t.phone(&address.phone) } else { masking::phone(&address.phone) }
    }

    /// Returns the address on one line. Staff who are not admins get the region only, without street and postcode.
    fn place(&self, address: &Address) -> String {
        let parts = [address.region.as_str(), address.street.as_str(), address.postcode.as_str()];
        let shown = if self.is_admin { &parts[..] } else { &parts[..1] };
        shown.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ")
    }

    fn is_own(&self, note: &CustomerNote) -> bool {
        note.staff_id == self.me
    }

    fn why(&self, order: &OpenOrder) -> &'static str {
        order.reason.words(&self.page.t)
    }

    fn count(&self, count: &i64) -> String {
        thousands(count)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
