//! Answers as text, signed over the bytes of the inner object. The text is written so that a client computes another
//! signature if it serializes the parsed JSON again, or looks for the end of the object by counting braces.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::keys::PrivateKey;
use crate::request::Refusal;
use crate::trade::Failure;

/// The fields of an answer in addition to `code` and `msg`, as (name, value).
pub type AnswerFields = Vec<(&'static str, Value)>;

/// White space that is put before and after colons and commas, one after the other.
const SPACES: &[&str] = &["", " ", "", "  ", "\n ", "", "\t"];

/// Returns the signed answer to a method that was carried out, or that failed because of the state of its trade.
pub fn signed(method: &str, outcome: Result<AnswerFields, Failure>, key: &PrivateKey) -> String {
    let fields = match outcome {
        Ok(fields) => [vec![("code", json!("10000")), ("msg", json!("Success"))], fields].concat(),
        Err(failure) => vec![
            ("code", json!("40004")),
            ("msg", json!("Business Failed")),
            ("sub_code", json!(failure.sub_code())),
            ("sub_msg", json!(failure.sub_msg())),
        ],
    };
    sign(method, &fields, key)
}

/// Returns an answer with code 20000, after which the method may or may not have been carried out.
pub fn unavailable(method: &str, key: &PrivateKey) -> String {
    let fields = [
        ("code", json!("20000")),
        ("msg", json!("Service Currently Unavailable")),
        ("sub_code", json!("isp.unknow-error")),
        ("sub_msg", json!("系统繁忙")),
    ];
    sign(method, &fields, key)
}

/// Returns an answer with code 40004 and this `sub_code`; by default that of an error of the gateway itself.
pub fn system_error(method: &str, sub_code: Option<&str>, key: &PrivateKey) -> String {
    let sub_code = sub_code.filter(|sub_code| *sub_code != "true").unwrap_or("ACQ.SYSTEM_ERROR");
    let fields = [
        ("code", json!("40004")),
        ("msg", json!("Business Failed")),
        ("sub_code", json!(sub_code)),
        ("sub_msg", json!("系统错误")),
    ];
    sign(method, &fields, key)
}

/// Returns the answer to a request that was refused, which has no signature.
pub fn refused(refusal: &Refusal) -> String {
    let fields = [
        ("code", json!(refusal.code)),
        ("msg", json!(refusal.msg)),
        ("sub_code", json!(refusal.sub_code)),
        ("sub_msg", json!(refusal.sub_msg)),
    ];
    format!("{{\"error_response\":{}}}", object(&fields))
}

fn sign(method: &str, fields: &[(&str, Value)], key: &PrivateKey) -> String {
    let name = format!("{}_response", method.replace('.', "_"));
    let object = object(fields);
    let sign = key.sign(object.as_bytes()).unwrap_or_default();
    format!("{{\"{name}\" : {object} ,\"sign\":\"{sign}\"}}")
}

/// Returns a JSON object with varying white space. Its last member contains braces, quotes and a slash, to confuse
/// careless parsers.
fn object(fields: &[(&str, Value)]) -> String {
    let trap = ("trial_note", json!("试用 {\"a/b\"}},\"sign\":\"{ 😀"));
    let mut text = "{".to_owned();
    let mut spaces = SPACES.iter().cycle();
    let mut space = || spaces.next().copied().unwrap_or_default();
    for (name, value) in fields.iter().chain([&trap]) {
        if text.len() > 1 {
            text.push(',');
        }
        let _ = write!(text, "{}\"{name}\"{}:{}{}", space(), space(), space(), written(value));
    }
    text.push_str(space());
    text.push('}');
    text
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[ {}]", items.join(" ,"))
        }
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("\"{name}\": {}", written(value))).collect();
            format!("{{{} }}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// Returns a JSON string in which every second character outside ASCII is escaped, and slashes are not.
fn string(text: &str) -> String {
    let mut written = "\"".to_owned();
    let mut escapes = [true, false].iter().cycle();
    for character in text.chars() {
        let escaped = character.is_control() || !character.is_ascii() && escapes.next() == Some(&true);
        if escaped {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(written, "\\u{unit:04x}");
            }
        } else if matches!(character, '"' | '\\') {
            written.push('\\');
            written.push(character);
        } else {
            written.push(character);
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let fields = [
            ("subject", json!("茶叶 \"A/B\" \\ 😀😀\n")),
            ("list", json!([{"a": "茶}", "b": 1}, {}])),
            ("n", json!(null)),
        ];
        let text = object(&fields);
        let read: Value = serde_json::from_str(&text).unwrap();
        for (name, value) in &fields {
            assert_eq!(&read[name], value);
        }
        assert_ne!(serde_json::to_string(&read).unwrap(), text);
        assert!(text.contains("A/B") && text.contains("\\u8336叶") && text.contains("\\ud83d\\ude00"), "{text}");
    }
}
