//! What the gateway tells the shop: the fields of notifications, and of the URL to which the browser returns.

use serde_json::json;

use crate::clock::{self, BeijingTime};
use crate::config::Config;
use crate::random;
use crate::signature::{Fields, encode, signed_notification};
use crate::trade::{Refund, Trade};

/// The id of the one account that pays everything.
pub const BUYER_ID: &str = "2088722003899999";
pub const BUYER_LOGON_ID: &str = "tri***@example.com";

/// What has happened to a trade, which a notification tells.
#[derive(Clone, Debug)]
pub enum Event {
    Paid,
    Refunded(Refund),
    Closed,
    Finished,
}

impl Event {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Refunded(_) => "refunded",
            Self::Closed => "closed",
            Self::Finished => "finished",
        }
    }
}

/// Returns the fields of a notification without a signature. Some of them are in no list of Alipay's, because clients
/// must accept unknown fields.
pub fn fields(trade: &Trade, event: &Event, config: &Config, now: BeijingTime) -> Fields {
    let request = &trade.request;
    let total = request.total_amount.to_string();
    let notify_id = format!("{}{}", now.format("%Y%m%d%H%M%S"), random::digits(18));
    let bills = json!([{"amount": total, "fundChannel": "ALIPAYACCOUNT"}]).to_string();
    let mut fields = Fields::new();
    let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    add("notify_time", &clock::with_seconds(now));
    add("notify_type", "trade_status_sync");
    add("notify_id", &notify_id);
    add("app_id", &config.app_id);
    add("auth_app_id", &config.app_id);
    add("charset", "utf-8");
    add("version", "1.0");
    add("trade_no", &trade.trade_no);
    add("out_trade_no", &request.out_trade_no);
    add("buyer_id", BUYER_ID);
    add("buyer_logon_id", BUYER_LOGON_ID);
    add("seller_id", &config.seller_id);
    add("seller_email", "sel***@example.com");
    add("trade_status", trade.status.name());
    add("total_amount", &total);
    add("receipt_amount", &total);
    add("invoice_amount", &total);
    add("buyer_pay_amount", &total);
    add("point_amount", "0.00");
    add("subject", &request.subject);
    add("gmt_create", &clock::with_seconds(trade.created_at));
    add("trial_note", "试用：1+1 = 2 & 50%，\"{没有}\" <真钱>");
    add("trial_sequence", &random::digits(6));
    if trade.paid_at.is_some() {
        add("fund_bill_list", &bills);
    }
    if let Some(body) = &request.body {
        add("body", body);
    }
    if let Some(params) = &request.passback_params {
        add("passback_params", params);
    }
    if let Some(paid_at) = trade.paid_at {
        add("gmt_payment", &clock::with_seconds(paid_at));
    }
    if let Some(closed_at) = trade.closed_at {
        add("gmt_close", &clock::with_seconds(closed_at));
    }
    if let Event::Refunded(refund) = event {
        add("out_biz_no", &refund.out_request_no);
        add("refund_fee", &trade.refunded().to_string());
        add("send_back_fee", &refund.amount.to_string());
        add("gmt_refund", &clock::with_milliseconds(refund.at));
    }
    fields
}

/// Returns the URL to which the browser returns after the payment: `return_url` with signed fields, which do not say
/// whether it was paid. `None` if the request has no `return_url`.
pub fn return_url(trade: &Trade, config: &Config, now: BeijingTime) -> Option<String> {
    let request = &trade.request;
    let url = request.return_url.as_ref()?;
    let fields = [
        ("charset", "utf-8".to_owned()),
        ("out_trade_no", request.out_trade_no.clone()),
        ("method", format!("{}.return", request.method.name())),
        ("total_amount", request.total_amount.to_string()),
        ("trade_no", trade.trade_no.clone()),
        ("auth_app_id", config.app_id.clone()),
        ("version", "1.0".to_owned()),
        ("app_id", config.app_id.clone()),
        ("seller_id", config.seller_id.clone()),
        ("timestamp", clock::with_seconds(now)),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let query = encode(&signed_notification(fields, &config.private_key));
    let separator = if url.contains('?') { '&' } else { '?' };
    Some(format!("{url}{separator}{query}"))
}
