//! `/control`: tests and people set faults, pay without a browser, and see as JSON what has happened.

use std::collections::BTreeMap;

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::clock;
use crate::delivery::Notification;
use crate::faults::FAULTS;
use crate::gateway::CallRecord;
use crate::notification::{Event, return_url};
use crate::pay_page;
use crate::request::Request;
use crate::state::App;
use crate::trade::{PayMethod, PayRequest, Trade};

/// The fields of a request to `/control`, from JSON or a form; lists are joined by commas.
type Orders = BTreeMap<String, String>;

fn read_orders(http: &HttpRequest, body: &[u8]) -> Result<Orders, String> {
    let is_foreign = http.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign {
        return Err("pages of other sites cannot control the cashier".to_owned());
    }
    if !is_json(body) {
        let mut orders: Orders = form_urlencoded::parse(body).into_owned().collect();
        if let Some(fault) = orders.remove("fault") {
            let value = orders.remove("value").unwrap_or_default();
            orders.insert(fault, value);
        }
        return Ok(orders);
    }
    let orders: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|problem| format!("no JSON object: {problem}"))?;
    Ok(orders.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// Returns whether a body is JSON, whatever its content type says: `curl -d`, for example, calls everything a form.
fn is_json(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<String>>().join(","),
        other => other.to_string(),
    }
}

fn bad_request(problem: &str) -> HttpResponse {
    json_response(HttpResponse::BadRequest(), &json!({"error": problem}))
}

fn json_response(mut builder: actix_web::HttpResponseBuilder, value: &Value) -> HttpResponse {
    builder.insert_header(ContentType::json()).body(value.to_string())
}

/// `POST /control`: sets faults, makes trades finished, sends old notifications again.
pub async fn change(http: HttpRequest, body: Bytes, app: Data<App>) -> HttpResponse {
    let done = read_orders(&http, &body).and_then(|orders| carry_out(&app, &orders));
    match done {
        Err(problem) => bad_request(&problem),
        Ok(_) if !is_json(&body) => HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish(),
        Ok(counts) => {
            let faults = app.state.faults().to_json();
            json_response(HttpResponse::Ok(), &json!({"faults": faults, "sent": counts}))
        }
    }
}

/// Does what a request to `/control` asks for. Returns how many notifications that caused.
fn carry_out(app: &App, orders: &Orders) -> Result<usize, String> {
    let times = match orders.get("times").map(String::as_str) {
        None | Some("" | "all") => None,
        Some(times) => Some(times.parse().map_err(|_| format!("times is '{times}': expected a number or all"))?),
    };
    let only = orders.get("only").map(String::as_str).filter(|only| !only.is_empty());
    let is_known = |name: &str| {
        let others = ["times", "only", "clear", "finish_trades", "old_notification_again"];
        others.contains(&name) || FAULTS.iter().any(|(_, fault)| *fault == name)
    };
    if let Some(unknown) = orders.keys().find(|name| !is_known(name)) {
        return Err(format!("unknown: {unknown}"));
    }
    if let Some(delay) = orders.get("delay_ms").filter(|delay| !delay.is_empty() && delay.parse::<u32>().is_err()) {
        return Err(format!("delay_ms is '{delay}': expected milliseconds"));
    }
    if is_set(orders, "clear") {
        app.state.faults().clear();
    }
    for (fault, name) in FAULTS {
        if let Some(value) = orders.get(*name) {
            app.state.faults().set(*fault, value, times, only);
        }
    }
    let mut sent = 0;
    if is_set(orders, "old_notification_again") {
        sent += app.send_oldest_again(one_or_all(orders, "old_notification_again"));
    }
    if is_set(orders, "finish_trades") {
        let finished = app.state.ledger().finish(one_or_all(orders, "finish_trades"));
        for trade in &finished {
            app.notify(trade, &Event::Finished, clock::now());
        }
        sent += finished.len();
    }
    Ok(sent)
}

fn is_set(orders: &Orders, name: &str) -> bool {
    orders.get(name).is_some_and(|value| !matches!(value.as_str(), "" | "false"))
}

/// Returns the `out_trade_no` in the field `name`; `None` if the field stands for all trades.
fn one_or_all<'a>(orders: &'a Orders, name: &str) -> Option<&'a str> {
    orders.get(name).map(String::as_str).filter(|value| !matches!(*value, "true" | "all" | "on"))
}

/// Pays without a browser: for the `out_trade_no` of an opened page, the `out_trade_nos` of many, or the `url` of a
/// page that was not opened.
pub async fn pay(http: HttpRequest, body: Bytes, app: Data<App>) -> HttpResponse {
    let orders = match read_orders(&http, &body) {
        Ok(orders) => orders,
        Err(problem) => return bad_request(&problem),
    };
    if let Some(numbers) = orders.get("out_trade_nos") {
        let outcomes = numbers.split(',').map(|number| pay_number(&app, number).unwrap_or_else(|problem| problem));
        return json_response(HttpResponse::Ok(), &json!({"trades": outcomes.collect::<Vec<Value>>()}));
    }
    let outcome = match (orders.get("url"), orders.get("out_trade_no")) {
        (Some(url), _) => pay_url(&app, url),
        (None, Some(number)) => pay_number(&app, number),
        (None, None) => return bad_request("expected out_trade_no, out_trade_nos or url"),
    };
    match outcome {
        Ok(paid) => json_response(HttpResponse::Ok(), &paid),
        Err(problem) => json_response(HttpResponse::UnprocessableEntity(), &problem),
    }
}

/// The answer to a payment without a browser: the paid trade, or the error.
type Payment = Result<Value, Value>;

fn pay_number(app: &App, out_trade_no: &str) -> Payment {
    let request = app.state.ledger().last_request(out_trade_no).cloned();
    match request {
        Some(request) => pay_request(app, &request),
        None => Err(json!({"out_trade_no": out_trade_no, "error": "no page was opened for this number"})),
    }
}

fn pay_url(app: &App, url: &str) -> Payment {
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let read = Request::read(query, b"").and_then(|request| {
        request.verify(&app.state.config, clock::now())?;
        let method = if request.method() == PayMethod::Wap.name() { PayMethod::Wap } else { PayMethod::Page };
        pay_page::read(&request, method)
    });
    match read {
        Ok(Ok(request)) => pay_request(app, &request),
        Ok(Err(failure)) => Err(json!({"error": failure.sub_code()})),
        Err(refusal) => Err(json!({"error": refusal.sub_code})),
    }
}

fn pay_request(app: &App, request: &PayRequest) -> Payment {
    let now = clock::now();
    let paid = pay_page::pay(app, request, now);
    let trade = paid.map_err(|failure| json!({"out_trade_no": request.out_trade_no, "error": failure.sub_code()}))?;
    Ok(json!({
        "out_trade_no": request.out_trade_no,
        "trade_no": trade.trade_no,
        "trade_status": trade.status.name(),
        "return_url": return_url(&trade, &app.state.config, now),
    }))
}

/// `GET /control`: everything that has happened, as JSON.
pub async fn show(app: Data<App>) -> HttpResponse {
    let trades: Vec<Value> = app.state.ledger().trades().map(trade_json).collect();
    let notifications: Vec<Value> = app.state.notifications().iter().map(notification_json).collect();
    let faults = app.state.faults().to_json();
    let calls: Vec<Value> = app.state.calls().iter().map(call_json).collect();
    let all = json!({"trades": trades, "notifications": notifications, "calls": calls, "faults": faults});
    json_response(HttpResponse::Ok(), &all)
}

fn trade_json(trade: &Trade) -> Value {
    let refunds = trade.refunds.iter();
    let refunds = refunds
        .map(|refund| json!({"out_request_no": refund.out_request_no, "amount": refund.amount.to_string()}))
        .collect::<Vec<Value>>();
    json!({
        "out_trade_no": trade.request.out_trade_no,
        "trade_no": trade.trade_no,
        "trade_status": trade.status.name(),
        "total_amount": trade.request.total_amount.to_string(),
        "refunds": refunds,
    })
}

fn notification_json(notification: &Notification) -> Value {
    let attempts = notification.attempts.iter();
    json!({
        "out_trade_no": notification.out_trade_no,
        "notify_id": notification.field("notify_id"),
        "event": notification.event,
        "trade_status": notification.field("trade_status"),
        "is_done": notification.is_done,
        "answers": attempts.map(|attempt| attempt.outcome.clone()).collect::<Vec<String>>(),
    })
}

fn call_json(call: &CallRecord) -> Value {
    json!({
        "at": clock::with_milliseconds(call.at),
        "method": call.method,
        "number": call.number,
        "outcome": call.outcome,
    })
}
