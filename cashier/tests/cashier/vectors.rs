//! Tests with the files of `tests/vectors`, which were made with Alipay's own package.

use cashier::clock::{self, BeijingTime};
use cashier::config::Config;
use cashier::keys::PrivateKey;
use cashier::request::{Refusal, Request};
use cashier::signature::{notification_content, request_content};
use serde_json::Value;

use crate::client::{decode, encode, is_genuine, is_genuine_form, joined, sign, value_of, verified};
use crate::process::{APP_ID, SELLER_ID, read_vector, vector};

fn vectors(name: &str) -> Vec<Value> {
    serde_json::from_str(&read_vector(name)).unwrap()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

fn config() -> Config {
    let read = Config::read(|name| match name {
        "CASHIER_APP_ID" => Some(APP_ID.to_owned()),
        "CASHIER_SELLER_ID" => Some(SELLER_ID.to_owned()),
        "CASHIER_PRIVATE_KEY_FILE" => Some(vector("test_gateway_private_key.pem")),
        "CASHIER_APP_PUBLIC_KEY_FILE" => Some(vector("test_app_public_key.pem")),
        _ => None,
    });
    read.unwrap()
}

fn verify(query: &str, body: &str, now: BeijingTime) -> Result<(), Refusal> {
    Request::read(query, body.as_bytes()).and_then(|request| request.verify(&config(), now))
}

#[test]
fn requests_of_the_official_package_are_accepted_and_changed_ones_are_not() {
    let now = clock::parse_with_seconds("2026-11-28 12:05:00").unwrap();
    let key = PrivateKey::parse(&read_vector("test_app_private_key.pem")).ok().unwrap();
    let vectors = vectors("requests.json");
    assert_eq!(vectors.len(), 9);
    for vector in &vectors {
        let (query, body) = (text(vector, "url").split_once('?').unwrap().1, text(vector, "body"));
        assert_eq!(verify(query, body, now), Ok(()), "{vector:#}");
        let fields = decode(&format!("{query}&{body}"));
        assert_eq!(request_content(&fields), text(vector, "sign_content"));
        assert_eq!(joined(&fields, &["sign"]), text(vector, "sign_content"));
        assert_eq!(key.sign(text(vector, "sign_content").as_bytes()).unwrap(), text(vector, "sign"));
        for at in 0..fields.len() {
            let mut changed = fields.clone();
            changed[at].1.push('1');
            assert!(verify(&encode(&changed), "", now).is_err(), "{} of {vector:#}", changed[at].0);
        }
    }
}

#[test]
fn answers_are_genuine_exactly_if_the_official_package_accepts_them() {
    let vectors = vectors("answers.json");
    let (genuine, others): (Vec<&Value>, Vec<&Value>) = vectors.iter().partition(|vector| vector["genuine"] == true);
    assert_eq!((genuine.len(), others.len()), (13, 8));
    for vector in genuine {
        assert_eq!(verified(text(vector, "answer")), vector["content"]);
    }
    for vector in others {
        let accepted = std::panic::catch_unwind(|| verified(text(vector, "answer")));
        assert!(accepted.is_err(), "{vector:#}");
    }
}

#[test]
fn notifications_are_genuine_exactly_if_the_official_package_accepts_them() {
    let gateway_key = read_vector("test_gateway_private_key.pem");
    let vectors = vectors("notifications.json");
    assert_eq!(vectors.iter().filter(|vector| vector["genuine"] == true).count(), 7);
    assert_eq!(vectors.len(), 13);
    for vector in &vectors {
        let fields = decode(text(vector, "form"));
        let content = text(vector, "sign_content");
        assert_eq!(notification_content(&fields), content);
        assert_eq!(is_genuine_form(&fields), vector["genuine"] == true, "{vector:#}");
        assert_eq!(is_genuine(content, value_of(&fields, "sign")), vector["genuine"] == true);
        assert_eq!(sign(&gateway_key, content) == value_of(&fields, "sign"), vector["genuine"] == true);
    }
}
