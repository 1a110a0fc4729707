//! Requests of the shop: parsed, and checked as the gateway checks them before it carries anything out.

use std::borrow::Cow;

use chrono::TimeDelta;
use serde_json::Value;

use crate::clock::{self, BeijingTime};
use crate::config::Config;
use crate::signature::{Fields, is_signed_request};

/// How much the timestamp of a request may differ from the gateway's clock.
const MAX_CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(15);

/// Why a request is refused before its method is carried out. Such an answer is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub msg: &'static str,
    pub sub_code: &'static str,
    pub sub_msg: Cow<'static, str>,
}

fn missing(sub_code: &'static str, sub_msg: &'static str) -> Refusal {
    Refusal { code: "40001", msg: "Missing Required Arguments", sub_code, sub_msg: sub_msg.into() }
}

pub fn invalid(sub_code: &'static str, sub_msg: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal { code: "40002", msg: "Invalid Arguments", sub_code, sub_msg: sub_msg.into() }
}

/// The fields of a request, from its query string and its form together.
pub struct Request {
    fields: Fields,
    charset_in_query: Option<String>,
}

impl Request {
    /// Parses the query string and the form. A name that is in both must have the same value.
    pub fn read(query: &str, form: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::new();
        let mut charset_in_query = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "charset" {
                charset_in_query = Some(value.clone().into_owned());
            }
            add(&mut fields, name.into_owned(), value.into_owned())?;
        }
        for (name, value) in form_urlencoded::parse(form) {
            add(&mut fields, name.into_owned(), value.into_owned())?;
        }
        Ok(Self { fields, charset_in_query })
    }

    /// Returns the value of a field; `None` if it is missing or empty.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub fn method(&self) -> &str {
        self.field("method").unwrap_or_default()
    }

    /// Checks everything that all methods have in common, such as the signature.
    pub fn verify(&self, config: &Config, now: BeijingTime) -> Result<(), Refusal> {
        match self.charset_in_query.as_deref() {
            Some(charset) if charset.eq_ignore_ascii_case("utf-8") => {}
            Some(_) => return Err(invalid("isv.invalid-charset", "字符集错误，只支持 utf-8")),
            None => return Err(invalid("isv.invalid-charset", "charset 必须出现在 URL 的查询参数中")),
        }
        let app_id = self.field("app_id").ok_or_else(|| missing("isv.missing-app-id", "缺少AppId参数"))?;
        if app_id != config.app_id {
            return Err(invalid("isv.invalid-app-id", "无效的AppID参数"));
        }
        if self.method().is_empty() {
            return Err(missing("isv.missing-method", "缺少方法名参数"));
        }
        let sign_type = self.field("sign_type");
        match sign_type.ok_or_else(|| missing("isv.missing-signature-type", "缺少签名类型参数"))? {
            "RSA2" => {}
            _ => return Err(invalid("isv.invalid-signature-type", "无效的签名类型，只支持 RSA2")),
        }
        match self.field("version").ok_or_else(|| missing("isv.missing-version", "缺少版本号参数"))? {
            "1.0" => {}
            _ => return Err(invalid("isv.invalid-version", "无效的版本号")),
        }
        if self.field("format").is_some_and(|format| !format.eq_ignore_ascii_case("json")) {
            return Err(invalid("isv.invalid-format", "无效的数据格式"));
        }
        self.field("sign").ok_or_else(|| missing("isv.missing-signature", "缺少签名参数"))?;
        if !is_signed_request(&self.fields, &config.app_public_key) {
            return Err(invalid("isv.invalid-signature", "无效签名，请检查签名参数和私钥是否正确"));
        }
        self.verify_timestamp(now)
    }

    fn verify_timestamp(&self, now: BeijingTime) -> Result<(), Refusal> {
        let timestamp = self.field("timestamp").ok_or_else(|| missing("isv.missing-timestamp", "缺少时间戳参数"))?;
        let time = clock::parse_with_seconds(timestamp);
        let time = time.ok_or_else(|| invalid("isv.invalid-timestamp", "非法的时间戳参数：yyyy-MM-dd HH:mm:ss"))?;
        if (now - time).abs() > MAX_CLOCK_DIFFERENCE {
            return Err(invalid("isv.invalid-timestamp", "非法的时间戳参数：与北京时间相差超过15分钟"));
        }
        Ok(())
    }

    /// Returns the field `biz_content`, which must be a JSON object.
    pub fn biz_content(&self) -> Result<Value, Refusal> {
        let text = self.field("biz_content").ok_or_else(|| missing("isv.missing-parameter", "缺少 biz_content"))?;
        let content = serde_json::from_str(text).ok().filter(Value::is_object);
        content.ok_or_else(|| invalid("isv.invalid-parameter", "biz_content 不是 JSON 对象"))
    }
}

fn add(fields: &mut Fields, name: String, value: String) -> Result<(), Refusal> {
    match fields.iter().find(|(field, _)| *field == name) {
        None => fields.push((name, value)),
        Some((_, first)) if *first == value => {}
        Some(_) => return Err(invalid("isv.invalid-parameter", format!("参数重复：{name}"))),
    }
    Ok(())
}
