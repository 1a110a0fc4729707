//! Trades (attempts to pay, with their refunds), what the shop asks for, and what is allowed with them. No clock, no
//! HTTP.

use chrono::TimeDelta;
use serde_json::Value;

use crate::amount::{Amount, MIN_AMOUNT};
use crate::clock::{self, BeijingTime};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayMethod {
    Page,
    Wap,
}

impl PayMethod {
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "alipay.trade.page.pay",
            Self::Wap => "alipay.trade.wap.pay",
        }
    }

    fn product_code(self) -> &'static str {
        match self {
            Self::Page => "FAST_INSTANT_TRADE_PAY",
            Self::Wap => "QUICK_WAP_WAY",
        }
    }

    /// Parses a time of a request. For the page for phones the seconds may be missing.
    fn parse_time(self, text: &str) -> Option<BeijingTime> {
        let time = clock::parse_with_seconds(text);
        match self {
            Self::Page => time,
            Self::Wap => time.or_else(|| clock::parse_with_minutes(text)),
        }
    }
}

/// Why a method failed, which becomes `sub_code` and `sub_msg` of an answer with code 40004.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    InvalidParameter(&'static str),
    TradeNotExist,
    TradeHasSuccess,
    TradeHasClose,
    TradeHasFinished,
    TradeStatusError,
    ContextInconsistent,
    Expired,
    RefundFeeError,
    RefundAmountNotTotal,
    DiscordantRepeatRequest,
    BillNotExist,
}

impl Failure {
    pub fn sub_code(self) -> &'static str {
        match self {
            Self::InvalidParameter(_) => "ACQ.INVALID_PARAMETER",
            Self::TradeNotExist => "ACQ.TRADE_NOT_EXIST",
            Self::TradeHasSuccess => "ACQ.TRADE_HAS_SUCCESS",
            Self::TradeHasClose => "ACQ.TRADE_HAS_CLOSE",
            Self::TradeHasFinished => "ACQ.TRADE_HAS_FINISHED",
            Self::TradeStatusError => "ACQ.TRADE_STATUS_ERROR",
            Self::ContextInconsistent => "ACQ.CONTEXT_INCONSISTENT",
            Self::Expired => "ACQ.ORDER_EXPIRED",
            Self::RefundFeeError => "ACQ.REASON_TRADE_REFUND_FEE_ERR",
            Self::RefundAmountNotTotal => "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
            Self::DiscordantRepeatRequest => "ACQ.DISCORDANT_REPEAT_REQUEST",
            Self::BillNotExist => "isp.bill_not_exist",
        }
    }

    pub fn sub_msg(self) -> String {
        match self {
            Self::InvalidParameter(name) => format!("参数无效：{name}"),
            Self::TradeNotExist => "交易不存在".to_owned(),
            Self::TradeHasSuccess => "交易已被支付".to_owned(),
            Self::TradeHasClose => "交易已经关闭".to_owned(),
            Self::TradeHasFinished => "交易已经完结".to_owned(),
            Self::TradeStatusError => "交易状态不合法".to_owned(),
            Self::ContextInconsistent => "交易信息被篡改".to_owned(),
            Self::Expired => "订单已超时，不能付款".to_owned(),
            Self::RefundFeeError => "退款金额错误".to_owned(),
            Self::RefundAmountNotTotal => "退款金额与交易总额不一致，缺少退款请求号".to_owned(),
            Self::DiscordantRepeatRequest => "重复的退款请求，金额不一致".to_owned(),
            Self::BillNotExist => "账单不存在".to_owned(),
        }
    }
}

/// Returns a text field of `biz_content`; `None` if it is missing or empty.
pub fn text_of<'a>(content: &'a Value, name: &str) -> Option<&'a str> {
    content.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// What the shop asks the buyer to pay, as signed by the shop.
#[derive(Clone, Debug)]
pub struct PayRequest {
    pub method: PayMethod,
    pub out_trade_no: String,
    pub total_amount: Amount,
    pub subject: String,
    pub body: Option<String>,
    pub time_expire: Option<BeijingTime>,
    pub timeout_express: Option<String>,
    pub passback_params: Option<String>,
    pub quit_url: Option<String>,
    pub notify_url: Option<String>,
    pub return_url: Option<String>,
    /// The whole `biz_content`. A later request for the same number must have an equal one.
    pub terms: Value,
}

impl PayRequest {
    pub fn parse(
        method: PayMethod,
        terms: Value,
        notify_url: Option<String>,
        return_url: Option<String>,
    ) -> Result<Self, Failure> {
        let invalid = Failure::InvalidParameter;
        let text = |name| text_of(&terms, name).map(str::to_owned);
        let out_trade_no = text("out_trade_no").filter(|number| is_number(number)).ok_or(invalid("out_trade_no"))?;
        let total_amount = text_of(&terms, "total_amount").and_then(Amount::parse);
        let total_amount = total_amount.filter(|amount| *amount >= MIN_AMOUNT).ok_or(invalid("total_amount"))?;
        let subject = text("subject").filter(|subject| is_subject(subject)).ok_or(invalid("subject"))?;
        if text_of(&terms, "product_code") != Some(method.product_code()) {
            return Err(invalid("product_code"));
        }
        let time_expire = match text_of(&terms, "time_expire") {
            Some(text) => Some(method.parse_time(text).ok_or(invalid("time_expire"))?),
            None => None,
        };
        let timeout_express = text("timeout_express");
        if timeout_express.as_deref().is_some_and(|text| clock::parse_timeout(text, BeijingTime::MIN).is_none()) {
            return Err(invalid("timeout_express"));
        }
        let passback_params = text("passback_params");
        if passback_params.as_deref().is_some_and(|text| !is_url_encoded(text)) {
            return Err(invalid("passback_params"));
        }
        for (name, url) in [("notify_url", &notify_url), ("return_url", &return_url)] {
            if url.as_deref().is_some_and(|url| !is_url(url)) {
                return Err(invalid(name));
            }
        }
        let quit_url = text("quit_url").filter(|url| is_url(url));
        let body = text("body");
        Ok(Self {
            method,
            out_trade_no,
            total_amount,
            subject,
            body,
            time_expire,
            timeout_express,
            passback_params,
            quit_url,
            notify_url,
            return_url,
            terms,
        })
    }

    pub fn is_expired(&self, now: BeijingTime) -> bool {
        self.time_expire.is_some_and(|time| time <= now)
    }
}

/// Returns whether a text can be an `out_trade_no`: at most 64 letters, digits and underscores.
fn is_number(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns whether a text can be the subject of a payment: at most 256 characters without `/`, `=` and `&`.
fn is_subject(text: &str) -> bool {
    text.chars().count() <= 256 && !text.contains(['/', '=', '&'])
}

fn is_url_encoded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~*+%".contains(&byte))
}

/// Returns whether a text is a URL to which a browser can be sent: `http` or `https`, printable ASCII.
fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    WaitBuyerPay,
    TradeSuccess,
    TradeFinished,
    TradeClosed,
}

impl TradeStatus {
    const ALL: [Self; 4] = [Self::WaitBuyerPay, Self::TradeSuccess, Self::TradeFinished, Self::TradeClosed];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::WaitBuyerPay => "WAIT_BUYER_PAY",
            Self::TradeSuccess => "TRADE_SUCCESS",
            Self::TradeFinished => "TRADE_FINISHED",
            Self::TradeClosed => "TRADE_CLOSED",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Refund {
    pub out_request_no: String,
    pub amount: Amount,
    pub reason: Option<String>,
    pub at: BeijingTime,
}

#[derive(Clone, Debug)]
pub struct Trade {
    pub request: PayRequest,
    pub trade_no: String,
    pub status: TradeStatus,
    pub created_at: BeijingTime,
    pub paid_at: Option<BeijingTime>,
    pub closed_at: Option<BeijingTime>,
    pub refunds: Vec<Refund>,
}

/// A refund that the gateway has accepted, just now or when it was first asked for.
pub struct AcceptedRefund {
    pub refund: Refund,
    /// False if the same refund was made before, so that this request moved no money.
    pub fund_change: bool,
    /// The sum of all refunds of the trade.
    pub total: Amount,
}

impl Trade {
    pub fn new(request: PayRequest, trade_no: String, now: BeijingTime) -> Self {
        Self {
            request,
            trade_no,
            status: TradeStatus::WaitBuyerPay,
            created_at: now,
            paid_at: None,
            closed_at: None,
            refunds: Vec::new(),
        }
    }

    /// Returns when the trade expires: at `time_expire`, or else after `timeout_express` from its creation; `None` if
    /// the request has neither.
    pub fn expires_at(&self) -> Option<BeijingTime> {
        let timeout = || {
            let timeout = self.request.timeout_express.as_deref()?;
            clock::parse_timeout(timeout, self.created_at)
        };
        self.request.time_expire.or_else(|| timeout().map(|timeout: TimeDelta| self.created_at + timeout))
    }

    /// Closes the trade if it was not paid before it expired.
    pub fn close_if_expired(&mut self, now: BeijingTime) {
        let Some(expires_at) = self.expires_at() else { return };
        if self.status == TradeStatus::WaitBuyerPay && expires_at <= now {
            self.status = TradeStatus::TradeClosed;
            self.closed_at = Some(expires_at);
        }
    }

    pub fn refunded(&self) -> Amount {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }

    pub fn close(&mut self, now: BeijingTime) -> Result<(), Failure> {
        match self.status {
            TradeStatus::WaitBuyerPay => {
                self.status = TradeStatus::TradeClosed;
                self.closed_at = Some(now);
                Ok(())
            }
            TradeStatus::TradeSuccess | TradeStatus::TradeFinished => Err(Failure::TradeHasSuccess),
            TradeStatus::TradeClosed => Err(Failure::TradeHasClose),
        }
    }

    pub fn refund(
        &mut self,
        amount: Amount,
        out_request_no: Option<&str>,
        reason: Option<&str>,
        now: BeijingTime,
    ) -> Result<AcceptedRefund, Failure> {
        if out_request_no.is_none() && amount != self.request.total_amount {
            return Err(Failure::RefundAmountNotTotal);
        }
        let number = out_request_no.unwrap_or(&self.request.out_trade_no);
        if let Some(refund) = self.refunds.iter().find(|refund| refund.out_request_no == number) {
            if refund.amount != amount {
                return Err(Failure::DiscordantRepeatRequest);
            }
            return Ok(AcceptedRefund { refund: refund.clone(), fund_change: false, total: self.refunded() });
        }
        match self.status {
            TradeStatus::WaitBuyerPay => return Err(Failure::TradeStatusError),
            TradeStatus::TradeFinished => return Err(Failure::TradeHasFinished),
            TradeStatus::TradeClosed if self.paid_at.is_none() => return Err(Failure::TradeHasClose),
            TradeStatus::TradeSuccess | TradeStatus::TradeClosed => {}
        }
        if amount < MIN_AMOUNT || self.refunded() + amount > self.request.total_amount {
            return Err(Failure::RefundFeeError);
        }
        let refund = Refund { out_request_no: number.to_owned(), amount, reason: reason.map(str::to_owned), at: now };
        self.refunds.push(refund.clone());
        if self.refunded() == self.request.total_amount {
            self.status = TradeStatus::TradeClosed;
            self.closed_at = Some(now);
        }
        Ok(AcceptedRefund { refund, fund_change: true, total: self.refunded() })
    }
}
