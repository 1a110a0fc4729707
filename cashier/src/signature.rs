//! Signatures of the method RSA2 over fields sorted by name.

use crate::keys::{PrivateKey, PublicKey};

/// Fields as (name, value), before they are encoded or after they are decoded.
pub type Fields = Vec<(String, String)>;

/// Returns the text that is signed: the fields without those in `left_out` and without empty ones, sorted by name, as
/// `name=value` joined by `&`.
fn content(fields: &[(String, String)], left_out: &[&str]) -> String {
    let mut signed: Vec<&(String, String)> =
        fields.iter().filter(|(name, value)| !left_out.contains(&name.as_str()) && !value.is_empty()).collect();
    signed.sort();
    let pairs: Vec<String> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Returns the text that the shop signs in a request: all fields but `sign`.
pub fn request_content(fields: &[(String, String)]) -> String {
    content(fields, &["sign"])
}

/// Returns the text that the gateway signs in a notification or a return URL: all fields but `sign` and `sign_type`.
pub fn notification_content(fields: &[(String, String)]) -> String {
    content(fields, &["sign", "sign_type"])
}

/// Returns whether the field `sign` is the signature of this key over the other fields of a request.
pub fn is_signed_request(fields: &[(String, String)], key: &PublicKey) -> bool {
    let sign = fields.iter().find(|(name, _)| name == "sign");
    sign.is_some_and(|(_, sign)| key.verify(request_content(fields).as_bytes(), sign))
}

/// Adds `sign_type` and `sign` to the fields of a notification.
pub fn signed_notification(mut fields: Fields, key: &PrivateKey) -> Fields {
    let sign = key.sign(notification_content(&fields).as_bytes()).unwrap_or_default();
    fields.push(("sign_type".to_owned(), "RSA2".to_owned()));
    fields.push(("sign".to_owned(), sign));
    fields
}

/// Encodes the fields as a form or a query string: a space becomes `+`, a plus `%2B`.
pub fn encode(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_are_sorted_and_not_encoded() {
        let fields =
            fields(&[("b", "茶 +&="), ("sign", "x"), ("a_b", "2"), ("sign_type", "RSA2"), ("a", "1"), ("c", "")]);
        assert_eq!(request_content(&fields), "a=1&a_b=2&b=茶 +&=&sign_type=RSA2");
        assert_eq!(notification_content(&fields), "a=1&a_b=2&b=茶 +&=");
        assert_eq!(encode(&fields[..1]), "b=%E8%8C%B6+%2B%26%3D");
    }
}
