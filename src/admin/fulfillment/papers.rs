//! The papers of the store room, as pages to print: pick lists, and packing slips for the parcels.

use actix_web::HttpResponse;
use askama::Template;
use chrono::FixedOffset;

use crate::{
    accounts::StaffRequest,
    catalog,
    fulfillment::{self, LeftOut, LeftOutReason, MAX_ORDERS, OrderToPack, OrdersToPack, PickLine},
    kernel::codes,
    messages::Messages,
    platform::{
        clock,
        code128::{Barcode, code128},
        db::DbError,
    },
    store::Settings,
    web::{self, Fields, Flash, Page, PageError, PageResult, filters},
};

const ORDERS_PATH: &str = "/admin/orders";

codes! {
    /// The size of the paper on which packing slips are printed.
    #[derive(Default)]
    pub(super) enum PaperSize {
        #[default]
        A4 = "a4",
        /// 100 by 150 millimeters, the usual label of carriers.
        Label = "label",
    }
}

/// Returns the numbers of the orders that staff have chosen in a list: the values of the fields `order` and `orders`,
/// each once.
pub(super) fn chosen_orders(fields: &Fields) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for number in fields.all("order").chain(fields.all("orders")).filter(|number| !number.is_empty()) {
        if !chosen.iter().any(|other| other == number) {
            chosen.push(number.to_owned());
        }
    }
    chosen
}

/// Returns a redirect to the list of orders, with a message, if no orders or more than `most` were chosen; otherwise
/// `None`.
pub(super) fn refuse_choice(staff: &StaffRequest, chosen: &[String], most: usize) -> Option<HttpResponse> {
    let t = staff.page.t;
    let words = match chosen.len() {
        0 => t.papers_nothing_chosen().to_owned(),
        count if count > most => t.papers_too_many(most),
        _ => return None,
    };
    Some(Flash::error(words).see_other(ORDERS_PATH, &staff.config))
}

/// Returns the URL of a page about these orders, with their numbers in the query; `more` are further query parameters.
pub(super) fn path_of(path: &str, orders: &[String], more: &[(&str, &str)]) -> String {
    let chosen = orders.iter().map(|number| ("order", number.as_str()));
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(chosen.chain(more.iter().copied())).finish();
    format!("{path}?{query}")
}

async fn load(staff: &StaffRequest, chosen: &[String]) -> Result<OrdersToPack, PageError> {
    let chosen = chosen.to_vec();
    Ok(staff.db.run(move |conn| Ok::<_, DbError>(fulfillment::orders_to_pack(conn, &chosen)?)).await?)
}

/// Returns the text that says why an order is not on a paper.
pub(super) fn reason_words(t: Messages, reason: &LeftOutReason) -> String {
    match reason {
        LeftOutReason::Unknown => t.left_out_unknown().to_owned(),
        LeftOutReason::Unpaid => t.left_out_unpaid().to_owned(),
        LeftOutReason::OnHold(why) => t.left_out_on_hold(why),
        LeftOutReason::CancellationAsked => t.left_out_cancellation_asked().to_owned(),
        LeftOutReason::Canceled => t.left_out_canceled().to_owned(),
        LeftOutReason::Sent => t.left_out_sent().to_owned(),
    }
}

#[derive(Template)]
#[template(path = "admin/fulfillment/pick-list.html")]
struct PickListPage {
    page: Page,
    lines: Vec<PickLine>,
    orders: Vec<OrderToPack>,
    left_out: Vec<LeftOut>,
    printed_at: String,
}

/// `GET /admin/orders/pick-list`: the units that the orders with the numbers `order` together need, sorted by place in
/// the store room.
pub async fn pick_list(staff: StaffRequest) -> PageResult {
    let chosen = chosen_orders(&staff.query());
    if let Some(refusal) = refuse_choice(&staff, &chosen, MAX_ORDERS) {
        return Ok(refusal);
    }
    let (printed_at, language) = (clock::minute(clock::now(), staff.config.zone), staff.page.language());
    let OrdersToPack { orders, left_out } = load(&staff, &chosen).await?;
    let mut lines = fulfillment::pick_lines(&orders);
    let skus: Vec<_> = lines.iter().map(|line| line.sku_id).collect();
    let offers = staff.db.run(move |conn| Ok::<_, DbError>(catalog::sku_offers(conn, &skus, language)?)).await?;
    for line in &mut lines {
        if let Some(offer) = offers.iter().find(|offer| offer.sku_id == line.sku_id && !offer.name.is_empty()) {
            (line.name, line.options) = (offer.name.clone(), offer.options.clone());
        }
    }
    web::html(&PickListPage { page: staff.page, lines, orders, left_out, printed_at })
}

impl PickListPage {
    fn slips(&self) -> String {
        path_of("/admin/orders/packing-slips", &numbers_of(&self.orders), &[])
    }

    fn units(&self) -> i32 {
        self.lines.iter().map(|line| line.count).sum()
    }

    fn reason(&self, left: &LeftOut) -> String {
        reason_words(self.page.t, &left.reason)
    }
}

fn numbers_of(orders: &[OrderToPack]) -> Vec<String> {
    orders.iter().map(|order| order.number.to_string()).collect()
}

/// A packing slip, in the language of its order.
struct Slip {
    order: OrderToPack,
    t: Messages,
    shop_name: String,
    /// Where shoppers send goods back: recipient, phone, address; empty if the settings do not say.
    return_address: String,
    barcode: Option<Barcode>,
    placed_on: String,
}

#[derive(Template)]
#[template(path = "admin/fulfillment/packing-slips.html")]
struct PackingSlipsPage {
    page: Page,
    size: PaperSize,
    slips: Vec<Slip>,
    left_out: Vec<LeftOut>,
}

/// `GET /admin/orders/packing-slips`: a packing slip for each of the orders with the numbers `order`, on paper of the
/// size `size`.
pub async fn packing_slips(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let chosen = chosen_orders(&query);
    if let Some(refusal) = refuse_choice(&staff, &chosen, MAX_ORDERS) {
        return Ok(refusal);
    }
    let size = PaperSize::from_code(query.get("size")).unwrap_or_default();
    let OrdersToPack { orders, left_out } = load(&staff, &chosen).await?;
    let (zone, settings) = (staff.config.zone, staff.settings()?);
    let slips = orders.into_iter().map(|order| Slip::new(order, &settings, zone)).collect();
    web::html(&PackingSlipsPage { page: staff.page, size, slips, left_out })
}

impl Slip {
    fn new(order: OrderToPack, settings: &Settings, zone: FixedOffset) -> Self {
        let (t, barcode) = (Messages(order.language), code128(order.number.as_str()));
        let placed_on = order.placed_at.with_timezone(&zone).format("%Y-%m-%d").to_string();
        let shop_name = settings.shop_name(order.language).to_owned();
        let of_return = [&settings.return_recipient, &settings.return_phone, &settings.return_address];
        let of_return: Vec<&str> = of_return.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let return_address = of_return.join(" ");
        Self { order, t, shop_name, return_address, barcode, placed_on }
    }
}

impl PackingSlipsPage {
    /// Returns the URL of the same packing slips on paper of another size.
    fn with_size(&self, size: &PaperSize) -> String {
        let mut numbers: Vec<String> = self.slips.iter().map(|slip| slip.order.number.to_string()).collect();
        numbers.extend(self.left_out.iter().map(|left| left.number.clone()));
        path_of("/admin/orders/packing-slips", &numbers, &[("size", size.code())])
    }

    fn sizes(&self) -> [(PaperSize, &'static str); 2] {
        [(PaperSize::A4, self.page.t.slip_a4()), (PaperSize::Label, self.page.t.slip_label())]
    }

    fn reason(&self, left: &LeftOut) -> String {
        reason_words(self.page.t, &left.reason)
    }
}
