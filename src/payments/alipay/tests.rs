//! Tests the protocol against examples that were made with Alipay's own Python package:
//! `cashier/tests/vectors/README.md`.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    call::sign_content,
    keys::{PrivateKey, PublicKey},
    notification::{NotificationError, SignedForm},
    response,
};

const APP_KEYS: [&str; 2] = [
    include_str!("../../../cashier/tests/vectors/test_app_private_key.pem"),
    include_str!("../../../cashier/tests/vectors/test_app_private_key.pkcs1.pem"),
];
const GATEWAY_KEY: &str = include_str!("../../../cashier/tests/vectors/test_gateway_public_key.pem");
const APP_PUBLIC_KEYS: [&str; 2] = [
    include_str!("../../../cashier/tests/vectors/test_app_public_key.pem"),
    include_str!("../../../cashier/tests/vectors/test_app_public_key.pkcs1.pem"),
];

#[derive(Deserialize)]
struct Request {
    name: String,
    parameters: BTreeMap<String, String>,
    sign_content: String,
    sign: String,
}

#[derive(Deserialize)]
struct AnswerVector {
    name: String,
    answer: String,
    genuine: bool,
}

#[derive(Deserialize)]
struct NotificationVector {
    name: String,
    form: String,
    genuine: bool,
}

fn read<T: for<'a> Deserialize<'a>>(json: &str) -> Vec<T> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn requests_are_signed_as_alipays_own_package_signs_them() {
    let requests: Vec<Request> = read(include_str!("../../../cashier/tests/vectors/requests.json"));
    assert!(requests.len() >= 9);
    for request in requests {
        let parameters: BTreeMap<&str, String> =
            request.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        assert_eq!(sign_content(&parameters), request.sign_content, "{}", request.name);
        for key in APP_KEYS {
            let signature = PrivateKey::parse(key).unwrap().sign(request.sign_content.as_bytes()).unwrap();
            assert_eq!(signature, request.sign, "{}", request.name);
        }
        for key in APP_PUBLIC_KEYS {
            let key = PublicKey::parse(key).unwrap();
            assert!(key.verify(request.sign_content.as_bytes(), &request.sign), "{}", request.name);
        }
    }
}

#[test]
fn answers_are_believed_exactly_where_alipays_own_package_believes_them() {
    let key = PublicKey::parse(GATEWAY_KEY).unwrap();
    let answers: Vec<AnswerVector> = read(include_str!("../../../cashier/tests/vectors/answers.json"));
    assert!(answers.iter().any(|answer| answer.name == "written_again" && !answer.genuine));
    for AnswerVector { name, answer, genuine } in answers {
        let method = answer.split('"').nth(1).and_then(|part| part.strip_suffix("_response")).unwrap_or_default();
        let read = response::read(answer.as_bytes(), &method.replace('_', "."), &key);
        assert_eq!(read.is_ok(), genuine, "{name}: {:?}", read.err());
    }
}

#[test]
fn notifications_are_believed_exactly_where_alipays_own_package_believes_them() {
    let key = PublicKey::parse(GATEWAY_KEY).unwrap();
    let all: Vec<NotificationVector> = read(include_str!("../../../cashier/tests/vectors/notifications.json"));
    for NotificationVector { name, form, genuine } in all {
        let verified = SignedForm::verify(form.as_bytes(), &key).map(drop);
        let expected = if genuine { Ok(()) } else { Err(NotificationError::WrongSignature) };
        assert_eq!(verified, expected, "{name}");
    }
}

#[test]
fn a_key_is_read_however_it_was_pasted_and_the_wrong_one_is_named() {
    let bare = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    for key in APP_KEYS {
        assert!(PrivateKey::parse(key).is_ok() && PrivateKey::parse(&bare(key)).is_ok());
        assert!(PublicKey::parse(key).unwrap_err().to_string().contains("private key"));
    }
    for key in APP_PUBLIC_KEYS {
        assert!(PublicKey::parse(&format!("\n {} \n", bare(key))).is_ok());
        assert!(PrivateKey::parse(key).is_err());
    }
    for nonsense in ["", "key", "AAAA", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"] {
        assert!(PrivateKey::parse(nonsense).is_err() && PublicKey::parse(nonsense).is_err(), "{nonsense}");
    }
    let key = PrivateKey::parse(APP_KEYS[0]).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey", "a secret is never printed");
}
