//! The payment gateways of a shop. `Gateway` is an enum and not a trait, so that the compiler asks for each operation
//! of a new gateway.

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use std::fmt;
use url::Url;

use super::{
    alipay::{self, Alipay, AlipaySettings, Notification, NotificationError, PayPage, PrivateKey, PublicKey},
    gateway::{BillState, GatewayState, PaymentTerms, RefundState, RefundTerms},
};
use crate::{config::AlipayConfig, kernel::PayMethod, platform::http_client::HttpClient};

/// A payment gateway that the shop has settings for. Cheap to clone.
#[derive(Clone)]
pub enum Gateway {
    Alipay(Alipay),
}

/// The payment gateways that the shop has settings for, by pay method.
#[derive(Clone, Default)]
pub struct Gateways {
    alipay: Option<Alipay>,
}

/// Why a gateway cannot be used: one of its settings is invalid, or TLS is not available.
#[derive(Debug, PartialEq, Eq)]
pub struct GatewayError(String);

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Gateways {
    pub fn open(alipay: Option<&AlipayConfig>) -> Result<Self, GatewayError> {
        let Some(config) = alipay else { return Ok(Self::default()) };
        let private_key = PrivateKey::parse(&config.private_key);
        let private_key = private_key.map_err(|error| GatewayError(format!("ALIPAY_PRIVATE_KEY: {error}")))?;
        let public_key = PublicKey::parse(&config.public_key);
        let public_key = public_key.map_err(|error| GatewayError(format!("ALIPAY_PUBLIC_KEY: {error}")))?;
        let settings = AlipaySettings {
            app_id: config.app_id.clone(),
            seller_id: config.seller_id.clone(),
            private_key,
            public_key,
            gateway: config.gateway.clone(),
        };
        let http = HttpClient::new().map_err(GatewayError)?;
        Ok(Self { alipay: Some(Alipay::new(settings, http)) })
    }

    /// Returns whether the shop has no settings for any gateway.
    pub fn is_empty(&self) -> bool {
        self.alipay.is_none()
    }

    /// Returns the gateways for which the shop has settings.
    pub fn all(&self) -> Vec<(PayMethod, Gateway)> {
        let alipay = self.alipay.clone().map(|alipay| (PayMethod::Alipay, Gateway::Alipay(alipay)));
        alipay.into_iter().collect()
    }

    /// Returns the gateway of a pay method; `None` for cash on delivery, and for a gateway without settings.
    pub fn of(&self, pay_method: PayMethod) -> Option<Gateway> {
        match pay_method {
            PayMethod::Alipay => self.alipay.clone().map(Gateway::Alipay),
            PayMethod::Cod => None,
        }
    }
}

impl Gateway {
    /// Returns the URL of the gateway's page on which the buyer pays; `None` if it cannot be signed.
    pub fn open(&self, terms: &PaymentTerms, page: PayPage, return_url: &Url, notify_url: &Url) -> Option<Url> {
        match self {
            Self::Alipay(alipay) => alipay.pay_url(terms, page, return_url, notify_url),
        }
    }

    pub async fn query(&self, number: &str) -> GatewayState {
        match self {
            Self::Alipay(alipay) => alipay.query(number).await,
        }
    }

    pub async fn close(&self, number: &str) -> GatewayState {
        match self {
            Self::Alipay(alipay) => alipay.close(number).await,
        }
    }

    pub async fn refund(&self, terms: &RefundTerms) -> RefundState {
        match self {
            Self::Alipay(alipay) => alipay.refund(terms).await,
        }
    }

    pub async fn query_refund(&self, terms: &RefundTerms) -> RefundState {
        match self {
            Self::Alipay(alipay) => alipay.query_refund(terms).await,
        }
    }

    /// Requests the bill of a day; the day is one of the time zone [`Gateway::bill_zone`].
    pub async fn bill(&self, day: NaiveDate) -> BillState {
        match self {
            Self::Alipay(alipay) => alipay.bill(day).await,
        }
    }

    /// Returns the time zone whose days the gateway's bills cover.
    pub fn bill_zone(&self) -> FixedOffset {
        match self {
            Self::Alipay(_) => alipay::beijing(),
        }
    }

    /// Returns the time of day, in [`Gateway::bill_zone`], from which the gateway has the bill of the day before.
    pub fn bill_time(&self) -> NaiveTime {
        match self {
            Self::Alipay(_) => alipay::BILL_TIME,
        }
    }

    pub fn verify_notification(&self, body: &[u8]) -> Result<Notification, NotificationError> {
        match self {
            Self::Alipay(alipay) => alipay.verify_notification(body),
        }
    }

    /// Verifies the query string with which the browser returns from the gateway. Returns the number of the payment
    /// attempt.
    pub fn verify_return(&self, query: &str) -> Result<String, NotificationError> {
        match self {
            Self::Alipay(alipay) => alipay.verify_return(query),
        }
    }

    /// Returns the body of a response to a notification that tells the gateway not to repeat it.
    pub fn acknowledgement(&self) -> &'static str {
        match self {
            Self::Alipay(_) => "success",
        }
    }
}
