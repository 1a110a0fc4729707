//! The settings of Alipay: all of them, or none.

use std::{fs, net::IpAddr};
use url::Url;

use super::{ConfigError, Env};

/// Alipay's production gateway, which moves real money.
const PRODUCTION_GATEWAY: &str = "https://openapi.alipay.com/gateway.do";

/// The shop's account at Alipay and its keys: `ALIPAY_APP_ID`, `ALIPAY_SELLER_ID`, `ALIPAY_PRIVATE_KEY`,
/// `ALIPAY_PUBLIC_KEY` (or `_FILE`), `ALIPAY_GATEWAY`. The texts of the keys are parsed later, when the server starts.
/// Not `Debug`, because it holds a secret.
#[derive(Clone)]
pub struct AlipayConfig {
    pub app_id: String,
    pub seller_id: String,
    /// The private key of the shop, as PEM or base64.
    pub private_key: String,
    /// The public key of Alipay, as PEM or base64.
    pub public_key: String,
    pub gateway: Url,
}

impl AlipayConfig {
    /// Reads the settings of Alipay. `None` if neither ids nor keys are set; fails if some are missing, or one is
    /// invalid.
    pub(super) fn read(env: &Env<'_>) -> Result<Option<Self>, ConfigError> {
        let app_id = env.text("ALIPAY_APP_ID");
        let seller_id = env.text("ALIPAY_SELLER_ID");
        let private_key = text_or_file(env, "ALIPAY_PRIVATE_KEY", "ALIPAY_PRIVATE_KEY_FILE")?;
        let public_key = text_or_file(env, "ALIPAY_PUBLIC_KEY", "ALIPAY_PUBLIC_KEY_FILE")?;
        if [&app_id, &seller_id, &private_key, &public_key].iter().all(|setting| setting.is_none()) {
            return Ok(None);
        }
        Ok(Some(Self {
            app_id: app_id.ok_or_else(|| missing("ALIPAY_APP_ID"))?,
            seller_id: seller_id.ok_or_else(|| missing("ALIPAY_SELLER_ID"))?,
            private_key: private_key.ok_or_else(|| missing("ALIPAY_PRIVATE_KEY"))?,
            public_key: public_key.ok_or_else(|| missing("ALIPAY_PUBLIC_KEY"))?,
            gateway: env
                .parse("ALIPAY_GATEWAY", "an https address, or http on this machine", is_https_or_loopback)?
                .or_else(|| Url::parse(PRODUCTION_GATEWAY).ok())
                .ok_or_else(|| missing("ALIPAY_GATEWAY"))?,
        }))
    }
}

fn missing(name: &'static str) -> ConfigError {
    ConfigError { name, problem: "not set, but other settings of Alipay are: set all of them or none".to_owned() }
}

fn text_or_file(env: &Env<'_>, name: &'static str, file: &'static str) -> Result<Option<String>, ConfigError> {
    match (env.text(name), env.text(file)) {
        (Some(_), Some(_)) => Err(ConfigError { name: file, problem: format!("{name} is set, too") }),
        (Some(text), None) => Ok(Some(text)),
        (None, Some(path)) => match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(ConfigError { name: file, problem: format!("{path} cannot be read: {error}") }),
        },
        (None, None) => Ok(None),
    }
}

/// Returns whether `url` may be the URL of a payment gateway: `https`, or `http` on this machine for trying out.
pub fn is_https_or_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_loopback,
        _ => false,
    }
}
