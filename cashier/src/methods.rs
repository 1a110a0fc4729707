//! The methods that the shop's server calls: query, close, refund, refund query, bill download.

use serde_json::{Value, json};

use crate::amount::Amount;
use crate::bill::{self, Period};
use crate::clock::{self, BeijingTime};
use crate::notification::{BUYER_ID, BUYER_LOGON_ID, Event};
use crate::response::AnswerFields;
use crate::state::App;
use crate::trade::{Failure, Trade, text_of};

pub type Outcome = Result<AnswerFields, Failure>;

pub struct Call<'a> {
    pub app: &'a App,
    pub content: &'a Value,
    /// The host and port of this gateway, for links.
    pub host: &'a str,
    pub now: BeijingTime,
}

/// Returns the function that carries out a method; `None` if there is no such method.
pub fn find(method: &str) -> Option<fn(&Call) -> Outcome> {
    match method {
        "alipay.trade.query" => Some(query),
        "alipay.trade.close" => Some(close),
        "alipay.trade.refund" => Some(refund),
        "alipay.trade.fastpay.refund.query" => Some(query_refund),
        "alipay.data.dataservice.bill.downloadurl.query" => Some(query_bill),
        _ => None,
    }
}

impl Call<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        text_of(self.content, name)
    }

    /// Runs `work` on the trade that the call names, while no other call can change it.
    fn with_trade<T>(&self, work: impl FnOnce(&mut Trade) -> Result<T, Failure>) -> Result<(T, Trade), Failure> {
        self.app.state.ledger().change(self.text("trade_no"), self.text("out_trade_no"), self.now, work)
    }
}

fn numbers(trade: &Trade) -> AnswerFields {
    vec![("trade_no", json!(trade.trade_no)), ("out_trade_no", json!(trade.request.out_trade_no))]
}

fn query(call: &Call) -> Outcome {
    let (_, trade) = call.with_trade(|_| Ok(()))?;
    let total = trade.request.total_amount.to_string();
    let received = if trade.paid_at.is_some() { total.clone() } else { Amount::ZERO.to_string() };
    let mut fields = numbers(&trade);
    fields.extend([
        ("trade_status", json!(trade.status.name())),
        ("total_amount", json!(total)),
        ("receipt_amount", json!(received)),
        ("buyer_pay_amount", json!(received)),
        ("invoice_amount", json!(received)),
        ("point_amount", json!("0.00")),
        ("subject", json!(trade.request.subject)),
        ("buyer_user_id", json!(BUYER_ID)),
        ("buyer_logon_id", json!(BUYER_LOGON_ID)),
    ]);
    if let Some(paid_at) = trade.paid_at {
        fields.push(("send_pay_date", json!(clock::with_seconds(paid_at))));
        fields.push(("fund_bill_list", json!([{"amount": received, "fund_channel": "ALIPAYACCOUNT"}])));
    }
    Ok(fields)
}

fn close(call: &Call) -> Outcome {
    let (_, trade) = call.with_trade(|trade| trade.close(call.now))?;
    call.app.notify(&trade, &Event::Closed, call.now);
    Ok(numbers(&trade))
}

fn refund(call: &Call) -> Outcome {
    let amount = call.text("refund_amount").and_then(Amount::parse);
    let amount = amount.ok_or(Failure::InvalidParameter("refund_amount"))?;
    let out_request_no = call.text("out_request_no");
    if out_request_no.is_some_and(|number| number.len() > 64) {
        return Err(Failure::InvalidParameter("out_request_no"));
    }
    let reason = call.text("refund_reason");
    let (accepted, trade) = call.with_trade(|trade| trade.refund(amount, out_request_no, reason, call.now))?;
    if accepted.fund_change {
        call.app.notify(&trade, &Event::Refunded(accepted.refund.clone()), call.now);
    }
    let mut fields = numbers(&trade);
    fields.extend([
        ("buyer_user_id", json!(BUYER_ID)),
        ("buyer_logon_id", json!(BUYER_LOGON_ID)),
        ("fund_change", json!(if accepted.fund_change { "Y" } else { "N" })),
        ("refund_fee", json!(accepted.total.to_string())),
        ("send_back_fee", json!(accepted.refund.amount.to_string())),
        ("gmt_refund_pay", json!(clock::with_seconds(accepted.refund.at))),
    ]);
    Ok(fields)
}

fn query_refund(call: &Call) -> Outcome {
    let number = call.text("out_request_no").ok_or(Failure::InvalidParameter("out_request_no"))?;
    let (refund, trade) =
        call.with_trade(|trade| Ok(trade.refunds.iter().find(|refund| refund.out_request_no == number).cloned()))?;
    let Some(refund) = refund else { return Ok(Vec::new()) };
    let mut fields = numbers(&trade);
    fields.extend([
        ("out_request_no", json!(refund.out_request_no)),
        ("total_amount", json!(trade.request.total_amount.to_string())),
        ("refund_amount", json!(refund.amount.to_string())),
        ("refund_status", json!("REFUND_SUCCESS")),
        ("gmt_refund_pay", json!(clock::with_seconds(refund.at))),
    ]);
    if let Some(reason) = &refund.reason {
        fields.push(("refund_reason", json!(reason)));
    }
    Ok(fields)
}

fn query_bill(call: &Call) -> Outcome {
    if call.text("bill_type") != Some("trade") {
        return Err(Failure::InvalidParameter("bill_type"));
    }
    let invalid = Failure::InvalidParameter("bill_date");
    let bill_date = call.text("bill_date").ok_or(invalid)?;
    let period = Period::parse(bill_date).ok_or(invalid)?;
    let state = &call.app.state;
    let rows = bill::rows(&state.ledger(), &period);
    if rows.is_empty() {
        return Err(Failure::BillNotExist);
    }
    let archive = bill::archive(&rows, bill_date, &period, &state.config.seller_id);
    let archive = archive.map_err(|_| Failure::BillNotExist)?;
    let token = state.bill_links().add(archive, std::time::Instant::now());
    Ok(vec![("bill_download_url", json!(format!("http://{}/bill/{token}", call.host)))])
}
