//! Notifications of the gateway, signed with its key.

use std::collections::BTreeMap;
use till::payments::PrivateKey;
use url::form_urlencoded;

/// The gateway's key.
pub fn gateway_key() -> PrivateKey {
    PrivateKey::parse(include_str!("keys/gateway_private.pem")).unwrap()
}

/// A form signed by the gateway, as a notification or a return.
pub fn signed(fields: &[(&str, &str)]) -> String {
    let sorted: BTreeMap<_, _> = fields.iter().copied().collect();
    let content: Vec<String> = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let signature = gateway_key().sign(content.join("&").as_bytes()).unwrap();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).append_pair("sign_type", "RSA2").append_pair("sign", &signature);
    form.finish()
}

/// The usual fields of a notification about the attempt with this number.
pub fn about<'a>(number: &'a str, amount: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("notify_time", "2026-11-30 12:00:00"),
        ("notify_id", "2026113000222120000000000001"),
        ("charset", "utf-8"),
        ("app_id", "2026000000000001"),
        ("seller_id", "2088000000000001"),
        ("out_trade_no", number),
        ("trade_no", "2026113022001400000000000001"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", amount),
        ("subject", "订单 + 100%"),
        ("fund_bill_list", "[{\"amount\":\"50.00\",\"fundChannel\":\"ALIPAYACCOUNT\"}]"),
        ("a_field_of_tomorrow", "a=b&c"),
    ]
}
