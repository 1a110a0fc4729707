//! Places an order for a customer who calls the shop. Staff find or create the customer, type the order, see a preview,
//! and place it by the same checkout as shoppers do.

mod customers;
mod lines;
mod page;

pub use customers::{create_customer, new_order};

use actix_web::{HttpRequest, web::Data};

use self::{
    lines::CallerLines,
    page::{CallerOrderPage, Preview},
};
use super::order_path;
use crate::{
    accounts::{self, ContactKind, OrderContacts, SessionClaim, StaffRequest, User},
    checkout::{
        self, BatchQueue, Bound, CallerCheckout, CallerOrder, Destination, OrderInput, PlacedByStaff, Refusal, Token,
    },
    kernel::{Language, UserId},
    messages::Messages,
    platform::db::{Db, DbError},
    web::{
        self, Asker, Fields, Flash, Form, Limit, PageError, PageResult, RateLimit, SecurityEvent, Subject, app_data,
        reached_limits, see_other,
    },
};

const NEW_ORDER: &str = "/admin/orders/new";

/// Returns the path and query of the form of a new order for this customer.
fn path_of(customer: UserId) -> String {
    format!("{NEW_ORDER}?customer={customer}")
}

/// The valid fields of the form of an order for a caller.
struct TypedOrder {
    input: OrderInput,
    lines: CallerLines,
    language: Language,
}

/// `POST /admin/orders/preview`: shows what the order would cost, and the button that places the order. Stores nothing.
pub async fn preview_order(staff: StaffRequest, fields: Fields) -> PageResult {
    let Some(customer) = customer(&staff, &fields).await? else { return Ok(see_other(NEW_ORDER)) };
    let (t, mut form) = (staff.page.t, Form::from(fields));
    // Each preview has a token, so that going back and previewing again makes another order.
    form.set("checkout_token", Token::new().as_str());
    form.set("expected_total", "0");
    let Some(order) = read(&staff, &mut form, t).await? else {
        return web::unprocessable(&CallerOrderPage::load(staff, customer, form, None).await?);
    };
    if let Some(kind) = blocked(&staff.db, &customer, &order.input.destination).await? {
        fail_blocked(&mut form, kind, t);
        return web::unprocessable(&CallerOrderPage::load(staff, customer, form, None).await?);
    }
    match Preview::of(&staff, &customer, &order, &mut form).await? {
        Some(preview) => web::html(&CallerOrderPage::load(staff, customer, form, Some(preview)).await?),
        None => web::unprocessable(&CallerOrderPage::load(staff, customer, form, None).await?),
    }
}

/// `POST /admin/orders`: places the order and redirects to its page.
pub async fn place_order(staff: StaffRequest, fields: Fields, queue: BatchQueueData) -> PageResult {
    let Some(customer) = customer(&staff, &fields).await? else { return Ok(see_other(NEW_ORDER)) };
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(order) = read(&staff, &mut form, t).await? else {
        return web::unprocessable(&CallerOrderPage::load(staff, customer, form, None).await?);
    };
    if form.value("previewed") != page::digest(&customer, &order) {
        let preview = Preview::of(&staff, &customer, &order, &mut form).await?;
        let screen = CallerOrderPage::load(staff, customer, form, preview).await?;
        return web::unprocessable(&screen.with_problem(t.caller_look_again()));
    }
    let claim = SessionClaim::in_session(&staff.http).ok_or(PageError::NotFound)?;
    let limit = Limit::Checkout.hit(&staff.http, &staff.redis, Asker::User(staff.user.id)).await?;
    if let RateLimit::Wait(seconds) = limit {
        return refuse(staff, customer, form, &order, Refusal::TooOften(seconds)).await;
    }
    let checkout = CallerCheckout { db: staff.db.clone().into_inner(), queue: queue.0.into_inner() };
    let placed_by = PlacedByStaff { staff: claim, shopper: customer.id, ip_address: staff.client_address() };
    let caller_order = CallerOrder {
        placed_by,
        input: order.input.clone(),
        entries: order.lines.entries.clone(),
        shown_addresses: checkout::shown_addresses(&form),
        shown_prices: checkout::shown_prices(&form),
        language: order.language,
    };
    match checkout.place(caller_order).await {
        (Ok(placed), _) => {
            let words = if placed.is_new { t.caller_placed() } else { t.caller_placed_before() };
            Ok(Flash::success(words).see_other(&order_path(&placed.number), &staff.config))
        }
        (Err(refusal), _) => refuse(staff, customer, form, &order, refusal).await,
    }
}

/// An extractor for handlers: the queue of the checkout.
pub struct BatchQueueData(Data<BatchQueue>);

impl actix_web::FromRequest for BatchQueueData {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(app_data(req).map(Self))
    }
}

/// Returns the customer whose id is in the field `customer`; `None` if there is no such customer.
async fn customer(staff: &StaffRequest, fields: &Fields) -> Result<Option<User>, PageError> {
    let Ok(id) = fields.get("customer").parse() else { return Ok(None) };
    Ok(staff.db.run(move |conn| Ok::<_, DbError>(accounts::user_by_id(conn, id)?)).await?)
}

/// Reads the form, and looks up the codes of the SKUs. `None`, with errors in the form, if something is wrong.
async fn read(staff: &StaffRequest, form: &mut Form, t: Messages) -> Result<Option<TypedOrder>, PageError> {
    let typed = lines::read(form, t);
    let input = checkout::order_input(form, &staff.config.pay_methods, t);
    let language = form.value("language").parse().unwrap_or_else(|_| staff.page.language());
    let Some(typed) = typed else { return Ok(None) };
    let (typed, skus) = staff
        .db
        .run(move |conn| {
            let skus = lines::skus(conn, &typed)?;
            Ok::<_, DbError>((typed, skus))
        })
        .await?;
    let lines = lines::entries(form, &typed, &skus, t);
    Ok(input.zip(lines).map(|(input, lines)| TypedOrder { input, lines, language }))
}

/// Returns the kind of a blocked contact of the customer or of the address; `None` if none is blocked.
async fn blocked(db: &Db, customer: &User, destination: &Destination) -> Result<Option<ContactKind>, PageError> {
    let (owner, email, destination) = (customer.id, customer.email.clone(), destination.clone());
    let blocked = db.run(move |conn| {
        let (phone, region, street) = match destination {
            Destination::New(new) => (new.phone.to_string(), new.region, new.street),
            Destination::Saved(id) => match accounts::address_of(conn, owner, id)? {
                Some(address) => (address.phone, address.region, address.street),
                None => return Ok(None),
            },
        };
        let contacts = OrderContacts { email, phone, region, street };
        Ok::<_, DbError>(accounts::blocks_of(conn, &contacts)?.first().map(|block| block.kind))
    });
    Ok(blocked.await?)
}

fn fail_blocked(form: &mut Form, kind: ContactKind, t: Messages) {
    let is_typed = !form.value("street").is_empty();
    let (field, words) = match kind {
        ContactKind::Email => ("customer", t.caller_refused_email()),
        ContactKind::Phone if is_typed => ("phone", t.caller_refused_phone()),
        ContactKind::Phone => ("address_id", t.caller_refused_phone()),
        ContactKind::Address if is_typed => ("street", t.caller_refused_address()),
        ContactKind::Address => ("address_id", t.caller_refused_address()),
    };
    form.fail(field, words);
}

/// Responds with the form as it was typed and a message that says why nothing was ordered.
async fn refuse(
    staff: StaffRequest,
    customer: User,
    mut form: Form,
    order: &TypedOrder,
    refusal: Refusal,
) -> PageResult {
    checkout::count_refusal(Some(&refusal));
    let (t, mut problem, mut is_busy, mut wait) = (staff.page.t, None, false, None);
    match refusal {
        Refusal::NotSignedIn => return Err(PageError::NotFound),
        Refusal::AccountClosed => form.fail("customer", t.caller_is_closed()),
        Refusal::Blocked(kind) => {
            let about = Subject::User(customer.id);
            SecurityEvent::BlockedContactRefused.record_by(&staff.http, staff.user.id, about, kind.code());
            fail_blocked(&mut form, kind, t);
        }
        Refusal::NothingSelected => form.fail("code-1", t.caller_no_line()),
        Refusal::NoAddress => form.fail("address_id", t.checkout_address_gone()),
        Refusal::AddressChanged => form.fail("address_id", t.checkout_address_changed()),
        Refusal::AddressBookFull => form.fail("recipient", t.caller_book_full(accounts::MAX_ADDRESSES)),
        Refusal::TooMuch => form.fail("code-1", t.checkout_too_much()),
        Refusal::OutOfStock(shortages) => order.lines.fail_short(&mut form, &shortages, t),
        Refusal::Bound(bound) => {
            reached_limits::record(&staff.http, &staff.redis, bound.code(), Some(customer.id)).await;
            match bound {
                Bound::OpenOrders(most) => form.fail("customer", t.caller_open_bound(most)),
                Bound::Expired(most) => form.fail("pay_method", t.caller_expired_bound(most)),
                Bound::Pieces(excesses) => order.lines.fail_excess(&mut form, &excesses, t),
            }
        }
        Refusal::Changed { .. } => problem = Some(t.caller_changed().to_owned()),
        Refusal::TooOften(seconds) => {
            problem = Some(t.error_too_many(seconds.div_ceil(60)));
            wait = Some(seconds);
        }
        Refusal::Contention | Refusal::LockTimeout | Refusal::QueueFull => {
            (problem, is_busy) = (Some(t.caller_not_now().to_owned()), true);
        }
        Refusal::OutcomeUnknown => (problem, is_busy) = (Some(t.caller_unknown().to_owned()), true),
        Refusal::Fault(fault) if !fault.is_transient() => return Err(fault.into()),
        Refusal::Fault(fault) => {
            let is_lost = matches!(*fault, DbError::Lost(_));
            let words = if is_lost { t.caller_unknown() } else { t.caller_not_now() };
            (problem, is_busy) = (Some(words.to_owned()), true);
        }
    }
    let preview = if form.has_errors() { None } else { Preview::of(&staff, &customer, order, &mut form).await? };
    let mut screen = CallerOrderPage::load(staff, customer, form, preview).await?;
    if let Some(words) = problem {
        screen = screen.with_problem(words);
    }
    response(&screen, is_busy, wait)
}

fn response(screen: &CallerOrderPage, is_busy: bool, wait: Option<u64>) -> PageResult {
    match wait {
        Some(seconds) => web::too_many(screen, seconds),
        None if is_busy => web::unavailable(screen),
        None => web::unprocessable(screen),
    }
}
