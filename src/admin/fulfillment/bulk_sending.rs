//! A page with a row for each of several orders, on which staff send all of them at once, each in one parcel.

use askama::Template;
use serde_json::json;

use super::papers::{chosen_orders, reason_words, refuse_choice};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        orders::refusal,
    },
    audit::AuditAction,
    fulfillment::{self, Carrier, LeftOut, MAX_ORDERS, NewParcel, OrderToPack, OrdersToPack},
    kernel::{CarrierId, text},
    lifecycle::{self, SendOutcome},
    messages::Messages,
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    web::{self, Fields, Flash, Form, PageError, PageResult, filters},
};

const ORDERS_PATH: &str = "/admin/orders";

/// An order, and what was typed for its parcel.
struct SendRow {
    order: OrderToPack,
    carrier: String,
    number: String,
    /// The wrong field of the row, as (name, error message); `None` if all are right.
    wrong: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "admin/fulfillment/send-many.html")]
struct SendManyPage {
    page: AdminPage,
    carriers: Vec<Carrier>,
    rows: Vec<SendRow>,
    left_out: Vec<LeftOut>,
    /// The error message about the whole form; `None` if there is none.
    refusal: Option<String>,
    /// The idempotency token of the form: the form sent twice sends each order once.
    token: String,
}

/// `GET /admin/shipments/new`: the form to send the orders with the numbers `order`.
pub async fn new_shipments(staff: StaffRequest) -> PageResult {
    let chosen = chosen_orders(&staff.query());
    if let Some(refusal) = refuse_choice(&staff, &chosen, MAX_ORDERS) {
        return Ok(refusal);
    }
    web::html(&SendManyPage::load(&staff, &chosen, &Form::default()).await?.shown(staff).await?)
}

/// `POST /admin/shipments`: sends each of the orders for which a tracking number was typed, each in a transaction of
/// its own. If an order could not be sent, shows the orders that are left, with the reason.
pub async fn send_shipments(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, chosen, form) = (staff.page.t, chosen_orders(&fields), Form::from(fields));
    if let Some(refusal) = refuse_choice(&staff, &chosen, MAX_ORDERS) {
        return Ok(refusal);
    }
    let mut again = SendManyPage::load(&staff, &chosen, &form).await?;
    let (mut sent, mut failed) = (0, 0);
    for row in again.rows.iter_mut().filter(|row| !row.number.is_empty()) {
        match row.send(&staff, &again.token, t).await? {
            Some(wrong) => {
                row.wrong = Some(wrong);
                failed += 1;
            }
            None => sent += 1,
        }
    }
    if failed == 0 && sent > 0 {
        return Ok(Flash::success(t.send_many_done(sent)).see_other(ORDERS_PATH, &staff.config));
    }
    again.rows.retain(|row| row.number.is_empty() || row.wrong.is_some());
    let refusal = if failed == 0 { t.send_many_none().to_owned() } else { t.send_many_some(sent, failed) };
    again.refusal = Some(refusal);
    web::unprocessable(&again.shown(staff).await?)
}

/// The data of the page without its layout. The layout is loaded last, because that consumes the request.
struct SendManyForm {
    carriers: Vec<Carrier>,
    rows: Vec<SendRow>,
    left_out: Vec<LeftOut>,
    refusal: Option<String>,
    token: String,
}

impl SendManyForm {
    async fn shown(self, staff: StaffRequest) -> Result<SendManyPage, PageError> {
        let Self { carriers, rows, left_out, refusal, token } = self;
        let page = AdminPage::load(staff.page.at(ORDERS_PATH), &staff.db).await?;
        Ok(SendManyPage { page, carriers, rows, left_out, refusal, token })
    }
}

impl SendManyPage {
    async fn load(staff: &StaffRequest, chosen: &[String], form: &Form) -> Result<SendManyForm, PageError> {
        let chosen = chosen.to_vec();
        let (found, carriers) = staff
            .db
            .run(move |conn| {
                let found = fulfillment::orders_to_pack(conn, &chosen)?;
                Ok::<_, DbError>((found, fulfillment::active_carriers(conn)?))
            })
            .await?;
        let OrdersToPack { orders, left_out } = found;
        let token = random::token_or_new(form.value("token"));
        let mut rows = Vec::with_capacity(orders.len());
        for order in orders {
            let carrier = form.value(&format!("carrier-{}", order.number)).to_owned();
            let number = form.value(&format!("number-{}", order.number)).to_owned();
            rows.push(SendRow { order, carrier, number, wrong: None });
        }
        Ok(SendManyForm { carriers, rows, left_out, refusal: None, token })
    }

    fn reason(&self, left: &LeftOut) -> String {
        reason_words(self.page.t, &left.reason)
    }
}

impl SendRow {
    /// Returns the error message of the field `name`; `None` if that field is right.
    fn error(&self, name: &str) -> Option<&str> {
        self.wrong.as_ref().filter(|(field, _)| *field == name).map(|(_, words)| words.as_str())
    }

    /// Sends the order. If that is not possible, returns (wrong field, error message).
    async fn send(
        &self,
        staff: &StaffRequest,
        token: &str,
        t: Messages,
    ) -> Result<Option<(&'static str, String)>, PageError> {
        let Ok(carrier) = self.carrier.parse::<CarrierId>() else {
            return Ok(Some(("carrier", t.parcel_carrier_wrong().to_owned())));
        };
        let Some(number) = fulfillment::tracking_number(&text::fold(&self.number)) else {
            return Ok(Some(("number", t.parcel_number_wrong().to_owned())));
        };
        let parcel = NewParcel { carrier, number, units: None, token: token.to_owned() };
        let (id, target, audit) = (self.order.id, self.order.number.to_string(), AuditContext::of(staff));
        let sending = staff.db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let outcome = lifecycle::send_parcel(conn, id, &parcel, audit.staff_id, clock::now())?;
                if let SendOutcome::Sent { shipment, .. } = &outcome {
                    let after = json!({ "number": shipment.number, "carrier": shipment.carrier_id.0 });
                    audit.record(conn, AuditAction::SendParcel, &target, Diff::after(after))?;
                }
                Ok::<_, DbError>(outcome)
            })
        });
        Ok(match sending.await? {
            SendOutcome::Sent { .. } | SendOutcome::Repeated(_) => None,
            refused => {
                let (field, words) = refusal(t, &refused);
                Some((if field == "carrier" { field } else { "number" }, words))
            }
        })
    }
}
