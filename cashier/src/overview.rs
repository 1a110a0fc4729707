//! `GET /`: a page with trades, refunds, notifications with the shop's answers, and requests.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::clock;
use crate::delivery::Notification;
use crate::faults::FAULTS;
use crate::gateway::CallRecord;
use crate::html::{Language, escape, page};
use crate::state::App;
use crate::trade::Trade;

/// The maximum number of rows of each list on the page, the latest first; `GET /control` has all.
const MAX_ROWS: usize = 100;

pub async fn show(app: Data<App>) -> HttpResponse {
    let trades: Vec<String> = app.state.ledger().trades().rev().take(MAX_ROWS).map(trade_row).collect();
    let refunds: Vec<String> = app.state.ledger().trades().rev().flat_map(refund_rows).take(MAX_ROWS).collect();
    let notifications: Vec<String> =
        app.state.notifications().iter().rev().take(MAX_ROWS).map(notification_row).collect();
    let calls: Vec<String> = app.state.calls().iter().rev().take(MAX_ROWS).map(call_row).collect();
    let body = format!(
        "<p class=\"trial\" role=\"note\">This is a trial, not Alipay: no money moves.</p>\n<main class=\"wide\">\n\
         <h1>Trial cashier</h1>\n<p>Everything since the cashier was started; it remembers nothing longer. \
         Times are Beijing time. As JSON: <a href=\"/control\">/control</a>.</p>\n{}\n{}\n{}\n{}\n{}\n</main>",
        table(
            "Trades",
            &["Merchant order number", "Trade number", "Status", "Amount", "Subject", "Created", "Paid"],
            &trades
        ),
        table("Refunds", &["Merchant order number", "Request", "Amount", "Reason", "Made"], &refunds),
        table(
            "Notifications",
            &["Merchant order number", "About", "Status", "Address", "Answers of the shop"],
            &notifications
        ),
        table("Requests", &["At", "Method", "Merchant order number", "Outcome"], &calls),
        faults(&app),
    );
    page(Language::English, "Trial cashier", &body)
}

fn table(title: &str, columns: &[&str], rows: &[String]) -> String {
    if rows.is_empty() {
        return format!("<h2>{title}</h2>\n<p>None yet.</p>");
    }
    let columns: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let rows = rows.join("\n");
    format!(
        "<h2>{title}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>{columns}</tr></thead>\n\
         <tbody>\n{rows}\n</tbody>\n</table></div>"
    )
}

fn row(cells: &[&str], text: &str) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
    format!("<tr>{cells}<td class=\"text\">{}</td></tr>", escape(text))
}

fn trade_row(trade: &Trade) -> String {
    let request = &trade.request;
    row(
        &[
            &request.out_trade_no,
            &trade.trade_no,
            trade.status.name(),
            &request.total_amount.to_string(),
            &request.subject,
            &clock::with_seconds(trade.created_at),
        ],
        &trade.paid_at.map(clock::with_seconds).unwrap_or_default(),
    )
}

fn refund_rows(trade: &Trade) -> Vec<String> {
    let refunds = trade.refunds.iter().map(|refund| {
        row(
            &[
                &trade.request.out_trade_no,
                &refund.out_request_no,
                &refund.amount.to_string(),
                refund.reason.as_deref().unwrap_or_default(),
            ],
            &clock::with_seconds(refund.at),
        )
    });
    refunds.collect()
}

fn notification_row(notification: &Notification) -> String {
    let lines = notification.attempts.iter();
    let lines: Vec<String> =
        lines.map(|attempt| format!("{} {}", clock::with_seconds(attempt.at), attempt.outcome)).collect();
    row(
        &[&notification.out_trade_no, notification.event, notification.field("trade_status"), &notification.url],
        &lines.join("\n"),
    )
}

fn call_row(call: &CallRecord) -> String {
    row(&[&clock::with_seconds(call.at), &call.method, &call.number], &call.outcome)
}

fn faults(app: &App) -> String {
    let options: String = FAULTS.iter().map(|(_, name)| format!("<option>{name}</option>")).collect();
    let set = escape(&app.state.faults().to_json().to_string());
    format!(
        "<h2>Faults</h2>\n<p>Set now: <span class=\"code\">{set}</span></p>\n\
         <form class=\"faults\" method=\"post\" action=\"/control\">\n\
         <label>Fault <select name=\"fault\">{options}</select></label>\n\
         <label>Value <input name=\"value\" value=\"true\"></label>\n\
         <label>Times <input name=\"times\" placeholder=\"all\" inputmode=\"numeric\"></label>\n\
         <label>Only for <input name=\"only\" placeholder=\"every method\"></label>\n<button>Set</button>\n</form>\n\
         <form class=\"faults\" method=\"post\" action=\"/control\"><button name=\"clear\" value=\"true\">Clear all \
         faults</button>\n<button name=\"old_notification_again\" value=\"true\">Send the first notifications again\
         </button>\n<button name=\"finish_trades\" value=\"true\">Finish paid trades</button></form>"
    )
}
