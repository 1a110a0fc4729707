//! Queries of emails about orders, and of what they are about.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{
    MailJob, MailProgress, MailedFapiao, MailedGoods, MailedOrder, MailedParcel, MailedRefund, MailedReturn, OrderMail,
    SentOrderMail,
};
use crate::{
    kernel::{Language, Money, OrderId, OrderNumber, PayMethod, UserId},
    orders::{self, CanceledBy},
    schema::{
        carriers, fapiao_numbers, fapiao_requests, order_events, order_goods, order_mails, orders as orders_table,
        outbox, payments, refunds, return_goods, returns, shipment_goods, shipments, users,
    },
};

/// Loads an email; `None` if there is none with this id.
pub fn order_mail(conn: &mut PgConnection, id: i64) -> QueryResult<Option<OrderMail>> {
    order_mails::table.find(id).select(OrderMail::as_select()).first(conn).optional()
}

/// Loads the emails of an order, oldest first.
pub fn mails_of_order(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<SentOrderMail>> {
    let mails: Vec<(OrderMail, Option<i64>)> = order_mails::table
        .filter(order_mails::order_id.eq(order))
        .order(order_mails::id)
        .select((OrderMail::as_select(), order_mails::job_id))
        .load(conn)?;
    let jobs = mail_jobs(conn, mails.iter().filter_map(|(_, job)| *job).collect())?;
    let with_job = |(mail, job): (OrderMail, Option<i64>)| SentOrderMail {
        kind: mail.kind,
        progress: MailProgress {
            promised_at: mail.promised_at,
            begun_at: mail.begun_at,
            sent_at: mail.sent_at,
            skipped: mail.skipped,
            job: jobs.iter().find(|found| Some(found.id) == job).cloned(),
        },
    };
    Ok(mails.into_iter().map(with_job).collect())
}

/// Loads the jobs with these ids that exist.
pub fn mail_jobs(conn: &mut PgConnection, ids: Vec<i64>) -> QueryResult<Vec<MailJob>> {
    outbox::table.filter(outbox::id.eq_any(ids)).select(MailJob::as_select()).load(conn)
}

#[derive(Queryable)]
struct AddressedOrder {
    number: OrderNumber,
    user_id: UserId,
    canceled_by: Option<CanceledBy>,
    username: String,
    email: String,
}

#[derive(Queryable)]
struct Parcel {
    carrier_en: String,
    carrier_zh: String,
    link: String,
    number: String,
}

/// Loads the data of an order that all its emails need.
pub fn mailed_order(conn: &mut PgConnection, id: OrderId) -> QueryResult<MailedOrder> {
    let row: AddressedOrder = orders_table::table
        .find(id)
        .inner_join(users::table)
        .select((orders_table::number, orders_table::user_id, orders_table::canceled_by, users::username, users::email))
        .first(conn)?;
    let view = orders::order_of(conn, row.user_id, &row.number)?.ok_or(diesel::result::Error::NotFound)?;
    let reason: Option<serde_json::Value> = order_events::table
        .filter(order_events::order_id.eq(id).and(order_events::event.eq_any(["canceled", "refused"])))
        .order(order_events::id.desc())
        .select(order_events::details)
        .first(conn)
        .optional()?;
    let reason = reason.as_ref().and_then(|details| details.get("reason")?.as_str()).unwrap_or_default();
    Ok(MailedOrder {
        view,
        user: row.user_id,
        username: row.username,
        email: row.email,
        cancel_reason: reason.to_owned(),
        canceled_by: row.canceled_by,
        is_by_staff: orders::is_placed_by_staff(conn, id)?,
    })
}

/// Loads a parcel of an order; `None` if it was recorded by mistake or lost, or belongs to another order.
pub fn parcel_of_mail(
    conn: &mut PgConnection,
    order: OrderId,
    id: i64,
    language: Language,
) -> QueryResult<Option<MailedParcel>> {
    let found: Option<Parcel> = shipments::table
        .find(id)
        .inner_join(carriers::table)
        .filter(shipments::order_id.eq(order).and(shipments::status.eq("sent")))
        .select((carriers::name_en, carriers::name_zh, carriers::link, shipments::number))
        .first(conn)
        .optional()?;
    let Some(Parcel { carrier_en, carrier_zh, link, number }) = found else { return Ok(None) };
    let goods: Vec<MailedGoods> = shipment_goods::table
        .inner_join(order_goods::table)
        .filter(shipment_goods::shipment_id.eq(id))
        .order(order_goods::id)
        .select((order_goods::name, order_goods::options, shipment_goods::count))
        .load(conn)?;
    let left = order_goods::table.filter(order_goods::order_id.eq(order));
    let left = left.filter((order_goods::sent_count + order_goods::withdrawn_count).lt(order_goods::count));
    let is_part = diesel::select(diesel::dsl::exists(left)).get_result(conn)?;
    let carrier = match language {
        Language::En => carrier_en,
        Language::Zh => carrier_zh,
    };
    let link = (!link.is_empty()).then(|| link.replace("{number}", &encoded(&number)));
    Ok(Some(MailedParcel { carrier, number, link, goods, is_part }))
}

/// Percent-encodes a tracking number for a URL, because it may contain any characters.
fn encoded(number: &str) -> String {
    form_urlencoded::byte_serialize(number.as_bytes()).collect()
}

/// Loads a refund of an order; `None` if the money is not back yet, or if the refund belongs to another order.
pub fn refund_of_mail(conn: &mut PgConnection, order: OrderId, id: i64) -> QueryResult<Option<MailedRefund>> {
    let found: Option<(Money, String, PayMethod)> = refunds::table
        .inner_join(payments::table)
        .filter(refunds::id.eq(id).and(payments::order_id.eq(order)))
        .filter(refunds::status.eq_any(["done", "elsewhere"]))
        .select((refunds::amount, refunds::status, payments::pay_method))
        .first(conn)
        .optional()?;
    Ok(found.map(|(amount, status, pay_method)| MailedRefund {
        amount,
        is_by_gateway: status == "done" && pay_method != PayMethod::Cod,
    }))
}

/// Returns the amount of a payment of an order; `None` if the payment belongs to another order.
pub fn payment_of_mail(conn: &mut PgConnection, order: OrderId, id: i64) -> QueryResult<Option<Money>> {
    payments::table
        .filter(payments::id.eq(id).and(payments::order_id.eq(order)))
        .select(payments::amount)
        .first(conn)
        .optional()
}

/// Loads the fapiao that an email is about. `None` if the request belongs to another order, or its data was erased with
/// the shopper.
pub fn fapiao_of_mail(conn: &mut PgConnection, order: OrderId, id: i64) -> QueryResult<Option<MailedFapiao>> {
    let found: Option<(String, String)> = fapiao_requests::table
        .filter(fapiao_requests::id.eq(id).and(fapiao_requests::order_id.eq(order)))
        .filter(fapiao_requests::erased_at.is_null())
        .select((fapiao_requests::email, fapiao_requests::refusal))
        .first(conn)
        .optional()?;
    let Some((email, refusal)) = found else { return Ok(None) };
    let (numbers, reversal_numbers) = (fapiao_numbers(conn, id, "fapiao")?, fapiao_numbers(conn, id, "reversal")?);
    Ok(Some(MailedFapiao { email, numbers, reversal_numbers, refusal }))
}

/// Returns the numbers of one part of a fapiao, separated by commas.
fn fapiao_numbers(conn: &mut PgConnection, id: i64, part: &str) -> QueryResult<String> {
    let numbers: Vec<String> = fapiao_numbers::table
        .filter(fapiao_numbers::request_id.eq(id).and(fapiao_numbers::part.eq(part)))
        .order(fapiao_numbers::number)
        .select(fapiao_numbers::number)
        .load(conn)?;
    Ok(numbers.join(", "))
}

/// Loads a return of an order; `None` if it belongs to another order.
pub fn return_of_mail(conn: &mut PgConnection, order: OrderId, id: i64) -> QueryResult<Option<MailedReturn>> {
    let found: Option<(String, String, String)> = returns::table
        .filter(returns::id.eq(id).and(returns::order_id.eq(order)))
        .select((returns::status, returns::kind, returns::answer))
        .first(conn)
        .optional()?;
    let Some((status, kind, answer)) = found else { return Ok(None) };
    let goods = return_goods::table
        .inner_join(order_goods::table)
        .filter(return_goods::return_id.eq(id))
        .order(order_goods::id)
        .select((order_goods::name, order_goods::options, return_goods::count))
        .load(conn)?;
    Ok(Some(MailedReturn { status, is_goods_back: kind == "goods_back", answer, goods }))
}

/// Returns whether an order has a return that is not closed.
pub fn has_open_return(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    let open = returns::table.filter(returns::order_id.eq(order).and(returns::closed_at.is_null()));
    diesel::select(diesel::dsl::exists(open)).get_result(conn)
}
