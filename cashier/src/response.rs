//! Answers as text: signed over the bytes of the inner object, which are written so that a client which reads and
//! writes the JSON again, or counts braces, computes another signature.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::keys::PrivateKey;
use crate::request::Refusal;
use crate::trade::Failure;

/// The fields of an answer besides `code` and `msg`.
pub type AnswerFields = Vec<(&'static str, Value)>;

/// White space before and after the colons and commas, in turn.
const SPACES: &[&str] = &["", " ", "", "  ", "\n ", "", "\t"];

/// The answer to a method that was carried out, or that failed for a reason of the trade.
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

/// Code 20000: the method may or may not have been carried out.
pub fn unavailable(method: &str, key: &PrivateKey) -> String {
    let fields = [
        ("code", json!("20000")),
        ("msg", json!("Service Currently Unavailable")),
        ("sub_code", json!("isp.unknow-error")),
        ("sub_msg", json!("系统繁忙")),
    ];
    sign(method, &fields, key)
}

/// Code 40004 with this `sub_code`, by default a fault of the gateway itself.
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

/// The answer to a request that was refused; without a signature.
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

/// A JSON object with white space that differs from place to place. Its last member holds braces, quotes and a slash.
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

/// A JSON string in which every second character outside ASCII is escaped, and slashes are not.
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
