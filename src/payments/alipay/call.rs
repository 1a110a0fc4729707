//! Calls of Alipay's gateway over HTTPS.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use url::Url;

use super::{
    bill,
    keys::{PrivateKey, PublicKey},
    response::{self, Answer},
};
use crate::{
    config,
    payments::gateway::{BillLine, BillState, GatewayState, PaymentTerms, RefundState, RefundTerms},
    platform::{clock, http_client::HttpClient},
};

/// How long a call of the gateway may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_RESPONSE_LEN: usize = 256 * 1024;
/// How long the download of a bill may take. Its URL is valid for half a minute, in which only the download has to
/// begin.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct AlipaySettings {
    pub app_id: String,
    /// The merchant's own account, to which payments must go.
    pub seller_id: String,
    pub private_key: PrivateKey,
    /// The public key of Alipay, which verifies its signatures.
    pub public_key: PublicKey,
    pub gateway: Url,
}

/// The client for the gateway, with the account of one merchant. Cheap to clone.
#[derive(Clone)]
pub struct Alipay {
    settings: AlipaySettings,
    http: HttpClient,
}

/// Which page of Alipay the buyer pays on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayPage {
    Computer,
    Phone,
}

impl Alipay {
    pub fn new(settings: AlipaySettings, http: HttpClient) -> Self {
        Self { settings, http }
    }

    pub fn settings(&self) -> &AlipaySettings {
        &self.settings
    }

    /// Returns the URL of Alipay's page on which the buyer pays; `None` if it cannot be signed. Alipay is not called:
    /// it learns of the payment attempt when the buyer opens the page.
    pub fn pay_url(&self, terms: &PaymentTerms, page: PayPage, return_url: &Url, notify_url: &Url) -> Option<Url> {
        // The phone page takes whole minutes.
        let (method, product, time_format) = match page {
            PayPage::Computer => ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", "%Y-%m-%d %H:%M:%S"),
            PayPage::Phone => ("alipay.trade.wap.pay", "QUICK_WAP_WAY", "%Y-%m-%d %H:%M"),
        };
        let content = json!({
            "out_trade_no": terms.number,
            "product_code": product,
            "subject": terms.subject,
            "time_expire": terms.expires_at.with_timezone(&beijing()).format(time_format).to_string(),
            "total_amount": terms.amount.plain(),
        });
        let mut parameters = self.parameters(method, &content);
        parameters.insert("return_url", return_url.to_string());
        parameters.insert("notify_url", notify_url.to_string());
        self.signed_url(parameters)
    }

    pub async fn query(&self, number: &str) -> GatewayState {
        match self.call("alipay.trade.query", &json!({ "out_trade_no": number })).await {
            Ok(answer) => answer.trade_state(number),
            Err(why) => GatewayState::Unsure(why),
        }
    }

    /// Closes a payment attempt at the gateway, so that it cannot be paid any more. If it turns out to be paid, the
    /// result says so.
    pub async fn close(&self, number: &str) -> GatewayState {
        match self.call("alipay.trade.close", &json!({ "out_trade_no": number })).await {
            Ok(answer) if answer.is_success() => GatewayState::Closed,
            Ok(answer) if answer.is_trade_not_found() => GatewayState::NotFound,
            // Paid or closed already: the query says which.
            Ok(answer) if answer.is_refused() => self.query(number).await,
            Ok(answer) => GatewayState::Unsure(answer.error()),
            Err(why) => GatewayState::Unsure(why),
        }
    }

    pub async fn refund(&self, terms: &RefundTerms) -> RefundState {
        let content = json!({
            "out_trade_no": terms.payment_number,
            "out_request_no": terms.number,
            "refund_amount": terms.amount.plain(),
            "refund_reason": terms.reason,
        });
        match self.call("alipay.trade.refund", &content).await {
            // A repeated number is a success, too: the money went back once.
            Ok(answer) if answer.is_success() => RefundState::Done,
            Ok(answer) if answer.is_refused() => {
                RefundState::Refused { code: answer.sub_code.clone(), message: answer.error() }
            }
            Ok(answer) => RefundState::Unsure(answer.error()),
            Err(why) => RefundState::Unsure(why),
        }
    }

    pub async fn query_refund(&self, terms: &RefundTerms) -> RefundState {
        let content = json!({ "out_trade_no": terms.payment_number, "out_request_no": terms.number });
        match self.call("alipay.trade.fastpay.refund.query", &content).await {
            Ok(answer) if answer.is_success() => match answer.refund_status.as_str() {
                "REFUND_SUCCESS" => RefundState::Done,
                "" => RefundState::NotFound,
                _ => RefundState::Pending,
            },
            Ok(answer) if answer.is_trade_not_found() => RefundState::NotFound,
            Ok(answer) => RefundState::Unsure(answer.error()),
            Err(why) => RefundState::Unsure(why),
        }
    }

    /// Requests the bill of a day in the time zone of Beijing.
    pub async fn bill(&self, day: NaiveDate) -> BillState {
        let content = json!({ "bill_type": "trade", "bill_date": day.to_string() });
        let lines = match self.call("alipay.data.dataservice.bill.downloadurl.query", &content).await {
            Ok(answer) if answer.is_success() => self.download_bill(&answer.bill_download_url, day).await,
            Ok(answer) if answer.is_bill_not_found() => return BillState::NotFound,
            Ok(answer) => Err(answer.error()),
            Err(why) => Err(why),
        };
        lines.map_or_else(BillState::Unsure, BillState::Ready)
    }

    async fn download_bill(&self, url: &str, day: NaiveDate) -> Result<Vec<BillLine>, String> {
        let url = Url::parse(url).map_err(|_| "the link to the bill is no address".to_owned())?;
        let is_trial = self.settings.gateway.scheme() == "http";
        if !config::is_https_or_loopback(&url) || url.scheme() == "http" && !is_trial {
            return Err("the link to the bill is not https".to_owned());
        }
        let response = self.http.get(&url, DOWNLOAD_TIMEOUT, bill::MAX_ARCHIVE_LEN).await;
        let response = response.map_err(|error| format!("the bill cannot be downloaded: {error}"))?;
        if response.status != 200 {
            return Err(format!("the download of the bill was answered with status {}", response.status));
        }
        let seller_id = self.settings.seller_id.clone();
        let read = tokio::task::spawn_blocking(move || bill::read(&response.body, &seller_id, day));
        match read.await {
            Ok(lines) => lines.map_err(|error| format!("the bill cannot be read: {error}")),
            Err(error) => Err(format!("the bill cannot be read: {error}")),
        }
    }

    /// Calls a method of the gateway and returns the answer if Alipay has signed it; otherwise an error.
    async fn call(&self, method: &str, content: &Value) -> Result<Answer, String> {
        let mut parameters = self.parameters(method, content);
        let signature = self.sign(&parameters).ok_or("the request cannot be signed")?;
        let content = parameters.remove("biz_content").unwrap_or_default();
        parameters.insert("sign", signature);
        let mut url = self.settings.gateway.clone();
        // The charset must stand in the query, or else the answer comes in GBK.
        url.query_pairs_mut().extend_pairs(&parameters);
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("biz_content", &content).finish();
        let response = self.http.post_form(&url, body, CALL_TIMEOUT, MAX_RESPONSE_LEN).await;
        let response = response.map_err(|error| error.to_string())?;
        response::read(&response.body, method, &self.settings.public_key)
    }

    fn parameters(&self, method: &str, content: &Value) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("app_id", self.settings.app_id.clone()),
            ("biz_content", content.to_string()),
            ("charset", "utf-8".to_owned()),
            ("format", "JSON".to_owned()),
            ("method", method.to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", time(clock::now())),
            ("version", "1.0".to_owned()),
        ])
    }

    fn signed_url(&self, mut parameters: BTreeMap<&'static str, String>) -> Option<Url> {
        let signature = self.sign(&parameters)?;
        parameters.insert("sign", signature);
        let mut url = self.settings.gateway.clone();
        url.query_pairs_mut().extend_pairs(&parameters);
        Some(url)
    }

    fn sign(&self, parameters: &BTreeMap<&'static str, String>) -> Option<String> {
        self.settings.private_key.sign(sign_content(parameters).as_bytes())
    }
}

/// Returns the text that is signed: `name=value` of all parameters that are not empty, sorted by name, joined by `&`.
pub(super) fn sign_content(parameters: &BTreeMap<&str, String>) -> String {
    let pairs = parameters.iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Returns the time zone of Beijing, in which Alipay states times.
#[allow(clippy::expect_used, reason = "a constant")]
pub fn beijing() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset")
}

fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&beijing()).format("%Y-%m-%d %H:%M:%S").to_string()
}
