//! Notifications of a payment gateway at a steady rate.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use std::{
    collections::BTreeMap,
    fs,
    io::stdin,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    connections::{Connections, RESPONSE_TIMEOUT, Received},
    ready, setting,
    statistics::{Durations, Failures},
    tell,
};

/// How many wait for their answer at a time, as in `cashier/src/delivery.rs`.
const MAX_CONNECTIONS: usize = 32;

/// Reads lines of number and amount of an attempt, and prints for each the form of the notification that it is paid.
pub fn sign(key_file: &str) -> Outcome<()> {
    let pem = fs::read_to_string(key_file)?;
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = KeyPair::from_pkcs8(&STANDARD.decode(base64)?).map_err(|problem| format!("{key_file}: {problem}"))?;
    let (app, seller) = (setting("ALIPAY_APP_ID")?, setting("ALIPAY_SELLER_ID")?);
    for line in stdin().lines() {
        let line = line?;
        let (number, amount) = line.split_once('\t').ok_or("expected number and amount")?;
        println!("{}", form(&key, &fields(number, amount, (&app, &seller)))?);
    }
    Ok(())
}

/// As many fields as Alipay sends, with values as long as its own.
fn fields<'a>(number: &'a str, amount: &'a str, (app, seller): (&'a str, &'a str)) -> BTreeMap<&'a str, String> {
    let time = "2026-11-30 12:00:00";
    [
        ("app_id", app),
        ("auth_app_id", app),
        ("seller_id", seller),
        ("seller_email", "merchant@example.com"),
        ("out_trade_no", number),
        ("total_amount", amount),
        ("receipt_amount", amount),
        ("buyer_pay_amount", amount),
        ("invoice_amount", amount),
        ("point_amount", "0.00"),
        ("trade_status", "TRADE_SUCCESS"),
        ("notify_type", "trade_status_sync"),
        ("notify_time", time),
        ("gmt_create", time),
        ("gmt_payment", time),
        ("buyer_id", "2088000000000042"),
        ("buyer_logon_id", "tri***@example.com"),
        ("subject", "订单 20261130120000 的商品"),
        ("fund_bill_list", r#"[{"amount":"50.00","fundChannel":"ALIPAYACCOUNT"}]"#),
        ("charset", "utf-8"),
        ("version", "1.0"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into_iter()
    .chain([("notify_id", format!("20261130{number}")), ("trade_no", format!("20261130{number}"))])
    .collect()
}

fn form(key: &KeyPair, fields: &BTreeMap<&str, String>) -> Outcome<String> {
    let content: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut signature = vec![0; key.public().modulus_len()];
    let signed = key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content.join("&").as_bytes(), &mut signature);
    signed.map_err(|_| "cannot sign")?;
    let (kind, signature) = ("RSA2".to_owned(), STANDARD.encode(signature));
    let pairs = fields.iter().map(|(name, value)| (*name, value)).chain([("sign_type", &kind), ("sign", &signature)]);
    Ok(pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&"))
}

fn encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Sends the forms, so many a second, for this time. One whose connection is busy waits for a free one: then fewer are
/// sent.
pub fn notify(forms: &[Form], per_second: f64, time: Duration) -> Outcome<()> {
    let host = setting("SHOP")?;
    let mut connections = Connections::connect(MAX_CONNECTIONS)?;
    let mut free: Vec<usize> = (0..MAX_CONNECTIONS).collect();
    let (mut sent, mut times, mut failures) = (0_u32, Durations::default(), Failures::default());
    let mut forms = forms.iter();

    ready()?;
    let began = Instant::now();
    loop {
        let now = began.elapsed();
        while now < time && f64::from(sent) < now.as_secs_f64() * per_second {
            let Some(at) = free.pop() else { break };
            let Form(form) = forms.next().ok_or("too few forms")?;
            let request = format!(
                "POST /pay/alipay/notification HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\
                 content-type: application/x-www-form-urlencoded; charset=utf-8\r\n\r\n{form}",
                form.len()
            );
            connections.send(at, request.as_bytes())?;
            sent += 1;
        }
        if now >= time && free.len() == MAX_CONNECTIONS || now > time + RESPONSE_TIMEOUT {
            break;
        }
        connections.listen(Duration::from_millis(2), |at, heard| {
            match heard {
                Received::Answer(answer, after, _) if answer.status == 200 && answer.text()? == "success" => {
                    times.add(after)
                }
                Received::Answer(answer, ..) => failures.answered(&answer)?,
                Received::HungUp => failures.add("hung up".to_owned()),
            }
            free.push(at);
            Ok(())
        })?;
    }
    let took = began.elapsed().as_secs_f64();
    failures.tell();
    let [median, late] = times.percentiles([50, 99]);
    tell(&format!("{}\t{took:.3}\t{median:.2}\t{late:.2}\t{}", times.count(), failures.count()))
}

/// The body of a notification.
pub struct Form(String);

impl std::str::FromStr for Form {
    type Err = crate::Fault;

    fn from_str(line: &str) -> Outcome<Self> {
        Ok(Self(line.to_owned()))
    }
}
