//! Tests of settings that are missing or wrong.

use std::process::Stdio;

use crate::process::{command, vector};

#[test]
fn a_wrong_setting_ends_the_start_with_one_line_that_names_it() {
    let own_key = vector("test_gateway_public_key.pem");
    let app_key = vector("test_app_public_key.pem");
    let cases = [
        ("CASHIER_ADDRESS", "0.0.0.0:8090", "loopback"),
        ("CASHIER_ADDRESS", "8090", "expected"),
        ("CASHIER_APP_ID", "", "is missing"),
        ("CASHIER_SELLER_ID", "2088/1", "expected"),
        ("CASHIER_PRIVATE_KEY_FILE", "", "is missing"),
        ("CASHIER_PRIVATE_KEY_FILE", "no/such/file", "No such file"),
        ("CASHIER_PRIVATE_KEY_FILE", &app_key, "no private RSA key"),
        ("CASHIER_APP_PUBLIC_KEY_FILE", "", "is missing"),
        ("CASHIER_APP_PUBLIC_KEY_FILE", &own_key, "own public key"),
        ("CASHIER_NOTIFY_INTERVALS", "4m", "expected seconds"),
    ];
    for (name, value, words) in cases {
        let output = command().env(name, value).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}={value}");
        assert!(line.starts_with(&format!("cashier: {name} ")) && line.contains(words), "{line}");
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(output.stdout.is_empty());
    }
}
